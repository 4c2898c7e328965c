package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/keyless-inference/action/actions"
	"github.com/keyless-inference/action/inference"
	"github.com/keyless-inference/action/oidc"
	"github.com/keyless-inference/action/report"
	"github.com/keyless-inference/action/wire"
)

// A result is what became of a run.
type result struct {
	answer   inference.Answer // what came, beside an error what had come before
	err      error            // why there is no whole answer
	response string           // what later steps get: the answer, or what stands in for it
	json     bool             // response is JSON
	parts    []part           // of several answers in one response
	markdown string           // in place of the response: Markdown that is harmless already
	path     string           // the file with what there is
	outcome  string           // success, failure or skipped
	skipped  string           // why it was skipped
	comment  report.Posted
	outputs  ladder
}

// The outcomes.
const (
	success = "success"
	failure = "failure"
	skipped = "skipped"
)

// failed is why a step was skipped that did not fail although its run did. The
// other reasons are [excuses].
const failed = "failure"

// A delivery hands on what came.
type delivery struct {
	cfg    *runConfig
	runner *actions.Runner
	stdout io.Writer
	file   *actions.File // nil: there is none
}

// deliver hands on what came: to the disk first, then to the step's outputs, the
// log, the summary, the comment and standard output. It is all of the answer when
// err is nil, else what was paid for before. What cannot be done at one place
// keeps nothing from the others. The error is nil where the step shall pass.
func (d *delivery) deliver(ctx context.Context, answer inference.Answer, err error) error {
	res := &result{answer: answer, err: err}
	d.judge(res)
	unsaved := d.save(res)
	unset := d.setOutputs(res)
	if answer.Text != "" {
		d.runner.Fence("Answer of "+answer.Model, answer.Text)
	}
	d.remark(res)
	d.summarize(res)
	uncommented := d.comment(ctx, res)
	return errors.Join(d.verdict(res), unsaved, unset, uncommented, d.print(res))
}

// verdict is why the step fails, if it does; where it passes without an answer
// the reason is told in another way.
func (d *delivery) verdict(res *result) error {
	switch {
	case res.outcome == skipped:
		d.runner.Logf("skipped (%s): %s", res.skipped, cause(res))
	case res.passes(d.cfg):
		for _, e := range leaves(res.err) {
			d.runner.Warningf("%v", wire.RedactError(e))
		}
	default:
		return res.err
	}
	return nil
}

// cause is why there is no answer. Where that is in the nature of the event there
// is nothing to mend.
func cause(res *result) string {
	var p *wire.Problem
	if res.skipped != failed && errors.As(res.err, &p) {
		return wire.Redact(p.What)
	}
	return wire.RedactError(res.err).Error()
}

// passes reports whether the step does not fail, with an answer or without one.
func (r *result) passes(cfg *runConfig) bool {
	return r.outcome != failure || cfg.onFailure != "fail"
}

// print writes the answer, or what stands in for it, to standard output where
// that belongs to the answer.
func (d *delivery) print(res *result) error {
	if !res.passes(d.cfg) || d.runner.OnGitHub() {
		return nil
	}
	_, err := fmt.Fprintln(d.stdout, shown(d.stdout, res.response))
	return err
}

// excuses are the reasons for which a job may lack an identity through no fault
// of its own.
var excuses = []struct {
	err  error
	word string
}{{oidc.ErrFork, "fork"}, {oidc.ErrDependabot, "dependabot"}}

// judge decides what the run comes to.
func (d *delivery) judge(res *result) {
	if res.err == nil {
		res.outcome, res.response = success, res.answer.Text
		res.json = d.cfg.request.Schema != nil || d.cfg.request.Format == inference.JSONObject
		return
	}
	res.outcome = failure
	if d.cfg.onFailure == "skip" {
		res.outcome, res.skipped = skipped, failed
	}
	for _, excuse := range excuses {
		if d.cfg.skipIdentity && errors.Is(res.err, excuse.err) {
			res.outcome, res.skipped = skipped, excuse.word
		}
	}
	if res.passes(d.cfg) {
		res.response = d.cfg.fallback
	}
}

// save writes what there is to the disk: what came, else what stands in for it.
func (d *delivery) save(res *result) error {
	text := res.answer.Text
	if res.err != nil && text == "" {
		text = res.response
	}
	if d.file == nil || res.err != nil && text == "" {
		return nil
	}
	err := d.file.Save([]byte(text))
	if err == nil {
		res.path = d.file.Path
	}
	return err
}

// setOutputs sets all outputs but the comment's.
func (d *delivery) setOutputs(res *result) error {
	var properties []field
	if res.json && d.cfg.fields {
		properties = fields(res.response, d.cfg.request.Schema.Properties())
	}
	res.outputs = newLadder(res.response, res.json, properties)
	if err := setOutputs(d.runner, answerOutputs(), res); err != nil {
		return err // the others would fail the same way
	}
	for _, f := range res.outputs.fields {
		if err := d.runner.SetOutput(f.name, f.value); err != nil {
			return err
		}
	}
	return nil
}

// remark warns of an answer that is less than it seems, or sums it up.
func (d *delivery) remark(res *result) {
	answer, runner := res.answer, d.runner
	switch {
	case res.err != nil && answer.Text != "" && res.path != "":
		runner.Warningf("what had arrived of the answer is kept in %s", res.path)
	case res.err != nil:
	case answer.FinishReason == "length":
		runner.Warningf("the answer was cut off by the token limit (finish-reason: length): raise or drop max-completion-tokens or max-tokens; api: completions has a limit of its own, 16, unless max-tokens is given")
	case answer.Text == "":
		runner.Warningf("the answer is empty (finish-reason: %s)", answer.FinishReason)
	}
	if res.err == nil {
		if runner.OnGitHub() {
			res.outputs.remark(runner, res.path)
		}
		runner.Logf("%s", summary(answer, res.path))
	}
}

// summarize writes the job summary. That it fails is no reason to fail. A job that
// was excused failed at nothing, so it has none.
func (d *delivery) summarize(res *result) {
	if !d.cfg.summary || res.outcome == skipped && res.skipped != failed {
		return
	}
	task := report.Task{Deployment: d.cfg.request.Deployment, Answer: res.answer, File: res.path, Err: res.err}
	if err := d.runner.Summary(report.Summary([]report.Task{task}, d.runner.SummaryRoom())); err != nil {
		d.runner.Warningf("the job summary could not be written: %v", err)
	}
}

// comment posts the comment, if there is something to say.
func (d *delivery) comment(ctx context.Context, res *result) error {
	plan := d.cfg.comment
	if plan == nil || res.outcome == skipped || res.err != nil && res.response == "" {
		return nil
	}
	return plan.deliver(ctx, d.runner, res, d.cfg.summary)
}
