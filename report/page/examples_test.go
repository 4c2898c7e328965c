package page

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/keyless-inference/action/eval"
)

var pages = flag.String("pages", "", "write the pages of the examples into this folder, for e2e/page")

// TestExamples writes every example, for the tests in a browser if they ask for them.
func TestExamples(t *testing.T) {
	t.Parallel()
	dir := *pages
	if dir == "" {
		dir = t.TempDir()
	}
	for name, example := range map[string]func() (eval.Results, Options){
		"small": small, "hostile": hostile, "thousand": thousand, "empty": func() (eval.Results, Options) { return eval.Results{}, Options{} },
	} {
		f, err := os.Create(filepath.Join(dir, name+".html"))
		if err != nil {
			t.Fatal(err)
		}
		r, o := example()
		if err := Write(f, r, o); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

// testCase is a row with its variables.
func testCase(vars map[string]any) json.RawMessage {
	raw, err := json.Marshal(vars)
	if err != nil {
		raw = []byte("null")
	}
	return raw
}

// small has everything that results can say: two files, two deployments, a
// baseline, repetitions, a judge, an error, and each verdict.
func small() (eval.Results, Options) {
	r := eval.Results{
		Name: "2 prompt files", Model: "gpt-4o, gpt-4o-mini", Ended: "the budget of 20,000 tokens was used up",
		TestResults: smallTests(),
		Summary:     eval.Summary{TotalTests: 8, PassedTests: 3, FailedTests: 4, PassRate: 42.857, ErrorTests: 1, UnaskedTests: 1, UnjudgedTests: 1, FlakyTests: 1},
		Groups: []eval.Group{
			{File: "prompts/summarise.prompt.yml", Name: "Summarise an issue", Deployment: "gpt-4o", Summary: eval.Summary{TotalTests: 3, PassedTests: 2, FailedTests: 1, PassRate: 66.667, FlakyTests: 1}},
			{File: "prompts/summarise.prompt.yml", Name: "Summarise an issue", Deployment: "gpt-4o-mini", Summary: eval.Summary{TotalTests: 3, PassedTests: 1, FailedTests: 2, PassRate: 33.333, ErrorTests: 1}},
			{File: "prompts/greet.prompt.yml", Name: "Greet", Deployment: "gpt-4o", Summary: eval.Summary{TotalTests: 2, FailedTests: 1, UnaskedTests: 1, UnjudgedTests: 1}},
		},
		Deployments: []eval.DeploymentTotal{
			{Deployment: "gpt-4o", Summary: eval.Summary{TotalTests: 5, PassedTests: 2, FailedTests: 2, PassRate: 50, UnaskedTests: 1, UnjudgedTests: 1, FlakyTests: 1}, Usage: eval.Usage{Prompt: 4210, Completion: 812, Total: 5022}, Median: 1.31, Slow: 3.92, GoodEnough: true},
			{Deployment: "gpt-4o-mini", Summary: eval.Summary{TotalTests: 3, PassedTests: 1, FailedTests: 2, PassRate: 33.333, ErrorTests: 1}, Usage: eval.Usage{Prompt: 2105, Completion: 377, Total: 2482}, Median: 0.62, Slow: 1.07},
		},
		Evaluators: []eval.EvaluatorTotal{
			{Name: "names the cause", Kind: "string", Total: 6, Passed: 4, Failed: 2, PassRate: 66.667, MeanScore: 0.667, Threshold: 80},
			{Name: "short", Kind: "max-tokens", Total: 6, Passed: 6, PassRate: 100, MeanScore: 1},
			{Name: "fluency", Kind: "llm", Total: 6, Passed: 3, Failed: 2, Errors: 1, PassRate: 50, MeanScore: 0.65},
		},
		Comparison: &eval.Comparison{Against: "1c8e5a0", Better: 1, Worse: 2, Same: 2, New: 1, Unknown: 2, P: 0.5, Significance: 0.05, Says: "2 tests got worse and 1 got better; that many may well be chance"},
		Gates: []eval.Gate{
			{Name: "fail-below", Says: "3 of 7 rows passed (42.8 %), and at least 90 % must; 1 row ended in an error"},
			{Name: "fail-on", Passed: true, Says: "no regression is beyond chance"},
		},
		Usage: eval.Usage{Prompt: 6315, Completion: 1189, Total: 7504}, JudgeUsage: eval.Usage{Prompt: 3310, Completion: 402, Total: 3712},
		BaselineUsage: eval.Usage{Prompt: 4180, Completion: 780, Total: 4960},
	}
	return r, Options{
		Title: "Evaluation of 2 prompt files", Version: "v1.4.0", Run: "https://github.com/octo-org/octo-repo/actions/runs/1",
		Source: "https://github.com/octo-org/octo-repo/blob/1c8e5a0/", Made: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC),
	}
}

const (
	oldAnswer = "The upload fails because the token expires after ten minutes.\n\nWorkaround: split the archive in two parts."
	newAnswer = "The upload fails because the token is renewed too late, after ten minutes.\n\nWorkaround: split the archive in three parts.\nThe maintainers know."
)

func smallTests() []eval.Test {
	judge := eval.Evaluation{EvaluatorName: "fluency", Kind: "llm", Score: 0.5, Details: "the judge chose 3, and at least 4 passes", Reply: "The text reads well, but its second paragraph has no verb.\n\n3"}
	cause := eval.Evaluation{EvaluatorName: "names the cause", Kind: "string", Score: 1, Passed: true, Details: `contains "token"`}
	short := eval.Evaluation{EvaluatorName: "short", Kind: "max-tokens", Score: 1, Passed: true, Details: "23 tokens, at most 200"}
	fine := judge
	fine.Score, fine.Passed, fine.Reply = 1, true, "5"
	lost := eval.Evaluation{EvaluatorName: "fluency", Kind: "llm", Error: "asking the judge: 429 Too Many Requests"}
	missed := eval.Evaluation{EvaluatorName: "names the cause", Kind: "string", Details: `does not contain "token"`}

	issue := testCase(map[string]any{"issue": "Uploads of more than 2 GB stop after ten minutes.\nSince version 3.1.", "expected": "token", "labels": []string{"bug", "upload"}})
	other := testCase(map[string]any{"issue": "The button is blue and should be green.", "expected": "colour"})
	third := testCase(map[string]any{"issue": "Crash on start when the configuration has no sections.", "expected": "configuration"})
	test := func(row, line int, deployment string, vars json.RawMessage, verdict eval.Verdict, answer string, all ...eval.Evaluation) eval.Test {
		return eval.Test{
			File: "prompts/summarise.prompt.yml", Row: row, Line: line, Column: 5, Deployment: deployment, TestCase: vars, Verdict: verdict, ModelResponse: answer, EvaluationResults: all,
			Runs: 1, MinPass: 1, Seconds: 1.31, FinishReason: "stop", Usage: eval.Usage{Prompt: 842, Completion: 61, Total: 903},
		}
	}
	tests := []eval.Test{
		test(1, 14, "gpt-4o", issue, eval.Failed, newAnswer, cause, short, judge),
		test(1, 14, "gpt-4o-mini", issue, eval.Passed, oldAnswer, cause, short, fine),
		test(2, 18, "gpt-4o", other, eval.Passed, "The colour of the button is wrong.", cause, short, fine),
		test(2, 18, "gpt-4o-mini", other, eval.Failed, "A button.", missed, short, judge),
		test(3, 21, "gpt-4o", third, eval.Passed, "It crashes without sections in the configuration.", cause, short, fine),
		test(3, 21, "gpt-4o-mini", third, eval.Errored, "It crashes when the", cause, short, lost),
		test(1, 9, "gpt-4o", testCase(map[string]any{"name": "Mona"}), eval.Unjudged, "Hello Mona!"),
		test(2, 10, "gpt-4o", testCase(map[string]any{"name": "Hubot"}), eval.Unasked, ""),
	}
	tests[0].Change, tests[0].Before = eval.Worse, &eval.Before{ModelResponse: oldAnswer, Verdict: eval.Passed, Passes: 3, Runs: 3}
	tests[1].Change, tests[1].Before = eval.Better, &eval.Before{ModelResponse: "The upload fails.", Verdict: eval.Failed, Runs: 1}
	tests[2].Change, tests[2].Before = eval.Same, &eval.Before{ModelResponse: tests[2].ModelResponse, Verdict: eval.Passed, Passes: 1, Runs: 1}
	tests[3].Change, tests[4].Change, tests[5].Change = eval.Worse, eval.New, eval.Unknown
	tests[5].Error = "asking gpt-4o-mini: the connection was closed in the middle of the answer"
	tests[0].Runs, tests[0].MinPass, tests[0].Passes = 3, 2, 1
	tests[0].Repeated = []eval.Repeat{
		{ModelResponse: newAnswer, EvaluationResults: tests[0].EvaluationResults, Verdict: eval.Failed, Seconds: 1.31},
		{ModelResponse: oldAnswer, EvaluationResults: tests[1].EvaluationResults, Verdict: eval.Passed, Seconds: 0.97},
		{ModelResponse: "Uploads fail.", EvaluationResults: tests[3].EvaluationResults, Verdict: eval.Failed, Seconds: 0.81},
	}
	for _, i := range []int{1, 2, 4} {
		tests[i].Passes = 1
	}
	for _, i := range []int{6, 7} {
		tests[i].File = "prompts/greet.prompt.yml"
	}
	return tests
}

// attacks are texts that would do something if they were markup, script, or a
// property of an object; each would call evil() if it ran.
var attacks = []string{
	`<script>evil()</script>`, `</script><script>evil()</script>`, `<!--<script>`, `]]>-->`, `<img src=x onerror=evil()>`,
	`<svg onload=evil()>`, `<a href="javascript:evil()">x</a>`, `javascript:evil()`, `<iframe srcdoc="<script>parent.evil()</script>">`,
	`<style>body{display:none}</style>`, `<base href="https://attacker.example/">`, `<meta http-equiv="refresh" content="0;url=https://attacker.example/">`,
	`<form action="https://attacker.example/"><button autofocus>`, `![](https://attacker.example/pixel.png)`, `"><b onmouseover=evil()>`,
	"${evil()} {{evil()}} <%= evil() %> `${evil()}`", "');evil()//", "\u2028evil()\u2029", "a\u202etxt.exe\u202c\u200b\u00ad\x1b[31mred\x00\ufeff",
	"__proto__", "constructor", "toString", "hasOwnProperty", "<b id=list>", "\xff\xfe", "", " ", "A\u0301\u0302\u0303\u0304\U0001F468\u200d\U0001F469\u200d\U0001F467",
	"a/../../b c#d?e&f=g%00", "line\rfeed\r\nboth",
}

// hostile has attacks wherever results can have text.
func hostile() (eval.Results, Options) {
	r := eval.Results{Name: attacks[1], Description: attacks[4], Model: attacks[0], Ended: attacks[17], Comparison: &eval.Comparison{Against: attacks[0], Says: attacks[1]}}
	for i, a := range attacks {
		next := attacks[(i+1)%len(attacks)]
		evaluations := []eval.Evaluation{{EvaluatorName: a, Kind: a, Details: next, Reply: a}, {EvaluatorName: next, Error: a}}
		for _, deployment := range []string{a, "other " + a} {
			r.TestResults = append(r.TestResults, eval.Test{
				TestCase: testCase(map[string]any{a: next, "__proto__": map[string]any{"polluted": true}, "constructor": a}), ModelResponse: a + next, EvaluationResults: evaluations, File: a, Row: 1, Line: 1,
				Deployment: deployment, Verdict: eval.Verdict([]string{"failed", "error", a}[i%3]), Error: a, FinishReason: a, Change: eval.Change([]string{"worse", a}[i%2]), Runs: 2, Passes: 1,
				Repeated: []eval.Repeat{{ModelResponse: a, EvaluationResults: evaluations, Verdict: eval.Failed}, {ModelResponse: next, Error: a, Verdict: eval.Verdict(a)}},
				Before:   &eval.Before{ModelResponse: next + a, Verdict: eval.Verdict(a)},
			})
		}
		r.Deployments = append(r.Deployments, eval.DeploymentTotal{Deployment: a})
		r.Evaluators = append(r.Evaluators, eval.EvaluatorTotal{Name: a, Kind: a})
		r.Groups = append(r.Groups, eval.Group{File: a, Name: next, Deployment: a})
		r.Gates = append(r.Gates, eval.Gate{Name: a, Says: next})
	}
	r.TestResults = append(r.TestResults, huge()...)
	return r, Options{Title: attacks[0] + "\u202e", Version: attacks[1], Run: attacks[7], Source: attacks[7]}
}

// huge are texts of a megabyte: of one line, of many, and nothing alike.
func huge() (tests []eval.Test) {
	line, lines := strings.Repeat("long ", 1<<18), strings.Repeat("a short line\n", 1<<16)
	for i, text := range []string{line, line + "end", lines, strings.Replace(lines, "short", "shorter", 3) + "end", strings.Repeat("\n", 1<<20), strings.Repeat("x\n", 1<<19)} {
		tests = append(tests, eval.Test{File: "huge", Row: i / 2, Deployment: fmt.Sprint("deployment ", i), ModelResponse: text, Verdict: eval.Passed, Passes: 1, Runs: 1, Before: &eval.Before{ModelResponse: lines}})
	}
	return tests
}

// thousand has 1,000 rows with two deployments, three evaluators and answers of
// some kilobytes.
func thousand() (eval.Results, Options) {
	r := eval.Results{Name: "Support answers", Model: "gpt-4o, gpt-4o-mini"}
	for row := 1; row <= 1000; row++ {
		for i, deployment := range []string{"gpt-4o", "gpt-4o-mini"} {
			r.TestResults = append(r.TestResults, oneOfThousand(row, i, deployment))
		}
	}
	for _, name := range []string{"polite", "correct", "short"} {
		r.Evaluators = append(r.Evaluators, eval.EvaluatorTotal{Name: name, Kind: "string", Total: 2000, Passed: 1500, PassRate: 75})
	}
	return r, Options{Title: "A thousand rows"}
}

func oneOfThousand(row, i int, deployment string) eval.Test {
	var answer strings.Builder
	for n := range 40 {
		fmt.Fprintf(&answer, "Sentence %d of the answer to question %d, which is neither long nor short, by %s.\n", n, row*(1+n%(2+i)), deployment)
	}
	failed := (row*7+i*3)%4 == 0
	test := eval.Test{
		File: fmt.Sprintf("prompts/support-%d.prompt.yml", row%5), Row: row, Line: 10 + row, Deployment: deployment, Verdict: eval.Passed, Passes: 1, Runs: 1, MinPass: 1,
		TestCase: testCase(map[string]any{"question": fmt.Sprintf("Question %d: how do I renew the subscription of a customer who moved?", row), "expected": "renew"}), ModelResponse: answer.String(), Seconds: 1.5,
		Change: eval.Same, Before: &eval.Before{ModelResponse: strings.ReplaceAll(answer.String(), "neither long nor", "quite"), Verdict: eval.Passed, Passes: 1, Runs: 1},
	}
	for n, name := range []string{"polite", "correct", "short"} {
		test.EvaluationResults = append(test.EvaluationResults, eval.Evaluation{EvaluatorName: name, Kind: "string", Passed: !failed || row%3 != n, Score: 1, Details: `contains "answer"`})
	}
	if failed {
		test.Verdict, test.Passes, test.Change = eval.Failed, 0, eval.Worse
	}
	return test
}
