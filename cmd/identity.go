package cmd

import (
	"cmp"
	"context"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/keyless-inference/action/actions"
	"github.com/keyless-inference/action/oidc"
)

// identityInputs are the inputs by which a command gets its Entra tokens.
type identityInputs struct {
	ClientID    string `group:"identity" from:"AZURE_CLIENT_ID" help:"The client id of the app registration or managed identity that trusts this repository."`
	TenantID    string `group:"identity" from:"AZURE_TENANT_ID" help:"The id, or a domain, of its Microsoft Entra tenant."`
	Environment string `group:"identity" help:"The cloud: azurecloud (the default), azureusgovernment or azurechinacloud."`
	Audience    string `group:"identity" help:"The audience of GitHub's ID token. The cloud's own by default: api://AzureADTokenExchange."`
}

// An identity is who the job is in Microsoft Entra, and where.
type identity struct {
	tenant, client string
	audience       string // of GitHub's ID token
	cloud          oidc.Cloud
}

// identity reads the inputs. Without a client and a tenant there is none, which
// is a mistake.
func (c identityInputs) identity(r *reader) identity {
	var id identity
	if id.client = r.required("client-id", c.ClientID, "AZURE_CLIENT_ID"); id.client != "" {
		r.check("client-id", oidc.CheckClient(id.client))
	}
	if id.tenant = r.required("tenant-id", c.TenantID, "AZURE_TENANT_ID"); id.tenant != "" {
		r.check("tenant-id", oidc.CheckTenant(id.tenant))
	}
	id.cloud = c.cloud(r)
	id.audience = cmp.Or(r.text(c.Audience, ""), id.cloud.Audience)
	return id
}

// cloud is the one that environment names, else the one that
// AZURE_AUTHORITY_HOST belongs to, else the public one.
func (c identityInputs) cloud(r *reader) oidc.Cloud {
	name, host := r.text(c.Environment, ""), r.text("", "AZURE_AUTHORITY_HOST")
	if name == "" && host != "" {
		r.check("AZURE_AUTHORITY_HOST", oidc.CheckAuthority(host))
		return oidc.CloudAt(host)
	}
	if host != "" {
		r.note("AZURE_AUTHORITY_HOST is ignored: the input environment wins")
	}
	cloud, err := oidc.CloudNamed(name)
	r.check("environment", err)
	return cloud
}

// token gets Entra tokens of a scope for the job's ID token. The error says why
// the job has none.
func (id identity) token(runner *actions.Runner, getenv func(string) string, event actions.Event, scope string) (func(context.Context) (string, error), error) {
	note := func(s string) { runner.Logf("%s", s) }
	github := &oidc.GitHub{
		RequestURL:   getenv("ACTIONS_ID_TOKEN_REQUEST_URL"),
		RequestToken: getenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN"),
		Audience:     id.audience,
		Mask:         runner.Mask,
		Log:          note,
	}
	if github.RequestURL == "" || github.RequestToken == "" {
		return nil, oidc.NoIdentity(oidc.Job{
			Actions: runner.OnGitHub(), Act: runner.UnderAct(),
			Event: event.Name, Fork: event.Fork, Actor: event.Actor,
		})
	}
	runner.Mask(github.RequestToken)
	cred, err := oidc.New(oidc.Config{
		Tenant: id.tenant, Client: id.client, Authority: id.cloud.Authority,
		IDToken: github.IDToken, Mask: runner.Mask, Log: note,
	})
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) (string, error) {
		token, err := cred.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{scope}})
		return token.Token, err
	}, nil
}
