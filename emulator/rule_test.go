package emulator

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// said is what the model says to a question.
func (m model) said(t *testing.T, deployment, text string) string {
	t.Helper()
	return decode[chatAnswer](t, m.chat(t, deployment, text, "").body).Choices[0].Message.Content
}

// Each rule has its own turn, which a refusal in between does not take.
func TestRuleInTurn(t *testing.T) {
	t.Parallel()
	cfg, err := readResource("rules:\n- {match: coin, responses: [heads, tails, heads]}\n- {match: die, responses: ['1']}\n")
	if err != nil {
		t.Fatal(err)
	}
	m := serve(t, cfg)
	for _, want := range []string{"heads", "tails", "heads", "heads", "tails"} {
		if got := m.said(t, "gpt-4o-mini", "Toss a coin."); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if r := m.chat(t, "gpt-4o-mini", "Toss a coin. emulate:filter-hate", ""); r.status != http.StatusBadRequest {
			t.Errorf("filtered: %+v", r)
		}
		if got := m.said(t, "gpt-4o-mini", "Throw a die."); got != "1" {
			t.Errorf("the die says %q", got)
		}
	}
}

// A rule refuses its prompt every time, and no other.
func TestRuleRefuses(t *testing.T) {
	t.Parallel()
	cfg, err := readResource("rules:\n- {match: nothing, status: 400}\n- {match: words, status: 422, response: No., error-code: never}\n" +
		"- {match: trouble, deployment: gpt-4o, status: 503}\n- {match: '', response: Yes.}\n")
	if err != nil {
		t.Fatal(err)
	}
	m := serve(t, cfg)
	for range 2 {
		for _, c := range []struct {
			deployment, text string
			status           int
			body             string
		}{
			{"gpt-4o", "nothing", 400, modelError(refusedByRule, "invalid_request_error", "", "")},
			{"gpt-5-mini", "words", 422, `{"error":{"message":"No.","type":"invalid_request_error","param":null,"code":"never"}}`},
			{"gpt-4o", "trouble", 503, modelError(serverError, "server_error", "", "")},
		} {
			if r := m.chat(t, c.deployment, c.text, `,"stream":true`); r.status != c.status || r.body != c.body {
				t.Errorf("%s: %d %s, want %d %s", c.text, r.status, r.body, c.status, c.body)
			}
		}
		if got := m.said(t, "gpt-4o-mini", "trouble"); got != "Yes." {
			t.Errorf("another deployment says %q", got)
		}
	}
	r := m.post(t, "/openai/v1/embeddings", `{"model":"text-embedding-3-small","input":"nothing"}`)
	if r.status != http.StatusOK {
		t.Errorf("embeddings know rules: %d %s", r.status, r.body)
	}
}

func TestReadRulesMore(t *testing.T) {
	t.Parallel()
	for rule, want := range map[string]string{
		`{match: a, responses: []}`:                  "a rule needs match and response, or responses or status",
		`{match: a, response: b, responses: [c]}`:    "responses go with neither response nor status",
		`{match: a, responses: [c], status: 500}`:    "responses go with neither response nor status",
		`{match: a, status: 399}`:                    "the status of a refusal is 400 to 599",
		`{match: a, status: 600}`:                    "the status of a refusal is 400 to 599",
		`{match: a, response: b, error-code: never}`: "an error-code goes with a status",
	} {
		if _, err := readResource("rules:\n- " + rule + "\n"); err == nil || !strings.Contains(err.Error(), "[2:") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", rule, err, want)
		}
	}
}

// A latency passes once, before an answer in one piece and before a stream.
func TestLatency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := Deployment{Name: "slow", Model: "slow", Latency: 50 * time.Millisecond}
		e := fresh(t, Config{
			Deployments: []Deployment{slow},
			Rules:       []Rule{{Match: regexp.MustCompile("no"), Status: 500}, {Response: "Some words of an answer."}},
		})
		token := accessFor(t, e, "https://cognitiveservices.azure.com")
		for extra, want := range map[string]time.Duration{
			`"content":"hello"}]`:                 50 * time.Millisecond,
			`"content":"hello"}],"stream":true`:   50 * time.Millisecond,
			`"content":"no"}]`:                    0,
			`"content":"emulate:filter-sexual"}]`: 0,
		} {
			body := `{"model":"slow","messages":[{"role":"user",` + extra + `}`
			req := httptest.NewRequest(http.MethodPost, "http://127.0.0.1/openai/v1/chat/completions", strings.NewReader(body))
			req.Header.Set("Authorization", "Bearer "+token)
			start := time.Now()
			e.ServeHTTP(httptest.NewRecorder(), req)
			if took := time.Since(start); took != want {
				t.Errorf("%s took %v, want %v", extra, took, want)
			}
		}
	})
}
