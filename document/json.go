package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// JSONText returns the JSON that the text n contains, or nil after a mistake: at
// the place where it stops being JSON. what names it in errors.
func (r *Reader) JSONText(n ast.Node, what string) []byte {
	text, _ := r.Scalar(n)
	if strings.TrimSpace(text) == "" {
		r.Fail(n, "%s is empty", what)
		return nil
	}
	err := json.Unmarshal([]byte(text), new(json.RawMessage))
	if err == nil {
		return []byte(strings.TrimSpace(text))
	}
	// Offset counts the offending byte; JSON that ends too early offends in its last.
	offset := len(strings.TrimRight(text, " \t\n")) - 1
	if bad := (*json.SyntaxError)(nil); errors.As(err, &bad) {
		offset = min(offset, int(bad.Offset)-1)
	}
	at := r.Origin(n).Locate(text, []int{offset})[0]
	r.FailAt(at, "%s is not valid JSON: %w", what, err)
	return nil
}

// JSON is the value n as JSON with the keys in their order, or nil after a mistake.
func (r *Reader) JSON(n ast.Node) []byte {
	var b bytes.Buffer
	if !r.writeJSON(&b, n) {
		return nil
	}
	return b.Bytes()
}

// writeJSON writes n as JSON with the keys in their order, and reports whether
// it is some.
func (r *Reader) writeJSON(b *bytes.Buffer, n ast.Node) bool {
	switch v := r.Value(n).(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		entries, _ := r.Entries(v)
		return list(b, "{}", entries, func(e Entry) bool {
			b.Write(quote(e.Name))
			b.WriteByte(':')
			return r.writeJSON(b, e.Value)
		})
	case *ast.SequenceNode:
		return list(b, "[]", v.Values, func(item ast.Node) bool { return r.writeJSON(b, item) })
	case *ast.NullNode:
		b.WriteString("null")
	case *ast.BoolNode:
		b.WriteString(strconv.FormatBool(v.Value))
	case *ast.IntegerNode:
		return r.writeNumber(b, v, v.Value)
	case *ast.FloatNode:
		return r.writeNumber(b, v, v.Value)
	case *ast.InfinityNode, *ast.NanNode:
		return r.writeNumber(b, v, math.NaN())
	default:
		if digits := r.Digits(v); digits != "" {
			b.WriteString(digits)
			break
		}
		text, _ := r.Scalar(v)
		b.Write(quote(text))
	}
	return true
}

// list writes the items between the two brackets.
func list[T any](b *bytes.Buffer, brackets string, items []T, write func(T) bool) bool {
	ok := true
	b.WriteByte(brackets[0])
	for i, item := range items {
		if i > 0 {
			b.WriteByte(',')
		}
		ok = write(item) && ok
	}
	b.WriteByte(brackets[1])
	return ok
}

// writeNumber writes a number as it is written in the file if JSON knows that
// form, else its value: 31 for 0x1F.
func (r *Reader) writeNumber(b *bytes.Buffer, n ast.Node, value any) bool {
	text := []byte(n.GetToken().Value)
	if !json.Valid(text) {
		var err error
		if text, err = json.Marshal(value); err != nil {
			r.Fail(n, "JSON has no number %s", n.GetToken().Value)
			return false
		}
	}
	b.Write(text)
	return true
}

// quote is s as a JSON string, without the escapes that only HTML needs.
func quote(s string) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.Encode(s) // a string always has an encoding, and a Buffer takes it
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
