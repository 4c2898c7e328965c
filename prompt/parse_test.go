package prompt

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestParseLimits(t *testing.T) {
	t.Parallel()
	message := "messages: [{role: user, content: x}]\n"
	for _, c := range []struct{ what, src, want string }{
		{"too long", message + strings.Repeat("#", MaxPrompt), "f: this is 1048613 bytes long; at most 1048576 are accepted"},
		{"not UTF-8", "# é\nname: é \xff", "f:2:9: this is not UTF-8 text"},
		{"too many lists", "name: " + strings.Repeat("[", maxDepth+1), "f:1:207: lists and maps are nested too deep here"},
		{"too many lists in a line", strings.Repeat("- ", MaxPrompt/4), "f:1:401: lists and maps are nested too deep here"},
		{"too many tokens", "testData: [" + strings.Repeat("a,", maxTokens) + "]", "f:1:50009: there are more than 50000 YAML tokens before this place"},
	} {
		p, err := Parse("f", []byte(c.src))
		if p != nil || err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, want %s", c.what, err, c.want)
		}
	}
	if _, err := Parse("f", []byte(message+strings.Repeat("#", MaxPrompt-len(message)))); err != nil {
		t.Errorf("exactly at the limit: %v", err)
	}
	deep := strings.Repeat("[", 100) + strings.Repeat("]", 100)
	if _, err := Parse("f", []byte(message+"testData: [{a: "+deep+"}]\n")); err != nil {
		t.Errorf("nested within the limit: %v", err)
	}
}

func TestManyErrors(t *testing.T) {
	t.Parallel()
	_, err := Parse("f", []byte("messages:\n"+strings.Repeat("  - {role: user}\n", 70)))
	errs := Errors(fmt.Errorf("wrapped: %w", err))
	if len(errs) != maxErrors+1 || errs[maxErrors].Error() != "f: 20 more mistakes" || errs[49].Line != 51 {
		t.Errorf("%d errors:\n%v", len(errs), err)
	}
}

func TestErrorText(t *testing.T) {
	t.Parallel()
	for want, e := range map[string]*Error{
		"f:1:2: m": {File: "f", Line: 1, Column: 2, Msg: "m"},
		"f:1: m":   {File: "f", Line: 1, Msg: "m"},
		"f: m":     {File: "f", Msg: "m"},
		"1:2: m":   {Line: 1, Column: 2, Msg: "m"},
		"m":        {Msg: "m"},
	} {
		if e.Error() != want {
			t.Errorf("got %q, want %q", e, want)
		}
	}
	if Errors(nil) != nil || Errors(errors.New("x")) != nil {
		t.Error("errors out of nothing")
	}
}

// A content that a caller changed is no longer where it was: the place is then
// where the original began.
func TestPlaceOfChangedContent(t *testing.T) {
	t.Parallel()
	p, err := Parse("f", []byte("messages:\n- role: user\n  content: some text\n"))
	if err != nil {
		t.Fatal(err)
	}
	p.Messages[0].Content = "another text with {{x}}"
	_, err = p.Expand(nil)
	if errs := Errors(err); len(errs) != 1 || errs[0].Line != 3 || errs[0].Column != 12 {
		t.Errorf("got %v", err)
	}
}

func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/*/*.prompt.y*ml")
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		p, err := Parse("f", src)
		if (p == nil) == (err == nil) {
			t.Fatalf("prompt %v, error %v", p, err)
		}
		lines := bytes.Count(src, []byte("\n")) + bytes.Count(src, []byte("\r")) + 1
		check := func(err error) {
			for _, e := range Errors(err) {
				if e.File != "f" || e.Line < 0 || e.Line > lines || e.Column < 0 || e.Msg == "" {
					t.Errorf("bad place in %#v", e)
				}
			}
		}
		check(err)
		if p == nil {
			return
		}
		if len(p.Messages) == 0 || p.ResponseFormat == "json_schema" && p.JSONSchema == nil {
			t.Errorf("incomplete: %+v", p)
		}
		for _, m := range p.Messages {
			if strings.TrimSpace(m.Content) == "" || !strings.Contains("system user assistant", m.Role) || m.Role == "" {
				t.Errorf("bad message %+v", m)
			}
		}
		_, err = p.Expand(nil)
		check(err)
		if got, want := min(len(p.Variables()), maxErrors+1), len(Errors(err)); got != want {
			t.Errorf("%d variables, %d errors", got, want)
		}
	})
}
