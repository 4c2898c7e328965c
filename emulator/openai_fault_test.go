package emulator

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestOpenAIFaults(t *testing.T) {
	t.Parallel()
	m := serve(t, paris())
	for code, want := range map[string]struct {
		status int
		part   string
	}{
		"no-capacity":               {429, `"type":"too_many_requests","param":null,"code":"no_capacity"`},
		"408":                       {408, `{"error":{"code":"Timeout","message":"The operation was timeout."}}`},
		"409":                       {409, `"code":"Conflict"`},
		"500":                       {500, `"type":"server_error","param":null,"code":null}}`},
		"500-array":                 {500, `{"error":[{"message":`},
		"502":                       {502, `<h1>502 Bad Gateway</h1>`},
		"503":                       {503, `"code":"ServiceUnavailable"`},
		"unauthorized":              {401, unauthorized},
		"unauthorized-ai":           {401, `audience is incorrect (https://ai.azure.com)`},
		"permission-denied":         {401, "The principal `" + principalID + "` lacks the required data action `Microsoft"},
		"permission-denied-old":     {401, `"Principal does not have access to API/Operation."`},
		"permission-denied-foundry": {401, "`Microsoft.CognitiveServices/accounts/AIServices/"},
		"subscription-key":          {401, `{"error":{"code":"401","message":"Access denied due to invalid subscription key or wrong API endpoint.`},
		"api-version":               {400, `"api-version query parameter is not allowed when using /v1 path"`},
		"firewall-new":              {403, `{"error":{"code":"AccessDenied","message":"Access denied due to Virtual Network/Firewall rules."}}`},
		"tenant-mismatch":           {400, `{"error":{"code":"Tenant provided in token does not match resource token"`},
		"custom-subdomain":          {400, `Please provide a custom subdomain`},
		"firewall":                  {403, `{"error":{"code":"403","message":"Access denied due to Virtual Network/Firewall rules."}}`},
		"private-endpoint":          {403, `private endpoint`},
		"suspended":                 {403, `resource has been temporarily blocked`},
		"key-disabled":              {403, keyDisabled},
		"deployment-not-found":      {404, deploymentNotFound},
		"not-found":                 {404, resourceNotFound},
		"content-filter":            {400, `"innererror":{"code":"ResponsibleAIPolicyViolation","content_filter_result":{`},
		"content-filter-old":        {400, `"inner_error":{"code":"ResponsibleAIPolicyViolation","content_filter_results":{`},
		"context-length":            {400, `"code":"context_length_exceeded"`},
		"html":                      {200, `<!DOCTYPE html>`},
		"redirect":                  {307, ``},
	} {
		fail(t, m.e, "openai", code)
		if r := m.chat(t, "gpt-4o-mini", "hi", ""); r.status != want.status || !strings.Contains(r.body, want.part) {
			t.Errorf("%s: %d %s", code, r.status, r.body)
		}
	}
	fail(t, m.e, "openai", "reset")
	if r := m.chat(t, "gpt-4o-mini", "hi", ""); r.err == nil {
		t.Errorf("reset: %d %s", r.status, r.body)
	}
	if r := m.chat(t, "gpt-4o-mini", "hi", ""); r.status != 200 {
		t.Errorf("after all faults: %d %s", r.status, r.body)
	}
}

func TestTooMany(t *testing.T) {
	t.Parallel()
	m := serve(t, Config{})
	for code, want := range map[string][3]string{ // retry-after, retry-after-ms, the text's seconds
		"429":      {"1", "0", "60"},
		"429-1s":   {"1", "", "1"},
		"429-20s":  {"20", "", "20"},
		"429-day":  {"86400", "", "86400"},
		"429-bare": {"", "", ""},
	} {
		fail(t, m.e, "openai", code)
		r := m.chat(t, "gpt-5-mini", "hi", "")
		if r.status != 429 || r.header.Get("retry-after") != want[0] || r.header.Get("retry-after-ms") != want[1] {
			t.Errorf("%s: %d %v", code, r.status, r.header)
		}
		if !strings.HasPrefix(r.body, `{"error":{"code":"RateLimitReached","message":"Your requests to gpt-5-mini for gpt-5-mini in East US 2 have exceeded the token rate limit for your current OpenAI S0 pricing tier. This request was for ChatCompletions_Create under OpenAI Language Model Instance API. `) {
			t.Errorf("%s: %s", code, r.body)
		}
		if text := "Please retry after " + want[2] + " seconds. "; strings.Contains(r.body, text) != (want[2] != "") || strings.Contains(r.body, " 0 seconds") {
			t.Errorf("%s: %s", code, r.body)
		}
		if has := r.header.Get("x-ratelimit-remaining-tokens") == "0"; has != (code == "429") {
			t.Errorf("%s: %v", code, r.header)
		}
	}
	fail(t, m.e, "openai", "429")
	r := m.post(t, "/openai/deployments/gpt-4o-mini/chat/completions?api-version=2024-10-21", hello)
	if !strings.Contains(r.body, "Your requests to gpt-4o-mini for") || !strings.Contains(r.body, "under Azure OpenAI API version 2024-10-21.") {
		t.Errorf("classic: %s", r.body)
	}
}

// How streams go wrong, on each operation that streams.
func TestStreamFaults(t *testing.T) {
	t.Parallel()
	m := serve(t, paris())
	asks := map[string]func() reply{
		"chat":      func() reply { return m.chat(t, "gpt-4o-mini", "capital of France", `,"stream":true`) },
		"responses": func() reply { return m.respond(t, "gpt-5-mini", "capital of France", `,"stream":true`) },
		"completions": func() reply {
			return m.post(t, "/openai/v1/completions", `{"model":"gpt-35-turbo-instruct","prompt":"capital of France","stream":true}`)
		},
	}
	const words = `"Paris "|"is "|"it."`
	for _, c := range []struct {
		code    string
		arrives string // the words that arrive
		cut     bool   // whether the reading ends in an error
		fails   bool   // whether the last event is an error object
	}{
		{"stream-error", `"Paris "|"is "`, false, true},
		{"stream-error-first", ``, false, true},
		{"cut", `"Paris "|"is "`, true, false},
		{"cut-early", ``, true, false},
		{"eof", words, false, false},
	} {
		for name, ask := range asks {
			fail(t, m.e, "openai", c.code)
			r := ask()
			if r.status != 200 || errors.Is(r.err, io.ErrUnexpectedEOF) != c.cut {
				t.Errorf("%s, %s: %d, %v", c.code, name, r.status, r.err)
			}
			var arrived []string
			for word := range strings.SplitSeq(words, "|") {
				if strings.Contains(r.body, `":`+word) {
					arrived = append(arrived, word)
				}
			}
			if got := strings.Join(arrived, "|"); got != c.arrives {
				t.Errorf("%s, %s: %s", c.code, name, got)
			}
			blocks := strings.Split(strings.TrimSpace(r.body), "\n\n")
			if last := blocks[len(blocks)-1]; strings.Contains(last, `"error":{`) != c.fails {
				t.Errorf("%s, %s ends in %s", c.code, name, last)
			}
			if c.code == "stream-error-first" && len(blocks) != 1 {
				t.Errorf("%s, %s: %s", c.code, name, r.body)
			}
			for _, end := range []string{"[DONE]", `"finish_reason":"stop"`, "response.completed"} {
				if strings.Contains(r.body, end) {
					t.Errorf("%s, %s has %s", c.code, name, end)
				}
			}
		}
	}
}

// The same faults on a request that does not stream break its answer off.
func TestFaultsOnWholeAnswers(t *testing.T) {
	t.Parallel()
	m := serve(t, paris())
	for _, code := range []string{"stream-error", "stream-error-first", "cut", "cut-early", "eof"} {
		fail(t, m.e, "openai", code)
		if r := m.chat(t, "gpt-4o-mini", "hi", ""); r.status != 200 || !errors.Is(r.err, io.ErrUnexpectedEOF) || len(r.body) < 100 {
			t.Errorf("%s: %d %v %q", code, r.status, r.err, r.body)
		}
	}
	fail(t, m.e, "openai", "cut")
	m.token = "expired"
	if r := m.chat(t, "gpt-4o-mini", "hi", ""); r.status != 401 {
		t.Errorf("a fault of streams without a good token: %d", r.status)
	}
}

// A stall ends with the client alone.
func TestStall(t *testing.T) {
	t.Parallel()
	m := serve(t, paris())
	fail(t, m.e, "openai", "stall")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	req := m.request(t, http.MethodPost, "/openai/v1/chat/completions", `{"model":"gpt-4o-mini","messages":[{"role":"user","content":"capital of France"}],"stream":true}`)
	resp, err := plain.Do(req.WithContext(ctx))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var got strings.Builder
	buf := make([]byte, 1)
	for !strings.Contains(got.String(), `"is "`) {
		n, err := resp.Body.Read(buf)
		if err != nil {
			t.Fatalf("%v after %q", err, got.String())
		}
		got.Write(buf[:n])
	}
	time.AfterFunc(50*time.Millisecond, cancel)
	rest, err := io.ReadAll(resp.Body)
	if !errors.Is(err, context.Canceled) || strings.Contains(string(rest), "it.") {
		t.Errorf("%v after %q", err, rest)
	}
}

func TestSaidInstead(t *testing.T) {
	t.Parallel()
	m := serve(t, paris())
	for code, want := range map[string]string{"empty": "", "invalid-json": `{"emulator": true, "echo": `} {
		fail(t, m.e, "openai", code)
		c := decode[chatAnswer](t, m.chat(t, "gpt-4o-mini", "capital of France", "").body).Choices[0]
		if c.Message.Content != want || c.FinishReason != "stop" {
			t.Errorf("%s: %+v", code, c)
		}
		fail(t, m.e, "openai", code)
		if got := decode[responseAnswer](t, m.respond(t, "gpt-5-mini", "capital of France", "").body); got.text() != want || got.Status != "completed" {
			t.Errorf("%s: %+v", code, got)
		}
	}
	fail(t, m.e, "openai", "empty")
	r := m.chat(t, "gpt-4o-mini", "capital of France", `,"stream":true`)
	if n := strings.Count(r.body, "data: "); n != 4 || !strings.Contains(r.body, `"finish_reason":"stop"`) {
		t.Errorf("%d chunks:\n%s", n, r.body)
	}
}

// The asynchronous filter: text without findings, findings without a delta.
func TestFilterChunks(t *testing.T) {
	t.Parallel()
	m := serve(t, paris())
	fail(t, m.e, "openai", "filter-chunks")
	r := m.chat(t, "gpt-4o-mini", "capital of France", `,"stream":true`)
	annotation := func(start, end string) string {
		return `data: {"choices":[{"content_filter_offsets":{"check_offset":` + start + `,"end_offset":` + end + `,"start_offset":` + start +
			`},"content_filter_results":` + safe + `,"finish_reason":null,"index":0}],"created":0,"id":"","model":"","object":""}`
	}
	blocks := strings.Split(strings.TrimSpace(r.body), "\n\n")
	for i, want := range map[int]string{4: annotation("0", "9"), 7: annotation("9", "12"), 8: "data: [DONE]"} {
		if len(blocks) != 9 || blocks[i] != want {
			t.Fatalf("block %d of %d is not\n%s\nin\n%s", i, len(blocks), want, r.body)
		}
	}
	if !strings.Contains(blocks[2], `"content_filter_results":{},"delta":{"content":"Paris "}`) {
		t.Error(blocks[2])
	}
	fail(t, m.e, "openai", "filter-chunks")
	whole := m.chat(t, "gpt-4o-mini", "capital of France", "")
	if whole.status != 200 || decode[chatAnswer](t, whole.body).Choices[0].Message.Content != "Paris is it." {
		t.Errorf("%d %s", whole.status, whole.body)
	}
}

// Every fault that clients are tested with is there.
func TestOpenAIFaultsExist(t *testing.T) {
	t.Parallel()
	want := strings.Fields(`429 429-1s 429-20s 429-day 429-bare no-capacity 408 409 500 502 503 500-array stream-error stream-error-first
		cut cut-early eof stall unauthorized unauthorized-ai permission-denied permission-denied-old tenant-mismatch custom-subdomain
		firewall private-endpoint suspended key-disabled deployment-not-found not-found content-filter content-filter-old
		subscription-key permission-denied-foundry api-version firewall-new cae
		context-length embeddings-refused stall-2s redirect reset html filter-chunks empty invalid-json`)
	have := openaiFaults()
	for _, code := range want {
		if have[code] == nil {
			t.Errorf("no fault %s", code)
		}
	}
	for code := range have {
		if !slices.Contains(want, code) {
			t.Errorf("fault %s is not listed here", code)
		}
	}
}
