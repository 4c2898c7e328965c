package migration

import (
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/keyless-inference/action/migration/rule"
	"github.com/keyless-inference/action/wire"
)

func sealed(id, file string, line int, match string) Finding {
	return Finding{Rule: id, Severity: rule.Error, File: file, Line: line, Column: 1, Message: "a key", Fix: "mend it"}.Seal(match)
}

func sources(states ...State) []Status {
	names := []string{"tree", "history", "job", "GitHub: secrets", "Azure: account a"}
	for len(states) < len(names) {
		states = append(states, Looked)
	}
	list := make([]Status, len(names))
	for i, name := range names {
		list[i] = Status{Name: name, State: states[i]}
	}
	return list
}

func written(t testing.TB, b Baseline) string {
	t.Helper()
	var text strings.Builder
	if _, err := b.WriteTo(&text); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

func TestBaseline(t *testing.T) {
	t.Parallel()
	report := Report{Sources: sources(), Findings: []Finding{
		sealed("KL302", "b.py", 3, "KEY"), sealed("KL301", "b.py", 9, "AzureOpenAI( api_key )"), sealed("KL301", "a.py", 1, "x"), sealed("KL301", "a.py", 2, "x"),
		{Rule: "KL001", Place: "secret KEY", Fingerprint: "ff"},
	}}
	text := written(t, report.Baseline(Baseline{}))
	const want = `{
  "version": 1,
  "findings": [
    {"where":"a.py","rule":"KL301","fingerprint":"F1","count":2},
    {"where":"b.py","rule":"KL301","fingerprint":"F2"},
    {"where":"b.py","rule":"KL302","fingerprint":"F3"},
    {"where":"secret KEY","rule":"KL001","fingerprint":"ff"}
  ]
}
`
	f := report.Findings
	if got := strings.NewReplacer(f[2].Fingerprint, "F1", f[1].Fingerprint, "F2", f[0].Fingerprint, "F3").Replace(text); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	b, err := ReadBaseline("b.json", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if again := written(t, b); again != text {
		t.Errorf("read and written it is\n%s", again)
	}
	if got := report.Apply(b); len(got.Findings) != 0 || got.Findings == nil || got.Old != 5 || got.Gone != nil {
		t.Errorf("%+v", got)
	}
	if len(report.Findings) != 5 || report.Old != 0 {
		t.Error("the report itself was changed")
	}
}

func TestApply(t *testing.T) {
	t.Parallel()
	old := Report{Sources: sources(), Findings: []Finding{
		sealed("KL301", "a.py", 1, "x"), sealed("KL301", "a.py", 2, "x"), sealed("KL401", "a.py", 3, "key 1"),
		{Rule: "KL001", Place: "s", Fingerprint: "ff"},
		sealed("KL404", "gone.py", 0, "k"),
		{Rule: "KL301", Repository: "o/r", File: "a.py", Fingerprint: "aa"},
	}}
	b := old.Baseline(Baseline{})
	moved := old.Findings[0]
	moved.Line = 99
	for name, c := range map[string]struct {
		findings  []Finding
		sources   []Status
		kept, old int
		gone      string
	}{
		"the same":              {old.Findings, sources(), 0, 6, ""},
		"moved":                 {[]Finding{moved}, sources(), 0, 1, "KL301 a.py, KL401 a.py, KL404 gone.py, KL001 s"},
		"one more":              {append([]Finding{moved}, old.Findings...), sources(), 1, 6, ""},
		"another key":           {[]Finding{sealed("KL401", "a.py", 3, "key 2")}, sources(), 1, 0, "KL301 a.py 2, KL401 a.py, KL404 gone.py, KL001 s"},
		"another file":          {[]Finding{sealed("KL401", "b.py", 3, "key 1")}, sources(Failed, Looked, Looked, Failed), 1, 0, "KL404 gone.py"},
		"another repository":    {[]Finding{{Rule: "KL301", Repository: "o/x", File: "a.py", Fingerprint: "aa"}}, sources(Failed, Failed, Looked, Failed), 1, 0, ""},
		"nothing looked at":     {nil, nil, 0, 0, ""},
		"a repository":          {nil, append(sources(Failed, Failed, Failed, Failed), Status{Name: "o/r: tree", State: Looked}), 0, 0, "KL301 a.py"},
		"no history, no GitHub": {nil, sources(Looked, Skipped, Looked, Skipped), 0, 0, "KL301 a.py 2, KL401 a.py"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := Report{Findings: c.findings, Sources: c.sources}.Apply(b)
			var gone []string
			for _, e := range got.Gone {
				text := e.Rule + " " + e.Where
				if e.Count > 1 {
					text += " 2"
				}
				gone = append(gone, text)
			}
			if len(got.Findings) != c.kept || got.Old != c.old || strings.Join(gone, ", ") != c.gone {
				t.Errorf("%d kept, %d old, gone %q", len(got.Findings), got.Old, gone)
			}
		})
	}
}

// TestBaselineKeeps: a run that may not see the secrets doesn't forget them.
func TestBaselineKeeps(t *testing.T) {
	t.Parallel()
	old := Baseline{[]Entry{{Rule: "KL001", Where: "s", Fingerprint: "ff"}, {Rule: "KL301", Where: "a.py", Fingerprint: "aa"}}}
	got := Report{Sources: sources(Looked, Looked, Looked, Failed)}.Baseline(old)
	if len(got.Entries) != 1 || got.Entries[0].Rule != "KL001" {
		t.Errorf("%+v", got)
	}
}

// TestBaselineKnowsItsPart: an entry is gone only if the very part was seen where
// it could be.
func TestBaselineKnowsItsPart(t *testing.T) {
	t.Parallel()
	tree := Entry{Rule: "KL301", Where: "a/b.py"}
	stored := Entry{Rule: "KL001", Where: "secrets of the environment prod: OPENAI_API_KEY"}
	wide := Entry{Rule: "KL001", Repository: "o", Where: "secrets of the organization that the repository may read: K"}
	for name, c := range map[string]struct {
		entry Entry
		paths string
		seen  bool
		all   []Status
	}{
		"a submodule is not there":   {tree, "", true, []Status{{Name: "tree", State: Looked}, {Name: "tree: submodules", State: Skipped}}},
		"a file can't be read":       {tree, "", false, []Status{{Name: "tree", State: Looked}, {Name: "tree: what can't be read", State: Failed}}},
		"within paths":               {tree, "a", true, []Status{{Name: "tree", State: Looked}}},
		"outside of paths":           {tree, "c", false, []Status{{Name: "tree", State: Looked}}},
		"a checkout":                 {Entry{Rule: "KL301", Repository: "one"}, "", true, []Status{{Name: "one: tree", State: Looked}, {Name: "two: tree", State: Failed}}},
		"another checkout":           {Entry{Rule: "KL301", Repository: "two"}, "", false, []Status{{Name: "one: tree", State: Looked}, {Name: "two: tree", State: Failed}}},
		"its store":                  {stored, "", true, []Status{{Name: "GitHub: secrets of the environment prod", State: Looked}, {Name: "GitHub: variables of the repository", State: Skipped}}},
		"another store":              {stored, "", false, []Status{{Name: "GitHub: secrets of the repository", State: Looked}}},
		"environments can't be seen": {stored, "", false, []Status{{Name: "GitHub: secrets of the repository", State: Looked}, {Name: "GitHub: environments", State: Skipped}}},
		"an environment is gone":     {stored, "", true, []Status{{Name: "GitHub: secrets of the repository", State: Looked}, {Name: "GitHub: environments", State: Looked}}},
		"of the organization":        {wide, "", true, []Status{{Name: "o/r: GitHub: secrets of the organization that the repository may read", State: Looked}}},
	} {
		r := Report{Sources: c.all, Outside: Outside(strings.Fields(c.paths), nil)}
		if got := r.looked(c.entry); got != c.seen {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func TestEveryRuleHasASource(t *testing.T) {
	t.Parallel()
	want := map[string]string{"KL0": "GitHub: secrets", "KL1": "tree", "KL2": "job", "KL3": "tree", "KL4": "tree", "KL5": "tree", "KL6": "Azure: account a", "KL8": "tree"}
	for _, r := range rule.All() {
		name := want[r.ID[:3]]
		if r.ID == "KL404" {
			name = "history"
		}
		for _, s := range sources() {
			report := Report{Sources: []Status{s}}
			if report.looked(Entry{Rule: r.ID}) != (s.Name == name) {
				t.Errorf("%s is found by %q", r.ID, s.Name)
			}
		}
	}
}

func TestReadBaselineRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, why string }{
		"nothing":        {"", "unexpected end of JSON input"},
		"conflict":       {"{\n<<<<<<< HEAD\n", "invalid character '<'"},
		"another":        {"{\"version\": 2}", "its version is 2; this program knows version 1"},
		"no version":     {"{}", "its version is 0"},
		"no fingerprint": {`{"version":1,"findings":[{"rule":"KL301"}]}`, "entry 1 lacks a rule or a fingerprint"},
		"negative":       {`{"version":1,"findings":[{"rule":"KL301","fingerprint":"a","count":-1}]}`, "negative count"},
		"too long":       {strings.Repeat(" ", largestBaseline+1), "longer than the 16777216 bytes"},
	} {
		_, err := ReadBaseline("b.json", strings.NewReader(c.text))
		var p *wire.Problem
		if !errors.As(err, &p) || !strings.Contains(p.Why, c.why) || !strings.Contains(p.Fix, "--write-baseline b.json") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ReadBaseline("b.json", io.MultiReader(strings.NewReader("{"), &broken{})); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("a broken file: %v", err)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrClosedPipe }

// FuzzReadBaseline: what is read is written in a form that reads as the same.
func FuzzReadBaseline(f *testing.F) {
	f.Add(`{"version":1,"findings":[{"where":"a.py","rule":"KL301","fingerprint":"aa","count":2},{"where":"a.py","rule":"KL301","fingerprint":"aa"}]}`)
	f.Add(`{"version":1,"findings":[{"repository":"o/r","where":"\ud800","rule":"<","fingerprint":"b"}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		b, err := ReadBaseline("b.json", strings.NewReader(text))
		if err != nil {
			return
		}
		again, err := ReadBaseline("b.json", strings.NewReader(written(t, b)))
		if err != nil || !reflect.DeepEqual(again, b) {
			t.Errorf("%+v became %+v, %v", b, again, err)
		}
		report := Report{Sources: sources()}
		for _, e := range b.Entries {
			report.Sources = append(report.Sources, Status{Name: e.Repository + ": tree", State: Looked})
		}
		if report = report.Apply(b); len(report.Gone) > len(b.Entries) {
			t.Errorf("%d of %d entries are gone", len(report.Gone), len(b.Entries))
		}
	})
}

func TestReportAsJSON(t *testing.T) {
	t.Parallel()
	report := Report{
		Findings: []Finding{{Rule: "KL301", Severity: rule.Error, File: "a.py", Line: 2, Column: 3, Message: "m", Fix: "f", Fingerprint: "aa", UnitColumn: 3, Edits: []Edit{{}}}},
		Sources:  []Status{{Name: "tree", State: Looked, Why: "1 file", Asked: true}},
	}
	for _, c := range []struct {
		report Report
		want   string
	}{
		{report, `{"findings":[{"rule":"KL301","severity":"error","file":"a.py","line":2,"column":3,"message":"m","fix":"f","fingerprint":"aa"}],"sources":[{"name":"tree","state":"looked","why":"1 file"}],"old":0,"ignored":0}`},
		{Report{}, `{"findings":[],"sources":[],"old":0,"ignored":0}`},
	} {
		if got, err := json.Marshal(c.report); err != nil || string(got) != c.want {
			t.Errorf("got  %s, %v\nwant %s", got, err, c.want)
		}
	}
}
