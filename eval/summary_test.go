package eval

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

func TestVerdictOf(t *testing.T) {
	t.Parallel()
	content, not, unable := Evaluation{Passed: true}, Evaluation{}, Evaluation{Error: "no number"}
	for _, c := range []struct {
		says []Evaluation
		err  string
		want Verdict
	}{
		{nil, "", Unjudged},
		{nil, "content_filter", Errored},
		{[]Evaluation{content}, "cut off", Errored},
		{[]Evaluation{content}, "", Passed},
		{[]Evaluation{content, not}, "", Failed},
		{[]Evaluation{unable, not}, "", Failed},
		{[]Evaluation{content, unable}, "", Errored},
	} {
		if got := VerdictOf(c.says, c.err); got != c.want {
			t.Errorf("%v, %q: %s, not %s", c.says, c.err, got, c.want)
		}
	}
}

// repetitions are repetitions with these verdicts: p, f, e, x (the evaluator can't tell),
// u (unjudged) or - (not asked).
func repetitions(verdicts string) (all []Repeat) {
	for _, v := range verdicts {
		all = append(all, map[rune]Repeat{
			'p': {EvaluationResults: []Evaluation{{EvaluatorName: "greets", Passed: true, Score: 1}}, Seconds: 2, ModelResponse: "Hello"},
			'f': {EvaluationResults: []Evaluation{{EvaluatorName: "greets"}}, Seconds: 1},
			'e': {Error: "500"},
			'x': {EvaluationResults: []Evaluation{{EvaluatorName: "greets", Error: "no number"}}, Seconds: 1},
			'u': {Seconds: 1},
			'-': {Verdict: Unasked},
		}[v])
	}
	return all
}

func TestSettle(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		repetitions string
		minPass     int
		want        Verdict
		passes      int
		flaky       bool
	}{
		{"p", 0, Passed, 1, false},
		{"f", 0, Failed, 0, false},
		{"e", 0, Errored, 0, false},
		{"x", 0, Errored, 0, false},
		{"u", 0, Unjudged, 0, false},
		{"-", 0, Unasked, 0, false},
		{"ppf", 0, Failed, 2, true},
		{"ppf", 2, Passed, 2, true},
		{"pff", 2, Failed, 1, true},
		{"ppe", 2, Passed, 2, false},
		{"pef", 2, Errored, 1, true},
		{"eff", 2, Failed, 0, false},
		{"p-f", 2, Unasked, 1, true},
		{"p-e", 3, Errored, 1, false},
		{"uuu", 2, Unjudged, 0, false},
		{"ueu", 3, Errored, 0, false},
		{"u-u", 3, Unasked, 0, false},
		{"---", 2, Unasked, 0, false},
	} {
		one := Test{Repeated: repetitions(c.repetitions), MinPass: c.minPass}
		for range 2 { // settling again changes nothing
			one.Settle()
			if one.Verdict != c.want || one.Passes != c.passes || one.Runs != len(c.repetitions) || one.Flaky() != c.flaky {
				t.Errorf("%s, of which %d must pass: %s, %d of %d, flaky %v", c.repetitions, c.minPass, one.Verdict, one.Passes, one.Runs, one.Flaky())
			}
		}
	}
}

// TestSettleTakesTheFirst: a test shows its first repetition, and what all of them took.
func TestSettleTakesTheFirst(t *testing.T) {
	t.Parallel()
	one := Test{Repeated: []Repeat{{ModelResponse: "a", Seconds: 1, FinishReason: "stop", Usage: Usage{1, 2, 3}}, {Error: "500", Usage: Usage{10, 0, 10}}}}
	one.Settle()
	want := Test{
		ModelResponse: "a", Seconds: 1, FinishReason: "stop", EvaluationResults: []Evaluation{}, Usage: Usage{11, 2, 13}, Runs: 2, MinPass: 2,
		Verdict: Errored, Error: "500", Repeated: one.Repeated,
	}
	if !reflect.DeepEqual(one, want) {
		t.Errorf("%+v", one)
	}
	one = Test{Repeated: repetitions("p")}
	one.Settle()
	if one.Repeated != nil || one.ModelResponse != "Hello" || one.Seconds != 2 {
		t.Errorf("%+v", one)
	}
}

// settled is a test with these repetitions.
func settled(file, deployment, row, verdicts string) Test {
	one := Test{File: file, Deployment: deployment, TestCase: json.RawMessage(row), Repeated: repetitions(verdicts), MinPass: len(verdicts)/2 + 1}
	one.Settle()
	return one
}

func TestSum(t *testing.T) {
	t.Parallel()
	r := Results{
		Groups: []Group{{File: "a", Name: "Greeting", Model: "gpt-4o", Deployment: "small"}, {File: "a", Name: "Greeting", Model: "gpt-4o", Deployment: "large"}},
		TestResults: []Test{
			settled("a", "small", `{}`, "p"), settled("a", "large", `{}`, "p"),
			settled("a", "small", `{}`, "e"), settled("a", "large", `{}`, "ppf"),
			settled("a", "small", `{}`, "-"), settled("a", "large", `{}`, "u"),
		},
	}
	r.TestResults[0].Usage = Usage{5, 1, 6}
	r.Sum()
	small := Summary{TotalTests: 3, PassedTests: 1, FailedTests: 2, PassRate: 100.0 / 3, ErrorTests: 1, UnaskedTests: 1}
	large := Summary{TotalTests: 3, PassedTests: 2, PassRate: 100, UnjudgedTests: 1, FlakyTests: 1}
	all := Summary{TotalTests: 6, PassedTests: 3, FailedTests: 2, PassRate: 60, ErrorTests: 1, UnaskedTests: 1, UnjudgedTests: 1, FlakyTests: 1}
	for _, c := range []struct{ got, want any }{
		{r.Summary, all},
		{r.Groups, []Group{
			{File: "a", Name: "Greeting", Model: "gpt-4o", Deployment: "small", Summary: small},
			{File: "a", Name: "Greeting", Model: "gpt-4o", Deployment: "large", Summary: large},
		}},
		{r.Deployments, []DeploymentTotal{
			{Deployment: "small", Summary: small, Usage: Usage{5, 1, 6}, Median: 2, Slow: 2},
			{Deployment: "large", Summary: large, Median: 2, Slow: 2},
		}},
		{r.Evaluators, []EvaluatorTotal{{Name: "greets", Total: 6, Passed: 4, Failed: 1, Errors: 1, PassRate: 200.0 / 3, MeanScore: 0.8}}},
		{r.Usage, Usage{5, 1, 6}},
		{[]string{r.Name, r.Model}, []string{"Greeting", "small, large"}},
	} {
		if a, b := marshal(t, c.got), marshal(t, c.want); a != b {
			t.Errorf("\n%s, not\n%s", a, b)
		}
	}
}

func marshal(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestSumOfNothing: lists are empty, not null, and no rate is a number that JSON lacks.
func TestSumOfNothing(t *testing.T) {
	t.Parallel()
	var r Results
	r.Sum()
	want := `{"name":"","description":"","model":"","testResults":[],"summary":{"totalTests":0,"passedTests":0,"failedTests":0,"passRate":0,` +
		`"errorTests":0,"unaskedTests":0,"unjudgedTests":0,"flakyTests":0},"groups":[],"deployments":[],"evaluators":[],"gates":[],` +
		`"usage":{"promptTokens":0,"completionTokens":0,"totalTokens":0},"judgeUsage":{"promptTokens":0,"completionTokens":0,"totalTokens":0},"baselineUsage":{"promptTokens":0,"completionTokens":0,"totalTokens":0}}`
	if got := marshal(t, r); got != want {
		t.Error(got)
	}
}

func TestSumOfSeveralFiles(t *testing.T) {
	t.Parallel()
	r := Results{TestResults: []Test{settled("a", "small", `{}`, "p"), settled("b", "small", `{}`, "p"), settled("c", "", `{}`, "e")}}
	r.TestResults[0].EvaluationResults[0].Kind = "string"
	r.TestResults[1].EvaluationResults[0].Kind = "regex"
	r.Sum()
	if r.Name != "3 prompt files" || r.Model != "small, " || len(r.Groups) != 3 || r.Evaluators[0].Kind != "string, regex" {
		t.Errorf("%+v", r)
	}
	if r.Evaluators[0].Total != 2 {
		t.Errorf("the error of a file whose evaluators nobody knows was counted: %+v", r.Evaluators)
	}
}

// TestSumsHold checks what is true of every result.
func TestSumsHold(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(7, 7))
	for range 300 {
		var r Results
		for range random.IntN(12) {
			verdicts := make([]byte, 1+random.IntN(4))
			for i := range verdicts {
				verdicts[i] = "pfexu-"[random.IntN(6)]
			}
			r.TestResults = append(r.TestResults, settled(string("ab"[random.IntN(2)]), string("xyz"[random.IntN(3)]), `{}`, string(verdicts)))
		}
		r.Sum()
		var parts Summary
		for _, d := range r.Deployments {
			holds(t, d.Summary)
			parts.TotalTests += d.Summary.TotalTests
			parts.PassedTests += d.Summary.PassedTests
			parts.FlakyTests += d.Summary.FlakyTests
		}
		holds(t, r.Summary)
		if s := r.Summary; parts.TotalTests != s.TotalTests || parts.PassedTests != s.PassedTests || parts.FlakyTests != s.FlakyTests {
			t.Fatalf("%+v is not the sum of %+v", s, r.Deployments)
		}
		for _, e := range r.Evaluators {
			if e.Total != e.Passed+e.Failed+e.Errors || e.PassRate > 100 {
				t.Fatalf("%+v", e)
			}
		}
	}
}

func holds(t *testing.T, s Summary) {
	t.Helper()
	if s.TotalTests != s.PassedTests+s.FailedTests+s.UnjudgedTests || s.FailedTests < s.ErrorTests+s.UnaskedTests ||
		(s.PassRate == 100) != (s.PassedTests > 0 && s.FailedTests == 0) || s.PassRate > 100 {
		t.Fatalf("%+v", s)
	}
}

// TestSumOfEvaluators: an evaluator that had no answer, or could not tell, did not pass.
func TestSumOfEvaluators(t *testing.T) {
	t.Parallel()
	r := Results{TestResults: []Test{settled("a", "x", `{}`, "e"), settled("a", "x", `{}`, "xp"), settled("a", "x", `{}`, "-"), settled("b", "x", `{}`, "e")}}
	r.TestResults[1].Repeated[1].EvaluationResults[0].Kind = "string"
	r.Sum()
	want := []EvaluatorTotal{{Name: "greets", Kind: "string", Total: 3, Passed: 1, Errors: 2, PassRate: 100. / 3, MeanScore: 1}}
	if !slices.Equal(r.Evaluators, want) {
		t.Errorf("%+v", r.Evaluators)
	}
}

func TestQuantiles(t *testing.T) {
	t.Parallel()
	upTo := func(n int) (all []float64) {
		for i := n; i > 0; i-- {
			all = append(all, float64(i))
		}
		return all
	}
	for n, want := range map[int][2]float64{0: {0, 0}, 1: {1, 1}, 2: {1.5, 2}, 19: {10, 19}, 20: {10.5, 19}, 21: {11, 20}, 100: {50.5, 95}} {
		if median, slow := quantiles(upTo(n)); [2]float64{median, slow} != want {
			t.Errorf("of 1 to %d: %v, %v, not %v", n, median, slow, want)
		}
	}
}

func TestMeanOfLargeScores(t *testing.T) {
	t.Parallel()
	var total EvaluatorTotal
	for _, score := range []float64{math.MaxFloat64, math.MaxFloat64, -math.MaxFloat64} {
		total.add(Evaluation{Score: score})
	}
	if want := math.MaxFloat64 / 3; math.Abs(total.MeanScore-want) > 1e-9*want {
		t.Error(total.MeanScore)
	}
}
