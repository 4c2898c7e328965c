package prompt

import (
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// An entry is a key of a map and its value.
type entry struct {
	name       string
	key, value ast.Node
}

// entries returns the entries of a map in order, and whether n is one. Nothing
// counts as the empty map.
func (r *reader) entries(n ast.Node) ([]entry, bool) {
	var values []*ast.MappingValueNode
	switch n := r.value(n).(type) {
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{n}
	case *ast.NullNode:
	default:
		return nil, false
	}
	var entries []entry
	for _, v := range values {
		name, _ := r.scalar(v.Key)
		entries = append(entries, entry{name, v.Key, v.Value})
	}
	return entries, true
}

// items returns the items of a list, and whether n is one. Nothing counts as
// the empty list.
func (r *reader) items(n ast.Node) ([]ast.Node, bool) {
	switch n := r.value(n).(type) {
	case *ast.SequenceNode:
		return n.Values, true
	case *ast.NullNode:
		return nil, true
	}
	return nil, false
}

// value is n without what YAML wraps around values.
func (r *reader) value(n ast.Node) ast.Node {
	for {
		switch v := n.(type) {
		case *ast.AnchorNode:
			n = v.Value
		case *ast.MappingKeyNode:
			n = v.Value
		case *ast.AliasNode:
			target, ok := r.aliases[v]
			if !ok {
				return v
			}
			n = target
		default:
			return n
		}
	}
}

// scalar returns a text, or a number, true, false or a date as it is written,
// and "" for nothing and null.
func (r *reader) scalar(n ast.Node) (text string, ok bool) {
	switch v := r.value(n).(type) {
	case *ast.NullNode:
		return "", true
	case *ast.LiteralNode:
		return v.Value.Value, true
	case *ast.StringNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode, *ast.MergeKeyNode:
		return v.GetToken().Value, true
	}
	return "", false
}

// kind says what n is, for errors.
func (r *reader) kind(n ast.Node) string {
	switch r.value(n).(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a map"
	case *ast.SequenceNode:
		return "a list"
	case *ast.StringNode, *ast.LiteralNode:
		return "text"
	case *ast.BoolNode:
		return "true or false"
	case *ast.NullNode:
		return "nothing"
	}
	return "a number"
}

// origin is where the text of a scalar begins.
func (r *reader) origin(n ast.Node) origin {
	t := r.value(n).GetToken()
	o := origin{cursor: cursor{line: t.Position.Line, column: 1}}
	skip := t.Position.Column - 1
	switch t.Type {
	case token.LiteralType, token.FoldedType: // the text begins below the sign
		if o.line < len(r.lines) {
			o.line++
			skip = 0
		}
	case token.SingleQuoteType:
		o.quote = '\''
		skip++
	case token.DoubleQuoteType:
		o.quote = '"'
		skip++
	}
	o.rest = r.src[r.lines[o.line-1]:]
	o.advance(skip)
	return o
}
