package document

import (
	"strings"
	"unicode/utf8"
)

// A Place is where something stands in a file.
type Place struct {
	Line   int // from 1; 0: nowhere in particular
	Column int // from 1, in characters (Unicode code points)
}

// An Origin is the place in a file where a text begins, with what follows
// there, so that a place inside of the text can be found again although YAML
// has removed indentation, folded lines and resolved escapes.
type Origin struct {
	cursor
	quote rune // ' or " for a quoted text, else 0
}

// Start is the origin of a text that is a file of its own.
func Start(text string) Origin { return Origin{cursor: cursor{Place{1, 1}, text}} }

// Locate returns the places of the offsets, which are ascending, in the text
// that came from o. Where the text and the file do not match (it can only be
// because a caller changed the text), it is o's beginning.
func (o Origin) Locate(text string, offsets []int) []Place {
	places := make([]Place, 0, len(offsets))
	c := o.cursor
	for i, r := range text {
		width, ok := c.find(r, o.quote)
		if !ok || len(places) == len(offsets) {
			break
		}
		if i >= offsets[len(places)] {
			places = append(places, c.Place)
		}
		c.advance(width)
	}
	for len(places) < len(offsets) {
		places = append(places, o.Place)
	}
	return places
}

// A cursor is a place in a file and the text from there on.
type cursor struct {
	Place
	rest string
}

// advance passes over n characters.
func (c *cursor) advance(n int) {
	for ; n > 0 && c.rest != ""; n-- {
		r, size := utf8.DecodeRuneInString(c.rest)
		c.rest = c.rest[size:]
		c.Column++
		if r == '\n' {
			c.Line, c.Column = c.Line+1, 1
		}
	}
}

// find moves to what stands for r in the file, passing over the blanks that YAML
// removed, and returns how many characters stand for it: none for the blank
// that a folded line break became.
func (c *cursor) find(r, quote rune) (width int, ok bool) {
	for c.rest != "" {
		at, _ := utf8.DecodeRuneInString(c.rest)
		continued := quote == '"' && strings.HasPrefix(c.rest, "\\\n")
		switch {
		case quote == '"' && at == '\\' && !continued:
			return escapeWidth(c.rest, r), true
		case at == r:
			return 1, true
		case continued, blank(at), quote == '\'' && at == '\'':
			c.advance(1)
		default:
			return 0, blank(r)
		}
	}
	return 0, blank(r)
}

func blank(r rune) bool { return r == ' ' || r == '\t' || r == '\n' }

// escapeWidth is the length of the escape sequence for r that s begins with
// (YAML 1.2.2, section 5.7).
func escapeWidth(s string, r rune) int {
	switch {
	case strings.HasPrefix(s, `\x`):
		return 4
	case strings.HasPrefix(s, `\u`) && r > 0xFFFF: // two halves, as in JSON
		return 12
	case strings.HasPrefix(s, `\u`):
		return 6
	case strings.HasPrefix(s, `\U`):
		return 10
	}
	return 2
}
