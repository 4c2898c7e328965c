package emulator

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// recorded is a world whose record arrives in a channel.
func recorded(t *testing.T, cfg Config) (model, chan Served) {
	t.Helper()
	told := make(chan Served, 10)
	cfg.Record = func(s Served) { told <- s }
	return serve(t, cfg), told
}

func TestRecord(t *testing.T) {
	t.Parallel()
	m, told := recorded(t, paris())
	for _, c := range []struct {
		fault, deployment, extra string
		want                     Served
	}{
		{"", "gpt-4o-mini", "", Served{Outcome: Answered, Status: 200, Tokens: 21}},
		{"", "gpt-4o-mini", `,"stream":true`, Served{Outcome: Answered, Status: 200, Tokens: 21}},
		{"", "nope", "", Served{Outcome: Refused, Status: 404}},
		{"cut", "gpt-4o-mini", "", Served{Outcome: Spoiled, Status: 200, Tokens: 21}},
		{"cut", "gpt-4o-mini", `,"stream":true`, Served{Outcome: Spoiled, Status: 200, Tokens: 21}},
		{"stream-error", "gpt-4o-mini", `,"stream":true`, Served{Outcome: Spoiled, Status: 200, Tokens: 21}},
		{"filter-chunks", "gpt-4o-mini", `,"stream":true`, Served{Outcome: Answered, Status: 200, Tokens: 21}},
		{"html", "", "", Served{Outcome: Spoiled, Status: 200}},
		{"reset", "", "", Served{Outcome: Spoiled}},
		{"429", "", "", Served{Outcome: Refused, Status: 429}},
		{"503", "", "", Served{Outcome: Refused, Status: 503}},
	} {
		if c.fault != "" {
			fail(t, m.e, "openai", c.fault)
		}
		const user = "What is the capital of France, the country?"
		r := m.chat(t, c.deployment, user, c.extra)
		got := <-told
		if want := r.header.Get("apim-request-id"); got.RequestID != want && r.err == nil || got.Time.IsZero() {
			t.Errorf("%s: %+v, want the id %s", c.fault, got, want)
		}
		if c.deployment != "" {
			c.want.Deployment, c.want.Question, c.want.Begins = c.deployment, Hash(user), user
		}
		if c.deployment == "nope" { // the question was not even read
			c.want.Question, c.want.Begins = "", ""
		}
		got.Time, got.RequestID = c.want.Time, ""
		if got.Question != c.want.Question || got.Begins != c.want.Begins || got.Outcome != c.want.Outcome || got.Status != c.want.Status || got.Tokens != c.want.Tokens || got.Operation != "chat/completions" || got.Deployment != c.want.Deployment {
			t.Errorf("%s %s:\n%+v, want\n%+v", c.fault, c.extra, got, c.want)
		}
	}
	r := m.do(t, m.request(t, http.MethodGet, "/_emulator/requests", ""))
	const want = `{"requests":11,"answered":3,"refused":3,"spoiled":5,"status":{"0":1,"200":7,"404":1,"429":1,"503":1},"tokens":63,"vectors":0}`
	if strings.TrimSpace(r.body) != want {
		t.Errorf("%s, want\n%s", r.body, want)
	}
}

func TestRecordEmbeddings(t *testing.T) {
	t.Parallel()
	m, told := recorded(t, Config{})
	m.post(t, "/openai/v1/embeddings", `{"model":"text-embedding-3-small","input":["a","b"]}`)
	if s := <-told; s.Outcome != Answered || s.Sent != 2 || len(s.Inputs) != 2 || s.Inputs[0] != Hash("a") || s.Tokens != 2 || s.Question != "" {
		t.Errorf("%+v", s)
	}
	if h := Hash("a"); h != "ca978112ca1bbdcafac231b39a23dc4d" {
		t.Error(h)
	}
}

// A client that went away was not answered.
func TestRecordGone(t *testing.T) {
	t.Parallel()
	e := fresh(t, Config{})
	told := make(chan Served, 1)
	e.cfg.Record = func(s Served) { told <- s }
	r, err := http.NewRequest(http.MethodPost, "/openai/v1/chat/completions", strings.NewReader(`{"model":"gpt-4o-mini",`+hello[1:]))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+accessFor(t, e, "https://cognitiveservices.azure.com"))
	e.ServeHTTP(gone{http.Header{}}, r)
	if s := <-told; s.Outcome != Spoiled || s.Status != 200 {
		t.Errorf("%+v", s)
	}
}

// gone is the connection of a client that is no more.
type gone struct{ header http.Header }

func (g gone) Header() http.Header       { return g.header }
func (gone) WriteHeader(int)             {}
func (gone) Write(b []byte) (int, error) { return 0, http.ErrHandlerTimeout }

// drawn are the first n faults of a seed.
func drawn(t *testing.T, seed uint64, n int) (all []string) {
	t.Helper()
	e := fresh(t, Config{Chaos: 0.5, Seed: seed})
	for range n {
		all = append(all, e.draw())
	}
	return all
}

func TestChaos(t *testing.T) {
	t.Parallel()
	first := drawn(t, 8, 1000)
	calm := countFunc(first, func(code string) bool { return code == "" })
	if !slices.Equal(first, drawn(t, 8, 1000)) || slices.Equal(first, drawn(t, 9, 1000)) || calm < 400 || calm > 600 {
		t.Errorf("%d calm of %v", calm, first)
	}
	for _, code := range chaosFaults {
		if openaiFaults()[code] == nil || !slices.Contains(first, code) {
			t.Errorf("%s is never drawn, or does not exist", code)
		}
	}
	m := serve(t, Config{Chaos: 1, Seed: calmSeed(t)})
	if r := m.do(t, m.request(t, http.MethodGet, "/openai/v1/models", "")); r.status != 503 {
		t.Errorf("chaos did not come: %d %s, %v", r.status, r.body, r.err)
	}
}

// calmSeed is one that begins with a 503.
func calmSeed(t *testing.T) (seed uint64) {
	t.Helper()
	for fresh(t, Config{Chaos: 1, Seed: seed}).draw() != "503" {
		seed++
	}
	return seed
}
