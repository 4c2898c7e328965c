package task

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the .want files and the schema instead of comparing with them")

// stdin is what "-" is in the cases.
const stdin = "\uFEFF{\"id\":\"a\",\"title\":\"first\"}\r\n\r\n{\"title\":\"second\",\"n\":1.10,\"list\":[1, 2]}"

// disk is the folder testdata/files.
func disk() Files { return inDir("testdata/files") }

func inDir(dir string) Files {
	root := os.DirFS(dir)
	return Files{
		ReadFile: func(path string) ([]byte, error) { return fs.ReadFile(root, path) },
		Open: func(path string) (io.ReadCloser, error) {
			if path == "-" {
				return io.NopCloser(strings.NewReader(stdin)), nil
			}
			return root.Open(path)
		},
		Glob: func(patterns []string) (all []string, err error) {
			for _, p := range patterns {
				p, negative := strings.CutPrefix(p, "!")
				found, err := fs.Glob(root, p)
				if err != nil {
					return nil, err
				}
				all = slices.DeleteFunc(all, func(path string) bool { return slices.Contains(found, path) })
				if !negative {
					all = append(all, found...)
				}
			}
			slices.Sort(all)
			return all, nil
		},
	}
}

// inputs are what the action's inputs say in the cases.
var inputs = Settings{Deployment: "from-inputs", SystemPrompt: "You are a helpful assistant"}

// cases calls run with each file in testdata/dir and compares what it returns with
// the .want file beside it.
func cases(t *testing.T, dir string, run func(t *testing.T, name string, src []byte) string) {
	files, err := filepath.Glob(filepath.Join("testdata", dir, "*.yml"))
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
			compare(t, strings.TrimSuffix(file, ".yml")+".want", got)
		})
	}
}

func compare(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", file, got, want)
	}
}

// A case in testdata/bad is a file and all its mistakes: those of parsing it, or if
// there are none, those of what it names.
func TestBad(t *testing.T) {
	t.Parallel()
	cases(t, "bad", func(t *testing.T, name string, src []byte) string {
		f, err := Parse(name, src, inputs, "response", "results", "batch-id")
		if err == nil {
			err = f.Check(disk())
		} else if f != nil {
			t.Error("a file beside the error")
		}
		if err == nil {
			t.Fatal("no error")
		}
		return err.Error() + "\n"
	})
}

var tag = regexp.MustCompile(`keyless-[A-Z2-7]{26}`)

// A case in testdata/ok is a file and all its requests and texts. The answer to each
// task is "answer of" and its id.
func TestOK(t *testing.T) {
	t.Parallel()
	cases(t, "ok", func(t *testing.T, name string, src []byte) string {
		f, err := Parse(name, src, inputs, "response")
		if err == nil {
			err = f.Check(disk())
		}
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		for _, one := range f.Tasks {
			describe(t, &b, one)
		}
		return tag.ReplaceAllString(b.String(), "keyless-WORD")
	})
}

func describe(t *testing.T, b *bytes.Buffer, one *Task) {
	fmt.Fprintf(b, "== %s %s needs %q outputs %q many %v count %d\n", one.ID, one.Deployment, one.Needs, one.Outputs, one.Many(), one.Count())
	for _, note := range one.Notes() {
		fmt.Fprintf(b, "note %s\n", note)
	}
	if e := one.Embeddings; e != nil {
		shown := *e
		shown.Similar = nil
		fmt.Fprintf(b, "embeddings %+v\n", shown)
		if e.Similar != nil {
			fmt.Fprintf(b, "similar %+v\n", *e.Similar)
		}
		for text, err := range one.Texts(disk()) {
			fmt.Fprintf(b, "text %q %q %s %v\n", text.ID, text.Text, text.Metadata, err)
		}
		return
	}
	if c := one.Comment; c != nil {
		fmt.Fprintf(b, "comment %q %q %q\n", c.Header, c.Mode, c.OnError)
	}
	settings, err := json.Marshal(one.Settings)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(b, "%s\n", settings)
	answers := map[string]string{}
	for _, id := range one.Needs {
		answers[id] = "answer of " + id
	}
	for item, err := range one.Items(disk()) {
		if err != nil {
			t.Fatal(err)
		}
		q, err := item.Request(answers)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(b, "request %q %s %s %q whole %v\n", item.ID, q.API, q.Deployment, q.Format, q.Whole)
		for _, m := range q.Messages {
			fmt.Fprintf(b, "  %s: %q\n", m.Role, m.Content)
		}
	}
}
