package document

import (
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// An Entry is a key of a map and its value.
type Entry struct {
	Name       string // as it is written
	Key, Value ast.Node
}

// Entries returns the entries of a map in order, and whether n is one. Nothing
// counts as the empty map.
func (r *Reader) Entries(n ast.Node) ([]Entry, bool) {
	var values []*ast.MappingValueNode
	switch n := r.Value(n).(type) {
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{n}
	case *ast.NullNode:
	default:
		return nil, false
	}
	entries := make([]Entry, 0, len(values))
	for _, v := range values {
		name, _ := r.Scalar(v.Key)
		entries = append(entries, Entry{name, v.Key, v.Value})
	}
	return entries, true
}

// Items returns the items of a list, and whether n is one. Nothing counts as
// the empty list.
func (r *Reader) Items(n ast.Node) ([]ast.Node, bool) {
	switch n := r.Value(n).(type) {
	case *ast.SequenceNode:
		return n.Values, true
	case *ast.NullNode:
		return nil, true
	}
	return nil, false
}

// Value is n without what YAML wraps around values.
func (r *Reader) Value(n ast.Node) ast.Node {
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

// Scalar returns a text, or a number, true, false or a date as it is written,
// and "" for nothing and null.
func (r *Reader) Scalar(n ast.Node) (text string, ok bool) {
	switch v := r.Value(n).(type) {
	case *ast.NullNode:
		return "", true
	case *ast.LiteralNode:
		return v.Value.Value, true
	case *ast.StringNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode, *ast.MergeKeyNode:
		return v.GetToken().Value, true
	}
	return "", false
}

// placeOf is where n's own token stands.
func placeOf(n ast.Node) Place {
	pos := n.GetToken().Position
	return Place{pos.Line, pos.Column}
}

// Kind says what n is, for errors.
func (r *Reader) Kind(n ast.Node) string {
	switch r.Value(n).(type) {
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

// Origin is where the text of a scalar begins.
func (r *Reader) Origin(n ast.Node) Origin {
	t := r.Value(n).GetToken()
	o := Origin{cursor: cursor{Place: Place{t.Position.Line, 1}}}
	skip := t.Position.Column - 1
	switch t.Type {
	case token.LiteralType, token.FoldedType: // the text begins below the sign
		if o.Line < len(r.lines) {
			o.Line++
			skip = 0
		}
	case token.SingleQuoteType:
		o.quote = '\''
		skip++
	case token.DoubleQuoteType:
		o.quote = '"'
		skip++
	}
	o.rest = r.src[r.lines[o.Line-1]:]
	o.advance(skip)
	return o
}
