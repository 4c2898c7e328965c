package sink

import (
	"strings"
	"unicode/utf8"
)

// Wrap breaks the lines of text between words so that none is longer than width
// characters, unless a single word is. Blanks between words become one, and each line
// ends with a line feed.
func Wrap(text string, width int) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		column := 0
		for word := range strings.FieldsSeq(line) {
			n := utf8.RuneCountInString(word)
			switch {
			case column == 0:
			case column+1+n > width:
				b.WriteByte('\n')
				column = 0
			default:
				b.WriteByte(' ')
				column++
			}
			b.WriteString(word)
			column += n
		}
		b.WriteByte('\n')
	}
	return b.String()
}
