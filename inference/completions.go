package inference

import (
	"cmp"
	"strings"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/ssestream"
)

// askCompletions puts the messages to a legacy completions deployment, which
// knows one prompt instead of roles: their contents, a blank line between them.
func askCompletions(a *attempt, messages []Message) error {
	service := openai.NewCompletionService(a.options()...)
	params := a.completionParams(messages)
	return exchange[openai.Completion, openai.Completion]{
		whole: func() (*openai.Completion, error) { return service.New(a.ctx, params) },
		stream: func() *ssestream.Stream[openai.Completion] {
			params.StreamOptions.IncludeUsage = openai.Bool(true)
			return service.NewStreaming(a.ctx, params)
		},
		takeWhole: func(c *openai.Completion) error {
			if len(c.Choices) == 0 {
				return a.noAnswer(c.RawJSON())
			}
			return a.takeCompletion(*c)
		},
		takeEvent: a.takeCompletion,
	}.run(a)
}

func (a *attempt) completionParams(messages []Message) openai.CompletionNewParams {
	var contents []string
	for _, m := range messages {
		contents = append(contents, m.Content)
	}
	return openai.CompletionNewParams{
		Model:       openai.CompletionNewParamsModel(a.q.Deployment),
		Prompt:      openai.CompletionNewParamsPromptUnion{OfString: openai.String(strings.Join(contents, "\n\n"))},
		MaxTokens:   optional(cmp.Or(a.with.maxTokens, a.with.maxCompletion)),
		Temperature: optional(a.with.temperature),
		TopP:        optional(a.with.topP),
	}
}

// takeCompletion takes a whole answer, or one event of a stream, which have the
// same shape.
func (a *attempt) takeCompletion(c openai.Completion) error {
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
		a.add(choice.Text)
		a.verdicts = append(a.verdicts, blocked(verdicts(choice.JSON.ExtraFields["content_filter_results"].Raw()))...)
		if choice.FinishReason != "" {
			a.finish = string(choice.FinishReason)
		}
	}
	return nil
}
