// Package scan finds in one text the keys of Azure OpenAI and OpenAI, and what
// uses them or asks for them. It knows texts only: no files, no git, no network.
//
// A text is read in three steps. The first looks for a few words, such as
// openai, at the speed of memory; most files have none and are done. The second
// finds literal keys, in whatever format. The third knows formats: it takes a
// text apart as far as needed (strings and comments, calls and their arguments,
// blocks of YAML) and looks for the use of a key. What it finds must be
// consistent with the rest of the file: an api_key= given to a client of another
// service is nobody's business here. See text.evidence.
package scan

import (
	"bytes"
	"cmp"
	"slices"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/keyless-inference/action/migration/rule"
)

// A Match is one place in a text that gives a key, or the use of one, away.
type Match struct {
	Rule     string        // the id of a rule, such as KL301
	Severity rule.Severity // 0 means the rule's own

	// Line and Column count from 1, columns in bytes; the end is behind the last
	// byte.
	Line, Column       int
	EndLine, EndColumn int
	Start, End         int // the same as offsets in the text

	// What is what was found, in a few words with the text's own names, for the
	// message: "AzureOpenAI(api_key=…)", "secrets.AZURE_OPENAI_API_KEY". It is
	// never a key.
	What string

	// Key is the literal key, where one stands there.
	Key Key

	// With is a file of the same repository that must have matches too, or this is
	// none: a workflow that all secrets are handed to. "" is none.
	With string

	// More tells of the last match that there are too many to list all.
	More bool
}

// mostMatches bounds the memory that one text can take. Nothing that people wrote
// comes near.
const mostMatches = 20_000

// Text finds everything in a text. name is its path with slashes: it tells the
// format. The matches are in the order of the text. A text in UTF-16 with a byte
// order mark is decoded first; its offsets count in the decoded text.
func Text(name string, data []byte) []Match {
	data = decoded(data)
	if !words.in(data) {
		return nil
	}
	t := &text{name: name, data: data, format: formatOf(name, data), lookup: formatOf}
	if bytes.HasPrefix(data, byteOrderMark) && (t.format.name == "json" || t.format.name == "notebook") {
		t.data = slices.Concat([]byte("   "), data[len(byteOrderMark):]) // it is no part of JSON
	}
	t.keys()
	for _, detect := range t.format.detect {
		detect(t)
	}
	return t.matches()
}

// byteOrderMark is what editors of Windows put before a text in UTF-8.
var byteOrderMark = []byte("\ufeff")

// Keys finds literal keys alone, in any text, quickly: for git's history and for
// values that are no files.
func Keys(name string, data []byte) []Match {
	t := &text{name: name, data: decoded(data), format: plain}
	t.keys()
	return t.matches()
}

// A text is what is known of one text while it is looked at.
type text struct {
	name   string
	data   []byte
	format *format

	// host maps an offset in data to one in the text that was given, where this
	// is a part of it: a script in a workflow, a notebook's cell. nil: they are
	// the same.
	host func(int) int

	// lookup is formatOf, for formats that have parts in others. They can't name
	// it: it names them.
	lookup func(name string, data []byte) *format
	depth  int // of parts in parts

	classes  []class   // of each byte, see text.class
	brackets []bracket // see text.pairs
	facts    *evidence // see text.evidence
	start    *opening  // see text.opening
	found    []Match
	more     bool // than mostMatches
}

// A span is a part of a text, data[start:end].
type span struct{ start, end int }

func (s span) has(at int) bool { return s.start <= at && at < s.end }

// add reports that data[start:end] matches a rule.
func (t *text) add(id string, start, end int, what string) {
	t.report(Match{Rule: id, Start: start, End: end, What: what})
}

// report adds a match whose Start and End are set.
func (t *text) report(m Match) {
	if t.more = t.more || len(t.found) == mostMatches; !t.more {
		t.found = append(t.found, m)
	}
}

// part looks at a part of the text as a text of its own, in another format.
// data[i] stands at host(i) of this text.
func (t *text) part(f *format, data []byte, host func(int) int) {
	sub := &text{name: t.name, data: data, format: f, host: host, lookup: t.lookup, depth: t.depth + 1, facts: t.evidence()}
	for _, detect := range f.detect {
		detect(sub)
	}
	for _, m := range sub.found {
		m.Start, m.End = host(m.Start), host(max(m.Start, m.End-1))+1
		t.report(m)
	}
	t.more = t.more || sub.more
}

// inside looks at data[start:end] as a text of its own.
func (t *text) inside(f *format, start, end int) {
	t.part(f, t.data[start:end], func(i int) int { return start + i })
}

// stronger are the rules that say all that the rule has to say of a line.
var stronger = map[string][]string{
	"KL302": {"KL301", "KL303", "KL101", "KL105", "KL305", "KL405", "KL401", "KL402", "KL403"},
	"KL304": {"KL301"},
	"KL305": {"KL501"},
	"KL306": {"KL405", "KL401", "KL402", "KL403", "KL101", "KL105", "KL503"},
	"KL102": {"KL101", "KL105"},
	"KL405": {"KL401", "KL402", "KL403"},
	"KL101": {"KL105"},
	"KL503": {"KL501", "KL502", "KL401", "KL402", "KL403"},
}

// matches are those found, in order, with lines and columns, one a rule and
// line (two different keys on a line are two), and without what a stronger rule
// says of the same line.
func (t *text) matches() []Match {
	slices.SortStableFunc(t.found, func(a, b Match) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.Rule, b.Rule))
	})
	lines := lines{data: t.data, line: 1}
	type place struct {
		rule string
		line int
		key  Key
	}
	seen, grave := map[place]bool{}, map[place]bool{}
	for i := range t.found {
		m := &t.found[i]
		m.Line, m.Column = lines.at(m.Start)
		p := place{m.Rule, m.Line, Key{}}
		seen[p] = true
		grave[p] = grave[p] || m.Severity != rule.Info
	}
	done := map[place]bool{}
	kept := slices.DeleteFunc(t.found, func(m Match) bool {
		p := place{m.Rule, m.Line, m.Key}
		said := slices.ContainsFunc(stronger[m.Rule], func(id string) bool {
			other := place{id, m.Line, Key{}}
			return grave[other] || m.Severity == rule.Info && seen[other]
		})
		repeated := done[p]
		done[p] = true
		return said || repeated
	})
	if n := len(kept); n > 0 {
		kept[n-1].More = t.more
	}
	return kept
}

// lines counts lines as offsets grow.
type lines struct {
	data        []byte
	line, start int
	pos         int
}

// at is the line and the column of an offset that is not before the last one.
func (l *lines) at(offset int) (line, column int) {
	offset = min(offset, len(l.data))
	for l.pos < offset {
		i := bytes.IndexByte(l.data[l.pos:offset], '\n')
		if i < 0 {
			l.pos = offset
			break
		}
		l.pos += i + 1
		l.line, l.start = l.line+1, l.pos
	}
	return l.line, offset - l.start + 1
}

// decoded is data in UTF-8: texts in UTF-16 with a byte order mark are converted.
func decoded(data []byte) []byte {
	little := bytes.HasPrefix(data, []byte{0xff, 0xfe})
	if !little && !bytes.HasPrefix(data, []byte{0xfe, 0xff}) {
		return data
	}
	out := make([]byte, 0, len(data))
	var high rune
	for i := 2; i+1 < len(data); i += 2 {
		c := rune(data[i])<<8 | rune(data[i+1])
		if little {
			c = rune(data[i+1])<<8 | rune(data[i])
		}
		if utf16.IsSurrogate(c) && high == 0 {
			high = c
			continue
		}
		if high != 0 {
			c, high = utf16.DecodeRune(high, c), 0
		}
		out = utf8.AppendRune(out, c)
	}
	return out
}
