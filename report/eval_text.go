package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/keyless-inference/action/eval"
)

const (
	longestCase    = 100 // UTF-16 units of a test case in a line
	longestExcerpt = 300 // of an answer, likewise
	longestWhy     = 1_000
)

// EvalText writes results for a terminal: a line for each prompt file with each
// deployment; for each test that failed, has an error or is unjudged its place as
// compilers write it, so that editors can jump there, what each evaluator that was
// not content said, and the beginning of the answer; then tables of the evaluators
// and, of several, the deployments, the comparison, the gates, and last the
// outcome. Tests that passed, and those that were not asked, are counted. Nothing
// in it steers a terminal, and no line begins with a command of the runner.
func EvalText(w io.Writer, r eval.Results, o EvalOptions) error {
	b := bufio.NewWriter(w)
	for _, g := range r.Groups {
		fmt.Fprintf(b, "%s with %s: %s\n", where(placed(eval.Test{File: g.File})), terminal(g.Deployment), tallied(g.Summary))
	}
	for _, t := range r.TestResults {
		if t.Verdict != eval.Passed && t.Verdict != eval.Unasked {
			textTest(b, t, r.Ended)
		}
	}
	if len(r.Groups)+len(r.TestResults) > 0 {
		fmt.Fprintln(b)
	}
	laid(evaluatorColumns, r.Evaluators).text(b)
	if len(r.Deployments) > 1 {
		laid(deploymentColumns(r.Deployments), r.Deployments).text(b)
	}
	textOutcome(b, r, o)
	if err := b.Flush(); err != nil {
		return fmt.Errorf("writing the evaluation: %w", err)
	}
	return nil
}

// textTest writes what is to say of a test that did not pass.
func textTest(w io.Writer, t eval.Test, ended string) {
	fmt.Fprintf(w, "%s: %s: row %d with %s: %s\n", where(placed(t)), terminal(state(t)), t.Row, terminal(t.Deployment), terminal(clipped(caseOf(t), longestCase)))
	for _, d := range why(t, ended) {
		fmt.Fprintf(w, "    - %s: %s\n", terminal(d.name), terminal(clipped(d.text, longestWhy)))
	}
	if _, r := telling(t); r.ModelResponse != "" {
		fmt.Fprintf(w, "    - answer: %s\n", terminal(clipped(r.ModelResponse, longestExcerpt)))
	}
}

// textOutcome writes what all tests come to.
func textOutcome(w io.Writer, r eval.Results, o EvalOptions) {
	if text := spent(r); text != "" {
		fmt.Fprintln(w, capital(text)+".")
	}
	if o.File != "" {
		fmt.Fprintf(w, "All answers: %s\n", terminal(o.File))
	}
	if c := r.Comparison; c != nil {
		fmt.Fprintf(w, "Beside %s: %s. %s.\n", terminal(c.Against), compared(*c), terminal(capital(c.Says)))
	}
	for _, g := range r.Gates {
		fmt.Fprintf(w, "Gate %s: %s: %s\n", terminal(g.Name), outcomeOf(g.Passed), terminal(g.Says))
	}
	if r.Ended != "" {
		fmt.Fprintf(w, "Ended early: %s\n", terminal(r.Ended))
	}
	fmt.Fprintf(w, "%s: %s.\n", strings.ToUpper(outcomeOf(r.Passed())), tallied(r.Summary))
}

func outcomeOf(passed bool) string { return map[bool]string{true: "passed", false: "failed"}[passed] }
