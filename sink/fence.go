package sink

import "strings"

// A fence is a fenced code block, see
// https://github.github.com/gfm/#fenced-code-blocks.
type fence struct {
	quotes int    // how many ">" stand in front of each line
	lead   string // what stands between them and the fence: spaces, on the first line also marks of lists
	mark   byte   // '`' or '~'
	length int    // of the fence in marks, at least 3
	info   string // the language
}

const longestFence = 40

// opener reads a line that opens a code block: marks of quotes, then of lists,
// then the fence.
func opener(line string) (f fence, ok bool) {
	if !strings.Contains(line, "```") && !strings.Contains(line, "~~~") {
		return f, false
	}
	line = expandTabs(line)
	f.quotes, line = quotes(line, 10)
	start := listMarks(line)
	f.lead, line = line[:start], line[start:]
	f.length = leading(line, '`') + leading(line, '~') // one of them is 0
	if f.length < 3 || f.length > longestFence || len(f.lead) > longestFence || f.quotes == 10 {
		return f, false // what nobody writes is text, so that no line that closes a block is longer than 100
	}
	f.mark = line[0]
	info := line[f.length:]
	f.info = word(info)
	return f, f.mark == '~' || !strings.Contains(info, "`")
}

// quotes takes at most most marks of quotes off the start of line.
func quotes(line string, most int) (n int, rest string) {
	for n < most {
		in := leading(line, ' ')
		if in > 3 || in == len(line) || line[in] != '>' {
			break
		}
		line = strings.TrimPrefix(line[in+1:], " ")
		n++
	}
	return n, line
}

// listMarks is how long the marks of lists and the spaces at the start of line
// are.
func listMarks(line string) int {
	at := leading(line, ' ')
	for {
		mark := 0
		for at+mark < len(line) && mark < 9 && isDigit(line[at+mark]) {
			mark++
		}
		set := "-*+"
		if mark > 0 {
			set = ".)"
		}
		if at+mark == len(line) || strings.IndexByte(set, line[at+mark]) < 0 {
			return at
		}
		spaces := leading(line[at+mark+1:], ' ')
		if spaces == 0 {
			return at
		}
		at += mark + 1 + spaces
	}
}

// ambiguous reports whether the first line could continue a paragraph instead of
// opening the block.
func (f *fence) ambiguous() bool {
	return len(f.lead) > 3 || strings.Trim(f.lead, " ") != ""
}

// inside is the block behind its first line: a list's mark stands there alone.
func (f *fence) inside() *fence {
	in := *f
	in.lead = strings.Repeat(" ", len(f.lead))
	return &in
}

func (f *fence) open() string { return f.prefix() + f.lead + f.bar() + f.info }

func (f *fence) close() string {
	return f.prefix() + f.inside().lead + f.bar()
}

func (f *fence) prefix() string { return strings.Repeat("> ", f.quotes) }

func (f *fence) bar() string { return strings.Repeat(string(f.mark), f.length) }

// content returns a line of the block as it stands behind the prefix, indented
// at least as far as the fence, and whether it belongs to the block at all: a
// line without the quote marks does not.
func (f *fence) content(line string) (string, bool) {
	if f.quotes > 0 {
		line = expandTabs(line)
		n, rest := quotes(line, f.quotes)
		if n < f.quotes {
			return "", false
		}
		line = rest
	}
	if f.lead == "" {
		return line, true
	}
	blank := strings.TrimLeft(line, " \t")
	if blank == "" {
		return "", true
	}
	space := expandTabs(line[:len(line)-len(blank)])
	if len(space) < len(f.lead) {
		space = f.lead
	}
	return space + blank, true
}

// closed reports whether content is the fence that ends the block.
func (f *fence) closed(content string) bool {
	in := leading(content, ' ')
	n := leading(content[in:], f.mark)
	return n >= f.length && in <= len(f.lead)+3 && isBlank(content[in+n:])
}

// expandTabs replaces the tabs at the start of line, and those among the marks
// there, by spaces up to the next multiple of four columns.
func expandTabs(line string) string {
	var b strings.Builder
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\t':
			b.WriteString("    "[b.Len()%4:])
		case strings.IndexByte(" >*+-.)0123456789", c) >= 0:
			b.WriteByte(c)
		default:
			return b.String() + line[i:]
		}
	}
	return b.String()
}

// leading is how often c stands at the start of s.
func leading(s string, c byte) int { return len(s) - len(strings.TrimLeft(s, string(c))) }

// word is the first word of a fence's info string, the language, as far as it is
// made of harmless characters.
func word(info string) string {
	info = strings.TrimLeft(info, " \t")
	end := strings.IndexFunc(info, func(c rune) bool {
		return c >= 0x80 || !isAlnum(byte(c)) && !strings.ContainsRune("+#._-", c)
	})
	if end < 0 {
		end = len(info)
	}
	return info[:min(end, 40)]
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isAlnum(c byte) bool { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'z' }
