package prompt

import (
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// A Prompt is what is sent to a model: messages, and what the prompt file says
// about the model and its answer. Make one with [Parse] or [Text].
type Prompt struct {
	File        string // the name of the file, for errors; "" if there is none
	Name        string // for people
	Description string // for people
	Model       string // as written, perhaps with a publisher in front; "" if the file names none

	Parameters     Parameters
	ResponseFormat string // "", "text", "json_object" or "json_schema"

	// JSONSchema is the wrapper {"name": …, "schema": {…}} as JSON text, or nil.
	// It is never nil when ResponseFormat is json_schema.
	JSONSchema []byte

	Messages []Message // never empty after Parse

	// TestData and Evaluators are the items of these two lists as they were
	// parsed. Each one is a map without duplicate keys; what the keys mean has
	// not been checked, and aliases are not resolved.
	TestData, Evaluators []ast.Node

	template bool // the messages contain variables to fill in
}

// Parameters are the settings of a model. Nil means that the file does not
// give the setting, and that the service decides.
type Parameters struct {
	MaxTokens           *int64   // upper bound of the answer in tokens, from 1; reasoning models refuse it
	MaxCompletionTokens *int64   // the same, the tokens for reasoning included, from 1
	Temperature         *float64 // randomness, 0 to 2
	TopP                *float64 // share of the probability mass to sample from, 0 to 1
}

// A Message is one turn of the conversation.
type Message struct {
	Role    string // "system", "user" or "assistant"
	Content string

	origin origin // where Content stands in the file
}

// Text returns a plain prompt: the text of the user, preceded by a system
// message unless system is empty. It is no template, so [Prompt.Expand] leaves
// it as it is.
func Text(system, user string) *Prompt {
	p := new(Prompt)
	if system != "" {
		p.Messages = append(p.Messages, Message{Role: "system", Content: system})
	}
	p.Messages = append(p.Messages, Message{Role: "user", Content: user})
	return p
}

// IsPromptFile reports whether a file of this name is read by [Parse]: it ends
// in .prompt.yml or .prompt.yaml, in small or capital letters.
func IsPromptFile(name string) bool {
	name = strings.ToLower(name)
	return strings.HasSuffix(name, ".prompt.yml") || strings.HasSuffix(name, ".prompt.yaml")
}

// BareModel is a model's name without a publisher: gpt-4o for openai/gpt-4o.
func BareModel(model string) string {
	return model[strings.LastIndex(model, "/")+1:]
}
