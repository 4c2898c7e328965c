package oidc

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/keyless-inference/action/wire"
)

// An entraByTheClock hands out tokens of an hour for assertions that are no older than
// five minutes, each of which it takes once.
type entraByTheClock struct {
	mu     sync.Mutex
	issued map[string]time.Time // the end of each access token
	used   map[string]bool
	faults []string
}

func (e *entraByTheClock) Do(r *http.Request) (*http.Response, error) {
	body, _ := io.ReadAll(r.Body)
	form, _ := url.ParseQuery(string(body))
	assertion := form.Get("client_assertion")
	e.mu.Lock()
	defer e.mu.Unlock()
	claims, err := wire.ParseClaims(assertion)
	if now := time.Now(); err != nil || e.used[assertion] || now.Before(claims.IssuedAt) || !now.Before(claims.Expiry) {
		e.faults = append(e.faults, fmt.Sprintf("at %s an assertion of %s to %s came, used %v", now, claims.IssuedAt, claims.Expiry, e.used[assertion]))
	}
	e.used[assertion] = true
	token := fmt.Sprintf("access-%d", len(e.issued))
	e.issued[token] = time.Now().Add(time.Hour)
	return granted(token, 3600, 0)(r)
}

// good reports whether a service would take a token now.
func (e *entraByTheClock) good(token string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return time.Now().Before(e.issued[token])
}

// A gitHubByTheClock hands out ID tokens of five minutes, and is busy a third of the time.
type gitHubByTheClock struct {
	mu             sync.Mutex
	random         *rand.Rand
	asked, refused int
	t              *testing.T
}

func (g *gitHubByTheClock) Do(r *http.Request) (*http.Response, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.asked++
	if g.random.IntN(3) == 0 {
		g.refused++
		return reply(503, "")(r)
	}
	now := time.Now()
	token := jwt(g.t, testSubject, "jti", g.asked, "iat", now.Unix(), "exp", now.Add(5*time.Minute).Unix())
	return reply(200, `{"value":"`+token+`"}`)(r)
}

// Six hours of 32 callers: no request goes out with an expired token, and the
// exchanges are within one of the fewest that tokens of an hour allow.
func TestSixHours(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { sixHours(t, seed) })
		})
	}
}

func sixHours(t *testing.T, seed uint64) {
	const hours, callers = 6, 32
	entra := &entraByTheClock{issued: map[string]time.Time{}, used: map[string]bool{}}
	runner := &gitHubByTheClock{random: rand.New(rand.NewPCG(seed, 0)), t: t}
	c, _ := credential(t, nil, func(cfg *Config) {
		cfg.Do, cfg.IDToken = entra.Do, (&GitHub{RequestURL: "https://runner.example/", RequestToken: requestToken, Do: runner.Do}).IDToken
	})
	end := time.Now().Add(hours * time.Hour)
	var wg sync.WaitGroup
	var mu sync.Mutex
	requests, failed := 0, 0
	for i := range callers {
		random := rand.New(rand.NewPCG(seed, uint64(i+1)))
		wg.Go(func() {
			for time.Now().Before(end) {
				token, err := c.GetToken(t.Context(), scope)
				if err == nil && !entra.good(token.Token) {
					t.Errorf("a request with an expired token at %s", time.Now())
				}
				mu.Lock()
				requests++
				if err != nil {
					failed++
				}
				mu.Unlock()
				time.Sleep(time.Second + time.Duration(random.Int64N(int64(2*time.Minute))))
			}
		})
	}
	wg.Wait()
	// Each token is good for 55 minutes of use.
	fewest := int((hours*time.Hour + 55*time.Minute - 1) / (55 * time.Minute))
	if n := len(entra.issued); n < fewest || n > fewest+1 {
		t.Errorf("%d exchanges, the fewest are %d", n, fewest)
	}
	for _, fault := range entra.faults {
		t.Error(fault)
	}
	if requests < 5000 || failed > requests/100 {
		t.Errorf("%d requests, of which %d got no token", requests, failed)
	}
	t.Logf("%d requests, %d without a token; %d exchanges; GitHub refused %d of %d", requests, failed, len(entra.issued), runner.refused, runner.asked)
}
