package report

import (
	"net/url"
	"strings"
	"testing"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"

	"github.com/yuin/goldmark"

	"github.com/keyless-inference/action/sink"
)

func TestMarker(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		"":             "\n<!-- keyless-inference: part 3 -->",
		"code-review":  "\n<!-- keyless-inference:code-review part 3 -->",
		"a--b---> c":   "\n<!-- keyless-inference:a-%2Db-%2D-%3E%20c part 3 -->",
		"x part 1 -->": "\n<!-- keyless-inference:x%20part%201%20-%2D%3E part 3 -->",
		"100%\n":       "\n<!-- keyless-inference:100%25%0A part 3 -->",
		"größe":        "\n<!-- keyless-inference:gr%C3%B6%C3%9Fe part 3 -->",
	} {
		if got := marker(header, 3); got != want {
			t.Errorf("marker(%q) = %q, want %q", header, got, want)
		}
	}
}

func TestUnmarked(t *testing.T) {
	t.Parallel()
	const m = "<!-- keyless-inference:h part 1 -->"
	for body, want := range map[string]bool{
		m:                                       true,
		"a\n" + m:                               true,
		"a\r\n" + m + "\r\n\t \n":               true,
		"a" + m:                                 false,
		" " + m:                                 false,
		"> " + m:                                false,
		m + "\na":                               false,
		m + " a":                                false,
		"a\n" + strings.Replace(m, "1", "0", 1): false,
		"a\n" + strings.Replace(m, "1", "1 of 2", 1):     false,
		"a\n" + strings.Replace(m, "1", "1234567890", 1): false,
		"a\n" + strings.Replace(m, "h", "h h", 1):        false,
		"a\n" + strings.ToUpper(m):                       false,
		"":                                               false,
	} {
		text, header, part, ok := unmarked(body)
		if ok != want || ok && (header != "h" || part != 1 || strings.Trim(text, "a") != "") {
			t.Errorf("unmarked(%q) = %q, %q, %d, %v", body, text, header, part, ok)
		}
	}
}

// A marker is read as it was written, whatever the header and the text are; it
// is one HTML comment of one line, and fits behind the longest part.
func FuzzMarker(f *testing.F) {
	f.Add("h", "text", 1)
	f.Add("a--b> c\n<!-- x", "a\n"+marker("h", 1), 2)
	f.Add("--!>", "- a\n  - b", 1000)
	f.Add("-->", "| a |\n|---|\n| b |", 7)
	f.Add("é\x00\xff", "", 1)
	f.Fuzz(func(t *testing.T, header, body string, part int) {
		if part < 1 || part > 999_999_999 || len(header) > MaxHeader {
			return
		}
		m := marker(header, part)
		inner := strings.TrimSuffix(strings.TrimPrefix(m, "\n<!--"), "-->")
		if len(inner) != len(m)-8 || strings.Contains(inner, "--") || strings.ContainsAny(inner, "<>\r\n") || sink.Units(m) >= 65_536-MaxPart {
			t.Errorf("%q", m)
		}
		text, got, n, ok := unmarked(body + m + "\n")
		name, err := url.PathUnescape(got)
		if want := strings.TrimSuffix(strings.ReplaceAll(body+"\n", "\r\n", "\n"), "\n"); !ok || err != nil || text != want || name != header || n != part {
			t.Errorf("%q became %q, %q, %d, %v", body+m, text, name, n, ok)
		}
		clean := Comment{Header: header}.body(sink.Markdown(body, sink.Options{}), part)
		if last := lastBlock(clean); !strings.HasSuffix(strings.TrimSpace(last), strings.TrimSpace(m)) {
			t.Errorf("the marker of %q is not in HTML, but in %q", clean, last)
		}
	})
}

// lastBlock is the source of the last block of a page, if it is HTML.
func lastBlock(markdown string) string {
	source := []byte(markdown)
	html, ok := goldmark.DefaultParser().Parse(text.NewReader(source)).LastChild().(*ast.HTMLBlock)
	if !ok {
		return ""
	}
	if html.HasClosure() {
		return string(html.ClosureLine.Value(source))
	}
	return string(html.Lines().Value(source))
}
