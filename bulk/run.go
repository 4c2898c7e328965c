package bulk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/keyless-inference/action/inference"
	"github.com/keyless-inference/action/inference/pace"
	"github.com/keyless-inference/action/task"
)

// A Run is one run of the tasks of a file. Client, Tasks, Files, Record, File and
// Folder must be set. Its fields must not change once [Run.Do] is called, and that is
// called once.
type Run struct {
	Client *inference.Client // its Pace is set by Do
	Tasks  []*task.Task      // in an order in which needs come first
	Files  task.Files
	Record *Record

	// File and Folder find the place of an embeddings file and of the folder of a
	// cache. The root is closed after use.
	File, Folder func(path string) (root *os.Root, name string, err error)

	Limits pace.Limits // of each deployment; zero fields are found by feedback alone
	Budget Budget
	Resume bool // embeddings files are gone on with

	// Grace is how long what is under way may take to arrive once the context has
	// ended; 0 means [DefaultGrace].
	Grace time.Duration

	Log func(line string) // told of what people should know; may quote the service

	// Each, if not nil, is told of every line that this run adds, when it is on the
	// disk; many goroutines call it. Over is told of each task when nothing of it is
	// under way any more.
	Each func(Line)
	Over func(*task.Task)

	start  time.Time
	ledger ledger
	crew   *crew
	memory *semaphore.Weighted
	ctx    context.Context // ends when no more requests are made
	halt   context.CancelCauseFunc
	jobs   []*job

	refs    map[string]ref    // what the lines of jobs of the Batch API stand for
	sent    []string          // such jobs that are not collected
	uploads map[string]string // deployments by the files of jobs that may not have been created

	mu       sync.Mutex
	lanes    map[string]*lane
	earlier  map[uint64]string // answers that other tasks need, of an earlier run
	timeline Timeline
	unsaved  []Line
	ended    error
	singles  map[string]Line // of tasks of one request, by task
	size     int             // of their answers
}

// DefaultGrace is a little less than the 5 s in which a cancelled run must end.
const DefaultGrace = 3 * time.Second

// mostTasks is how many tasks are on their way at the same time: each has a
// goroutine whose stack has grown.
const mostTasks = 256

// mostMemory is how many bytes of requests are under way at the most.
const mostMemory = 24 << 20

// A Result is what became of one task.
type Result struct {
	Task *task.Task
	Stats
	Err     error  // the first failure
	Failure string // the id of its request; "": it is about the task as a whole
	Refused error  // why no more was asked although the run went on: what every request would meet; else nil
}

// Said names what failed, and says how many requests of the task did if it were
// several.
func (r Result) Said() string {
	name := cmp.Or(r.Failure, r.Task.ID)
	if r.Failed < 2 {
		return name
	}
	return fmt.Sprintf("%s, the first of %d failures among %d requests", name, r.Failed, r.Total)
}

// Remember takes a line of an earlier run: an answer that other tasks need, a job of
// the Batch API that was sent off or collected.
func (r *Run) Remember(l Line) {
	switch l.State {
	case uploaded:
		if r.uploads == nil {
			r.uploads = map[string]string{}
		}
		r.uploads[l.File] = l.Deployment
	case sent:
		delete(r.uploads, l.File)
		r.sent = append(r.sent, l.Batch)
	case collected:
		r.forget(l.Batch)
	}
	r.single(l)
	if !l.done() || l.Text == nil || !r.needed(l.Task) {
		return
	}
	if r.earlier == nil {
		r.earlier = map[uint64]string{}
	}
	r.earlier[identity(l.ID, l.Key)] = *l.Text
}

// needed reports whether another task needs the answers of this one.
func (r *Run) needed(id string) bool {
	return slices.ContainsFunc(r.Tasks, func(t *task.Task) bool { return slices.Contains(t.Needs, id) })
}

// Do runs the tasks and returns when all that can be done is done and written. The
// error says what is missing: requests that failed, a budget that is spent, a
// context that ended, a record that can't be written. It never means that
// something that was answered is lost, but for [Run.Unsaved].
func (r *Run) Do(ctx context.Context) error {
	ctx = r.begin(ctx)
	defer r.halt(nil)
	r.crew = newCrew()
	defer r.crew.dismiss()
	r.memory = semaphore.NewWeighted(mostMemory)
	r.Client.Pace = func(deployment string) *pace.Pacer { return r.lane(deployment).pacer }
	work, stop := r.outlast(ctx)
	defer stop()
	var all sync.WaitGroup
	begun := make(chan struct{}, r.breadth())
	for _, j := range r.plan() { // what a task needs stands before it, so it has begun
		begun <- struct{}{}
		all.Go(func() {
			j.run(ctx, work)
			if r.Over != nil {
				r.Over(j.task)
			}
			<-begun
		})
	}
	all.Wait()
	return r.verdict(ctx)
}

// breadth is how many tasks are on their way at the same time. Where one deployment is
// asked one request at a time it is one, so that they come in the order of the file.
func (r *Run) breadth() int {
	several := slices.ContainsFunc(r.Tasks, func(t *task.Task) bool { return t.Deployment != r.Tasks[0].Deployment })
	if r.Limits.Concurrency == 1 && !several {
		return 1
	}
	return mostTasks
}

// begin starts the clock and returns the context that [Run.halt] ends.
func (r *Run) begin(ctx context.Context) context.Context {
	r.mu.Lock() // who watches may be looking already
	defer r.mu.Unlock()
	r.start = time.Now()
	r.ledger.budget = r.Budget
	r.ctx, r.halt = context.WithCancelCause(ctx)
	return r.ctx
}

// plan makes a job of each task.
func (r *Run) plan() []*job {
	byID := map[string]*job{}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, t := range r.Tasks {
		j := &job{r: r, task: t, over: make(chan struct{}), needed: r.needed(t.ID)}
		for _, need := range t.Needs {
			j.needs = append(j.needs, byID[need])
		}
		j.Total = t.Count()
		byID[t.ID] = j
		r.jobs = append(r.jobs, j)
	}
	return r.jobs
}

// outlast is a context for what is under way: it ends a moment after ctx does.
func (r *Run) outlast(ctx context.Context) (context.Context, func()) {
	grace := r.Grace
	if grace == 0 {
		grace = DefaultGrace
	}
	work, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		timer := time.AfterFunc(grace, func() { cancel(context.Cause(ctx)) })
		context.AfterFunc(work, func() { timer.Stop() })
	})
	return work, func() {
		stop()
		cancel(nil)
	}
}

// lane is the one of the deployment.
func (r *Run) lane(deployment string) *lane {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.lanes == nil {
		r.lanes = map[string]*lane{}
	}
	if r.lanes[deployment] == nil {
		r.lanes[deployment] = newLane(r.ctx, r.Limits)
	}
	return r.lanes[deployment]
}

// mostSingles is how many bytes of answers of tasks of one request are kept in
// memory: more than all outputs of a step can hold.
const mostSingles = 4 << 20

// Single is what became of a task of one request, as far as there was room to keep
// it.
func (r *Run) Single(task string) (Line, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	l, ok := r.singles[task]
	return l, ok
}

// single keeps the line of a task of one request.
func (r *Run) single(l Line) {
	if l.ID == "" || l.ID != l.Task {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if l.Text != nil {
		r.size += len(*l.Text)
	}
	if r.size > mostSingles {
		return
	}
	if r.singles == nil {
		r.singles = map[string]Line{}
	}
	r.singles[l.Task] = l
}

// keep writes lines to the record. Where that fails the run ends, and the lines are
// left in memory.
func (r *Run) keep(lines ...Line) {
	for _, l := range lines {
		r.single(l)
	}
	if err := r.Record.Append(lines...); err != nil {
		r.mu.Lock()
		r.unsaved = append(r.unsaved, lines...)
		r.mu.Unlock()
		r.halt(err)
	}
	for _, l := range lines {
		if r.Each != nil {
			r.Each(l)
		}
	}
}

// Unsaved are the answers that were paid for and could not be written anywhere.
func (r *Run) Unsaved() []Line {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.unsaved
}

// did notes work in the timeline.
func (r *Run) did(done int, tokens int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.timeline.add(time.Since(r.start), done, tokens)
}

// Timeline is the work so far.
func (r *Run) Timeline() Timeline {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.timeline
	t.Done, t.Tokens = slices.Clone(t.Done), slices.Clone(t.Tokens)
	return t
}

// Results are what became of each task so far, in order.
func (r *Run) Results() []Result {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []Result
	for _, j := range r.jobs {
		s := j.stats()
		if missing := s.Total - s.Done(); j.finished() && missing > 0 {
			s.Unasked = missing
		}
		all = append(all, Result{Task: j.task, Stats: s, Err: j.first(), Failure: j.which(), Refused: j.refused()})
	}
	return all
}

// A Moment is how far a run is.
type Moment struct {
	Stats
	Elapsed     time.Duration
	Refused     int64         // HTTP requests that were answered 429
	Running     int           // requests under way
	Concurrency int           // how many the deployments bear at the same time, as far as is known
	Tokens      float64       // a second, over the whole run
	Left        time.Duration // about how long the rest will take; 0 when that can't be told
}

// left is about how long the rest of s will take at the speed until now; 0 when
// that can't be told.
func left(s Stats, elapsed time.Duration) time.Duration {
	done := s.Answered + s.Failed
	rest := s.Total - s.Done()
	if done == 0 || rest <= 0 {
		return 0
	}
	return time.Duration(float64(elapsed) / float64(done) * float64(rest))
}

// Moment is how far the run is now.
func (r *Run) Moment() Moment {
	m := Moment{}
	deployments := map[string]*Stats{} // each goes at its own speed
	for _, result := range r.Results() {
		m.Add(result.Stats)
		if deployments[result.Task.Deployment] == nil {
			deployments[result.Task.Deployment] = &Stats{}
		}
		deployments[result.Task.Deployment].Add(result.Stats)
	}
	for _, s := range deployments {
		m.Left = max(m.Left, left(*s, m.Elapsed))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	m.Elapsed = time.Since(r.start)
	for _, l := range r.lanes {
		s := l.pacer.State()
		m.Running += s.Running
		m.Concurrency += s.Concurrency
		m.Refused += s.Refused
	}
	if s := m.Elapsed.Seconds(); s > 0 {
		m.Tokens = float64(m.Usage.Total) / s
	}
	return m
}

// Ended is why [Run.Do] made no more requests although there were some to be made: a
// budget that is spent, a context that ended, perhaps with the last request, a record
// that can't be written. It is nil where it made them all, whatever became of them.
func (r *Run) Ended() error { return r.ended }

// verdict is why not everything is done, nil when it is.
func (r *Run) verdict(ctx context.Context) error {
	total := Stats{}
	var failures []error
	for _, result := range r.Results() {
		total.Add(result.Stats)
		if result.Err != nil {
			failures = append(failures, fmt.Errorf("%s: %w", result.Said(), result.Err))
		}
	}
	cause := context.Cause(ctx)
	unasked := fmt.Sprintf("%d of %d requests were not made", total.Unasked, total.Total)
	if n := len(r.sent); n > 0 {
		unasked = fmt.Sprintf("%d jobs of the Batch API are not collected (`resume: true` or `mode: collect` does it)", n)
	}
	switch {
	case cause == nil && len(failures) == 0 && total.Unasked == 0:
		return nil
	case errors.Is(cause, errBudget):
		cause = r.ledger.problem(unasked)
	case cause == nil && total.Unasked > 0 && len(failures) == 0:
		cause = errors.New(unasked)
	case cause != nil:
		cause = fmt.Errorf("the run ended early, and %s: %w", unasked, cause)
	}
	if ctx.Err() != nil {
		r.ended = cause
	}
	return errors.Join(append(failures, cause)...)
}
