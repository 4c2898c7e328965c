package oidc

import (
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/keyless-inference/action/wire"
)

func TestExchangeTriesAgain(t *testing.T) {
	t.Parallel()
	good := granted("access", 3600, 0)
	tests := []struct {
		name     string
		first    func(*http.Request) (*http.Response, error)
		min, max time.Duration
	}{
		{"408", reply(408, ""), 500 * time.Millisecond, time.Second},
		{"429 with advice", denied(429, 90055, "invalid_request"), 500 * time.Millisecond, time.Second},
		{"429 with advice", reply(429, "", "Retry-After", "40"), 40 * time.Second, 44 * time.Second},
		{"500", reply(500, "<html>"), 500 * time.Millisecond, time.Second},
		{"temporarily_unavailable", denied(400, 90033, "temporarily_unavailable"), 500 * time.Millisecond, time.Second},
		{"connection reset", broken(&net.OpError{Op: "read", Err: errors.New("reset")}), 500 * time.Millisecond, time.Second},
		{"no answer in 30 s", slow(time.Hour, good), 30*time.Second + 500*time.Millisecond, 31 * time.Second},
		{"200 without expiry", reply(200, `{"token_type":"Bearer","access_token":"secret-access"}`), 500 * time.Millisecond, time.Second},
		{"200 without body", reply(200, ""), 500 * time.Millisecond, time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				entra := serve(tt.first, good)
				var notes []string
				c, src := credential(t, entra, func(cfg *Config) { cfg.Log = func(s string) { notes = append(notes, s) } })
				start := time.Now()
				got, err := c.GetToken(t.Context(), scope)
				if err != nil || got.Token != "access" {
					t.Fatalf("got %q, %v", got.Token, err)
				}
				if took := time.Since(start); took < tt.min || took > tt.max {
					t.Errorf("took %s, want %s to %s", took, tt.min, tt.max)
				}
				if src.calls() != 2 || !strings.Contains(entra.forms[1], src.tokens[1]) {
					t.Errorf("%d ID tokens: the second attempt needs a new one", src.calls())
				}
				if len(notes) != 1 {
					t.Errorf("notes %q", notes)
				}
				wantNoToken(t, strings.Join(notes, "\n"), "secret-access")
			})
		})
	}
}

func TestExchangeGivesUp(t *testing.T) {
	t.Parallel()
	const secret = "opaque-access-token-4711"
	tests := []struct {
		name     string
		answer   func(*http.Request) (*http.Response, error)
		requests int
		words    []string
	}{
		{"400", denied(400, 700016, "unauthorized_client"), 1, []string{"AADSTS700016 (unauthorized_client, HTTP 400)", "Trace ID: t-1"}},
		{"400 in few words", reply(400, `{"error":"x","trace_id":"t-2"}`), 1, []string{"x, HTTP 400", "trace id t-2, correlation id (none)"}},
		{"no expiry", reply(200, `{"access_token":"`+secret+`"}`), 2, []string{"after 2 attempts", "expires_in is missing"}},
		{"no token", reply(200, `{"expires_in":3600,"note":"`+secret+`"}`), 2, []string{"access_token is missing"}},
		{"cut", reply(200, `{"expires_in":3600,"access_token":"`+secret), 2, []string{"bytes are not a JSON object"}},
		{"odd expiry", reply(200, `{"expires_in":[],"access_token":"`+secret+`"}`), 2, []string{"unexpected form"}},
		{"endless", reply(200, strings.Repeat("x", answerLimit+1)), 4, []string{"no answer", "longer than"}},
		{"network", broken(errors.New("connection refused")), 4, []string{"no answer from login.microsoftonline.com after 4 attempts", "connection refused", "SSL_CERT_FILE"}},
		{"a day's wait", reply(429, "", "Retry-After", "86400"), 1, []string{"HTTP 429", "Entra asks to wait"}},
		{"redirect", reply(307, "", "Location", "https://evil.example/"), 1, []string{"HTTP 307", "redirects"}},
		{"a proxy's page", reply(403, "<h1>Forbidden</h1>\n::error::x \x1b[31m"), 1, []string{"HTTP 403", "<h1>Forbidden</h1> ::error::x", "no proxy answers"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				entra := serve(tt.answer)
				c, _ := credential(t, entra)
				token, err := c.GetToken(t.Context(), scope)
				var p *wire.Problem
				if token.Token != "" || !errors.As(err, &p) || p.Fix == "" {
					t.Fatalf("got %q, %v", token.Token, err)
				}
				if entra.requests() != tt.requests {
					t.Errorf("%d requests, want %d", entra.requests(), tt.requests)
				}
				wantWords(t, err.Error(), tt.words...)
				for e := err; e != nil; e = errors.Unwrap(e) {
					wantNoToken(t, e.Error(), secret, "\x1b", "\n::error::")
				}
			})
		})
	}
}

// An answer that echoes the assertion, or has a token in its words, is shown
// without them.
func TestExchangeRedactsEcho(t *testing.T) {
	t.Parallel()
	echo := func(r *http.Request) (*http.Response, error) {
		form, _ := io.ReadAll(r.Body)
		return reply(400, `{"error":"x","error_description":"AADSTS50027: token secret-assertion eyJhbGci.eyJzdWIi.c2ln, form `+
			strings.ReplaceAll(string(form), "%", "")+`"}`)(r)
	}
	c, err := New(Config{
		Tenant: testTenant, Client: testClient, Do: echo,
		IDToken: (&constant{"secret-assertion"}).IDToken,
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.GetToken(t.Context(), scope)
	wantWords(t, err.Error(), "AADSTS50027", "[token]", "cannot be decoded")
	for e := err; e != nil; e = errors.Unwrap(e) {
		wantNoToken(t, e.Error(), "secret-assertion")
	}
}

// entraAt is a token endpoint over real sockets that counts its requests.
func entraAt(t *testing.T, tls bool) (*httptest.Server, *atomic.Int32) {
	t.Helper()
	var n atomic.Int32
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n.Add(1)
		if r.Method != "POST" || r.URL.Path != "/"+testTenant+"/oauth2/v2.0/token" || r.FormValue("client_assertion") == "" {
			t.Errorf("%s %s", r.Method, r.URL)
		}
		io.WriteString(w, `{"token_type":"Bearer","expires_in":3600,"access_token":"access"}`)
	})
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // refused certificates are part of the tests
	if tls {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s, &n
}

func TestLoopbackAuthority(t *testing.T) {
	t.Parallel()
	server, n := entraAt(t, false)
	for _, authority := range []string{server.URL, server.URL + "/", strings.Replace(server.URL, "127.0.0.1", "localhost", 1)} {
		c, _ := credential(t, nil, func(cfg *Config) { cfg.Authority, cfg.Do = authority, nil })
		if got, err := c.GetToken(t.Context(), scope); err != nil || got.Token != "access" {
			t.Errorf("%s: %q, %v", authority, got.Token, err)
		}
	}
	if n.Load() != 3 {
		t.Errorf("%d requests", n.Load())
	}
}

func TestTLSAuthority(t *testing.T) {
	t.Parallel()
	server, n := entraAt(t, true)
	c, _ := credential(t, nil, func(cfg *Config) { cfg.Authority, cfg.Do = server.URL, server.Client().Do })
	if got, err := c.GetToken(t.Context(), scope); err != nil || got.Token != "access" {
		t.Errorf("trusted: %q, %v", got.Token, err)
	}
	// Without the server's certificate authority there is one attempt: another
	// one would meet the same certificate.
	c, src := credential(t, nil, func(cfg *Config) { cfg.Authority, cfg.Do = server.URL, nil })
	_, err := c.GetToken(t.Context(), scope)
	if err == nil || src.calls() != 1 || n.Load() != 1 {
		t.Fatalf("not trusted: %v after %d attempts, %d requests", err, src.calls(), n.Load())
	}
	wantWords(t, err.Error(), "certificate", "SSL_CERT_FILE")
}

func TestDefaultClientFollowsNoRedirect(t *testing.T) {
	t.Parallel()
	thief, stolen := entraAt(t, false)
	for _, status := range []int{301, 302, 303, 307, 308} {
		server := httptest.NewServer(http.RedirectHandler(thief.URL+"/"+testTenant+"/oauth2/v2.0/token", status))
		defer server.Close()
		c, _ := credential(t, nil, func(cfg *Config) { cfg.Authority, cfg.Do = server.URL, nil })
		var r *Refusal
		if _, err := c.GetToken(t.Context(), scope); !errors.As(err, &r) || r.Status != status {
			t.Errorf("%d: %v", status, err)
		}
	}
	if stolen.Load() != 0 {
		t.Errorf("%d redirects were followed", stolen.Load())
	}
}

// The variables that send azidentity to a regional host change nothing.
func TestRegionVariables(t *testing.T) {
	for _, name := range []string{"AZURE_REGIONAL_AUTHORITY_NAME", "MSAL_FORCE_REGION"} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, "westeurope")
			for _, authority := range []string{"", "https://login.microsoftonline.us", "http://127.0.0.1:9"} {
				entra := serve(granted("access", 3600, 0))
				c, _ := credential(t, entra, func(cfg *Config) { cfg.Authority = authority })
				if _, err := c.GetToken(t.Context(), scope); err != nil {
					t.Errorf("%q: %v", authority, err)
				}
				for _, r := range entra.seen {
					if got := r.URL.Scheme + "://" + r.URL.Host; got != c.cfg.authority.String() || r.Host != "" {
						t.Errorf("%q: a request went to %s (Host %q)", authority, got, r.Host)
					}
				}
			}
		})
	}
	t.Run("no region's name", func(t *testing.T) {
		t.Setenv("AZURE_REGIONAL_AUTHORITY_NAME", "West Europe")
		entra := serve(granted("access", 3600, 0))
		c, src := credential(t, entra)
		_, err := c.GetToken(t.Context(), scope)
		if err == nil || entra.requests()+src.calls() != 0 {
			t.Fatalf("%v after %d requests", err, entra.requests())
		}
		wantWords(t, err.Error(), "could not be made", "unset it")
	})
}

// Whatever the library asks the transport for, nothing but the token endpoint
// is ever reached.
func TestTransportPins(t *testing.T) {
	t.Parallel()
	entra := serve(granted("access", 3600, 0))
	c, _ := credential(t, entra)
	a := &attempt{federation: &federation{cfg: c.cfg, authority: c.cfg.authority}, tap: tap{do: c.cfg.Do}}
	for _, target := range []string{"http://evil.example/steal", "https://login.microsoftonline.com.evil.example/x"} {
		r := httptest.NewRequest("POST", target, strings.NewReader("client_assertion=x"))
		if _, err := a.Do(r); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range entra.seen {
		if r.URL.String() != "https://login.microsoftonline.com/"+testTenant+"/oauth2/v2.0/token" || r.Host != "" {
			t.Errorf("a request went to %s (Host %q)", r.URL, r.Host)
		}
	}
	if _, err := a.Do(httptest.NewRequest("GET", "https://login.microsoft.com/common/discovery/instance", nil)); err == nil {
		t.Error("a foreign request was sent")
	}
	if entra.requests() != 2 {
		t.Errorf("%d requests", entra.requests())
	}
}
