package prompt

import (
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/keyless-inference/action/document"
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

	origin  document.Origin // where Content stands in the file
	literal bool            // braces in it are only braces, also in a template
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

// Template returns a prompt whose messages are templates, as those of a prompt
// file are, but stand in another file. file is its name for errors.
func Template(file string, messages ...Message) *Prompt {
	return &Prompt{File: file, Messages: messages, template: true}
}

// From returns m with the origin of its content in the file, for errors.
func (m Message) From(origin document.Origin) Message {
	m.origin = origin
	return m
}

// Literal returns m as a message whose content goes out as it is, whatever braces
// it has, also in a [Template].
func (m Message) Literal() Message {
	m.literal = true
	return m
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
