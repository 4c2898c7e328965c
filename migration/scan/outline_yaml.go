package scan

import (
	"bytes"
	"strings"
)

// A yamlReader reads an outline of YAML from its lines and their indents. No
// parser does, for two reasons: Helm templates and half of the world's other
// manifests are no YAML before they are rendered, and a parser loses the place
// of what it reads. Anchors and aliases are not followed, so none can explode.
type yamlReader struct {
	data []byte
	pos  int
	open []*node // the nodes that the next line may be in, the root first
}

// yamlOutline reads what it can of a YAML file.
func yamlOutline(data []byte) *node {
	root := &node{indent: -1}
	r := yamlReader{data: data, pos: markLength(data), open: []*node{root}}
	for r.pos < len(data) {
		r.line()
	}
	return root
}

// markLength is the length of the byte order mark that some editors start a file
// with.
func markLength(data []byte) int {
	if hasPrefix(data, "\xef\xbb\xbf") {
		return 3
	}
	return 0
}

// line reads the line at pos.
func (r *yamlReader) line() {
	start, end := r.pos, r.pos+lineLength(r.data[r.pos:])
	r.pos = end + 1
	i := start
	for i < end && (r.data[i] == ' ' || r.data[i] == '\t') {
		i++
	}
	rest := bytes.TrimSpace(r.data[i:end])
	switch {
	case len(rest) == 0, rest[0] == '#', hasPrefix(rest, "{{"), hasPrefix(rest, "---"), hasPrefix(rest, "%"):
		return
	}
	r.entry(i-start, i, end)
}

// entry reads what stands in a line from i on, at an indent.
func (r *yamlReader) entry(indent, i, end int) {
	for range 8 { // - - key: value
		if r.data[i] != '-' || i+1 < end && r.data[i+1] != ' ' {
			break
		}
		r.enter(&node{item: true, indent: indent, keyStart: i, keyEnd: i + 1, start: i + 1, end: i + 1})
		next := i + 1
		for next < end && r.data[next] == ' ' {
			next++
		}
		if next >= end || r.data[next] == '#' {
			return
		}
		indent, i = indent+next-i, next
	}
	key, after := yamlKey(r.data, i, end)
	if after < 0 {
		r.plain(indent, i, end)
		return
	}
	n := &node{key: key, keyStart: i, keyEnd: after - 1, indent: indent}
	r.enter(n)
	r.value(n, after, end)
}

// plain reads a value without a key: a list's element, or more of the value of
// the line before.
func (r *yamlReader) plain(indent, i, end int) {
	top := r.open[len(r.open)-1]
	if top.item && top.scalar() && top.start == top.keyEnd {
		r.value(top, i, end)
		return
	}
	if top.parent != nil && top.scalar() && indent > top.indent {
		if top.start == top.end {
			top.start = i
		}
		top.end = r.trimmed(i, end)
	}
}

// enter puts a node where its indent says: below the last one that is further
// left. The elements of a list may stand at their key's indent.
func (r *yamlReader) enter(n *node) {
	for len(r.open) > 1 {
		top := r.open[len(r.open)-1]
		if n.indent > top.indent || n.item && !top.item && n.indent == top.indent {
			break
		}
		r.open = r.open[:len(r.open)-1]
	}
	r.open[len(r.open)-1].add(n)
	if len(r.open) < deepest {
		r.open = append(r.open, n)
	}
}

// value reads the value that follows a key.
func (r *yamlReader) value(n *node, i, end int) {
	for i < end && (r.data[i] == ' ' || r.data[i] == '\t') {
		i++
	}
	for i < end && (r.data[i] == '!' || r.data[i] == '&') { // a tag or an anchor
		for i < end && r.data[i] != ' ' {
			i++
		}
		for i < end && r.data[i] == ' ' {
			i++
		}
	}
	n.start, n.end = i, r.trimmed(i, end)
	v := r.data[n.start:n.end]
	switch {
	case len(v) == 0:
	case v[0] == '|', v[0] == '>' && len(v) < 4:
		r.blockScalar(n)
	case v[0] == '{' && !hasPrefix(v, "{{"), v[0] == '[' && !hasPrefix(v, "[["):
		r.flow(n)
	case v[0] == '"' || v[0] == '\'':
		r.quoted(n)
	}
}

// trimmed is where the value between i and end ends: before a comment and white
// space.
func (r *yamlReader) trimmed(i, end int) int {
	quote := byte(0)
	for j := i; j < end; j++ {
		switch c := r.data[j]; {
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && j == i && (c == '"' || c == '\''):
			quote = c
		case quote == 0 && c == '#' && (j == i || r.data[j-1] == ' ' || r.data[j-1] == '\t'):
			end = j
		}
	}
	return i + len(bytes.TrimRight(r.data[i:end], " \t\r"))
}

// quoted takes the quotes off. A string that the line doesn't close goes on to
// where it is closed, some lines further at most.
func (r *yamlReader) quoted(n *node) {
	quote := r.data[n.start]
	n.start++
	if n.end > n.start && r.data[n.end-1] == quote {
		n.end--
		return
	}
	if i := bytes.IndexByte(r.data[n.start:min(len(r.data), n.start+4000)], quote); i >= 0 {
		n.end = n.start + i
		r.pos = max(r.pos, n.end+lineLength(r.data[n.end:])+1)
	}
}

// blockScalar reads the lines of a | or > value: all that are further right than
// the key.
func (r *yamlReader) blockScalar(n *node) {
	n.block = true
	n.start = min(r.pos, len(r.data))
	n.end = n.start
	for r.pos < len(r.data) {
		end := r.pos + lineLength(r.data[r.pos:])
		line := r.data[r.pos:end]
		indent := len(line) - len(bytes.TrimLeft(line, " \t"))
		if len(bytes.TrimSpace(line)) > 0 {
			if indent <= n.indent {
				return
			}
			n.end = end
		}
		r.pos = end + 1
	}
}

// flow reads a mapping or list in brackets, as JSON.
func (r *yamlReader) flow(n *node) {
	end := jsonValue(r.data, n.start, n, 0)
	n.end = n.start
	if end > r.pos {
		r.pos = end + lineLength(r.data[end:]) + 1
	}
}

// yamlKey is the key that starts at i, and what is behind its colon; -1 when
// there is none.
func yamlKey(data []byte, i, end int) (key string, after int) {
	start := i
	if i < end && (data[i] == '"' || data[i] == '\'') {
		quote := data[i]
		for i++; i < end && data[i] != quote; i++ {
		}
		if i++; i < end && data[i] == ':' {
			return string(data[start+1 : i-1]), i + 1
		}
		return "", -1
	}
	for ; i < end; i++ {
		switch c := data[i]; {
		case c == ':' && (i+1 == end || data[i+1] == ' ' || data[i+1] == '\r' || data[i+1] == '\t'):
			return strings.TrimSpace(string(data[start:i])), i + 1
		case c == '{', c == '"', c == '\'', c == '#' && i > start && data[i-1] == ' ':
			return "", -1
		}
	}
	return "", -1
}
