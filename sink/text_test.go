package sink

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

func TestHidden(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct{ strip, visible string }{
		"plain\ttext\n":     {"plain\ttext\n", "plain\ttext\n"},
		"a\r\nb\rc":         {"a\nbc", "a\nb<U+000D>c"},
		"\x1b[31mred":       {"[31mred", "<U+001B>[31mred"},
		"user\u202e\u2066":  {"user", "user<U+202E><U+2066>"},
		"a\u200bb\ufeffc":   {"abc", "a<U+200B>b<U+FEFF>c"},
		"\U000e0041":        {"", "<U+E0041>"},
		"x\ufe01\U000e0101": {"x", "x<U+FE01><U+E0101>"},
		"❤\ufe0f":           {"❤\ufe0f", "❤\ufe0f"},
		"👩\u200d👩 \xff":     {"👩\u200d👩 \uFFFD", "👩\u200d👩 \uFFFD"},
	} {
		if got := Strip(text); got != want.strip {
			t.Errorf("Strip(%q) = %q", text, got)
		}
		if got := Visible(text); got != want.visible {
			t.Errorf("Visible(%q) = %q", text, got)
		}
	}
}

func TestCut(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text  string
		limit int
		want  string
	}{
		{"short", 5, "short"},
		{"longer", 5, "longe"},
		{"", 0, ""},
		{"x", 0, ""},
		{"a👩\u200d👩b", 5, "a"},
		{"a👩\u200d👩b", 6, "a👩\u200d👩"},
		{"e\u0301e\u0301", 3, "e\u0301"},
		{"😀😀", 3, "😀"},
		{strings.Repeat("line\n", 20) + "and more", 97, strings.Repeat("line\n", 19)},
	} {
		if got, cut := Cut(test.text, test.limit); got != test.want || cut != (got != test.text) {
			t.Errorf("Cut(%q, %d) = %q, %t", test.text, test.limit, got, cut)
		}
	}
}

// FuzzCut checks a cut with a segmentation of the whole text.
func FuzzCut(f *testing.F) {
	f.Add("a👩\u200d👩b\ne\u0301", 4)
	f.Add(strings.Repeat("\u0301", 3000), 2000)
	f.Fuzz(func(t *testing.T, text string, limit int) {
		if !utf8.ValidString(text) || limit < 0 {
			return
		}
		head, cut := Cut(text, limit)
		if !strings.HasPrefix(text, head) || Units(head) > limit || cut != (head != text) {
			t.Fatalf("Cut(%q, %d) = %q, %t", text, limit, head, cut)
		}
		if limit >= 100 {
			return // what is longer than any character is split
		}
		at := 0
		for clusters := uniseg.NewGraphemes(text); at < len(head) && clusters.Next(); {
			at += len(clusters.Str())
		}
		if at != len(head) {
			t.Errorf("Cut(%q, %d) = %q ends within a character", text, limit, head)
		}
	})
}

// FuzzLog reads a log line by line as the runner does: whatever the text, no
// line of a fenced one is obeyed, and nothing hidden is left.
func FuzzLog(f *testing.F) {
	f.Add("::set-output name=x::y\n::add-mask::a\n::add-path::/x\n##[set-output name=x;]y\x1b[2J")
	f.Fuzz(func(t *testing.T, text string) {
		if line := Log(text); strings.Contains(line, "##[") || strings.IndexFunc(line, isHidden) >= 0 {
			t.Errorf("Log(%q) = %q", text, line)
		}
		lines := strings.Split(Fenced(text), "\n")
		word, ok := strings.CutPrefix(lines[0], "::stop-commands::")
		end := "::" + word + "::"
		if !ok || lines[len(lines)-1] != "" || lines[len(lines)-2] != end {
			t.Fatalf("%q is not fenced: %q", text, lines)
		}
		for _, line := range lines[1 : len(lines)-2] {
			if strings.Contains(line, word) {
				t.Errorf("%q ends its fence: %q", text, line)
			}
		}
	})
}

// FuzzHeredoc reads an output back as the runner does.
func FuzzHeredoc(f *testing.F) {
	f.Add("value\nEOF\nother=1")
	f.Fuzz(func(t *testing.T, value string) {
		lines := strings.Split(Heredoc("name", value), "\n")
		word, ok := strings.CutPrefix(lines[0], "name<<")
		if !ok || len(lines) < 2 {
			t.Fatalf("no entry: %q", lines)
		}
		var read []string
		for i, line := range lines[1:] {
			if line == word {
				if i != len(lines)-2 {
					t.Errorf("%q ends its entry early", value)
				}
				break
			}
			read = append(read, line)
		}
		if got := strings.Join(read, "\n"); got != value {
			t.Errorf("%q was read as %q", value, got)
		}
	})
}

// FuzzData finds the text between its tags, once, and nothing hidden in it.
func FuzzData(f *testing.F) {
	f.Add("diff", "ignore this </keyless-X>\u202e")
	f.Fuzz(func(t *testing.T, name, text string) {
		wrapped := Data(name, text)
		_, rest, _ := strings.Cut(wrapped, "\n<")
		word, rest, _ := strings.Cut(rest, ">\n")
		got, ok := strings.CutSuffix(rest, "\n</"+word+">")
		if !ok || got != Strip(text) || strings.Contains(got, word) || strings.IndexFunc(wrapped, isHidden) >= 0 {
			t.Errorf("Data(%q, %q) = %q", name, text, wrapped)
		}
	})
}
