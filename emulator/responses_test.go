package emulator

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// respond asks the Responses API; extra are further parameters, each with a
// comma before it.
func (m model) respond(t *testing.T, deployment, input, extra string) reply {
	t.Helper()
	return m.post(t, "/openai/v1/responses", fmt.Sprintf(`{"model":%q,"input":%q%s}`, deployment, input, extra))
}

type responseAnswer struct {
	Status            string
	Model             string
	Store             bool
	Instructions      *string
	IncompleteDetails *struct{ Reason string } `json:"incomplete_details"`
	Output            []struct {
		Type, ID, Status string
		EncryptedContent string `json:"encrypted_content"`
		Content          []struct{ Type, Text string }
	}
	Usage *struct {
		Input   int `json:"input_tokens"`
		Output  int `json:"output_tokens"`
		Details struct {
			Reasoning int `json:"reasoning_tokens"`
		} `json:"output_tokens_details"`
	}
	Filters []struct {
		Blocked bool
		Source  string `json:"source_type"`
	} `json:"content_filters"`
}

func (a responseAnswer) text() string {
	for _, item := range a.Output {
		if item.Type == "message" {
			return item.Content[0].Text
		}
	}
	return ""
}

func TestResponses(t *testing.T) {
	t.Parallel()
	m := serve(t, paris())
	for _, c := range []struct {
		name, deployment, input, extra string
		text, status, reason           string
		types                          string
		output, reasoning              int
	}{
		{"chat model", "gpt-4o-mini", "capital of France", "", "Paris is it.", "completed", "", "message", 3, 0},
		{"reasoning", "gpt-5-mini", "capital of France", "", "Paris is it.", "completed", "", "reasoning message", 195, 192},
		{"responses only", "gpt-5-codex", "capital of France", `,"reasoning":{"effort":"low"}`, "Paris is it.", "completed", "", "reasoning message", 67, 64},
		{"cap before the text", "gpt-5-mini", "capital of France", `,"max_output_tokens":16`, "", "incomplete", "max_output_tokens", "reasoning", 16, 16},
		{"cap in the text", "gpt-5-mini", "capital of France", `,"max_output_tokens":194`, "Paris is", "incomplete", "max_output_tokens", "reasoning message", 194, 192},
		{"filtered", "gpt-4o-mini", "capital of France " + wordFilterCompletion, "", "Paris ", "incomplete", "content_filter", "message", 2, 0},
		{"length", "gpt-4o-mini", "capital of France " + wordLength, "", "Paris ", "incomplete", "max_output_tokens", "message", 2, 0},
	} {
		a := decode[responseAnswer](t, m.respond(t, c.deployment, c.input, c.extra).body)
		var types []string
		for _, item := range a.Output {
			types = append(types, item.Type)
		}
		reason := ""
		if a.IncompleteDetails != nil {
			reason = a.IncompleteDetails.Reason
		}
		if a.text() != c.text || a.Status != c.status || reason != c.reason || strings.Join(types, " ") != c.types {
			t.Errorf("%s: %q %s %s %s", c.name, a.text(), a.Status, reason, types)
		}
		if a.Usage.Output != c.output || a.Usage.Details.Reasoning != c.reasoning || a.Model != c.deployment || !a.Store {
			t.Errorf("%s: %+v, model %s, store %t", c.name, a.Usage, a.Model, a.Store)
		}
		if blocked := c.reason == "content_filter"; len(a.Filters) != 2 || a.Filters[1].Blocked != blocked {
			t.Errorf("%s: content_filters %+v", c.name, a.Filters)
		}
	}
}

// The keys of a response, as recorded in July 2026.
func TestResponseKeys(t *testing.T) {
	t.Parallel()
	r := serve(t, Config{}).respond(t, "gpt-5-mini", "hi", "")
	const want = "background completed_at content_filters created_at error frequency_penalty id incomplete_details instructions " +
		"max_output_tokens max_tool_calls metadata model moderation object output parallel_tool_calls presence_penalty " +
		"previous_response_id prompt_cache_key prompt_cache_retention reasoning safety_identifier service_tier status store " +
		"temperature text tool_choice tools top_logprobs top_p truncation usage user"
	if got := strings.Join(slices.Sorted(maps.Keys(decode[object](t, r.body))), " "); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if !strings.HasSuffix(r.body, "}\n") || strings.Count(r.body, "\n") != 1 {
		t.Errorf("not one line: %q", r.body)
	}
}

func TestResponseRepeatsRequest(t *testing.T) {
	t.Parallel()
	m := serve(t, Config{})
	r := m.post(t, "/openai/v1/responses", `{"model":"gpt-5-mini","store":false,"instructions":"Be kind.","max_output_tokens":500,
		"include":["reasoning.encrypted_content"],"metadata":{"k":"v"},"reasoning":{"effort":"low","summary":"auto"},
		"text":{"format":{"type":"json_schema","name":"x","schema":{"type":"object","properties":{"a":{"type":"null"}},"required":["a"]}}},
		"input":[{"role":"user","content":[{"type":"input_text","text":"json"}]},{"type":"item_reference","id":"rs_1"},{"role":"user","content":"go"}]}`)
	a := decode[responseAnswer](t, r.body)
	if a.Store || *a.Instructions != "Be kind." || a.Output[0].EncryptedContent == "" || a.text() != `{"a":null}` {
		t.Errorf("%+v", a)
	}
	for _, part := range []string{
		`"metadata":{"k":"v"}`, `"max_output_tokens":500`, `"effort":"low"`, `"summary":"auto"`,
		`"text":{"format":{"type":"json_schema","name":"x"`,
	} {
		if !strings.Contains(r.body, part) {
			t.Errorf("no %s in %s", part, r.body)
		}
	}
	// 2 + three messages of 4 + 2 tokens for "Be kind.", 1 for "json", 1 for "go"
	if a.Usage.Input != 18 {
		t.Errorf("input_tokens is %d", a.Usage.Input)
	}
}

// An event as it came over the wire.
type event struct {
	name string
	data object
}

func events(t *testing.T, body string) (all []event) {
	t.Helper()
	for block := range strings.SplitSeq(strings.TrimSuffix(body, "\n\n"), "\n\n") {
		first, second, ok := strings.Cut(block, "\n")
		if !ok {
			t.Fatalf("an event without two lines: %q", block)
		}
		e := event{name: strings.TrimPrefix(first, "event: ")}
		if err := json.Unmarshal([]byte(strings.TrimPrefix(second, "data: ")), &e.data); err != nil {
			t.Fatalf("%v in %q", err, block)
		}
		all = append(all, e)
	}
	return all
}

func TestResponsesStream(t *testing.T) {
	t.Parallel()
	m := serve(t, paris())
	for deployment, want := range map[string]string{
		"gpt-4o-mini": "created in_progress output_item.added content_part.added output_text.delta output_text.delta output_text.delta output_text.done content_part.done output_item.done completed",
		"gpt-5-mini":  "created in_progress output_item.added output_item.done output_item.added content_part.added output_text.delta output_text.delta output_text.delta output_text.done content_part.done output_item.done completed",
	} {
		r := m.respond(t, deployment, "capital of France", `,"stream":true`)
		if r.header.Get("Azureai-Fe-Is-Streaming") != "True" || strings.Contains(r.body, "[DONE]") {
			t.Errorf("%v\n%s", r.header, r.body)
		}
		var names []string
		var text strings.Builder
		for i, e := range events(t, r.body) {
			names = append(names, strings.TrimPrefix(e.name, "response."))
			if e.data["type"] != e.name || e.data["sequence_number"] != float64(i) {
				t.Errorf("event %d is %s: %v", i, e.name, e.data)
			}
			if delta, ok := e.data["delta"].(string); ok {
				text.WriteString(delta)
			}
		}
		if got := strings.Join(names, " "); got != want || text.String() != "Paris is it." {
			t.Errorf("%s: %q in\n%s\nwant\n%s", deployment, text.String(), got, want)
		}
	}
}

// The last event of a stream is what the answer in one piece would have been.
func TestResponsesStreamEnds(t *testing.T) {
	t.Parallel()
	m := serve(t, paris())
	for _, extra := range []string{"", `,"max_output_tokens":16`, `,"max_output_tokens":194`} {
		whole := m.respond(t, "gpt-5-mini", "capital of France", extra).body
		all := events(t, m.respond(t, "gpt-5-mini", "capital of France", extra+`,"stream":true`).body)
		last := all[len(all)-1]
		if got := steady(compact(last.data["response"]) + "\n"); got != steady(whole) {
			t.Errorf("%s got\n%s\nwant\n%s", extra, got, steady(whole))
		}
		if last.name != "response."+decode[responseAnswer](t, whole).Status {
			t.Errorf("%s ends in %s", extra, last.name)
		}
	}
}
