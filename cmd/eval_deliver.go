package cmd

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/keyless-inference/action/actions"
	"github.com/keyless-inference/action/eval"
	"github.com/keyless-inference/action/report"
	"github.com/keyless-inference/action/report/page"
	"github.com/keyless-inference/action/sink"
	"github.com/keyless-inference/action/wire"
)

// An evalDelivery hands on what an evaluation came to.
type evalDelivery struct {
	*evalPlan
	claims  claims
	runner  *actions.Runner
	stdout  io.Writer
	path    string // of the results file
	results eval.Results
	outcome string // passed, failed or skipped
}

// evalOutputs are those of eval/action.yml.
func evalOutputs() []output[*evalDelivery] {
	count := func(of func(eval.Summary) int) func(*evalDelivery) string {
		return func(d *evalDelivery) string { return strconv.Itoa(of(d.results.Summary)) }
	}
	file := func(input string) func(*evalDelivery) string {
		return func(d *evalDelivery) string { return d.claims.path(input) }
	}
	compared := func(of func(eval.Comparison) int) func(*evalDelivery) string {
		return func(d *evalDelivery) string {
			if d.results.Comparison == nil {
				return ""
			}
			return strconv.Itoa(of(*d.results.Comparison))
		}
	}
	return []output[*evalDelivery]{
		{Output{"outcome", "passed, failed, or skipped where the job had no identity."}, func(d *evalDelivery) string { return d.outcome }},
		{Output{"pass-rate", "The share of rows that passed, in percent, such as 93.3."}, func(d *evalDelivery) string {
			s := d.results.Summary
			tenths := 1000 * s.PassedTests / max(1, s.PassedTests+s.FailedTests) // cut, so that 100 is the whole alone
			return fmt.Sprintf("%d.%d", tenths/10, tenths%10)
		}},
		{Output{"total", "How many rows there are, each counted once for every deployment."}, count(func(s eval.Summary) int { return s.TotalTests })},
		{Output{"passed", "How many passed."}, count(func(s eval.Summary) int { return s.PassedTests })},
		{Output{"failed", "How many did not, those without an answer included."}, count(func(s eval.Summary) int { return s.FailedTests })},
		{Output{"unjudged", "How many have an answer and no evaluator."}, count(func(s eval.Summary) int { return s.UnjudgedTests })},
		{Output{"better", "With a baseline: how many rows pass now and did not."}, compared(func(c eval.Comparison) int { return c.Better })},
		{Output{"worse", "With a baseline: how many passed and do not now."}, compared(func(c eval.Comparison) int { return c.Worse })},
		{Output{"good-enough", "The deployments that meet the gates, with commas between."}, (*evalDelivery).goodEnough},
		{Output{"tokens", "How many tokens all answers took, those of judges, embeddings and the baseline included, and those that resume kept."}, func(d *evalDelivery) string {
			return strconv.FormatInt(d.tokens(), 10)
		}},
		{Output{"json-file", "The file with the results as JSON, relative to the workspace."}, file("json-file")},
		{Output{"junit-file", "The file with the results as JUnit XML."}, file("junit-file")},
		{Output{"sarif-file", "The file with the rows that did not pass, as SARIF."}, file("sarif-file")},
		{Output{"html", "The file with the page."}, file("html")},
		{Output{"results-file", "The file with every answer as it came, one line of JSON each."}, func(d *evalDelivery) string { return d.path }},
	}
}

// goodEnough are the deployments that meet the gates.
func (d *evalDelivery) goodEnough() string {
	var names []string
	for _, t := range d.results.Deployments {
		if t.GoodEnough {
			names = append(names, t.Deployment)
		}
	}
	return strings.Join(names, ",")
}

// missing is an evaluation without an identity.
func (d *evalDelivery) missing(err error) error {
	d.outcome = "failed"
	for _, excuse := range excuses {
		if d.skipIdentity && errors.Is(err, excuse.err) {
			d.outcome = skipped
			d.runner.Logf("skipped (%s): %s", excuse.word, cause(&result{err: err, skipped: excuse.word}))
			err = nil
		}
	}
	return errors.Join(err, setOutputs(d.runner, evalOutputs(), d))
}

// deliver hands the results on: to files, to the log or the terminal, to the outputs,
// the summary and the comment. What can't be done at one place keeps nothing from the
// others.
func (d *evalDelivery) deliver(ctx context.Context) error {
	d.judge()
	unsaved := d.save()
	untold := d.tell()
	unset := setOutputs(d.runner, evalOutputs(), d)
	d.summarize()
	uncommented := d.post(ctx)
	var verdict error
	if d.outcome != "passed" {
		verdict = &failedCheck{"the evaluation failed: " + d.says()}
	}
	return errors.Join(unsaved, untold, unset, uncommented, verdict)
}

// judge compares the results and judges them.
func (d *evalDelivery) judge() {
	d.results = d.run.Results()
	if d.run.Earlier != nil {
		eval.Compare(&d.results, d.run.Before(), d.against, d.significance)
	} else if d.baseline != nil {
		eval.Compare(&d.results, *d.baseline, d.against, d.significance)
	}
	d.conditions.Judge(&d.results)
	if d.outcome = "failed"; d.results.Passed() {
		d.outcome = "passed"
	}
	d.shown.Run, d.shown.File, d.shown.Answers = d.runner.RunURL(), d.claims.path("json-file"), d.path
}

// tokens are all that were spent.
func (d *evalDelivery) tokens() int64 {
	return d.results.Usage.Total + d.results.JudgeUsage.Total + d.results.BaselineUsage.Total
}

// says are the gates that are shut, in words, and why the evaluation ended early.
func (d *evalDelivery) says() string {
	var all []string
	for _, g := range d.results.Gates {
		if !g.Passed {
			all = append(all, g.Name+": "+g.Says)
		}
	}
	if d.results.Ended != "" {
		all = append(all, d.results.Ended)
	}
	return strings.Join(all, "; ")
}

// save writes the files that were asked for.
func (d *evalDelivery) save() error {
	return errors.Join(
		d.claims.save("json-file", func(w io.Writer) error { return report.JSON(w, d.results) }),
		d.claims.save("junit-file", func(w io.Writer) error { return report.EvalJUnit(w, d.results) }),
		d.claims.save("sarif-file", func(w io.Writer) error {
			return report.EvalSARIF(w, d.results, report.SARIFOptions{Version: d.version})
		}),
		d.claims.save("html", func(w io.Writer) error {
			return page.Write(w, d.results, page.Options{Version: d.version, Run: d.shown.Run, Source: d.source(), Made: time.Now()})
		}),
	)
}

// tell shows the results: on GitHub as annotations and in the log, else as text or
// JSON on standard output.
func (d *evalDelivery) tell() error {
	var text bytes.Buffer
	write := func(w io.Writer) error { return report.EvalText(w, d.results, d.shown) }
	if d.json {
		write = func(w io.Writer) error { return report.JSON(w, d.results) }
	}
	if err := write(&text); err != nil {
		return fmt.Errorf("writing the results: %w", err)
	}
	if !d.runner.OnGitHub() {
		_, err := d.stdout.Write(text.Bytes())
		return err
	}
	for _, t := range d.results.TestResults {
		d.annotate(t)
	}
	d.runner.Fence("The results", text.String())
	return nil
}

// annotate shows a row that did not pass beside its line: as an error, or where the
// gates let it pass as a warning. Why rows were not asked the verdict says once.
func (d *evalDelivery) annotate(t eval.Test) {
	if t.Verdict != eval.Failed && t.Verdict != eval.Errored {
		return
	}
	what := []string{fmt.Sprintf("%s:%d: row %d with %s: %s", t.File, t.Line, t.Row, t.Deployment, t.Verdict)}
	if t.Error != "" {
		what = append(what, t.Error)
	}
	says := t.EvaluationResults
	if i := slices.IndexFunc(t.Repeated, func(r eval.Repeat) bool { return r.Verdict != eval.Passed }); i >= 0 {
		says = t.Repeated[i].EvaluationResults
	}
	for _, e := range says {
		if !e.Passed && t.Error == "" {
			what = append(what, wire.Line(e.EvaluatorName+": "+e.Error+e.Details, 500))
		}
	}
	level := actions.Error
	if d.outcome == "passed" {
		level = actions.Warning
	}
	text, _ := sink.Cut(strings.Join(what, "\n"), longestAnnotation)
	d.runner.Annotate(actions.Annotation{Level: level, Position: actions.Position{File: t.File, Line: t.Line, Column: t.Column}, Text: text})
}

// longestAnnotation is in UTF-16 units, a little below what GitHub shows.
const longestAnnotation = 3_500

// summarize writes the job summary. That it fails is no reason to fail.
func (d *evalDelivery) summarize() {
	if !d.summary {
		return
	}
	shown := d.shown
	shown.Limit = max(1, d.runner.SummaryRoom())
	if err := d.runner.Summary(report.EvalSummary(d.results, shown)); err != nil {
		d.runner.Warningf("the job summary could not be written: %v", err)
	}
}

// post posts the comment.
func (d *evalDelivery) post(ctx context.Context) error {
	if d.comment == nil {
		return nil
	}
	if ctx.Err() != nil {
		d.runner.Logf("comment: nothing is posted, since the run was stopped")
		return nil
	}
	res := &result{outcome: success, markdown: report.EvalComment(d.results, d.shown), path: cmp.Or(d.shown.File, d.path)}
	res.answer.Model = d.results.Model
	res.answer.Usage.Total = d.tokens()
	return d.comment.deliver(ctx, d.runner, res, d.summary)
}

// source is where the prompt files can be seen; "" where that is not known.
func (d *evalDelivery) source() string {
	if d.shown.Server == "" || d.shown.Repository == "" || d.shown.Commit == "" {
		return ""
	}
	return d.shown.Server + "/" + d.shown.Repository + "/blob/" + d.shown.Commit + "/"
}
