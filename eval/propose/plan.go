package propose

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"

	"github.com/keyless-inference/action/document"
	"github.com/keyless-inference/action/prompt"
)

const (
	expected = "expected" // the key of what a row expects of the answer

	maxKeys    = 50      // of a row; strict schemas have room for a hundred properties
	maxSubject = 200_000 // characters of a prompt that are read
	shownRows  = 10      // of those that are there, as examples
)

// A Plan is a prompt file that rows can be proposed for. Make it with [Read].
type Plan struct {
	// Notes say what a person should know of what will be proposed, and what not.
	Notes []string

	file      string
	src       []byte
	prompt    *prompt.Prompt
	subject   string // the file in words, for the model
	variables []string
	keys      []string        // of each row, the variables among them
	known     map[string]bool // the rows there are, see signature
	judge     bool            // an evaluator is proposed, too

	was   state // of the source
	slots []slot
}

// Read reads the prompt file src and checks that rows can be proposed for it and
// appended to it. file is its name for errors. The error joins a [*document.Error]
// for each mistake, as that of [prompt.Parse] does.
func Read(file string, src []byte) (*Plan, error) {
	parsed, err := prompt.Parse(file, src)
	if err != nil {
		return nil, err
	}
	p := &Plan{file: file, src: src, prompt: parsed, known: map[string]bool{}}
	for _, hole := range parsed.Placeholders() {
		if !slices.Contains(p.variables, hole.Name) {
			p.variables = append(p.variables, hole.Name)
		}
	}
	o := newOutline(file, src)
	o.check(p)
	p.read(o)
	o.reader.Add(p.place(o)...)
	if err := o.reader.Err(); err != nil {
		return nil, err
	}
	return p, nil
}

// An outline is a prompt file as the text that it is.
type outline struct {
	reader     *document.Reader
	top        []document.Entry // the keys of the file
	rows       []ast.Node
	evaluators []json.RawMessage
}

func newOutline(file string, src []byte) *outline {
	o := &outline{reader: document.NewReader(file, src)}
	root := o.reader.Parse() // the same text has been parsed before, so it is there
	o.top, _ = o.reader.Entries(root)
	if e, ok := o.entry("testData"); ok {
		o.rows, _ = o.reader.Items(e.Value)
	}
	if e, ok := o.entry("evaluators"); ok {
		items, _ := o.reader.Items(e.Value)
		for _, item := range items {
			o.evaluators = append(o.evaluators, o.reader.JSON(item))
		}
	}
	return o
}

// entry is the key of the file with this name.
func (o *outline) entry(name string) (document.Entry, bool) {
	i := slices.IndexFunc(o.top, func(e document.Entry) bool { return e.Name == name })
	if i < 0 {
		return document.Entry{}, false
	}
	return o.top[i], true
}

// check looks for what makes it pointless to ask for rows.
func (o *outline) check(p *Plan) {
	e, _ := o.entry("messages")
	if len(p.variables) == 0 {
		o.reader.Fail(e.Key, "no message has a {{variable}}, so every test row would ask the same; put what varies into one")
	}
}

// read finds out what the rows have that there are.
func (p *Plan) read(o *outline) {
	expects := 0
	for _, row := range o.rows {
		entries, _ := o.reader.Entries(row)
		values := map[string]string{}
		for _, e := range entries {
			values[e.Name], _ = o.reader.Scalar(e.Value)
			if !slices.Contains(p.keys, e.Name) {
				p.keys = append(p.keys, e.Name)
			}
		}
		if _, ok := values[expected]; ok {
			expects++
		}
		p.known[p.signature(values)] = true
	}
	p.complete(o)
	p.judge = len(o.evaluators) == 0 && expects == len(o.rows)
	if len(o.evaluators) == 0 && !p.judge {
		p.Notes = append(p.Notes, "no evaluator is proposed: the rows that are there do not all have the key expected, which it would compare with")
	}
	p.subject = o.describe(p.prompt)
	if n := utf8.RuneCountInString(p.subject); n > maxSubject {
		o.reader.FailAt(document.Place{}, "the prompt, its evaluators and its first rows are %d characters long; rows are proposed for up to %d", n, maxSubject)
	}
}

// complete adds the keys that a row needs, and those that are useful where no row
// shows what is wanted.
func (p *Plan) complete(o *outline) {
	wanted := slices.Clone(p.variables)
	if len(o.rows) == 0 {
		wanted = slices.Concat(wanted, o.wants(), []string{expected})
	}
	for _, key := range wanted {
		if !slices.Contains(p.keys, key) {
			p.keys = append(p.keys, key)
		}
	}
	if len(p.keys) > maxKeys {
		o.reader.FailAt(document.Place{}, "a row has %d keys; rows are proposed with up to %d", len(p.keys), maxKeys)
	}
}

// wants are the variables that the evaluators fill in. Of those that are built in
// all but one look at the input.
func (o *outline) wants() (names []string) {
	for _, text := range o.evaluators {
		var e struct{ Uses string }
		_ = json.Unmarshal(text, &e) // what is no text is a mistake that an evaluation tells
		if e.Uses != "" && e.Uses != "github/fluency" {
			names = append(names, "input")
		}
		names = append(names, prompt.Template("", prompt.Message{Content: string(text)}).Variables()...)
	}
	return slices.DeleteFunc(names, func(name string) bool { return name == "completion" })
}

// describe tells in words what the file says, for the model.
func (o *outline) describe(p *prompt.Prompt) string {
	var b strings.Builder
	part := func(title, text string) {
		if text != "" {
			fmt.Fprintf(&b, "== %s\n%s\n\n", title, strings.TrimRight(text, "\n"))
		}
	}
	part("name", p.Name)
	part("description", p.Description)
	for _, m := range p.Messages {
		part(m.Role+" message", m.Content)
	}
	part("format of the answer", p.ResponseFormat)
	part("JSON schema of the answer", string(p.JSONSchema))
	part("evaluators", jsonLines(o.evaluators))
	var rows []json.RawMessage
	for _, row := range o.rows[:min(len(o.rows), shownRows)] {
		rows = append(rows, o.reader.JSON(row))
	}
	part("test rows that there are", jsonLines(rows))
	return b.String()
}

func jsonLines(all []json.RawMessage) string {
	var b strings.Builder
	for _, text := range all {
		b.Write(text)
		b.WriteByte('\n')
	}
	return b.String()
}

// signature is the same for rows that ask the same.
func (p *Plan) signature(values map[string]string) string {
	all := make([]string, len(p.variables))
	for i, name := range p.variables {
		all[i] = strings.TrimSpace(values[name])
	}
	text, _ := json.Marshal(all) // a list of strings always has an encoding
	return string(text)
}
