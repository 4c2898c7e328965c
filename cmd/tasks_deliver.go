package cmd

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/keyless-inference/action/actions"
	"github.com/keyless-inference/action/bulk"
	"github.com/keyless-inference/action/inference"
	"github.com/keyless-inference/action/report"
	"github.com/keyless-inference/action/task"
	"github.com/keyless-inference/action/wire"
)

// A tasksDelivery hands on what came of a run of tasks. All of it is in the results
// file already.
type tasksDelivery struct {
	*tasksRun
	runner  *actions.Runner
	stdout  io.Writer
	run     *bulk.Run      // nil: nothing was asked
	results *actions.Place // of the results file
	record  *os.File       // the file itself
}

// A tasksResult is what became of it.
type tasksResult struct {
	result
	results string   // a JSON list of the lines
	jobs    []string // of the Batch API
	lines   map[string][]bulk.Line
}

// tasksOutputs are those of a run of tasks besides [answerOutputs].
func tasksOutputs() []output[*tasksResult] {
	return []output[*tasksResult]{
		{Output{"results", "With config: a JSON list with what became of each request, if it fits. Each task's answer is an output as well, under the task's id."}, func(r *tasksResult) string { return r.results }},
		{Output{"results-file", "With config: the file with a line of JSON for each request, relative to the workspace."}, func(r *tasksResult) string { return r.path }},
		{Output{"batch-id", "With mode: batch: the jobs that were created and are not collected, with commas between them."}, func(r *tasksResult) string { return strings.Join(r.jobs, ",") }},
	}
}

// deliver hands on what came: to the outputs, the log, the summary, the comments
// and standard output. err is why not everything came.
func (d *tasksDelivery) deliver(ctx context.Context, err error) error {
	res := &tasksResult{result: result{err: err}}
	single := delivery{cfg: d.cfg, runner: d.runner, stdout: d.stdout}
	single.judge(&res.result)
	if d.run == nil {
		return errors.Join(single.verdict(&res.result), setOutputs(d.runner, answerOutputs(), &res.result))
	}
	res.path, res.jobs = d.results.Path, d.run.BatchIDs()
	spill(d.runner, d.run.Unsaved())
	unread := d.read(ctx, res)
	unset := d.setOutputs(res)
	d.summarize(res)
	uncommented := d.comment(ctx, res)
	d.remark(res)
	return errors.Join(single.verdict(&res.result), unread, unset, uncommented, d.print(res))
}

// mostRead is how many bytes of the results file are read back for outputs, comments
// and the summary: more than all of these together hold.
const mostRead = 4 << 20

// read takes the answers of tasks of many requests out of the results file again,
// the last of each request, as far as outputs, comments and the summary may show
// them. Those of tasks of one request are still known.
func (d *tasksDelivery) read(ctx context.Context, res *tasksResult) error {
	if _, err := d.record.Seek(0, io.SeekStart); err != nil {
		return err
	}
	res.lines = map[string][]bulk.Line{}
	at := map[[2]string]int{}
	err := bulk.EachLine(io.LimitReader(d.record, mostRead), func(l bulk.Line) { // a line that is cut there is none
		if l.ID == "" || l.ID == l.Task {
			return
		}
		lines := res.lines[l.Task]
		name := [2]string{l.Task, l.ID}
		if i, again := at[name]; again {
			lines[i] = l
			return
		}
		at[name] = len(lines)
		res.lines[l.Task] = append(lines, l)
	})
	for _, r := range d.run.Results() {
		if single, ok := d.run.Single(r.Task.ID); ok && r.Done() > 0 { // else it answers an earlier prompt
			res.lines[r.Task.ID] = []bulk.Line{single}
		} else if r.Task.Many() {
			res.lines[r.Task.ID] = d.order(ctx, r.Task, res.lines[r.Task.ID])
		}
	}
	return err
}

// order puts the lines of a task in the order of its requests: in the file they
// stand in that of the answers. Those of requests that it does not make any more are
// left out.
func (d *tasksDelivery) order(ctx context.Context, t *task.Task, lines []bulk.Line) []bulk.Line {
	at := make(map[string]int, len(lines))
	for _, l := range lines {
		at[l.ID] = 0
	}
	i := 0
	for item, err := range t.Items(d.files) {
		if err != nil || i == len(at) || ctx.Err() != nil {
			break
		}
		id := bulk.ID(t, item)
		if _, shown := at[id]; shown {
			i++
			at[id] = i
		}
	}
	lines = slices.DeleteFunc(lines, func(l bulk.Line) bool { return at[l.ID] == 0 })
	slices.SortStableFunc(lines, func(a, b bulk.Line) int { return at[a.ID] - at[b.ID] })
	return lines
}

// setOutputs sets the outputs of the whole and those of the tasks, as far as there
// is room for them.
func (d *tasksDelivery) setOutputs(res *tasksResult) error {
	room := room{left: maxOutputs}
	var fields []field
	taken := map[string]int{}
	for _, t := range d.file.Tasks {
		taken[strings.ToLower(t.ID)] = 1
	}
	var all []bulk.Line
	for _, result := range d.run.Results() {
		lines := res.lines[result.Task.ID]
		all = append(all, lines...)
		res.answer.Usage.Add(result.Usage)
		for _, f := range d.outputs(result, lines, taken) {
			if room.take(f) {
				fields = append(fields, f)
			}
		}
	}
	if all := d.list(all); all != "" && room.take(field{"results", all}) {
		res.results = all
	}
	if err := errors.Join(setOutputs(d.runner, answerOutputs(), &res.result), setOutputs(d.runner, tasksOutputs(), res)); err != nil {
		return err
	}
	for _, f := range fields {
		if err := d.runner.SetOutput(f.name, f.value); err != nil {
			return err
		}
	}
	if names := room.missing(); names != "" && d.runner.OnGitHub() {
		d.runner.Warningf("not everything fits into the step's outputs: %s were left out, %s holds the whole", names, res.path)
	}
	return nil
}

// outputs are a task's own: its answer, and the properties of an answer by schema.
// taken counts the names that are given.
func (d *tasksDelivery) outputs(r bulk.Result, lines []bulk.Line, taken map[string]int) (all []field) {
	text := d.output(r, lines)
	if text == "" {
		return nil
	}
	all = []field{{r.Task.ID, text}}
	if schema := r.Task.ResponseFormat == inference.JSONSchema; !schema || r.Task.Many() || cmp.Or(r.Task.Outputs, d.cfg.outputs) != "all" {
		return all
	}
	names, values := properties(text)
	for _, name := range names {
		all = append(all, field{freeName(r.Task.ID+"-"+outputName(name), taken), plainValue(values[name])})
	}
	return all
}

// output is what a task's own output says: the answer of a task of one request, a
// list of JSON of many, the file of embeddings. A task that is not done has none.
func (d *tasksDelivery) output(r bulk.Result, lines []bulk.Line) string {
	switch t := r.Task; {
	case t.Outputs == "none", r.Err != nil, r.Unasked > 0:
		return ""
	case t.Embeddings != nil && t.Embeddings.Similar == nil:
		return t.Embeddings.Output
	case t.Embeddings != nil:
		return similar(lines)
	case t.Many():
		return list(lines)
	}
	if len(lines) == 0 || lines[0].Text == nil || lines[0].Error != "" {
		return ""
	}
	return *lines[0].Text
}

// list is lines as a JSON list.
func list(lines []bulk.Line) string {
	if len(lines) == 0 {
		return ""
	}
	raw, err := json.Marshal(lines)
	if err != nil {
		return ""
	}
	return string(raw)
}

// similar is what is nearest to the texts of a task: of one text the list, of
// several an object from their ids to it.
func similar(lines []bulk.Line) string {
	near := map[string]json.RawMessage{}
	for _, l := range lines {
		if l.Similar != nil {
			near[strings.TrimPrefix(l.ID, l.Task+"/")] = l.Similar
		}
	}
	if len(near) == 1 {
		for _, only := range near {
			return string(only)
		}
	}
	raw, err := json.Marshal(near)
	if err != nil || len(near) == 0 {
		return ""
	}
	return string(raw)
}

// list is all lines as a JSON list, if that is not longer than an output can be.
func (d *tasksDelivery) list(all []bulk.Line) string {
	if info, err := d.record.Stat(); err != nil || info.Size() > mostRead {
		return ""
	}
	return list(all)
}

// mostAnswers is how many answers the job summary shows.
const mostAnswers = 30

// summarize writes the job summary. That it fails is no reason to fail.
func (d *tasksDelivery) summarize(res *tasksResult) {
	if !d.cfg.summary {
		return
	}
	moment := d.run.Moment()
	run := report.Run{Results: d.run.Results(), Timeline: d.run.Timeline(), Elapsed: moment.Elapsed, Refused: moment.Refused, File: res.path}
	for _, r := range run.Results {
		if lines := res.lines[r.Task.ID]; len(lines) == 1 && lines[0].Text != nil && len(run.Answers) < mostAnswers {
			run.Answers = append(run.Answers, answered(r.Task, lines[0], res.path))
		}
	}
	if err := d.runner.Summary(run.Summary(d.runner.SummaryRoom())); err != nil {
		d.runner.Warningf("the job summary could not be written: %v", err)
	}
}

// answered is a line as the report shows an answer.
func answered(t *task.Task, l bulk.Line, path string) report.Task {
	one := report.Task{Name: t.ID, Deployment: l.Deployment, File: path, Answer: inference.Answer{
		Text: *l.Text, FinishReason: l.FinishReason, Model: l.Model, RequestID: l.RequestID, Attempts: l.Attempts,
		Total: time.Duration(l.Seconds * float64(time.Second)), Usage: l.Usage.Tokens(),
	}}
	if l.Error != "" {
		one.Err = errors.New(l.Error)
	}
	return one
}

// comment posts the comments of the tasks that have one.
func (d *tasksDelivery) comment(ctx context.Context, res *tasksResult) error {
	var all []error
	if len(d.comments) > 0 && ctx.Err() != nil {
		d.runner.Logf("comment: nothing is posted, since the run was stopped")
		return nil
	}
	for _, t := range d.file.Tasks {
		plan := d.comments[t.ID]
		if plan == nil {
			continue
		}
		one, ok := said(t, res.lines[t.ID])
		if !ok {
			continue
		}
		one.path = res.path
		all = append(all, plan.deliver(ctx, d.runner, one, d.cfg.summary))
	}
	return errors.Join(all...)
}

// said is a task's answer for a comment: of many requests, each answer under its
// name. It is not ok where there is none.
func said(t *task.Task, lines []bulk.Line) (*result, bool) {
	res := &result{outcome: success, json: t.ResponseFormat != "" && t.ResponseFormat != inference.Text}
	var parts []string
	for _, l := range lines {
		if l.Text == nil || l.Error != "" {
			continue
		}
		res.answer.Model = l.Model
		res.answer.Usage.Add(l.Usage.Tokens())
		if t.Many() {
			res.parts = append(res.parts, part{strings.TrimPrefix(l.ID, t.ID+"/"), *l.Text})
		}
		parts = append(parts, *l.Text)
	}
	res.response = strings.Join(parts, "\n\n")
	return res, len(parts) > 0
}

// remark sums the run up.
func (d *tasksDelivery) remark(res *tasksResult) {
	total := bulk.Stats{}
	for _, r := range d.run.Results() {
		total.Add(r.Stats)
	}
	m := d.run.Moment()
	parts := []string{fmt.Sprintf("%d of %d answered in %s", total.Answered+total.Kept, total.Total, m.Elapsed.Round(time.Millisecond))}
	for _, part := range []struct {
		n     int
		words string
	}{
		{total.Kept - total.Cached, "known before"},
		{total.Cached, "from the cache"},
		{total.Failed, "failed"},
		{total.Unasked, "not asked"},
		{int(total.Requests), "sent"},
		{int(m.Refused), "refused by the rate limit"},
		{int(total.Usage.Total), "tokens"},
	} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", part.n, part.words))
		}
	}
	d.runner.Logf("%s, kept in %s", strings.Join(parts, ", "), res.path)
	if total.Cut > 0 {
		d.runner.Warningf("%d answers were cut off by the token limit (finish-reason: length in %s): raise or drop max-completion-tokens or max-tokens", total.Cut, res.path)
	}
	if len(res.jobs) > 0 {
		d.runner.Logf("to collect the answers of the Batch API: batch-id: %s", strings.Join(res.jobs, ","))
	}
}

// print writes the answers of tasks of one request to standard output, where that
// belongs to the answer.
func (d *tasksDelivery) print(res *tasksResult) error {
	if d.runner.OnGitHub() {
		return nil
	}
	for _, r := range d.run.Results() {
		text := d.output(r, res.lines[r.Task.ID])
		if text == "" || r.Task.Many() {
			continue
		}
		if _, err := fmt.Fprintf(d.stdout, "== %s\n%s\n", r.Task.ID, shown(d.stdout, wire.Redact(text))); err != nil {
			return err
		}
	}
	return nil
}
