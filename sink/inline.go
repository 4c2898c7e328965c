package sink

import "strings"

// invisible goes between a sign and what would make it a mention or a reference:
// a zero-width space, written so that a reader of the source can see it.
const invisible = "&#8203;"

// inline is one line of text on its way through [Markdown], outside of code
// blocks.
type inline struct {
	*markdown
	line string
	raw  bool          // the line may be HTML, in which Markdown is not obeyed
	html bool          // it is
	urls bool          // there may be a web address in the line
	runs map[int][]int // where runs of backticks of a length are
	at   int           // what is done of line
	bar  int           // there is no bar between at and here
	tags []string      // those that are open
	out  strings.Builder
}

// special is what the scan has to look at; everything else is copied.
var special = [256]bool{
	'\\': true, '`': true, '~': true, '<': true, '&': true, '@': true, '#': true, '!': true, '[': true, ']': true,
	'h': true, 'H': true, 'g': true, 'G': true,
}

func (in *inline) scan() {
	in.out.Grow(len(in.line) + len(in.line)/8)
	for in.at < len(in.line) {
		start := in.at
		for in.at < len(in.line) && !special[in.line[in.at]] {
			in.at++
		}
		in.out.WriteString(in.line[start:in.at])
		if in.at < len(in.line) {
			in.special()
		}
	}
	if len(in.tags) > 0 && strings.HasSuffix(in.line, "\\") {
		in.out.WriteByte(' ') // a backslash would escape the tag
	}
	for i := len(in.tags); i > 0; i-- {
		in.out.WriteString("</" + in.tags[i-1] + ">")
	}
}

// special takes what begins with the byte at in.at.
func (in *inline) special() {
	switch c := in.line[in.at]; c {
	case '\\':
		in.backslash()
	case '`':
		in.backtick()
	case '~':
		in.tilde()
	case '<':
		in.less()
	case '&':
		in.ampersand()
	case '@':
		in.sign(in.is(1, isAlnum) && !in.email())
	case '#':
		in.sign(in.is(1, isDigit))
	case '!':
		in.bang()
	case '[':
		in.bracket()
	case ']':
		in.closing()
	case 'g', 'G':
		in.issue()
	default:
		in.url()
	}
}

// copy takes n bytes as they are, replace takes n bytes and writes text.
func (in *inline) copy(n int) { in.replace(n, in.line[in.at:in.at+n]) }

func (in *inline) replace(n int, text string) {
	in.out.WriteString(text)
	in.at += n
}

// is reports whether there is a byte n behind in.at, and it is one of a kind.
func (in *inline) is(n int, kind func(byte) bool) bool {
	i := in.at + n
	return i >= 0 && i < len(in.line) && kind(in.line[i])
}

// backslash takes an escape. Where the line turns out to be HTML there are none,
// so what would then be alive is left to its own rule without the backslash.
func (in *inline) backslash() {
	switch {
	case in.is(1, func(c byte) bool { return c == '<' || c == '&' || c == '`' }):
		in.replace(2, map[byte]string{'<': "&lt;", '&': "&amp;", '`': "&#96;"}[in.line[in.at+1]])
	case in.is(1, func(c byte) bool { return c == '\\' || c == '!' || c == '~' }):
		in.copy(2)
	default:
		in.copy(1)
	}
}

// backticks finds the runs of backticks in line.
func backticks(line string) map[int][]int {
	if !strings.Contains(line, "`") {
		return nil
	}
	runs := map[int][]int{}
	for i := 0; i < len(line); i++ {
		if n := leading(line[i:], '`'); n > 0 {
			runs[n] = append(runs[n], i)
			i += n
		}
	}
	return runs
}

// backtick takes a code span as it is, or backticks that open none as entities:
// else they might open one with those of another line. In a table a bar ends the
// cell, and the span with it.
func (in *inline) backtick() {
	n := leading(in.line[in.at:], '`')
	ends := in.runs[n]
	for len(ends) > 0 && ends[0] < in.at+n {
		ends = ends[1:]
	}
	if in.runs != nil {
		in.runs[n] = ends
	}
	if len(ends) == 0 || in.raw || in.inURL() || in.table && in.barBefore(ends[0]) {
		in.replace(n, strings.Repeat("&#96;", n))
		return
	}
	in.copy(ends[0] + n - in.at)
}

// barBefore reports whether there is a bar that is not escaped from in.at to end.
func (in *inline) barBefore(end int) bool {
	for in.bar < end && (in.bar < in.at || in.line[in.bar] != '|' || in.bar > 0 && in.line[in.bar-1] == '\\') {
		in.bar++
	}
	return in.bar < end
}

// tilde takes tildes: three and more could open a code block.
func (in *inline) tilde() {
	n := leading(in.line[in.at:], '~')
	if n < 3 {
		in.copy(n)
		return
	}
	in.replace(n, strings.Repeat("&#126;", n))
}

// sign takes @ or #, with something invisible behind it if it is alive.
func (in *inline) sign(alive bool) {
	in.copy(1)
	if alive && !in.Mentions {
		in.out.WriteString(invisible)
	}
}

// issue takes the letter that may begin GH-1, of which the dash may be escaped.
func (in *inline) issue() {
	rest := in.line[in.at:]
	for _, form := range []string{"gh-", `gh\-`} {
		apart := !in.is(-1, isAlnum) || in.raw || in.inURL()
		if hasPrefixFold(rest, form) && in.is(len(form), isDigit) && apart && !in.Mentions {
			in.replace(len(form), rest[:len(form)]+invisible)
			return
		}
	}
	in.copy(1)
}

// bang takes an exclamation mark, and makes a picture a link. Behind another one
// it stays as an entity, or that one would make the picture.
func (in *inline) bang() {
	switch {
	case !in.is(1, func(c byte) bool { return c == '[' }):
		in.copy(1)
	case in.is(-1, func(c byte) bool { return c == '!' }):
		in.replace(1, "&#33;")
	case strings.HasPrefix(in.line[in.at+1:], "[]"):
		in.replace(2, "[picture")
	default:
		in.replace(1, "")
	}
}

// bracket takes the beginning of a link's text. A footnote is none here: where
// there is none of the name, GitHub's parser shows all of its label as it was
// written, and where there is one, it is a block.
func (in *inline) bracket() {
	in.copy(1)
	if rest := in.line[in.at:]; strings.HasPrefix(rest, "^") || strings.HasPrefix(rest, `\^`) {
		in.out.WriteString(invisible)
	}
}

// closing takes the end of a link's text with the address behind it, if that is
// simple: what an address or a title hides from one parser is alive to another.
// A definition of an address is none, since it could reach over several lines.
func (in *inline) closing() {
	rest := in.line[in.at+1:]
	switch {
	case strings.HasPrefix(rest, ":"):
		in.replace(2, "]&#58;")
	case !strings.HasPrefix(rest, "("):
		in.copy(1)
	default:
		if n := target(rest[:min(len(rest), longestURL)]); n > 0 {
			in.replace(1+n, "]"+quiet(rest[:n]))
		} else {
			in.replace(2, "]&#40;")
		}
	}
}
