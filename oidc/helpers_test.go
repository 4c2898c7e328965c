package oidc

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

const (
	testTenant  = "11111111-2222-4333-8444-555555555555"
	testClient  = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
	testSubject = "repo:octo-org/octo-repo:ref:refs/heads/main"
	testIssuer  = "https://token.actions.githubusercontent.com"
	testScope   = "https://cognitiveservices.azure.com/.default"
)

var scope = policy.TokenRequestOptions{Scopes: []string{testScope}}

// jwt makes an unsigned token whose claims are iss, sub and aud, and whatever
// more is given as key and value.
func jwt(t testing.TB, sub string, more ...any) string {
	t.Helper()
	claims := map[string]any{"iss": testIssuer, "sub": sub, "aud": DefaultAudience}
	for i := 0; i+1 < len(more); i += 2 {
		claims[more[i].(string)] = more[i+1]
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	enc := base64.RawURLEncoding.EncodeToString
	return enc([]byte(`{"alg":"RS256"}`)) + "." + enc(payload) + "." + enc([]byte("no signature"))
}

// A service answers requests in turn; the last answer is repeated.
type service struct {
	mu      sync.Mutex
	answers []func(*http.Request) (*http.Response, error)
	seen    []*http.Request
	forms   []string
}

func (s *service) Do(r *http.Request) (*http.Response, error) {
	var form []byte
	if r.Body != nil {
		form, _ = io.ReadAll(r.Body)
	}
	s.mu.Lock()
	a := s.answers[min(len(s.seen), len(s.answers)-1)]
	s.seen = append(s.seen, r)
	s.forms = append(s.forms, string(form))
	s.mu.Unlock()
	return a(r)
}

func (s *service) requests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.seen)
}

func serve(answers ...func(*http.Request) (*http.Response, error)) *service {
	return &service{answers: answers}
}

// reply answers with status, body and headers given as key and value.
func reply(status int, body string, header ...string) func(*http.Request) (*http.Response, error) {
	return func(r *http.Request) (*http.Response, error) {
		h := http.Header{}
		for i := 0; i+1 < len(header); i += 2 {
			h.Set(header[i], header[i+1])
		}
		return answer(r, status, h, []byte(body)), nil
	}
}

func broken(err error) func(*http.Request) (*http.Response, error) {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

// slow delays an answer, unless the request's context ends first.
func slow(d time.Duration, a func(*http.Request) (*http.Response, error)) func(*http.Request) (*http.Response, error) {
	return func(r *http.Request) (*http.Response, error) {
		select {
		case <-time.After(d):
			return a(r)
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
}

// granted is an answer with an access token, good for some seconds. refresh is
// left out when it is 0.
func granted(token string, seconds, refresh int) func(*http.Request) (*http.Response, error) {
	body := fmt.Sprintf(`{"token_type":"Bearer","expires_in":%d,"access_token":%q}`, seconds, token)
	if refresh > 0 {
		body = strings.Replace(body, "{", fmt.Sprintf(`{"refresh_in":%d,`, refresh), 1)
	}
	return reply(200, body)
}

// denied is a refusal in Entra's form.
func denied(status, code int, name string) func(*http.Request) (*http.Response, error) {
	return reply(status, fmt.Sprintf(`{"error":%q,"error_description":"AADSTS%d: the reason. Trace ID: t-1 Correlation ID: c-1",`+
		`"error_codes":[%d],"trace_id":"t-1","correlation_id":"c-1"}`, name, code, code))
}

// A source counts the ID tokens it hands out; each is another one.
type source struct {
	mu     sync.Mutex
	tokens []string
	t      testing.TB
}

func (s *source) IDToken(context.Context) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens = append(s.tokens, jwt(s.t, testSubject, "jti", len(s.tokens)))
	return s.tokens[len(s.tokens)-1], nil
}

func (s *source) calls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.tokens)
}

// credential is one with a source of ID tokens and entra to exchange them at.
func credential(t testing.TB, entra *service, change ...func(*Config)) (*Credential, *source) {
	t.Helper()
	src := &source{t: t}
	cfg := Config{Tenant: testTenant, Client: testClient, IDToken: src.IDToken, Do: entra.Do}
	for _, f := range change {
		f(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c, src
}

// wantWords fails unless text has all of words in it.
func wantWords(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("%q is missing in:\n%s", w, text)
		}
	}
}

// wantNoToken fails if text has something like a token in it, or any of secrets.
func wantNoToken(t *testing.T, text string, secrets ...string) {
	t.Helper()
	for _, s := range append(secrets, "eyJ") {
		if strings.Contains(text, s) {
			t.Errorf("the secret %q is in:\n%s", s, text)
		}
	}
}

// constant is a source of one ID token.
type constant struct{ token string }

func (c *constant) IDToken(context.Context) (string, error) { return c.token, nil }
