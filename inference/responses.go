package inference

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/param"
	"github.com/openai/openai-go/v3/packages/ssestream"
	"github.com/openai/openai-go/v3/responses"
	"github.com/openai/openai-go/v3/shared"
)

func askResponses(a *attempt, messages []Message) error {
	service := responses.NewResponseService(a.options()...)
	params := a.responseParams(messages)
	return exchange[responses.Response, responses.ResponseStreamEventUnion]{
		whole: func() (*responses.Response, error) { return service.New(a.ctx, params) },
		stream: func() *ssestream.Stream[responses.ResponseStreamEventUnion] {
			return service.NewStreaming(a.ctx, params)
		},
		takeWhole: a.takeResponse,
		takeEvent: a.takeResponseEvent,
	}.run(a)
}

// responseParams says store: false, since Azure otherwise keeps question and
// answer for thirty days.
func (a *attempt) responseParams(messages []Message) responses.ResponseNewParams {
	p := responses.ResponseNewParams{
		Model:           a.q.Deployment,
		Store:           openai.Bool(false),
		MaxOutputTokens: optional(cmp.Or(a.with.maxCompletion, a.with.maxTokens)),
		Temperature:     optional(a.with.temperature),
		TopP:            optional(a.with.topP),
		Reasoning:       shared.ReasoningParam{Effort: shared.ReasoningEffort(a.with.effort)},
	}
	for _, m := range messages {
		p.Input.OfInputItemList = append(p.Input.OfInputItemList,
			responses.ResponseInputItemParamOfMessage(m.Content, responses.EasyInputMessageRole(m.Role)))
	}
	switch a.q.format() {
	case JSONObject:
		p.Text.Format.OfJSONObject = &shared.ResponseFormatJSONObjectParam{}
	case JSONSchema:
		format := param.Override[responses.ResponseFormatTextJSONSchemaConfigParam](a.q.Schema.responsesFormat())
		p.Text.Format.OfJSONSchema = &format
	}
	return p
}

// takeResponseEvent takes one event of a stream. The closing ones repeat the
// whole answer, and hold the usage and what became of it.
func (a *attempt) takeResponseEvent(e responses.ResponseStreamEventUnion) error {
	switch e.Type {
	case "response.output_text.delta":
		a.add(e.Delta)
	case "response.refusal.delta":
		a.refusal += e.Delta
	case "response.created":
		a.model = e.Response.Model
	case "response.completed", "response.incomplete", "response.failed":
		return a.takeResponse(&e.Response)
	case "error":
		return classify(parseStreamError(a.header, []byte(e.RawJSON())))
	}
	return nil
}

// ends maps why a response stopped early to chat's finish reasons.
var ends = map[string]string{"max_output_tokens": "length", "content_filter": "content_filter"}

func (a *attempt) takeResponse(r *responses.Response) error {
	a.model = r.Model
	a.usage = Usage{
		Prompt:     r.Usage.InputTokens,
		Completion: r.Usage.OutputTokens,
		Total:      r.Usage.TotalTokens,
		Cached:     r.Usage.InputTokensDetails.CachedTokens,
		Reasoning:  r.Usage.OutputTokensDetails.ReasoningTokens,
	}
	a.verdicts = append(a.verdicts, annotations(r.JSON.ExtraFields["content_filters"].Raw())...)
	if a.text.Len() == 0 {
		a.add(r.OutputText())
	}
	if a.refusal == "" {
		a.refusal = refusalIn(r)
	}
	switch r.Status {
	case "completed":
		a.finish = "stop"
	case "incomplete":
		a.finish = cmp.Or(ends[r.IncompleteDetails.Reason], r.IncompleteDetails.Reason)
	case "failed":
		body, _ := json.Marshal(map[string]string{"code": string(r.Error.Code), "message": r.Error.Message})
		return classify(parseStreamError(a.header, body))
	default:
		return a.noAnswer(r.RawJSON())
	}
	return nil
}

// refusalIn is the model's refusal in an answer that is whole.
func refusalIn(r *responses.Response) string {
	var words strings.Builder
	for _, item := range r.Output {
		for _, part := range item.Content {
			words.WriteString(part.Refusal)
		}
	}
	return words.String()
}
