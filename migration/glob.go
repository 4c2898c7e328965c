package migration

import "strings"

// A glob is the part of a pattern that a name is compared with. It compares
// bytes, as git does (wildmatch.c, with WM_PATHNAME).
type glob struct {
	literal string // all of it, if it has no wildcard
	tokens  []globToken
	never   bool // it is malformed, and matches nothing
}

// A globToken is what one or more bytes of a name are compared with.
type globToken struct {
	kind globKind
	set  *byteSet // of byteOf
	char byte     // of exactByte
}

type globKind byte

const (
	exactByte  globKind = iota // this byte
	byteOf                     // a byte of a set
	anyByte                    // a byte, but no slash
	anyBytes                   // any number of bytes, but no slash
	anyFolders                 // any number of names, each with its slash
	anything                   // the rest, whatever it is
)

// A byteSet is a set of bytes.
type byteSet [256]bool

const wildcards = `*?[\`

// parseGlob reads a glob. A malformed one, with a bracket or an escape that
// doesn't end, matches nothing.
func parseGlob(text string) (g glob) {
	first := strings.IndexAny(text, wildcards)
	if first < 0 {
		return glob{literal: text, never: text == ""}
	}
	for i := 0; i < len(text); {
		t, n := globToken{kind: exactByte, char: text[i]}, 1
		switch text[i] {
		case '?':
			t.kind = anyByte
		case '*':
			// Two stars between slashes stand for folders. Git compares what
			// stands before the first wildcard by itself, so they may begin
			// there too.
			t.kind, n = stars(text, i, i == first || i == 0 || text[i-1] == '/')
		case '[':
			t.kind = byteOf
			t.set, n = parseSet(text[i:])
		case '\\':
			if n = 2; i+1 < len(text) {
				t.char = text[i+1]
			}
		}
		if n == 0 || i+n > len(text) {
			return glob{never: true}
		}
		g.tokens = append(g.tokens, t)
		i += n
	}
	return g
}

// stars reads the stars at i. bounded tells that a name begins there.
func stars(text string, i int, bounded bool) (k globKind, n int) {
	for i+n < len(text) && text[i+n] == '*' {
		n++
	}
	rest := text[i+n:]
	switch {
	case n == 1 || !bounded:
		return anyBytes, n
	case rest == "":
		return anything, n
	case rest[0] == '/':
		return anyFolders, n + 1
	case strings.HasPrefix(rest, `\/`):
		return anyFolders, n + 2
	}
	return anyBytes, n
}

// match reports whether the glob matches a name. It goes back to the last star,
// and where that fails to the last folders, never further: what an earlier one
// could take, the later one can take as well. So the time is at most the product
// of the lengths, squared only in the number of slashes.
func (g glob) match(name string) bool {
	if g.never || g.tokens == nil {
		return !g.never && g.literal == name
	}
	type point struct{ token, at int }
	star, folder := point{-1, 0}, point{-1, 0}
	t, at := 0, 0
	for {
		switch {
		case t == len(g.tokens) && at == len(name):
			return true
		case t < len(g.tokens) && g.tokens[t].kind == anything:
			return true
		case t < len(g.tokens) && g.tokens[t].kind == anyBytes:
			t++
			star = point{t, at}
			continue
		case t < len(g.tokens) && g.tokens[t].kind == anyFolders:
			t++
			folder, star = point{t, at}, point{-1, 0}
			continue
		case t < len(g.tokens) && at < len(name) && g.tokens[t].takes(name[at]):
			t, at = t+1, at+1
			continue
		}
		if star.token >= 0 && star.at < len(name) && name[star.at] != '/' {
			star.at++
			t, at = star.token, star.at
			continue
		}
		slash := strings.IndexByte(name[folder.at:], '/')
		if folder.token < 0 || slash < 0 {
			return false
		}
		folder.at += slash + 1
		star = point{-1, 0}
		t, at = folder.token, folder.at
	}
}

func (t globToken) takes(c byte) bool {
	switch t.kind {
	case exactByte:
		return c == t.char
	case byteOf:
		return t.set[c]
	}
	return c != '/'
}

// parseSet reads a bracket expression, and how long it is; 0 if it doesn't end.
func parseSet(text string) (*byteSet, int) {
	s, i := &byteSet{}, 1
	negated := i < len(text) && (text[i] == '!' || text[i] == '^')
	if negated {
		i++
	}
	for first := true; ; first = false {
		switch {
		case i >= len(text):
			return nil, 0
		case text[i] == ']' && !first:
			if negated {
				for c := range s {
					s[c] = !s[c]
				}
			}
			s['/'] = false
			return s, i + 1
		}
		n := s.add(text[i:])
		if n == 0 {
			return nil, 0
		}
		i += n
	}
}

// add puts what stands at the start of text into the set: a class such as
// [:alpha:], a range or a byte. It returns how long that is; 0 if it is malformed.
func (s *byteSet) add(text string) int {
	if strings.HasPrefix(text, "[:") {
		if end := strings.IndexByte(text, ']'); end > 2 && text[end-1] == ':' {
			return s.addClass(text[2:end-1], end+1)
		}
	}
	low, n := setByte(text)
	if n == 0 {
		return 0
	}
	s[low] = true
	if n+1 >= len(text) || text[n] != '-' || text[n+1] == ']' {
		return n
	}
	high, m := setByte(text[n+1:])
	if m == 0 {
		return 0
	}
	for c := int(low); c <= int(high); c++ {
		s[c] = true
	}
	return n + 1 + m
}

// setByte is a byte in brackets, which a backslash may stand before.
func setByte(text string) (c byte, n int) {
	switch {
	case text == "", text == `\`:
		return 0, 0
	case text[0] == '\\':
		return text[1], 2
	}
	return text[0], 1
}

// classes are POSIX's, of ASCII.
var classes = map[string]func(c byte) bool{
	"alnum":  func(c byte) bool { return isAlpha(c) || isDigit(c) },
	"alpha":  isAlpha,
	"blank":  func(c byte) bool { return c == ' ' || c == '\t' },
	"cntrl":  func(c byte) bool { return c < ' ' || c == 0x7f },
	"digit":  isDigit,
	"graph":  func(c byte) bool { return c > ' ' && c < 0x7f },
	"lower":  func(c byte) bool { return 'a' <= c && c <= 'z' },
	"print":  func(c byte) bool { return c >= ' ' && c < 0x7f },
	"punct":  func(c byte) bool { return c > ' ' && c < 0x7f && !isAlpha(c) && !isDigit(c) },
	"space":  func(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' },
	"upper":  func(c byte) bool { return 'A' <= c && c <= 'Z' },
	"xdigit": func(c byte) bool { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' },
}

func isAlpha(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// addClass adds the bytes of a class, whose expression is n bytes long.
func (s *byteSet) addClass(name string, n int) int {
	in, known := classes[name]
	if !known {
		return 0
	}
	for c := range s {
		if in(byte(c)) {
			s[c] = true
		}
	}
	return n
}
