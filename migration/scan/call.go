package scan

import "bytes"

// A call is a function called, or an object made, with its arguments.
type call struct {
	name        string // as written, without type parameters: openai.AzureOpenAI
	start       int    // of the name
	open, close int    // of the opening bracket, and behind the closing one
	args        []arg
}

// An arg is one argument: its name, if it has one, and where its value stands.
// The properties of an object that is given as an argument are arguments too,
// as JavaScript writes named ones.
type arg struct {
	name       string
	nameStart  int
	start, end int
}

// calls are the calls of the text, outside comments and strings, in order of
// their names. Nested ones follow those that they are in.
func (t *text) calls() []call { return t.callsOf(func(string) bool { return true }) }

// mostCalls is how many calls of a text are looked at: nobody writes more that
// matter.
const mostCalls = 4000

// callsOf are the calls of the functions whose whole name, as written, is
// wanted. Declarations are none.
func (t *text) callsOf(wanted func(name string) bool) (all []call) {
	for _, b := range t.pairs() {
		if t.data[b.open] != '(' || len(all) >= mostCalls {
			continue
		}
		start, end := t.callee(b.open)
		if start == end || t.declared(start) || !wanted(string(t.data[start:end])) {
			continue
		}
		all = append(all, call{string(t.data[start:end]), start, b.open, b.close, t.argsOf(b)})
	}
	return all
}

// longestCall is how much of a call's arguments is looked at, in bytes.
const longestCall = 16 << 10

// argsOf are the arguments between two brackets.
func (t *text) argsOf(b bracket) []arg {
	return t.arguments(b.open+1, min(max(b.close-1, b.open+1), b.open+longestCall))
}

// declared reports whether a name before a bracket is declared there: class
// AzureOpenAI(Base), def openai_client(self).
func (t *text) declared(start int) bool {
	word, _ := t.wordBefore(start)
	switch word {
	case "class", "def", "function", "func", "fn", "fun", "interface", "record", "struct", "sub":
		return true
	}
	return false
}

// wordBefore is the word before an offset on the same line, and where it starts.
func (t *text) wordBefore(at int) (string, int) {
	for at > 0 && (t.data[at-1] == ' ' || t.data[at-1] == '\t') {
		at--
	}
	end := at
	for at > 0 && nameByte(t.data[at-1]) && end-at < 64 {
		at--
	}
	return string(t.data[at:end]), at
}

// callee is the name before an opening bracket: a path of names joined by dots,
// colons, arrows or backslashes, without type parameters.
func (t *text) callee(open int) (start, end int) {
	i := open
	for i > 0 && (t.data[i-1] == ' ' || t.data[i-1] == '\t') {
		i--
	}
	if i > 0 && t.data[i-1] == '>' { // Foo<Bar>(
		depth := 0
		for j := i - 1; j >= max(0, i-200); j-- {
			switch t.data[j] {
			case '>':
				depth++
			case '<':
				depth--
			}
			if depth == 0 {
				i = j
				break
			}
		}
	}
	if i > 0 && (t.data[i-1] == '?' || t.data[i-1] == '!') { // Ruby's fetch!, PHP's and Kotlin's ?(
		i--
	}
	end = i
	for i > 0 && (nameByte(t.data[i-1]) || t.pathByte(i-1)) {
		i--
	}
	return i, end
}

// pathByte reports whether the byte at i joins the names of a path.
func (t *text) pathByte(i int) bool {
	switch c := t.data[i]; c {
	case '.', ':', '\\', '$', '@':
		return true
	case '>': // ->
		return i > 0 && t.data[i-1] == '-'
	case '-':
		return i+1 < len(t.data) && t.data[i+1] == '>'
	case '?', '!': // ?. and !.
		return i+1 < len(t.data) && t.data[i+1] == '.'
	}
	return false
}

// arguments takes what stands between brackets apart at commas.
func (t *text) arguments(start, end int) (all []arg) {
	for start < end {
		stop := t.comma(start, end)
		all = append(all, t.argument(start, stop)...)
		start = stop + 1
	}
	return all
}

// comma is where the next comma, semicolon or end is that is in no inner
// bracket.
func (t *text) comma(start, end int) int {
	classes := t.class()
	for i := start; i < end; i++ {
		if classes[i] != inCode {
			continue
		}
		switch t.data[i] {
		case '(', '[', '{':
			i = t.closing(i) - 1
		case ',', ';':
			return i
		}
	}
	return end
}

// argument reads name=value, name: value, "name": value, :name => value, a
// value, or an object of such.
func (t *text) argument(start, end int) []arg {
	start, end = t.trim(start, end)
	if start >= end {
		return nil
	}
	if t.data[start] == '{' && t.data[end-1] == '}' && start+1 < end && t.data[start+1] != '{' {
		return t.arguments(start+1, end-1)
	}
	nameStart, i := start, start
	for i < end && bytes.IndexByte([]byte("\"':`"), t.data[i]) >= 0 {
		i++
	}
	from := i
	for i < end && (nameByte(t.data[i]) || t.data[i] == '-') {
		i++
	}
	name := string(t.data[from:i])
	if from > start && t.data[start] != ':' && (i == end || t.data[i] != t.data[start]) {
		name = "" // a string that is more than a name
	}
	for i < end && bytes.IndexByte([]byte("\"'` \t?"), t.data[i]) >= 0 {
		i++
	}
	if name != "" && i < end {
		skip := 0
		switch rest := t.data[i:end]; {
		case hasPrefix(rest, "=>"), hasPrefix(rest, ":="):
			skip = 2
		case hasPrefix(rest, "::"), hasPrefix(rest, "=="):
		case rest[0] == '=', rest[0] == ':':
			skip = 1
		}
		if skip > 0 {
			value, to := t.trim(i+skip, end)
			if value >= to { // Ruby's name: for name: name
				value, to = from, from+len(name)
			}
			return []arg{{name, nameStart, value, to}}
		}
	}
	return []arg{{"", start, start, end}}
}

// trim leaves out white space and comments at both ends.
func (t *text) trim(start, end int) (int, int) {
	start = t.blank(start, end)
	for start < end && (space(t.data[end-1]) || t.commented(end-1)) {
		end--
	}
	return start, end
}

// blank is behind white space and comments.
func (t *text) blank(start, end int) int {
	for start < end && (space(t.data[start]) || t.commented(start)) {
		start++
	}
	return start
}

// value is the text of an argument's value.
func (t *text) value(a arg) string { return string(t.data[a.start:a.end]) }
