package prompt

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// placeholder finds what the template language gives a meaning: the
// backslashes, the braces, and the name.
var placeholder = regexp.MustCompile(`(\\*)(\{\{[ \t]*([A-Za-z0-9_.-]+)[ \t]*\}\})`)

// variable is a whole name.
var variable = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)

// Expand returns a copy of p with the variables in the content of its messages
// replaced by their values; the package comment describes the language. The
// error joins an [*Error] for each variable without a value, at its first
// place in the file. A prompt that is no template, because it comes from [Text]
// or from Expand itself, is returned as it is.
func (p *Prompt) Expand(vars Vars) (*Prompt, error) {
	out := *p
	out.Messages = slices.Clone(p.Messages)
	out.template = false
	if !p.template {
		return &out, nil
	}
	var errs []*Error
	told := map[string]bool{}
	for i, m := range p.Messages {
		text, missing := expand(m.Content, vars)
		out.Messages[i].Content = text
		missing = slices.DeleteFunc(missing, func(h hole) bool {
			again := told[h.name]
			told[h.name] = true
			return again
		})
		errs = append(errs, p.missing(m, missing, vars)...)
	}
	if len(errs) > 0 {
		return nil, join(errs)
	}
	return &out, nil
}

// Variables returns the names of the variables that [Prompt.Expand] needs,
// sorted, each one once; none if p is no template.
func (p *Prompt) Variables() []string {
	names := Vars{}
	for _, m := range p.Messages {
		_, missing := expand(m.Content, nil)
		for _, h := range missing {
			names[h.name] = ""
		}
	}
	if !p.template {
		return nil
	}
	return names.names()
}

// A hole is a placeholder that could not be filled.
type hole struct {
	name string
	at   int // offset of the braces in the text
}

// expand fills the placeholders of text in one pass and returns those that have
// no value, in order.
func expand(text string, vars Vars) (string, []hole) {
	var b strings.Builder
	var missing []hole
	done := 0
	for _, m := range placeholder.FindAllStringSubmatchIndex(text, -1) {
		slashes, braces, name := m[3]-m[2], text[m[4]:m[5]], text[m[6]:m[7]]
		b.WriteString(text[done : m[2]+slashes/2])
		done = m[1]
		value, ok := vars[name]
		switch {
		case slashes%2 == 1:
			b.WriteString(braces)
		case ok:
			b.WriteString(value)
		default:
			missing = append(missing, hole{name, m[4]})
		}
	}
	b.WriteString(text[done:])
	return b.String(), missing
}

// missing makes the errors for the holes in m.
func (p *Prompt) missing(m Message, holes []hole, vars Vars) []*Error {
	var offsets []int
	for _, h := range holes {
		offsets = append(offsets, h.at)
	}
	var errs []*Error
	for i, at := range m.origin.locate(m.Content, offsets) {
		name := holes[i].name
		errs = append(errs, &Error{File: p.File, Line: at.line, Column: at.column, Msg: fmt.Sprintf(
			"the variable %q has no value%s (%s; to send the braces as they are, write \\{{%s}})",
			name, suggest(name, vars.names()), vars.given(), name)})
	}
	return errs
}

// names returns the names of the variables, sorted.
func (v Vars) names() []string { return slices.Sorted(maps.Keys(v)) }

// given lists the variables for an error, in at most about a line.
func (v Vars) given() string {
	const most = 12
	names := v.names()
	switch {
	case len(names) == 0:
		return "no variables are given"
	case len(names) > most:
		return fmt.Sprintf("given: %s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return "given: " + strings.Join(names, ", ")
}
