package oidc

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/keyless-inference/action/wire"
)

const requestToken = "request-token-4711"

func github(s *service) *GitHub {
	return &GitHub{RequestURL: "https://runner.example/token?api-version=2.0", RequestToken: requestToken, Do: s.Do}
}

func TestIDTokenRequest(t *testing.T) {
	t.Parallel()
	want := jwt(t, testSubject)
	for audience, sent := range map[string]string{"": DefaultAudience, "api://a b&c": "api://a b&c"} {
		s := serve(reply(200, `{"count":1,"value":"`+want+`"}`))
		g := github(s)
		g.RequestURL += "&audience=someone-else"
		g.Audience = audience
		var masked []string
		g.Mask = func(token string) { masked = append(masked, token) }
		got, err := g.IDToken(t.Context())
		if err != nil || got != want {
			t.Fatalf("got %q, %v", got, err)
		}
		r := s.seen[0]
		if q := r.URL.Query(); q.Get("api-version") != "2.0" || q.Get("audience") != sent || len(q["audience"]) != 1 {
			t.Errorf("query %v", q)
		}
		if r.Method != "GET" || r.Header.Get("Authorization") != "Bearer "+requestToken {
			t.Errorf("%s with %v", r.Method, r.Header)
		}
		if !slices.Equal(masked, []string{want}) {
			t.Errorf("masked %q", masked)
		}
	}
}

func TestIDTokenTriesAgain(t *testing.T) {
	t.Parallel()
	good := reply(200, `{"value":"`+jwt(t, testSubject)+`"}`)
	tests := []struct {
		name     string
		first    func(*http.Request) (*http.Response, error)
		min, max time.Duration
	}{
		{"403 while pending", reply(403, `{"message":"Can't issue ID_TOKEN for job in 'Pending' state"}`), time.Second, 2 * time.Second},
		{"408", reply(408, ""), time.Second, 2 * time.Second},
		{"429 with advice", reply(429, "", "Retry-After", "20"), 20 * time.Second, 22 * time.Second},
		{"500", reply(500, "oops"), time.Second, 2 * time.Second},
		{"503", reply(503, ""), time.Second, 2 * time.Second},
		{"connection reset", broken(&net.OpError{Op: "read", Err: errors.New("connection reset by peer")}), time.Second, 2 * time.Second},
		{"no answer in 10 s", slow(time.Hour, good), 11 * time.Second, 12 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := serve(tt.first, good)
				g := github(s)
				var notes []string
				g.Log = func(line string) { notes = append(notes, line) }
				start := time.Now()
				if _, err := g.IDToken(t.Context()); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(start); took < tt.min || took > tt.max {
					t.Errorf("took %s, want %s to %s", took, tt.min, tt.max)
				}
				if s.requests() != 2 || len(notes) != 1 || !strings.Contains(notes[0], "attempt 1 failed") {
					t.Errorf("%d requests, notes %q", s.requests(), notes)
				}
			})
		})
	}
}

func TestIDTokenGivesUp(t *testing.T) {
	t.Parallel()
	noHost := &net.DNSError{Err: "no such host", Name: "runner.example", IsNotFound: true}
	tests := []struct {
		name     string
		answer   func(*http.Request) (*http.Response, error)
		requests int
		words    []string
	}{
		{"401", reply(401, "expired"), 1, []string{"HTTP 401", "expired", "six hours"}},
		{"403", reply(403, "no"), 1, []string{"HTTP 403", "id-token: write"}},
		{"403 while pending for good", reply(403, notYet+" 'Delayed' state"), 5, []string{"HTTP 403", "after 5 attempts", "run the job again"}},
		{"404", reply(404, ""), 1, []string{"HTTP 404 Not Found"}},
		{"307", reply(307, "", "Location", "https://evil.example"), 1, []string{"HTTP 307", "redirects"}},
		{"503 for good", reply(503, "busy"), 5, []string{"HTTP 503", "after 5 attempts", "githubstatus"}},
		{"network for good", broken(errors.New("connection refused")), 5, []string{"no answer from runner.example", "after 5 attempts", "connection refused", "HTTPS_PROXY"}},
		{"unknown host", broken(noHost), 1, []string{"no answer from", "no such host"}},
		{"a day's wait", reply(429, "", "Retry-After", "86400"), 1, []string{"HTTP 429", "only 2m0s are left"}},
		{"empty object", reply(200, `{}`), 1, []string{"without a usable token", "no token in it"}},
		{"empty value", reply(200, `{"value":""}`), 1, []string{"no token in it"}},
		{"null", reply(200, `null`), 1, []string{"no token in it"}},
		{"no JSON", reply(200, `<html>eyJhbGciOi.eyJz.sig`), 1, []string{"not the JSON object"}},
		{"no token", reply(200, `{"value":"eyJhbGciOiJub25lIn0.eyJzdWIiOiJzIn0."}`), 1, []string{"empty or not base64url"}},
		{"two parts", reply(200, `{"value":"eyJhbGci.eyJzdWIi"}`), 1, []string{"three parts"}},
		{"endless", reply(200, strings.Repeat("x", answerLimit+1)), 5, []string{"longer than"}},
		{"echo", reply(400, "your token "+requestToken+" \x1b[31m\n::error::and "+"eyJhbGci.eyJzdWIi.sig"), 1, []string{"your token [secret]", "and [token]"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := serve(tt.answer)
				token, err := github(s).IDToken(t.Context())
				var p *wire.Problem
				if token != "" || !errors.As(err, &p) || p.Fix == "" {
					t.Fatalf("got %q, %v", token, err)
				}
				if errors.As(err, new(*wire.Passing)) {
					t.Error("another retry loop would repeat this")
				}
				if s.requests() != tt.requests {
					t.Errorf("%d requests, want %d", s.requests(), tt.requests)
				}
				wantWords(t, err.Error(), tt.words...)
				wantNoToken(t, err.Error(), requestToken, "\x1b", "\n::error::")
			})
		})
	}
}

func TestIDTokenMasksBeforeJudging(t *testing.T) {
	t.Parallel()
	g := github(serve(reply(200, `{"value":"eyJ-not-quite-a-token"}`)))
	var masked string
	g.Mask = func(token string) { masked = token }
	if _, err := g.IDToken(t.Context()); err == nil || masked != "eyJ-not-quite-a-token" {
		t.Errorf("masked %q, error %v", masked, err)
	}
}

func TestIDTokenRefusesURL(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{"http://runner.example/", "token?x=1", "https://user:pass@runner.example/", "://"} {
		s := serve(reply(200, ""))
		g := github(s)
		g.RequestURL = raw
		_, err := g.IDToken(t.Context())
		var p *wire.Problem
		if !errors.As(err, &p) || s.requests() != 0 || strings.Contains(err.Error(), "pass@") {
			t.Errorf("%s: %v after %d requests", raw, err, s.requests())
		}
	}
	for _, g := range []*GitHub{{RequestURL: "https://runner.example/"}, {RequestToken: requestToken}} {
		if _, err := g.IDToken(t.Context()); !errors.Is(err, ErrNoIdentity) {
			t.Errorf("%+v: %v", g, err)
		}
	}
}

func TestIDTokenObeysContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		start := time.Now()
		_, err := github(serve(slow(time.Hour, nil))).IDToken(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 3*time.Second {
			t.Errorf("%v after %s", err, time.Since(start))
		}
	})
}

// The default client, over real sockets: a redirect is not followed.
func TestIDTokenDefaultClient(t *testing.T) {
	t.Parallel()
	var stolen atomic.Bool
	thief := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { stolen.Store(true) }))
	defer thief.Close()
	runner := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/moved" {
			http.Redirect(w, r, thief.URL, http.StatusTemporaryRedirect)
			return
		}
		io.WriteString(w, `{"value":"`+jwt(t, testSubject)+`"}`)
	}))
	defer runner.Close()
	g := &GitHub{RequestURL: runner.URL + "/token", RequestToken: requestToken}
	if _, err := g.IDToken(t.Context()); err != nil {
		t.Error(err)
	}
	g.RequestURL = runner.URL + "/moved"
	_, err := g.IDToken(t.Context())
	if err == nil || stolen.Load() {
		t.Fatalf("redirect followed: %v", stolen.Load())
	}
	wantWords(t, err.Error(), "HTTP 307")
	g.RequestURL, g.RequestToken = runner.URL, "bad\ntoken"
	if _, err := g.IDToken(t.Context()); err == nil || strings.Contains(err.Error(), "bad") {
		t.Errorf("request token in %v", err)
	}
}
