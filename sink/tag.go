package sink

import "strings"

// inlineTags are left alone within a line.
var inlineTags = map[string]bool{
	"b": true, "i": true, "em": true, "strong": true, "sub": true, "sup": true, "kbd": true, "ins": true,
	"del": true, "s": true, "mark": true, "var": true, "samp": true, "q": true, "code": true,
}

// A tag is one that may be left alone. Its zero value is none.
type tag struct {
	name   string
	end    bool
	length int // in the source
}

// tagAt reads a tag without attributes at the start of text: <br>, <b>, </b>,
// <details open>.
func tagAt(text string) tag {
	text, _, found := strings.Cut(text[:min(len(text), 16)], ">")
	name, end := strings.CutPrefix(strings.TrimPrefix(text, "<"), "/")
	name = strings.ToLower(name)
	switch name {
	case "br/", "br /":
		name = "br"
	case "details open":
		name = "details"
	}
	if !found || end && strings.ContainsAny(text, " ") || strings.HasPrefix(text, "</br") {
		return tag{}
	}
	return tag{name, end, len(text) + 1}
}

func (t tag) block() bool { return t.name == "details" || t.name == "summary" }

const (
	mostTags    = 16 // open within a line
	mostDetails = 8
)

// less takes a tag that is left alone, an address in angle brackets, or the
// sign.
func (in *inline) less() {
	t := tagAt(in.line[in.at:])
	switch address := in.autolink(); {
	case address != "" && !in.raw:
		in.replace(len(address), quiet(address))
	case in.keep(t):
		in.replace(t.length, strings.ToLower(in.line[in.at:in.at+t.length]))
	default:
		in.html = in.html && in.at != leading(in.line, ' ') // else the line begins with no tag
		in.replace(1, "&lt;")
	}
}

// keep reports whether t is left alone, and remembers what is open.
func (in *inline) keep(t tag) bool {
	last := len(in.tags) - 1
	switch {
	case t.name == "br":
		return true
	case t.block() && !in.html: // elsewhere a parser might not obey one of a pair
		return false
	case t.name == "details" && last >= 0: // a tag of a word around a block is never closed
		return false
	case t.name == "details" && t.end:
		in.details--
		if in.details < 0 {
			in.details = 0
			return false
		}
		return true
	case t.name == "details":
		in.details++
		if in.details > mostDetails {
			in.details--
			return false
		}
		return true
	case t.name != "summary" && !inlineTags[t.name]:
		return false
	case t.end:
		if last < 0 || in.tags[last] != t.name {
			return false
		}
		in.tags = in.tags[:last]
	case last+1 >= mostTags:
		return false
	default:
		in.tags = append(in.tags, t.name)
	}
	return true
}
