package oidc_test

import (
	"errors"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/keyless-inference/action/emulator"
	"github.com/keyless-inference/action/oidc"
	"github.com/keyless-inference/action/wire"
)

var scope = policy.TokenRequestOptions{Scopes: []string{"https://cognitiveservices.azure.com/.default"}}

// A world is the emulator behind a socket, and the two clients of this package
// set up from its environment as they would be from a runner's.
type world struct {
	github *oidc.GitHub
	entra  *oidc.Credential

	mu     sync.Mutex
	masked []string
}

func (w *world) mask(s string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.masked = append(w.masked, s)
}

// emulate makes an emulator. Its keys take a while to make, so tests that need
// no other configuration share one.
func emulate(t *testing.T, cfg emulator.Config) *emulator.Emulator {
	t.Helper()
	e, err := emulator.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func newWorld(t *testing.T, e *emulator.Emulator, change ...func(*oidc.GitHub, *oidc.Config)) *world {
	t.Helper()
	srv := httptest.NewServer(e)
	t.Cleanup(srv.Close)
	env := map[string]string{}
	for _, line := range (emulator.Config{}).Env(srv.URL) {
		name, value, _ := strings.Cut(line, "=")
		env[name] = value
	}
	w := &world{}
	w.github = &oidc.GitHub{
		RequestURL: env["ACTIONS_ID_TOKEN_REQUEST_URL"], RequestToken: env["ACTIONS_ID_TOKEN_REQUEST_TOKEN"], Mask: w.mask,
	}
	c := oidc.Config{
		Tenant: env["AZURE_TENANT_ID"], Client: env["AZURE_CLIENT_ID"], Authority: env["AZURE_AUTHORITY_HOST"],
		IDToken: w.github.IDToken, Mask: w.mask,
	}
	for _, f := range change {
		f(w.github, &c)
	}
	var err error
	if w.entra, err = oidc.New(c); err != nil {
		t.Fatal(err)
	}
	return w
}

func TestEmulatedExchange(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulate(t, emulator.Config{}))
	token, err := w.entra.GetToken(t.Context(), scope)
	if err != nil {
		t.Fatal(err)
	}
	if left := time.Until(token.ExpiresOn); left < 59*time.Minute || left > time.Hour {
		t.Errorf("the token lives for %s", left)
	}
	if len(w.masked) != 2 || w.masked[1] != token.Token {
		t.Errorf("%d tokens were masked, the access token among them: %v", len(w.masked), slices.Contains(w.masked, token.Token))
	}
	claims, err := wire.ParseClaims(w.masked[0])
	if err != nil || claims.Subject != emulator.DefaultSubject || claims.Expiry.Sub(claims.IssuedAt) != 5*time.Minute {
		t.Errorf("%+v, %v", claims, err)
	}
}

// Entra's tokens that live for less than five minutes are bought anew each
// time, with a new token of GitHub.
func TestEmulatedRenewal(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulate(t, emulator.Config{AccessTokenLife: time.Minute}))
	for range 3 {
		if _, err := w.entra.GetToken(t.Context(), scope); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(w.masked)
	if n := len(slices.Compact(w.masked)); n != 6 {
		t.Errorf("%d different tokens, want 6", n)
	}
}

// The emulator refuses for real reasons, and each refusal is explained with
// what was really sent.
func TestEmulatedRefusals(t *testing.T) {
	t.Parallel()
	const elsewhere = "99999999-2222-4333-8444-555555555555"
	none := func(*oidc.GitHub, *oidc.Config) {}
	tests := []struct {
		code   int
		cfg    *emulator.Config // nil: the standard one
		change func(*oidc.GitHub, *oidc.Config)
		words  []string
	}{
		{700213, &emulator.Config{FederatedSubject: "repo:octo-org/octo-repo:pull_request"}, none, []string{`"subject":"` + emulator.DefaultSubject + `"`}},
		{7002138, &emulator.Config{FederatedSubject: "repo:Octo-Org/octo-repo:ref:refs/heads/main"}, none, []string{"federated-credential update"}},
		{700211, &emulator.Config{FederatedIssuer: "https://token.actions.githubusercontent.com"}, none, []string{"/_services/token"}},
		{700212, nil, func(g *oidc.GitHub, _ *oidc.Config) { g.Audience = "api://other" }, []string{`has the audience "api://other"`}},
		{70025, &emulator.Config{FederatedSubject: "-"}, none, []string{"no federated credential"}},
		{700016, nil, func(_ *oidc.GitHub, c *oidc.Config) { c.Client = elsewhere }, []string{"az ad sp show --id " + elsewhere}},
		{90002, nil, func(_ *oidc.GitHub, c *oidc.Config) { c.Tenant = elsewhere }, []string{"there is no tenant " + elsewhere}},
		{700024, &emulator.Config{IDTokenLife: -time.Hour}, none, []string{"outside its time", "date -u"}},
	}
	standard := emulate(t, emulator.Config{})
	for _, tt := range tests {
		e := standard
		if tt.cfg != nil {
			e = emulate(t, *tt.cfg)
		}
		w := newWorld(t, e, tt.change)
		_, err := w.entra.GetToken(t.Context(), scope)
		checkRefusal(t, w, err, tt.code, tt.words...)
	}
}

func TestEmulatedFaults(t *testing.T) {
	t.Parallel()
	e := emulate(t, emulator.Config{})
	for code, name := range map[int]string{53003: "AADSTS53003", 501661: "AADSTS501661", 50196: "AADSTS50196", 0: "redirect"} {
		w := newWorld(t, e)
		if err := e.Fault("entra", name); err != nil {
			t.Fatal(err)
		}
		_, err := w.entra.GetToken(t.Context(), scope)
		checkRefusal(t, w, err, code)
	}
}

func checkRefusal(t *testing.T, w *world, err error, code int, words ...string) {
	t.Helper()
	var p *wire.Problem
	var r *oidc.Refusal
	if !errors.As(err, &p) || !errors.As(err, &r) || r.Code != code {
		t.Errorf("want AADSTS%d, got %v", code, err)
		return
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("AADSTS%d: %q is missing in:\n%v", code, word, err)
		}
	}
	for _, secret := range append(w.masked, w.github.RequestToken) {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("AADSTS%d: a token is in:\n%v", code, err)
		}
	}
}

// What passes by itself is lived through, and the access token in an unusable
// answer is never shown.
func TestEmulatedDisturbances(t *testing.T) {
	t.Parallel()
	for service, faults := range map[string][]string{
		"entra":  {"429", "503", "empty", "garbage", "reset", "AADSTS90033"},
		"github": {"403-pending", "429", "503", "reset"},
	} {
		for _, fault := range faults {
			t.Run(service+" "+fault, func(t *testing.T) {
				t.Parallel()
				e := emulate(t, emulator.Config{})
				var notes []string
				log := func(s string) { notes = append(notes, s) }
				w := newWorld(t, e, func(g *oidc.GitHub, c *oidc.Config) { g.Log, c.Log = log, log })
				if err := e.Fault(service, fault); err != nil {
					t.Fatal(err)
				}
				if _, err := w.entra.GetToken(t.Context(), scope); err != nil {
					t.Fatal(err)
				}
				text := strings.Join(notes, "\n")
				if len(notes) != 1 || strings.Contains(text, "eyJ") {
					t.Errorf("notes: %s", text)
				}
			})
		}
	}
}
