package sink

import (
	"flag"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"
)

// fragments are what the grammar gives a meaning, and what must not come alive.
var fragments = []string{
	"@octocat", "#1", "GH-1", "me@a.b", "<!--", "-->", "![", "](a)", "[", "](", "a](b)", "[^1]", "[^1]: ",
	"`", "``", "```", "```go\n", "~~~", "~~~~", "~~~\n", "`x|y`", "$", "$$",
	"\n", "\n", "\n", "\n\n", " ", "  ", "    ", "\t", "> ", "- ", "1. ", "2) ", "* ", "# ", "=\n", "|", "|---|", "---", "|x",
	"<b>", "</b>", "<B>", "<code>", "<details>", "</details>", "<summary>", "</summary>", "<br>", "<pre>", "<?", "<![CDATA[", "<",
	"](`)", "[^`", "[^a", "[\\^", "&Hat;", "](</s>)", "]: ", "<s>", "</s>", "\u00a0", "\u00a0\n", " \"", "](x \"y\")", "](b&amp;c)",
	"https://a.b/", "https://", "<https://a.b>", "www.a.b", "&#64;", "&lt;", "&amp;", "\\", "_", "*", "**", "~~",
	"a", "x y", "foo", "!", "@", ".", "-", ":", "\"", "'", "(", ")", "{",
}

var seed = flag.Uint64("seed", 1, "what TestRandomMarkdown begins with")

// TestRandomMarkdown puts fragments together at random and has the result read
// by two parsers: goldmark, and where it is installed cmark-gfm, which GitHub's
// own is made from (Debian has it as the package cmark-gfm).
func TestRandomMarkdown(t *testing.T) {
	t.Parallel()
	parsers := map[string]func(testing.TB, string) string{"goldmark": rendered}
	if _, err := exec.LookPath("cmark-gfm"); err == nil {
		parsers["cmark-gfm"] = cmark
	}
	random := rand.New(rand.NewPCG(*seed, 0))
	for range 300 {
		var b strings.Builder
		for range 3 + random.IntN(25) {
			b.WriteString(fragments[random.IntN(len(fragments))])
		}
		text := b.String()
		md := Markdown(text, Options{})
		parts := Split(Markdown(strings.Repeat(text+"\n", 20), Options{}), 1000)
		for name, parse := range parsers {
			for _, part := range append(parts[:min(len(parts), 2)], md) {
				if found := alive(t, parse(t, part)); found != "" {
					t.Fatalf("%s: %q became\n%s\nin which there is %s", name, text, part, found)
				}
			}
			if in := around(t, parse(t, md+"\n\n"+behind)); in != "p body html" {
				t.Fatalf("%s: %q swallows what stands behind it (%s):\n%s", name, text, in, md)
			}
		}
		if again := Markdown(md, Options{}); again != md {
			t.Fatalf("%q became\n%s\nand that became\n%s", text, md, again)
		}
	}
}

// cmark is [rendered] by GitHub's parser.
func cmark(t testing.TB, markdown string) string {
	t.Helper()
	command := exec.Command("cmark-gfm", "--unsafe", "-e", "table", "-e", "strikethrough", "-e", "autolink", "-e", "tasklist", "-e", "footnotes")
	command.Stdin = strings.NewReader(markdown)
	page, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}
