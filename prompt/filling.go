package prompt

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/keyless-inference/action/document"
	"github.com/keyless-inference/action/sink"
)

// A filling fills in the texts of one file and remembers every mistake that it
// meets.
type filling struct {
	file string
	vars Vars
	data []Untrusted

	outside map[string]Untrusted // data by name
	names   []string             // all that are given, sorted
	used    map[string]bool      // names of data that stand in a message
	told    map[string]bool      // names of variables without a value
	twice   []*Error             // names that are given twice
	errs    []*Error             // mistakes in the file
}

func newFilling(file string, vars Vars, data []Untrusted) *filling {
	f := &filling{
		file: file, vars: vars, data: data, outside: map[string]Untrusted{},
		names: vars.names(), used: map[string]bool{}, told: map[string]bool{},
	}
	for _, u := range data {
		_, trusted := vars[u.Name]
		_, again := f.outside[u.Name]
		if trusted || again {
			f.twice = append(f.twice, &Error{File: "untrusted", Line: u.line, Column: u.column, Msg: fmt.Sprintf(
				"the name %q is given twice: text from outside needs a name that no other variable has, so that {{%s}} can mean only one of them", u.Name, u.Name)})
		}
		f.outside[u.Name] = u
		f.names = append(f.names, u.Name)
	}
	slices.Sort(f.names)
	f.names = slices.Compact(f.names)
	return f
}

// err joins the mistakes.
func (f *filling) err() error { return errors.Join(document.Join(f.twice), document.Join(f.errs)) }

// fill returns the content of m with its placeholders filled in. Text from
// outside has a value in a user message only.
func (f *filling) fill(m Message) string {
	value := f.vars.value
	if m.Role == "user" {
		value = f.value
	}
	text, holes := expand(m.Content, value)
	holes = slices.DeleteFunc(holes, func(h hole) bool {
		again := f.told[h.name]
		_, misplaced := f.outside[h.name] // has to be mended in every place
		f.told[h.name] = !misplaced
		return again
	})
	var offsets []int
	for _, h := range holes {
		offsets = append(offsets, h.at)
	}
	for i, at := range m.origin.Locate(m.Content, offsets) {
		f.errs = append(f.errs, &Error{File: f.file, Line: at.Line, Column: at.Column, Msg: f.explain(holes[i].name, m.Role)})
	}
	return text
}

// value is what stands in a user message for a variable. Each use of a text from
// outside has tags of its own, so that no two of them can be taken for a pair.
func (f *filling) value(name string) (string, bool) {
	u, ok := f.outside[name]
	if !ok {
		return f.vars.value(name)
	}
	f.used[name] = true
	return sink.Data(u.Name, u.Text), true
}

// explain says why a message of the role has no value for a variable.
func (f *filling) explain(name, role string) string {
	if _, ok := f.outside[name]; ok {
		return fmt.Sprintf("{{%s}} can't be used in a message of the role %s: text from outside must not speak as the %s; "+
			"put {{%s}} into a user message, or leave it out: it is then appended to the last user message", name, role, role, name)
	}
	given := "no variables are given: input, file_input and untrusted give them"
	if len(f.names) > 0 {
		given = "given: " + some(f.names)
	}
	suggestion := ""
	if len(f.errs) < document.MaxErrors { // comparing names takes its time, and no more is told
		suggestion = document.Suggest(name, f.names)
	}
	return fmt.Sprintf("the variable %q has no value%s (%s; to send the braces as they are, write \\{{%s}})",
		name, suggestion, given, name)
}

// append adds the data that no message uses to the last user message.
func (f *filling) append(messages []Message) {
	var names, texts []string
	for _, u := range f.data {
		if !f.used[u.Name] {
			names = append(names, u.Name)
			texts = append(texts, sink.Data(u.Name, u.Text))
		}
	}
	if len(names) == 0 {
		return
	}
	for i, m := range slices.Backward(messages) {
		if m.Role == "user" {
			messages[i].Content = strings.TrimRight(m.Content, "\n") + "\n\n" + strings.Join(texts, "\n\n")
			return
		}
	}
	f.errs = append(f.errs, &Error{File: f.file, Msg: fmt.Sprintf(
		"there is no user message for the text from outside (%s), which must not speak in any other role; add a user message", some(names))})
}
