package oidc

import (
	"fmt"

	"github.com/keyless-inference/action/wire"
)

// storedSecrets are the variables by which the SDK takes a secret, a certificate or
// a password.
//
// https://learn.microsoft.com/azure/developer/go/sdk/authentication/authentication-overview
var storedSecrets = []string{
	"AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_CLIENT_CERTIFICATE_PASSWORD", "AZURE_PASSWORD",
}

// StoredSecret is the name of the first variable in getenv that holds a client
// secret, a certificate or a password as the Azure SDK takes them, and "" where
// there is none. [Default] is refused with one; the other modes never look at it. A
// nil getenv has none.
func StoredSecret(getenv func(string) string) string {
	for _, name := range storedSecrets {
		if getenv != nil && getenv(name) != "" {
			return name
		}
	}
	return ""
}

// RefuseStoredSecret explains, as a [*wire.Problem], why [Default] is refused where
// the environment of cfg holds a stored secret; nil where it holds none.
func RefuseStoredSecret(cfg Config) error {
	name := StoredSecret(cfg.Getenv)
	if name == "" {
		return nil
	}
	return &wire.Problem{
		What: fmt.Sprintf("choosing who asks Entra for a token: %s is set, and no stored secret is ever used", name),
		Why: "The SDK's chain, mode " + Default + ", signs in with it before it tries anything else. " +
			"Whoever reads such a secret can use it from anywhere, until it expires or is deleted.",
		Fix: "unset " + name + " (take it out of env: in the workflow, and delete the secret in the repository's settings)\n" +
			"or choose a mode that never looks at it, such as auth: " + GitHubOIDC + "\n" +
			"and delete the credential itself; these show and delete it:\n" +
			"az ad app credential list --id " + clientOrWord(cfg) + "\n" +
			"az ad app credential delete --id " + clientOrWord(cfg) + " --key-id KEY",
		Page: "https://learn.microsoft.com/entra/workload-id/workload-identity-federation",
	}
}

func clientOrWord(cfg Config) string {
	if cfg.Client == "" {
		return "CLIENT"
	}
	return wire.Quote(cfg.Client)
}
