package emulator

import "testing"

func TestCompletions(t *testing.T) {
	t.Parallel()
	m := serve(t, paris())
	const protected = `"protected_material_code":{"detected":false,"filtered":false},"protected_material_text":{"detected":false,"filtered":false},`
	results := `{"hate":{"filtered":false,"severity":"safe"},` + protected + safe[len(`{"hate":{"filtered":false,"severity":"safe"},`):]
	want := `{"choices":[{"content_filter_results":` + results + `,"finish_reason":"stop","index":0,"logprobs":null,"text":"Paris is it."}],"created":TIME,"id":"cmpl-ID",` +
		`"model":"gpt-35-turbo-instruct-0914","object":"text_completion","prompt_filter_results":` + safePrompt + `,"usage":{"completion_tokens":3,"prompt_tokens":12,"total_tokens":15}}` + "\n"
	for _, prompt := range []string{`"capital of France"`, `["capital of France"]`} {
		r := m.post(t, "/openai/v1/completions", `{"model":"gpt-35-turbo-instruct","prompt":`+prompt+`}`)
		if got := steady(r.body); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
	r := m.post(t, "/openai/v1/completions", `{"model":"gpt-35-turbo-instruct","prompt":["a","b"]}`)
	if r.status != 400 {
		t.Errorf("two prompts: %d %s", r.status, r.body)
	}
}

func TestCompletionsStream(t *testing.T) {
	t.Parallel()
	m := serve(t, paris())
	chunk := func(results, text, finish string) string {
		return `data: {"choices":[{"content_filter_results":` + results + `,"finish_reason":` + finish + `,"index":0,"logprobs":null,"text":"` + text +
			`"}],"created":TIME,"id":"cmpl-ID","model":"gpt-35-turbo-instruct-0914","object":"text_completion"}` + "\n\n"
	}
	want := `data: {"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":` + safePrompt + "}\n\n" +
		chunk(safe, "Paris ", "null") + chunk(safe, "is ", "null") + chunk(safe, "it.", "null") + chunk(safe, "", `"stop"`) +
		`data: {"choices":[],"created":TIME,"id":"cmpl-ID","model":"gpt-35-turbo-instruct-0914","object":"text_completion","usage":{"completion_tokens":3,"prompt_tokens":12,"total_tokens":15}}` +
		"\n\ndata: [DONE]\n\n"
	r := m.post(t, "/openai/deployments/gpt-35-turbo-instruct/completions?api-version=2024-10-21",
		`{"prompt":"capital of France","stream":true,"stream_options":{"include_usage":true}}`)
	if got := steady(r.body); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Legacy completions end after 16 tokens unless they are told otherwise.
func TestCompletionsDefaultCap(t *testing.T) {
	t.Parallel()
	m := serve(t, Config{})
	type answer struct {
		Choices []struct {
			Text         string
			FinishReason string `json:"finish_reason"`
		}
	}
	for extra, finish := range map[string]string{"": "length", `,"max_tokens":1000`: "stop"} {
		r := m.post(t, "/openai/v1/completions", `{"model":"gpt-35-turbo-instruct","prompt":"hi"`+extra+`}`)
		c := decode[answer](t, r.body).Choices[0]
		if c.FinishReason != finish || finish == "length" && len(c.Text) != 64 {
			t.Errorf("%s: %s after %q", extra, c.FinishReason, c.Text)
		}
	}
}
