package propose

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"github.com/keyless-inference/action/document"
	"github.com/keyless-inference/action/prompt"
)

// A slot is a place in a prompt file at which items of a list can stand.
type slot struct {
	at     int    // offset in the source, at the beginning of a line or at the end
	key    string // to be written before the items; "" where it is there
	margin int    // spaces before the key, or before the items where it is there
}

// text is what is written into the slot, with line feeds.
func (s slot) text(items string) string {
	margin := strings.Repeat(" ", s.margin)
	if s.key != "" {
		items = s.key + ":\n" + indented(items, "  ")
	}
	return indented(items, margin)
}

// indented is text with the margin before each line that is not empty.
func indented(text, margin string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if line != "\n" {
			b.WriteString(margin)
		}
		b.WriteString(line)
	}
	return b.String()
}

// place finds slots for the rows, and for the evaluator if there is to be one, by
// trying: those in which sample rows leave everything else as it was.
func (p *Plan) place(o *outline) []*document.Error {
	p.was, _ = newState(p.file, p.src) // what was parsed once is parsed again
	sample := Proposal{Rows: []Row{p.sample("one line"), p.sample("two\nlines"), p.sample("")}}
	judges := [][]slot{nil}
	if p.judge {
		judges = nil
		for _, s := range o.slots("evaluators", p.src) {
			judges = append(judges, []slot{s})
		}
		judges = append(judges, nil)
	}
	for _, judge := range judges {
		for _, rows := range o.slots("testData", p.src) {
			p.slots = append([]slot{rows}, judge...)
			if _, err := p.render(sample); err == nil {
				p.keepJudge(len(judge) > 0)
				return nil
			}
		}
	}
	return []*document.Error{document.NewError(p.file, o.placeOf("testData"), "%s", o.refusal(p.src))}
}

func (p *Plan) sample(value string) Row {
	row := Row{Values: map[string]string{}}
	for _, key := range p.keys {
		row.Values[key] = value
	}
	return row
}

// keepJudge says so where there is no place for the evaluator.
func (p *Plan) keepJudge(placed bool) {
	if p.judge && !placed {
		p.Notes = append(p.Notes, "no evaluator is proposed: evaluators is there and is no list with its items on lines of their own; remove the key, and one is proposed")
	}
	p.judge = placed
}

// refusal says why no slot would do, and what to do about it.
func (o *outline) refusal(src []byte) string {
	e, ok := o.entry("testData")
	_, block := dash(e.Value)
	switch {
	case ok && !block:
		return "rows can only be appended to a list that has each row on lines of its own, behind a dash; write testData that way, or remove the key if it is empty"
	case !bytes.HasSuffix(src, []byte("\n")):
		return "the file does not end with a line break, and rows behind it would add one to its last text; add one"
	}
	return "rows can't be appended to this file without changing what the rest of it says; write its keys one below the other, testData and evaluators last, without braces around them"
}

func (o *outline) placeOf(name string) document.Place {
	e, ok := o.entry(name)
	if !ok {
		return document.Place{}
	}
	pos := e.Key.GetToken().Position
	return document.Place{Line: pos.Line, Column: pos.Column}
}

// slots are the places at which items of the list might stand, the best first.
func (o *outline) slots(name string, src []byte) (all []slot) {
	starts := lines(src)
	begins := func(i int) int { // the line of the key of this number, from 0
		if i >= len(o.top) {
			return len(starts) - 1
		}
		return o.top[i].Key.GetToken().Position.Line - 1
	}
	margin := o.top[0].Key.GetToken().Position.Column - 1
	last := len(o.top) - 1
	i := slices.IndexFunc(o.top, func(e document.Entry) bool { return e.Name == name })
	if i >= 0 {
		column, _ := dash(o.top[i].Value)
		column = cmp.Or(column, margin+3)
		end := begins(i + 1)
		return []slot{{starts[content(src, starts, begins(i), end, margin)], "", column - 1}, {starts[end], "", column - 1}}
	}
	end := begins(last + 1)
	all = []slot{{starts[end], name, margin}, {starts[content(src, starts, begins(last), end, margin)], name, margin}}
	if last > 0 {
		all = append(all, slot{starts[content(src, starts, begins(last-1), begins(last), margin)], name, margin})
	}
	return all
}

// dash is the column of the dashes of a list whose items stand on lines of their
// own, or 0 where it has none yet; ok is false for what is no such list.
func dash(n ast.Node) (column int, ok bool) {
	if anchor, is := n.(*ast.AnchorNode); is {
		n = anchor.Value
	}
	switch n := n.(type) {
	case *ast.SequenceNode:
		if !n.IsFlowStyle {
			return n.Start.Position.Column, true
		}
	case *ast.NullNode:
		return 0, n.Token.Type == token.ImplicitNullType
	}
	return 0, false
}

// lines are the offsets at which the lines of src begin, and its length. Any kind
// of line break ends a line, as in YAML.
func lines(src []byte) []int {
	starts := []int{0}
	for i, c := range src {
		if c == '\n' || c == '\r' && !bytes.HasPrefix(src[i+1:], []byte("\n")) {
			starts = append(starts, i+1)
		}
	}
	if starts[len(starts)-1] != len(src) {
		starts = append(starts, len(src))
	}
	return starts
}

// idle is a line that belongs to no key: blank, a comment, or the end of the
// document.
var idle = regexp.MustCompile(`^([ \t]*|( *)#.*|\.\.\.([ \t].*)?|---[ \t]*)$`)

// content is the line after the last one, of those from begin to end, that belongs
// to the key in the line begin. Comments at the margin belong to what follows.
func content(src []byte, starts []int, begin, end, margin int) int {
	for end > begin+1 {
		line := strings.TrimRight(string(src[starts[end-1]:starts[end]]), "\r\n")
		m := idle.FindStringSubmatch(line)
		if m == nil || len(m[2]) > margin {
			break
		}
		end--
	}
	return end
}

// A state is all that a prompt file says, in a form that can be compared.
type state struct {
	prompt           string // but for the two lists
	rows, evaluators []string
}

var errChanged = errors.New("the text would say something else")

func newState(file string, src []byte) (state, error) {
	parsed, err := prompt.Parse(file, src)
	if err != nil {
		return state{}, err
	}
	rest := *parsed
	rest.TestData, rest.Evaluators = nil, nil
	text, err := json.Marshal(rest)
	if err != nil {
		return state{}, err
	}
	o := newOutline(file, src)
	s := state{prompt: string(text)}
	for _, row := range o.rows {
		s.rows = append(s.rows, string(o.reader.JSON(row)))
	}
	for _, e := range o.evaluators {
		s.evaluators = append(s.evaluators, string(e))
	}
	return s, nil
}
