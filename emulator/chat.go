package emulator

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"
)

// chatOperation is chat completions.
// https://learn.microsoft.com/azure/ai-foundry/openai/reference#chat-completions
func chatOperation() operation {
	return operation{
		name: "chatCompletion", create: "ChatCompletions_Create", kinds: []Kind{Chat, Reasoning},
		read: readChat, check: checkChat, whole: wholeChat, frames: chatFrames, broken: chatBroken,
	}
}

type chatRequest struct {
	Messages []struct {
		Role    string  `json:"role"`
		Content content `json:"content"`
	} `json:"messages"`
	MaxTokens           int    `json:"max_tokens"`
	MaxCompletionTokens int    `json:"max_completion_tokens"`
	ReasoningEffort     string `json:"reasoning_effort"`
	ResponseFormat      struct {
		Type   string `json:"type"`
		Schema format `json:"json_schema"`
	} `json:"response_format"`
	Stream        bool `json:"stream"`
	StreamOptions struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`
}

// content is a message's text: a string, or the text of its parts on lines of
// their own. Other parts, such as images, are passed over.
type content string

func (c *content) UnmarshalJSON(b []byte) error {
	var parts []struct {
		Text string `json:"text"`
	}
	if json.Unmarshal(b, (*string)(c)) == nil {
		return nil
	}
	if json.Unmarshal(b, &parts) != nil {
		return errors.New("content is neither a string nor a list of parts")
	}
	texts := make([]string, len(parts))
	for i, p := range parts {
		texts[i] = p.Text
	}
	*c = content(strings.Join(texts, "\n"))
	return nil
}

func readChat(p params) (q question, no *denial) {
	var in chatRequest
	if no := p.into(&in); no != nil {
		return q, no
	}
	if len(in.Messages) == 0 {
		return q, missingParam("messages")
	}
	q = question{
		format: in.ResponseFormat.Schema,
		limit:  max(0, in.MaxTokens, in.MaxCompletionTokens),
		effort: in.ReasoningEffort,
		stream: in.Stream,
		usage:  in.StreamOptions.IncludeUsage,
	}
	q.format.Type = in.ResponseFormat.Type
	for _, m := range in.Messages {
		q.messages = append(q.messages, message{m.Role, string(m.Content)})
	}
	return q, nil
}

func wholeChat(x exchange) any {
	return object{
		"choices": []any{object{
			"content_filter_results": x.answer.wholeResults(),
			"finish_reason":          x.answer.finish,
			"index":                  0,
			"logprobs":               nil,
			"message":                object{"annotations": []any{}, "content": x.answer.text, "refusal": nil, "role": "assistant"},
		}},
		"created":               x.at.Unix(),
		"id":                    "chatcmpl-" + x.id,
		"model":                 x.deployment.served(),
		"object":                "chat.completion",
		"prompt_filter_results": promptResults(),
		"service_tier":          "default",
		"system_fingerprint":    x.fingerprint(),
		"usage":                 x.chatUsage(),
	}
}

// fingerprint is null on the reasoning models.
func (x exchange) fingerprint() any {
	if x.deployment.reasons() {
		return nil
	}
	return "fp_e0e0e0e0e0"
}

func (x exchange) chatUsage() object {
	n := x.answer.completion()
	return object{
		"completion_tokens": n,
		"completion_tokens_details": object{
			"accepted_prediction_tokens": 0, "audio_tokens": 0, "reasoning_tokens": x.answer.reasoning, "rejected_prediction_tokens": 0,
		},
		"prompt_tokens":         x.answer.prompt,
		"prompt_tokens_details": object{"audio_tokens": 0, "cached_tokens": 0},
		"total_tokens":          x.answer.prompt + n,
	}
}

// chatFrames is the stream: the prompt's filter results in a chunk without
// choices, id or model; the role; the text; the end; the usage if it was asked
// for; and a line that is no JSON.
func chatFrames(x exchange) []frame {
	frames := []frame{
		promptFrame(),
		x.chunk(object{"content": "", "refusal": nil, "role": "assistant"}, object{}, nil),
	}
	safe := severities()
	for _, text := range pieces(x.answer.text) {
		f := x.chunk(object{"content": text}, safe, nil)
		f.text = true
		frames = append(frames, f)
	}
	end := object{}
	if x.answer.finish == "content_filter" {
		end = x.answer.results()
	}
	frames = append(frames, x.chunk(object{}, end, x.answer.finish))
	if x.question.usage {
		frames = append(frames, x.frame([]any{}, x.chatUsage()))
	}
	return append(frames, frame{data: "[DONE]"})
}

// promptFrame begins a stream with what the filter found in the prompt.
func promptFrame() frame {
	return frame{data: object{
		"choices": []any{}, "created": 0, "id": "", "model": "", "object": "", "prompt_filter_results": promptResults(),
	}}
}

// chunk is a frame with one choice in it.
func (x exchange) chunk(delta, results object, finish any) frame {
	return x.frame([]any{object{
		"content_filter_results": results, "delta": delta, "finish_reason": finish, "index": 0, "logprobs": nil,
	}}, nil)
}

// frame is one chunk. Once the usage is asked for, every chunk has the key.
func (x exchange) frame(choices []any, usage any) frame {
	o := object{
		"choices": choices, "created": x.at.Unix(), "id": "chatcmpl-" + x.id, "model": x.deployment.served(),
		"obfuscation": obfuscation(), "object": "chat.completion.chunk", "system_fingerprint": x.fingerprint(),
	}
	if x.question.usage {
		o["usage"] = usage
	}
	return frame{data: o}
}

// chatBroken is the error object that a stream can end in, although its status
// was 200.
func chatBroken(exchange, int) frame {
	return frame{data: modelError(serverError, "server_error", "", "")}
}

// asynchronous is the stream of a deployment whose filter does not hold the
// text back: bare text, and behind it chunks that have the findings on it and
// no delta. The last of them is later than the finish.
func asynchronous(op operation, x exchange, frames []frame) []frame {
	if op.name != "chatCompletion" {
		return frames
	}
	words := pieces(x.answer.text)
	head, tail := frames[:2], frames[2+len(words):]
	out := slices.Clone(head)
	done, checked := 0, 0
	for i, word := range words {
		out = append(out, x.chunk(object{"content": word}, object{}, nil))
		done += utf8.RuneCountInString(word)
		if i == len(words)/2 {
			out = append(out, x.annotation(0, done))
			checked = done
		}
	}
	out = append(out, tail[0], x.annotation(checked, done))
	return append(out, tail[1:]...)
}

// annotation is a chunk about the characters from start to end of the answer.
func (x exchange) annotation(start, end int) frame {
	return frame{data: object{
		"choices": []any{object{
			"content_filter_offsets": object{"check_offset": start, "start_offset": start, "end_offset": end},
			"content_filter_results": x.answer.results(), "finish_reason": nil, "index": 0,
		}},
		"created": 0, "id": "", "model": "", "object": "",
	}}
}
