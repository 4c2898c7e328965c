package scan

import (
	"bytes"
	"path"
	"strings"
)

// A format says how a text is looked at.
type format struct {
	name   string
	syntax *syntax       // nil: none, all is code
	detect []func(*text) // what to look for, beside literal keys
}

// plain is a text of which nothing is known.
var plain = &format{name: "text"}

// formatOf tells a text's format by its path, and where that says nothing by how
// it starts.
func formatOf(name string, data []byte) *format {
	lower := strings.ToLower(name)
	base := path.Base(lower)
	for _, by := range placed {
		if by.match(lower, base) {
			return by.format
		}
	}
	ext := path.Ext(base)
	if templates[ext] {
		if f := formatOf(strings.TrimSuffix(lower, ext), nil); f != plain {
			return f
		}
	}
	if f := extensions[ext]; f != nil {
		return f
	}
	if line, _, _ := bytes.Cut(data[:min(len(data), 200)], []byte("\n")); bytes.HasPrefix(line, []byte("#!")) {
		for _, by := range shebangs {
			if bytes.Contains(line, []byte(by.word)) {
				return by.format
			}
		}
	}
	return plain
}
