package prompt

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/keyless-inference/action/document"
)

func TestManyErrors(t *testing.T) {
	t.Parallel()
	_, err := Parse("f", []byte("messages:\n"+strings.Repeat("  - {role: user}\n", 70)))
	errs := Errors(fmt.Errorf("wrapped: %w", err))
	if len(errs) != maxErrors+1 || errs[maxErrors].Error() != "f: 20 more mistakes" || errs[49].Line != 51 {
		t.Errorf("%d errors:\n%v", len(errs), err)
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

// Read leaves the reader with the document, so that what it keeps as nodes can be read
// on, and with the mistakes.
func TestRead(t *testing.T) {
	t.Parallel()
	r := document.NewReader("f", []byte("messages: [{role: usr, content: &c x}]\ntestData: [{a: *c}]\n"))
	p := Read("f", r)
	if r.Mistakes() != 1 || len(p.TestData) != 1 || string(r.JSON(p.TestData[0])) != `{"a":"x"}` {
		t.Errorf("%+v, %v", p, r.Err())
	}
	if p := Read("f", document.NewReader("f", []byte("["))); p == nil || p.Messages != nil {
		t.Errorf("%+v", p)
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
