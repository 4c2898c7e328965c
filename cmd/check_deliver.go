package cmd

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/keyless-inference/action/actions"
	"github.com/keyless-inference/action/migration"
	"github.com/keyless-inference/action/migration/rule"
	"github.com/keyless-inference/action/report"
)

// checkResult is what a check came to.
type checkResult struct {
	report  migration.Report
	outcome report.Outcome
	sarif   string // the path of the SARIF file, "" for none
}

// checkOutputs are the outputs of the check.
func checkOutputs() []output[*checkResult] {
	return []output[*checkResult]{
		{Output{"findings", "How many findings there are, of whatever severity; those that the baseline or a comment lets pass are not counted."}, func(r *checkResult) string {
			return strconv.Itoa(len(r.report.Findings))
		}},
		{Output{"sarif-file", "The file with the findings as SARIF, relative to the workspace."}, func(r *checkResult) string { return r.sarif }},
		{Output{"outcome", "passed, findings or incomplete."}, func(r *checkResult) string { return string(r.outcome) }},
	}
}

// deliver hands a report on: to files, to the log or the terminal, to the
// summary and the outputs. What can't be written doesn't keep the rest back.
func (plan *checkPlan) deliver(runner *actions.Runner, p Process, found migration.Report) error {
	baseline := plan.baseline
	if plan.writes["write-baseline"] != nil {
		baseline = found.Baseline(baseline)
	}
	kept := found.Apply(baseline)
	res := &checkResult{report: kept, outcome: plan.options.Outcome(kept)}
	unsaved := plan.save(baseline, kept)
	res.sarif = plan.writes.path("sarif-file")
	untold := plan.tell(runner, p, res)
	unset := setOutputs(runner, checkOutputs(), res)
	var verdict error
	if res.outcome != report.Passed {
		verdict = &failedCheck{"the check failed: " + plan.options.Verdict(kept)}
	}
	return errors.Join(unsaved, untold, unset, plan.fix(runner, p, found), verdict)
}

// save writes the files that were asked for, whose places are taken since before
// the check.
func (plan *checkPlan) save(baseline migration.Baseline, kept migration.Report) error {
	return errors.Join(
		plan.writes.save("write-baseline", func(w io.Writer) error {
			_, err := baseline.WriteTo(w)
			return err
		}),
		plan.writes.save("sarif-file", func(w io.Writer) error {
			kept := kept
			kept.Findings = plan.withEdits(kept.Findings)
			return report.SARIF(w, kept, plan.sarif)
		}),
		plan.writes.save("csv-file", func(w io.Writer) error { return report.CheckCSV(w, kept) }),
	)
}

// tell shows the report: on GitHub as annotations and in the summary, else as
// text or JSON on standard output.
func (plan *checkPlan) tell(runner *actions.Runner, p Process, res *checkResult) error {
	var text bytes.Buffer
	if plan.in.JSON {
		if err := report.JSON(&text, res.report); err != nil {
			return fmt.Errorf("writing the report: %w", err)
		}
	} else if err := report.CheckText(&text, res.report, plan.options); err != nil {
		return err
	}
	if !runner.OnGitHub() {
		_, err := p.Stdout.Write(text.Bytes())
		return err
	}
	annotate(runner, res.report)
	runner.Fence("The report", text.String())
	if !plan.in.Summary {
		return nil
	}
	options := plan.options
	options.Limit = max(1, runner.SummaryRoom())
	return runner.Summary(report.CheckSummary(res.report, options))
}

// levels are how severities are shown on GitHub.
var levels = map[rule.Severity]actions.Level{rule.Error: actions.Error, rule.Warning: actions.Warning, rule.Info: actions.Notice}

// annotate shows the findings beside the lines that they are about. GitHub shows
// ten of each level; the whole report is in the log.
func annotate(runner *actions.Runner, r migration.Report) {
	for _, f := range r.Findings {
		a := actions.Annotation{Level: levels[f.Severity], Title: f.Rule, Text: f.Message + "\n" + f.Fix}
		if f.File != "" { // the runner doesn't show the place in the log; what is in no file names its own
			a.Text = f.Where() + ": " + a.Text
		}
		if f.Repository != "" {
			a.Text = f.Repository + ": " + a.Text
		} else if f.Place == "" {
			a.Position = actions.Position{File: f.File, Line: f.Line, Column: f.Column}
		}
		runner.Annotate(a)
	}
}

// failedCheck is the error of a check that found something, or could not look, and of
// a walk that came to a broken link. On a terminal the report has said so already.
type failedCheck struct{ verdict string }

func (e *failedCheck) Error() string { return e.verdict }
