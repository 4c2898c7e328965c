package document

import "github.com/goccy/go-yaml/ast"

// check walks the whole document for duplicate keys and for the parts of YAML
// that are refused, connects aliases with their anchors, and returns the size of
// n with all aliases in it. An alias refers to the last anchor before it, which
// is complete by then, so there are no cycles.
func (r *Reader) check(n ast.Node) (size int) {
	switch n := n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		entries, _ := r.Entries(n)
		r.duplicates(entries)
		for _, e := range entries {
			size += len(e.Name) + r.check(e.Value)
		}
	case *ast.SequenceNode:
		for _, v := range n.Values {
			size += r.check(v)
		}
	case *ast.AnchorNode:
		size = r.check(n.Value)
		r.anchors[n.Name.GetToken().Value] = anchor{n.Value, size}
	case *ast.AliasNode:
		size = r.resolve(n)
	case *ast.TagNode:
		r.Fail(n, "the tag %s is not supported; quote a value to make it text", n.GetToken().Value)
	default:
		size = len(n.GetToken().Value)
		if l, ok := n.(*ast.LiteralNode); ok {
			size = len(l.Value.Value)
		}
	}
	return min(size, maxExpanded) + 1
}

// resolve finds the value of an alias and returns its size.
func (r *Reader) resolve(n *ast.AliasNode) int {
	name := n.Value.GetToken().Value
	a, ok := r.anchors[name]
	if !ok {
		r.Fail(n, "the alias *%s has no anchor &%s before it", name, name)
		return 0
	}
	r.aliases[n] = a.node
	if r.expanded <= maxExpanded && r.expanded+a.size > maxExpanded {
		r.Fail(n, "the aliases up to this one stand for more than %d bytes", maxExpanded)
	}
	r.expanded = min(r.expanded, maxExpanded) + a.size
	return a.size
}

// duplicates reports keys that are given twice, and keys that are refused.
func (r *Reader) duplicates(entries []Entry) {
	seen := map[string]int{}
	for _, e := range entries {
		line := e.Key.GetToken().Position.Line
		if before, ok := seen[e.Name]; ok {
			r.Fail(e.Key, "the key %q is given twice, first in line %d", e.Name, before)
		}
		seen[e.Name] = line
		_, merge := r.Value(e.Key).(*ast.MergeKeyNode)
		if _, ok := r.Scalar(e.Key); merge {
			r.Fail(e.Key, "merge keys (<<) are not supported; write the keys out")
		} else if !ok {
			r.Fail(e.Key, "a key must be a plain name, without a tag or an alias")
		}
	}
}
