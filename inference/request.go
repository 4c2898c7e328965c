package inference

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// The APIs that a [Request] may name.
const (
	Chat        = "chat"        // chat completions; what "" means
	Responses   = "responses"   // the Responses API, for models that have no chat completions
	Completions = "completions" // legacy completions, for instruct models
)

// The formats that a [Request] may ask for.
const (
	Text       = "text" // what "" means
	JSONObject = "json_object"
	JSONSchema = "json_schema"
)

// A Request is one question to one deployment. Optional parameters are sent
// only when they are given: the service's defaults hold, and there is no cap on
// the answer (but for legacy completions, where the service's own is 16 tokens).
type Request struct {
	API        string // [Chat], [Responses] or [Completions]; "" means Chat
	Deployment string // the deployment's name, which need not be the model's
	Messages   []Message

	// The cap of the answer in tokens, hidden reasoning included. Reasoning
	// models take MaxCompletionTokens alone, older ones MaxTokens; the wrong
	// one is swapped when the service says so. The Responses API and legacy
	// completions have one cap: it is whichever is given, MaxCompletionTokens
	// and MaxTokens respectively being preferred.
	MaxTokens, MaxCompletionTokens *int64

	Temperature *float64 // 0 to 2
	TopP        *float64 // 0 to 1

	// ReasoningEffort is passed on as it is: none, minimal, low, medium, high,
	// xhigh or max, depending on the model. Legacy completions do not know it.
	ReasoningEffort string

	Format string  // [Text], [JSONObject] or [JSONSchema]; "" means JSONSchema with a Schema, else Text
	Schema *Schema // the answer must fit it; needs Format JSONSchema or ""

	// Whole asks for the answer in one piece instead of as a stream: for
	// gateways that cannot stream. A stall is then noticed only by the timeout.
	Whole bool
}

// A Message is one turn of the conversation.
type Message struct {
	Role    string // system, developer, user or assistant
	Content string
}

var roles = []string{"system", "developer", "user", "assistant"}

// An Answer is what came back. Beside an error it holds what arrived before:
// the longest partial text, and what is known of the rest.
type Answer struct {
	Text         string
	Refusal      string        // the model's words when it declined; Ask then fails
	FinishReason string        // stop, length (the text is cut) or content_filter; "" when the answer did not end
	Model        string        // as served; the Responses API repeats the deployment's name
	RequestID    string        // of the last attempt, for Azure's support
	Usage        Usage         // summed over everything that reported it
	Attempts     int           // HTTP requests sent
	FirstToken   time.Duration // from sending the attempt that was answered to its first text
	Total        time.Duration // the whole call, waits included
	Filtered     []Category    // what the content filter blocked
	Repaired     bool          // the first answer did not fit and a second was asked for
}

// Usage counts tokens as the service reports and bills them.
type Usage struct {
	Prompt     int64
	Completion int64 // Reasoning included
	Total      int64
	Cached     int64 // the part of Prompt that was found in the prompt cache
	Reasoning  int64 // the part of Completion that stays hidden
}

func (u *Usage) add(v Usage) {
	u.Prompt += v.Prompt
	u.Completion += v.Completion
	u.Total += v.Total
	u.Cached += v.Cached
	u.Reasoning += v.Reasoning
}

func (q Request) api() string {
	if q.API == "" {
		return Chat
	}
	return q.API
}

func (q Request) format() string {
	switch {
	case q.Format != "":
		return q.Format
	case q.Schema != nil:
		return JSONSchema
	}
	return Text
}

// Check reports every mistake in q, joined. [Client.Ask] begins with it.
func (q Request) Check() error {
	var mistakes []error
	wrong := func(bad bool, format string, args ...any) {
		if bad {
			mistakes = append(mistakes, fmt.Errorf(format, args...))
		}
	}
	_, known := apis[q.api()]
	wrong(!known, "the api %q is unknown: use %s", q.API, strings.Join(slices.Sorted(maps.Keys(apis)), ", "))
	wrong(q.Deployment == "", "no deployment is named")
	wrong(q.Deployment == "." || q.Deployment == "..", "%q is no deployment's name", q.Deployment)
	wrong(len(q.Messages) == 0, "there is no message to send")
	for _, m := range q.Messages {
		wrong(!slices.Contains(roles, m.Role), "the role %q is unknown: use %s", m.Role, strings.Join(roles, ", "))
	}
	wrong(q.MaxTokens != nil && *q.MaxTokens < 1, "max-tokens must be at least 1")
	wrong(q.MaxCompletionTokens != nil && *q.MaxCompletionTokens < 1, "max-completion-tokens must be at least 1")
	formats := []string{Text, JSONObject, JSONSchema}
	wrong(!slices.Contains(formats, q.format()), "the response-format %q is unknown: use %s", q.Format, strings.Join(formats, ", "))
	wrong(q.format() == JSONSchema && q.Schema == nil, "response-format json_schema needs a json-schema")
	wrong(q.format() != JSONSchema && q.Schema != nil, "a json-schema needs response-format json_schema, not %q", q.Format)
	return errors.Join(mistakes...)
}
