package scan

import (
	"bytes"
	"slices"
	"strings"
)

// An assignment gives a variable, an attribute or a named argument a value:
// data[from:to].
type assignment struct {
	path     string // as written: self.api_key
	at       int    // of the name
	from, to int
}

// most assignments of one name that are kept, and longest value that is looked
// at, in bytes: they bound the time that a hostile text takes.
const (
	mostAssignments = 64
	longestValue    = 400
)

// assigned are the assignments of the text by the last part of the name.
func (t *source) assigned() map[string][]assignment {
	if t.assignments != nil {
		return t.assignments
	}
	all := map[string][]assignment{}
	classes := t.class()
	for i, c := range t.data {
		if c != '=' && c != '<' || classes[i] != inCode {
			continue
		}
		from := t.assigns(i)
		if from < 0 {
			continue
		}
		path, at := t.target(i)
		last := lastName(path)
		if last == "" || len(all[last]) >= mostAssignments {
			continue
		}
		if start, end := t.trim(from, t.valueEnd(from)); start < end {
			all[last] = append(all[last], assignment{path, at, start, end})
		}
	}
	t.assignments = all
	return all
}

// assigns is where the value starts if what stands at i assigns one; else -1.
func (t *source) assigns(i int) int {
	at := func(i int) byte {
		if i < 0 || i >= len(t.data) {
			return 0
		}
		return t.data[i]
	}
	if t.data[i] == '<' { // R
		if at(i+1) == '-' && t.format.name == "r" {
			return i + 2
		}
		return -1
	}
	if next := at(i + 1); next == '=' || next == '~' {
		return -1
	}
	switch at(i - 1) {
	case '=', '!', '<', '>', '+', '-', '*', '/', '%', '^', '&':
		return -1
	}
	if at(i+1) == '>' { // PHP's and Ruby's pairs
		return i + 2
	}
	return i + 1
}

// target is the path that an assignment at i gives a value, without its type.
func (t *source) target(i int) (path string, at int) {
	from := max(0, i-120)
	line := t.data[from:i]
	if j := bytes.LastIndexAny(line, "\n;,({"); j >= 0 {
		line, from = line[j+1:], from+j+1
	}
	if j := bytes.IndexByte(line, ':'); j > 0 && !bytes.Contains(line, []byte("::")) {
		line = line[:j] // name: type
	}
	line = bytes.TrimRight(line, " \t|?:'\"`")
	start := len(line)
	for start > 0 && (nameByte(line[start-1]) || strings.IndexByte(".@$>-", line[start-1]) >= 0) {
		start--
	}
	return strings.TrimLeft(string(line[start:]), "@$->."), from + start
}

// valueEnd is where the expression that starts at from ends: with its line, but
// for what brackets go on.
func (t *source) valueEnd(from int) int {
	classes, end := t.class(), min(len(t.data), from+longestValue)
	blank := true
	for i := from; i < end; i++ {
		if classes[i] != inCode {
			blank = blank && classes[i] == inComment
			continue
		}
		switch c := t.data[i]; c {
		case '(', '[', '{':
			i = t.closing(i) - 1
			blank = false
		case ')', ']', '}', ',', ';':
			return i
		case '\n':
			if !blank {
				return i
			}
		default:
			blank = blank && (c == ' ' || c == '\t' || c == '\r')
		}
	}
	return end
}

// resolve is the value that the text gives the variable v, which is used at an
// offset: the nearest one before it, else the first one behind. It is not found
// when v is no variable, or has no value but nothing or itself.
func (t *source) resolve(v string, at int) (span, bool) {
	v = strings.TrimRight(strings.TrimLeft(strings.TrimSpace(v), "&*@$"), "!")
	if v == "" || len(v) > 100 || strings.IndexFunc(v, func(r rune) bool { return r > 127 || !nameByte(byte(r)) && !strings.ContainsRune(".->?:$", r) }) >= 0 {
		return span{}, false
	}
	var found span
	for _, a := range t.assigned()[lastName(v)] {
		if a.from <= at && at < a.to || t.empty(string(t.data[a.from:min(a.to, a.from+40)])) || t.handed(v, a) {
			continue
		}
		if value := strings.TrimLeft(string(t.data[a.from:a.to]), "@$"); value == v || value == a.path {
			continue
		}
		if a.at < at || found.end == 0 {
			found = span{a.from, a.to}
		}
		if a.at > at {
			break
		}
	}
	return found, found.end > 0
}

// handed reports whether an assignment is a named argument of a call: it tells
// nothing of the variable v, though of the attribute c.v of what the call makes.
func (t *source) handed(v string, a assignment) bool {
	b := t.around(a.at)
	if strings.ContainsAny(v, ".>") || b < 0 || t.data[t.pairs()[b].open] != '(' {
		return false
	}
	start, end := t.callee(t.pairs()[b].open)
	return start < end && !t.declared(start)
}

// assignedTo are the assignments of some names.
func (t *source) assignedTo(names ...string) (all []assignment) {
	for _, name := range names {
		all = append(all, t.assigned()[name]...)
	}
	return all
}

// trace follows the value of a key to the line that reads it, under whatever
// name, and reports that.
func (t *source) trace(start, end int) {
	t.traceName(string(t.data[start:min(end, start+longestValue)]), start)
}

// traceName is trace for the variable v, which is used at an offset.
func (t *source) traceName(v string, at int) {
	for range 4 {
		next, ok := t.resolve(v, at)
		if !ok {
			return
		}
		v, at = string(t.data[next.start:next.end]), next.start
		if t.readsSetting(v) {
			t.add("KL302", next.start, next.end, "a key")
			return
		}
	}
}

// readsSetting reports whether an expression reads a setting by a name.
func (t *source) readsSetting(v string) bool {
	d := t.dialect
	for _, o := range d.objects {
		if i := strings.Index(v, o); i >= 0 && len(v) > i+len(o) && strings.IndexByte(".[?-(", v[i+len(o)]) >= 0 {
			return true
		}
	}
	return slices.ContainsFunc(d.readers, func(r string) bool { return calledIn(v, r) })
}

// calledIn reports whether an expression calls a function.
func calledIn(v, function string) bool {
	for at := 0; ; {
		i := strings.Index(v[at:], function)
		if i < 0 {
			return false
		}
		start, end := at+i, at+i+len(function)
		if (start == 0 || !nameByte(v[start-1])) && end < len(v) && v[end] == '(' {
			return true
		}
		at = end
	}
}
