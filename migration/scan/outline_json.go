package scan

import "bytes"

// jsonOutline reads what it can of a JSON file, with comments and trailing
// commas, as settings of editors have them.
func jsonOutline(data []byte) *node {
	root := &node{}
	for i := skipBlank(data, markLength(data)); i < len(data); i = skipBlank(data, i) {
		next := jsonValue(data, i, root, 0)
		if next <= i { // a stray closing bracket
			next = i + 1
		}
		i = next
	}
	return root
}

// jsonValue reads the value at i into n, and returns what is behind it.
func jsonValue(data []byte, i int, n *node, depth int) int {
	if i >= len(data) {
		return i
	}
	switch data[i] {
	case '{', '[':
		if depth >= deepest {
			return len(data)
		}
		return jsonBracket(data, i, n, depth)
	case '"', '\'':
		end := stringEnd(data, i)
		n.start, n.end = i+1, max(i+1, end-1)
		return end
	}
	end := bareEnd(data, i)
	n.start, n.end = i, i+len(bytes.TrimRight(data[i:end], " \t\r\n"))
	return end
}

// jsonBracket reads an object or an array.
func jsonBracket(data []byte, i int, n *node, depth int) int {
	closing := byte('}')
	if data[i] == '[' {
		closing = ']'
	}
	n.start, n.end = i, i
	for i = skipBlank(data, i+1); i < len(data); i = skipBlank(data, i) {
		switch data[i] {
		case ',':
			i++
			continue
		case closing:
			return i + 1
		case '}', ']':
			return i
		}
		kid := n.add(&node{item: closing == ']', keyStart: i, keyEnd: i, start: i, end: i})
		if closing == '}' {
			i = jsonKey(data, i, kid)
		}
		next := jsonValue(data, i, kid, depth+1)
		if next <= i {
			next = i + 1
		}
		i = next
	}
	return len(data)
}

// jsonKey reads a key and its colon.
func jsonKey(data []byte, i int, n *node) int {
	if data[i] == '"' || data[i] == '\'' {
		end := stringEnd(data, i)
		n.keyStart, n.keyEnd = i+1, max(i+1, end-1)
		i = end
	} else {
		for i < len(data) && bytes.IndexByte([]byte(":,{}[]\n"), data[i]) < 0 {
			i++
		}
		n.keyEnd = i
	}
	n.key = string(bytes.TrimSpace(data[n.keyStart:n.keyEnd]))
	n.start, n.end = i, i
	if i = skipBlank(data, i); i < len(data) && data[i] == ':' {
		i = skipBlank(data, i+1)
	}
	return i
}

// stringEnd is behind the string that starts at i, at most at its line's end.
func stringEnd(data []byte, i int) int {
	quote := data[i]
	for j := i + 1; j < len(data); j++ {
		switch data[j] {
		case '\\':
			j++
		case quote:
			return j + 1
		case '\n':
			return j
		}
	}
	return len(data)
}

// bareEnd is behind a number, a word, or YAML's plain text at i. Braces of
// templates and references belong to it: {{ .Values.key }}, ${KEY}.
func bareEnd(data []byte, i int) int {
	depth := 0
	for ; i < len(data); i++ {
		switch c := data[i]; {
		case c == '\n', c == ',' && depth == 0, c == ']' && depth == 0:
			return i
		case c == '{':
			depth++
		case c == '}':
			if depth == 0 {
				return i
			}
			depth--
		}
	}
	return i
}

// skipBlank is behind white space and comments.
func skipBlank(data []byte, i int) int {
	for i < len(data) {
		switch c := data[i]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
		case hasPrefix(data[i:], "//"), c == '#':
			i += lineLength(data[i:])
		case hasPrefix(data[i:], "/*"):
			i += until(data[i:], 2, "*/")
		default:
			return i
		}
	}
	return i
}
