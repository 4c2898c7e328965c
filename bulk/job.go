package bulk

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/keyless-inference/action/inference"
	"github.com/keyless-inference/action/task"
)

// A job is a task on its way.
type job struct {
	counter
	r      *Run
	task   *task.Task
	needs  []*job
	needed bool          // by another task, so its answers are kept in memory
	over   chan struct{} // closed when everything is answered that will be

	answers map[string]string // by id, if needed
	asks    inference.Request // one of its requests, of a run through the Batch API
	failure error             // the first one
	closed  error             // why no more requests are made although the run goes on
	failed  string            // the id of its request; "": the task as a whole
}

// run waits for the tasks that this one needs and does it.
func (j *job) run(ctx, work context.Context) {
	defer close(j.over)
	for _, need := range j.needs {
		select {
		case <-need.over:
		case <-ctx.Done():
			return
		}
	}
	answers, err := j.needAnswers()
	if err != nil {
		j.fail(err)
		return
	}
	var under sync.WaitGroup
	defer under.Wait()
	if j.task.Embeddings != nil {
		j.embeddings(ctx, work, &under)
		return
	}
	j.prompts(ctx, work, &under, answers)
}

// prompts makes the requests of the task, one after the other, and leaves each to
// itself as soon as there is room for another one that waits.
func (j *job) prompts(ctx, work context.Context, under *sync.WaitGroup, answers map[string]string) {
	for item, err := range j.task.Items(j.r.Files) {
		if err != nil {
			j.fail(err)
			return
		}
		id, key, q, open := j.open(item, answers)
		if !open {
			continue
		}
		lane := j.r.lane(q.Deployment)
		s, err := j.begin(work, lane, weight(q), q.Estimate())
		if err != nil {
			j.stopped(ctx, err)
			return
		}
		q.Began = s.began
		j.r.crew.do(under, func() {
			answer, err := j.r.Client.Ask(s.ctx, q)
			unasked := err != nil && s.ctx.Err() != nil && answer.Text == ""
			s.end(Budget{answer.Usage.Total, int64(answer.Attempts)})
			if unasked {
				return
			}
			lane.judge(answer.Attempts, s.since, err)
			j.keep(Line{ID: id, Key: key, Deployment: q.Deployment}, answer, err)
		})
	}
}

// ID is the id of a task's request in the run, and in its [Line].
func ID(t *task.Task, item task.Item) string {
	if t.Many() {
		return t.ID + "/" + item.ID
	}
	return item.ID
}

func (j *job) id(item task.Item) string { return ID(j.task, item) }

// weight is how much memory a question takes.
func weight(q inference.Request) (n int64) {
	for _, m := range q.Messages {
		n += int64(len(m.Content))
	}
	return n
}

// open is the request of an item, unless it is answered, or can't be made.
func (j *job) open(item task.Item, answers map[string]string) (id, key string, q inference.Request, open bool) {
	id, key = j.id(item), item.Key(answers)
	if j.known(id, key) {
		return id, key, q, false
	}
	q, err := item.Request(answers)
	if err != nil {
		j.keep(Line{ID: id, Key: key}, inference.Answer{}, err)
		return id, key, q, false
	}
	return id, key, q, !j.adopt(id, key, q)
}

// known reports whether the request is answered, and takes the answer of an earlier
// run.
func (j *job) known(id, key string) bool {
	done, earlier := j.r.Record.state(id, key)
	if earlier {
		j.count(func(s *Stats) { s.Kept++ })
	}
	if earlier && j.needed {
		j.counter.mu.Lock()
		defer j.counter.mu.Unlock()
		j.remember(id, j.r.earlier[identity(id, key)])
	}
	return done
}

func (j *job) remember(id, text string) {
	if j.answers == nil {
		j.answers = map[string]string{}
	}
	j.answers[id] = text
}

// A share is what a request under way takes of what the run has.
type share struct {
	r         *Run
	lane      *lane
	bytes     int64
	tokens    int64
	dequeueOf sync.Once
	since     int // what the deployment had answered when the request got its turn

	// ctx ends with what is under way, and before the request has its turn as soon
	// as the deployment is asked no more.
	ctx    context.Context
	cancel context.CancelCauseFunc
	forget func() bool // that the deployment is watched
	fate   sync.Once   // either it has its turn or it is cancelled before
}

// begin waits until the run has room for another request: in memory, in the
// budget, and in the queue of the deployment.
func (j *job) begin(work context.Context, l *lane, bytes, tokens int64) (*share, error) {
	bytes = min(bytes, mostMemory)
	if err := j.r.memory.Acquire(l.ctx, bytes); err != nil {
		return nil, context.Cause(l.ctx)
	}
	select {
	case l.queue <- struct{}{}:
	case <-l.ctx.Done():
		j.r.memory.Release(bytes)
		return nil, context.Cause(l.ctx)
	}
	s := &share{r: j.r, lane: l, bytes: bytes, tokens: tokens}
	s.ctx, s.cancel = context.WithCancelCause(work)
	s.forget = context.AfterFunc(l.ctx, func() { s.fate.Do(func() { s.cancel(context.Cause(l.ctx)) }) })
	if err := j.r.ledger.reserve(l.ctx, tokens); err != nil {
		s.giveBack()
		return nil, err
	}
	return s, nil
}

// began is called when the request has got its turn. If it was cancelled in the same
// moment, that is over when began returns, and nothing is sent.
func (s *share) began() {
	s.fate.Do(func() {})
	s.dequeueOf.Do(func() {
		s.since = s.lane.answered()
		<-s.lane.queue
	})
}

// end gives everything back.
func (s *share) end(spent Budget) {
	s.giveBack()
	s.r.ledger.settle(s.tokens, spent)
}

func (s *share) giveBack() {
	s.began()
	s.forget()
	s.cancel(nil)
	s.r.memory.Release(s.bytes)
}

// keep writes what became of a request and counts it.
func (j *job) keep(line Line, answer inference.Answer, err error) {
	line.Task = j.task.ID
	j.r.keep(outcome(line, answer, err))
	j.settle(line.ID, answer, err)
}

// outcome is the line with what became of its request.
func outcome(line Line, answer inference.Answer, err error) Line {
	line.FinishReason, line.Model, line.RequestID = answer.FinishReason, answer.Model, answer.RequestID
	line.Usage, line.Attempts = usage(answer.Usage), answer.Attempts
	line.Seconds, line.Latency = seconds(answer.Total), seconds(answer.Latency)
	if err == nil || answer.Text != "" {
		line.Text = &answer.Text
	}
	if err != nil {
		line.Error = err.Error()
	}
	return line
}

// settle counts what became of a request.
func (j *job) settle(id string, answer inference.Answer, err error) {
	j.r.did(1, answer.Usage.Total)
	j.count(func(s *Stats) {
		s.Requests += int64(answer.Attempts)
		s.Usage.Add(answer.Usage)
		if err == nil {
			s.Answered++
			if answer.FinishReason == "length" {
				s.Cut++
			}
			if j.needed {
				j.remember(id, answer.Text)
			}
			return
		}
		s.Failed++
		if j.failure == nil {
			j.failure, j.failed = err, id
		}
	})
}

// fail ends the task before its requests are made.
func (j *job) fail(err error) {
	j.count(func(*Stats) {
		if j.failure == nil {
			j.failure = err
		}
	})
}

// stopped notes why the task makes no more requests. What ends the whole run is
// told there.
func (j *job) stopped(ctx context.Context, err error) {
	switch {
	case errors.Is(err, errBudget):
		j.r.halt(errBudget)
	case ctx.Err() == nil:
		j.count(func(*Stats) { j.closed = err })
	}
}

// first is the first failure of a request of the task, else why it makes none.
func (j *job) first() error {
	j.counter.mu.Lock()
	defer j.counter.mu.Unlock()
	return cmp.Or(j.failure, j.closed)
}

// refused is why no more requests were made although the run went on.
func (j *job) refused() error {
	j.counter.mu.Lock()
	defer j.counter.mu.Unlock()
	return j.closed
}

// which is the request of the first failure.
func (j *job) which() string {
	j.counter.mu.Lock()
	defer j.counter.mu.Unlock()
	return j.failed
}

func (j *job) finished() bool {
	select {
	case <-j.over:
		return true
	default:
		return false
	}
}

// answer is what a task that needs this one gets: the text of the answer, or of
// many a JSON list of them in the order of the requests.
func (j *job) answer() (string, error) {
	s := j.stats()
	if err := j.first(); err != nil || s.Done() < s.Total {
		return "", fmt.Errorf("not asked: it needs %s, of which %d of %d requests have no answer", j.task.ID, s.Total-s.Answered-s.Kept, s.Total)
	}
	if j.task.Embeddings != nil && j.task.Embeddings.Similar == nil {
		return j.task.Embeddings.Output, nil
	}
	if !j.task.Many() {
		return j.answers[j.task.ID], nil
	}
	texts := []string{}
	for item, err := range j.task.Items(j.r.Files) {
		if err != nil {
			return "", err
		}
		texts = append(texts, j.answers[j.id(item)])
	}
	list, err := json.Marshal(texts)
	return string(list), err
}

// needAnswers are those of the tasks that this one needs.
func (j *job) needAnswers() (map[string]string, error) {
	answers := map[string]string{}
	for _, need := range j.needs {
		text, err := need.answer()
		if err != nil {
			return nil, err
		}
		answers[need.task.ID] = text
	}
	return answers, nil
}
