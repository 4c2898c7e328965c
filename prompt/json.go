package prompt

import (
	"encoding/json"

	"github.com/goccy/go-yaml/ast"

	"github.com/keyless-inference/action/document"
)

// schema reads the wrapper of a JSON schema, a map or a text with JSON in it.
func (r reader) schema(into *[]byte) func(document.Entry) {
	return func(e document.Entry) {
		var text []byte
		switch n := r.Value(e.Value).(type) {
		case *ast.NullNode:
			return
		case *ast.StringNode, *ast.LiteralNode:
			text = r.JSONText(n, "jsonSchema")
		case *ast.MappingNode, *ast.MappingValueNode:
			text = r.JSON(n)
		default:
			r.Fail(e.Value, "jsonSchema must be a map or a text with JSON in it, not %s", r.Kind(n))
		}
		if text != nil {
			r.wrapper(e.Value, text)
		}
		*into = text
	}
}

// wrapper checks what the service requires of the text: a name, and a schema.
func (r reader) wrapper(n ast.Node, text []byte) {
	var w struct {
		Name   *string         `json:"name"`
		Schema *map[string]any `json:"schema"`
	}
	if json.Unmarshal(text, &w) != nil || w.Name == nil || *w.Name == "" || w.Schema == nil {
		r.Fail(n, `jsonSchema must be a map with a "name" (text) and a "schema" (the JSON schema itself, a map)`)
	}
}
