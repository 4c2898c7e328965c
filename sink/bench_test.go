package sink

import (
	"strings"
	"testing"
)

// BenchmarkSinks sends 10 MB through every sink: text as a model writes it, and
// the worst that it could write instead. go test ./sink -bench . -benchmem
func BenchmarkSinks(b *testing.B) {
	const size = 10_000_000
	for name, piece := range map[string]string{
		"prose":      "Some *text* with `code`, a [link](https://example.com/a#b), an @name, #12 and 1 < 2.\n\n```go\nx := 1\n```\n\n| a | b |\n|---|---|\n| c | d |\n\n",
		"one line":   "word ",
		"backticks":  "`",
		"unequal":    "` `` ``` ```` ",
		"less":       "<",
		"tags":       "<b><details>",
		"ampersands": "&a&#",
		"addresses":  "http://a.b/@",
		"signs":      "@a#1",
		"at signs":   "@",
		"bangs":      "![",
		"fences":     "```\n",
		"quotes":     "> ",
		"accents":    "e\u0301\u0301\u0301",
		"hidden":     "\u202e\x1b",
		"nested":     "|-|\n" + nested(2500),
	} {
		text := strings.Repeat(piece, size/len(piece))
		markdown := Markdown(text, Options{})
		for sink, run := range map[string]func(string){
			"Markdown": func(s string) { Markdown(s, Options{}) },
			"Split":    func(string) { Split(markdown, 65_000) },
			"Inline":   func(s string) { Inline(s) },
			"Fenced":   func(s string) { Fenced(s) },
			"Heredoc":  func(s string) { Heredoc("name", s) },
			"Data":     func(s string) { Data("name", s) },
			"Cut":      func(s string) { Cut(s, 450_000) },
		} {
			b.Run(sink+"/"+name, func(b *testing.B) {
				b.SetBytes(int64(len(text)))
				b.ReportAllocs()
				for b.Loop() {
					run(text)
				}
			})
		}
	}
}

// nested are runs of backticks of all lengths up to n, and the same backwards.
func nested(n int) string {
	var b strings.Builder
	for i := 1 - n; i < n; i++ {
		b.WriteString(strings.Repeat("`", n-max(i, -i)) + " ")
	}
	return b.String() + "\n"
}
