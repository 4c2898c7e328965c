package inference

import (
	"bytes"
	"cmp"
	"encoding/json"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/param"
	"github.com/openai/openai-go/v3/responses"
	"github.com/openai/openai-go/v3/shared"
)

// responseParams say store: false, since Azure otherwise keeps question and
// answer for thirty days.
func responseParams(q Request, with settings, messages []Message) json.Marshaler {
	p := responses.ResponseNewParams{
		Model:           q.Deployment,
		Store:           openai.Bool(false),
		MaxOutputTokens: optional(cmp.Or(with.maxCompletion, with.maxTokens)),
		Temperature:     optional(with.temperature),
		TopP:            optional(with.topP),
		Reasoning:       shared.ReasoningParam{Effort: shared.ReasoningEffort(with.effort)},
	}
	for _, m := range messages {
		p.Input.OfInputItemList = append(p.Input.OfInputItemList,
			responses.ResponseInputItemParamOfMessage(m.Content, responses.EasyInputMessageRole(m.Role)))
	}
	switch q.format() {
	case JSONObject:
		p.Text.Format.OfJSONObject = &shared.ResponseFormatJSONObjectParam{}
	case JSONSchema:
		format := param.Override[responses.ResponseFormatTextJSONSchemaConfigParam](q.Schema.responsesFormat())
		p.Text.Format.OfJSONSchema = &format
	}
	if !q.Whole {
		return streaming{p}
	}
	return p
}

// streaming asks for a stream, which the library's parameters leave to its own
// way of sending them.
type streaming struct{ json.Marshaler }

func (s streaming) MarshalJSON() ([]byte, error) {
	b, err := s.Marshaler.MarshalJSON()
	return append(bytes.TrimSuffix(b, []byte("}")), `,"stream":true}`...), err
}

// takeResponseEvent takes one event of a stream. The closing ones repeat the
// whole answer, and hold the usage and what became of it.
func (r *reply) takeResponseEvent(raw []byte) (failure []byte, err error) {
	var kind, delta string
	var response []byte
	failed := false
	s := scan(raw)
	err = s.object(func(key []byte) (err error) {
		switch string(key) {
		case "type":
			kind, err = s.text()
		case "delta":
			delta, err = s.text()
		case "error":
			failed, err = s.is('{', '[', '"')
		case "response":
			response, err = s.raw()
		default:
			err = s.skip()
		}
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case failed || kind == "error":
		return raw, nil
	case kind == "response.output_text.delta":
		r.add(delta)
	case kind == "response.refusal.delta":
		r.refusal += delta
	case kind == "response.created":
		return nil, r.takeModel(response)
	case kind == "response.completed" || kind == "response.incomplete" || kind == "response.failed":
		return r.takeResponse(response)
	}
	return nil, nil
}

func (r *reply) takeModel(response []byte) error {
	s := scan(response)
	return s.object(func(key []byte) error {
		if string(key) == "model" {
			return s.textInto(&r.model)
		}
		return s.skip()
	})
}

// ends maps why a response stopped early to chat's finish reasons.
var ends = map[string]string{"max_output_tokens": "length", "content_filter": "content_filter"}

// An outcome is what a whole answer of the Responses API says beside its text.
type outcome struct {
	status, reason, text, refusal string
	failure                       []byte
}

// takeResponse takes a whole answer. What streamed before is in it once more.
func (r *reply) takeResponse(raw []byte) (failure []byte, err error) {
	o, err := r.outcome(scan(raw))
	if err != nil {
		return nil, err
	}
	if r.text.Len() == 0 {
		r.add(o.text)
	}
	r.refusal = cmp.Or(r.refusal, o.refusal)
	switch {
	case o.status == "completed":
		r.finish = "stop"
	case o.status == "incomplete":
		r.finish = cmp.Or(ends[o.reason], o.reason)
	case o.status == "failed" && bytes.HasPrefix(o.failure, []byte("{")):
		return o.failure, nil
	default:
		return raw, nil
	}
	return nil, nil
}

func (r *reply) outcome(s *scanner) (o outcome, err error) {
	err = s.object(func(key []byte) (err error) {
		switch string(key) {
		case "model":
			err = s.textInto(&r.model)
		case "usage":
			err = s.usageInto(&r.usage)
		case "status":
			o.status, err = s.text()
		case "error":
			o.failure, err = s.raw()
		case "incomplete_details":
			err = s.object(func(key []byte) error {
				if string(key) == "reason" {
					return s.textInto(&o.reason)
				}
				return s.skip()
			})
		case "content_filters":
			var filters []byte
			filters, err = s.raw()
			r.judge(filters, func(raw string) []Category { return annotations(raw, verdicts) })
		case "output":
			err = s.array(func() error { return s.output(&o.text, &o.refusal) })
		default:
			err = s.skip()
		}
		return err
	})
	return o, err
}

// output reads one item of an answer: a message has parts, each of which is
// text or the model's refusal.
func (s *scanner) output(text, refusal *string) error {
	part := func() error {
		var kind, words, no string
		err := s.object(func(key []byte) (err error) {
			switch string(key) {
			case "type":
				kind, err = s.text()
			case "text":
				words, err = s.text()
			case "refusal":
				no, err = s.text()
			default:
				err = s.skip()
			}
			return err
		})
		*refusal += no
		if kind == "output_text" {
			*text += words
		}
		return err
	}
	return s.object(func(key []byte) error {
		if string(key) == "content" {
			return s.array(part)
		}
		return s.skip()
	})
}
