package oidc

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/keyless-inference/action/wire"
)

const exchangeTimeout = 30 * time.Second // one request to Entra, its answer included

// An attempt is one try of an exchange, and the transport that azidentity sends
// it through. It knows exactly one place to send an assertion to: the token
// endpoint of the configured authority and tenant. Whatever else azidentity may
// have been led to (a regional host, by AZURE_REGIONAL_AUTHORITY_NAME or
// MSAL_FORCE_REGION; the endpoint that a forged discovery document names)
// makes no difference.
//
// It remembers what it saw, because azidentity's errors are no safe source: one
// of them quotes the access token.
type attempt struct {
	credential *Credential

	assertion string        // the ID token that was sent
	secrets   wire.Secrets  // the same, to be cut out of what a server echoes
	idErr     *idTokenError // why there was none
	status    int           // of Entra's answer; 0: there was none
	header    http.Header
	body      []byte
	err       error // why there was none
}

// Do answers azidentity's question for the endpoints itself and sends its token
// request.
func (a *attempt) Do(r *http.Request) (*http.Response, error) {
	switch {
	case r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/.well-known/openid-configuration"):
		return a.discovery(r)
	case r.Method == http.MethodPost:
		return a.send(r)
	}
	return nil, fmt.Errorf("a request to %s that is no part of the exchange", r.URL.Host)
}

// discovery is the discovery document of the authority. The path of the token
// endpoint is documented and has no other form, so asking for it would cost a
// round trip and make the place that the assertion goes to depend on an answer.
//
// https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-client-creds-grant-flow#get-a-token
func (a *attempt) discovery(r *http.Request) (*http.Response, error) {
	base := "https://" + a.credential.authority.Host + "/" + a.credential.cfg.Tenant
	body, err := json.Marshal(map[string]string{
		"issuer":                 base + "/v2.0",
		"authorization_endpoint": base + "/oauth2/v2.0/authorize",
		"token_endpoint":         base + "/oauth2/v2.0/token",
	})
	if err != nil {
		return nil, err
	}
	return answer(r, http.StatusOK, http.Header{"Content-Type": {"application/json"}}, body), nil
}

// send posts r's body to the token endpoint.
func (a *attempt) send(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(r.Context(), exchangeTimeout)
	defer cancel()
	out := r.Clone(ctx)
	out.URL, out.Host = a.credential.endpoint(), ""
	a.status, a.header, a.body, a.err = a.receive(a.credential.cfg.Do(out))
	if a.err != nil {
		return nil, a.err
	}
	return answer(r, a.status, a.header, a.body), nil
}

// endpoint is where tokens are handed out.
func (c *Credential) endpoint() *url.URL {
	return &url.URL{Scheme: c.authority.Scheme, Host: c.authority.Host, Path: "/" + c.cfg.Tenant + "/oauth2/v2.0/token"}
}

// receive reads an answer whole and has the access token in it masked.
func (a *attempt) receive(resp *http.Response, err error) (int, http.Header, []byte, error) {
	if err != nil {
		return 0, nil, nil, a.secrets.CutError(err)
	}
	defer resp.Body.Close()
	body, err := wire.ReadAll(resp.Body, answerLimit)
	if err != nil {
		return 0, nil, nil, fmt.Errorf("reading the answer: %w", err)
	}
	var token struct {
		AccessToken string `json:"access_token"`
	}
	// An answer of another form has no token that would get any further.
	// As azidentity reads it, which passes over what follows the object.
	_ = json.NewDecoder(bytes.NewReader(body)).Decode(&token)
	if token.AccessToken != "" && a.credential.cfg.Mask != nil {
		a.credential.cfg.Mask(token.AccessToken)
	}
	return resp.StatusCode, resp.Header, body, nil
}

func answer(r *http.Request, status int, header http.Header, body []byte) *http.Response {
	return &http.Response{
		Status:        fmt.Sprintf("%d %s", status, http.StatusText(status)),
		StatusCode:    status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        header,
		Body:          io.NopCloser(bytes.NewReader(body)),
		ContentLength: int64(len(body)),
		Request:       r,
	}
}
