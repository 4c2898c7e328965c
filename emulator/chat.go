package emulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
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

// wholeChat is filled in by hand: what is asked for in tens of thousands has no
// time for maps.
func wholeChat(x exchange) any {
	return written(`{"choices":[{"content_filter_results":` + string(x.answer.wholeFindings()) +
		`,"finish_reason":"` + x.answer.finish + `","index":0,"logprobs":null,"message":{"annotations":[],"content":` + compact(x.answer.text) +
		`,"refusal":null,"role":"assistant"}}],"created":` + x.created() + `,"id":"chatcmpl-` + x.id + `","model":` + compact(x.deployment.served()) +
		`,"object":"chat.completion","prompt_filter_results":` + string(safePromptResults) + `,"service_tier":"default","system_fingerprint":` +
		x.fingerprint() + `,"usage":` + x.chatUsage() + `}`)
}

func (x exchange) created() string { return strconv.FormatInt(x.at.Unix(), 10) }

// fingerprint is null on the reasoning models.
func (x exchange) fingerprint() string {
	if x.deployment.reasons() {
		return "null"
	}
	return `"fp_e0e0e0e0e0"`
}

func (x exchange) chatUsage() string {
	n := x.answer.completion()
	return fmt.Sprintf(`{"completion_tokens":%d,"completion_tokens_details":{"accepted_prediction_tokens":0,"audio_tokens":0,"reasoning_tokens":%d,`+
		`"rejected_prediction_tokens":0},"prompt_tokens":%d,"prompt_tokens_details":{"audio_tokens":0,"cached_tokens":0},"total_tokens":%d}`,
		n, x.answer.reasoning, x.answer.prompt, x.answer.prompt+n)
}

// chatFrames is the stream: the prompt's filter results in a chunk without
// choices, id or model; the role; the text; the end; the usage if it was asked
// for; and a line that is no JSON.
func chatFrames(x exchange) []frame {
	frames := []frame{
		promptFrame(),
		x.chunk(`{"content":"","refusal":null,"role":"assistant"}`, "{}", "null"),
	}
	for _, text := range pieces(x.answer.text) {
		f := x.chunk(`{"content":`+compact(text)+`}`, safeResults, "null")
		f.text = true
		frames = append(frames, f)
	}
	end := written("{}")
	if x.answer.finish == "content_filter" {
		end = written(compact(x.answer.results()))
	}
	frames = append(frames, x.chunk("{}", end, `"`+x.answer.finish+`"`))
	if x.question.usage {
		frames = append(frames, x.frame("[]", x.chatUsage()))
	}
	return append(frames, frame{data: written("[DONE]")})
}

// promptFrame begins a stream with what the filter found in the prompt.
func promptFrame() frame {
	return frame{data: `{"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":` + safePromptResults + `}`}
}

// chunk is a frame with one choice in it, whose parts are JSON.
func (x exchange) chunk(delta string, results written, finish string) frame {
	return x.frame(`[{"content_filter_results":`+string(results)+`,"delta":`+delta+`,"finish_reason":`+finish+`,"index":0,"logprobs":null}]`, "null")
}

// frame is one chunk. Once the usage is asked for, every chunk has the key.
func (x exchange) frame(choices, usage string) frame {
	s := `{"choices":` + choices + `,"created":` + x.created() + `,"id":"chatcmpl-` + x.id + `","model":` + compact(x.deployment.served()) +
		`,"obfuscation":"` + obfuscation() + `","object":"chat.completion.chunk","system_fingerprint":` + x.fingerprint()
	if x.question.usage {
		s += `,"usage":` + usage
	}
	return frame{data: written(s + "}")}
}

// chatBroken is the error object that a stream can end in, although its status
// was 200.
func chatBroken(exchange, int) frame {
	return frame{data: written(modelError(serverError, "server_error", "", ""))}
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
		out = append(out, x.chunk(`{"content":`+compact(word)+`}`, "{}", "null"))
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
