package report

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/keyless-inference/action/eval"
)

// The columns of an evaluation's tables. Their cells are plain text, for a terminal;
// [layout.marked] makes Markdown of them.

var groupColumns = []column[eval.Group]{
	{"Prompt file", false, func(g eval.Group) string { return g.File }},
	{"Deployment", false, func(g eval.Group) string { return g.Deployment }},
	{"Passed", true, func(g eval.Group) string { return passedOf(g.Summary) }},
	{"Pass rate", true, func(g eval.Group) string { return rate(g.Summary) }},
	{"Errors", true, func(g eval.Group) string { return count(int64(g.Summary.ErrorTests)) }},
	{"Not asked", true, func(g eval.Group) string { return count(int64(g.Summary.UnaskedTests)) }},
	{"Unjudged", true, func(g eval.Group) string { return count(int64(g.Summary.UnjudgedTests)) }},
	{"Flaky", true, func(g eval.Group) string { return count(int64(g.Summary.FlakyTests)) }},
}

var evaluatorColumns = []column[eval.EvaluatorTotal]{
	{"Evaluator", false, func(e eval.EvaluatorTotal) string { return e.Name }},
	{"Kind", false, func(e eval.EvaluatorTotal) string { return e.Kind }},
	{"Passed", true, func(e eval.EvaluatorTotal) string { return of(e.Passed, e.Total) }},
	{"Pass rate", true, func(e eval.EvaluatorTotal) string { return eval.Percent(e.Passed, e.Total) }},
	{"Mean score", true, func(e eval.EvaluatorTotal) string { return decimal(e.MeanScore) }},
	{"Errors", true, func(e eval.EvaluatorTotal) string { return count(int64(e.Errors)) }},
	{"Threshold", false, threshold},
}

// threshold is the rate that an evaluator must reach, and whether it does.
func threshold(e eval.EvaluatorTotal) string {
	if e.Threshold == 0 {
		return ""
	}
	return map[bool]string{true: "✅ ", false: "❌ "}[eval.Reaches(e.Passed, e.Total, e.Threshold)] + eval.RateText(e.Threshold)
}

// deploymentColumns are those of a table of deployments side by side: which is
// good enough, and what it takes.
func deploymentColumns(all []eval.DeploymentTotal) []column[eval.DeploymentTotal] {
	best := cheapest(all)
	return []column[eval.DeploymentTotal]{
		{"Deployment", false, func(d eval.DeploymentTotal) string { return d.Deployment }},
		{"Passed", true, func(d eval.DeploymentTotal) string { return passedOf(d.Summary) }},
		{"Pass rate", true, func(d eval.DeploymentTotal) string { return rate(d.Summary) }},
		{"Tokens in", true, func(d eval.DeploymentTotal) string { return count(d.Usage.Prompt) }},
		{"Tokens out", true, func(d eval.DeploymentTotal) string { return count(d.Usage.Completion) }},
		{"Tokens per passed test", true, tokensPerPassed},
		{"Median time", true, func(d eval.DeploymentTotal) string { return seconds(d.Median) }},
		{"95 % within", true, func(d eval.DeploymentTotal) string { return seconds(d.Slow) }},
		{"Good enough", false, func(d eval.DeploymentTotal) string {
			switch {
			case !d.GoodEnough:
				return "❌ no"
			case d.Deployment == best:
				return "✅ yes, with the fewest tokens"
			}
			return "✅ yes"
		}},
	}
}

// cheapest is the deployment that took the fewest tokens of those that are good
// enough; "" where there is no choice or the tokens of one are not known.
func cheapest(all []eval.DeploymentTotal) (name string) {
	least := int64(math.MaxInt64)
	for _, d := range all {
		if d.GoodEnough && d.Usage.Total < least {
			name, least = d.Deployment, d.Usage.Total
		}
	}
	if len(all) < 2 || least == 0 {
		return ""
	}
	return name
}

func tokensPerPassed(d eval.DeploymentTotal) string {
	if d.Summary.PassedTests == 0 {
		return ""
	}
	return count(d.Usage.Total / int64(d.Summary.PassedTests))
}

func passedOf(s eval.Summary) string { return of(s.PassedTests, s.PassedTests+s.FailedTests) }

// rate is the pass rate; "" where nothing was judged.
func rate(s eval.Summary) string {
	if s.PassedTests+s.FailedTests == 0 {
		return ""
	}
	return eval.Percent(s.PassedTests, s.PassedTests+s.FailedTests)
}

func of(n, all int) string { return thousands(int64(n)) + " of " + thousands(int64(all)) }

// marked is a table of plain text as Markdown.
func (l layout) marked() layout {
	l.rows = slices.Clone(l.rows)
	for i, cells := range l.rows {
		l.rows[i] = slices.Clone(cells)
		for j, cell := range cells {
			l.rows[i][j] = short(cell)
		}
	}
	return l
}

// titled is a table of plain text as Markdown in at most room bytes with a title,
// and a line that counts what found no room; "" without rows or room for that.
func (l layout) titled(title string, room int, noun string) string {
	if len(l.rows) == 0 || room < len(title)+checkRest {
		return ""
	}
	text, shown := l.marked().markdown(room - len(title) - checkRest)
	if rest := len(l.rows) - shown; rest > 0 {
		text += fmt.Sprintf("*%s more.*\n\n", plural(rest, noun))
	}
	return title + text
}

// text writes a table of plain text for a terminal, and a blank line.
func (l layout) text(w io.Writer) {
	if len(l.rows) == 0 {
		return
	}
	rows := [][]string{strings.Split(strings.ToUpper(strings.Join(l.heads, "\n")), "\n")}
	for _, cells := range l.rows {
		cells = slices.Clone(cells)
		for i := range cells {
			cells[i] = clipped(cells[i], longestCell)
		}
		rows = append(rows, cells)
	}
	table(w, rows)
	fmt.Fprintln(w)
}
