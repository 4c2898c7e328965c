package inference

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
)

// longestVector bounds the bytes of one vector, and of any other value, in an
// answer with vectors.
const longestVector = 1 << 20

// vectors reads the answer to an embeddings request as it arrives: one vector at
// a time is in memory.
type vectors struct {
	asked []int  // what the indices of the answer stand for
	seen  []bool // which of them have been taken
	take  func(index int, vector []float32) error

	model   string
	usage   Usage
	failure []byte // an answer that consists of an error

	vector []float32
	bytes  []byte
}

// errCut is the clean end of an answer that is not whole.
var errCut = io.ErrUnexpectedEOF

// missing is what is asked for and has not been taken.
func (v *vectors) missing() (left []int) {
	for i, index := range v.asked {
		if !v.seen[i] {
			left = append(left, index)
		}
	}
	return left
}

func (v *vectors) read(body io.Reader) error {
	s := scanFrom(body, longestVector)
	return s.object(func(key []byte) error {
		switch string(key) {
		case "data":
			return s.array(func() error { return v.item(s) })
		case "model":
			return s.textInto(&v.model)
		case "usage":
			return s.usageInto(&v.usage)
		case "error":
			return v.fail(s)
		}
		return s.skip()
	})
}

// fail keeps what an answer says that is an error.
func (v *vectors) fail(s *scanner) error {
	said := map[string]string{}
	err := s.object(func(key []byte) (err error) {
		name := string(key)
		said[name], err = s.text()
		return err
	})
	if len(said) > 0 {
		v.failure, _ = json.Marshal(said)
	}
	return err
}

// item reads one vector and its index, in either order.
func (v *vectors) item(s *scanner) error {
	index := int64(-1)
	v.vector = v.vector[:0]
	err := s.object(func(key []byte) (err error) {
		switch string(key) {
		case "index":
			word, err := s.number()
			n, wrong := strconv.ParseInt(string(word), 10, 64)
			if wrong == nil {
				index = n
			}
			return err
		case "embedding":
			return v.embedding(s)
		}
		return s.skip()
	})
	switch {
	case err != nil:
		return err
	case index < 0 || index >= int64(len(v.asked)):
		return fmt.Errorf("a vector has the index %d, but %d inputs were sent", index, len(v.asked))
	case v.seen[index]:
		return fmt.Errorf("the index %d comes twice", index)
	}
	if err := v.take(v.asked[index], v.vector); err != nil {
		return err
	}
	v.seen[index] = true
	return nil
}

// embedding reads a vector: little-endian 32-bit numbers in base64, which is
// what was asked for, or a list of numbers.
func (v *vectors) embedding(s *scanner) error {
	c, err := s.peek()
	if err != nil {
		return err
	}
	v.vector = v.vector[:0]
	if c != '"' {
		return s.array(func() error { return v.number(s) })
	}
	token, plain, err := s.quoted()
	if err != nil {
		return err
	}
	text := token[1 : len(token)-1]
	if !plain {
		text = []byte(unquote(token))
	}
	return v.decode(text)
}

func (v *vectors) decode(text []byte) error {
	if need := base64.StdEncoding.DecodedLen(len(text)); cap(v.bytes) < need {
		v.bytes = make([]byte, need)
	}
	n, err := base64.StdEncoding.Decode(v.bytes[:cap(v.bytes)], text)
	if err != nil {
		return fmt.Errorf("a vector is not in base64: %w", err)
	}
	if n%4 != 0 {
		return fmt.Errorf("a vector has %d bytes, which is no multiple of the 4 of a number", n)
	}
	v.vector = slices.Grow(v.vector, n/4)[:n/4]
	for i := range v.vector {
		bits := binary.LittleEndian.Uint32(v.bytes[4*i:])
		if bits&infinite == infinite {
			return errInfinite
		}
		v.vector[i] = math.Float32frombits(bits)
	}
	return nil
}

// infinite are the bits that a number has which is none, or has no end: the
// whole exponent (IEEE 754).
const infinite = 0x7f800000

var errInfinite = errors.New("a vector has a number in it that is not finite")

func (v *vectors) number(s *scanner) error {
	word, err := s.number()
	if err != nil {
		return err
	}
	f, err := strconv.ParseFloat(string(word), 32)
	if err != nil { // null, say, or 1e99
		return errInfinite
	}
	v.vector = append(v.vector, float32(f))
	return nil
}
