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
	text = clean(text)
	word := delimiter(text)
	title = (&githubactions.Command{Name: "group", Message: clean(title)}).String()
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

// Printable returns text as it may be shown on a terminal: see [Runner.Fence].
func Printable(text string) string { return clean(text) }

// clean makes text valid UTF-8 and removes the characters that steer a
// terminal or hide text: C0 and C1 controls other than line feed and tab (a
// lone carriage return overwrites the line, a pair with a line feed is kept as
// the line feed), and the bidirectional overrides of
// https://trojansource.codes.
func clean(text string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c == '\n', c == '\t':
			return c
		case unicode.IsControl(c), c >= '\u202a' && c <= '\u202e', c >= '\u2066' && c <= '\u2069', c == '\u200e', c == '\u200f':
			return -1
		}
		return c
	}, strings.ToValidUTF8(text, "\uFFFD"))
}
