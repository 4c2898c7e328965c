package inference

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Limits of what a scanner takes.
const (
	deepest = 1000     // lists and objects in each other
	window  = 64 << 10 // bytes that are read at once
)

// A scanner reads one JSON value (RFC 8259) from its beginning to its end, in
// one pass and without keeping it: an answer with vectors has 16 MB, and a bulk
// run reads thousands of answers a second, of which little is wanted. What
// reads says what it expects; a value of another kind is skipped and counts as
// missing, as null does, for gateways fill in what they do not know.
type scanner struct {
	src   io.Reader // where more comes from; nil: buf is all
	buf   []byte
	pos   int // buf[pos:] is unread
	start int // where the token begins that is being read: what comes before is dropped
	limit int // bytes of the longest token
	depth int
	name  []byte // the key last read, which outlives the next read
}

// scan reads a value that is in memory.
func scan(raw []byte) *scanner { return &scanner{buf: raw} }

// scanFrom reads a value that is arriving, with tokens of up to limit bytes.
func scanFrom(r io.Reader, limit int) *scanner {
	return &scanner{src: r, buf: make([]byte, 0, window), limit: limit}
}

// fill reads more behind buf, over what comes before start.
func (s *scanner) fill() error {
	if s.src == nil {
		return io.ErrUnexpectedEOF
	}
	s.buf = s.buf[:copy(s.buf, s.buf[s.start:])]
	s.pos, s.start = s.pos-s.start, 0
	if len(s.buf) == cap(s.buf) {
		if len(s.buf) >= s.limit {
			return fmt.Errorf("a value in it is longer than the %d bytes that are accepted", s.limit)
		}
		s.buf = append(make([]byte, 0, 2*cap(s.buf)), s.buf...)
	}
	for {
		n, err := s.src.Read(s.buf[len(s.buf):cap(s.buf)])
		s.buf = s.buf[:len(s.buf)+n]
		switch {
		case n > 0:
			return nil
		case err == io.EOF:
			return io.ErrUnexpectedEOF
		case err != nil:
			return err
		}
	}
}

// peek is the first byte of the next token.
func (s *scanner) peek() (byte, error) {
	for {
		for ; s.pos < len(s.buf); s.pos++ {
			if c := s.buf[s.pos]; c != ' ' && c != '\n' && c != '\t' && c != '\r' {
				return c, nil
			}
		}
		s.start = s.pos
		if err := s.fill(); err != nil {
			return 0, err
		}
	}
}

func (s *scanner) expect(want byte) error {
	c, err := s.peek()
	if err != nil {
		return err
	}
	if c != want {
		return unexpected(c)
	}
	s.pos++
	return nil
}

func unexpected(c byte) error { return fmt.Errorf("%q is not JSON here", c) }

// object calls field with each key of an object; field reads or skips the
// value. The key is valid until the next one is read.
func (s *scanner) object(field func(key []byte) error) error {
	return s.sequence('{', '}', func() error {
		quoted, plain, err := s.quoted()
		if err != nil {
			return err
		}
		s.name = append(s.name[:0], quoted[1:len(quoted)-1]...)
		if !plain {
			s.name = []byte(unquote(quoted))
		}
		if err := s.expect(':'); err != nil {
			return err
		}
		return field(s.name)
	})
}

// array calls item for each element of an array, which item reads or skips.
func (s *scanner) array(item func() error) error { return s.sequence('[', ']', item) }

func (s *scanner) sequence(open, end byte, item func() error) error {
	c, err := s.peek()
	if err != nil {
		return err
	}
	if c != open {
		return s.skip()
	}
	if s.depth++; s.depth > deepest {
		return errors.New("it is nested too deeply")
	}
	s.pos++
	if c, err = s.peek(); err == nil && c == end {
		s.pos++
		s.depth--
		return nil
	}
	for err == nil {
		if err = item(); err != nil {
			return err
		}
		if c, err = s.peek(); err != nil {
			return err
		}
		s.pos++
		if c == end {
			s.depth--
			return nil
		}
		if c != ',' {
			return unexpected(c)
		}
	}
	return err
}

// quoted reads a string and returns it with its quotes; plain when it stands for
// itself. It is valid until the next read.
func (s *scanner) quoted() (token []byte, plain bool, err error) {
	if err := s.expect('"'); err != nil {
		return nil, false, err
	}
	s.start, plain = s.pos-1, true
	for {
		s.pos += plainLength(s.buf[s.pos:])
		left := s.buf[s.pos:]
		switch {
		case len(left) > 0 && left[0] == '"':
			s.pos++
			token = s.buf[s.start:s.pos]
			if !plain && !json.Valid(token) {
				return nil, false, fmt.Errorf("%.50q is no JSON string", token)
			}
			return token, plain, nil
		case len(left) > 0 && left[0] != '\\':
			return nil, false, unexpected(left[0])
		case len(left) > 1: // an escape, which is judged at the end
			plain = false
			s.pos += 2
			continue
		}
		if err := s.fill(); err != nil {
			return nil, false, err
		}
	}
}

// plainLength is how many of b's first bytes stand for themselves in a string.
// Eight at a time are looked at by the trick of Alan Mycroft that finds a zero
// byte; where it may be wrong it stops too early, and the loop takes over.
func plainLength(b []byte) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	i := 0
	for ; len(b)-i >= 8; i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		quote, slash := x^(ones*'"'), x^(ones*'\\')
		if ((x-ones*' ')&^x|(quote-ones)&^quote|(slash-ones)&^slash)&highs != 0 {
			break
		}
	}
	for ; i < len(b) && b[i] >= ' ' && b[i] != '"' && b[i] != '\\'; i++ {
	}
	return i
}

// unquote is the text that a valid token stands for, as encoding/json reads it.
func unquote(token []byte) string {
	var text string
	_ = json.Unmarshal(token, &text) // valid, so it is a string
	return text
}

// text reads a string.
func (s *scanner) text() (string, error) {
	c, err := s.peek()
	if err != nil {
		return "", err
	}
	if c != '"' {
		return "", s.skip()
	}
	token, plain, err := s.quoted()
	if err != nil {
		return "", err
	}
	if plain && utf8.Valid(token) {
		return string(token[1 : len(token)-1]), nil
	}
	return unquote(token), nil
}

// number reads a number as it is written, valid until the next read; nil for
// what is none.
func (s *scanner) number() ([]byte, error) {
	c, err := s.peek()
	if err != nil {
		return nil, err
	}
	if c != '-' && (c < '0' || c > '9') {
		return nil, s.skip()
	}
	return s.word("+-.0123456789Ee")
}

// word reads what consists of the letters, and is a JSON value by itself.
func (s *scanner) word(letters string) ([]byte, error) {
	s.start = s.pos
	for {
		for s.pos < len(s.buf) && strings.IndexByte(letters, s.buf[s.pos]) >= 0 {
			s.pos++
		}
		if s.pos < len(s.buf) {
			break
		}
		if err := s.fill(); err == io.ErrUnexpectedEOF {
			break // it is the last word
		} else if err != nil {
			return nil, err
		}
	}
	word := s.buf[s.start:s.pos]
	if !json.Valid(word) {
		return nil, fmt.Errorf("%.50q is not JSON", s.buf[s.start:min(s.pos+1, len(s.buf))])
	}
	return word, nil
}

// int reads a whole number; what is none counts as 0.
func (s *scanner) int() (int64, error) {
	word, err := s.number()
	n, _ := strconv.ParseInt(string(word), 10, 64)
	return n, err
}

// skip reads a value of any kind.
func (s *scanner) skip() error {
	c, err := s.peek()
	switch {
	case err != nil:
		return err
	case c == '{':
		return s.object(func([]byte) error { return s.skip() })
	case c == '[':
		return s.array(s.skip)
	case c == '"':
		_, _, err = s.quoted()
	case c == '-' || c >= '0' && c <= '9':
		_, err = s.number()
	default:
		_, err = s.word("truefalsn")
	}
	return err
}

// raw reads a value of any kind and returns it as it is written. It works in
// memory alone.
func (s *scanner) raw() ([]byte, error) {
	if _, err := s.peek(); err != nil {
		return nil, err
	}
	from := s.pos
	err := s.skip()
	return s.buf[from:s.pos], err
}
