package inference

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/keyless-inference/action/inference/pace"
)

// paced is a client of f whose requests one pacer lets through.
func paced(f *fake, l pace.Limits) (*Client, *pace.Pacer) {
	c, p := f.client(), pace.New(l)
	c.Pace = func(string) *pace.Pacer { return p }
	return c, p
}

// idle asserts that every turn has been given back.
func idle(t *testing.T, p *pace.Pacer) {
	t.Helper()
	if s := p.State(); s.Running != 0 || s.Waiting != 0 {
		t.Errorf("%d running, %d waiting; every turn must end", s.Running, s.Waiting)
	}
}

func TestPacedRefusalsUseUpNoAttempts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		busy := refusal(429, rateLimited, "Retry-After: 5")
		f := serve(busy, busy, busy, busy, refusal(500, "{}"), busy, hello)
		c, p := paced(f, pace.Limits{})
		c.Attempts = 2
		var notes []string
		c.Log = func(s string) { notes = append(notes, s) }
		got, err := c.Ask(t.Context(), ask())
		if err != nil || got.Attempts != 7 || got.Text != "Hello wörld" {
			t.Fatalf("%+v, %v", got, err)
		}
		if took := time.Since(start); took < 25*time.Second {
			t.Errorf("took %s, want five waits of 5 s", took)
		}
		if len(notes) != 1 { // the 500; the pacer's waits are its own affair
			t.Errorf("notes %q", notes)
		}
		if s := p.State(); s.Requests != 7 || s.Refused != 5 {
			t.Errorf("%+v", s)
		}
		idle(t, p)
	})
}

func TestTheFirstTurnIsNoPartOfTheTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := func(r *http.Request) (*http.Response, error) {
			time.Sleep(8 * time.Second)
			return hello(r)
		}
		c, p := paced(serve(slow), pace.Limits{Concurrency: 1})
		c.Timeout = 10 * time.Second
		var began atomic.Int64
		done := make(chan Answer)
		for range 5 {
			go func() {
				q := ask()
				q.Began = func() { began.Add(1) }
				a, err := c.Ask(t.Context(), q)
				if err != nil {
					t.Error(err)
				}
				done <- a
			}()
		}
		for range 5 {
			if a := <-done; a.Total != 8*time.Second {
				t.Errorf("total %s, want its own 8 s", a.Total)
			}
		}
		if began.Load() != 5 {
			t.Errorf("%d began", began.Load())
		}
		idle(t, p)
	})
}

func TestPacedFailuresTellTheReason(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answers []answerer
		want    []string
	}{
		"a day":      {[]answerer{refusal(429, rateLimited, "Retry-After: 86400")}, []string{"24h", "only 1m0s of the timeout are left", "tokens per minute"}},
		"for ever":   {[]answerer{refusal(429, rateLimited, "Retry-After: 7")}, []string{"RateLimitReached"}},
		"no advice":  {[]answerer{refusal(429, noCapacity)}, []string{"no_capacity"}},
		"no answer":  {[]answerer{held(), refusal(429, rateLimited)}, []string{"no answer within the timeout of 1m0s"}},
		"other kind": {[]answerer{refusal(404, `{"error":{"code":"DeploymentNotFound","message":"x"}}`)}, []string{"no deployment of that name"}},
	} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			client, p := paced(serve(c.answers...), pace.Limits{})
			client.Timeout = time.Minute
			_, err := client.Ask(t.Context(), ask())
			problem(t, err, c.want...)
			if took := time.Since(start); took > time.Minute {
				t.Errorf("%s: took %s", name, took)
			}
			idle(t, p)
		})
	}
}

func TestEveryTurnEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, p := paced(serve(hello), pace.Limits{Concurrency: 1, Tokens: 100})
		c.Token = func(context.Context, string) (string, error) { return "", errors.New("no token") }
		if _, err := c.Ask(t.Context(), ask()); err == nil || err.Error() != "no token" {
			t.Errorf("got %v", err)
		}
		idle(t, p)
		big := ask()
		limit := int64(1000)
		big.MaxTokens = &limit
		_, err := c.Ask(t.Context(), big)
		problem(t, err, "the request alone is more than the limit that was set", "tokens-per-minute")
		idle(t, p)
		ctx, cancel := context.WithCancel(t.Context())
		c, p = paced(serve(held()), pace.Limits{Concurrency: 1})
		ended := make(chan error)
		for range 2 {
			go func() { _, err := c.Ask(ctx, ask()); ended <- err }()
		}
		synctest.Wait()
		cancel()
		for range 2 {
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		}
		idle(t, p)
	})
}

func TestPacedEmbeddings(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := serve(refusal(429, rateLimited, "Retry-After: 3"), cutBody(`{"data":[`+vectorItem(0, 1)), whole(vectorList(vectorItem(0, 2))))
		c, p := paced(f, pace.Limits{})
		c.Attempts = 2
		got, err := c.Embed(t.Context(), texts("a", "b"), func(int, []float32) error { return nil })
		if err != nil || got.Attempts != 3 || p.State().Requests != 3 {
			t.Errorf("%+v, %v, %+v", got, err, p.State())
		}
		idle(t, p)
	})
}

func TestEstimates(t *testing.T) {
	t.Parallel()
	q := ask() // "Be kind." and "Greet."
	limit := int64(100)
	if n := q.Estimate(); n != 3+2+4+1+4 {
		t.Errorf("estimate %d", n)
	}
	q.MaxTokens = &limit
	if n := q.Estimate(); n != 114 {
		t.Errorf("estimate %d", n)
	}
	if n := texts("fünf!", "").estimate(); n != 2 {
		t.Errorf("estimate %d", n)
	}
	if n := (EmbedRequest{Inputs: []string{"x"}, Tokens: 9}).estimate(); n != 9 {
		t.Errorf("estimate %d", n)
	}
}
