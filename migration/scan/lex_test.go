package scan

import (
	"strings"
	"testing"
)

func TestClass(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ syntax, text, want string }{
		{"python", `a # b`, "  ###"},
		{"python", `x = "a#b" # c`, "    \"\"\"\"\" ###"},
		{"python", "'''doc'''\n", "######### "},
		{"python", "x = '''s'''\n", "    \"\"\"\"\"\"\" "},
		{"javascript", "a /* b */ `c`", "  ####### \"\"\""},
		{"csharp", `@"a""b" c`, "\"\"\"\"\"\"\"  "},
		{"shell", `a#b #c`, "    ##"},
		{"go", "`a\\` + \"b\\\"\"", "\"\"\"\"   \"\"\"\"\""},
		{"rust", `r#"a"b"# 'x`, "\"\"\"\"\"\"\"\"   "},
		{"javascript", "'a\nb", "\"\"  "},
		{"xml", "<a><!-- b --></a>", "   ##########    "},
	} {
		classes := make([]class, len(c.text))
		syntaxes[c.syntax].mark([]byte(c.text), classes)
		var got strings.Builder
		for _, c := range classes {
			got.WriteByte(" #\""[c])
		}
		if got.String() != c.want {
			t.Errorf("%s: %q\ngot  %q\nwant %q", c.syntax, c.text, got.String(), c.want)
		}
	}
}

func FuzzLex(f *testing.F) {
	f.Add([]byte("a = '''b''' # c\n\"d\\\""), "python")
	f.Add([]byte("`a` /* b"), "javascript")
	f.Fuzz(func(t *testing.T, data []byte, name string) {
		s := syntaxes[name]
		if s == nil {
			return
		}
		classes := make([]class, len(data))
		s.mark(data, classes)
		for i := 0; i < len(data); {
			end, _ := s.token(data, i)
			if end <= i || end > len(data) {
				t.Fatalf("token(%q, %d) ends at %d", data, i, end)
			}
			i = end
		}
	})
}

func FuzzCalls(f *testing.F) {
	f.Add([]byte(`f(a, b={"c": g(1)}, [2])`))
	f.Add([]byte(`(((]]]}{{`))
	f.Fuzz(func(t *testing.T, data []byte) {
		text := &text{data: data, format: javascript}
		for _, c := range text.calls() {
			if c.start > c.open || c.open >= c.close || c.close > len(data) {
				t.Fatalf("%q: %+v", data, c)
			}
			for _, a := range c.args {
				if a.start < c.open || a.start > a.end || a.end > len(data) {
					t.Fatalf("%q: %+v", data, c)
				}
			}
		}
	})
}
