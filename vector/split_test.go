package vector

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestTokens(t *testing.T) {
	t.Parallel()
	// The right numbers are those of cl100k_base.
	for _, test := range []struct {
		text  string
		right int
	}{
		{"", 0},
		{"Hello, world!", 4},
		{"The quick brown fox jumps over the lazy dog.", 10},
		{"func main() { fmt.Println(\"hello\") }", 12},
		{strings.Repeat("lorem ipsum dolor sit amet ", 10), 61},
		{strings.Repeat("1234567890", 10), 34},
	} {
		got := Tokens(test.text)
		if float64(got) < 0.95*float64(test.right) || float64(got) > 1.6*float64(test.right)+1 {
			t.Errorf("Tokens(%.40q) = %d; cl100k_base: %d", test.text, got, test.right)
		}
	}
}

func TestTokensAllocatesNothing(t *testing.T) {
	text := strings.Repeat("Naïve café, 日本語 и 🙂\n", 50)
	if n := testing.AllocsPerRun(10, func() { Tokens(text) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

const guide = `# Guide

A paragraph of a few words that says little. It has two sentences.

Another one, with a list:
- one
- two

## Code

` + "```sh" + `
# not a heading

make all
` + "```" + `
After the block.

Title
=====

The end.
`

func TestLineStarts(t *testing.T) {
	t.Parallel()
	names := map[border]string{heading: "heading", block: "block", inner: "inner"}
	var got []string
	for _, l := range lineStarts(guide) {
		first, _, _ := strings.Cut(guide[l.at:], "\n")
		got = append(got, names[l.border]+" "+first)
	}
	want := []string{
		"heading # Guide", "block A paragraph of a few words that says little. It has two sentences.",
		"block Another one, with a list:", "heading ## Code", "block ```sh", "inner make all",
		"block After the block.", "heading Title", "block The end.",
	}
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("got:\n%s\nwant:\n%s", g, w)
	}
}

func TestSplit(t *testing.T) {
	t.Parallel()
	code := "package p\n\n// A is.\nfunc A() {\n\tone()\n\n\ttwo()\n}\n\nfunc B() {\n\tthree()\n}\n"
	for _, test := range []struct {
		name, text      string
		tokens, overlap int
		want            []string
	}{
		{"empty", "", 10, 0, nil},
		{"short", "a b", 10, 5, []string{"a b"}},
		{"declarations", code, 20, 0, []string{code[:strings.Index(code, "func B")], code[strings.Index(code, "func B"):]}},
		{"headings", "# One\n\nAlpha beta.\n\n# Two\n\nGamma delta.\n", 9, 0, []string{"# One\n\nAlpha beta.\n\n", "# Two\n\nGamma delta.\n"}},
		{"sentences", "One two three. Four five six. Seven eight.", 9, 0, []string{"One two three. Four five six. ", "Seven eight."}},
		{"words", "one two three four five six seven", 4, 0, []string{"one two three ", "four five ", "six seven"}},
		{"overlap", "One two three. Four five six. Seven eight nine.", 13, 6, []string{"One two three. Four five six. ", "Four five six. Seven eight nine."}},
		{"characters", "e\u0301e\u0301e\u0301", 5, 0, []string{"e\u0301", "e\u0301", "e\u0301"}},
		{"no limit", "日本", 0, 0, []string{"日", "本"}},
	} {
		var got []string
		for _, c := range Split(test.text, test.tokens, test.overlap) {
			got = append(got, c.Text)
		}
		if test.want != nil && strings.Join(got, "|") != strings.Join(test.want, "|") {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func FuzzSplit(f *testing.F) {
	f.Add(guide, 20, 5)
	f.Add(strings.Repeat("日本語。", 20)+"\xff\xfe🙂\u200d🙂", 3, 1)
	f.Add(strings.Repeat("x", 300)+"\r\n\r\n", 7, 3)
	f.Fuzz(func(t *testing.T, text string, tokens, overlap int) {
		tokens %= 1000
		overlap %= 1000
		checkChunks(t, text, tokens, overlap, Split(text, tokens, overlap))
	})
}

func checkChunks(t *testing.T, text string, tokens, overlap int, chunks []Chunk) {
	t.Helper()
	end := 0
	var all strings.Builder
	for i, c := range chunks {
		if c.Text != text[c.Start:c.End] || c.Start > end || c.End <= end {
			t.Fatalf("chunk %d is %d to %d after %d", i, c.Start, c.End, end)
		}
		if n := Tokens(c.Text); n > max(tokens, 1) && utf8.RuneCountInString(c.Text) > 1 {
			t.Fatalf("chunk %d has %d tokens, not %d: %q", i, n, tokens, c.Text)
		}
		if n := Tokens(text[c.Start:end]); n > max(overlap, 0) || 2*n > max(tokens, 0) {
			t.Fatalf("chunk %d repeats %d tokens, not %d of %d", i, n, overlap, tokens)
		}
		if utf8.ValidString(text) && !utf8.ValidString(c.Text) {
			t.Fatalf("chunk %d cuts a rune: %q", i, c.Text)
		}
		all.WriteString(text[end:c.End])
		end = c.End
	}
	if all.String() != text {
		t.Fatalf("together the chunks are not the text: %q", all.String())
	}
}

func BenchmarkTokens(b *testing.B) {
	text := strings.Repeat(guide, 50)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Tokens(text)
	}
}

func BenchmarkSplit(b *testing.B) {
	text := strings.Repeat(guide, 1000)
	for _, overlap := range []int{0, 50} {
		b.Run("overlap="+string(rune('0'+overlap/10)), func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				Split(text, 400, overlap)
			}
		})
	}
}
