package eval

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/keyless-inference/action/document"
)

// TestRead: each file below testdata/read has a .want: the verdicts of its tests, or the
// mistake.
func TestRead(t *testing.T) {
	t.Parallel()
	for _, file := range readable(t) {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		want, _ := os.ReadFile(file + ".want")
		if got := read(src); got != string(want) {
			t.Errorf("%s:\n%s", file, got)
		}
	}
}

func readable(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/read/*/*.json")
	if err != nil || len(files) < 10 {
		t.Fatal(files, err)
	}
	return files
}

// read is what Read makes of src.
func read(src []byte) string {
	r, err := Read("before.json", src)
	if err != nil {
		return err.Error() + "\n"
	}
	var b strings.Builder
	for _, one := range r.TestResults {
		fmt.Fprintf(&b, "%s %d/%d\n", one.Verdict, one.Passes, one.Runs)
	}
	return b.String()
}

// TestReadOfGHModels: what gh-models wrote is a baseline.
func TestReadOfGHModels(t *testing.T) {
	t.Parallel()
	src, err := os.ReadFile("testdata/read/ok/gh-models.json")
	if err != nil {
		t.Fatal(err)
	}
	before, err := Read("before.json", src)
	if err != nil || before.Name != "Greeting" || before.Summary.PassedTests != 2 || before.TestResults[0].EvaluationResults[1].Score != 0.75 {
		t.Errorf("%+v, %v", before, err)
	}
	now := Results{TestResults: []Test{
		settled("a", "x", `{"name": "Hubot", "expected": "Hello"}`, "p"), settled("a", "x", `{"name":"Mona","expected":"Hello"}`, "f"),
		settled("a", "x", `{"name":""}`, "p"), settled("a", "x", `{"name":"Octo"}`, "p"),
	}}
	Compare(&now, before, "before.json", 0)
	if got := changes(now); got != "bwun" || now.Comparison.Gone != 0 {
		t.Error(got)
	}
}

// TestReadWhatWasWritten: results come back as they were.
func TestReadWhatWasWritten(t *testing.T) {
	t.Parallel()
	r := together(rows("a", "x", "pfeu-"), rows("b", "y", "pf"))
	r.TestResults = append(r.TestResults, settled("a", "x", `{"v":"<&>"}`, "ppf"))
	Compare(&r, rows("a", "x", "pp"), "main", 0)
	Conditions{}.Judge(&r)
	text := marshal(t, r)
	again, err := Read("", []byte(text))
	if got := marshal(t, again); got != text || err != nil {
		t.Errorf("%v\n%s, not\n%s", err, got, text)
	}
}

func FuzzRead(f *testing.F) {
	for _, file := range readable(f) {
		src, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		r, err := Read("x", src)
		if err != nil {
			checkMistake(t, src, err)
			return
		}
		now := together(rows("a", "x", "pf"), r)
		Compare(&now, r, "x", 0)
		Conditions{FailOn: Regressions, Thresholds: map[string]float64{"greets": 1}}.Judge(&now)
		c := now.Comparison
		if n := c.Better + c.Worse + c.Same + c.New + c.Unknown; n != len(now.TestResults) || c.Regressed || c.Gone < 0 {
			t.Errorf("%+v", c)
		}
		marshal(t, now)
	})
}

// checkMistake wants the place of a mistake within src.
func checkMistake(t *testing.T, src []byte, err error) {
	t.Helper()
	all, lines := document.Errors(err), bytes.Split(src, []byte("\n"))
	if len(all) != 1 {
		t.Fatalf("%q: %v has no place", src, err)
	}
	if e := all[0]; e.Line > len(lines) || e.Line > 0 && e.Column > len(lines[e.Line-1])+1 {
		t.Errorf("%q: %v", src, err)
	}
}
