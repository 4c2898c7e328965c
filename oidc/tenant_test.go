package oidc

import (
	"errors"
	"testing"
	"testing/synctest"

	"github.com/keyless-inference/action/wire"
)

func TestFindTenant(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		entra := serve(reply(503, ""), reply(200, `{"issuer":"https://login.microsoftonline.com/`+testTenant+`/v2.0"}`))
		id, err := FindTenant(t.Context(), Config{Tenant: "contoso.com", Do: entra.Do})
		if err != nil || id != testTenant {
			t.Fatalf("%q, %v", id, err)
		}
		if got := entra.seen[1].URL.String(); got != "https://login.microsoftonline.com/contoso.com/v2.0/.well-known/openid-configuration" {
			t.Errorf("asked at %s", got)
		}
	})
}

func TestFindTenantExplains(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for name, tt := range map[string]struct {
			entra *service
			words []string
		}{
			"none":    {serve(denied(400, 90002, "invalid_tenant")), []string{"AADSTS90002", "there is no tenant contoso.com", "az account show"}},
			"network": {serve(nobodyThere), []string{"no answer from login.microsoftonline.com after 3 attempts"}},
			"page":    {serve(reply(200, "<html>")), []string{"without a usable", "names no issuer"}},
			"issuer":  {serve(reply(200, `{"issuer":"https://login.microsoftonline.com/{tenantid}/v2.0"}`)), []string{"names no issuer"}},
		} {
			_, err := FindTenant(t.Context(), Config{Tenant: "contoso.com", Do: tt.entra.Do})
			var p *wire.Problem
			if !errors.As(err, &p) {
				t.Errorf("%s: %v", name, err)
				continue
			}
			wantWords(t, err.Error(), append(tt.words, askingTenant)...)
		}
	})
	if _, err := FindTenant(t.Context(), Config{Tenant: "common", Authority: "http://evil.example"}); err == nil {
		t.Error("a senseless tenant was asked for")
	}
}
