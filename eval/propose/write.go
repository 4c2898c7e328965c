package propose

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strings"
	"unicode"

	"github.com/keyless-inference/action/wire"
)

// Write returns the text of a new prompt file: the old one byte for byte, and in it
// the rows of the proposal behind those that there are, each below a comment that
// says why it is there. A file without evaluators gets one that judges an answer
// against what its row expects. What comes out has been read again: besides the new
// rows and the evaluator it says what the old file says.
//
// Where not all rows fit into a prompt file ([prompt.MaxPrompt]), the text has those
// that do, beside an error.
func (p *Plan) Write(all Proposal) ([]byte, error) {
	if len(all.Rows) == 0 {
		return nil, errors.New("there is no row to write")
	}
	text, err := p.render(all)
	if err == nil {
		return text, nil
	}
	n := sort.Search(len(all.Rows), func(n int) bool {
		_, err := p.render(all.first(n + 1))
		return err != nil
	})
	if n == 0 {
		return nil, fmt.Errorf("writing the rows: %w", err)
	}
	text, worse := p.render(all.first(n))
	return text, cmp.Or(worse, fmt.Errorf("writing the rows: of %d the first %d fit: %w", len(all.Rows), n, err))
}

// first is the proposal with its first n rows.
func (all Proposal) first(n int) Proposal {
	all.Rows = all.Rows[:n]
	return all
}

// render writes the file and reads it again.
func (p *Plan) render(all Proposal) ([]byte, error) {
	items := []string{p.items(all), p.evaluator(all.Deployment)}
	order := []int{0, 1}[:len(p.slots)]
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p.slots[a].at, p.slots[b].at) })
	var out bytes.Buffer
	done := 0
	end := lineEnd(p.src)
	for _, i := range order {
		s := p.slots[i]
		out.Write(p.src[done:s.at])
		done = s.at
		if last := out.Bytes()[out.Len()-1]; last != '\n' && last != '\r' {
			out.WriteString(end)
		}
		out.WriteString(strings.ReplaceAll(s.text(items[i]), "\n", end))
	}
	out.Write(p.src[done:])
	return out.Bytes(), p.same(out.Bytes(), all.Rows)
}

// lineEnd is how lines end in src.
func lineEnd(src []byte) string {
	i := bytes.IndexAny(src, "\r\n")
	switch {
	case i < 0 || src[i] == '\n':
		return "\n"
	case bytes.HasPrefix(src[i:], []byte("\r\n")):
		return "\r\n"
	}
	return "\r"
}

// same checks that text says what the source says, with the rows and the evaluator
// besides.
func (p *Plan) same(text []byte, rows []Row) error {
	is, err := newState(p.file, text)
	if err != nil {
		return err
	}
	want := slices.Clone(p.was.rows)
	for _, row := range rows {
		want = append(want, p.object(row))
	}
	had := len(p.was.evaluators)
	if is.prompt != p.was.prompt || !slices.Equal(is.rows, want) ||
		len(is.evaluators) != had+len(p.slots)-1 || !slices.Equal(is.evaluators[:had], p.was.evaluators) {
		return errChanged
	}
	return nil
}

// object is the row as JSON, its keys in their order.
func (p *Plan) object(row Row) string {
	var b strings.Builder
	for i, key := range p.keys {
		b.WriteByte("{,"[min(i, 1)])
		b.WriteString(quoted(key) + ":" + quoted(row.Values[key]))
	}
	return b.String() + "}"
}

// quoted is text as JSON, without the escapes that only HTML needs.
func quoted(text string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.Encode(text) // a string always has an encoding, and a Buffer takes it
	return strings.TrimSuffix(b.String(), "\n")
}

// items are the rows as items of a list, at the margin.
func (p *Plan) items(all Proposal) string {
	var b strings.Builder
	for i, row := range all.Rows {
		if i == 0 {
			b.WriteString("# Proposed from the prompt. Review each row, mend what it expects, delete what is wrong.\n")
		}
		fmt.Fprintf(&b, "# %s\n", row.comment(all.Rules))
		for j, key := range p.keys {
			fmt.Fprintf(&b, "%c %s: %s\n", "- "[min(j, 1)], name(key), scalar(row.Values[key], "    "))
		}
	}
	return b.String()
}

// comment says in one line why the row is there.
func (row Row) comment(rules []Rule) string {
	if row.Rule < 1 || row.Rule > len(rules) {
		return wire.Line(row.Why, 500)
	}
	rule := rules[row.Rule-1]
	text := fmt.Sprintf("Rule %d: %s", row.Rule, wire.Line(rule.Text, 300))
	if row.Inverse {
		text += " Tempts to: " + wire.Line(rule.Inverse, 300)
	}
	return text + " Why: " + wire.Line(row.Why, 300)
}

// plain is a name that is a text in every kind of YAML, but for those of reserved.
var (
	plain    = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.-]*$`)
	reserved = regexp.MustCompile(`^(?i:null|true|false|yes|no|on|off|y|n)$`)
)

// name is a key of a map.
func name(key string) string {
	if plain.MatchString(key) && !reserved.MatchString(key) {
		return key
	}
	return escaped(key)
}

// scalar is a value of a map that reads back as text: a block where that shows the
// text as it is, else between quotation marks. A block stands at the margin.
func scalar(text, margin string) string {
	body, ended := strings.CutSuffix(text, "\n")
	if !blockable(body) {
		return escaped(text)
	}
	sign := "|-"
	if ended {
		sign = "|"
	}
	return sign + "\n" + strings.TrimSuffix(indented(body+"\n", margin), "\n")
}

// blockable reports whether a block shows text to a reader as it is: several lines,
// no blanks at their ends, and nothing that can't be seen.
func blockable(text string) bool {
	lines := strings.Split(text, "\n")
	for _, line := range lines {
		if strings.HasSuffix(line, " ") || strings.ContainsFunc(line, func(c rune) bool { return !unicode.IsPrint(c) }) {
			return false
		}
	}
	// A block that begins with a blank says by a number how far it is indented.
	return len(lines) > 1 && lines[0] != "" && lines[0][0] != ' ' && lines[len(lines)-1] != ""
}

// escapes are the short ones of https://yaml.org/spec/1.2.2/#57-escaped-characters
// that JSON has as well.
var escapes = map[rune]string{'"': `\"`, '\\': `\\`, '\n': `\n`, '\r': `\r`, '\t': `\t`}

// escaped is text between quotation marks. What can't be seen is there by its number.
func escaped(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range text {
		short, ok := escapes[c]
		switch {
		case ok:
			b.WriteString(short)
		case unicode.IsPrint(c):
			b.WriteRune(c)
		case c > 0xFFFF:
			fmt.Fprintf(&b, `\U%08X`, c)
		default:
			fmt.Fprintf(&b, `\u%04X`, c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
