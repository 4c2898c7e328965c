package sink

import (
	"html"
	"strings"
)

// entity is the entity at the start of text, a numeric one with or without the
// semicolon that HTML forgives it for, or "".
func entity(text string) string {
	end := 1
	if strings.HasPrefix(text, "&#") {
		end++
	}
	start := end
	for end < len(text) && end < 33 && isAlnum(text[end]) {
		end++
	}
	switch {
	case end == start:
		return ""
	case end < len(text) && text[end] == ';':
		return text[:end+1]
	case start == 2:
		return text[:end]
	}
	return ""
}

// ours are the entities that this package writes.
var ours = map[string]bool{
	invisible: true, "&lt;": true, "&amp;": true, "&#96;": true, "&#126;": true, "&#33;": true,
	"&#40;": true, "&#58;": true,
}

// ampersand takes an entity as it is if what it stands for may be shown: not a
// letter or a sign that becomes alive with what is around it, not a hidden
// character.
func (in *inline) ampersand() {
	name := entity(in.line[in.at:])
	if name == "" || ours[name] {
		in.copy(max(1, len(name)))
		return
	}
	value := html.UnescapeString(name)
	if strings.HasSuffix(name, ";") && strings.IndexFunc(value, deceptive) < 0 {
		in.copy(len(name))
		return
	}
	in.replace(1, "&amp;")
}

func deceptive(c rune) bool {
	return isHidden(c) || strings.ContainsRune("@#^-\n\t\uFFFD", c) || c < 0x80 && isAlnum(byte(c))
}

// entities reports whether there is an entity in text.
func entities(text string) bool {
	for i := range len(text) {
		if text[i] == '&' && entity(text[i:]) != "" {
			return true
		}
	}
	return false
}
