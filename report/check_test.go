package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/keyless-inference/action/migration"
	"github.com/keyless-inference/action/migration/rule"
)

var updateChecks = flag.Bool("update-checks", false, "write the goldens in testdata/check instead of comparing with them")

// checked is a case in testdata/check as it is written: what --json prints, and
// what that leaves out.
type checked struct {
	Options struct {
		CheckOptions
		Threshold string
	}
	SARIF    SARIFOptions
	Findings []struct {
		migration.Finding
		Severity                  string `json:"severity"`
		UnitColumn, UnitEndColumn int
		Edits                     []migration.Edit
	}
	Sources []struct {
		migration.Status
		Asked bool
	}
	Old, Ignored int
	Gone         []migration.Entry
}

// severity is rule.ParseSeverity of a name that may be missing.
func severity(t testing.TB, name string) rule.Severity {
	t.Helper()
	if name == "" {
		return 0
	}
	s, err := rule.ParseSeverity(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// read is the case in a file.
func (c *checked) read(t testing.TB, file string) (migration.Report, CheckOptions) {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err == nil {
		decoder := json.NewDecoder(bytes.NewReader(raw))
		decoder.DisallowUnknownFields()
		err = decoder.Decode(c)
	}
	if err != nil {
		t.Fatal(err)
	}
	r := migration.Report{Findings: []migration.Finding{}, Old: c.Old, Ignored: c.Ignored, Gone: c.Gone}
	for _, f := range c.Findings {
		f.Finding.Severity, f.Finding.UnitColumn, f.Finding.UnitEndColumn, f.Finding.Edits = severity(t, f.Severity), f.UnitColumn, f.UnitEndColumn, f.Edits
		r.Findings = append(r.Findings, f.Finding)
	}
	for _, s := range c.Sources {
		s.Status.Asked = s.Asked
		r.Sources = append(r.Sources, s.Status)
	}
	o := c.Options.CheckOptions
	o.Threshold = severity(t, c.Options.Threshold)
	return r, o
}

// TestCheck: a case is a report as JSON, and beside it what it becomes in each
// form.
func TestCheck(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/check/*.json")
	if err != nil || len(files) < 8 {
		t.Fatalf("%d cases, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			var c checked
			r, o := c.read(t, file)
			base := strings.TrimSuffix(file, ".json")
			summary := CheckSummary(r, o)
			harmless(t, summary)
			golden(t, base+".md", summary)
			golden(t, base+".txt", checkText(t, r, o))
			golden(t, base+".csv", checkCSV(t, r))
			sarif := checkSARIF(t, r, c.SARIF)
			rules := regexp.MustCompile(`(?s)"rules": \[.*?\n          \]`) // the same in each
			golden(t, base+".sarif", rules.ReplaceAllString(sarif, `"rules": []`))
		})
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *updateChecks {
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

func checkText(t testing.TB, r migration.Report, o CheckOptions) string {
	t.Helper()
	var b strings.Builder
	if err := CheckText(&b, r, o); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(b.String()) {
		if strings.HasPrefix(strings.TrimSpace(line), "::") || strings.Contains(line, "##[") || strings.ContainsAny(line, "\x1b\r\u202e") {
			t.Errorf("the line %q is obeyed", line)
		}
	}
	return b.String()
}

func checkCSV(t testing.TB, r migration.Report) string {
	t.Helper()
	var b strings.Builder
	if err := CheckCSV(&b, r); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(b.String())).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, cell := range slices.Concat(rows...) {
		if strings.HasPrefix(cell, " ") && strings.TrimLeft(cell, " \t=+-@") != strings.TrimLeft(cell, " \t") || cell != "" && strings.Contains("=+-@", cell[:1]) {
			t.Errorf("the cell %q is a formula", cell)
		}
	}
	return b.String()
}

// schema is the official one.
func schema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	s, err := c.Compile("testdata/sarif/sarif-schema-2.1.0.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func checkSARIF(t testing.TB, r migration.Report, o SARIFOptions) string {
	t.Helper()
	return validSARIF(t, schema(t), r, o)
}

func validSARIF(t testing.TB, s *jsonschema.Schema, r migration.Report, o SARIFOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := SARIF(&b, r, o); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	log, err := jsonschema.UnmarshalJSON(&b)
	if err == nil {
		err = s.Validate(log)
	}
	if err != nil {
		t.Fatalf("%v\n%.3000s", err, text)
	}
	return text
}

func TestOutcome(t *testing.T) {
	t.Parallel()
	missing := []migration.Status{{Name: "history", State: migration.Failed, Asked: true}}
	optional := []migration.Status{{Name: "history", State: migration.Skipped}}
	warning := []migration.Finding{{Severity: rule.Warning}}
	for _, c := range []struct {
		r    migration.Report
		o    CheckOptions
		want Outcome
	}{
		{migration.Report{}, CheckOptions{}, Passed},
		{migration.Report{Findings: warning}, CheckOptions{}, Found},
		{migration.Report{Findings: warning, Sources: missing}, CheckOptions{}, Found},
		{migration.Report{Findings: warning}, CheckOptions{Threshold: rule.Error}, Passed},
		{migration.Report{Findings: warning, Sources: missing}, CheckOptions{Threshold: rule.Error}, Incomplete},
		{migration.Report{Sources: missing}, CheckOptions{AllowIncomplete: true}, Passed},
		{migration.Report{Sources: optional}, CheckOptions{}, Passed},
	} {
		if got := c.o.Outcome(c.r); got != c.want {
			t.Errorf("%+v: %s, want %s", c.r, got, c.want)
		}
	}
}

func TestSARIFRules(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for i, r := range sarifRules() {
		score, err := strconv.ParseFloat(r.Properties.SecuritySeverity, 64)
		if err != nil || score <= 0 || score > 10 || len(r.Properties.Tags) > 10 {
			t.Errorf("%s: code scanning doesn't take %+v", r.ID, r.Properties)
		}
		if r.ID != rule.All()[i].ID || names[r.Name] || !regexp.MustCompile(`^[A-Z][A-Za-z0-9]+$`).MatchString(r.Name) {
			t.Errorf("%s is called %q", r.ID, r.Name)
		}
		names[r.Name] = true
	}
}

func TestEveryRuleHasAGroup(t *testing.T) {
	t.Parallel()
	for _, r := range rule.All() {
		if !slices.Contains(groups(), r.Group) {
			t.Errorf("%s: the group %q has no place in the summary", r.ID, r.Group)
		}
	}
}

// crowd is a report with so many findings of every rule, hostile and long.
func crowd(n int) (r migration.Report) {
	rules := rule.All()
	for i := range n {
		one := rules[i%len(rules)]
		r.Findings = append(r.Findings, migration.Finding{
			Rule: one.ID, Severity: rule.Severity(1 + i%3), File: strings.Repeat("<b>|@x/", i%9) + "a.py", Line: i, Message: strings.Repeat("`<b>`@octocat|[a](b) ", i%30), Fix: one.Fix,
			Repository: fmt.Sprintf("org/repo-%d", i%700), Fingerprint: fmt.Sprintf("%020x", i),
		})
	}
	for i := range 300 {
		r.Sources = append(r.Sources, migration.Status{Name: fmt.Sprintf("org/repo-%d: tree", i), State: []migration.State{migration.Looked, migration.Failed}[i%2], Why: strings.Repeat("<because> ", i), Asked: i%3 == 0})
	}
	return r
}

func TestCheckSummaryKeepsItsLimit(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 40, 5000} {
		r := crowd(n)
		for _, limit := range []int{1, 2000, 2500, 3000, 5000, 10_000, 60_000, 0} {
			got := CheckSummary(r, CheckOptions{Limit: limit, Server: "https://github.com", Repository: "o/r", Commit: "abc"})
			if most := max(limit, map[bool]int{true: summaryLimit}[limit == 0]); len(got) > most {
				t.Errorf("%d findings: %d bytes, limit %d", n, len(got), most)
			}
			harmless(t, got)
		}
	}
}

// TestSARIFIsCut: code scanning refuses a file with more.
func TestSARIFIsCut(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := SARIF(&b, crowd(mostResults+2000), SARIFOptions{}); err != nil {
		t.Fatal(err)
	}
	var log sarifLog
	if err := json.Unmarshal(b.Bytes(), &log); err != nil {
		t.Fatal(err)
	}
	run := log.Runs[0]
	notes := run.Invocations[0].Notifications
	if len(run.Results) != mostResults || run.Results[0].Level != "error" || !strings.HasPrefix(notes[len(notes)-1].Message.Text, "2,000 more findings are left out") {
		t.Errorf("%d results, the first %+v, %+v", len(run.Results), run.Results[0], notes[len(notes)-1])
	}
	if last := run.Results[mostResults-1]; last.Level != "note" {
		t.Errorf("the last is %+v", last)
	}
}

func FuzzCheck(f *testing.F) {
	s := schema(f)
	f.Add("KL301", "src/a b.py", "", "AzureOpenAI(api_key=…)", "mend it", "", 3, 5, uint8(3))
	f.Add("KL999", "::error::x", "\x1b[31m", "[a](https://a.b) {0} @octocat <img>", "=1+1", "org/repo", -1, 0, uint8(1))
	f.Add("", "a:b\\\u202e|%", "=cmd", "\xff", "", "x", 0, 1<<40, uint8(9))
	f.Fuzz(func(t *testing.T, id, file, place, message, fix, repository string, line, column int, flags uint8) {
		one := migration.Finding{
			Rule: id, Severity: rule.Severity(flags % 4), File: file, Place: place, Message: message, Fix: fix, Repository: repository, Line: max(0, line), Column: max(0, column), UnitColumn: max(0, column),
			EndLine: max(0, line), UnitEndColumn: max(0, column) + int(flags), Fingerprint: "aa", Edits: []migration.Edit{{File: file, End: int(flags), Text: message}},
		}
		r := migration.Report{Findings: []migration.Finding{one, one}, Old: int(flags), Sources: []migration.Status{{Name: place + ": " + file, State: migration.Failed, Why: message, Asked: flags%2 == 0}}}
		o := CheckOptions{Server: "https://github.com", Repository: "o/r", Commit: "abc", Limit: int(flags) * 100}
		harmless(t, CheckSummary(r, o))
		checkText(t, r, o)
		checkCSV(t, r)
		validSARIF(t, s, r, SARIFOptions{Anchor: file})
	})
}

func BenchmarkSARIF(b *testing.B) {
	r := crowd(500)
	for b.Loop() {
		if err := SARIF(&bytes.Buffer{}, r, SARIFOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}
