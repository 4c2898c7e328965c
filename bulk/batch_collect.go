package bulk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/keyless-inference/action/inference"
)

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
		poll := cmp.Or(b.Poll, time.Minute)
		if now != last {
			r.log("%s; looked at again each %s (batch-poll)", now, poll)
			last = now
		}
		select {
		case <-time.After(poll):
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
	a := inference.Answer{Text: *l.Text, Model: l.Model, FinishReason: l.FinishReason, RequestID: l.RequestID, Usage: l.Usage.Tokens()}
	j.keep(Line{ID: id, Key: key, Batch: l.Batch, Deployment: q.Deployment}, a, nil)
	return true
}
