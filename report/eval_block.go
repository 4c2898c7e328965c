package report

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/keyless-inference/action/eval"
)

// evaluationColumns are those of the table of what was said of one answer.
var evaluationColumns = []column[eval.Evaluation]{
	{"Evaluator", false, func(e eval.Evaluation) string { return verdictOf(e) + " " + e.EvaluatorName }},
	{"Score", true, scoreOf},
	{"Says", false, func(e eval.Evaluation) string { return problemOf(opinion(e)).What }},
}

// scoreOf is the score; "" where the evaluator could not tell.
func scoreOf(e eval.Evaluation) string {
	if e.Error != "" {
		return ""
	}
	return decimal(e.Score)
}

func verdictOf(e eval.Evaluation) string {
	switch {
	case e.Error != "":
		return verdictIcons[eval.Errored]
	case e.Passed:
		return verdictIcons[eval.Passed]
	}
	return verdictIcons[eval.Failed]
}

// block is a test in a block that opens and closes.
func (o EvalOptions) block(t eval.Test, units int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<details>\n<summary>%s <b>%s, row %d, %s</b>: %s: %s</summary>\n\n",
		verdictIcons[t.Verdict], short(t.File), t.Row, short(t.Deployment), short(state(t)), short(caseOf(t)))
	number, r := telling(t)
	b.WriteString(o.line(t, r))
	if text := cmp.Or(r.Error, t.Error); text != "" {
		b.WriteString(alert("CAUTION", failure(problemOf(text), units)...))
	}
	b.WriteString(quoted("Test case", "json", indented(t.TestCase), units))
	b.WriteString(answers(t, number, r, units))
	b.WriteString(laid(evaluationColumns, r.EvaluationResults).titled("", 4*units, "evaluator"))
	for _, e := range r.EvaluationResults {
		if p := problemOf(e.EvaluatorName + ": " + e.Error); p.Why+p.Fix != "" { // a cell has no room for them
			b.WriteString(alert("CAUTION", failure(p, units)...))
		}
		if e.Reply != "" {
			b.WriteString(quoted("What the judge replied ("+short(e.EvaluatorName)+")", "text", e.Reply, units))
		}
	}
	return b.String() + "</details>\n\n"
}

// line is where a test is, and what its answer took.
func (o EvalOptions) line(t eval.Test, r eval.Repeat) string {
	parts := []string{o.place(t)}
	if t.Runs > 1 {
		parts = append(parts, strings.TrimSpace(fmt.Sprintf("%s %d of %d passed, at least %d must", spread(t), t.Passes, t.Runs, t.MinPass)))
	}
	parts = append(parts, Usage(billed(t.Usage)), seconds(r.Seconds))
	if text := cut(r); text != "" {
		parts = append(parts, "⚠️ "+phrase(text))
	}
	parts = slices.DeleteFunc(parts, func(part string) bool { return part == "" })
	return strings.Join(parts, " · ") + "\n\n"
}

// answers are the answer and, if there is a baseline, what that has in its place.
func answers(t eval.Test, number int, r eval.Repeat, units int) (text string) {
	if before := t.Before; before != nil {
		state := short(state(eval.Test{Verdict: before.Verdict, Passes: before.Passes, Runs: before.Runs}))
		if before.ModelResponse == r.ModelResponse {
			text = "Before (" + state + "): the same answer.\n\n"
		} else {
			text = quoted("Before ("+state+")", "text", before.ModelResponse, units)
		}
	}
	title := "Answer"
	if len(t.Repeated) > 1 {
		title = fmt.Sprintf("Answer of repetition %d", number)
	}
	return text + quoted(title, "text", r.ModelResponse, units)
}

// indented is JSON as people read it, or what is there if it is none.
func indented(raw json.RawMessage) string {
	var b bytes.Buffer
	if json.Indent(&b, raw, "", "  ") != nil {
		return string(raw)
	}
	return b.String()
}
