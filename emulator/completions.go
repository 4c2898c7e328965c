package emulator

import "encoding/json"

// defaultCompletion is how many tokens a legacy completion gets when max_tokens
// does not say: here, unlike in the newer operations, there is a default cap.
// https://learn.microsoft.com/azure/ai-foundry/openai/reference#completions
const defaultCompletion = 16

func completionsOperation() operation {
	return operation{
		name: "completion", create: "Completions_Create", kinds: []Kind{Completions},
		read: readCompletions, check: checkCompletions, whole: wholeCompletion, frames: completionFrames, broken: chatBroken,
	}
}

type completionsRequest struct {
	Prompt        prompt `json:"prompt"`
	MaxTokens     int    `json:"max_tokens"`
	Stream        bool   `json:"stream"`
	StreamOptions struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`
}

// A prompt is a string or a list with one string in it.
type prompt string

func (p *prompt) UnmarshalJSON(b []byte) error {
	var list []string
	if json.Unmarshal(b, &list) == nil && len(list) == 1 {
		*p = prompt(list[0])
		return nil
	}
	return json.Unmarshal(b, (*string)(p))
}

func readCompletions(p params) (q question, no *denial) {
	var in completionsRequest
	if no := p.into(&in); no != nil {
		return q, no
	}
	if !p.has("prompt") {
		return q, missingParam("prompt")
	}
	q = question{
		messages: []message{{"user", string(in.Prompt)}},
		limit:    max(0, in.MaxTokens),
		stream:   in.Stream,
		usage:    in.StreamOptions.IncludeUsage,
	}
	if !p.has("max_tokens") {
		q.limit = defaultCompletion
	}
	return q, nil
}

func wholeCompletion(x exchange) any {
	o := x.completion(x.answer.text, x.answer.wholeResults(), x.answer.finish)
	o["prompt_filter_results"] = promptResults()
	o["usage"] = x.completionUsage()
	return o
}

func (x exchange) completion(text string, results object, finish any) object {
	return object{
		"choices": []any{object{
			"content_filter_results": results, "finish_reason": finish, "index": 0, "logprobs": nil, "text": text,
		}},
		"created": x.at.Unix(), "id": "cmpl-" + x.id, "model": x.deployment.served(), "object": "text_completion",
	}
}

func (x exchange) completionUsage() object {
	n := x.answer.completion()
	return object{"completion_tokens": n, "prompt_tokens": x.answer.prompt, "total_tokens": x.answer.prompt + n}
}

func completionFrames(x exchange) []frame {
	frames := []frame{promptFrame()}
	safe := severities()
	for _, text := range pieces(x.answer.text) {
		frames = append(frames, frame{data: x.completion(text, safe, nil), text: true})
	}
	frames = append(frames, frame{data: x.completion("", x.answer.results(), x.answer.finish)})
	if x.question.usage {
		o := x.completion("", nil, nil)
		o["choices"], o["usage"] = []any{}, x.completionUsage()
		frames = append(frames, frame{data: o})
	}
	return append(frames, frame{data: written("[DONE]")})
}
