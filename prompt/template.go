package prompt

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/keyless-inference/action/document"
)

// placeholder finds what the template language gives a meaning: the
// backslashes, the braces, and the name.
var placeholder = regexp.MustCompile(`(\\*)(\{\{[ \t]*([A-Za-z0-9_.-]+)[ \t]*\}\})`)

// variable is a whole name.
var variable = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)

// Expand returns a copy of p with the variables in the content of its messages
// replaced by their values; the package comment describes the language. A prompt
// that is no template, because it comes from [Text] or from Expand itself, keeps
// its braces.
//
// Each text of data goes into user messages, in a form that tells the model what
// it is, see [sink.Data]: where a placeholder names it, or else at the end of the
// last user message, in the order given.
//
// The error joins an [*Error] for each variable without a value, at its first
// place in the file, for each place outside of a user message that names a text
// of data, for each name that is given twice, and for data that is left without a
// user message.
func (p *Prompt) Expand(vars Vars, data ...Untrusted) (*Prompt, error) {
	out := *p
	out.Messages = slices.Clone(p.Messages)
	out.template = false
	f := newFilling(p.File, vars, data)
	for i, m := range p.Messages {
		if p.template && !m.literal {
			out.Messages[i].Content = f.fill(m)
		}
	}
	f.append(out.Messages)
	if err := f.err(); err != nil {
		return nil, err
	}
	return &out, nil
}

// Variables returns the names of the variables that [Prompt.Expand] needs,
// those of texts from outside among them, sorted, each one once; none if p is no
// template.
func (p *Prompt) Variables() []string {
	if !p.template {
		return nil
	}
	names := Vars{}
	for _, m := range p.Messages {
		for _, h := range m.holes() {
			names[h.name] = ""
		}
	}
	return names.names()
}

// holes are the places of m that a template fills in.
func (m Message) holes() []hole {
	if m.literal {
		return nil
	}
	_, holes := expand(m.Content, Vars(nil).value)
	return holes
}

// A Placeholder is a place of a template that names a variable.
type Placeholder struct {
	Name string // of the variable
	Role string // of the message
	document.Place
}

// Placeholders are all places that [Prompt.Expand] fills in, in order; none if p is
// no template.
func (p *Prompt) Placeholders() (all []Placeholder) {
	for _, m := range p.Messages {
		if !p.template {
			break
		}
		holes := m.holes()
		var offsets []int
		for _, h := range holes {
			offsets = append(offsets, h.at)
		}
		for i, at := range m.origin.Locate(m.Content, offsets) {
			all = append(all, Placeholder{holes[i].name, m.Role, at})
		}
	}
	return all
}

// Places are the offsets in text, a template, at which the variable of the name
// stands.
func Places(text, name string) (offsets []int) {
	_, holes := expand(text, Vars(nil).value)
	for _, h := range holes {
		if h.name == name {
			offsets = append(offsets, h.at)
		}
	}
	return offsets
}

// Fill returns text, a template that is no prompt file, with its variables
// replaced by their values, in the language that the package comment describes.
// The values decide nothing about the error, so a template can be checked before
// they are known. name is the template's name for errors. The error joins an
// [*Error] for each variable that vars do not have, at its first place.
func Fill(name, text string, vars Vars) (string, error) {
	f := newFilling(name, vars, nil)
	filled := f.fill(Message{Content: text, origin: document.Start(text)})
	if err := f.err(); err != nil {
		return "", err
	}
	return filled, nil
}

// A hole is a placeholder that could not be filled.
type hole struct {
	name string
	at   int // offset of the braces in the text
}

// expand fills the placeholders of text in one pass and returns those that have
// no value, in order.
func expand(text string, value func(name string) (string, bool)) (string, []hole) {
	var b strings.Builder
	var missing []hole
	done := 0
	for _, m := range placeholder.FindAllStringSubmatchIndex(text, -1) {
		slashes, braces, name := m[3]-m[2], text[m[4]:m[5]], text[m[6]:m[7]]
		b.WriteString(text[done : m[2]+slashes/2])
		done = m[1]
		if slashes%2 == 1 {
			b.WriteString(braces)
		} else if v, ok := value(name); ok {
			b.WriteString(v)
		} else {
			missing = append(missing, hole{name, m[4]})
		}
	}
	b.WriteString(text[done:])
	return b.String(), missing
}

// value returns the value of a variable, and whether there is one.
func (v Vars) value(name string) (string, bool) {
	value, ok := v[name]
	return value, ok
}

// names returns the names of the variables, sorted.
func (v Vars) names() []string { return slices.Sorted(maps.Keys(v)) }

// some lists names for an error, in at most about a line.
func some(names []string) string {
	const most = 12
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}
