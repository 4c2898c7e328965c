package vector

import (
	"slices"
	"strings"
)

// A lineStart is where a line begins that is more than a line.
type lineStart struct {
	at     int
	border border
}

// lineAt is the kind of border before the line that begins at.
func (s *splitter) lineAt(at int) border {
	i, found := slices.BinarySearchFunc(s.lines, at, func(l lineStart, at int) int { return l.at - at })
	if !found {
		return line
	}
	return s.lines[i].border
}

// lineStarts are the lines that begin a heading, a block or an inner block.
func lineStarts(text string) (all []lineStart) {
	var f fence
	apart := true // after a blank line or a fenced block
	at := 0
	for l := range strings.Lines(text) {
		content := strings.TrimRight(l, " \t\r\n")
		inside := f.marks != ""
		opens, closes := f.step(content)
		if b := kind(content, text[at+len(l):], opens, inside, apart); b < line {
			all = append(all, lineStart{at, b})
		}
		apart = content == "" || closes
		at += len(l)
	}
	return all
}

// kind is the border before a line. next is what follows it.
func kind(content, next string, opens, inside, apart bool) border {
	switch {
	case opens:
		return block
	case !apart || content == "":
		return line
	case inside, content[0] == ' ', content[0] == '\t':
		return inner
	case isHeading(content), isUnderline(next):
		return heading
	}
	return block
}

// isHeading tells a heading of Markdown. It is only asked after a blank line,
// for in a script a comment looks the same.
// https://spec.commonmark.org/0.31.2/#atx-headings
func isHeading(content string) bool {
	rest := strings.TrimLeft(content, "#")
	level := len(content) - len(rest)
	return 1 <= level && level <= 6 && (rest == "" || rest[0] == ' ' || rest[0] == '\t')
}

// isUnderline reports whether the first line of text makes the one before it a
// heading: https://spec.commonmark.org/0.31.2/#setext-headings
func isUnderline(text string) bool {
	content, _, _ := strings.Cut(text, "\n")
	content = strings.TrimRight(content, " \t\r")
	return len(content) >= 2 && (strings.Trim(content, "=") == "" || strings.Trim(content, "-") == "")
}

// A fence is the fenced code block that a line is in, if there are marks.
// https://spec.commonmark.org/0.31.2/#fenced-code-blocks
type fence struct {
	marks string
}

// step goes past a line and says whether it opens or closes a block.
func (f *fence) step(content string) (opens, closes bool) {
	content = strings.TrimLeft(content, " \t")
	if f.marks != "" {
		closes = strings.HasPrefix(content, f.marks) && strings.Trim(content, f.marks[:1]) == ""
		if closes {
			f.marks = ""
		}
		return false, closes
	}
	rest := content
	if content != "" && (content[0] == '`' || content[0] == '~') {
		rest = strings.TrimLeft(content, content[:1])
	}
	marks := content[:len(content)-len(rest)]
	if len(marks) < 3 || marks[0] == '`' && strings.Contains(rest, "`") {
		return false, false
	}
	f.marks = marks
	return true, false
}
