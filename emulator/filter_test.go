package emulator

import (
	"strings"
	"testing"
)

const filteredMessage = `{"error":{"message":"The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify your prompt and retry. To learn more about our content filtering policies please read our documentation: https://go.microsoft.com/fwlink/?linkid=2198766","type":null,"param":"prompt","code":"content_filter","status":400,`

func TestFilterPrompt(t *testing.T) {
	t.Parallel()
	m := serve(t, Config{})
	const ok = `{"filtered":false,"severity":"safe"}`
	const high = `{"filtered":true,"severity":"high"}`
	for word, grades := range map[string][5]string{
		"emulate:filter-violence":                          {ok, "false", ok, ok, high},
		"emulate:filter-self-harm":                         {ok, "false", high, ok, ok},
		"emulate:filter-hate":                              {high, "false", ok, ok, ok},
		"emulate:filter-sexual":                            {ok, "false", ok, high, ok},
		"emulate:filter-jailbreak":                         {ok, "true", ok, ok, ok},
		"emulate:filter-jailbreak emulate:filter-violence": {ok, "true", ok, ok, high},
	} {
		want := filteredMessage + `"innererror":{"code":"ResponsibleAIPolicyViolation","content_filter_result":{"hate":` + grades[0] +
			`,"jailbreak":{"filtered":` + grades[1] + `,"detected":` + grades[1] + `},"self_harm":` + grades[2] + `,"sexual":` + grades[3] + `,"violence":` + grades[4] + `}}}}`
		for _, r := range []reply{
			m.chat(t, "gpt-4o-mini", "please "+word, ""),
			m.chat(t, "gpt-5-mini", "please "+word, `,"stream":true`),
			m.respond(t, "gpt-5-codex", "please "+word, `,"stream":true`),
		} {
			if r.status != 400 || r.body != want {
				t.Errorf("%s: %d\n%s\nwant\n%s", word, r.status, r.body, want)
			}
		}
	}
	r := m.post(t, "/openai/v1/chat/completions", `{"model":"gpt-4o-mini","messages":[{"role":"system","content":"emulate:filter-hate"},{"role":"user","content":"hi"}]}`)
	if r.status != 400 {
		t.Errorf("a system message: %d", r.status)
	}
}

func TestFilterCompletion(t *testing.T) {
	t.Parallel()
	m := serve(t, paris())
	r := m.chat(t, "gpt-4o-mini", "capital of France "+wordFilterCompletion, "")
	c := decode[chatAnswer](t, r.body).Choices[0]
	if r.status != 200 || c.FinishReason != "content_filter" || c.Message.Content != "Paris " || !c.Results["violence"].Filtered || c.Results["hate"].Filtered {
		t.Errorf("%d %+v", r.status, c)
	}
	r = m.chat(t, "gpt-4o-mini", "capital of France "+wordFilterCompletion, `,"stream":true`)
	if !strings.Contains(r.body, `"violence":{"filtered":true,"severity":"high"}},"delta":{},"finish_reason":"content_filter"`) {
		t.Errorf("%s", r.body)
	}
	if c := decode[chatAnswer](t, m.chat(t, "gpt-4o-mini", "capital of France "+wordLength, "").body).Choices[0]; c.FinishReason != "length" || c.Message.Content != "Paris " {
		t.Errorf("%+v", c)
	}
}
