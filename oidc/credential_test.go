package oidc

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/keyless-inference/action/wire"
)

func TestNewReportsEveryMistake(t *testing.T) {
	t.Parallel()
	_, err := New(Config{Tenant: "common", Client: "my-app", Authority: "http://login.example"})
	if err == nil {
		t.Fatal("accepted")
	}
	wantWords(t, err.Error(), `"common"`, `"my-app"`, "http://login.example", "no source of ID tokens")
}

func TestNewChecksAuthority(t *testing.T) {
	t.Parallel()
	for authority, ok := range map[string]bool{
		"":                                   true,
		"https://login.microsoftonline.us":   true,
		"https://login.microsoftonline.com/": true,
		"http://127.0.0.1:8080":              true,
		"http://localhost:8080/":             true,
		"http://10.0.0.1":                    false,
		"login.microsoftonline.com":          false,
		"https://login.microsoftonline.com/" + testTenant: false,
		"https://login.microsoftonline.com/?x=1":          false,
		"https://u:p@login.microsoftonline.com":           false,
	} {
		cfg := Config{Tenant: testTenant, Client: testClient, Authority: authority, IDToken: (&source{t: t}).IDToken}
		if _, err := New(cfg); (err == nil) != ok {
			t.Errorf("%q: %v", authority, err)
		}
	}
}

func TestGetTokenRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		entra := serve(granted("access-1", 3600, 0))
		var masked []string
		c, src := credential(t, entra, func(cfg *Config) { cfg.Mask = func(s string) { masked = append(masked, s) } })
		got, err := c.GetToken(t.Context(), scope)
		if err != nil || got.Token != "access-1" || time.Until(got.ExpiresOn) != time.Hour {
			t.Fatalf("got %+v, %v", got, err)
		}
		r := entra.seen[0]
		if r.Method != "POST" || r.URL.String() != "https://login.microsoftonline.com/"+testTenant+"/oauth2/v2.0/token" {
			t.Errorf("%s %s", r.Method, r.URL)
		}
		form, _ := url.ParseQuery(entra.forms[0])
		for key, want := range map[string]string{
			"client_id":             testClient,
			"client_assertion":      src.tokens[0],
			"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
			"grant_type":            "client_credentials",
		} {
			if form.Get(key) != want {
				t.Errorf("%s is %q, want %q", key, form.Get(key), want)
			}
		}
		if !strings.HasPrefix(form.Get("scope"), testScope) {
			t.Errorf("scope is %q", form.Get("scope"))
		}
		if len(masked) != 1 || masked[0] != "access-1" {
			t.Errorf("masked %q", masked)
		}
		if entra.requests() != 1 {
			t.Errorf("%d requests", entra.requests())
		}
	})
}

// A token is kept until five minutes before its end, and the next one is bought
// with another ID token.
func TestGetTokenKeeps(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		entra := serve(granted("access-1", 3600, 0), granted("access-2", 3600, 0))
		c, src := credential(t, entra)
		for _, step := range []struct {
			sleep time.Duration
			want  string
		}{{0, "access-1"}, {54 * time.Minute, "access-1"}, {time.Minute, "access-2"}, {0, "access-2"}} {
			time.Sleep(step.sleep)
			if got, err := c.GetToken(t.Context(), scope); err != nil || got.Token != step.want {
				t.Fatalf("after %s: %q, %v, want %q", step.sleep, got.Token, err, step.want)
			}
		}
		if src.calls() != 2 || src.tokens[0] == src.tokens[1] {
			t.Errorf("%d ID tokens", src.calls())
		}
	})
}

// A run of six hours: every exchange has an ID token of its own.
func TestGetTokenLongRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		entra := serve(granted("access", 3600, 0))
		c, src := credential(t, entra)
		for range 6 * 60 {
			if _, err := c.GetToken(t.Context(), scope); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
		}
		if src.calls() != 7 || entra.requests() != 7 { // one each 55 minutes
			t.Errorf("%d ID tokens, %d exchanges", src.calls(), entra.requests())
		}
		for i, form := range entra.forms {
			if !strings.Contains(form, src.tokens[i]) {
				t.Errorf("exchange %d was made with an old ID token", i)
			}
		}
	})
}

func TestGetTokenPerScope(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		entra := serve(granted("access-1", 3600, 0), granted("access-2", 3600, 0), granted("access-3", 3600, 0))
		c, _ := credential(t, entra)
		ai, cae := policy.TokenRequestOptions{Scopes: []string{"https://ai.azure.com/.default"}}, scope
		cae.EnableCAE = true
		for range 2 {
			for i, opts := range []policy.TokenRequestOptions{scope, ai, cae} {
				got, err := c.GetToken(t.Context(), opts)
				if want := "access-" + string(rune('1'+i)); err != nil || got.Token != want {
					t.Errorf("%v: %q, %v, want %q", opts, got.Token, err, want)
				}
			}
		}
		if strings.Contains(entra.forms[0], "CP1") || !strings.Contains(entra.forms[2], "CP1") {
			t.Error("that challenges are understood is told where it is asked for, and there alone")
		}
	})
}

// challenged is scope after the challenge of a service.
func challenged(since string) policy.TokenRequestOptions {
	opts := scope
	opts.EnableCAE = true
	opts.Claims = `{"access_token":{"nbf":{"essential":true,"value":"` + since + `"}}}`
	return opts
}

// A token that a service has refused is replaced for all who ask for its scope, once
// for all who have met the same challenge.
func TestGetTokenChallenged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		entra := serve(granted("revoked", 3600, 0), slow(time.Second, granted("access-2", 3600, 0)), granted("access-3", 3600, 0))
		c, _ := credential(t, entra)
		plain := scope
		plain.EnableCAE = true
		get := func(opts policy.TokenRequestOptions, want string) {
			t.Helper()
			if got, err := c.GetToken(t.Context(), opts); err != nil || got.Token != want {
				t.Errorf("%q, %v, want %q", got.Token, err, want)
			}
		}
		get(plain, "revoked")
		var wg sync.WaitGroup
		for range 32 {
			wg.Go(func() { get(challenged("1"), "access-2") })
		}
		wg.Wait()
		get(plain, "access-2")
		get(challenged("1"), "access-2")
		get(challenged("2"), "access-3")
		get(plain, "access-3")
		if entra.requests() != 3 || !strings.Contains(entra.forms[1], "essential") || !strings.Contains(entra.forms[2], "essential") {
			t.Errorf("%d exchanges: %q", entra.requests(), entra.forms)
		}
	})
}

// The same challenge again refuses the token that it brought; it is asked with at
// most every 30 seconds.
func TestGetTokenChallengedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		entra := serve(granted("access-1", 3600, 0), granted("access-2", 3600, 0))
		c, _ := credential(t, entra)
		for _, step := range []struct {
			wait time.Duration
			want string
		}{{0, "access-1"}, {refreshPause - time.Second, "access-1"}, {time.Second, "access-2"}} {
			time.Sleep(step.wait)
			if got, err := c.GetToken(t.Context(), challenged("1")); err != nil || got.Token != step.want {
				t.Errorf("%q, %v, want %q", got.Token, err, step.want)
			}
		}
	})
}

// An origin with a cache of its own hands out a token that is due already: it is asked
// twice a minute, and not with every call.
func TestGetTokenDueAlready(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, _ := credential(t, serve(granted("unused", 3600, 0)))
		asked, due := 0, time.Now()
		c.origin.get = func(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, bool, error) {
			asked++
			return azcore.AccessToken{Token: "old", ExpiresOn: due.Add(2 * time.Hour), RefreshOn: due}, false, nil
		}
		for range 100 {
			if _, err := c.GetToken(t.Context(), scope); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			time.Sleep(time.Second)
		}
		if asked != 4 { // at 0, 30, 60 and 90 seconds
			t.Errorf("asked %d times", asked)
		}
	})
}

// A flight that took off without claims does not bring back a token that is refused.
func TestGetTokenOvertaken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		entra := serve(slow(time.Minute/4, granted("without", 3600, 0)), granted("with", 3600, 0))
		c, _ := credential(t, entra)
		plain := challenged("")
		plain.Claims = ""
		var wg sync.WaitGroup
		wg.Go(func() {
			if got, err := c.GetToken(t.Context(), plain); err != nil || got.Token != "without" {
				t.Errorf("%q, %v", got.Token, err)
			}
		})
		synctest.Wait()
		for _, opts := range []policy.TokenRequestOptions{challenged("1"), plain} {
			if got, err := c.GetToken(t.Context(), opts); err != nil || got.Token != "with" {
				t.Errorf("%q, %v", got.Token, err)
			}
		}
		wg.Wait()
		if got, err := c.GetToken(t.Context(), plain); err != nil || got.Token != "with" {
			t.Errorf("after the slow flight: %q, %v", got.Token, err)
		}
	})
}

func TestGetTokenOptions(t *testing.T) {
	t.Parallel()
	entra := serve(granted("access", 3600, 0))
	c, _ := credential(t, entra)
	if _, err := c.GetToken(t.Context(), policy.TokenRequestOptions{}); err == nil {
		t.Error("no scope was accepted")
	}
	other := scope
	other.TenantID = "contoso.com"
	if _, err := c.GetToken(t.Context(), other); err == nil || !strings.Contains(err.Error(), "contoso.com") {
		t.Errorf("another tenant: %v", err)
	}
	other.TenantID = strings.ToUpper(testTenant)
	if _, err := c.GetToken(t.Context(), other); err != nil {
		t.Errorf("the same tenant in capitals: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.GetToken(ended, scope); !errors.Is(err, context.Canceled) {
		t.Errorf("ended context: %v", err)
	}
	if entra.requests() != 1 {
		t.Errorf("%d requests", entra.requests())
	}
}

// together calls GetToken n times at once and returns the errors.
func together(ctx context.Context, c *Credential, n int) []error {
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { _, errs[i] = c.GetToken(ctx, scope) })
	}
	wg.Wait()
	return errs
}

func TestGetTokenSharesFlight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		// A token too short-lived to be kept still serves all who waited.
		entra := serve(slow(time.Second, granted("access", 60, 0)))
		c, src := credential(t, entra)
		for i, err := range together(t.Context(), c, 100) {
			if err != nil {
				t.Errorf("caller %d: %v", i, err)
			}
		}
		if src.calls() != 1 || entra.requests() != 1 {
			t.Errorf("%d ID tokens, %d exchanges", src.calls(), entra.requests())
		}
	})
}

func TestGetTokenSharesRefusal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		entra := serve(slow(time.Second, denied(401, 700213, "invalid_client")))
		c, src := credential(t, entra)
		for i, err := range together(t.Context(), c, 100) {
			var r *Refusal
			if !errors.As(err, &r) || r.Code != 700213 {
				t.Errorf("caller %d: %v", i, err)
			}
		}
		time.Sleep(refusedFor - time.Millisecond)
		together(t.Context(), c, 10)
		if src.calls() != 1 || entra.requests() != 1 {
			t.Errorf("%d ID tokens, %d exchanges", src.calls(), entra.requests())
		}
		time.Sleep(time.Millisecond)
		together(t.Context(), c, 10)
		if entra.requests() != 2 {
			t.Errorf("%d exchanges after the refusal was forgotten", entra.requests())
		}
	})
}

func TestGetTokenForgetsPassingFailureSoon(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		busy := reply(503, "busy")
		entra := serve(busy, busy, busy, busy, granted("access", 3600, 0))
		c, src := credential(t, entra)
		_, err := c.GetToken(t.Context(), scope)
		if err == nil {
			t.Fatal("no error")
		}
		wantWords(t, err.Error(), "HTTP 503", "after 4 attempts", "busy")
		if errors.As(err, new(*wire.Passing)) {
			t.Error("another retry loop would repeat this")
		}
		if _, again := c.GetToken(t.Context(), scope); again != err {
			t.Errorf("not remembered: %v", again)
		}
		if src.calls() != 4 {
			t.Errorf("%d ID tokens for 4 attempts", src.calls())
		}
		time.Sleep(disturbedFor)
		if _, err := c.GetToken(t.Context(), scope); err != nil {
			t.Error(err)
		}
	})
}

func TestGetTokenLeavesOnContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		entra := serve(slow(10*time.Second, granted("access", 3600, 0)))
		c, _ := credential(t, entra)
		start := time.Now()
		hasty, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var wg sync.WaitGroup
		wg.Go(func() {
			_, err := c.GetToken(hasty, scope)
			if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
				t.Errorf("the hasty caller: %v after %s", err, time.Since(start))
			}
		})
		synctest.Wait() // the hasty caller is the one who started the flight
		_, err := c.GetToken(t.Context(), scope)
		if err != nil || time.Since(start) != 10*time.Second {
			t.Errorf("the patient caller: %v after %s", err, time.Since(start))
		}
		wg.Wait()
		if entra.requests() != 1 {
			t.Errorf("%d exchanges", entra.requests())
		}
	})
}

func TestGetTokenRefreshesEarly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		entra := serve(granted("access-1", 7200, 3600), denied(400, 700213, "invalid_client"), granted("access-2", 7200, 3600))
		var notes []string
		c, src := credential(t, entra, func(cfg *Config) { cfg.Log = func(s string) { notes = append(notes, s) } })
		get := func(want string, exchanges int) {
			t.Helper()
			start := time.Now()
			got, err := c.GetToken(t.Context(), scope)
			if err != nil || got.Token != want || time.Since(start) != 0 {
				t.Errorf("%q, %v after %s, want %q at once", got.Token, err, time.Since(start), want)
			}
			synctest.Wait() // for the refresh in the background
			if src.calls() != exchanges {
				t.Errorf("%d exchanges, want %d", src.calls(), exchanges)
			}
		}
		get("access-1", 1)
		time.Sleep(time.Hour)
		get("access-1", 2)
		for range 29 {
			time.Sleep(time.Second)
			get("access-1", 2)
		}
		time.Sleep(time.Second)
		get("access-1", 3)
		get("access-2", 3)
		if len(notes) != 1 || !strings.Contains(notes[0], "refreshing the Entra token early failed") {
			t.Errorf("notes %q", notes)
		}
	})
}

func TestGetTokenIDTokenFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		runner := serve(reply(503, ""))
		entra := serve(granted("access", 3600, 0))
		c, _ := credential(t, entra, func(cfg *Config) { cfg.IDToken = github(runner).IDToken })
		_, err := c.GetToken(t.Context(), scope)
		var p *wire.Problem
		if !errors.As(err, &p) || !strings.HasPrefix(err.Error(), asking) {
			t.Errorf("got %v", err)
		}
		if runner.requests() != githubAttempts || entra.requests() != 0 {
			t.Errorf("%d requests to GitHub, %d to Entra", runner.requests(), entra.requests())
		}
		time.Sleep(disturbedFor)
		c.GetToken(t.Context(), scope)
		if runner.requests() != 2*githubAttempts {
			t.Errorf("%d requests to GitHub: its disturbance is remembered for too long", runner.requests())
		}
		c, _ = credential(t, entra, func(cfg *Config) {
			cfg.IDToken = func(context.Context) (string, error) { return "", nil }
		})
		if _, err := c.GetToken(t.Context(), scope); err == nil || entra.requests() != 0 {
			t.Errorf("an empty ID token: %v, %d requests to Entra", err, entra.requests())
		}
		c, _ = credential(t, entra, func(cfg *Config) {
			cfg.IDToken = func(context.Context) (string, error) { return "", errors.New("broken at " + jwt(t, "s")) }
		})
		_, err = c.GetToken(t.Context(), scope)
		wantNoToken(t, err.Error())
	})
}

// gets calls GetToken at times, and compares what it returns at once.
func gets(t *testing.T, c *Credential, steps []tokenAt) {
	t.Helper()
	for _, step := range steps {
		time.Sleep(step.after)
		got, err := c.GetToken(t.Context(), step.opts)
		if (err != nil) != (step.want == "") || got.Token != step.want {
			t.Errorf("%q, %v, want %q", got.Token, err, step.want)
		}
		synctest.Wait()
	}
}

// A tokenAt is a call some time after the one before; want "" is a refusal.
type tokenAt struct {
	after time.Duration
	opts  policy.TokenRequestOptions
	want  string
}

func unchallenged() policy.TokenRequestOptions {
	opts := challenged("")
	opts.Claims = ""
	return opts
}

// What is refused to who was challenged is not refused to others.
func TestGetTokenChallengeRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, _ := credential(t, serve(denied(400, 53003, "invalid_grant"), granted("access", 3600, 0)))
		gets(t, c, []tokenAt{{0, challenged("1"), ""}, {0, challenged("1"), ""}, {0, unchallenged(), "access"}})
	})
}

// An early refresh that takes longer than the pause between two is not doubled.
func TestGetTokenRefreshesOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, _ := credential(t, serve(granted("unused", 3600, 0)))
		asked := 0
		c.origin.get = func(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, bool, error) {
			asked++
			if asked > 1 {
				time.Sleep(refreshPause + 20*time.Second)
			}
			now := time.Now()
			return azcore.AccessToken{Token: fmt.Sprint("access-", asked), ExpiresOn: now.Add(2 * time.Hour), RefreshOn: now.Add(time.Hour)}, false, nil
		}
		gets(t, c, []tokenAt{
			{0, unchallenged(), "access-1"},
			{time.Hour, unchallenged(), "access-1"},
			{refreshPause + time.Second, unchallenged(), "access-1"},
			{30 * time.Second, unchallenged(), "access-2"},
		})
		if asked != 2 {
			t.Errorf("asked %d times", asked)
		}
	})
}

// A refresh that begins after a challenge was met replaces the token it brought.
func TestGetTokenRefreshesChallenged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, _ := credential(t, serve(granted("with", 7200, 3600), granted("fresh", 7200, 3600)))
		gets(t, c, []tokenAt{{0, challenged("1"), "with"}, {time.Hour, unchallenged(), "with"}, {time.Second, unchallenged(), "fresh"}})
	})
}

// A chain may do better later if any of its ways may.
func TestChainMayPass(t *testing.T) {
	t.Parallel()
	fails := func(passing bool) link {
		return link{name: "x", origin: origin{"asking", func(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, bool, error) {
			return azcore.AccessToken{}, passing, errors.New("no")
		}}}
	}
	for _, tt := range []struct{ first, second bool }{{true, false}, {false, true}, {false, false}} {
		o, err := openChain(Config{}, []link{fails(tt.first), fails(tt.second)})
		if err != nil {
			t.Fatal(err)
		}
		if _, passing, _ := o.get(t.Context(), scope); passing != (tt.first || tt.second) {
			t.Errorf("%v: passing %v", tt, passing)
		}
	}
}
