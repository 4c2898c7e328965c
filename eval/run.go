package eval

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/keyless-inference/action/bulk"
	"github.com/keyless-inference/action/document"
	"github.com/keyless-inference/action/inference"
	"github.com/keyless-inference/action/prompt"
	"github.com/keyless-inference/action/task"
)

// A Run evaluates prompt files: each row of a file's test data is filled into its
// messages, the answer goes to the evaluators, and a judge among them is a request
// of its own, made as soon as its answer is there. Suites must be set; call [Run.Plan],
// then [Run.Do] with a run of package bulk, then [Run.Results].
type Run struct {
	Suites []*Suite

	// Earlier are the prompts of Suites as they were at another commit, by file: they
	// are asked too, with today's rows and evaluators, for [Run.Before].
	Earlier map[string]*prompt.Prompt

	Deployments []string      // each file is evaluated with each; none: with its own
	Given       task.Settings // what holds where a prompt file says nothing

	Repeat, MinPass int      // of each row; 0 is 1, and all of them
	PassScore       *float64 // of judges whose evaluator has none; nil: a score above 0 passes

	// Judges are deployments by the modelId that evaluators name, and for "" that of
	// all others; without it a model's name is its deployment's.
	Judges map[string]string

	Embedding string // the deployment of evaluators that compare embeddings and name none

	kept map[kept]bulk.Line // answers of an earlier run, which are not asked again

	columns []*column
	engine  *bulk.Run
	asks    map[string]*asks // questions to judges, by deployment

	mu      sync.Mutex
	waiting map[string]func(bulk.Line) // what is done with a line, by its id
	open    int                        // tasks that may still bring questions to judges
	judged  inference.Usage
	ended   error
}

// A column is a prompt file with one deployment.
type column struct {
	suite      *Suite
	prompt     *prompt.Prompt
	deployment string
	earlier    bool // the prompt is that of another commit
	task       *task.Task
	cells      []*cell // by row and repetition
}

// Plan finds out what will be asked of whom, and every mistake in it. It sends
// nothing.
func (r *Run) Plan() error {
	r.Repeat = max(1, r.Repeat)
	r.MinPass = cmp.Or(r.MinPass, r.Repeat)
	r.columns, r.asks, r.waiting = nil, map[string]*asks{}, map[string]func(bulk.Line){}
	var mistakes []error
	for _, s := range r.Suites {
		mistakes = append(mistakes, r.add(s, s.Prompt, false))
		if p := r.Earlier[s.File]; p != nil {
			mistakes = append(mistakes, r.add(s, p, true))
		}
		for _, e := range s.Evaluators {
			mistakes = append(mistakes, r.judge(s, e))
		}
	}
	return errors.Join(mistakes...)
}

// add makes the columns of a file.
func (r *Run) add(s *Suite, p *prompt.Prompt, earlier bool) error {
	deployments := r.Deployments
	if len(deployments) == 0 {
		deployments = []string{""}
	}
	for _, name := range deployments {
		given := r.Given
		given.Deployment = cmp.Or(name, given.Deployment)
		q, err := task.RequestOf(p, given)
		if err == nil && q.Deployment == "" {
			err = errors.New("no deployment is known: name it by the input deployment, by AZURE_OPENAI_DEPLOYMENT or by model in the file")
		}
		if err != nil {
			return document.NewError(s.File, document.Place{}, "%w", err)
		}
		q.Unchecked = true // a repaired answer would say nothing of the prompt
		c := &column{suite: s, prompt: p, deployment: q.Deployment, earlier: earlier}
		for i := range s.Rows {
			for n := range r.Repeat {
				c.cells = append(c.cells, &cell{column: c, row: &s.Rows[i], repeat: n})
			}
		}
		c.task = task.Made(c.id(), q.Deployment, len(c.cells), func(yield func(task.Item) bool) { r.questions(c, q, yield) })
		if slices.ContainsFunc(r.columns, func(other *column) bool { return other.id() == c.id() }) {
			return document.NewError(s.File, document.Place{}, "it is to be evaluated with %s twice", c.deployment)
		}
		r.columns = append(r.columns, c)
		if _, err := c.cells[0].question(q); err != nil {
			return document.NewError(s.File, document.Place{}, "%w", err)
		}
	}
	return nil
}

// id names the column in the run. What stands in it comes from the file's author.
func (c *column) id() string {
	id := c.suite.File + "@" + c.deployment
	if c.earlier {
		id += "~"
	}
	return id
}

// judge finds the deployment of an evaluator that asks a model.
func (r *Run) judge(s *Suite, e *Evaluator) error {
	if e.Near != nil && cmp.Or(e.Near.Deployment, r.Embedding) == "" {
		return document.NewError(s.File, e.Place, "the evaluator %q compares embeddings, and no deployment for them is known: name it by the input embedding-deployment, or by deployment in the evaluator", e.Name)
	}
	if e.Judge == nil {
		return nil
	}
	name := r.judgeOf(e)
	if name == "" {
		return document.NewError(s.File, e.Place, "the evaluator %q asks a judge, and no deployment is known for the model %q: name it by the input judge-deployment", e.Name, e.Judge.ModelID)
	}
	if r.asks[name] == nil {
		r.asks[name] = newAsks(name)
	}
	for _, c := range r.columns {
		if c.suite == s {
			r.asks[name].count += len(c.cells)
		}
	}
	return nil
}

// judgeOf is the deployment that an evaluator asks.
func (r *Run) judgeOf(e *Evaluator) string {
	return strings.TrimSpace(cmp.Or(r.Judges[e.Judge.ModelID], r.Judges[""], prompt.BareModel(e.Judge.ModelID)))
}

// Asked are the deployments that will be asked, each once: those of the prompts, the
// judges' and those of embeddings.
func (r *Run) Asked() (answers, judges, embeddings []string) {
	for _, c := range r.columns {
		answers = append(answers, c.deployment)
	}
	for name := range r.asks {
		judges = append(judges, name)
	}
	for _, s := range r.Suites {
		for _, e := range s.Evaluators {
			if e.Near != nil {
				embeddings = append(embeddings, cmp.Or(e.Near.Deployment, r.Embedding))
			}
		}
	}
	return once(answers), once(judges), once(embeddings)
}

// once is names sorted, each once.
func once(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}

// tasks are those of the engine: the answers, then the judges.
func (r *Run) tasks() (all []*task.Task) {
	for _, c := range r.columns {
		all = append(all, c.task)
	}
	for _, name := range slices.Sorted(maps.Keys(r.asks)) {
		a := r.asks[name]
		a.task = task.Made("judge@"+name, name, a.count, func(yield func(task.Item) bool) { r.put(a, yield) })
		all = append(all, a.task)
	}
	return all
}

// Do asks everything through engine, whose Client, Record, Limits and Budget are set,
// and evaluates each answer as it comes. A request that failed is no error: its row
// says so. The error is why the run ended before everything was asked: its context did,
// a budget was spent, or a deployment refused what others would have met as well.
func (r *Run) Do(ctx context.Context, engine *bulk.Run) error {
	r.engine, r.open = engine, len(r.columns)
	engine.Tasks, engine.Each, engine.Over = r.tasks(), r.take, r.over
	_ = engine.Do(ctx) // what failed is known row by row
	refused := r.leave()
	if r.ended = engine.Ended(); r.ended == nil {
		r.compare(ctx)
		if ctx.Err() != nil {
			r.ended = fmt.Errorf("the run ended while embeddings were compared: %w", context.Cause(ctx))
		}
	}
	r.ended = cmp.Or(r.ended, refused)
	return r.ended
}

// over counts the answers' tasks, after the last of which no more questions to judges
// come.
func (r *Run) over(t *task.Task) {
	if !slices.ContainsFunc(r.columns, func(c *column) bool { return c.task == t }) {
		return
	}
	r.mu.Lock()
	r.open--
	last := r.open == 0
	r.mu.Unlock()
	if last {
		r.shut()
	}
}

// shut ends the waiting for questions to judges.
func (r *Run) shut() {
	for _, a := range r.asks {
		a.close()
	}
}

// A kept line is known by its request's id and by what that was made of: a prompt may
// have been changed and changed back.
type kept struct{ id, key string }

// Remember takes a line of an earlier run. Those without an answer are no use.
func (r *Run) Remember(l bulk.Line) {
	if l.Error != "" || l.Text == nil {
		return
	}
	if r.kept == nil {
		r.kept = map[kept]bulk.Line{}
	}
	r.kept[kept{l.ID, l.Key}] = l
}

// expect says what is done with the line of this id, and does it where an earlier run
// has it.
func (r *Run) expect(id string, item task.Item, do func(bulk.Line)) {
	r.mu.Lock()
	r.waiting[id] = do
	r.mu.Unlock()
	if l, known := r.kept[kept{id, item.Key(nil)}]; known {
		r.take(l)
	}
}

// take does with a line what is to be done.
func (r *Run) take(l bulk.Line) {
	r.mu.Lock()
	do := r.waiting[l.ID]
	delete(r.waiting, l.ID)
	r.mu.Unlock()
	if do != nil {
		do(l)
	}
}

// leave tells what was never asked why, and returns the first reason: a deployment that
// refuses everybody is not asked again.
func (r *Run) leave() (refused error) {
	for _, result := range r.engine.Results() {
		why, cause := "not asked", cmp.Or(result.Refused, r.engine.Ended())
		if cause != nil {
			why += ": " + cause.Error()
		}
		left := 0
		for _, c := range r.columns {
			if c.task == result.Task {
				left += c.leave(why)
			}
		}
		for _, a := range r.asks {
			if a.task == result.Task {
				left += a.leave(why)
			}
		}
		if left > 0 && refused == nil && result.Refused != nil {
			refused = fmt.Errorf("%s was asked no more: %w", result.Task.Deployment, result.Refused)
		}
	}
	return refused
}
