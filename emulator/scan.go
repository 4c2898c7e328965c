package emulator

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// quickParams reads what a request for embeddings usually looks like: an object
// of strings, numbers and an "input" that is a list of strings. It looks at each
// byte about once, where encoding/json would do so four times, and is not ok with
// anything else, also with what is no JSON: that is for [readParams] to judge.
func quickParams(body []byte) (p params, ok bool) {
	p = params{fields: map[string]json.RawMessage{}, body: body}
	s := scanner{body: body}
	if !s.take('{') {
		return p, false
	}
	for more := true; more; more = s.take(',') {
		key, ok := s.text()
		if !ok || !s.take(':') {
			return p, false
		}
		if key == "input" && s.take('[') {
			if p.texts, ok = s.texts(); !ok {
				return p, false
			}
			p.fields[key] = json.RawMessage("[]")
			continue
		}
		raw := bytes.TrimRight(s.simple(), " \n\r\t")
		if !json.Valid(raw) || string(raw) == "null" || key == "input" {
			return p, false
		}
		p.fields[key] = raw
	}
	return p, s.take('}') && s.space() == len(body) && p.texts != nil
}

// A scanner reads JSON from at on.
type scanner struct {
	body []byte
	at   int
}

// space passes over white space and returns where it ends.
func (s *scanner) space() int {
	for s.at < len(s.body) && strings.IndexByte(" \n\r\t", s.body[s.at]) >= 0 {
		s.at++
	}
	return s.at
}

// take passes over c if it is the next character that is no white space.
func (s *scanner) take(c byte) bool {
	if s.space() == len(s.body) || s.body[s.at] != c {
		return false
	}
	s.at++
	return true
}

// texts reads the rest of a list of strings of at least one.
func (s *scanner) texts() (all []string, ok bool) {
	for {
		text, ok := s.text()
		if !ok {
			return nil, false
		}
		all = append(all, text)
		if !s.take(',') {
			return all, s.take(']')
		}
	}
}

// simple passes over a value that is neither a list nor an object. It may be
// none at all.
func (s *scanner) simple() []byte {
	from := s.space()
	if s.take('"') {
		s.at = from
		if _, ok := s.text(); !ok {
			return nil
		}
		return s.body[from:s.at]
	}
	if n := bytes.IndexAny(s.body[from:], ",}[{"); n >= 0 {
		s.at = from + n
	}
	return s.body[from:s.at]
}

// text reads a string.
func (s *scanner) text() (string, bool) {
	if !s.take('"') {
		return "", false
	}
	from, escaped := s.at, false
	for {
		n := bytes.IndexByte(s.body[s.at:], '"')
		if n < 0 {
			return "", false
		}
		s.at += n + 1
		raw := s.body[from : s.at-1]
		if trailing := len(raw) - len(bytes.TrimRight(raw, `\`)); trailing%2 == 1 {
			continue // the quote is one of the text
		}
		escaped = bytes.IndexByte(raw, '\\') >= 0
		if !plainText(raw) {
			return "", false
		}
		if escaped {
			return unescape(raw)
		}
		return string(raw), true
	}
}

// plainText reports whether raw is UTF-8 without control characters.
func plainText(raw []byte) bool {
	for _, c := range raw {
		if c < ' ' {
			return false
		}
	}
	return utf8.Valid(raw)
}

// escapes are the letters after a backslash, and what they mean.
var escapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// unescape reads the inside of a string that has backslashes in it.
func unescape(raw []byte) (string, bool) {
	var b strings.Builder
	b.Grow(len(raw))
	for {
		n := bytes.IndexByte(raw, '\\')
		if n < 0 {
			b.Write(raw)
			return b.String(), true
		}
		b.Write(raw[:n])
		raw = raw[n+1:]
		switch c := raw[0]; {
		case escapes[c] != 0:
			b.WriteByte(escapes[c])
			raw = raw[1:]
		case c == 'u':
			r, size := codePoint(raw)
			if size == 0 {
				return "", false
			}
			b.WriteRune(r)
			raw = raw[size:]
		default:
			return "", false
		}
	}
}

// codePoint reads uXXXX, or two of them with a backslash between where they are
// the halves of one character. Half a character is U+FFFD. The size is 0 if raw
// is nothing of the kind.
func codePoint(raw []byte) (r rune, size int) {
	r, ok := hex4(raw)
	if !ok {
		return 0, 0
	}
	if !utf16.IsSurrogate(r) {
		return r, 5
	}
	if low, ok := hex4(bytes.TrimPrefix(raw[5:], []byte(`\`))); ok && len(raw) > 5 && raw[5] == '\\' {
		if whole := utf16.DecodeRune(r, low); whole != utf8.RuneError {
			return whole, 11
		}
	}
	return utf8.RuneError, 5
}

func hex4(raw []byte) (rune, bool) {
	if len(raw) < 5 || raw[0] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(raw[1:5]), 16, 32)
	return rune(n), err == nil
}
