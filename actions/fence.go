package actions

import (
	"crypto/rand"
	"fmt"
	"strings"
	"unicode"

	"github.com/sethvargo/go-githubactions"
)

// Fence shows text that nobody vouches for in the log of a run, folded under
// title, with the runner's ears closed: between ::stop-commands:: and a random
// word that ends it, no line of text is obeyed. Control characters are removed.
// Outside GitHub Actions it does nothing: there the text is on stdout.
func (r *Runner) Fence(title, text string) {
	if !r.OnGitHub() {
		return
	}
	text = Printable(text)
	word := delimiter(text)
	title = (&githubactions.Command{Name: "group", Message: Printable(title)}).String()
	r.mu.Lock()
	defer r.mu.Unlock()
	fmt.Fprintf(r.log, "%s\n::stop-commands::%s\n%s\n::%s::\n::endgroup::\n", title, word, text, word)
}

// delimiter returns a random word that does not occur in text.
func delimiter(text string) string {
	for {
		if word := "keyless-" + rand.Text(); !strings.Contains(text, word) {
			return word
		}
	}
}

// Printable makes text valid UTF-8 and removes the characters that steer a
// terminal or hide text: C0 and C1 controls other than line feed and tab (a
// lone carriage return overwrites the line, a pair with a line feed is kept as
// the line feed), the bidirectional marks of https://trojansource.codes, line
// separators, and characters that show nothing at all.
func Printable(text string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c == '\n', c == '\t':
			return c
		case unicode.IsControl(c), unicode.Is(unseen, c):
			return -1
		}
		return c
	}, strings.ToValidUTF8(text, "\uFFFD"))
}

// unseen are bidirectional marks and overrides, line and paragraph separators,
// zero-width characters other than the joiners that emoji and scripts need, and
// the tag characters.
var unseen = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x061c, Hi: 0x061c, Stride: 1},
		{Lo: 0x200b, Hi: 0x200b, Stride: 1},
		{Lo: 0x200e, Hi: 0x200f, Stride: 1},
		{Lo: 0x2028, Hi: 0x202e, Stride: 1},
		{Lo: 0x2060, Hi: 0x2069, Stride: 1},
		{Lo: 0xfeff, Hi: 0xfeff, Stride: 1},
	},
	R32: []unicode.Range32{{Lo: 0xe0000, Hi: 0xe007f, Stride: 1}},
}
