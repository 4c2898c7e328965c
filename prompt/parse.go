package prompt

import (
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/keyless-inference/action/document"
)

// Parse reads a prompt file. file is its name for errors. The error joins an
// [*Error] for each mistake, with line and column. Where the YAML itself is at
// fault (its syntax, duplicate keys, tags, aliases), only that is reported.
func Parse(file string, src []byte) (*Prompt, error) {
	r := document.NewReader(file, src)
	p := Read(file, r)
	if err := r.Err(); err != nil {
		return nil, err
	}
	return p, nil
}

// Read is [Parse] for a caller who goes on with TestData and Evaluators: r has the
// document, resolves their nodes and remembers the mistakes. Where it has some, the
// prompt is what could be read, and perhaps empty.
func Read(file string, doc *document.Reader) *Prompt {
	p := &Prompt{File: file, template: true}
	r := reader{doc}
	switch root := r.Parse(); {
	case root != nil:
		r.prompt(root, p)
	case r.Mistakes() == 0:
		r.FailAt(document.Place{}, "the file is empty; a prompt file has at least messages")
	}
	return p
}

// prompt reads the whole file into p.
func (r reader) prompt(root ast.Node, p *Prompt) {
	given := r.Fields(root, "a prompt file", []document.Field{
		{Name: "name", Read: r.Text(&p.Name)},
		{Name: "description", Read: r.Text(&p.Description)},
		{Name: "model", Read: r.Text(&p.Model)},
		{Name: "modelParameters", Read: func(e document.Entry) { r.parameters(e.Value, &p.Parameters) }},
		{Name: "responseFormat", Read: r.Choice(&p.ResponseFormat, "text", "json_object", "json_schema")},
		{Name: "jsonSchema", Read: r.schema(&p.JSONSchema)},
		{Name: "messages", Read: r.messages(&p.Messages)},
		{Name: "testData", Read: r.Maps(&p.TestData)},
		{Name: "evaluators", Read: r.Maps(&p.Evaluators)},
	})
	if given == nil {
		return // not even a map
	}
	if given["messages"] == nil {
		r.Fail(root, "messages is missing; a prompt has at least one message")
	}
	if schema := given["jsonSchema"]; p.ResponseFormat == "json_schema" && (schema == nil || r.Kind(schema) == "nothing") {
		r.Fail(given["responseFormat"], "responseFormat json_schema needs a jsonSchema")
	}
}

// messages reads the messages.
func (r reader) messages(into *[]Message) func(document.Entry) {
	return func(e document.Entry) {
		items, ok := r.Items(e.Value)
		switch {
		case !ok:
			r.Fail(e.Value, "messages must be a list, not %s", r.Kind(e.Value))
		case len(items) == 0:
			r.Fail(e.Key, "messages is empty; a prompt has at least one message")
		}
		for _, item := range items {
			*into = append(*into, r.message(item))
		}
	}
}

func (r reader) message(n ast.Node) Message {
	var m Message
	given := r.Fields(n, "a message", []document.Field{
		{Name: "role", Read: r.role(&m.Role)},
		{Name: "content", Read: func(e document.Entry) {
			r.Text(&m.Content)(e)
			if _, ok := r.Scalar(e.Value); ok && strings.TrimSpace(m.Content) == "" {
				r.Fail(e.Key, "the content of the message is empty")
			}
			m.origin = r.Origin(e.Value)
		}},
	})
	for _, name := range []string{"role", "content"} {
		if given != nil && given[name] == nil {
			r.Fail(n, "the message has no %s", name)
		}
	}
	return m
}

// role reads the role of a message.
func (r reader) role(into *string) func(document.Entry) {
	return func(e document.Entry) {
		if text, _ := r.Scalar(e.Value); text == "developer" {
			r.Fail(e.Value, "the format has no role developer; write system, which models that know developer treat alike")
			return
		}
		r.Choice(into, "system", "user", "assistant")(e)
		if _, ok := r.Scalar(e.Value); ok && *into == "" {
			r.Fail(e.Key, "the role of the message is empty")
		}
	}
}

// parameters reads modelParameters.
func (r reader) parameters(n ast.Node, p *Parameters) {
	r.Fields(n, "modelParameters", []document.Field{
		{Name: "maxTokens", Read: document.Optional(r.Reader, "a whole number from 1", positive, &p.MaxTokens)},
		{Name: "maxCompletionTokens", Read: document.Optional(r.Reader, "a whole number from 1", positive, &p.MaxCompletionTokens)},
		{Name: "temperature", Read: document.Optional(r.Reader, "a number from 0 to 2", upTo(2), &p.Temperature)},
		{Name: "topP", Read: document.Optional(r.Reader, "a number from 0 to 1", upTo(1), &p.TopP)},
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
