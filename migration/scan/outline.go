package scan

import "strings"

// A node is a value of a configuration file, with the key that it stands under:
// of YAML, JSON, TOML, properties or XML. Offsets count in the text that the node
// was read from.
type node struct {
	key              string
	keyStart, keyEnd int
	start, end       int  // the value's text, without quotes; of a mapping or a list nothing
	item             bool // an element of a list
	block            bool // the value is a block of lines, such as a script
	parent           *node
	place            int // among the parent's kids
	kids             []*node

	indent int // of the line, in YAML
}

// deepest is how many levels a file may have; what is deeper is not looked at,
// so that a hostile file can't exhaust the stack.
const deepest = 100

// add puts a node below n.
func (n *node) add(kid *node) *node {
	kid.parent, kid.place = n, len(n.kids)
	n.kids = append(n.kids, kid)
	return kid
}

// walk calls visit for each node below n, in order of the text, parents first.
func (n *node) walk(visit func(*node)) {
	for _, kid := range n.kids {
		visit(kid)
		kid.walk(visit)
	}
}

// child is the node under a key, in any case; nil when there is none.
func (n *node) child(key string) *node {
	if n == nil {
		return nil
	}
	for _, kid := range n.kids[:min(len(n.kids), 4*vicinity)] {
		if strings.EqualFold(kid.key, key) {
			return kid
		}
	}
	return nil
}

// vicinity is how many nodes before and behind one are looked at to understand
// it, so that a file with a million of them is read in bounded time.
const vicinity = 150

// siblings are the nodes around n in what it stands in, n among them.
func (n *node) siblings() []*node {
	kids := n.parent.kids
	return kids[max(0, n.place-vicinity):min(len(kids), n.place+vicinity)]
}

// path is the node under one key after the other.
func (n *node) path(keys ...string) *node {
	for _, key := range keys {
		n = n.child(key)
	}
	return n
}

// under reports whether one of the keys above n is key.
func (n *node) under(key string) bool {
	for n = n.parent; n != nil; n = n.parent {
		if strings.EqualFold(n.key, key) {
			return true
		}
	}
	return false
}

// scalar reports whether n has a value of its own: it is no mapping and no list.
func (n *node) scalar() bool { return len(n.kids) == 0 }

// mapping is the mapping that n stands in, with the key over it: list elements
// are skipped.
func (n *node) mapping() *node {
	for n = n.parent; n != nil && n.key == "" && n.parent != nil; n = n.parent {
	}
	return n
}

// last is behind the last byte of n and what is below it.
func (n *node) last() int {
	for len(n.kids) > 0 {
		n = n.kids[len(n.kids)-1]
	}
	return max(n.end, n.keyEnd)
}

// at is a node's value.
func (t *text) at(n *node) string {
	if n == nil {
		return ""
	}
	return string(t.data[n.start:n.end])
}
