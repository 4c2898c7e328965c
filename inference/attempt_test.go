package inference

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/keyless-inference/action/wire"
)

// The token goes to the endpoint's own scheme, host and port, and is not even
// asked for when a request is about to go elsewhere.
func TestTokenStaysWithTheEndpoint(t *testing.T) {
	t.Parallel()
	for address, allowed := range map[string]bool{
		endpoint + "/openai/v1/chat/completions":         true,
		"http://contoso.openai.azure.com/openai/v1/":     false,
		"https://contoso.openai.azure.com:8443/":         false,
		"https://contoso.openai.azure.com.evil.example/": false,
		"https://evil.example/openai/v1/":                false,
	} {
		c := serve().client()
		asked := 0
		c.Token = func(context.Context, string) (string, error) { asked++; return secret, nil }
		root, _ := url.Parse(endpoint)
		r, _ := http.NewRequest("POST", address, nil)
		err := (&call{errand: &errand{c: c, place: &place{root: root}}, ctx: t.Context()}).authorise(r)
		sent := r.Header.Get("Authorization") != ""
		if (err == nil) != allowed || sent != allowed || (asked == 1) != allowed {
			t.Errorf("%s: %v, token asked %d times, sent %v; want allowed=%v", address, err, asked, sent, allowed)
		}
	}
}

func TestCustomHeaders(t *testing.T) {
	t.Parallel()
	f := serve(refusal(400, `{"message":"bad key gateway-secret-value"}`))
	c := f.client()
	c.Header = http.Header{"Ocp-Apim-Subscription-Key": {"gateway-secret-value"}}
	_, err := c.Ask(t.Context(), ask())
	if got := f.seen[0].header.Get("Ocp-Apim-Subscription-Key"); got != "gateway-secret-value" {
		t.Errorf("the header was %q", got)
	}
	if strings.Contains(err.Error(), "gateway-secret-value") {
		t.Errorf("a custom header's value is in the error: %v", err)
	}
	for _, name := range []string{"authorization", "API-Key", "api-key"} {
		c.Header = http.Header{name: {"x"}}
		if _, err := c.Ask(t.Context(), ask()); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: got %v, want a refusal that names it", name, err)
		}
	}
	if len(f.seen) != 1 {
		t.Errorf("%d requests, want 1: a mistake sends nothing", len(f.seen))
	}
}

func TestTokenErrorsAreFinalAndAskedEachAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := serve(refusal(500, `{}`), refusal(500, `{}`), hello)
		c := f.client()
		tokens := 0
		c.Token = func(context.Context, string) (string, error) { tokens++; return strings.Repeat("t", tokens+7), nil }
		if _, err := c.Ask(t.Context(), ask()); err != nil || tokens != 3 {
			t.Errorf("%d tokens, %v", tokens, err)
		}
		if got := f.seen[2].header.Get("Authorization"); got != "Bearer "+strings.Repeat("t", 10) {
			t.Errorf("the third attempt was sent with %q", got)
		}
		root := &wire.Problem{What: "exchanging the token " + secret}
		tokens = 0
		c.Token = func(context.Context, string) (string, error) { tokens++; return "", &wire.Passing{Err: root} }
		got, err := c.Ask(t.Context(), ask())
		if tokens != 1 || !errors.Is(err, root) || got.Attempts != 0 {
			t.Errorf("%d tokens, %v, %+v", tokens, err, got)
		}
		problem(t, err, "exchanging the token [token]")
		c.Token = func(context.Context, string) (string, error) { return "", nil }
		if _, err := c.Ask(t.Context(), ask()); err == nil || !strings.Contains(err.Error(), "the token is empty") {
			t.Errorf("got %v", err)
		}
	})
}

func TestOverRealSocket(t *testing.T) {
	t.Parallel()
	var server *httptest.Server
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/elsewhere") {
			t.Error("the redirect was followed")
		}
		http.Redirect(w, r, server.URL+"/elsewhere", http.StatusTemporaryRedirect)
	}))
	defer server.Close()
	c := (&fake{}).client()
	c.Do, c.Endpoint = nil, server.URL
	_, err := c.Ask(t.Context(), ask())
	problem(t, err, "sent the request elsewhere", strings.TrimPrefix(server.URL, "http://"), "HTTP 307")
}
