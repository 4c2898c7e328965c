package oidc

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"

	"github.com/keyless-inference/action/wire"
)

// facts are the user's own values that explanations are filled with.
type facts struct {
	tenant, client, authority string

	whose   string      // what the token that was sent is called; "" means GitHub's token
	claims  wire.Claims // of the token that was sent
	decoded bool        // whether claims mean anything
	now     time.Time
}

func (c *federation) facts(assertion string) facts {
	claims, err := wire.ParseClaims(assertion)
	return facts{c.cfg.Tenant, c.cfg.Client, c.authority.String(), c.whose, claims, err == nil, time.Now().UTC()}
}

// replacer fills the placeholders of an [explanation]. It goes over a text
// once, so that a value that looks like a placeholder stays as it is.
func (f facts) replacer(r *Refusal) *strings.Replacer { return strings.NewReplacer(f.values(r)...) }

// values are the placeholders, each with what stands in its place.
func (f facts) values(r *Refusal) []string {
	return []string{
		"{tenant}", f.tenant,
		"{client}", f.client,
		"{authority}", f.authority,
		"{issuer}", strconv.Quote(f.claims.Issuer),
		"{subject}", strconv.Quote(f.claims.Subject),
		"{audience}", strconv.Quote(strings.Join(f.claims.Audience, " ")),
		"{whose}", f.token(),
		"{Whose}", capital(f.token()),
		"{source}", f.source(),
		"{received}", f.received(),
		"{times}", f.times(),
		"{hint}", subjectHint(f.claims.Subject),
		"{issuers}", f.issuers(),
		"{create}", f.create(),
		"{update}", f.update(),
		"{credential}", f.credential(),
		"{createforcloud}", f.forCloud().create(),
		"{credentialforcloud}", f.credentialForCloud(),
		"{cloudaudience}", strconv.Quote(CloudAt(f.authority).Audience),
		"{code}", strconv.Itoa(r.Code),
	}
}

// token is what the token that was sent is called.
func (f facts) token() string { return cmp.Or(f.whose, gitHubs) }

const gitHubs = "GitHub's token"

// capital begins a sentence.
func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// source is where the token comes from, and who sets that: "leave … sets it".
func (f facts) source() string {
	if f.token() == gitHubs {
		return "ACTIONS_ID_TOKEN_REQUEST_URL as the runner"
	}
	return "AZURE_FEDERATED_TOKEN_FILE as the cluster"
}

// issuers says what is mostly wrong with a registered issuer.
func (f facts) issuers() string {
	if f.token() == gitHubs {
		return "The issuer has no slash at its end; an enterprise with a slug of its own, ghe.com and " +
			"GitHub Enterprise Server have issuers of their own."
	}
	return "Each cluster has an issuer of its own, which may have a slash at its end: the credential has it letter by letter."
}

func (f facts) received() string {
	if !f.decoded {
		return "The ID token that was sent cannot be decoded."
	}
	return fmt.Sprintf("%s has the issuer %q, the subject %q and the audience %q.", capital(f.token()),
		f.claims.Issuer, f.claims.Subject, strings.Join(f.claims.Audience, " "))
}

func (f facts) times() string {
	if !f.decoded {
		return f.received()
	}
	return fmt.Sprintf("%s is valid from %s to %s, and this machine's clock says %s.", capital(f.token()),
		stamp(f.claims.IssuedAt), stamp(f.claims.Expiry), stamp(f.now))
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return "(not given)"
	}
	return t.UTC().Format(time.RFC3339)
}

// list is the command that shows the federated credentials there are.
func (f facts) list() string {
	return "az ad app federated-credential list --id " + wire.Quote(f.client)
}

// create is the two commands that register the token that was sent: for an app
// registration and for a managed identity, since a client id does not tell which
// of them it is.
func (f facts) create() string {
	if !f.decoded {
		return f.list()
	}
	return "# an app registration:\n" +
		"az ad app federated-credential create --id " + wire.Quote(f.client) + " --parameters " + wire.Quote(f.parameters()) + "\n" +
		"# or a managed identity:\n" + f.managed("create")
}

// forCloud are the facts as they would be if the token had the audience that Entra
// expects in this cloud: a credential with another one would not help for long.
func (f facts) forCloud() facts {
	f.claims.Audience = []string{CloudAt(f.authority).Audience}
	return f
}

func (f facts) update() string {
	if !f.decoded {
		return f.list()
	}
	return "# an app registration; the first command shows the credential's name for the second:\n" + f.list() + "\n" +
		"az ad app federated-credential update --id " + wire.Quote(f.client) +
		" --federated-credential-id CREDENTIAL --parameters " + wire.Quote(f.parameters()) + "\n" +
		"# or a managed identity:\n" + f.managed("update")
}

func (f facts) managed(verb string) string {
	if strings.ContainsFunc(f.claims.Issuer+f.claims.Subject+strings.Join(f.claims.Audience, ""), func(r rune) bool { return !unicode.IsPrint(r) }) {
		return "# (the token's claims have characters in them that are not seen, which no command line carries safely: use the portal)"
	}
	audiences := make([]string, len(f.claims.Audience))
	for i, a := range f.claims.Audience {
		audiences[i] = wire.Quote(a)
	}
	return fmt.Sprintf("az identity federated-credential %s --name %s --identity-name %s --resource-group %s --issuer %s --subject %s --audiences %s",
		verb, f.name(), f.identity("name"), f.identity("resourceGroup"), wire.Quote(f.claims.Issuer), wire.Quote(f.claims.Subject), strings.Join(audiences, " "))
}

// identity is a command that finds a property of the managed identity by its client
// id, which Azure writes in lower case.
func (f facts) identity(property string) string {
	client := strings.ToLower(f.client)
	if strings.Trim(client, "0123456789abcdefghijklmnopqrstuvwxyz-<>") != "" { // nothing else gets into a command
		client = "CLIENT_ID"
	}
	return `"$(az identity list --query "[?clientId=='` + client + `'].` + property + `" --output tsv)"`
}

// credential declares the token that was sent for a user-assigned managed identity.
//
// https://learn.microsoft.com/azure/templates/microsoft.managedidentity/userassignedidentities/federatedidentitycredentials
func (f facts) credential() string {
	if !f.decoded {
		return ""
	}
	var audiences []string
	for _, a := range f.claims.Audience {
		audiences = append(audiences, "      "+bicepQuote(a)+"\n")
	}
	return "resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' existing = {\n  name: 'IDENTITY'\n}\n\n" +
		"resource credential 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@2023-01-31' = {\n" +
		"  parent: identity\n  name: '" + f.name() + "'\n  properties: {\n" +
		"    issuer: " + bicepQuote(f.claims.Issuer) + "\n    subject: " + bicepQuote(f.claims.Subject) + "\n" +
		"    audiences: [\n" + strings.Join(audiences, "") + "    ]\n  }\n}\n"
}

// bicepQuote makes s a string of Bicep, in which ${ begins an expression.
//
// https://learn.microsoft.com/azure/azure-resource-manager/bicep/data-types#strings
func bicepQuote(s string) string {
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == '\'' || r == '\\' || r == '$' && strings.HasPrefix(s[i+1:], "{"):
			b.WriteString("\\" + string(r))
		case !unicode.IsPrint(r):
			fmt.Fprintf(&b, `\u{%x}`, r)
		default:
			b.WriteRune(r)
		}
	}
	return "'" + b.String() + "'"
}

// parameters is the federated credential as the az command wants it.
//
// https://learn.microsoft.com/en-us/graph/api/resources/federatedidentitycredential
func (f facts) parameters() string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(struct {
		Name      string   `json:"name"`
		Issuer    string   `json:"issuer"`
		Subject   string   `json:"subject"`
		Audiences []string `json:"audiences"`
	}{f.name(), f.claims.Issuer, f.claims.Subject, append([]string{}, f.claims.Audience...)})
	if err != nil {
		return "{}" // strings always encode
	}
	return printable(strings.TrimSpace(b.String()))
}

// printable is JSON in which what a terminal would not show, or a log would show by
// number, is escaped: what is pasted is what is registered.
//
// https://www.rfc-editor.org/rfc/rfc8259#section-7
func printable(text string) string {
	var b strings.Builder
	for _, r := range text {
		if unicode.IsPrint(r) {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
	}
	return b.String()
}

// credentialForCloud is credential with the audience of the cloud.
func (f facts) credentialForCloud() string {
	if !f.decoded {
		return ""
	}
	return "// with the audience of the cloud, whatever the token that was refused has\n" + f.forCloud().credential()
}

// name is the same for the same token claims, so that a second attempt to
// create the credential finds the first.
func (f facts) name() string {
	sum := sha256.Sum256([]byte(strings.Join(append([]string{f.claims.Issuer, f.claims.Subject}, f.claims.Audience...), "\n")))
	return "gha-" + hex.EncodeToString(sum[:4])
}
