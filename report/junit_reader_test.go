package report

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/joshdk/go-junit"

	"github.com/keyless-inference/action/eval"
)

// TestJUnitReader: a reader of JUnit files that others wrote finds what each file
// tells.
func TestJUnitReader(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/eval/*.junit.xml")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	statuses := map[eval.Verdict]junit.Status{eval.Passed: junit.StatusPassed, eval.Failed: junit.StatusFailed, eval.Unjudged: junit.StatusSkipped, eval.Unasked: junit.StatusSkipped}
	for _, file := range files {
		suites, err := junit.IngestFile(file)
		if err != nil {
			t.Fatal(file, err)
		}
		got := map[string]junit.Test{}
		for _, s := range suites {
			for _, one := range s.Tests {
				got[one.Properties["file"]+" "+one.Name] = one
			}
		}
		results := readEval(t, strings.TrimSuffix(file, ".junit.xml")+".json").Results.TestResults
		if len(got) != len(results) {
			t.Errorf("%s: %d cases of %d tests", file, len(got), len(results))
		}
		for _, one := range results {
			c := junitCaseOf(one, "")
			read := got[inXML(c.File)+" "+inXML(c.Name)]
			want, known := statuses[one.Verdict]
			if !known {
				want = junit.StatusError
			}
			if read.Status != want || read.SystemOut != inXML(c.Output) || (read.Message == "") != (want == junit.StatusPassed) {
				t.Errorf("%s: %q is read as %+v", file, c.Name, read)
			}
		}
	}
}
