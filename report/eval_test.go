package report

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/keyless-inference/action/eval"
	"github.com/keyless-inference/action/sink"
	"github.com/keyless-inference/action/wire"
)

// evaluated is a case in testdata/eval as it is written.
type evaluated struct {
	Options EvalOptions
	Results eval.Results
}

func readEval(t testing.TB, file string) (c evaluated) {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err == nil {
		decoder := json.NewDecoder(bytes.NewReader(raw))
		decoder.DisallowUnknownFields()
		err = decoder.Decode(&c)
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestEval: a case are results as JSON, and beside it what they become in each
// form.
func TestEval(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/eval/*.json")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d cases, %v", len(files), err)
	}
	rules := regexp.MustCompile(`(?s)"rules": \[.*?\n          \]`) // the same in each
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			c := readEval(t, file)
			base := strings.TrimSuffix(file, ".json")
			golden(t, base+".md", evalSummary(t, c.Results, c.Options))
			golden(t, base+".comment.md", evalComment(t, c.Results, c.Options))
			golden(t, base+".txt", evalText(t, c.Results, c.Options))
			golden(t, base+".junit.xml", evalJUnit(t, c.Results))
			golden(t, base+".sarif", rules.ReplaceAllString(evalSARIF(t, schema(t), c.Results), `"rules": []`))
		})
	}
}

func evalSummary(t *testing.T, r eval.Results, o EvalOptions) string {
	t.Helper()
	text := EvalSummary(r, o)
	inert(t, text)
	return text
}

// evalComment is the comment, and fails unless it is harmless and one part.
func evalComment(t *testing.T, r eval.Results, o EvalOptions) string {
	t.Helper()
	text := EvalComment(r, o)
	inert(t, text)
	if n := len(sink.Split(text, MaxPart)); n != 1 {
		t.Errorf("the comment has %d parts", n)
	}
	return text
}

// inert fails unless markdown is harmless and is no part of a sticky comment.
func inert(t *testing.T, markdown string) {
	t.Helper()
	harmless(t, markdown)
	if _, _, _, forged := unmarked(markdown); forged {
		t.Fatalf("a marker is at the end of\n%s", markdown)
	}
}

func evalText(t testing.TB, r eval.Results, o EvalOptions) string {
	t.Helper()
	var b strings.Builder
	if err := EvalText(&b, r, o); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(b.String()) {
		if strings.HasPrefix(strings.TrimSpace(line), "::") || strings.Contains(line, "##[") || strings.ContainsAny(line, "\x1b\r\x00\u202e") {
			t.Errorf("the line %q is obeyed", line)
		}
	}
	return b.String()
}

func evalSARIF(t testing.TB, s *jsonschema.Schema, r eval.Results) string {
	t.Helper()
	var b bytes.Buffer
	if err := EvalSARIF(&b, r, SARIFOptions{}); err != nil {
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

func TestWorstFirst(t *testing.T) {
	t.Parallel()
	scored := func(score float64) []eval.Evaluation { return []eval.Evaluation{{Score: score}} }
	tests := []eval.Test{
		{Row: 1, Verdict: eval.Passed, Passes: 5, Runs: 5},
		{Row: 2, Verdict: eval.Passed, Passes: 4, Runs: 5},
		{Row: 3, Verdict: eval.Unjudged, Runs: 1},
		{Row: 4, Verdict: eval.Unasked, Runs: 1},
		{Row: 5, Verdict: eval.Failed, Passes: 2, Runs: 5},
		{Row: 6, Verdict: eval.Failed, Runs: 1, EvaluationResults: scored(0.5)},
		{Row: 7, Verdict: eval.Failed, Runs: 1, EvaluationResults: scored(0.25)},
		{Row: 8, Verdict: eval.Errored, Runs: 1},
		{Row: 9, Verdict: eval.Failed, Passes: 4, Runs: 5, Change: eval.Worse},
		{Row: 10, Verdict: "of tomorrow", Runs: 1},
	}
	var got []int
	for _, one := range worst(tests, func(eval.Test) bool { return true }) {
		got = append(got, one.Row)
	}
	if want := []int{10, 9, 8, 7, 6, 5, 4, 3, 2, 1}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestCheapest(t *testing.T) {
	t.Parallel()
	total := func(name string, good bool, tokens int64) eval.DeploymentTotal {
		return eval.DeploymentTotal{Deployment: name, GoodEnough: good, Usage: eval.Usage{Total: tokens}}
	}
	for _, c := range []struct {
		all  []eval.DeploymentTotal
		want string
	}{
		{nil, ""},
		{[]eval.DeploymentTotal{total("a", true, 5)}, ""},
		{[]eval.DeploymentTotal{total("a", true, 5), total("b", true, 3), total("c", false, 1)}, "b"},
		{[]eval.DeploymentTotal{total("a", false, 5), total("b", false, 3)}, ""},
		{[]eval.DeploymentTotal{total("a", true, 0), total("b", true, 3)}, ""},
	} {
		if got := cheapest(c.all); got != c.want {
			t.Errorf("%+v: %q, want %q", c.all, got, c.want)
		}
	}
}

func TestTallied(t *testing.T) {
	t.Parallel()
	for want, s := range map[string]eval.Summary{
		"no tests":              {},
		"1 test, unjudged":      {TotalTests: 1, UnjudgedTests: 1},
		"3 tests, all unjudged": {TotalTests: 3, UnjudgedTests: 3},
		"0 of 1 test passed (0 %), 1 error, 1 unjudged":     {TotalTests: 2, FailedTests: 1, ErrorTests: 1, UnjudgedTests: 1},
		"1,999 of 2,000 tests passed (99.9 %), 1 not asked": {TotalTests: 2000, PassedTests: 1999, FailedTests: 1, UnaskedTests: 1},
	} {
		if got := tallied(s); got != want {
			t.Errorf("%s, not %s", got, want)
		}
	}
}

// TestTheWayOutIsTold: what a service says may be long, and what to do stands behind it.
func TestTheWayOutIsTold(t *testing.T) {
	t.Parallel()
	p := &wire.Problem{What: "asking judge: " + strings.Repeat("word ", 5000), Why: "it is busy", Fix: "Wait, or say in the workflow:\npermissions:\n  id-token: write\n::error::x"}
	r := eval.Results{Ended: p.Error(), Groups: []eval.Group{{File: "a.prompt.yml"}}, TestResults: []eval.Test{
		{Row: 1, Verdict: eval.Errored, Error: p.Error()},
		{Row: 2, Verdict: eval.Errored, EvaluationResults: []eval.Evaluation{{EvaluatorName: "judged", Error: "the judge did not answer: " + p.Error()}}},
	}}
	const want = "\n      why: it is busy\n      fix: Wait, or say in the workflow:\n           permissions:\n             id-token: write\n           ./::error::x\n"
	if text := evalText(t, r, EvalOptions{}); strings.Count(text, want) != 2 || strings.Count(text, "id-token: write") != 3 || len(text) > 5000 {
		t.Errorf("%s", text)
	}
	for form, text := range map[string]string{
		"comment": evalComment(t, r, EvalOptions{}), "summary": evalSummary(t, r, EvalOptions{}), "JUnit": evalJUnit(t, r), "SARIF": evalSARIF(t, schema(t), r),
	} {
		if n := strings.Count(text, "id-token: write"); n < 2 {
			t.Errorf("%s tells it %d times", form, n)
		}
	}
}

func TestProblemOf(t *testing.T) {
	t.Parallel()
	for _, p := range []wire.Problem{{}, {What: "a\nb"}, {What: "a", Fix: "b\n  c"}, {What: "a", Why: "b\nc"}, {What: "a", Why: "b", Fix: "c\nd"}} {
		if got := *problemOf(p.Error()); got != p {
			t.Errorf("%+v, not %+v", got, p)
		}
	}
}

// TestFilesInTheComment: who reads it has the run, or else the machine.
func TestFilesInTheComment(t *testing.T) {
	t.Parallel()
	o := EvalOptions{File: "results.json", Answers: "answers.jsonl"}
	if got, want := evalComment(t, eval.Results{}, o), "The results are in `results.json`. All answers are in `answers.jsonl`; `resume: true` goes on with it.\n"; !strings.HasSuffix(got, want) {
		t.Error(got)
	}
	o.Run = "https://github.com/o/r/actions/runs/1"
	if got := evalComment(t, eval.Results{}, o); !strings.Contains(got, o.Run) || strings.Contains(got, ".json") {
		t.Error(got)
	}
	if got := evalSummary(t, eval.Results{}, o); !strings.Contains(got, o.Run) || !strings.Contains(got, "answers.jsonl") {
		t.Error(got)
	}
}

// many are so many tests of every kind, hostile and long.
func many(t testing.TB, n int) eval.Results {
	t.Helper()
	r := readEval(t, "testdata/eval/mixed.json").Results
	hostile := readEval(t, "testdata/eval/hostile.json").Results
	tests := slices.Concat(r.TestResults, hostile.TestResults)
	r.TestResults = nil
	for i := range n {
		one := tests[i%len(tests)]
		one.Row = i + 1
		one.ModelResponse = strings.Repeat(nasty, i%60)
		r.TestResults = append(r.TestResults, one)
		r.Evaluators = append(r.Evaluators, hostile.Evaluators[i%2])
		r.Deployments = append(r.Deployments, hostile.Deployments[i%2])
	}
	return r
}

func TestEvalSummaryKeepsItsLimit(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 8, 400} {
		r := many(t, n)
		o := EvalOptions{File: "results.json", Run: "https://github.com/o/r/actions/runs/1", Server: "https://github.com", Repository: "o/r", Commit: "abc"}
		for _, o.Limit = range []int{1, 200, 500, 1000, 2000, 5000, 20_000, 100_000, 0} {
			got := evalSummary(t, r, o)
			if most := max(o.Limit, map[bool]int{true: summaryLimit}[o.Limit == 0]); len(got) > most {
				t.Errorf("%d tests: %d bytes, limit %d", n, len(got), most)
			}
			if shown := strings.Count(got, "<details>\n"); got != "" && shown < n && !strings.Contains(got, "not shown here") {
				t.Errorf("%d tests, limit %d: %d are shown, and nobody says so", n, o.Limit, shown)
			}
		}
	}
}

// A megabyte of an answer is cut, and that can be seen.
func TestEvalOfAHugeAnswer(t *testing.T) {
	t.Parallel()
	r := readEval(t, "testdata/eval/mixed.json").Results
	for _, text := range []string{strings.Repeat("word ", 200_000), strings.Repeat("x", 1<<20), strings.Repeat("\u200b", 300_000), strings.Repeat("`", 1<<20)} {
		r.TestResults[5].ModelResponse = text
		comment := evalComment(t, r, EvalOptions{})
		if !strings.Contains(comment, "*Cut here: it has ") || len(comment) > commentRoom {
			t.Errorf("%.10s: %d bytes", text, len(comment))
		}
		evalSummary(t, r, EvalOptions{})
		if n := len(evalText(t, r, EvalOptions{})); n > 20_000 {
			t.Errorf("%.10s: %d bytes of text", text, n)
		}
		evalJUnit(t, r)
	}
}

func TestEvalCommentShowsTheWorst(t *testing.T) {
	t.Parallel()
	r := many(t, 400)
	r.TestResults = slices.DeleteFunc(r.TestResults, func(t eval.Test) bool { return gravity(t) < 0 })
	r.Deployments, r.Evaluators = nil, nil
	got := evalComment(t, r, EvalOptions{})
	if n := strings.Count(got, "<details>\n<summary>"); n != mostRows || !strings.Contains(got, "340 tests not shown here") {
		t.Errorf("%d tests are shown", n)
	}
	first, _, _ := strings.Cut(got[strings.Index(got, "<details>"):], "</summary>")
	if !strings.Contains(first, "worse than before") {
		t.Errorf("the first is %s", first)
	}
}

// TestEvalSARIFIsCut: code scanning refuses a file with more.
func TestEvalSARIFIsCut(t *testing.T) {
	t.Parallel()
	r := eval.Results{TestResults: make([]eval.Test, mostResults+3)}
	for i := range r.TestResults {
		r.TestResults[i] = eval.Test{Row: i, Verdict: eval.Unjudged}
	}
	r.TestResults[mostResults+2].Change = eval.Worse
	var b bytes.Buffer
	if err := EvalSARIF(&b, r, SARIFOptions{}); err != nil {
		t.Fatal(err)
	}
	var log sarifLog
	if err := json.Unmarshal(b.Bytes(), &log); err != nil {
		t.Fatal(err)
	}
	run := log.Runs[0]
	if notes := run.Invocations[0].Notifications; len(run.Results) != mostResults || run.Results[0].RuleID != "eval-regressed" || len(notes) != 1 || !strings.HasPrefix(notes[0].Message.Text, "3 more tests are left out") {
		t.Errorf("%d results, the first %+v, %+v", len(run.Results), run.Results[0], notes)
	}
}

// A fingerprint stays when rows are added above a row, and is another one in
// another file or of another deployment.
func TestFingerprintsOfTests(t *testing.T) {
	t.Parallel()
	one := eval.Test{File: "a.prompt.yml", Deployment: "d", TestCase: json.RawMessage(`{"a":"b"}`), Row: 1, Line: 10}
	same, spaced, other, file := one, one, one, one
	same.Row, same.Line, same.ModelResponse = 7, 70, "x"
	spaced.TestCase = json.RawMessage("{\n \"a\": \"b\"\n}")
	other.Deployment, file.File = "e", "b.prompt.yml"
	if fingerprint(one) != fingerprint(same) || fingerprint(one) != fingerprint(spaced) {
		t.Error("the fingerprint depends on more than the case")
	}
	if fingerprint(one) == fingerprint(other) || fingerprint(one) == fingerprint(file) {
		t.Error("two tests have one fingerprint")
	}
}

func TestEvalRules(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, r := range evalSARIFRules() {
		if names[r.Name] || !regexp.MustCompile(`^[A-Z][A-Za-z0-9,]+$`).MatchString(r.Name) || r.Properties.SecuritySeverity != "" {
			t.Errorf("%+v", r)
		}
		names[r.Name] = true
	}
}

// FuzzEval: nothing that others wrote is alive in any form.
func FuzzEval(f *testing.F) {
	s := schema(f)
	f.Add("row.prompt.yml", "gpt-4o", "Hello", nasty, "failed", "worse", 3, uint8(3))
	f.Add("::error::x", "</details>", "- ```\n</details>\n@x", "<!-- keyless-inference:x part 1 -->", "passed", "", -1, uint8(200))
	f.Add("what\n  why: x\n  fix: ::error::x\n       ##[error]y", "d", "a", "what\n  why: ::error::x\n  fix: x\n       ::add-mask::y\n  why: z", "error", "x\n  fix: \n       <b>", 1, uint8(2))
	f.Add("a:b\\\u202e|%", "@team", "\xff\x00]]>", "\n<!-- keyless-inference:h part 1 -->", "unjudged", "new", 1<<40, uint8(40))
	f.Fuzz(func(t *testing.T, file, deployment, answer, says, verdict, change string, line int, limit uint8) {
		e := eval.Evaluation{EvaluatorName: deployment, Kind: verdict, Details: says, Reply: answer, Error: change, Score: float64(line)}
		one := eval.Test{
			File: file, Deployment: deployment, Line: max(0, line), Column: max(0, line), Row: line, ModelResponse: answer, EvaluationResults: []eval.Evaluation{e},
			TestCase: json.RawMessage(says), Verdict: eval.Verdict(verdict), Change: eval.Change(change), Runs: 1 + int(limit%2), Error: says, FinishReason: file,
			Before: &eval.Before{ModelResponse: says, Verdict: eval.Verdict(change)},
		}
		if limit%3 == 0 {
			one.Repeated = []eval.Repeat{{ModelResponse: answer, Verdict: eval.Passed}, {ModelResponse: says, Verdict: eval.Verdict(verdict), Error: answer}}
		}
		total := eval.EvaluatorTotal{Name: says, Kind: file, Threshold: float64(line)}
		r := eval.Results{
			TestResults: []eval.Test{one, one}, Ended: says, Gates: []eval.Gate{{Name: file, Says: says}}, Evaluators: []eval.EvaluatorTotal{total, total},
			Groups: []eval.Group{{File: file, Deployment: deployment}, {File: says}}, Deployments: []eval.DeploymentTotal{{Deployment: deployment}, {Deployment: answer}},
			Comparison: &eval.Comparison{Against: file, Says: says},
		}
		o := EvalOptions{File: file, Answers: says, Run: says, Server: "https://github.com", Repository: "o/r", Commit: "abc", Limit: int(limit) * 50}
		if got := evalSummary(t, r, o); o.Limit > 0 && len(got) > o.Limit {
			t.Errorf("%d bytes, limit %d", len(got), o.Limit)
		}
		evalComment(t, r, o)
		evalText(t, r, o)
		evalSARIF(t, s, r)
	})
}

func BenchmarkEvalSummary(b *testing.B) {
	r := many(b, 5000)
	for b.Loop() {
		EvalSummary(r, EvalOptions{})
	}
}
