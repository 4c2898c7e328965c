package propose

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the .golden files instead of comparing with them")

// cases calls run with each prompt file in testdata/dir and compares what it
// returns with the .golden file beside it.
func cases(t *testing.T, dir string, run func(t *testing.T, name string, src []byte) string) {
	t.Helper()
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

// A case in testdata/ok is a prompt file, and what it becomes with two rows.
func TestWritten(t *testing.T) {
	t.Parallel()
	cases(t, "ok", func(t *testing.T, name string, src []byte) string {
		p, err := Read(name, src)
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.Write(p.example())
		if err != nil {
			t.Fatal(err)
		}
		checkOld(t, src, got)
		return string(got) + "== notes\n" + strings.Join(append(p.Notes, ""), "\n")
	})
}

// example is a proposal of two rows with values of several kinds.
func (p *Plan) example() Proposal {
	values := []string{"two\nlines\n", "say \"it\" – émoji 🦊", "\u202e\x00", "", "- a: |\n  # b"}
	all := Proposal{Deployment: "gpt-4o-mini", Rules: []Rule{{Text: "One sentence only.", Inverse: "Several\nsentences."}}}
	for i := range 2 {
		row := Row{Rule: 1, Inverse: i == 1, Why: "an edge\u2028case", Values: map[string]string{}}
		for j, key := range p.keys {
			row.Values[key] = values[(i+j)%len(values)]
		}
		all.Rows = append(all.Rows, row)
	}
	return all
}

// checkOld checks that all lines of the source are in the text, in their order.
func checkOld(t *testing.T, src, text []byte) {
	t.Helper()
	for line := range bytes.Lines(src) {
		_, rest, ok := bytes.Cut(text, line)
		if !ok {
			t.Errorf("the line %q is missing", line)
		}
		text = rest
	}
}

// A case in testdata/bad is a prompt file that no rows can be proposed for.
func TestRefused(t *testing.T) {
	t.Parallel()
	cases(t, "bad", func(t *testing.T, name string, src []byte) string {
		p, err := Read(name, src)
		if p != nil || err == nil {
			t.Fatal("there is no mistake")
		}
		return err.Error() + "\n"
	})
}
