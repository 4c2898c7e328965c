package inference

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/openai/openai-go/v3"
)

// completionParams put the messages to a legacy completions deployment, which
// knows one prompt instead of roles: their contents, a blank line between them.
func completionParams(q Request, with settings, messages []Message) json.Marshaler {
	var contents []string
	for _, m := range messages {
		contents = append(contents, m.Content)
	}
	p := openai.CompletionNewParams{
		Model:       openai.CompletionNewParamsModel(q.Deployment),
		Prompt:      openai.CompletionNewParamsPromptUnion{OfString: openai.String(strings.Join(contents, "\n\n"))},
		MaxTokens:   optional(cmp.Or(with.maxTokens, with.maxCompletion)),
		Temperature: optional(with.temperature),
		TopP:        optional(with.topP),
	}
	if !q.Whole { // a stream does not tell the usage by itself
		p.StreamOptions.IncludeUsage = openai.Bool(true)
		return streaming{p}
	}
	return p
}
