package inference

import (
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/param"
	"github.com/openai/openai-go/v3/packages/ssestream"
	"github.com/openai/openai-go/v3/shared"
)

func askChat(a *attempt, messages []Message) error {
	service := openai.NewChatCompletionService(a.options()...)
	params := a.chatParams(messages)
	return exchange[openai.ChatCompletion, openai.ChatCompletionChunk]{
		whole: func() (*openai.ChatCompletion, error) { return service.New(a.ctx, params) },
		stream: func() *ssestream.Stream[openai.ChatCompletionChunk] {
			params.StreamOptions.IncludeUsage = openai.Bool(true)
			return service.NewStreaming(a.ctx, params)
		},
		takeWhole: a.takeChat,
		takeEvent: a.takeChatChunk,
	}.run(a)
}

func (a *attempt) chatParams(messages []Message) openai.ChatCompletionNewParams {
	p := openai.ChatCompletionNewParams{
		Model:               a.q.Deployment,
		MaxTokens:           optional(a.with.maxTokens),
		MaxCompletionTokens: optional(a.with.maxCompletion),
		Temperature:         optional(a.with.temperature),
		TopP:                optional(a.with.topP),
		ReasoningEffort:     shared.ReasoningEffort(a.with.effort),
	}
	for _, m := range messages {
		p.Messages = append(p.Messages, chatMessage(m))
	}
	switch a.q.format() {
	case JSONObject:
		p.ResponseFormat.OfJSONObject = &shared.ResponseFormatJSONObjectParam{}
	case JSONSchema:
		format := param.Override[shared.ResponseFormatJSONSchemaParam](a.q.Schema.chatFormat())
		p.ResponseFormat.OfJSONSchema = &format
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

func (a *attempt) takeChat(c *openai.ChatCompletion) error {
	if len(c.Choices) == 0 {
		return a.noAnswer(c.RawJSON())
	}
	choice := c.Choices[0]
	a.add(choice.Message.Content)
	a.refusal, a.finish, a.model = choice.Message.Refusal, choice.FinishReason, c.Model
	a.usage = tokenUsage(c.Usage)
	a.verdicts = append(annotations(c.JSON.ExtraFields["prompt_filter_results"].Raw()),
		verdicts(choice.JSON.ExtraFields["content_filter_results"].Raw())...)
	return nil
}

// takeChatChunk takes one event of a stream. Azure's first one has no choices
// and an empty id and model; with the asynchronous filter there are some whose
// choice has annotations alone; the last one has the usage alone.
func (a *attempt) takeChatChunk(c openai.ChatCompletionChunk) error {
	if c.Model != "" {
		a.model = c.Model
	}
	if c.JSON.Usage.Valid() {
		a.usage = tokenUsage(c.Usage)
	}
	a.verdicts = append(a.verdicts, blocked(annotations(c.JSON.ExtraFields["prompt_filter_results"].Raw()))...)
	for _, choice := range c.Choices {
		if choice.Index != 0 {
			continue
		}
		a.add(choice.Delta.Content)
		a.refusal += choice.Delta.Refusal
		a.verdicts = append(a.verdicts, blocked(verdicts(choice.JSON.ExtraFields["content_filter_results"].Raw()))...)
		if choice.FinishReason != "" {
			a.finish = choice.FinishReason
		}
	}
	return nil
}

func tokenUsage(u openai.CompletionUsage) Usage {
	return Usage{
		Prompt:     u.PromptTokens,
		Completion: u.CompletionTokens,
		Total:      u.TotalTokens,
		Cached:     u.PromptTokensDetails.CachedTokens,
		Reasoning:  u.CompletionTokensDetails.ReasoningTokens,
	}
}
