package bulk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"time"
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

// forget takes a job that is collected off the list.
func (r *Run) forget(id string) {
	r.sent = slices.DeleteFunc(r.sent, func(s string) bool { return s == id })
}

func (r *Run) log(format string, args ...any) {
	if r.Log != nil {
		r.Log(fmt.Sprintf(format, args...))
	}
}
