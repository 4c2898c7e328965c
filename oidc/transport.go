package oidc

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Do is the transport that azidentity sends an attempt through. It knows exactly
// one place to send an assertion to: the token endpoint of the configured authority
// and tenant. Whatever else azidentity may have been led to (a regional host, by
// AZURE_REGIONAL_AUTHORITY_NAME or MSAL_FORCE_REGION; the endpoint that a forged
// discovery document names) makes no difference. It answers azidentity's question for
// the endpoints itself.
func (a *attempt) Do(r *http.Request) (*http.Response, error) {
	switch {
	case asksForEndpoints(r):
		return discovery(r, a.authority, a.cfg.Tenant)
	case r.Method == http.MethodPost:
		return a.send(r, endpoint(a.authority, a.cfg.Tenant))
	}
	return nil, fmt.Errorf("a request to %s that is no part of the exchange", r.URL.Host)
}

func asksForEndpoints(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, discoveryPath)
}

const (
	discoveryPath = "/.well-known/openid-configuration"
	tokenPath     = "/oauth2/v2.0/token"
)

// discovery is the discovery document of the authority. The path of the token
// endpoint is documented and has no other form, so asking for it would cost a
// round trip and make the place that the assertion goes to depend on an answer.
//
// https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-client-creds-grant-flow#get-a-token
func discovery(r *http.Request, authority *url.URL, tenant string) (*http.Response, error) {
	base := "https://" + authority.Host + "/" + tenant
	body, err := json.Marshal(map[string]string{
		"issuer":                 base + "/v2.0",
		"authorization_endpoint": base + "/oauth2/v2.0/authorize",
		"token_endpoint":         base + tokenPath,
	})
	if err != nil {
		return nil, err
	}
	return answer(r, http.StatusOK, http.Header{"Content-Type": {"application/json"}}, body), nil
}

// endpoint is where tokens are handed out.
func endpoint(authority *url.URL, tenant string) *url.URL {
	return &url.URL{Scheme: authority.Scheme, Host: authority.Host, Path: "/" + tenant + tokenPath}
}
