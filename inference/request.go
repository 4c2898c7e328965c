package inference

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
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

	// Unchecked takes the answer as it comes, also where it does not fit Format and
	// Schema: it is not put back for repair.
	Unchecked bool

	// Whole asks for the answer in one piece instead of as a stream: for
	// gateways that cannot stream. A stall is then noticed only by the timeout.
	Whole bool

	// Began, if not nil, is called once when the first turn has come: until then
	// the request waits for the pacer.
	Began func()
}

// A Message is one turn of the conversation.
type Message struct {
	Role    string // system, developer, user or assistant
	Content string
}

// words are names of which one must be used; they are joined only when somebody
// has to be told.
type words []string

func (w words) String() string { return strings.Join(w, ", ") }

var (
	roles    = words{"system", "developer", "user", "assistant"}
	formats  = words{Text, JSONObject, JSONSchema}
	apiNames = words{Chat, Completions, Responses}
)

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
	Latency      time.Duration // from sending that attempt to its end: what the service took
	Total        time.Duration // the whole call, waits included, but that for the first turn of a pacer
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

// Add adds the tokens of another answer.
func (u *Usage) Add(v Usage) {
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

// Estimate is how many tokens the service takes the request for when it lets it
// in, by the rule that it documents: the prompt, counted by its characters, and
// the cap on the answer.
// See https://learn.microsoft.com/azure/ai-foundry/openai/how-to/quota.
func (q Request) Estimate() int64 {
	n := int64(3)
	for _, m := range q.Messages {
		n += int64(utf8.RuneCountInString(m.Content)/4 + 4)
	}
	if limit := cmp.Or(q.MaxCompletionTokens, q.MaxTokens); limit != nil {
		n += *limit
	}
	return n
}

// Check reports every mistake in q, joined. [Client.Ask] begins with it.
func (q Request) Check() error {
	var mistakes []error
	wrong := func(bad bool, format string, args ...any) {
		if bad {
			mistakes = append(mistakes, fmt.Errorf(format, args...))
		}
	}
	wrong(!slices.Contains(apiNames, q.api()), "the api %q is unknown: use %s", q.API, apiNames)
	mistakes = append(mistakes, checkDeployment(q.Deployment))
	wrong(len(q.Messages) == 0, "there is no message to send")
	for _, m := range q.Messages {
		wrong(!slices.Contains(roles, m.Role), "the role %q is unknown: use %s", m.Role, roles)
	}
	wrong(q.MaxTokens != nil && *q.MaxTokens < 1, "max-tokens must be at least 1")
	wrong(q.MaxCompletionTokens != nil && *q.MaxCompletionTokens < 1, "max-completion-tokens must be at least 1")
	wrong(!slices.Contains(formats, q.format()), "the response-format %q is unknown: use %s", q.Format, formats)
	wrong(q.format() == JSONSchema && q.Schema == nil, "response-format json_schema needs a json-schema")
	wrong(q.format() != JSONSchema && q.Schema != nil, "a json-schema needs response-format json_schema, not %q", q.Format)
	return errors.Join(mistakes...)
}

// checkDeployment says what is wrong with a deployment's name.
func checkDeployment(name string) error {
	switch name {
	case "":
		return errors.New("no deployment is named")
	case ".", "..": // it would lead elsewhere in a path
		return fmt.Errorf("%q is no deployment's name", name)
	}
	return nil
}

// Body is the request as JSON, as it is sent first, before anything is learned of
// what the model takes. q must have passed Check.
func (q Request) Body() ([]byte, error) {
	with := settings{q.MaxTokens, q.MaxCompletionTokens, q.Temperature, q.TopP, q.ReasoningEffort}
	return apis[q.api()].params(q, with, q.Messages).MarshalJSON()
}
