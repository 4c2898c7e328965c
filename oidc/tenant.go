package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/keyless-inference/action/wire"
)

const askingTenant = "asking Entra for the tenant"

// FindTenant returns the id of cfg.Tenant, a GUID, by the public document that
// Entra has about every tenant. It needs no token and looks at Tenant,
// Authority, Do and Log alone. Errors are a [*wire.Problem], over a [*Refusal] with the
// code 90002 when there is no such tenant.
//
// https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc#find-your-apps-openid-configuration-document-uri
func FindTenant(ctx context.Context, cfg Config) (string, error) {
	cfg = cfg.complete()
	if err := errors.Join(CheckAuthority(cfg.Authority), CheckTenant(cfg.Tenant)); err != nil {
		return "", &wire.Problem{What: askingTenant + ": it cannot be asked for", Why: err.Error(), Err: err}
	}
	x := &federation{cfg: cfg, authority: cfg.authority, doing: askingTenant}
	at := &url.URL{Scheme: cfg.authority.Scheme, Host: cfg.authority.Host, Path: "/" + cfg.Tenant + "/v2.0" + discoveryPath}
	var id string
	retry := wire.Retry{Attempts: 3, Base: time.Second, Cap: 4 * time.Second, Note: note(cfg.Log, askingTenant)}
	attempts, err := retry.Do(ctx, once(func(ctx context.Context) error {
		seen := tap{do: cfg.Do}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
		if err != nil {
			return err
		}
		_, err = seen.send(req, at)
		if err != nil || seen.status/100 != 2 {
			return seen.failure(err)
		}
		id, err = tenantOf(seen.body)
		return err
	}))
	if err == nil {
		return id, nil
	}
	return "", x.tenantProblem(settled(err), attempts)
}

// tenantOf reads the tenant's id out of the issuer, which ends in it.
func tenantOf(body []byte) (string, error) {
	var document struct {
		Issuer string `json:"issuer"`
	}
	_ = json.Unmarshal(body, &document) // what is no JSON names no issuer
	if issuer, err := url.Parse(document.Issuer); err == nil && wire.IsGUID(tenantIn(issuer)) {
		return tenantIn(issuer), nil
	}
	return "", fmt.Errorf("%w: it names no issuer with a tenant's id", errUnusable)
}

// tenantProblem explains a refusal as that of an exchange, without the token that was
// not sent.
func (x *federation) tenantProblem(err error, attempts int) error {
	r, ok := errors.AsType[*Refusal](err)
	if !ok {
		return x.problem(err, "", attempts)
	}
	p := explanationOf(r).problem(x.facts("").replacer(r))
	p.What = fmt.Sprintf("%s: %s%s: %s", x.doing, r.label(), after(attempts), p.What)
	p.Why = join(p.Why, "Entra's words: "+r.Description)
	p.Err = err
	return &p
}
