package emulator

import (
	"slices"
	"strings"
)

// Env is the environment, as NAME=value lines, of a process that is to use an
// emulator of this configuration that is served at url, such as
// "http://127.0.0.1:4040": what a runner and azure/login would have set in a
// job. No emulator need be running, so that another process than the serving
// one can print it. No line holds a secret (see [RequestToken]
// and [APIToken]).
func (c Config) Env(url string) []string {
	c = c.withDefaults()
	url = strings.TrimRight(url, "/")
	return slices.Concat([]string{
		"ACTIONS_ID_TOKEN_REQUEST_URL=" + url + idTokenPath + "?api-version=2.0",
		"ACTIONS_ID_TOKEN_REQUEST_TOKEN=" + RequestToken,
		"AZURE_AUTHORITY_HOST=" + url,
		"AZURE_RESOURCE_MANAGER_ENDPOINT=" + url,
		"AZURE_TENANT_ID=" + c.Tenant,
		"AZURE_CLIENT_ID=" + c.Client,
	}, c.machineEnv(url), []string{
		"AZURE_OPENAI_ENDPOINT=" + url,
		"AZURE_OPENAI_DEPLOYMENT=" + firstChat(c.Deployments),
		"GITHUB_API_URL=" + url + restPath,
		"GITHUB_GRAPHQL_URL=" + url + graphqlPath,
		"GITHUB_TOKEN=" + APIToken,
	})
}

// machineEnv is what the machine adds that the client is to believe itself on.
// IMDS has a fixed address, and no variable.
func (c Config) machineEnv(url string) []string {
	env := map[string][]string{
		"app-service": {"IDENTITY_ENDPOINT=" + url + appServicePath, "IDENTITY_HEADER=" + IdentityHeader},
		"arc":         {"IDENTITY_ENDPOINT=" + url + arcPath, "IMDS_ENDPOINT=" + url},
	}[c.ManagedIdentity]
	if c.TokenFile != "" {
		env = append(env, "AZURE_FEDERATED_TOKEN_FILE="+c.TokenFile)
	}
	return env
}

// firstChat is the name of the first deployment that serves chat completions,
// or "".
func firstChat(all []Deployment) string {
	i := slices.IndexFunc(all, func(d Deployment) bool { return d.kind() == Chat && !d.batch() })
	if i < 0 {
		return ""
	}
	return all[i].Name
}
