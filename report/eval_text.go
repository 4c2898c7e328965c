package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/keyless-inference/action/eval"
	"github.com/keyless-inference/action/sink"
	"github.com/keyless-inference/action/wire"
)

const (
	longestCase    = 100   // UTF-16 units of a test case in a line
	longestExcerpt = 300   // of an answer, likewise
	longestWhy     = 1_000 // of what failed, or what an evaluator says
	longestFix     = 4_000 // of why, and of the way out
)

// EvalText writes results for a terminal: a line for each prompt file with each
// deployment; for each test that failed, has an error or is unjudged its place as
// compilers write it, so that editors can jump there, what each evaluator that was
// not content said, and the beginning of the answer; then tables of the evaluators
// and, of several, the deployments, the comparison, the gates, and last the
// outcome. Tests that passed, and those that were not asked, are counted. Of an error
// the cause and the way out are on lines of their own, whole. Nothing in it steers a
// terminal, and no line begins with a command of the runner.
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
		fmt.Fprintf(w, "    - %s: %s\n", terminal(d.name), indentedLines(d.text, "      "))
	}
	if _, r := telling(t); r.ModelResponse != "" {
		fmt.Fprintf(w, "    - answer: %s\n", terminal(clipped(r.ModelResponse, longestExcerpt)))
	}
}

// indentedLines is a text from outside in one line, but for a [wire.Problem]: why and
// the way out are on lines of their own behind the indent, so that what is to be typed
// can be copied.
func indentedLines(text, indent string) string {
	p := brief(text)
	var all strings.Builder
	all.WriteString(terminal(p.What))
	for _, part := range []struct{ label, text string }{{"why: ", p.Why}, {"fix: ", p.Fix}} {
		for line := range strings.SplitSeq(part.text, "\n") {
			line = strings.TrimRight(sink.Log(strings.NewReplacer("\r", " ", "\t", " ").Replace(line)), " ")
			if strings.HasPrefix(strings.TrimSpace(line), "::") {
				line = "./" + line // the runner obeys "::" at the start of a line
			}
			if line != "" {
				all.WriteString("\n" + indent + part.label + line)
				part.label = strings.Repeat(" ", len(part.label))
			}
		}
	}
	return all.String()
}

// textOutcome writes what all tests come to.
func textOutcome(w io.Writer, r eval.Results, o EvalOptions) {
	if text := spent(r); text != "" {
		fmt.Fprintln(w, capital(text)+".")
	}
	if o.File != "" {
		fmt.Fprintf(w, "Results: %s\n", terminal(o.File))
	}
	if o.Answers != "" {
		fmt.Fprintf(w, "All answers: %s (resume: true goes on with it)\n", terminal(o.Answers))
	}
	if c := r.Comparison; c != nil {
		fmt.Fprintf(w, "Beside %s: %s. %s.\n", terminal(c.Against), compared(*c), terminal(capital(c.Says)))
	}
	for _, g := range r.Gates {
		fmt.Fprintf(w, "Gate %s: %s: %s\n", terminal(g.Name), outcomeOf(g.Passed), terminal(g.Says))
	}
	if r.Ended != "" {
		fmt.Fprintf(w, "Ended early: %s\n", indentedLines(wire.Redact(r.Ended), "  "))
	}
	fmt.Fprintf(w, "%s. %s.\n", strings.ToUpper(outcomeOf(r.Passed())), capital(tallied(r.Summary)))
}

func outcomeOf(passed bool) string { return map[bool]string{true: "passed", false: "failed"}[passed] }
