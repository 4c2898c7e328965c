package scan

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Fix is the text as it would be without the use of keys, as far as it can be
// rewritten safely; else the text as it is. Comments and formatting stay. What
// it returns gives [Text] less to find, and Fix has nothing more to do with it.
//
// It rewrites what it understands as a whole: a client that is made by a known
// type of a known module, an account whose flag is a literal, a step whose job
// can get an ID token. Texts that are no UTF-8, or larger than [fixLimit], stay.
//
// wanted are those of a text's matches that may be mended; nil stands for all. A
// line with another one stays as it is, and so does all that would change it.
func Fix(name string, data []byte, wanted func(text []byte, found []Match) []Match) []byte {
	out := data
	for range fixRounds {
		next := fixOnce(name, out, wanted)
		if bytes.Equal(next, out) {
			return out
		}
		out = next
	}
	return data
}

// fixLimit is the size up to which a text is rewritten, in bytes; fixRounds is
// how often, for what comes to light by an earlier change.
const (
	fixLimit  = 1 << 20
	fixRounds = 6
)

// Fixable reports whether Fix may rewrite what a rule finds in a file of this
// name. It knows the kinds of file only: whether it can this one, Fix says.
func Fixable(rule, name string) bool {
	return slices.Contains(fixRules[formatOf(name, nil).name], rule)
}

var fixRules = map[string][]string{
	"workflow": {"KL101", "KL104", "KL105"}, "python": {"KL301", "KL302", "KL304"}, "javascript": {"KL301", "KL302", "KL304"},
	"go": {"KL301", "KL302"}, "bicep": {"KL502"}, "arm": {"KL502"}, "json": {"KL502"}, "terraform": {"KL502"},
}

// fixers are what rewrites a format.
var fixers = map[string]func(*fixer){
	"workflow": fixWorkflow, "python": fixPython, "javascript": fixJavaScript, "go": fixGo,
	"bicep": fixBicep, "arm": fixARM, "json": fixARM, "terraform": fixTerraform,
}

// fixOnce rewrites a text, if the result has fewer findings.
func fixOnce(name string, data []byte, wanted func(text []byte, found []Match) []Match) []byte {
	fix := fixers[formatOf(name, data).name]
	if fix == nil || len(data) > fixLimit || !utf8.Valid(data) {
		return data
	}
	found := Text(name, data)
	if len(found) == 0 {
		return data
	}
	f := &fixer{text: &text{name: name, data: data, format: formatOf(name, data), lookup: formatOf}, all: found, matches: found}
	if wanted != nil {
		f.matches = wanted(data, found)
	}
	fix(f)
	out, ok := f.applied()
	if !ok || len(Text(name, out)) >= len(found) {
		return data
	}
	return out
}

// A fixer collects the edits of one text.
type fixer struct {
	*text
	all     []Match
	matches []Match // those of all that are wanted
	edits   []fixEdit
}

// A fixEdit puts text in the place of data[start:end].
type fixEdit struct {
	start, end int
	text       string
}

// edit adds one. Its lines end as those of the file do.
func (f *fixer) edit(start, end int, text string) {
	if i := bytes.IndexByte(f.data, '\n'); i > 0 && f.data[i-1] == '\r' {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	f.edits = append(f.edits, fixEdit{start, end, text})
}

// applied is the text with the edits; not ok where two of them overlap, so that
// a text is never changed by half.
func (f *fixer) applied() (out []byte, ok bool) {
	slices.SortStableFunc(f.edits, func(a, b fixEdit) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end))
	})
	at := 0
	for _, e := range f.edits {
		if e.start < at || e.end < e.start || e.end > len(f.data) || f.spares(e) {
			return nil, false
		}
		out = append(append(out, f.data[at:e.start]...), e.text...)
		at = e.end
	}
	return append(out, f.data[at:]...), len(f.edits) > 0
}

// spares reports whether an edit changes a line with a match that is not wanted.
func (f *fixer) spares(e fixEdit) bool {
	if len(f.matches) == len(f.all) {
		return false
	}
	return slices.ContainsFunc(f.all, func(m Match) bool {
		return e.start < f.lineEnd(m.End) && e.end > f.lineStart(m.Start) && !slices.ContainsFunc(f.matches, func(w Match) bool { return w.Start == m.Start && w.Rule == m.Rule })
	})
}

// matched is the first match of one of some rules that starts in
// data[start:end].
func (f *fixer) matched(start, end int, rules ...string) (Match, bool) {
	for _, m := range f.matches {
		if m.Start >= start && m.Start < end && slices.Contains(rules, m.Rule) {
			return m, true
		}
	}
	return Match{}, false
}

// lineStart is where the line of an offset starts, lineEnd where the next does.
func (f *fixer) lineStart(at int) int { return bytes.LastIndexByte(f.data[:at], '\n') + 1 }

func (f *fixer) lineEnd(at int) int { return min(len(f.data), at+lineLength(f.data[at:])+1) }

// indent is the white space that the line of an offset starts with.
func (f *fixer) indent(at int) string {
	start := f.lineStart(at)
	end := start
	for end < len(f.data) && (f.data[end] == ' ' || f.data[end] == '\t') {
		end++
	}
	return string(f.data[start:end])
}

// first reports whether nothing but white space is before an offset on its line.
func (f *fixer) first(at int) bool {
	return len(bytes.TrimSpace(f.data[f.lineStart(at):at])) == 0
}

// drop takes out whole lines, and one of the two blank ones that would meet.
func (f *fixer) drop(start, end int) {
	before := bytes.TrimRight(f.data[:start], " \t\r")
	blank := start == 0 || len(before) > 1 && before[len(before)-1] == '\n' && len(bytes.TrimSpace(f.data[f.lineStart(len(before)-1):start])) == 0
	if next := f.lineEnd(end); blank && end < len(f.data) && len(bytes.TrimSpace(f.data[end:next])) == 0 {
		end = next
	}
	f.edit(start, end, "")
}

// words are the places of a word outside comments, which no edit takes away.
func (f *fixer) words(word string) (all []int) {
	for at := 0; len(all) < 1000; {
		i := bytes.Index(f.data[at:], []byte(word))
		if i < 0 {
			break
		}
		start := at + i
		at = start + len(word)
		if start > 0 && nameByte(f.data[start-1]) || at < len(f.data) && nameByte(f.data[at]) || f.commented(start) {
			continue
		}
		if !f.edited(start) {
			all = append(all, start)
		}
	}
	return all
}

// edited reports whether an edit takes the byte at an offset away.
func (f *fixer) edited(at int) bool {
	return slices.ContainsFunc(f.edits, func(e fixEdit) bool { return e.start <= at && at < e.end })
}

// changed reports whether the edits take a word away.
func (f *fixer) changed(word string) bool {
	return slices.ContainsFunc(f.edits, func(e fixEdit) bool { return bytes.Contains(f.data[e.start:e.end], []byte(word)) })
}

// label reports whether a word is the name of an attribute, of an argument or of
// a property, not a variable: self.key, f(key=1), {key: 1}.
func (f *fixer) label(start, end int) bool {
	before := bytes.TrimRight(f.data[:start], " \t\r\n")
	after := bytes.TrimLeft(f.data[end:min(len(f.data), end+20)], " \t")
	if len(before) == 0 || len(after) < 2 {
		return false
	}
	switch c := before[len(before)-1]; {
	case c == '.':
		return true
	case c == '{' || c == ',' || c == '(':
		return after[0] == ':' && f.format.name != "python" || after[0] == '=' && after[1] != '=' && c != '{'
	}
	return false
}

// dropUnused takes out the regions, whole lines each, if nothing outside them has
// the word any more.
func (f *fixer) dropUnused(word string, regions []span) {
	for _, at := range f.words(word) {
		if !f.label(at, at+len(word)) && !slices.ContainsFunc(regions, func(r span) bool { return r.has(at) }) {
			return
		}
	}
	for _, r := range regions {
		f.drop(r.start, r.end)
	}
}
