package prompt

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// An Error is one mistake and its place. The functions of this package join
// several of them with [errors.Join]; [Errors] takes them apart again.
type Error struct {
	File   string // the file as the user named it, or the input: "input", "file_input", "untrusted"
	Line   int    // from 1; 0: the mistake is not in a particular line
	Column int    // from 1, in characters (Unicode code points); 0: no particular column
	Msg    string // what is wrong and what to do about it, without the place
	Err    error  // the error underneath, or nil; Msg contains its text
}

// Error returns "file:line:column: message", without the parts that are not
// known.
func (e *Error) Error() string {
	var place []string
	if e.File != "" {
		place = append(place, e.File)
	}
	for _, n := range []int{e.Line, e.Column} {
		if n > 0 {
			place = append(place, strconv.Itoa(n))
		}
	}
	if len(place) == 0 {
		return e.Msg
	}
	return strings.Join(place, ":") + ": " + e.Msg
}

// Unwrap returns e.Err.
func (e *Error) Unwrap() error { return e.Err }

// Errors returns every [*Error] in err, in order, however they were joined and
// wrapped.
func Errors(err error) []*Error {
	switch e := err.(type) {
	case *Error:
		return []*Error{e}
	case interface{ Unwrap() []error }:
		var all []*Error
		for _, err := range e.Unwrap() {
			all = append(all, Errors(err)...)
		}
		return all
	case interface{ Unwrap() error }:
		return Errors(e.Unwrap())
	}
	return nil
}

// maxErrors is how many mistakes are reported of one file. A person fixes no
// more at a time, and a hostile file can contain a hundred thousand.
const maxErrors = 50

// join joins errs, all of one file, in the order of their places. It returns
// nil if there are none.
func join(errs []*Error) error {
	slices.SortStableFunc(errs, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	var all []error
	for _, e := range errs[:min(len(errs), maxErrors)] {
		all = append(all, e)
	}
	if more := len(errs) - maxErrors; more > 0 {
		all = append(all, &Error{File: errs[0].File, Msg: fmt.Sprintf("%d more mistakes", more)})
	}
	return errors.Join(all...)
}

// An origin is the place in a file where a text begins, with what follows
// there, so that a place inside of the text can be found again although YAML
// has removed indentation, folded lines and resolved escapes.
type origin struct {
	cursor
	quote rune // ' or " for a quoted text, else 0
}

// locate returns the cursors of the offsets, which are ascending, in the text
// that came from o. Where the text and the file do not match (it can only be
// because a caller changed the text), it is o's beginning.
func (o origin) locate(text string, offsets []int) []cursor {
	places := make([]cursor, 0, len(offsets))
	c := o.cursor
	for i, r := range text {
		width, ok := c.find(r, o.quote)
		if !ok || len(places) == len(offsets) {
			break
		}
		if i >= offsets[len(places)] {
			places = append(places, c)
		}
		c.advance(width)
	}
	for len(places) < len(offsets) {
		places = append(places, o.cursor)
	}
	return places
}

// A cursor is a place in a file and the text from there on.
type cursor struct {
	rest         string
	line, column int
}

// advance passes over n characters.
func (c *cursor) advance(n int) {
	for ; n > 0 && c.rest != ""; n-- {
		r, size := utf8.DecodeRuneInString(c.rest)
		c.rest = c.rest[size:]
		c.column++
		if r == '\n' {
			c.line, c.column = c.line+1, 1
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
