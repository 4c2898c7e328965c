package report

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/keyless-inference/action/eval"
)

const evalPage = "https://github.com/keyless-inference/action/blob/main/docs/eval.md"

// An evalRule is a kind of test that a SARIF file tells of.
type evalRule struct {
	id, name string
	level    string // in SARIF's words
	problem  string // in code scanning's
	reason   string
	fix      string
	is       func(eval.Test) bool
}

// evalRules are all kinds; a test is of the first that it is one of.
var evalRules = []evalRule{
	{
		"eval-regressed", "Worse than the baseline", "error", "error",
		"The row passed in the baseline and does not now.",
		"Compare the two answers in the job summary or on the page of the evaluation: either the change of the prompt, the deployment or the evaluator is to be mended, or the baseline to be written anew.",
		func(t eval.Test) bool { return t.Change == eval.Worse },
	},
	{
		"eval-error", "No answer, or no verdict", "error", "error",
		"The deployment gave no answer, or an evaluator could not tell what the answer is worth.",
		"The message has the words of the service. Run the evaluation again with what it asks for; rows with an answer are not asked again when it is resumed.",
		func(t eval.Test) bool { return t.Verdict == eval.Errored },
	},
	{
		"eval-failed", "Answer that an evaluator rejects", "error", "error",
		"An evaluator is not content with the answer to this row of test data.",
		"Mend the prompt, or the row's expectation if the answer is right.",
		func(t eval.Test) bool { return t.Verdict == eval.Failed },
	},
	{
		"eval-unjudged", "Answer that nothing judges", "warning", "warning",
		"There is an answer and no evaluator, so nothing is known of it.",
		"Give the prompt file an evaluator, or accept it with allow-unjudged.",
		func(t eval.Test) bool { return t.Verdict == eval.Unjudged },
	},
}

// ruleOf is the place of a test's kind in evalRules, -1 if there is nothing to
// tell.
func ruleOf(t eval.Test) int {
	return slices.IndexFunc(evalRules, func(r evalRule) bool { return r.is(t) })
}

// EvalSARIF writes the tests that got worse, failed, have an error or are unjudged
// as SARIF 2.1.0, as [SARIF] writes findings: each at its row in the prompt file,
// with columns in characters. Its fingerprint depends on the file, the deployment
// and the test case alone, so that an alert stays the same when rows are added.
// What was not asked is a notification.
func EvalSARIF(w io.Writer, r eval.Results, o SARIFOptions) error {
	o.Anchor = cmp.Or(o.Anchor, "README.md")
	var told []eval.Test
	for _, t := range r.TestResults {
		if ruleOf(t) >= 0 {
			told = append(told, t)
		}
	}
	left := max(0, len(told)-mostResults)
	if left > 0 {
		told = worst(told, asked)
	}
	run := o.run("keyless-eval", "unicodeCodePoints", evalSARIFRules())
	run.Invocations = []sarifInvocation{evalInvocation(r, left)}
	run.Results = []sarifResult{}
	seen := map[string]int{}
	for _, t := range told[:len(told)-left] {
		id := fingerprint(t)
		seen[id]++
		run.Results = append(run.Results, o.test(t, id+":"+strconv.Itoa(seen[id])))
	}
	return run.write(w)
}

// test is a test as a result.
func (o SARIFOptions) test(t eval.Test, fingerprint string) sarifResult {
	i := ruleOf(t)
	text := fmt.Sprintf("Row %d with %s: %s. ", t.Row, t.Deployment, state(t)) + clipped(phrases(why(t, "")), 3*longestFix)
	if _, r := telling(t); r.ModelResponse != "" {
		text += ". The answer: " + clipped(r.ModelResponse, longestExcerpt)
	}
	region := sarifRegion{StartLine: max(1, t.Line)}
	if t.Line > 0 {
		region.StartColumn = max(0, t.Column)
	}
	return sarifResult{
		RuleID: evalRules[i].id, RuleIndex: &i, Level: evalRules[i].level, Message: sarifText{Text: sarifPlain(text)},
		Locations:           []sarifLocation{{sarifPhysical{artifact(cmp.Or(t.File, o.Anchor)), region}, nil}},
		PartialFingerprints: map[string]string{"keylessEval/v1": fingerprint},
	}
}

// fingerprint tells a test from all others, but for those with the same case.
func fingerprint(t eval.Test) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %s", t.File, t.Deployment, caseOf(t)))
	return fmt.Sprintf("%x", sum[:10])
}

func evalSARIFRules() (all []sarifRule) {
	for _, r := range evalRules {
		help := r.reason + "\n\nWhat to do: " + r.fix
		all = append(all, sarifRule{
			ID: r.id, Name: pascal(r.name), HelpURI: evalPage,
			ShortDescription:     sarifText{Text: r.name},
			FullDescription:      sarifText{Text: r.reason},
			Help:                 sarifText{help + "\n\n" + evalPage, help + "\n\n[Evaluations](" + evalPage + ")"},
			DefaultConfiguration: sarifLevel{r.level},
			Properties:           sarifProperties{Tags: []string{"prompt", "evaluation"}, Precision: "high", ProblemSeverity: r.problem},
		})
	}
	return all
}

// evalInvocation tells what was not asked, and what found no room.
func evalInvocation(r eval.Results, left int) sarifInvocation {
	in := sarifInvocation{ExecutionSuccessful: r.Ended == "" && r.Summary.UnaskedTests == 0}
	if !in.ExecutionSuccessful {
		text := sarifPlain(plural(r.Summary.UnaskedTests, "test") + " not asked: " + cmp.Or(r.Ended, "the run ended early"))
		in.Notifications = append(in.Notifications, sarifNotification{sarifText{Text: text}, "error"})
	}
	in.Notifications = append(in.Notifications, leftOutOf(left, "tests")...)
	return in
}
