package inference

import (
	"bytes"
	"encoding/json"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/param"
	"github.com/openai/openai-go/v3/shared"
)

func chatParams(q Request, with settings, messages []Message) json.Marshaler {
	p := openai.ChatCompletionNewParams{
		Model:               q.Deployment,
		MaxTokens:           optional(with.maxTokens),
		MaxCompletionTokens: optional(with.maxCompletion),
		Temperature:         optional(with.temperature),
		TopP:                optional(with.topP),
		ReasoningEffort:     shared.ReasoningEffort(with.effort),
	}
	for _, m := range messages {
		p.Messages = append(p.Messages, chatMessage(m))
	}
	switch q.format() {
	case JSONObject:
		p.ResponseFormat.OfJSONObject = &shared.ResponseFormatJSONObjectParam{}
	case JSONSchema:
		format := param.Override[shared.ResponseFormatJSONSchemaParam](q.Schema.chatFormat())
		p.ResponseFormat.OfJSONSchema = &format
	}
	if !q.Whole { // a stream does not tell the usage by itself
		p.StreamOptions.IncludeUsage = openai.Bool(true)
		return streaming{p}
	}
	return p
}

func chatMessage(m Message) openai.ChatCompletionMessageParamUnion {
	switch m.Role {
	case "system":
		return openai.SystemMessage(m.Content)
	case "developer":
		return openai.DeveloperMessage(m.Content)
	case "assistant":
		return openai.AssistantMessage(m.Content)
	}
	return openai.UserMessage(m.Content)
}

// optional turns a nil pointer into a parameter that is not sent.
func optional[T comparable](p *T) param.Opt[T] {
	if p == nil {
		return param.Opt[T]{}
	}
	return param.NewOpt(*p)
}

// A choice is one of the answers of a completion; only the first is asked for.
type choice struct {
	index                 int64
	text, refusal, finish string
	filter                []byte
}

// takeChat takes a whole answer of chat or legacy completions, which differ in
// where the text of a choice is.
func (r *reply) takeChat(raw []byte) (failure []byte, err error) {
	choices, _, err := r.takeChoices(raw, verdicts)
	if err == nil && choices == 0 {
		return raw, nil
	}
	return nil, err
}

// takeChatEvent takes one event of a stream. Azure's first one has no choices
// and an empty id and model; with the asynchronous filter there are some whose
// choice has annotations alone; the last one has the usage alone.
func (r *reply) takeChatEvent(raw []byte) (failure []byte, err error) {
	_, failed, err := r.takeChoices(raw, func(raw string) []Category { return blocked(verdicts(raw)) })
	if err == nil && failed {
		return raw, nil
	}
	return nil, err
}

func (r *reply) takeChoices(raw []byte, judge func(string) []Category) (choices int, failed bool, err error) {
	s := scan(raw)
	err = s.object(func(key []byte) (err error) {
		switch string(key) {
		case "model":
			return s.textInto(&r.model)
		case "usage":
			return s.usageInto(&r.usage)
		case "error":
			failed, err = s.is('{', '[', '"')
			return err
		case "prompt_filter_results":
			raw, err := s.raw()
			r.judge(raw, func(raw string) []Category { return annotations(raw, judge) })
			return err
		case "choices":
			return s.array(func() error {
				choices++
				c, err := s.choice()
				r.takeChoice(c, judge)
				return err
			})
		}
		return s.skip()
	})
	return choices, failed, err
}

func (r *reply) takeChoice(c choice, judge func(string) []Category) {
	if c.index != 0 {
		return
	}
	r.add(c.text)
	r.refusal += c.refusal
	r.judge(c.filter, judge)
	if c.finish != "" {
		r.finish = c.finish
	}
}

// judge takes the verdicts in raw. Where nothing is said to be true, nothing was
// blocked or detected.
func (r *reply) judge(raw []byte, judge func(string) []Category) {
	if bytes.Contains(raw, []byte("true")) {
		r.verdicts = append(r.verdicts, judge(string(raw))...)
	}
}

func (s *scanner) choice() (c choice, err error) {
	message := func(key []byte) error {
		switch string(key) {
		case "content":
			return s.textInto(&c.text)
		case "refusal":
			return s.textInto(&c.refusal)
		}
		return s.skip()
	}
	err = s.object(func(key []byte) (err error) {
		switch string(key) {
		case "index":
			c.index, err = s.int()
		case "text":
			err = s.textInto(&c.text)
		case "finish_reason":
			err = s.textInto(&c.finish)
		case "content_filter_results":
			c.filter, err = s.raw()
		case "message", "delta":
			err = s.object(message)
		default:
			err = s.skip()
		}
		return err
	})
	return c, err
}

// textInto reads a string; an empty one, or none, leaves what is there.
func (s *scanner) textInto(to *string) error {
	text, err := s.text()
	if text != "" {
		*to = text
	}
	return err
}

// is reads a value and reports whether it begins with one of the bytes.
func (s *scanner) is(begins ...byte) (bool, error) {
	c, err := s.peek()
	if err != nil {
		return false, err
	}
	return bytes.IndexByte(begins, c) >= 0, s.skip()
}

// usageInto reads the usage in the spelling of either API. null, which each
// event of a stream but the last one has, leaves what is there.
func (s *scanner) usageInto(u *Usage) error {
	number := func(to *int64) (err error) {
		*to, err = s.int()
		return err
	}
	details := func(key []byte) error {
		switch string(key) {
		case "cached_tokens":
			return number(&u.Cached)
		case "reasoning_tokens":
			return number(&u.Reasoning)
		}
		return s.skip()
	}
	return s.object(func(key []byte) error {
		switch string(key) {
		case "prompt_tokens", "input_tokens":
			return number(&u.Prompt)
		case "completion_tokens", "output_tokens":
			return number(&u.Completion)
		case "total_tokens":
			return number(&u.Total)
		case "prompt_tokens_details", "input_tokens_details", "completion_tokens_details", "output_tokens_details":
			return s.object(details)
		}
		return s.skip()
	})
}
