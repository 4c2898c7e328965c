package scan

import "bytes"

// A class says what a byte of a program is part of.
type class uint8

const (
	inCode class = iota
	inComment
	inString
)

// A syntax is as much of a language's lexical structure as it takes to tell
// code, strings and comments apart.
type syntax struct {
	line    []string    // what starts a comment that ends with the line
	block   [][2]string // what starts and ends a longer one
	strings []quote     // longer openings first
	// docs: a string that is a statement by itself is a comment, as in Python.
	docs bool
	// words: a line comment starts only at the start of a word, as in shells.
	words bool

	starts [256]bool // what one of these begins with, see prepared
	// special does it all, for a language that this doesn't describe.
	special func(data []byte, classes []class)
}

// A quote starts and ends a string.
type quote struct {
	open, close string
	escape      byte // makes the next byte an ordinary one; 0: none. Where it is the quote itself, two make one.
	lines       bool // the string may go over several lines
}

var (
	doubleQuote = quote{`"`, `"`, '\\', false}
	singleQuote = quote{`'`, `'`, '\\', false}
)

var syntaxes = prepared(map[string]*syntax{
	"python": {
		line: []string{"#"}, docs: true,
		strings: []quote{{`"""`, `"""`, '\\', true}, {`'''`, `'''`, '\\', true}, doubleQuote, singleQuote},
	},
	"javascript": {special: markJavaScript},
	"csharp": {
		line: []string{"//"}, block: [][2]string{{"/*", "*/"}},
		strings: []quote{{`"""`, `"""`, 0, true}, {`$@"`, `"`, '"', true}, {`@$"`, `"`, '"', true}, {`@"`, `"`, '"', true}, doubleQuote, singleQuote},
	},
	"java": { // Kotlin, Scala and Groovy too
		line: []string{"//"}, block: [][2]string{{"/*", "*/"}},
		strings: []quote{{`"""`, `"""`, '\\', true}, doubleQuote, singleQuote},
	},
	"go": {
		line: []string{"//"}, block: [][2]string{{"/*", "*/"}},
		strings: []quote{doubleQuote, singleQuote, {"`", "`", 0, true}},
	},
	"rust": { // a ' is more often a lifetime than a character
		line: []string{"//"}, block: [][2]string{{"/*", "*/"}},
		strings: []quote{{`'"`, `'`, 0, false}, {`'\"`, `'`, 0, false}, {`r##"`, `"##`, 0, true}, {`r#"`, `"#`, 0, true}, {`"`, `"`, '\\', true}},
	},
	"ruby": {
		line: []string{"#"}, block: [][2]string{{"\n=begin", "\n=end"}}, words: true,
		strings: []quote{{`"`, `"`, '\\', true}, {`'`, `'`, '\\', true}},
	},
	"php": {
		line: []string{"//", "#"}, block: [][2]string{{"/*", "*/"}}, words: true,
		strings: []quote{{`"`, `"`, '\\', true}, {`'`, `'`, '\\', true}},
	},
	"r": {
		line:    []string{"#"},
		strings: []quote{{`"`, `"`, '\\', true}, {`'`, `'`, '\\', true}},
	},
	"lua": {
		line:    []string{"--"},
		strings: []quote{doubleQuote, singleQuote},
	},
	"shell": {
		line: []string{"#"}, words: true,
		strings: []quote{{`"`, `"`, '\\', true}, {`'`, `'`, 0, true}},
	},
	"powershell": {
		line: []string{"#"}, block: [][2]string{{"<#", "#>"}}, words: true,
		strings: []quote{{"@\"\n", "\n\"@", 0, true}, {"@'\n", "\n'@", 0, true}, {`"`, `"`, '`', true}, {`'`, `'`, '\'', true}},
	},
	"hash": {line: []string{"#"}, words: true, strings: []quote{doubleQuote, singleQuote}},
	"bicep": {
		line: []string{"//"}, block: [][2]string{{"/*", "*/"}},
		strings: []quote{{`'''`, `'''`, 0, true}, singleQuote},
	},
	"terraform": {
		line: []string{"#", "//"}, block: [][2]string{{"/*", "*/"}},
		strings: []quote{doubleQuote},
	},
	"c": { // C, C++, Swift, Dart and what else looks like it
		line: []string{"//"}, block: [][2]string{{"/*", "*/"}},
		strings: []quote{{`"""`, `"""`, '\\', true}, doubleQuote, singleQuote},
	},
	"xml": {block: [][2]string{{"<!--", "-->"}}},
})

// prepared fills in what the first bytes of comments and strings are, so that
// most bytes of a program are looked at once.
func prepared(all map[string]*syntax) map[string]*syntax {
	for _, s := range all {
		for _, open := range s.line {
			s.starts[open[0]] = true
		}
		for _, b := range s.block {
			s.starts[b[0][0]] = true
		}
		for _, q := range s.strings {
			s.starts[q.open[0]] = true
		}
	}
	return all
}

// class is what each byte of the text is part of. A text without a syntax is all
// code.
func (t *text) class() []class {
	if t.classes == nil {
		t.classes = make([]class, len(t.data))
		if t.format.syntax != nil {
			t.format.syntax.mark(t.data, t.classes)
		}
	}
	return t.classes
}

// code reports whether the byte at i is code.
func (t *text) code(i int) bool { return t.class()[i] == inCode }

// commented reports whether the byte at i is in a comment.
func (t *text) commented(i int) bool { return t.class()[i] == inComment }

func (s *syntax) mark(data []byte, classes []class) {
	if s.special != nil {
		s.special(data, classes)
		return
	}
	for i := 0; i < len(data); {
		if !s.starts[data[i]] {
			i++
			continue
		}
		end, c := s.token(data, i)
		if c != inCode {
			for j := i; j < end; j++ {
				classes[j] = c
			}
		}
		i = end
	}
}

// token is where the comment or string that starts at i ends, or the byte.
func (s *syntax) token(data []byte, i int) (end int, c class) {
	rest := data[i:]
	for _, open := range s.line {
		if hasPrefix(rest, open) && (!s.words || i == 0 || wordEnds(data[i-1])) {
			return i + lineLength(rest), inComment
		}
	}
	for _, b := range s.block {
		if hasPrefix(rest, b[0]) {
			return i + until(rest, len(b[0]), b[1]), inComment
		}
	}
	for _, q := range s.strings {
		if hasPrefix(rest, q.open) {
			end = i + q.length(rest)
			if s.docs && q.lines && statement(data, i) {
				return end, inComment
			}
			return end, inString
		}
	}
	return i + 1, inCode
}

// wordEnds reports whether a comment may start behind c: behind a space or what
// ends a command.
func wordEnds(c byte) bool { return bytes.IndexByte([]byte(" \t\r\n;|&(){}"), c) >= 0 }

func hasPrefix(data []byte, s string) bool { return len(data) >= len(s) && string(data[:len(s)]) == s }

func lineLength(data []byte) int {
	if n := bytes.IndexByte(data, '\n'); n >= 0 {
		return n
	}
	return len(data)
}

// until is the length of data up to and with a closing, which is looked for from
// an offset on.
func until(data []byte, from int, closing string) int {
	if n := bytes.Index(data[from:], []byte(closing)); n >= 0 {
		return from + n + len(closing)
	}
	return len(data)
}

// length is that of the string that data starts with. One that its line doesn't
// close ends with the line, unless it may go on.
func (q quote) length(data []byte) int {
	for i := len(q.open); i < len(data); i++ {
		c := data[i]
		doubled := q.escape == q.close[0]
		switch {
		case c == '\n' && !q.lines:
			return i
		case doubled && c == q.escape && i+1 < len(data) && data[i+1] == c:
			i++
		case !doubled && q.escape != 0 && c == q.escape:
			i++
		case hasPrefix(data[i:], q.close):
			return i + len(q.close)
		}
	}
	return len(data)
}

// statement reports whether what starts at i is a statement by itself: nothing
// stands before it on its line, and the line before doesn't go on.
func statement(data []byte, i int) bool {
	before := bytes.TrimRight(data[:i], " \tru")
	if len(before) > 0 && before[len(before)-1] != '\n' {
		return false
	}
	before = bytes.TrimRight(before, " \t\r\n")
	return len(before) == 0 || bytes.IndexByte([]byte("([{,=+\\"), before[len(before)-1]) < 0
}
