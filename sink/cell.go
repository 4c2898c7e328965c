package sink

import (
	"regexp"
	"strconv"
	"strings"
)

// Inline is text as Markdown within one line, for a cell of a table or a
// heading: nothing in it is markup. What is longer than 1,000 UTF-16 units is cut
// and ends with an ellipsis.
func Inline(text string) string {
	const longest = 1000
	var b strings.Builder
	text, cut := Cut(text, longest)
	if cut {
		text += "…"
	}
	for _, c := range strings.Join(strings.Fields(Strip(text)), " ") {
		if strings.ContainsRune("&<>`*_~[]|#@!\\$", c) {
			b.WriteString("&#" + strconv.Itoa(int(c)) + ";")
		} else {
			b.WriteRune(c)
		}
		if c == '@' || c == '#' {
			b.WriteString(invisible)
		}
	}
	return issue.ReplaceAllString(b.String(), "${1}"+invisible+"${2}")
}

var issue = regexp.MustCompile(`(?i)(gh-)([0-9])`)
