package eval

import (
	"errors"
	"sync"

	"github.com/keyless-inference/action/bulk"
	"github.com/keyless-inference/action/task"
)

// asks are the questions to one judge, which are put as answers come in.
type asks struct {
	deployment string
	count      int // the most there can be
	task       *task.Task

	mu      sync.Mutex
	changed sync.Cond // on mu: there is another question, or no more come
	waiting []ask
	closed  bool
	open    map[string]ask // that are not answered, by the id of their item
}

// An ask is a question to a judge: what does the evaluator of this number think of
// the answer of the cell?
type ask struct {
	cell *cell
	i    int
	item task.Item
}

func (a ask) evaluator() *Evaluator { return a.cell.column.suite.Evaluators[a.i] }

func newAsks(deployment string) *asks {
	a := &asks{deployment: deployment, open: map[string]ask{}}
	a.changed.L = &a.mu
	return a
}

// ask puts a question to the judge of the evaluator of this number.
func (r *Run) ask(c *cell, i int) {
	e := c.column.suite.Evaluators[i]
	q, err := e.Question(*c.row, c.text())
	a := r.asks[r.judgeOf(e)]
	q.Deployment = a.deployment
	item := task.Item{}
	if err == nil {
		item, err = task.NewItem(c.column.id()+"/"+c.id()+"#"+e.Name, q, e.Judge.madeOf(a.deployment, *c.row, c.text())...)
	}
	if err != nil {
		c.says[i] = e.failed(err)
		return
	}
	a.add(ask{c, i, item})
}

// madeOf is what a question that quotes its texts between random words is made of; nil
// of one that doesn't.
func (j *Judge) madeOf(deployment string, row Row, answer string) (all []string) {
	if j.data == nil {
		return nil
	}
	all = []string{deployment}
	for _, m := range j.prompt.Messages {
		all = append(all, m.Content)
	}
	_, data := j.fillings(row.Vars, answer)
	for _, d := range data {
		all = append(all, d.Text)
	}
	return all
}

func (a *asks) add(one ask) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.waiting = append(a.waiting, one)
	a.open[one.item.ID] = one
	a.changed.Signal()
}

// close says that no more questions come; those that wait are still put.
func (a *asks) close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.closed = true
	a.changed.Signal()
}

// next waits for a question; not ok when no more come.
func (a *asks) next() (one ask, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for len(a.waiting) == 0 {
		if a.closed {
			return one, false
		}
		a.changed.Wait()
	}
	one, a.waiting = a.waiting[0], a.waiting[1:]
	return one, true
}

// put puts the questions to the judge as they come.
func (r *Run) put(a *asks, yield func(task.Item) bool) {
	for {
		one, ok := a.next()
		if !ok {
			return
		}
		r.expect(bulk.ID(a.task, one.item), one.item, func(l bulk.Line) { r.replied(a, one, l) })
		if !yield(one.item) {
			return
		}
	}
}

// replied takes the judge's reply.
func (r *Run) replied(a *asks, one ask, l bulk.Line) {
	r.mu.Lock()
	r.judged.Add(l.Usage.Tokens())
	r.mu.Unlock()
	a.mu.Lock()
	delete(a.open, one.item.ID)
	a.mu.Unlock()
	e := one.evaluator()
	if l.Error != "" {
		one.cell.says[one.i] = e.failed(errors.New("the judge did not answer: " + l.Error))
		return
	}
	one.cell.says[one.i] = e.Judged(said(l), r.PassScore)
}

// leave tells the questions that were not put why, and counts them.
func (a *asks) leave(why string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, one := range a.open {
		one.cell.says[one.i] = one.evaluator().failed(errors.New("the judge was " + why))
	}
	return len(a.open)
}
