package inference

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/keyless-inference/action/wire"
)

const (
	rateLimited = `{"error":{"code":"RateLimitReached","message":"Your requests to gpt for gpt-4o in East US 2 have exceeded the token rate limit for your current OpenAI S0 pricing tier. This request was for ChatCompletions_Create under Azure OpenAI API version 2024-10-21. Please retry after 60 seconds. To increase your default rate limit, visit: https://aka.ms/oai/quotaincrease."}}`
	serverError = `{"error":{"message":"The server had an error processing your request. Sorry about that!","type":"server_error","param":null,"code":null}}`
	noCapacity  = `{"error":{"type":"too_many_requests","code":"no_capacity","message":"The system is currently experiencing high demand and cannot process your request. Your request exceeds the maximum usage size allowed during peak load. Please retry after 20 seconds.","param":null}}`
)

func TestAdvice(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status  int
		headers []string
		body    string
		want    time.Duration
	}{
		"a token-exhausted deployment": {429, []string{
			"retry-after: 1", "retry-after-ms: 0", "x-ratelimit-remaining-requests: 4",
			"x-ratelimit-remaining-tokens: 0", "x-ratelimit-renewalperiod-requests: 60", "x-ratelimit-renewalperiod-tokens: 60",
			"x-ratelimit-reset-requests: 12", "x-ratelimit-reset-tokens: 0", "x-ratelimit-type: Tokens",
		}, rateLimited, 60 * time.Second},
		"tokens with a reset":        {429, []string{"x-ratelimit-remaining-tokens: 0", "x-ratelimit-reset-tokens: 7"}, "", 7 * time.Second},
		"the other spelling":         {429, []string{"x-ratelimit-type: Tokens", "x-rate-limit-reset-tokens: 55"}, "", 55 * time.Second},
		"requests with a reset":      {429, []string{"x-ratelimit-remaining-requests: 0", "x-ratelimit-reset-requests: 12"}, "", 12 * time.Second},
		"tokens, and words alone":    {429, []string{"x-ratelimit-remaining-tokens: 0"}, `{"error":{"message":"Please retry after 9 seconds."}}`, 9 * time.Second},
		"tokens, and nothing else":   {429, []string{"x-ratelimit-remaining-tokens: 0"}, "", 60 * time.Second},
		"retry-after is longer":      {429, []string{"x-ratelimit-remaining-tokens: 0", "x-ratelimit-reset-tokens: 7", "retry-after: 86400"}, "", 24 * time.Hour},
		"milliseconds":               {429, []string{"retry-after-ms: 1500", "retry-after: 2"}, "", 2 * time.Second},
		"seconds":                    {429, []string{"retry-after: 20"}, rateLimited, 20 * time.Second},
		"zero is not now":            {429, []string{"retry-after-ms: 0", "retry-after: 0"}, "", 0},
		"words alone":                {429, nil, noCapacity, 20 * time.Second},
		"Foundry's words":            {429, nil, `{"error":{"code":"RateLimitReached","message":"Rate limit of 2000 per 60s exceeded. Please wait 33 seconds before retrying."}}`, 33 * time.Second},
		"the service does not say":   {429, []string{"x-ratelimit-remaining-tokens: -1", "x-ratelimit-limit-tokens: -1", "x-ratelimit-reset-tokens: 0"}, "", 0},
		"nonsense":                   {429, []string{"x-ratelimit-remaining-tokens: 0", "x-ratelimit-reset-tokens: 6ms", "retry-after: soon"}, "", 60 * time.Second},
		"a failure with retry-after": {503, []string{"retry-after: 3", "x-ratelimit-remaining-tokens: 0"}, "", 3 * time.Second},
		"a failure without":          {500, nil, "Please retry after 9 seconds", 0},
	} {
		h := http.Header{}
		for _, line := range c.headers {
			k, v, _ := strings.Cut(line, ": ")
			h.Set(k, v)
		}
		if got := advice(ParseError(c.status, h, []byte(c.body))); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// The number of requests on the wire is the number that was configured, for
// every API and every kind of passing failure.
func TestAttemptsAreCounted(t *testing.T) {
	t.Parallel()
	for name, a := range map[string]answerer{
		"429":                 refusal(429, rateLimited, "retry-after: 1"),
		"429 with the trap":   refusal(429, rateLimited, "retry-after: 1", "retry-after-ms: 0"),
		"asked to come back":  refusal(429, rateLimited, "x-should-retry: true"),
		"408":                 refusal(408, `{"error":{"code":"Timeout","message":"The operation was timeout."}}`),
		"409":                 refusal(409, `{}`),
		"500":                 refusal(500, serverError),
		"503 without a body":  refusal(503, ""),
		"500 in a list":       refusal(500, `{"error":[{"message":"boom","type":"server_error"}]}`),
		"network":             unreachable,
		"a cut stream":        cut(filterChunk),
		"an end without end":  events(filterChunk),
		"an error inside 200": events(filterChunk, serverError),
	} {
		for _, api := range []string{Chat, Responses, Completions} {
			for _, attempts := range []int{1, 3, 0} {
				synctest.Test(t, func(t *testing.T) {
					f := serve(a)
					c := f.client()
					c.Attempts, c.Timeout = attempts, time.Hour
					q := ask()
					q.API = api
					got, err := c.Ask(t.Context(), q)
					want := orDefault(attempts, DefaultAttempts)
					if err == nil || len(f.seen) != want || got.Attempts != want {
						t.Errorf("%s, %s: %d requests, %d told, want %d: %v", name, api, len(f.seen), got.Attempts, want, err)
					}
				})
			}
		}
	}
}

func TestFinalFailuresAreNotRepeated(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 307, 400, 401, 403, 404, 413, 422, 431} {
		f := serve(refusal(status, `{}`))
		if _, err := f.client().Ask(t.Context(), ask()); err == nil || len(f.seen) != 1 {
			t.Errorf("%d: %d requests, %v", status, len(f.seen), err)
		}
	}
}

func TestWaitsAsLongAsAsked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		f := serve(refusal(429, rateLimited, "Retry-After: 20"), refusal(429, rateLimited, "Retry-After: 20"), hello)
		c := f.client()
		var notes []string
		c.Log = func(s string) { notes = append(notes, s) }
		got, err := c.Ask(t.Context(), ask())
		took := time.Since(start)
		if err != nil || got.Text != "Hello wörld" || got.Attempts != 3 {
			t.Fatalf("got %+v, %v", got, err)
		}
		if took < 40*time.Second || took > 44*time.Second || got.Total != took {
			t.Errorf("took %v, told %v; want 40 s to 44 s", took, got.Total)
		}
		if len(notes) != 2 {
			t.Fatalf("notes %q, want 2", notes)
		}
		contains(t, notes[0], "attempt 1 of 5", "RateLimitReached", "the next one in 2")
	})
}

func TestWaitBeyondTheTimeoutFailsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		f := serve(refusal(429, rateLimited, "Retry-After: 86400"))
		_, err := f.client().Ask(t.Context(), ask())
		p := problem(t, err, "24h", "10m0s", "RateLimitReached", "tokens per minute")
		var wait *wire.WaitError
		var service *ServiceError
		if !errors.As(p, &wait) || !errors.As(p, &service) || service.Status != 429 {
			t.Errorf("the chain is lost: %#v", p.Err)
		}
		if time.Since(start) != 0 || len(f.seen) != 1 {
			t.Errorf("waited %v, %d requests", time.Since(start), len(f.seen))
		}
		c := serve(refusal(429, noCapacity)).client()
		c.Timeout = 10 * time.Second
		_, err = c.Ask(t.Context(), ask())
		problem(t, err, "only 10s", "size of the request")
	})
}

// held is a stream that says its events and then nothing until the request is
// given up, as a connection of net/http would.
func held(data ...string) answerer {
	return func(r *http.Request) (*http.Response, error) {
		res, _ := events(data...)(r)
		pr, pw := io.Pipe()
		context.AfterFunc(r.Context(), func() { pw.CloseWithError(r.Context().Err()) })
		res.Body = io.NopCloser(io.MultiReader(res.Body, pr))
		return res, nil
	}
}

func TestSilentStream(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		first answerer
		idle  time.Duration
	}{
		"after some text":           {held(filterChunk, roleChunk, helloChunk), time.Minute},
		"before the first text":     {held(filterChunk, roleChunk), 5 * time.Minute},
		"before the first byte":     {held(), 5 * time.Minute},
		"before the header arrived": {func(r *http.Request) (*http.Response, error) { <-r.Context().Done(); return nil, r.Context().Err() }, 5 * time.Minute},
	} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			f := serve(c.first, hello)
			client := f.client()
			var notes []string
			client.Log = func(s string) { notes = append(notes, s) }
			got, err := client.Ask(t.Context(), ask())
			took := time.Since(start)
			if err != nil || got.Text != "Hello wörld" || len(f.seen) != 2 {
				t.Fatalf("%s: got %+v, %v", name, got, err)
			}
			if took < c.idle || took > c.idle+2*time.Second {
				t.Errorf("%s: took %v, want a little over %v", name, took, c.idle)
			}
			if len(notes) != 1 || !strings.Contains(notes[0], "nothing arrived for "+c.idle.String()) {
				t.Errorf("%s: notes %q", name, notes)
			}
		})
	}
}

func TestTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		c := serve(held(helloChunk)).client()
		c.Timeout, c.Idle = 30*time.Second, time.Minute
		got, err := c.Ask(t.Context(), ask())
		problem(t, err, "no answer within the timeout of 30s", "5 characters", "raise `timeout`")
		if got.Text != "Hello" || time.Since(start) != 30*time.Second || got.Attempts != 1 {
			t.Errorf("got %+v after %v", got, time.Since(start))
		}
	})
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		_, err := serve(held(helloChunk)).client().Ask(ctx, ask())
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want the caller's end", err)
		}
	})
}

func TestCutStreamKeepsTheLongestText(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := serve(cut(chunk("a long beginning")), cut(chunk("short")), events(chunk("middling")))
		c := f.client()
		c.Attempts = 3
		got, err := c.Ask(t.Context(), ask())
		if err == nil || got.Text != "a long beginning" || got.Attempts != 3 || got.FinishReason != "" || got.RequestID != "req-1" {
			t.Fatalf("got %+v, %v", got, err)
		}
		contains(t, err.Error(), "3 attempts", "16 characters", "ended before the answer was complete")
		f = serve(cut(chunk("a long beginning")), refusal(401, `{}`))
		got, err = f.client().Ask(t.Context(), ask())
		if problem(t, err, "HTTP 401"); got.Text != "a long beginning" {
			t.Errorf("the partial text is lost: %+v", got)
		}
		f = serve(cut(chunk("a long beginning")), says("ok"))
		if got, err = f.client().Ask(t.Context(), ask()); err != nil || got.Text != "ok" {
			t.Errorf("got %+v, %v", got, err)
		}
	})
}

func TestEndAfterTheFinishReasonIsAnAnswer(t *testing.T) {
	t.Parallel()
	for name, a := range map[string]answerer{
		"cut before the usage":   cut(helloChunk, stopChunk),
		"no [DONE]":              events(helloChunk, stopChunk),
		"an error at the finish": events(helloChunk, stopChunk, serverError),
	} {
		f := serve(a)
		got, err := f.client().Ask(t.Context(), ask())
		if err != nil || got.Text != "Hello" || len(f.seen) != 1 {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
}
