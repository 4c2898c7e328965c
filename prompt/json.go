package prompt

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// schema reads the wrapper of a JSON schema, a map or a text with JSON in it.
func (r *reader) schema(into *[]byte) func(entry) {
	return func(e entry) {
		var text []byte
		switch n := r.value(e.value).(type) {
		case *ast.NullNode:
			return
		case *ast.StringNode, *ast.LiteralNode:
			text = r.jsonText(n)
		case *ast.MappingNode, *ast.MappingValueNode:
			var b bytes.Buffer
			if r.writeJSON(&b, n) {
				text = b.Bytes()
			}
		default:
			r.fail(e.value, "jsonSchema must be a map or a text with JSON in it, not %s", r.kind(n))
		}
		if text != nil {
			r.wrapper(e.value, text)
		}
		*into = text
	}
}

// jsonText returns the JSON that n contains, or reports the place where it
// stops being JSON.
func (r *reader) jsonText(n ast.Node) []byte {
	text, _ := r.scalar(n)
	if strings.TrimSpace(text) == "" {
		r.fail(n, "jsonSchema is empty")
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
	at := r.origin(n).locate(text, []int{offset})[0]
	r.failAt(at.line, at.column, "jsonSchema is not valid JSON: %w", err)
	return nil
}

// wrapper checks what the service requires of the text: a name, and a schema.
func (r *reader) wrapper(n ast.Node, text []byte) {
	var w struct {
		Name   *string         `json:"name"`
		Schema *map[string]any `json:"schema"`
	}
	if json.Unmarshal(text, &w) != nil || w.Name == nil || *w.Name == "" || w.Schema == nil {
		r.fail(n, `jsonSchema must be a map with a "name" (text) and a "schema" (the JSON schema itself, a map)`)
	}
}

// writeJSON writes n as JSON with the keys in their order, and reports whether
// it is some.
func (r *reader) writeJSON(b *bytes.Buffer, n ast.Node) bool {
	switch v := r.value(n).(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		entries, _ := r.entries(v)
		return list(b, "{}", entries, func(e entry) bool {
			b.Write(quote(e.name))
			b.WriteByte(':')
			return r.writeJSON(b, e.value)
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
		if digits := r.digits(v); digits != "" {
			b.WriteString(digits)
			break
		}
		text, _ := r.scalar(v)
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
func (r *reader) writeNumber(b *bytes.Buffer, n ast.Node, value any) bool {
	text := []byte(n.GetToken().Value)
	if !json.Valid(text) {
		var err error
		if text, err = json.Marshal(value); err != nil {
			r.fail(n, "JSON has no number %s", n.GetToken().Value)
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
