package report

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/keyless-inference/action/eval"
	"github.com/keyless-inference/action/inference"
	"github.com/keyless-inference/action/migration"
	"github.com/keyless-inference/action/sink"
	"github.com/keyless-inference/action/wire"
)

// EvalOptions are what the forms of an evaluation have to know beside its results.
type EvalOptions struct {
	Limit   int    // bytes of the summary; 0 is 1 MiB, more than which GitHub drops
	File    string // where all results are as JSON, relative to the workspace; "" is not named
	Answers string // where each answer is in a line, with which an evaluation can go on; likewise
	Run     string // address of the workflow run; "" is not linked

	// Server, Repository and Commit make links to the prompt files, as those of
	// [CheckOptions] do. Without them files are named only.
	Server, Repository, Commit string
}

// verdictIcons are how a verdict is shown.
var verdictIcons = map[eval.Verdict]string{eval.Passed: "✅", eval.Failed: "❌", eval.Errored: "⚠️", eval.Unjudged: "❔", eval.Unasked: "⏭️"}

// worstFirst is the order in which people look at tests. What is none of these
// comes before them all.
var worstFirst = []func(eval.Test) bool{
	func(t eval.Test) bool { return t.Change == eval.Worse },
	func(t eval.Test) bool { return t.Verdict == eval.Errored },
	func(t eval.Test) bool { return t.Verdict == eval.Failed },
	func(t eval.Test) bool { return t.Verdict == eval.Unasked },
	func(t eval.Test) bool { return t.Verdict == eval.Unjudged },
	func(t eval.Test) bool { return t.Verdict == eval.Passed && t.Passes < t.Runs },
	func(t eval.Test) bool { return t.Verdict == eval.Passed },
}

// gravity is the place of a test in worstFirst.
func gravity(t eval.Test) int {
	return slices.IndexFunc(worstFirst, func(is func(eval.Test) bool) bool { return is(t) })
}

// asked reports whether there is something to show of a test.
func asked(t eval.Test) bool { return t.Verdict != eval.Unasked }

// remarkable reports whether that is more than that it passed.
func remarkable(t eval.Test) bool { return asked(t) && gravity(t) < len(worstFirst)-1 }

// worst are the tests of a kind, worst first: then by how many repetitions passed,
// then by the mean score.
func worst(tests []eval.Test, of func(eval.Test) bool) (all []eval.Test) {
	var order []int // a test is large, and sorting moves what it sorts
	for i, t := range tests {
		if of(t) {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(i, j int) int {
		a, b := &tests[i], &tests[j]
		return cmp.Or(
			cmp.Compare(gravity(*a), gravity(*b)),
			cmp.Compare(a.Passes*b.Runs, b.Passes*a.Runs),
			cmp.Compare(meanScore(*a), meanScore(*b)),
		)
	})
	for _, i := range order {
		all = append(all, tests[i])
	}
	return all
}

// meanScore is that of all evaluations that could tell; 1 if there is none.
func meanScore(t eval.Test) float64 {
	sum, n := 0.0, 0
	for _, r := range t.Repetitions() {
		for _, e := range r.EvaluationResults {
			if e.Error == "" {
				sum += e.Score
				n++
			}
		}
	}
	if n == 0 {
		return 1
	}
	return sum / float64(n)
}

// telling is the repetition that says most of a test, and its number from 1: the
// first that did not pass, or the first.
func telling(t eval.Test) (number int, r eval.Repeat) {
	all := t.Repetitions()
	i := max(0, slices.IndexFunc(all, func(r eval.Repeat) bool { return r.Verdict != eval.Passed }))
	return i + 1, all[i]
}

// cutOff are what finish reasons mean that make an answer something else than the
// whole of it; the service has others.
var cutOff = map[string]string{
	"length":         "the answer was cut off by the token limit",
	"content_filter": "the answer was cut off by the content filter",
}

// cut says that an answer may not be what the model had to say; "" if it is.
func cut(r eval.Repeat) string {
	if r.FinishReason == "" || r.FinishReason == "stop" {
		return ""
	}
	return strings.TrimSpace(cutOff[r.FinishReason] + " (finish reason " + r.FinishReason + ")")
}

// why is what there is to say of a test that did not pass, in parts of a name and
// what it says; of a flaky one, of the first repetition that did not. Ended is why
// the run ended early.
func why(t eval.Test, ended string) (all []detail) {
	_, r := telling(t)
	if text := cmp.Or(r.Error, t.Error); text != "" {
		all = append(all, detail{"error", wire.Redact(text)})
	}
	for _, e := range r.EvaluationResults {
		if r.Error == "" && (!e.Passed || e.Error != "") { // of no answer none could tell
			all = append(all, detail{e.EvaluatorName, said(e)})
		}
	}
	if silent := map[eval.Verdict]string{
		eval.Unjudged: "there is an answer, and no evaluator judges it",
		eval.Unasked:  cmp.Or(ended, "the run ended before it"),
	}[t.Verdict]; silent != "" && all == nil {
		all = []detail{{string(t.Verdict), silent}}
	}
	if text := cut(r); text != "" && asked(t) {
		all = append([]detail{{"note", text}}, all...)
	}
	return all
}

// problemOf takes the text of a [wire.Problem] apart; of any other all is What.
func problemOf(text string) *wire.Problem {
	text, fix, _ := strings.Cut(text, "\n  fix: ")
	what, why, _ := strings.Cut(text, "\n  why: ")
	outdent := strings.NewReplacer("\n       ", "\n")
	return &wire.Problem{What: what, Why: outdent.Replace(why), Fix: outdent.Replace(fix)}
}

// brief is the text of an error with each of its parts clipped by itself: however much
// a service has to say, the way out is told.
func brief(text string) *wire.Problem {
	p := problemOf(text)
	p.What, p.Why, p.Fix = clipped(p.What, longestWhy), clipped(p.Why, longestFix), clipped(p.Fix, longestFix)
	return p
}

// said is what an evaluator says of an answer, with the score if it has one.
func said(e eval.Evaluation) string {
	if e.Error != "" {
		return opinion(e)
	}
	return strings.TrimSuffix("score "+decimal(e.Score)+": "+e.Details, ": ")
}

// opinion is what an evaluator says in words.
func opinion(e eval.Evaluation) string {
	if e.Error != "" {
		return "could not tell: " + wire.Redact(e.Error)
	}
	return e.Details
}

// phrases are the parts of why in one line.
func phrases(all []detail) string {
	var parts []string
	for _, d := range all {
		parts = append(parts, d.name+": "+brief(d.text).Error())
	}
	return strings.Join(parts, "; ")
}

// caseOf is a test case in one line.
func caseOf(t eval.Test) string {
	var b bytes.Buffer
	if json.Compact(&b, t.TestCase) != nil {
		return string(t.TestCase)
	}
	return b.String()
}

// placed is a test as a finding of no rule, for what shows where findings are.
func placed(t eval.Test) migration.Finding {
	return migration.Finding{File: t.File, Line: t.Line, Column: t.Column}
}

// place is where a test is, as a link if there can be one.
func (o EvalOptions) place(t eval.Test) string {
	return CheckOptions{Server: o.Server, Repository: o.Repository, Commit: o.Commit}.place(placed(t))
}

// state is what became of a test, in a few plain words: "failed, 2 of 5 passed,
// worse than before".
func state(t eval.Test) string {
	text := string(t.Verdict)
	if t.Runs > 1 {
		text += fmt.Sprintf(", %d of %d passed", t.Passes, t.Runs)
	}
	if t.Change == eval.Better || t.Change == eval.Worse {
		text += ", " + string(t.Change) + " than before"
	}
	return text
}

// spread are the verdicts of the repetitions of a test, one after the other.
func spread(t eval.Test) string {
	const most = 50
	var b strings.Builder
	for i, r := range t.Repeated {
		if i == most {
			b.WriteString("…")
			break
		}
		b.WriteString(verdictIcons[r.Verdict])
	}
	return b.String()
}

// tallied is how many tests passed, and what there is beside: "12 of 15 tests
// passed (80 %), 1 error, 2 unjudged".
func tallied(s eval.Summary) string {
	judged := s.PassedTests + s.FailedTests
	switch {
	case s.TotalTests == 0:
		return "no tests"
	case judged == 0:
		return plural(s.TotalTests, "test") + map[bool]string{true: ", unjudged", false: ", all unjudged"}[s.TotalTests == 1]
	}
	text := thousands(int64(s.PassedTests)) + " of " + plural(judged, "test") + " passed (" + eval.Percent(s.PassedTests, judged) + ")"
	errors := map[bool]string{true: "error", false: "errors"}[s.ErrorTests == 1]
	return text + amounts([]amount{{s.ErrorTests, errors}, {s.UnaskedTests, "not asked"}, {s.UnjudgedTests, "unjudged"}, {s.FlakyTests, "flaky"}})
}

// compared is an evaluation beside the earlier one in numbers.
func compared(c eval.Comparison) string {
	return fmt.Sprintf("%s better, %s worse, %s same", thousands(int64(c.Better)), thousands(int64(c.Worse)), thousands(int64(c.Same))) +
		amounts([]amount{{c.New, "new"}, {c.Gone, "gone"}, {c.Unknown, "not comparable"}})
}

// An amount is how many there are of what.
type amount struct {
	n    int
	what string
}

// amounts are those of which there are any, each behind a comma.
func amounts(all []amount) string {
	var b strings.Builder
	for _, one := range all {
		if one.n > 0 {
			b.WriteString(", " + thousands(int64(one.n)) + " " + one.what)
		}
	}
	return b.String()
}

// spent is one line about the tokens of an evaluation; "" when none are known.
func spent(r eval.Results) string {
	var parts []string
	for _, part := range []struct {
		of    string
		usage eval.Usage
	}{{"answers", r.Usage}, {"judges and embeddings", r.JudgeUsage}, {"the baseline's answers", r.BaselineUsage}} {
		if tokens := Usage(billed(part.usage)); tokens != "" {
			parts = append(parts, part.of+": "+tokens)
		}
	}
	return strings.Join(parts, "; ")
}

func billed(u eval.Usage) inference.Usage {
	return inference.Usage{Prompt: u.Prompt, Completion: u.Completion, Total: u.Total}
}

// decimal is a score in at most three digits behind the point.
func decimal(score float64) string {
	return strconv.FormatFloat(math.Round(score*1000)/1000, 'g', 9, 64)
}

// seconds is a time as precise as a reader wants it; "" for none.
func seconds(s float64) string {
	return elapsed(time.Duration(min(s, math.MaxInt32) * float64(time.Second)))
}

// clipped is the beginning of a text from outside, of at most so many UTF-16
// units.
func clipped(text string, most int) string {
	head, cut := sink.Cut(text, most)
	if cut {
		head += "…"
	}
	return head
}
