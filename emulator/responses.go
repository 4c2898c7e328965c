package emulator

import (
	"encoding/json"
	"errors"
	"slices"
	"unicode/utf8"
)

// responsesOperation is the Responses API. Nothing is kept: store is repeated
// in the answer and means nothing here.
// https://learn.microsoft.com/azure/ai-foundry/openai/how-to/responses
func responsesOperation() operation {
	return operation{
		name: "responses", create: "Responses_Create", kinds: []Kind{Chat, Reasoning, ResponsesOnly},
		read: readResponses, check: checkResponses, whole: wholeResponse, frames: responseFrames, broken: responseBroken,
	}
}

type responsesRequest struct {
	Model           string   `json:"model"`
	Input           input    `json:"input"`
	Instructions    *string  `json:"instructions"`
	MaxOutputTokens *int     `json:"max_output_tokens"`
	Temperature     *float64 `json:"temperature"`
	TopP            *float64 `json:"top_p"`
	Store           *bool    `json:"store"`
	Stream          bool     `json:"stream"`
	Include         []string `json:"include"`
	Metadata        object   `json:"metadata"`
	Reasoning       struct {
		Effort  string  `json:"effort"`
		Summary *string `json:"summary"`
	} `json:"reasoning"`
	Text struct {
		Format    json.RawMessage `json:"format"`
		Verbosity string          `json:"verbosity"`
	} `json:"text"`
}

// input is a string, which is a user message, or a list of items. Items that
// are no messages are passed over.
type input []message

func (in *input) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) == nil {
		*in = input{{"user", s}}
		return nil
	}
	var items []struct {
		Role    string  `json:"role"`
		Content content `json:"content"`
	}
	if json.Unmarshal(b, &items) != nil {
		return errors.New("input is neither a string nor a list of items")
	}
	for _, i := range items {
		if i.Role != "" {
			*in = append(*in, message{i.Role, string(i.Content)})
		}
	}
	return nil
}

func readResponses(p params) (q question, no *denial) {
	var in responsesRequest
	if no := p.into(&in); no != nil {
		return q, no
	}
	if len(in.Input) == 0 {
		return q, missingParam("input")
	}
	q = question{messages: in.Input, effort: in.Reasoning.Effort, stream: in.Stream}
	if in.Instructions != nil {
		q.messages = append([]message{{"system", *in.Instructions}}, q.messages...)
	}
	if in.MaxOutputTokens != nil {
		q.limit = max(0, *in.MaxOutputTokens)
	}
	if in.Text.Format != nil && json.Unmarshal(in.Text.Format, &q.format) != nil {
		return q, modelRefusal("Invalid type for 'text.format'.", "text.format", "invalid_type")
	}
	return q, nil
}

// request is the request again, for what the answer repeats of it.
func (x exchange) request() responsesRequest {
	var in responsesRequest
	x.params.into(&in) // went well when the question was read
	return in
}

func wholeResponse(x exchange) any {
	status, _ := x.answer.status()
	return x.response(status, x.output())
}

// status is the response's status, and why it is incomplete where it is.
func (a answer) status() (status string, details any) {
	switch a.finish {
	case "length":
		return "incomplete", object{"reason": "max_output_tokens"}
	case "content_filter":
		return "incomplete", object{"reason": "content_filter"}
	}
	return "completed", nil
}

// response is the response object, as it is at the beginning ("in_progress",
// without output) or at the end.
func (x exchange) response(status string, output []any) object {
	in := x.request()
	o := object{
		"background": false, "completed_at": nil, "content_filters": nil, "created_at": x.at.Unix(), "error": nil,
		"frequency_penalty": 0, "id": "resp_" + x.id, "incomplete_details": nil, "instructions": in.Instructions,
		"max_output_tokens": in.MaxOutputTokens, "max_tool_calls": nil, "metadata": orEmpty(in.Metadata),
		"model": x.deployment.Name, "moderation": nil, "object": "response", "output": output, "parallel_tool_calls": true,
		"presence_penalty": 0, "previous_response_id": nil, "prompt_cache_key": nil, "prompt_cache_retention": nil,
		"reasoning": x.reasoning(in), "safety_identifier": nil, "service_tier": "default", "status": status,
		"store": in.Store == nil || *in.Store, "temperature": 1.0, "text": x.textFormat(in), "tool_choice": "auto",
		"tools": []any{}, "top_logprobs": 0, "top_p": 0.98, "truncation": "disabled", "usage": nil, "user": nil,
	}
	if in.Temperature != nil {
		o["temperature"] = *in.Temperature
	}
	if in.TopP != nil {
		o["top_p"] = *in.TopP
	}
	if status == "in_progress" {
		return o
	}
	_, o["incomplete_details"] = x.answer.status()
	if status == "completed" {
		o["completed_at"] = x.at.Unix()
	}
	o["content_filters"] = x.filters()
	o["usage"] = x.responseUsage()
	return o
}

func orEmpty(o object) object {
	if o == nil {
		return object{}
	}
	return o
}

func (x exchange) reasoning(in responsesRequest) object {
	var effort any
	if x.deployment.reasons() {
		effort = "medium"
	}
	if in.Reasoning.Effort != "" {
		effort = in.Reasoning.Effort
	}
	return object{"context": nil, "effort": effort, "mode": nil, "summary": in.Reasoning.Summary}
}

func (x exchange) textFormat(in responsesRequest) object {
	var format any = object{"type": "text"}
	if in.Text.Format != nil {
		format = in.Text.Format
	}
	verbosity := "medium"
	if in.Text.Verbosity != "" {
		verbosity = in.Text.Verbosity
	}
	return object{"format": format, "verbosity": verbosity}
}

// filters is Azure's addition: what the content filter found, and where.
func (x exchange) filters() []any {
	grades := severities()
	grades["jailbreak"] = undetected()
	finding := func(source string, blocked bool, results object, end int) object {
		return object{
			"blocked": blocked, "content_filter_offsets": object{"check_offset": 0, "end_offset": end, "start_offset": 0},
			"content_filter_raw": []any{}, "content_filter_results": results, "source_type": source,
		}
	}
	length := 0
	for _, m := range x.question.messages {
		length += utf8.RuneCountInString(m.text)
	}
	return []any{
		finding("prompt", false, grades, length),
		finding("completion", x.answer.finish == "content_filter", x.answer.wholeResults(), utf8.RuneCountInString(x.answer.text)),
	}
}

func (x exchange) responseUsage() object {
	n := x.answer.completion()
	return object{
		"input_tokens": x.answer.prompt, "input_tokens_details": object{"cached_tokens": 0},
		"output_tokens": n, "output_tokens_details": object{"reasoning_tokens": x.answer.reasoning},
		"total_tokens": x.answer.prompt + n,
	}
}

// output is what the response consists of: the reasoning first, and a message
// unless the cap was used up before it began.
func (x exchange) output() []any {
	items := []any{}
	if x.deployment.reasons() {
		items = append(items, x.thoughts())
	}
	if x.answer.text != "" || x.answer.finish == "stop" {
		status, _ := x.answer.status()
		items = append(items, x.message(status, []any{outputText(x.answer.text)}))
	}
	return items
}

// thoughts is the reasoning item, with its contents sealed if that was asked
// for.
func (x exchange) thoughts() object {
	o := object{"id": "rs_" + x.id, "summary": []any{}, "type": "reasoning"}
	if slices.Contains(x.request().Include, "reasoning.encrypted_content") {
		o["encrypted_content"] = "gAAAA-emulated"
	}
	return o
}

func (x exchange) message(status string, parts []any) object {
	return object{
		"content": parts, "id": "msg_" + x.id, "phase": "final_answer", "role": "assistant", "status": status, "type": "message",
	}
}

func outputText(text string) object {
	return object{"annotations": []any{}, "logprobs": []any{}, "text": text, "type": "output_text"}
}
