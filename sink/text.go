package sink

import (
	"crypto/rand"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// Word returns a random word that does not occur in text, for what must not be
// forged: a delimiter, a tag.
func Word(text string) string {
	for {
		if word := "keyless-" + rand.Text(); !strings.Contains(text, word) {
			return word
		}
	}
}

// Strip makes text valid UTF-8 and removes the characters that steer a terminal
// or hide text: C0 and C1 controls other than line feed and tab (a pair of
// carriage return and line feed is kept as the line feed), bidirectional marks
// and overrides (https://trojansource.codes), line and paragraph separators,
// and what else Unicode calls ignorable, such as zero-width characters, fillers and
// tags, but for the joiners and the two variation selectors that scripts and emoji
// need (https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point).
func Strip(text string) string {
	return hidden(text, func(*strings.Builder, rune) {})
}

// Visible is [Strip] with every such character shown by its number, such as
// <U+202E>, instead of removed: for readers who should know that it was there.
func Visible(text string) string {
	return hidden(text, func(b *strings.Builder, c rune) { fmt.Fprintf(b, "<U+%04X>", c) })
}

// hidden copies text and lets show write what stands for a hidden character.
func hidden(text string, show func(*strings.Builder, rune)) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\r\n", "\n")
	first := firstHidden(text)
	if first < 0 {
		return text
	}
	var b strings.Builder
	b.Grow(len(text))
	b.WriteString(text[:first])
	for _, c := range text[first:] {
		if isHidden(c) {
			show(&b, c)
		} else {
			b.WriteRune(c)
		}
	}
	return b.String()
}

// firstHidden is strings.IndexFunc with isHidden, faster where text is ASCII.
func firstHidden(text string) int {
	for i := 0; i < len(text); i++ {
		if c := text[i]; ' ' <= c && c <= '~' || c == '\n' {
			continue
		}
		c, size := utf8.DecodeRuneInString(text[i:])
		if isHidden(c) {
			return i
		}
		i += size - 1
	}
	return -1
}

func isHidden(c rune) bool {
	switch {
	case c == '\n', c == '\t':
		return false
	case c < 0x80:
		return c < 0x20 || c == 0x7f
	}
	return unicode.IsControl(c) || unicode.Is(unseen, c)
}

// unseen are the characters above ASCII that [Strip] removes, controls aside.
var unseen = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x00ad, Hi: 0x00ad, Stride: 1},
		{Lo: 0x034f, Hi: 0x034f, Stride: 1},
		{Lo: 0x061c, Hi: 0x061c, Stride: 1},
		{Lo: 0x115f, Hi: 0x1160, Stride: 1},
		{Lo: 0x17b4, Hi: 0x17b5, Stride: 1},
		{Lo: 0x180b, Hi: 0x180f, Stride: 1},
		{Lo: 0x200b, Hi: 0x200b, Stride: 1},
		{Lo: 0x200e, Hi: 0x200f, Stride: 1},
		{Lo: 0x2028, Hi: 0x202e, Stride: 1},
		{Lo: 0x2060, Hi: 0x206f, Stride: 1},
		{Lo: 0x3164, Hi: 0x3164, Stride: 1},
		{Lo: 0xfe00, Hi: 0xfe0d, Stride: 1},
		{Lo: 0xfeff, Hi: 0xfeff, Stride: 1},
		{Lo: 0xffa0, Hi: 0xffa0, Stride: 1},
		{Lo: 0xfff0, Hi: 0xfffb, Stride: 1},
	},
	R32: []unicode.Range32{
		{Lo: 0x1bca0, Hi: 0x1bca3, Stride: 1},
		{Lo: 0x1d173, Hi: 0x1d17a, Stride: 1},
		{Lo: 0xe0000, Hi: 0xe0fff, Stride: 1},
	},
}

// Units is the length of text in UTF-16 code units.
func Units(text string) int {
	n := 0
	for _, c := range text {
		n += unitsOf(c)
	}
	return n
}

func unitsOf(c rune) int { return max(1, utf16.RuneLen(c)) }

// Cut returns the beginning of text that is at most limit UTF-16 units long, and
// whether that is not all of it. It ends between two characters as a reader sees
// them: no surrogate pair, no emoji and no letter with its accents is split. It
// ends after a whole line if one ends in its last eighth.
func Cut(text string, limit int) (head string, cut bool) {
	end := prefix(text, limit)
	if end == len(text) {
		return text, false
	}
	if line := strings.LastIndexByte(text[:end], '\n') + 1; line > end-end/8 {
		return text[:line], true
	}
	return text[:grapheme(text, end)], true
}

// prefix is how many bytes of text are within limit UTF-16 units.
func prefix(text string, limit int) int {
	if len(text) <= limit { // a unit is at least a byte
		return len(text)
	}
	units := 0
	for i, c := range text {
		if units += unitsOf(c); units > limit {
			return i
		}
	}
	return len(text)
}

// grapheme is the last boundary between two characters as a reader sees them
// (Unicode Standard Annex 29) at or before the byte end. What goes on for longest
// bytes is no character of any language and is split.
func grapheme(text string, end int) int {
	const farthest, longest = 1 << 10, 100
	start := max(0, end-farthest)
	if i := strings.LastIndexByte(text[start:end], '\n'); i >= 0 {
		start += i + 1 // a line feed stands alone in any case
	}
	for start > 0 && !utf8.RuneStart(text[start]) {
		start++
	}
	at, state := start, -1
	for at < end {
		cluster, _, _, next := uniseg.FirstGraphemeClusterInString(text[at:min(len(text), end+farthest)], state)
		if at+len(cluster) > end {
			break
		}
		at, state = at+len(cluster), next
	}
	if at == start && end-start >= longest {
		return end
	}
	return at
}
