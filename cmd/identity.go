package cmd

import (
	"cmp"
	"context"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/keyless-inference/action/actions"
	"github.com/keyless-inference/action/oidc"
	"github.com/keyless-inference/action/wire"
)

// identityInputs are the inputs by which a command gets its Entra tokens.
type identityInputs struct {
	Auth          string `group:"identity" default:"github-oidc" help:"Who asks Entra for a token: github-oidc, the job itself; azure-cli or azure-developer-cli, whoever has signed in there; managed-identity, that of this machine in Azure; workload-identity, a pod's service account; default, what the Azure SDK finds; or \"chain: a, b\" for several in order."`
	ClientID      string `group:"identity" from:"AZURE_CLIENT_ID" help:"The client id of the app registration or managed identity that trusts this repository; with auth: managed-identity, of one that this machine has."`
	TenantID      string `group:"identity" from:"AZURE_TENANT_ID" help:"The id, or a domain, of its Microsoft Entra tenant."`
	ResourceID    string `group:"identity" name:"resource-id" help:"With auth: managed-identity, the resource id of the identity, in place of client-id."`
	ObjectID      string `group:"identity" name:"object-id" help:"With auth: managed-identity, the object id of the identity, in place of client-id."`
	Environment   string `group:"identity" help:"The cloud: azurecloud (the default), azureusgovernment or azurechinacloud."`
	Audience      string `group:"identity" help:"The audience of GitHub's ID token. The cloud's own by default: api://AzureADTokenExchange."`
	AuthorityHost string `group:"identity" from:"AZURE_AUTHORITY_HOST" help:"Where Entra is, if not at the cloud's own address: https:// and a host."`
	CAFile        string `group:"identity" name:"ca-file" help:"A file with further certificate authorities in PEM, to trust besides the system's: of an authority-host of one's own, of a gateway or a proxy."`
}

// An identity is who asks for tokens in Microsoft Entra, and where.
type identity struct {
	modes  []string
	config oidc.Config // but for what the runner has
	cloud  oidc.Cloud

	audience string                                      // of GitHub's ID token
	roots    *x509.CertPool                              // nil: the system's
	do       func(*http.Request) (*http.Response, error) // nil: the standard one
}

// identity reads the inputs. What a mode can't do without, and lacks, is a mistake.
func (c identityInputs) identity(r *reader) identity {
	var id identity
	var err error
	id.modes, err = oidc.ParseMode(c.Auth)
	r.check("auth", err)
	id.cloud = c.cloud(r)
	id.audience = cmp.Or(r.text(c.Audience, ""), id.cloud.Audience)
	if id.roots = c.trusted(r); id.roots != nil {
		id.do = wire.ClientTrusting(id.roots).Do
	}
	id.config = oidc.Config{
		Mode: c.Auth, Client: r.text(c.ClientID, "AZURE_CLIENT_ID"), Tenant: r.text(c.TenantID, "AZURE_TENANT_ID"),
		ResourceID: r.text(c.ResourceID, ""), ObjectID: r.text(c.ObjectID, ""), TokenFile: r.text("", "AZURE_FEDERATED_TOKEN_FILE"),
		Authority: id.cloud.Authority, Do: id.do, Getenv: r.getenv,
	}
	c.complete(r, id)
	return id
}

// complete checks that the ids are there which the modes need, and look like ids.
func (c identityInputs) complete(r *reader, id identity) {
	elsewhere := r.getenv("GITHUB_ACTIONS") != "true" || r.getenv("ACT") == "true" // and then there is more to say than that they are missing
	named := slices.Contains(id.modes, oidc.WorkloadIdentity) ||
		slices.Contains(id.modes, oidc.GitHubOIDC) && (!elsewhere || r.getenv("ACTIONS_ID_TOKEN_REQUEST_URL") != "")
	for _, in := range []struct {
		name, value, variable string
		check                 func(string) error
	}{
		{"client-id", id.config.Client, "AZURE_CLIENT_ID", oidc.CheckClient},
		{"tenant-id", id.config.Tenant, "AZURE_TENANT_ID", oidc.CheckTenant},
		{"resource-id", id.config.ResourceID, "", oidc.CheckResourceID},
		{"object-id", id.config.ObjectID, "", oidc.CheckObjectID},
	} {
		if in.value != "" {
			r.check(in.name, in.check(in.value))
		} else if named && in.variable != "" {
			r.required(in.name, "", in.variable)
		}
	}
	c.chosen(r, id)
	switch secret := oidc.StoredSecret(r.getenv); {
	case slices.Contains(id.modes, oidc.Default):
		r.join(oidc.RefuseStoredSecret(id.config))
	case secret != "":
		r.note("%s is ignored: no stored secret is ever used, so it can be deleted", secret)
	}
}

// chosen checks what chooses among the managed identities of a machine.
func (c identityInputs) chosen(r *reader, id identity) {
	for _, in := range []struct{ name, value string }{{"resource-id", id.config.ResourceID}, {"object-id", id.config.ObjectID}} {
		if in.value != "" && !slices.Contains(id.modes, oidc.ManagedIdentity) {
			r.mistake(in.name, "goes with auth: managed-identity")
		}
	}
	if id.config.ResourceID != "" && id.config.ObjectID != "" {
		r.mistake("object-id", "goes in place of resource-id, not beside it")
	}
	if id.config.ResourceID+id.config.ObjectID != "" && id.config.Client != "" && len(id.modes) == 1 {
		r.note("client-id is ignored: resource-id or object-id chooses the identity")
	}
}

// kind is what Azure calls whoever asks, for the commands that give roles: a person has
// signed in with a command line tool; "" is not known, and mostly a service principal.
func (id identity) kind() string {
	for _, mode := range id.modes {
		if mode != oidc.AzureCLI && mode != oidc.AzureDeveloperCLI {
			return ""
		}
	}
	return "User"
}

// at checks that an endpoint is in the identity's cloud: no other takes its tokens.
func (id identity) at(r *reader, endpoint string) {
	u, err := url.Parse(endpoint)
	if err != nil {
		return // said where the endpoint was read
	}
	if cloud, known := oidc.CloudOf(u.Hostname()); known && cloud.Name != id.cloud.Name {
		r.mistake("environment", "%s is in %s, and the identity in %s, whose tokens are worth nothing there: set environment: %[2]s", u.Host, cloud.Name, id.cloud.Name)
	}
}

// cloud is the one that environment names, else the one that the authority
// belongs to, else the public one; at the authority, if one is given.
func (c identityInputs) cloud(r *reader) oidc.Cloud {
	const variable = "AZURE_AUTHORITY_HOST"
	name, host := r.text(c.Environment, ""), r.text(c.AuthorityHost, variable)
	if name != "" && host != "" && c.AuthorityHost == "" {
		r.note("%s is ignored: the input environment wins", variable)
		host = ""
	}
	if host != "" {
		r.check(cmp.Or(given("authority-host", c.AuthorityHost), variable), oidc.CheckAuthority(host))
	}
	if name == "" && host != "" {
		return oidc.CloudAt(host)
	}
	cloud, err := oidc.CloudNamed(name)
	r.check("environment", err)
	cloud.Authority = cmp.Or(host, cloud.Authority)
	return cloud
}

// given is the name of an input that has a value.
func given(name, value string) string {
	if strings.TrimSpace(value) == "" {
		return ""
	}
	return name
}

// trusted are the certificate authorities of ca-file besides the system's; nil
// without one.
func (c identityInputs) trusted(r *reader) *x509.CertPool {
	file := r.text(c.CAFile, "")
	if file == "" {
		return nil
	}
	pem, err := readCA(file)
	if err != nil {
		r.mistake("ca-file", "%w", err)
		return nil
	}
	roots, err := wire.Roots(pem)
	if err != nil {
		r.mistake("ca-file", "%s: %w", file, err)
	}
	return roots
}

// readCA reads a file with certificates, of which all in the world have a megabyte.
func readCA(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	pem, err := wire.ReadAll(f, 4<<20)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", file, err)
	}
	return pem, nil
}

// github asks for ID tokens of the job; nil where it can't have any, with the
// reason.
func (id identity) github(runner *actions.Runner, getenv func(string) string, event actions.Event) (*oidc.GitHub, error) {
	github := &oidc.GitHub{
		RequestURL:   getenv("ACTIONS_ID_TOKEN_REQUEST_URL"),
		RequestToken: getenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN"),
		Audience:     id.audience,
		Mask:         runner.Mask,
		Do:           id.do,
		Log:          func(s string) { runner.Logf("%s", s) },
	}
	if github.RequestURL == "" || github.RequestToken == "" {
		return nil, oidc.NoIdentity(oidc.Job{
			Actions: runner.OnGitHub(), Act: runner.UnderAct(),
			Event: event.Name, Fork: event.Fork, Actor: event.Actor,
		})
	}
	runner.Mask(github.RequestToken)
	return github, nil
}

// credential is the source of tokens. The error says why there is none.
func (id identity) credential(runner *actions.Runner, getenv func(string) string, event actions.Event) (*oidc.Credential, error) {
	cfg := id.config
	cfg.Mask, cfg.Log = runner.Mask, func(s string) { runner.Logf("%s", s) }
	if slices.Contains(id.modes, oidc.GitHubOIDC) {
		github, err := id.github(runner, getenv, event)
		switch {
		case err == nil:
			cfg.IDToken = github.IDToken
		case len(id.modes) == 1:
			return nil, err
		default: // others of the chain may do
			cfg.IDToken = func(context.Context) (string, error) { return "", err }
		}
	}
	return oidc.New(cfg)
}

// token gets Entra tokens of a scope.
func (id identity) token(runner *actions.Runner, getenv func(string) string, event actions.Event, scope string) (func(ctx context.Context, claims string) (string, error), error) {
	cred, err := id.credential(runner, getenv, event)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, claims string) (string, error) {
		token, err := cred.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{scope}, Claims: claims, EnableCAE: true})
		return token.Token, err
	}, nil
}
