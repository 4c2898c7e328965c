package inference

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestAskStreams(t *testing.T) {
	t.Parallel()
	f := serve(hello)
	c := f.client()
	var progress []int
	c.Progress = func(n int) { progress = append(progress, n) }
	got, err := c.Ask(t.Context(), ask())
	if err != nil {
		t.Fatal(err)
	}
	if got.Text != "Hello wörld" || got.FinishReason != "stop" || got.Model != "gpt-4o-mini-2024-07-18" ||
		got.RequestID != "req-1" || got.Attempts != 1 || got.FirstToken <= 0 || got.Total < got.FirstToken {
		t.Errorf("got %+v", got)
	}
	if want := (Usage{Prompt: 12, Completion: 9, Total: 21, Cached: 3, Reasoning: 4}); got.Usage != want {
		t.Errorf("usage %+v, want %+v", got.Usage, want)
	}
	if len(progress) != 2 || progress[0] != 5 || progress[1] != 11 {
		t.Errorf("progress %v, want [5 11]", progress)
	}
	sent := f.seen[0]
	if sent.url != endpoint+"/openai/v1/chat/completions" {
		t.Errorf("asked %s", sent.url)
	}
	want := `{"messages":[{"content":"Be kind.","role":"system"},{"content":"Greet.","role":"user"}],"model":"gpt","stream_options":{"include_usage":true},"stream":true}`
	if sent.raw != want {
		t.Errorf("sent %s\nwant %s", sent.raw, want)
	}
	if got := sent.header.Get("Authorization"); got != "Bearer "+secret {
		t.Errorf("Authorization %q", got)
	}
	for name := range sent.header {
		if strings.HasPrefix(name, "X-Stainless") || name == "Api-Key" {
			t.Errorf("header %s was sent", name)
		}
	}
}

func TestRoutes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ api, version, want string }{
		{"", "", "/openai/v1/chat/completions"},
		{Chat, "2024-10-21", "/openai/deployments/my%20gpt/chat/completions?api-version=2024-10-21"},
		{Completions, "", "/openai/v1/completions"},
		{Completions, "2024-10-21", "/openai/deployments/my%20gpt/completions?api-version=2024-10-21"},
		{Responses, "", "/openai/v1/responses"},
		{Responses, "2025-04-01-preview", "/openai/responses?api-version=2025-04-01-preview"},
	} {
		f := serve(refusal(400, `{}`))
		client := f.client()
		client.APIVersion = c.version
		client.Endpoint = "https://gateway.example/ai/openai/v1/"
		q := ask()
		q.API, q.Deployment = c.api, "my gpt"
		if _, err := client.Ask(t.Context(), q); err == nil {
			t.Error("no error for a refusal")
		}
		if got := f.seen[0].url; got != "https://gateway.example/ai"+c.want {
			t.Errorf("%s %s: asked %s, want %s", c.api, c.version, got, c.want)
		}
	}
}

const chatAnswer = `{"choices":[{"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}},"finish_reason":"stop","index":0,"logprobs":null,"message":{"annotations":[],"content":"Hello","refusal":null,"role":"assistant"}}],"created":1,"id":"chatcmpl-1","model":"gpt-4o-mini-2024-07-18","object":"chat.completion","prompt_filter_results":[{"prompt_index":0,"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}}}],"system_fingerprint":null,"usage":{"completion_tokens":2,"prompt_tokens":9,"total_tokens":11}}` + "\n"

func TestAskWhole(t *testing.T) {
	t.Parallel()
	f := serve(whole(chatAnswer))
	q := ask()
	q.Whole = true
	got, err := f.client().Ask(t.Context(), q)
	if err != nil || got.Text != "Hello" || got.Usage.Total != 11 || got.FinishReason != "stop" {
		t.Fatalf("got %+v, %v", got, err)
	}
	if _, ok := f.seen[0].body["stream"]; ok {
		t.Error("stream was sent")
	}
	if len(got.Filtered) != 0 {
		t.Errorf("filtered %v, want none", got.Filtered)
	}
}

func TestGatewayThatDoesNotStream(t *testing.T) {
	t.Parallel()
	f := serve(whole(chatAnswer))
	got, err := f.client().Ask(t.Context(), ask())
	if err != nil || got.Text != "Hello" || got.Attempts != 1 {
		t.Fatalf("got %+v, %v: a paid answer was lost", got, err)
	}
	f = serve(whole(`{"error":{"code":"OperationNotSupported","message":"no"}}`))
	_, err = f.client().Ask(t.Context(), ask())
	problem(t, err, "OperationNotSupported")
}

// event is a Responses event with its own name, as the service sends it.
func responseEvents(data ...string) answerer {
	var b strings.Builder
	for _, d := range data {
		b.WriteString("event: x\ndata: " + d + "\n\n")
	}
	return answer(200, "text/event-stream; charset=utf-8", b.String())
}

const (
	createdEvent   = `{"type":"response.created","sequence_number":0,"response":{"id":"resp_1","model":"gpt","object":"response","output":[],"status":"in_progress","error":null}}`
	deltaEvent     = `{"type":"response.output_text.delta","sequence_number":4,"item_id":"msg_1","output_index":0,"content_index":0,"delta":"Hello"}`
	responseObject = `{"id":"resp_1","object":"response","model":"gpt","status":"completed","error":null,"incomplete_details":null,"output":[{"type":"reasoning","id":"rs_1","summary":[]},{"type":"message","id":"msg_1","role":"assistant","status":"completed","content":[{"type":"output_text","text":"Hello","annotations":[]}]}],"usage":{"input_tokens":8,"input_tokens_details":{"cached_tokens":1},"output_tokens":7,"output_tokens_details":{"reasoning_tokens":5},"total_tokens":15}}`
)

func completedEvent() string {
	return `{"type":"response.completed","sequence_number":9,"response":` + responseObject + `}`
}

func incompleteEvent(reason, rest string) string {
	return `{"type":"response.incomplete","sequence_number":9,"response":{"id":"resp_1","object":"response","model":"gpt","status":"incomplete","error":null,"incomplete_details":{"reason":"` + reason + `"},"output":[],"usage":{"input_tokens":8,"output_tokens":7,"output_tokens_details":{"reasoning_tokens":7},"total_tokens":15}` + rest + `}}`
}

func TestResponses(t *testing.T) {
	t.Parallel()
	want := Usage{Prompt: 8, Completion: 7, Total: 15, Cached: 1, Reasoning: 5}
	for name, a := range map[string]answerer{
		"stream": responseEvents(createdEvent, deltaEvent, completedEvent()),
		"whole":  whole(responseObject),
	} {
		f := serve(a)
		q := ask()
		q.API, q.Whole = Responses, name == "whole"
		q.MaxTokens, q.ReasoningEffort = new(int64(100)), "low"
		got, err := f.client().Ask(t.Context(), q)
		if err != nil || got.Text != "Hello" || got.FinishReason != "stop" || got.Usage != want || got.Model != "gpt" {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
		body := f.seen[0].body
		if body["store"] != false || body["max_output_tokens"] != 100.0 || body["reasoning"].(map[string]any)["effort"] != "low" {
			t.Errorf("%s: sent %s", name, f.seen[0].raw)
		}
		if input := body["input"].([]any); len(input) != 2 || input[1].(map[string]any)["content"] != "Greet." {
			t.Errorf("%s: input %v", name, input)
		}
	}
}

func TestResponsesEnds(t *testing.T) {
	t.Parallel()
	ask := func(a answerer) (Answer, error) {
		c := serve(a).client()
		c.Attempts = 1
		q := ask()
		q.API = Responses
		return c.Ask(t.Context(), q)
	}
	got, err := ask(responseEvents(deltaEvent, incompleteEvent("max_output_tokens", "")))
	if err != nil || got.FinishReason != "length" || got.Text != "Hello" {
		t.Errorf("cut by the cap: %+v, %v", got, err)
	}
	_, err = ask(responseEvents(incompleteEvent("max_output_tokens", "")))
	problem(t, err, "the answer is empty", "7 of 7 tokens went into hidden reasoning")
	filters := `,"content_filters":[{"blocked":true,"source_type":"completion","content_filter_results":{"violence":{"filtered":true,"severity":"high"}}}]`
	got, err = ask(responseEvents(deltaEvent, incompleteEvent("content_filter", filters)))
	problem(t, err, "violence (severity high)", "5 characters")
	if got.Text != "Hello" || len(got.Filtered) != 1 {
		t.Errorf("filtered: %+v", got)
	}
	_, err = ask(responseEvents(`{"type":"response.failed","response":{"id":"r","object":"response","status":"failed","model":"gpt","output":[],"error":{"code":"server_error","message":"The server had an error."}}}`))
	problem(t, err, "the service failed", "server_error")
	_, err = ask(responseEvents(`{"type":"error","sequence_number":3,"error":{"type":"too_many_requests","code":"no_capacity","headers":{},"message":"The system is currently experiencing high demand.","param":null}}`))
	problem(t, err, "no room for a request of this size", "max-completion-tokens")
	_, err = ask(responseEvents(`{"type":"error","code":"forbidden","message":"Not for you.","param":null,"sequence_number":1}`))
	problem(t, err, "forbids", "Not for you.")
	_, err = ask(responseEvents(`{"type":"response.refusal.delta","delta":"I can't."}`, completedEvent()))
	problem(t, err, `the model refused`, `"I can't."`)
}

func TestCompletions(t *testing.T) {
	t.Parallel()
	const one = `{"id":"cmpl-1","object":"text_completion","created":1,"model":"gpt-35-turbo-instruct","choices":[{"text":"Hello","index":0,"finish_reason":"stop","logprobs":null}],"usage":{"prompt_tokens":4,"completion_tokens":1,"total_tokens":5}}`
	for name, a := range map[string]answerer{
		"stream": events(`{"choices":[],"id":"","object":"","created":0,"model":""}`, strings.Replace(one, `"stop"`, "null", 1), strings.Replace(one, `"Hello"`, `""`, 1), "[DONE]"),
		"whole":  whole(one),
	} {
		f := serve(a)
		q := ask()
		q.API, q.Whole, q.MaxCompletionTokens = Completions, name == "whole", new(int64(7))
		got, err := f.client().Ask(t.Context(), q)
		if err != nil || got.Text != "Hello" || got.FinishReason != "stop" || got.Usage.Total != 5 {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
		body := f.seen[0].body
		if body["prompt"] != "Be kind.\n\nGreet." || body["max_tokens"] != 7.0 {
			t.Errorf("%s: sent %s", name, f.seen[0].raw)
		}
	}
}

func TestEnvironmentDoesNotMatter(t *testing.T) {
	for name, value := range map[string]string{
		"OPENAI_API_KEY": "sk-foreign", "OPENAI_BASE_URL": "https://foreign.example/v1", "OPENAI_ORG_ID": "org-foreign",
		"OPENAI_PROJECT_ID": "proj-foreign", "OPENAI_CUSTOM_HEADERS": "X-Foreign: foreign", "OPENAI_ADMIN_KEY": "sk-admin-foreign",
	} {
		t.Setenv(name, value)
	}
	for _, api := range []string{Chat, Responses, Completions} {
		f := serve(refusal(400, `{}`))
		q := ask()
		q.API = api
		_, _ = f.client().Ask(t.Context(), q)
		sent := f.seen[0]
		for name, values := range sent.header {
			if strings.Contains(strings.Join(values, " "), "foreign") {
				t.Errorf("%s: the environment set %s", api, name)
			}
		}
		if !strings.HasPrefix(sent.url, endpoint+"/") || sent.header.Get("Authorization") != "Bearer "+secret {
			t.Errorf("%s: asked %s with %v", api, sent.url, sent.header)
		}
	}
}

func TestParametersAreSentOnlyWhenGiven(t *testing.T) {
	t.Parallel()
	f := serve(hello)
	q := ask()
	q.MaxTokens, q.MaxCompletionTokens, q.Temperature, q.TopP, q.ReasoningEffort = new(int64(1)), new(int64(2)), new(0.0), new(0.5), "minimal"
	if _, err := f.client().Ask(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	contains(t, f.seen[0].raw, `"max_tokens":1`, `"max_completion_tokens":2`, `"temperature":0`, `"top_p":0.5`, `"reasoning_effort":"minimal"`)
}

func TestCheckReportsEveryMistake(t *testing.T) {
	t.Parallel()
	c := &Client{Endpoint: "http://example.com", Header: http.Header{"Api-Key": {"x"}}}
	q := Request{API: "embed", Messages: []Message{{"robot", "x"}}, Format: "xml", MaxTokens: new(int64(0))}
	contains(t, c.Check(q).Error(), "clear text", "Entra tokens", "Api-Key", `"embed"`, "deployment", `"robot"`, `"xml"`, "max-tokens")
	_, err := c.Ask(t.Context(), q)
	if err == nil || err.Error() != c.Check(q).Error() {
		t.Errorf("Ask says %v", err)
	}
	for _, q := range []Request{{Format: JSONSchema}, {Schema: &Schema{}, Format: Text}} {
		if err := q.Check(); err == nil || !strings.Contains(err.Error(), "json-schema") {
			t.Errorf("%+v: got %v", q, err)
		}
	}
}

// waiting is a body that says nothing more until its request is given up.
type waiting struct{ ctx context.Context }

func (w waiting) Read([]byte) (int, error) {
	<-w.ctx.Done()
	return 0, w.ctx.Err()
}

func TestStoppedByTheCaller(t *testing.T) {
	t.Parallel()
	f := serve(func(r *http.Request) (*http.Response, error) {
		res, err := events(chunk("a part"))(r)
		res.Body = io.NopCloser(io.MultiReader(res.Body, waiting{r.Context()}))
		return res, err
	})
	enough := errors.New("enough")
	ctx, stop := context.WithCancelCause(t.Context())
	c := f.client()
	c.Progress = func(int) { stop(enough) }
	got, err := c.Ask(ctx, ask())
	if got.Text != "a part" || !errors.Is(err, enough) || len(f.seen) != 1 {
		t.Fatalf("%+v, %v after %d requests", got, err, len(f.seen))
	}
	contains(t, err.Error(), "stopped before the answer was complete", "the 6 characters", "enough")
}
