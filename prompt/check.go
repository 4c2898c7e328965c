package prompt

import "github.com/goccy/go-yaml/ast"

// check walks the whole document for duplicate keys and for the parts of YAML
// that are refused, connects aliases with their anchors, and returns the size of
// n with all aliases in it. An alias refers to the last anchor before it, which
// is complete by then, so there are no cycles.
func (r *reader) check(n ast.Node) (size int) {
	switch n := n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		entries, _ := r.entries(n)
		r.duplicates(entries)
		for _, e := range entries {
			size += len(e.name) + r.check(e.value)
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
		r.fail(n, "the tag %s is not supported; quote a value to make it text", n.GetToken().Value)
	default:
		size = len(n.GetToken().Value)
		if l, ok := n.(*ast.LiteralNode); ok {
			size = len(l.Value.Value)
		}
	}
	return min(size, maxExpanded) + 1
}

// resolve finds the value of an alias and returns its size.
func (r *reader) resolve(n *ast.AliasNode) int {
	name := n.Value.GetToken().Value
	a, ok := r.anchors[name]
	if !ok {
		r.fail(n, "the alias *%s has no anchor &%s before it", name, name)
		return 0
	}
	r.aliases[n] = a.node
	if r.expanded <= maxExpanded && r.expanded+a.size > maxExpanded {
		r.fail(n, "the aliases up to this one stand for more than %d bytes", maxExpanded)
	}
	r.expanded = min(r.expanded, maxExpanded) + a.size
	return a.size
}

// duplicates reports keys that are given twice, and keys that are refused.
func (r *reader) duplicates(entries []entry) {
	seen := map[string]int{}
	for _, e := range entries {
		line := e.key.GetToken().Position.Line
		if before, ok := seen[e.name]; ok {
			r.fail(e.key, "the key %q is given twice, first in line %d", e.name, before)
		}
		seen[e.name] = line
		_, merge := r.value(e.key).(*ast.MergeKeyNode)
		if _, ok := r.scalar(e.key); merge {
			r.fail(e.key, "merge keys (<<) are not supported; write the keys out")
		} else if !ok {
			r.fail(e.key, "a key must be a plain name, without a tag or an alias")
		}
	}
}
