package prompt

import (
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// Parse reads a prompt file. file is its name for errors. The error joins an
// [*Error] for each mistake, with line and column. Where the YAML itself is at
// fault (its syntax, duplicate keys, tags, aliases), only that is reported.
func Parse(file string, src []byte) (*Prompt, error) {
	r := newReader(file, src)
	p := &Prompt{File: file, template: true}
	switch root := r.parse(); {
	case root != nil:
		r.prompt(root, p)
	case len(r.errs) == 0:
		r.failAt(0, 0, "the file is empty; a prompt file has at least messages")
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	return p, nil
}

// prompt reads the whole file into p.
func (r *reader) prompt(root ast.Node, p *Prompt) {
	given := r.fields(root, "a prompt file", []field{
		{"name", r.text(&p.Name)},
		{"description", r.text(&p.Description)},
		{"model", r.text(&p.Model)},
		{"modelParameters", func(e entry) { r.parameters(e.value, &p.Parameters) }},
		{"responseFormat", r.choice(&p.ResponseFormat, "text", "json_object", "json_schema")},
		{"jsonSchema", r.schema(&p.JSONSchema)},
		{"messages", r.messages(&p.Messages)},
		{"testData", r.maps(&p.TestData)},
		{"evaluators", r.maps(&p.Evaluators)},
	})
	if given == nil {
		return // not even a map
	}
	if given["messages"] == nil {
		r.fail(root, "messages is missing; a prompt has at least one message")
	}
	if schema := given["jsonSchema"]; p.ResponseFormat == "json_schema" && (schema == nil || r.kind(schema) == "nothing") {
		r.fail(given["responseFormat"], "responseFormat json_schema needs a jsonSchema")
	}
}

// messages reads the messages.
func (r *reader) messages(into *[]Message) func(entry) {
	return func(e entry) {
		items, ok := r.items(e.value)
		switch {
		case !ok:
			r.fail(e.value, "messages must be a list, not %s", r.kind(e.value))
		case len(items) == 0:
			r.fail(e.key, "messages is empty; a prompt has at least one message")
		}
		for _, item := range items {
			*into = append(*into, r.message(item))
		}
	}
}

func (r *reader) message(n ast.Node) Message {
	var m Message
	given := r.fields(n, "a message", []field{
		{"role", r.role(&m.Role)},
		{"content", func(e entry) {
			r.text(&m.Content)(e)
			if _, ok := r.scalar(e.value); ok && strings.TrimSpace(m.Content) == "" {
				r.fail(e.key, "the content of the message is empty")
			}
			m.origin = r.origin(e.value)
		}},
	})
	for _, name := range []string{"role", "content"} {
		if given != nil && given[name] == nil {
			r.fail(n, "the message has no %s", name)
		}
	}
	return m
}

// role reads the role of a message.
func (r *reader) role(into *string) func(entry) {
	return func(e entry) {
		if text, _ := r.scalar(e.value); text == "developer" {
			r.fail(e.value, "the format has no role developer; write system, which models that know developer treat alike")
			return
		}
		r.choice(into, "system", "user", "assistant")(e)
		if _, ok := r.scalar(e.value); ok && *into == "" {
			r.fail(e.key, "the role of the message is empty")
		}
	}
}

// parameters reads modelParameters.
func (r *reader) parameters(n ast.Node, p *Parameters) {
	r.fields(n, "modelParameters", []field{
		{"maxTokens", optional(r, "a whole number from 1", positive, &p.MaxTokens)},
		{"maxCompletionTokens", optional(r, "a whole number from 1", positive, &p.MaxCompletionTokens)},
		{"temperature", optional(r, "a number from 0 to 2", upTo(2), &p.Temperature)},
		{"topP", optional(r, "a number from 0 to 1", upTo(1), &p.TopP)},
	})
}

func positive(digits string) (int64, bool) {
	v, err := strconv.ParseInt(digits, 10, 64)
	return v, err == nil && v >= 1
}

func upTo(limit float64) func(string) (float64, bool) {
	return func(digits string) (float64, bool) {
		v, err := strconv.ParseFloat(digits, 64)
		return v, err == nil && v >= 0 && v <= limit
	}
}
