package chain

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/keyless-inference/action/account"
	"github.com/keyless-inference/action/inference"
	"github.com/keyless-inference/action/oidc"

	"github.com/keyless-inference/action/wire"
)

// evidence is what a walk has seen. The judges read it and ask nobody.
type evidence struct {
	cfg Config

	id    wire.Claims // of the ID token
	idErr error       // why there is none

	tenantID  string // as Entra names it
	tenantErr error

	granted  azcore.AccessToken
	claims   wire.Claims // of the access token; zero where it can't be read
	tokenErr error

	reached  reached
	reachErr error
	knocked  bool // the endpoint was asked without a token, and asked for one

	plane    plane
	planeErr error

	asked  string // the API; "" where nothing was asked
	probe  inference.Probe
	askErr error
}

// plane is what the control plane shows.
type plane struct {
	account     account.Account
	deployments []account.Deployment
	roles       []account.Role
	rolesErr    error
}

// errNotAsked is why there is no evidence for a link that hangs on a broken one.
var errNotAsked = errors.New("a link before it is broken")

// stepTimeout bounds each step: no service takes that long for an answer this
// small.
const stepTimeout = 30 * time.Second

// gather looks at everything that can be looked at. The three sides do not hang on
// each other: who asks, where, and whom.
func gather(ctx context.Context, cfg Config) *evidence {
	e := &evidence{cfg: cfg, tokenErr: errNotAsked, planeErr: errNotAsked, askErr: errNotAsked}
	var sides sync.WaitGroup
	sides.Go(func() { step(ctx, e.lookForTenant) })
	sides.Go(func() { step(ctx, e.reach) })
	identity, ready := e.identify(ctx)
	sides.Wait()
	if ready && !e.noTenant() {
		e.askAs(ctx, identity)
	}
	if e.tokenErr != nil && e.reachErr == nil {
		step(ctx, e.knock)
	}
	return e
}

// askAs asks Entra for a token, and with it what only a token opens.
func (e *evidence) askAs(ctx context.Context, identity oidc.Config) {
	cred, err := oidc.New(identity)
	if e.tokenErr = err; err != nil {
		return
	}
	if e.granted, e.tokenErr = cred.GetToken(ctx, tokenOptions(e.cfg.Scope)); e.tokenErr != nil {
		return
	}
	e.claims, _ = wire.ParseClaims(e.granted.Token) // what is opaque has none
	step(ctx, func(ctx context.Context) { e.plane, e.planeErr = e.look(ctx, cred) })
	c := e.cfg.Client // what it tells has commands in it
	c.ResourceID, c.PrincipalID, c.PrincipalType, c.Deployed = e.plane.account.ID, e.claims.ObjectID, cmp.Or(e.claims.PrincipalType(), c.PrincipalType), e.known()
	step(ctx, func(ctx context.Context) { e.ask(ctx, cred) })
}

// noTenant reports whether Entra itself has said that there is not the tenant that the
// only way to a token goes through.
func (e *evidence) noTenant() bool {
	r, ok := errors.AsType[*oidc.Refusal](e.tenantErr)
	return ok && r.Code != 0 && !r.Passing() && len(e.cfg.Modes) == 1 && e.federated()
}

// federated reports whether a statement of somebody else is exchanged at the tenant
// that is named. All other ways know their own.
func (e *evidence) federated() bool { return e.uses(oidc.GitHubOIDC) || e.uses(oidc.WorkloadIdentity) }

func step(ctx context.Context, do func(context.Context)) {
	ctx, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	do(ctx)
}

func tokenOptions(scope string) policy.TokenRequestOptions {
	return policy.TokenRequestOptions{Scopes: []string{scope}, EnableCAE: true}
}

// uses reports whether a mode is among those that are tried.
func (e *evidence) uses(mode string) bool { return slices.Contains(e.cfg.Modes, mode) }

// identify asks for the ID token, where one is needed, and returns an identity that
// presents this very token first, so that what is shown is what was compared. It is
// not ready if the job can have none and there is no other way.
func (e *evidence) identify(ctx context.Context) (identity oidc.Config, ready bool) {
	identity = e.cfg.Identity
	if !e.uses(oidc.GitHubOIDC) {
		return identity, true
	}
	var token string
	if e.idErr = e.cfg.NoIDToken; e.idErr == nil {
		token, e.idErr = identity.IDToken(ctx)
	}
	if e.idErr == nil {
		e.id, e.idErr = wire.ParseClaims(token)
	}
	identity.IDToken = once(token, e.idErr, identity.IDToken)
	return identity, e.idErr == nil || len(e.cfg.Modes) > 1
}

// once returns a token the first time, then what another source returns; always the
// error, if there is one.
func once(token string, err error, other func(context.Context) (string, error)) func(context.Context) (string, error) {
	var used atomic.Bool
	return func(ctx context.Context) (string, error) {
		if err != nil || used.CompareAndSwap(false, true) {
			return token, err
		}
		return other(ctx)
	}
}

// lookForTenant asks the authority whether there is the tenant.
func (e *evidence) lookForTenant(ctx context.Context) {
	if e.cfg.Identity.Tenant != "" {
		e.tenantID, e.tenantErr = oidc.FindTenant(ctx, e.cfg.Identity)
	}
}

// look asks the control plane for the account and what is deployed in it.
func (e *evidence) look(ctx context.Context, cred azcore.TokenCredential) (plane, error) {
	cfg := e.cfg.Account
	cfg.Credential = cred
	client, err := account.New(cfg)
	if err != nil {
		return plane{}, err
	}
	found, err := client.Find(ctx, e.cfg.Client.Endpoint, e.cfg.Subscription)
	if len(found) != 1 { // subscriptions that could not be read don't matter then
		return plane{}, cmp.Or(err, errNoAccount)
	}
	seen := plane{account: found[0]}
	seen.deployments, err = client.Deployments(ctx, seen.account)
	if models, modelsErr := client.Models(ctx, seen.account); modelsErr == nil {
		account.Retire(seen.deployments, models)
	}
	if seen.rolesErr = errNotAsked; e.claims.ObjectID != "" {
		seen.roles, seen.rolesErr = client.Roles(ctx, seen.account, e.claims.ObjectID)
	}
	return seen, err
}

var errNoAccount = errors.New("no account that the identity can see answers at this endpoint")

// ask sends the one request; where no more may be spent, one that costs nothing.
func (e *evidence) ask(ctx context.Context, cred azcore.TokenCredential) {
	if e.reachErr != nil {
		return
	}
	client := e.cfg.Client
	client.Token = func(ctx context.Context, claims string) (string, error) {
		options := tokenOptions(e.cfg.Scope)
		options.Claims = claims
		token, err := cred.GetToken(ctx, options)
		return token.Token, err
	}
	e.asked = e.api()
	switch {
	case e.cfg.NoInference:
		_, e.askErr = client.ProbeFree(ctx)
	case e.cfg.Deployment != "":
		e.probe, e.askErr = client.Probe(ctx, inference.ProbeRequest{Deployment: e.cfg.Deployment, API: e.asked})
	}
}

// deployed is the deployment as the control plane shows it.
func (e *evidence) deployed() (account.Deployment, bool) {
	i := slices.IndexFunc(e.plane.deployments, func(d account.Deployment) bool { return strings.EqualFold(d.Name, e.cfg.Deployment) })
	if i < 0 {
		return account.Deployment{}, false
	}
	return e.plane.deployments[i], true
}

// known is the deployment for what the client tells of it.
func (e *evidence) known() inference.Deployed {
	d, _ := e.deployed()
	known := inference.Deployed{Model: d.Model, Version: d.Version, SKU: d.SKU, Capacity: int(d.Capacity)}
	for _, c := range capabilities {
		can, told := d.Can(c.name)
		if told && known.Able == nil {
			known.Able = []string{}
		}
		if can {
			known.Able = append(known.Able, c.api)
		}
	}
	return known
}

// A capability is an API by the name that the control plane has for it.
type capability struct{ api, name string }

// capabilities are tried in this order: the first that a deployment has is asked.
var capabilities = []capability{
	{inference.Chat, "chatCompletion"},
	{inference.Responses, "responses"},
	{inference.Embeddings, "embeddings"},
	{inference.Completions, "completion"},
}

// api is how the deployment is asked.
func (e *evidence) api() string {
	d, _ := e.deployed()
	if e.cfg.API != "" {
		return e.cfg.API
	}
	for _, c := range capabilities {
		if can, _ := d.Can(c.name); can {
			return c.api
		}
	}
	return inference.Chat
}

// capabilityOf is what the control plane calls what it takes to answer an API.
func capabilityOf(api string) string {
	i := slices.IndexFunc(capabilities, func(c capability) bool { return c.api == api })
	if i < 0 {
		return ""
	}
	return capabilities[i].name
}
