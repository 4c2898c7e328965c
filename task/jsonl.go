package task

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/keyless-inference/action/document"
)

// MaxLine is the most bytes that a line of a JSONL file may have.
const MaxLine = 16 << 20

// A line is one line of a JSONL file, a JSON object. It is valid until the next.
type line struct {
	file   string
	number int // from 1
	text   []byte
	props  []prop
}

// A prop is a property of a line.
type prop struct {
	name  string
	value json.RawMessage
	at    int // offset of the name
}

// wrongAt is a mistake at an offset of the line.
func (l line) wrongAt(offset int, format string, args ...any) *document.Error {
	before := l.text[:max(0, min(offset, len(l.text)))]
	return document.NewError(l.file, document.Place{Line: l.number, Column: utf8.RuneCount(before) + 1}, format, args...)
}

// lines are those of the JSONL file r, called file in errors. Blank lines are
// passed over, but count; a byte order mark, CRLF and a last line without a line
// feed are all right. After an error the next line follows, unless reading itself
// failed.
func lines(file string, r io.Reader) iter.Seq2[line, error] {
	return func(yield func(line, error) bool) {
		s := bufio.NewScanner(r)
		s.Buffer(nil, MaxLine+3) // CR, LF, and one for the scanner
		n := 1
		for ; s.Scan() && len(s.Bytes()) <= MaxLine; n++ {
			text := s.Bytes()
			if n == 1 {
				text = bytes.TrimPrefix(text, []byte("\xEF\xBB\xBF"))
			}
			if len(bytes.TrimSpace(text)) == 0 {
				continue
			}
			l, err := parseLine(line{file: file, number: n, text: text})
			if !yield(l, err) {
				return
			}
		}
		here := line{file: file, number: n}
		switch err := s.Err(); {
		case len(s.Bytes()) > MaxLine, errors.Is(err, bufio.ErrTooLong):
			yield(line{}, here.wrongAt(0, "the line has more than %d MiB", MaxLine>>20))
		case err != nil:
			yield(line{}, here.wrongAt(0, "reading the line: %w", err))
		}
	}
}

// parseLine reads the JSON object in the text of l into it.
func parseLine(l line) (line, error) {
	first := len(l.text) - len(bytes.TrimLeft(l.text, blanks))
	switch {
	case !utf8.Valid(l.text):
		return l, l.wrongAt(document.InvalidUTF8(l.text), "the line is not UTF-8 text")
	case !json.Valid(l.text):
		return l, l.syntax()
	case l.text[first] != '{':
		return l, l.wrongAt(first, "each line must be a JSON object, such as {\"id\": 1, \"text\": \"…\"}")
	}
	return l.fill(first + 1)
}

// syntax says where the line stops being JSON.
func (l line) syntax() error {
	var whole json.RawMessage
	err := json.Unmarshal(l.text, &whole)
	offset := len(l.text)
	if bad := (*json.SyntaxError)(nil); errors.As(err, &bad) {
		offset = int(bad.Offset) - 1
	}
	return l.wrongAt(offset, "the line is not valid JSON: %w", err)
}

// fill reads the properties from the offset on. The text is a valid object, so all
// that is looked for is there; each byte is looked at once more, and none is copied.
func (l line) fill(i int) (line, error) {
	seen := map[string]bool{}
	for {
		i = skip(l.text, i, blanks+",")
		if l.text[i] == '}' {
			return l, nil
		}
		end := valueEnd(l.text, i)
		p := prop{name: unquote(l.text[i:end]), at: i}
		i = skip(l.text, end, blanks+":")
		end = valueEnd(l.text, i)
		p.value = l.text[i:end]
		i = end
		if seen[p.name] {
			return l, l.wrongAt(p.at, "the property %q is given twice", p.name)
		}
		seen[p.name] = true
		l.props = append(l.props, p)
	}
}

// blanks are those that JSON allows between values (RFC 8259, section 2).
const blanks = " \t\r\n"

// skip is the offset from i on of the first byte that is none of signs.
func skip(text []byte, i int, signs string) int {
	for strings.IndexByte(signs, text[i]) >= 0 {
		i++
	}
	return i
}

// valueEnd is the offset behind the value that begins at i.
func valueEnd(text []byte, i int) int {
	depth := 0
	for ; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			i = stringEnd(text, i)
		case c == '{', c == '[':
			depth++
		case depth > 0 && (c == '}' || c == ']'):
			depth--
		case depth > 0:
			continue
		case strings.IndexByte(blanks+",}]:", c) >= 0:
			return i // behind a number or a word
		default:
			continue
		}
		if depth == 0 {
			return i + 1
		}
	}
	return i
}

// stringEnd is the offset of the quotation mark that ends the string at i.
func stringEnd(text []byte, i int) int {
	for i++; text[i] != '"'; i++ {
		if text[i] == '\\' {
			i++
		}
	}
	return i
}

// unquote is the text of a valid JSON string.
func unquote(raw []byte) string {
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1])
	}
	var s string
	_ = json.Unmarshal(raw, &s) // it is valid
	return s
}

func (l line) get(name string) (prop, bool) {
	for _, p := range l.props {
		if p.name == name {
			return p, true
		}
	}
	return prop{}, false
}

// id names the request or the text of the line: its own, else its number.
func (l line) id() (string, error) {
	p, ok := l.get("id")
	if !ok {
		return strconv.Itoa(l.number), nil
	}
	id := p.text()
	switch {
	case p.value[0] != '"' && !p.isNumber():
		return "", l.wrongAt(p.at, "the id must be text or a number, not %s", p.value)
	case id == "":
		return "", l.wrongAt(p.at, "the id is empty")
	}
	return id, nil
}

// text is the value as a variable has it: a text as it is, anything else as JSON.
func (p prop) text() string {
	if p.value[0] == '"' {
		return unquote(p.value)
	}
	return string(p.value)
}

func (p prop) isNumber() bool {
	return p.value[0] == '-' || '0' <= p.value[0] && p.value[0] <= '9'
}
