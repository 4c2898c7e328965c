package emulator

import (
	"context"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"
)

// changing is what no two answers have alike: ids, times, and padding.
var changing = regexp.MustCompile(`"(chatcmpl-|cmpl-|resp_|msg_|rs_)[A-Z0-9]+"|("(?:created|created_at|completed_at)":)[1-9][0-9]*|("obfuscation":")[A-Za-z0-9]+`)

func steady(body string) string {
	return changing.ReplaceAllStringFunc(body, func(s string) string {
		m := changing.FindStringSubmatch(s)
		switch {
		case m[1] != "":
			return `"` + m[1] + `ID"`
		case m[2] != "":
			return m[2] + "TIME"
		}
		return m[3] + "PAD"
	})
}

func paris() Config {
	return Config{Rules: []Rule{{Match: regexp.MustCompile("capital of France"), Response: "Paris is it."}}}
}

const (
	safe       = `{"hate":{"filtered":false,"severity":"safe"},"self_harm":{"filtered":false,"severity":"safe"},"sexual":{"filtered":false,"severity":"safe"},"violence":{"filtered":false,"severity":"safe"}}`
	safePrompt = `[{"content_filter_results":{"hate":{"filtered":false,"severity":"safe"},"jailbreak":{"detected":false,"filtered":false},"self_harm":{"filtered":false,"severity":"safe"},"sexual":{"filtered":false,"severity":"safe"},"violence":{"filtered":false,"severity":"safe"}},"prompt_index":0}]`
)

// The bytes of a whole answer, in the shape of recorded ones.
func TestChatBytes(t *testing.T) {
	t.Parallel()
	const want = `{"choices":[{"content_filter_results":{"hate":{"filtered":false,"severity":"safe"},"protected_material_code":{"detected":false,"filtered":false},"protected_material_text":{"detected":false,"filtered":false},"self_harm":{"filtered":false,"severity":"safe"},"sexual":{"filtered":false,"severity":"safe"},"violence":{"filtered":false,"severity":"safe"}},` +
		`"finish_reason":"stop","index":0,"logprobs":null,"message":{"annotations":[],"content":"Paris is it.","refusal":null,"role":"assistant"}}],"created":TIME,"id":"chatcmpl-ID","model":"gpt-4o-mini-2024-07-18","object":"chat.completion",` +
		`"prompt_filter_results":` + safePrompt + `,"service_tier":"default","system_fingerprint":"fp_e0e0e0e0e0","usage":{"completion_tokens":3,"completion_tokens_details":{"accepted_prediction_tokens":0,"audio_tokens":0,"reasoning_tokens":0,"rejected_prediction_tokens":0},` +
		`"prompt_tokens":15,"prompt_tokens_details":{"audio_tokens":0,"cached_tokens":0},"total_tokens":18}}` + "\n"
	r := serve(t, paris()).chat(t, "gpt-4o-mini", "What is the capital of France?", "")
	if got := steady(r.body); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// The bytes of a stream, in the shape of recorded ones.
func TestChatStreamBytes(t *testing.T) {
	t.Parallel()
	chunk := func(results, delta, finish, usage string) string {
		return `data: {"choices":[{"content_filter_results":` + results + `,"delta":` + delta + `,"finish_reason":` + finish +
			`,"index":0,"logprobs":null}],"created":TIME,"id":"chatcmpl-ID","model":"gpt-4o-mini-2024-07-18","obfuscation":"PAD","object":"chat.completion.chunk","system_fingerprint":"fp_e0e0e0e0e0"` + usage + "}\n\n"
	}
	wanted := func(usage string) string {
		return `data: {"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":` + safePrompt + "}\n\n" +
			chunk(`{}`, `{"content":"","refusal":null,"role":"assistant"}`, `null`, usage) +
			chunk(safe, `{"content":"Paris "}`, `null`, usage) +
			chunk(safe, `{"content":"is "}`, `null`, usage) +
			chunk(safe, `{"content":"it."}`, `null`, usage) +
			chunk(`{}`, `{}`, `"stop"`, usage)
	}
	m := serve(t, paris())
	r := m.chat(t, "gpt-4o-mini", "What is the capital of France?", `,"stream":true`)
	if got, want := steady(r.body), wanted("")+"data: [DONE]\n\n"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if ct := r.header.Get("Content-Type"); ct != "text/event-stream; charset=utf-8" {
		t.Errorf("the content type is %q", ct)
	}
	r = m.chat(t, "gpt-4o-mini", "What is the capital of France?", `,"stream":true,"stream_options":{"include_usage":true}`)
	want := wanted(`,"usage":null`) + `data: {"choices":[],"created":TIME,"id":"chatcmpl-ID","model":"gpt-4o-mini-2024-07-18","obfuscation":"PAD","object":"chat.completion.chunk","system_fingerprint":"fp_e0e0e0e0e0",` +
		`"usage":{"completion_tokens":3,"completion_tokens_details":{"accepted_prediction_tokens":0,"audio_tokens":0,"reasoning_tokens":0,"rejected_prediction_tokens":0},"prompt_tokens":15,"prompt_tokens_details":{"audio_tokens":0,"cached_tokens":0},"total_tokens":18}}` + "\n\ndata: [DONE]\n\n"
	if got := steady(r.body); got != want {
		t.Errorf("with usage got\n%s\nwant\n%s", got, want)
	}
}

// What a test looks at in an answer.
type chatAnswer struct {
	Choices []struct {
		FinishReason string `json:"finish_reason"`
		Message      struct{ Content string }
		Results      map[string]struct {
			Filtered bool
			Severity string
		} `json:"content_filter_results"`
	}
	Model             string
	SystemFingerprint *string `json:"system_fingerprint"`
	Usage             struct {
		Prompt     int `json:"prompt_tokens"`
		Completion int `json:"completion_tokens"`
		Details    struct {
			Reasoning int `json:"reasoning_tokens"`
		} `json:"completion_tokens_details"`
	}
}

func TestEcho(t *testing.T) {
	t.Parallel()
	m := serve(t, Config{})
	r := m.post(t, "/openai/v1/chat/completions", `{"model":"gpt-4o-mini","messages":[{"role":"system","content":"Be kind."},
		{"role":"user","content":[{"type":"text","text":"one"},{"type":"text","text":"two"}]},{"role":"assistant","content":null}]}`)
	const want = `This answer comes from the emulator, not from a model. The deployment gpt-4o-mini got 3 messages with 15 characters in all. The last user message begins: "one\ntwo"`
	if got := decode[chatAnswer](t, r.body).Choices[0].Message.Content; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	long := decode[chatAnswer](t, m.chat(t, "gpt-4o-mini", strings.Repeat("é", 10_000), "").body).Choices[0].Message.Content
	if !strings.HasSuffix(long, `: "`+strings.Repeat("é", 200)+`"`) {
		t.Errorf("the echo of a long message is not bounded: %d bytes", len(long))
	}
}

// A cap cuts the text where it is reached, and on a reasoning model before
// there is any.
func TestCap(t *testing.T) {
	t.Parallel()
	m := serve(t, paris())
	for _, c := range []struct {
		deployment, extra, text, finish string
		completion, reasoning           int
	}{
		{"gpt-4o-mini", ``, "Paris is it.", "stop", 3, 0},
		{"gpt-4o-mini", `,"max_tokens":2`, "Paris is", "length", 2, 0},
		{"gpt-4o-mini", `,"max_completion_tokens":3`, "Paris is it.", "stop", 3, 0},
		{"gpt-4o-mini", `,"max_tokens":null`, "Paris is it.", "stop", 3, 0},
		{"gpt-5-mini", ``, "Paris is it.", "stop", 195, 192},
		{"gpt-5-mini", `,"reasoning_effort":"low"`, "Paris is it.", "stop", 67, 64},
		{"gpt-5-mini", `,"max_completion_tokens":193`, "Pari", "length", 193, 192},
		{"gpt-5-mini", `,"max_completion_tokens":100`, "", "length", 100, 100},
		{"gpt-5-mini", `,"reasoning_effort":"minimal","max_completion_tokens":2`, "Paris is", "length", 2, 0},
	} {
		a := decode[chatAnswer](t, m.chat(t, c.deployment, "The capital of France", c.extra).body)
		if len(a.Choices) != 1 {
			t.Errorf("%s%s: %v", c.deployment, c.extra, a)
			continue
		}
		got := a.Choices[0]
		if got.Message.Content != c.text || got.FinishReason != c.finish || a.Usage.Completion != c.completion || a.Usage.Details.Reasoning != c.reasoning {
			t.Errorf("%s%s: %q, %s, %+v", c.deployment, c.extra, got.Message.Content, got.FinishReason, a.Usage)
		}
		if fp := a.SystemFingerprint; (fp == nil) != (c.deployment == "gpt-5-mini") {
			t.Errorf("%s: system_fingerprint is %v", c.deployment, fp)
		}
	}
}

func TestContext(t *testing.T) {
	t.Parallel()
	m := serve(t, Config{Deployments: []Deployment{{Name: "a", Context: 20}, {Name: "b", Kind: Reasoning, Context: 20}}})
	for d, want := range map[string]string{
		"a": `{"error":{"message":"This model's maximum context length is 20 tokens. However, your messages resulted in 32 tokens. Please reduce the length of the messages.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}`,
		"b": `{"error":{"message":"Input tokens exceed the configured limit of 20 tokens. Your messages resulted in 31 tokens. Please reduce the length of the messages.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}`,
	} {
		if r := m.chat(t, d, strings.Repeat("x", 100), ""); r.status != 400 || r.body != want {
			t.Errorf("%d %s\nwant %s", r.status, r.body, want)
		}
		if r := m.chat(t, d, "short", ""); r.status != 200 {
			t.Errorf("%d %s", r.status, r.body)
		}
	}
}

func TestStructured(t *testing.T) {
	t.Parallel()
	m := serve(t, Config{})
	format := `,"response_format":{"type":"json_schema","json_schema":{"name":"city","strict":true,"schema":{"type":"object","properties":{"name":{"type":"string"},"size":{"enum":["small","big"]}},"required":["name","size"],"additionalProperties":false}}}`
	for extra, want := range map[string]string{
		format: `{"name":"emulator","size":"small"}`,
		`,"response_format":{"type":"json_object"}`: `{"echo":"as json please","emulator":true}`,
	} {
		a := decode[chatAnswer](t, m.chat(t, "gpt-4o-mini", "as json please", extra).body)
		if got := a.Choices[0].Message.Content; got != want {
			t.Errorf("%s: %s", extra, got)
		}
	}
}

// Chunks arrive while the answer is still being written, and a client that goes
// away ends it.
func TestStreamFlows(t *testing.T) {
	t.Parallel()
	m := serve(t, Config{Delay: time.Millisecond, Rules: []Rule{{Response: strings.Repeat("word ", 100_000)}}})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	req := m.request(t, "POST", "/openai/v1/chat/completions", `{"model":"gpt-4o-mini","messages":[{"role":"user","content":"go on"}],"stream":true}`)
	resp, err := plain.Do(req.WithContext(ctx))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	buf := make([]byte, 6)
	if n, err := resp.Body.Read(buf); err != nil || string(buf[:n]) != "data: " {
		t.Fatalf("%q, %v", buf[:n], err)
	}
	// The server's Close in the cleanup waits for this handler to end.
	cancel()
}

func TestJSONNumbersStay(t *testing.T) {
	t.Parallel()
	if got := compact(object{"b": json.RawMessage(`1.0`), "a": "<&>"}); got != `{"a":"<&>","b":1.0}` {
		t.Error(got)
	}
}
