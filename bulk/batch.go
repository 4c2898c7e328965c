package bulk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/keyless-inference/action/inference"
)

// Batches is how a run goes through the Batch API.
// https://learn.microsoft.com/azure/ai-foundry/openai/how-to/batch
type Batches struct {
	// Collect are jobs that an earlier run sent off, besides those that the record
	// tells of. Their results are fetched, and nothing new is asked.
	Collect []string

	Poll time.Duration // how often a job is looked at; 0 means each minute, which is as often as Azure wants it

	// Wait is to wait until the jobs are over. Else they are sent off, and
	// [Run.BatchIDs] tells which they are.
	Wait bool

	// Spool makes a file for the lines of a job, which is closed and removed when
	// they are uploaded.
	Spool func() (*os.File, error)
}

// A ref is the request that a line of a job stands for.
type ref struct {
	job *job
	id  string
	key string
}

// A submission is the lines of one job to be, all of one deployment and API.
type submission struct {
	deployment, api string
	file            *os.File
	lines, bytes    int
}

// DoBatch is [Run.Do] through the Batch API.
func (r *Run) DoBatch(ctx context.Context, b Batches) error {
	ctx = r.begin(ctx)
	defer r.halt(nil)
	r.refs = map[string]ref{}
	jobs := r.plan()
	var err error
	if len(b.Collect) == 0 {
		err = r.retrace(ctx)
	}
	if err == nil {
		err = r.levels(ctx, b, jobs)
	}
	if !b.Wait && len(b.Collect) == 0 { // nothing is answered yet, as it was meant
		if errors.Is(err, errBudget) {
			err = r.ledger.problem("what fits into it was sent")
		}
		return cmp.Or(err, r.verdict(ctx))
	}
	for _, j := range jobs {
		j.end()
	}
	switch {
	case errors.Is(err, errBudget):
		r.halt(errBudget)
	case err != nil && ctx.Err() == nil:
		return errors.Join(err, r.verdict(ctx))
	}
	return r.verdict(ctx)
}

// retrace finds the jobs of files that an earlier run uploaded without living to note
// what became of them. Where there is none, nothing was paid for, and the requests are
// sent again.
func (r *Run) retrace(ctx context.Context) error {
	for file, deployment := range r.uploads {
		batch, found, err := r.Client.BatchOf(ctx, file)
		if err != nil {
			return err
		}
		if found {
			r.log("%s: found the batch of %s, which an earlier run made", batch.ID, file)
			r.note(batch.ID, file, deployment)
		}
	}
	return nil
}

// note writes down that a batch was created.
func (r *Run) note(id, file, deployment string) {
	r.keep(Line{Batch: id, File: file, State: sent, Deployment: deployment})
	r.sent = append(r.sent, id)
}

// levels runs the tasks, those that need others after those.
func (r *Run) levels(ctx context.Context, b Batches, jobs []*job) error {
	for len(jobs) > 0 {
		var now, later []*job
		for _, j := range jobs {
			if j.ready() {
				now = append(now, j)
			} else {
				later = append(later, j)
			}
		}
		if err := r.level(ctx, b, now); err != nil {
			return err
		}
		if !b.Wait {
			return nil
		}
		for _, j := range now {
			j.end()
		}
		jobs = later
	}
	return nil
}

// ready reports whether all that the task needs is over.
func (j *job) ready() bool {
	for _, need := range j.needs {
		if !need.finished() {
			return false
		}
	}
	return true
}

// end marks the task as over, once.
func (j *job) end() {
	if !j.finished() {
		close(j.over)
	}
}

// level collects what was sent off before, sends off what is not known yet, and
// collects that. What fits into the budget is sent and collected in any case.
func (r *Run) level(ctx context.Context, b Batches, jobs []*job) error {
	collect := slices.Clone(b.Collect)
	for _, id := range r.sent {
		if !slices.Contains(collect, id) {
			collect = append(collect, id)
		}
	}
	for _, j := range jobs {
		if err := j.enlist(len(b.Collect) > 0); err != nil {
			return err
		}
	}
	if err := r.collect(ctx, b, collect); err != nil || len(b.Collect) > 0 {
		return err
	}
	fresh, err := r.submit(ctx, b, jobs)
	if b.Wait && (err == nil || errors.Is(err, errBudget)) {
		err = cmp.Or(r.collect(ctx, b, fresh), err)
	}
	return err
}

// BatchIDs are the jobs that were sent off and not collected.
func (r *Run) BatchIDs() []string { return r.sent }

// enlist notes which request each line of a job stands for. Where these are only
// collected, it looks as well which are answered, since nobody does it later.
func (j *job) enlist(only bool) error {
	answers, err := j.needAnswers()
	if err != nil {
		j.fail(err)
		return nil
	}
	for item, err := range j.task.Items(j.r.Files) {
		if err != nil {
			return err
		}
		id, key := j.id(item), item.Key(answers)
		j.r.refs[lineID(id, key)] = ref{j, id, key}
		if only {
			j.open(item, answers)
		}
		if j.asks.Deployment == "" { // all of a task's requests want an answer of one form
			if j.asks, err = item.Request(answers); err != nil {
				return err
			}
		}
	}
	return nil
}

// lineID is the custom_id of a request: it says nothing, has one length, and is
// another one when the request changes.
func lineID(id, key string) string { return strconv.FormatUint(identity(id, key), 16) }

// submit sends off what is not answered yet, and returns the jobs. Where the budget
// ends first, the error beside them is errBudget.
func (r *Run) submit(ctx context.Context, b Batches, jobs []*job) (ids []string, err error) {
	open := map[[2]string]*submission{}
	defer func() {
		for _, s := range open {
			s.drop()
		}
	}()
	flush := func(s *submission) error {
		id, err := r.create(ctx, s)
		if err == nil {
			ids = append(ids, id)
		}
		s.drop()
		delete(open, [2]string{s.deployment, s.api})
		return err
	}
	var over error
	for _, j := range jobs {
		err := r.lines(ctx, j, func(q inference.Request, line []byte) error {
			group := [2]string{q.Deployment, q.API}
			if s := open[group]; s != nil && (s.lines == inference.MostBatchLines || s.bytes+len(line) > inference.MostBatchBytes) {
				if err := flush(s); err != nil {
					return err
				}
			}
			if open[group] == nil {
				file, err := b.Spool()
				if err != nil {
					return err
				}
				open[group] = &submission{deployment: q.Deployment, api: q.API, file: file}
			}
			return open[group].add(line)
		})
		if over = err; errors.Is(err, errBudget) {
			break
		}
		if err != nil {
			return ids, err
		}
	}
	for _, s := range open {
		if err := flush(s); err != nil {
			return ids, err
		}
	}
	return ids, over
}

// lines calls add with each request of the task that is not answered yet.
func (r *Run) lines(ctx context.Context, j *job, add func(inference.Request, []byte) error) error {
	if j.first() != nil {
		return nil
	}
	answers, err := j.needAnswers()
	if err != nil {
		return err
	}
	for item, err := range j.task.Items(r.Files) {
		if err != nil {
			return err
		}
		id, key, q, open := j.open(item, answers)
		if !open {
			continue
		}
		if _, err := r.ledger.try(q.Estimate()); err != nil {
			return err
		}
		r.ledger.settle(q.Estimate(), Budget{q.Estimate(), 1}) // it counts when it is sent
		line, err := inference.BatchLine(lineID(id, key), q)
		if err != nil {
			return err
		}
		if err := add(q, line); err != nil {
			return err
		}
	}
	return nil
}

func (s *submission) add(line []byte) error {
	s.lines++
	s.bytes += len(line)
	_, err := s.file.Write(line)
	return err
}

// drop removes the file of the lines.
func (s *submission) drop() {
	s.file.Close()
	os.Remove(s.file.Name())
}

// create uploads the lines, notes their file in the record, creates the job, and
// notes that: whenever the process is killed, the next run finds what was paid for. The
// one gap is a job that the service has taken in and does not list yet.
func (r *Run) create(ctx context.Context, s *submission) (string, error) {
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	file := ""
	batch, err := r.Client.CreateBatch(ctx, s.api, "keyless.jsonl", s.file, func(id string) {
		file = id
		r.keep(Line{File: file, State: uploaded, Deployment: s.deployment})
	})
	if err != nil {
		return "", err
	}
	r.note(batch.ID, file, s.deployment)
	r.log("%s: sent %d requests to %s", batch.ID, s.lines, s.deployment)
	return batch.ID, nil
}

// collect waits for jobs and takes their results. A job that failed as a whole has
// none and never will, so that it counts as collected: what it was to answer is sent
// again by the next run.
func (r *Run) collect(ctx context.Context, b Batches, ids []string) error {
	var failures []error
	for _, id := range ids {
		batch, err := r.await(ctx, b, id)
		if err != nil {
			return errors.Join(append(failures, err)...)
		}
		err = r.Client.BatchResults(ctx, batch, func(line string, a inference.Answer, err error) error {
			r.arrived(id, line, a, err)
			return nil
		})
		failures = append(failures, err)
		if err != nil && batch.OutputFile+batch.ErrorFile != "" {
			break
		}
		r.keep(Line{Batch: id, State: collected})
		r.forget(id)
	}
	return errors.Join(failures...)
}

// await looks at a job until it is over.
func (r *Run) await(ctx context.Context, b Batches, id string) (inference.Batch, error) {
	last := ""
	for {
		batch, err := r.Client.Batch(ctx, id)
		if err != nil || batch.Over() {
			return batch, err
		}
		now := fmt.Sprintf("%s: %s, %d of %d requests answered, %d failed", id, batch.Status, batch.Completed, batch.Total, batch.Failed)
		if now != last {
			r.log("%s", now)
			last = now
		}
		select {
		case <-time.After(cmp.Or(b.Poll, time.Minute)):
		case <-ctx.Done():
			return batch, context.Cause(ctx)
		}
	}
}

// arrived takes one result. One whose request is not in the tasks, or not yet since it
// needs others, is kept all the same, once: it is paid for.
func (r *Run) arrived(batch, line string, a inference.Answer, err error) {
	of, known := r.refs[line]
	if !known {
		if old, has := r.Record.orphan(line); !has || old.Error != "" && err == nil {
			r.keep(outcome(Line{ID: line, Batch: batch}, a, err))
		}
		return
	}
	if r.Record.Done(of.id, of.key) {
		return
	}
	if err == nil {
		if wrong := of.job.asks.Validate(a.Text); wrong != nil {
			err = fmt.Errorf("the answer does not fit the required format: %w", wrong)
		}
	}
	of.job.keep(Line{ID: of.id, Key: of.key, Batch: batch, Deployment: of.job.task.Deployment}, a, err)
}

// adopt takes the answer of a job that came before anybody knew what the request was:
// the task had to wait for another one then, or was not in the file.
func (j *job) adopt(id, key string, q inference.Request) bool {
	l, has := j.r.Record.orphan(lineID(id, key))
	if !has || l.Error != "" || l.Text == nil || q.Validate(*l.Text) != nil {
		return false
	}
	a := inference.Answer{Text: *l.Text, Model: l.Model, FinishReason: l.FinishReason, RequestID: l.RequestID}
	if u := l.Usage; u != nil {
		a.Usage = inference.Usage{Prompt: u.Prompt, Completion: u.Completion, Total: u.Total, Cached: u.Cached, Reasoning: u.Reasoning}
	}
	j.keep(Line{ID: id, Key: key, Batch: l.Batch, Deployment: q.Deployment}, a, nil)
	return true
}

// forget takes a job that is collected off the list.
func (r *Run) forget(id string) {
	r.sent = slices.DeleteFunc(r.sent, func(s string) bool { return s == id })
}

func (r *Run) log(format string, args ...any) {
	if r.Log != nil {
		r.Log(fmt.Sprintf(format, args...))
	}
}
