package prompt

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml/ast"
)

var update = flag.Bool("update", false, "write the .golden files instead of comparing with them")

// cases calls run with the name and content of each prompt file in testdata/dir
// and compares what it returns with the .golden file beside it.
func cases(t *testing.T, dir string, run func(t *testing.T, name string, src []byte) string) {
	files, err := filepath.Glob(filepath.Join("testdata", dir, "*.prompt.y*ml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases in testdata/%s (%v)", dir, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := run(t, filepath.Base(file), src)
			if *update {
				if err := os.WriteFile(file+".golden", []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file + ".golden")
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// A case in testdata/ok is a prompt file and what it contains, as JSON.
func TestOK(t *testing.T) {
	t.Parallel()
	cases(t, "ok", func(t *testing.T, name string, src []byte) string {
		p, err := Parse(name, src)
		if err != nil {
			t.Fatal(err)
		}
		view := struct {
			*Prompt
			JSONSchema           json.RawMessage
			TestData, Evaluators []string
			Variables            []string
		}{p, p.JSONSchema, sources(p.TestData), sources(p.Evaluators), p.Variables()}
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		if err := enc.Encode(view); err != nil {
			t.Fatal(err)
		}
		return b.String()
	})
}

func sources(nodes []ast.Node) []string {
	var all []string
	for _, n := range nodes {
		all = append(all, n.String())
	}
	return all
}

// A case in testdata/bad is a prompt file and the error of parsing it or, if it
// parses, of expanding it with three variables.
func TestBad(t *testing.T) {
	t.Parallel()
	cases(t, "bad", func(t *testing.T, name string, src []byte) string {
		p, err := Parse(name, src)
		if err == nil {
			p, err = p.Expand(Vars{"input": "{{input}}", "diff": "", "title": "x"})
		}
		if err == nil {
			t.Fatalf("no error; got %+v", p)
		}
		if p != nil {
			t.Errorf("a prompt beside the error: %+v", p)
		}
		for _, e := range Errors(err) {
			if e.File != name || e.Msg == "" {
				t.Errorf("incomplete error %+v", e)
			}
			if strings.Contains(e.Msg, "has no value") && !strings.HasPrefix(at(src, e), "{{") {
				t.Errorf("there is no placeholder at %v but %q", e, at(src, e))
			}
		}
		return err.Error() + "\n"
	})
}

// at is the rest of the line at the place of e.
func at(src []byte, e *Error) string {
	lines := strings.Split(string(src), "\n")
	if e.Line < 1 || e.Line > len(lines) || e.Column < 1 {
		return ""
	}
	line := []rune(lines[e.Line-1])
	return string(line[min(e.Column-1, len(line)):])
}
