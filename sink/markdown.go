package sink

import "strings"

// Options of [Markdown]. The zero value is the safe one.
type Options struct {
	Mentions bool // leave @names, #numbers and GH-numbers alive: they notify people and link issues
}

// Markdown returns text as GitHub Flavored Markdown that shows what text shows
// and does nothing else. Outside of code
//
//   - an @name, a #number and a GH-number get an invisible character in front of
//     the name or number, so that nobody is notified and no issue is linked;
//   - HTML is shown as it is written, comments included, so that it can forge no
//     marker. Left alone are <br>, at the start of a line <details> and
//     <summary>, and tags of a word, such as <b>, <sub> and <kbd>, without
//     attributes, closed where they were left open;
//   - a picture becomes a link: fetching it would tell its address to a stranger;
//   - a link has its address behind it, of simple characters, and footnotes and
//     definitions of addresses are shown as they are written;
//   - a code span ends on its line, or its backticks are only backticks.
//
// Code in fences stays as it is; an open fence is closed at the end. All hidden
// characters are removed as by [Strip].
//
// What is code and what is text must be the same to this function as to GitHub,
// or text that is alive would pass for code. So everything that decides it is
// written anew in a form that leaves no doubt: fences with all lines behind the
// same quote marks and at least the same indentation, backticks and tildes that
// open nothing as entities. The grammar is https://github.github.com/gfm/.
//
// Markdown of its own result changes nothing, and what it returns for two texts
// may be put one below the other with a blank line between them.
func Markdown(text string, o Options) string {
	return (&markdown{Options: o, blank: true}).harmless(text)
}

// markdown is a text on its way through [Markdown].
type markdown struct {
	Options
	out     strings.Builder
	code    *fence // the code block that is open
	table   bool   // a table may be open
	blank   bool   // the last line was blank, or there was none
	details int    // how many are open
}

// harmless takes a whole text.
func (m *markdown) harmless(text string) string {
	text = strings.TrimRight(Strip(text), " \t\n")
	m.out.Grow(len(text) + len(text)/8)
	for line, rest, more := "", text, true; more; {
		line, rest, more = strings.Cut(rest, "\n")
		m.line(line, rest)
	}
	m.end()
	return strings.TrimRight(m.out.String(), " \t\n")
}

// line takes one line; rest is what follows it.
func (m *markdown) line(line, rest string) {
	if m.code != nil {
		switch content, in := m.code.content(line); {
		case !in:
			m.write(m.code.close())
			m.code = nil
		case m.code.closed(content):
			m.write(m.code.close())
			m.code = nil
			return
		default:
			m.write(m.code.prefix() + content)
			return
		}
	}
	if f, ok := opener(line); ok {
		if f.ambiguous() && !m.blank {
			m.write("")
		}
		m.write(f.open())
		m.code, m.table = f.inside(), false
		return
	}
	m.text(line, rest)
}

// text takes one line that is not in a code block.
func (m *markdown) text(line, rest string) {
	next, _, _ := strings.Cut(rest, "\n")
	m.table = !isBlank(line) && (m.table || delimiterRow(line) || delimiterRow(next))
	text, html := m.inline(line)
	m.write(text)
	if html && !isBlank(next) {
		m.write("") // HTML ends at a blank line, and only from there on is Markdown obeyed
	}
}

// inline is a line of text made harmless, and whether it may be HTML.
func (m *markdown) inline(line string) (text string, html bool) {
	html = beginsHTML(line)
	in := inline{markdown: m, line: line, raw: html, html: startsBlock(line), urls: hasURL(line), runs: backticks(line)}
	in.scan()
	return in.out.String(), html
}

func (m *markdown) write(line string) {
	m.out.WriteString(line)
	m.out.WriteByte('\n')
	m.blank = isBlank(line)
}

// end closes what is open.
func (m *markdown) end() {
	if m.code != nil {
		m.write(m.code.close())
	}
	m.out.WriteString(strings.Repeat("\n</details>\n", m.details))
}

// isBlank reports whether line is one between two blocks: no other character
// makes it blank.
func isBlank(line string) bool { return strings.Trim(line, " \t") == "" }

// delimiterRow reports whether line may be the row under the head of a table.
func delimiterRow(line string) bool {
	return strings.Contains(line, "-") && strings.Trim(line, " \t>*+-|:") == ""
}

// beginsHTML reports whether line may begin a block of raw HTML with a tag that
// is left alone: <details> or <summary> at its start, or <br> alone. There no
// Markdown is obeyed, so a code span is none.
// https://github.github.com/gfm/#html-blocks
func beginsHTML(line string) bool {
	i := strings.IndexByte(line, '<')
	if i < 0 || !onlyContainers(line[:i]) {
		return false
	}
	t := tagAt(line[i:])
	return t.block() || t.name == "br" && isBlank(line[i+t.length:])
}

// startsBlock reports whether line begins a block of raw HTML for certain: with
// <details> or <summary>, behind nothing but a few spaces.
func startsBlock(line string) bool {
	in := leading(line, ' ')
	return in < 4 && in < len(line) && line[in] == '<' && tagAt(line[in:]).block()
}

// onlyContainers reports whether start, the beginning of a line, may be nothing
// but marks of quotes and lists.
func onlyContainers(start string) bool { return strings.Trim(start, " \t>*+-0123456789.)") == "" }

// Code is text as a code block in a language, as long as its fence has to be.
func Code(language, text string) string {
	text = strings.TrimRight(Strip(text), "\n")
	f := fence{mark: '`', length: 3, info: word(language)}
	for strings.Contains(text, strings.Repeat("`", f.length)) {
		f.length++
	}
	if f.length > longestFence {
		return Markdown(text, Options{})
	}
	return f.open() + "\n" + text + "\n" + f.close()
}
