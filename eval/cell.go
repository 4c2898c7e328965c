package eval

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/keyless-inference/action/bulk"
	"github.com/keyless-inference/action/inference"
	"github.com/keyless-inference/action/task"
)

// A cell is one question and what came of it: a repetition of a row with a
// deployment.
type cell struct {
	column *column
	row    *Row
	repeat int // from 0

	line   *bulk.Line   // nil: not asked
	unable string       // why it was not asked
	says   []Evaluation // by evaluator; each is written by whoever asks for it alone
}

// id is the cell's in its column.
func (c *cell) id() string { return fmt.Sprintf("%d.%d", c.row.Number, c.repeat+1) }

// question is the cell's request, made from the column's.
func (c *cell) question(q inference.Request) (task.Item, error) {
	filled, err := c.column.prompt.Expand(c.row.Vars)
	if err != nil {
		return task.Item{}, err
	}
	q.Messages = task.Messages(filled)
	return task.NewItem(c.id(), q)
}

// questions are those of a column. That they can be made is known since [Run.Plan].
func (r *Run) questions(c *column, q inference.Request, yield func(task.Item) bool) {
	for _, one := range c.cells {
		item, err := one.question(q)
		if err != nil {
			one.unable = err.Error()
			continue
		}
		r.expect(bulk.ID(c.task, item), item, func(l bulk.Line) { r.answered(one, l) })
		if !yield(item) {
			return
		}
	}
}

// answered evaluates an answer, or hands it to the judges.
func (r *Run) answered(c *cell, l bulk.Line) {
	c.line = &l
	c.says = make([]Evaluation, len(c.column.suite.Evaluators))
	answer := c.answer()
	for i, e := range c.column.suite.Evaluators {
		switch {
		case l.Error != "":
			c.says[i] = e.failed(errors.New("there is no answer"))
		case e.Judge != nil:
			r.ask(c, i)
		case e.Near != nil: // when all answers are there
			c.says[i] = e.failed(errors.New("not compared: the run ended before"))
		default:
			c.says[i] = e.Evaluate(*c.row, answer)
		}
	}
}

// answer is what evaluators see.
func (c *cell) answer() Answer {
	return Answer{Text: c.text(), Tokens: c.line.Usage.Tokens().Completion, Latency: time.Duration(c.line.Latency * float64(time.Second))}
}

// text is the answer, or what had arrived of it.
func (c *cell) text() string {
	if c.line == nil {
		return ""
	}
	return strings.TrimSpace(said(*c.line))
}

// said is the text of a line, which may have none.
func said(l bulk.Line) string {
	if l.Text == nil {
		return ""
	}
	return *l.Text
}

// leave tells the cells that were not asked why, and counts them.
func (c *column) leave(why string) (n int) {
	for _, one := range c.cells {
		if one.line == nil && one.unable == "" {
			one.unable = why
			n++
		}
	}
	return n
}

// repeated is the cell as the results have it, but for the verdict on an answer, which
// [Test.Settle] gives.
func (c *cell) repeated() Repeat {
	if c.line == nil {
		return Repeat{Verdict: Unasked, Error: c.unable, EvaluationResults: []Evaluation{}}
	}
	u := c.line.Usage.Tokens()
	return Repeat{
		ModelResponse: c.text(), EvaluationResults: append([]Evaluation{}, c.says...),
		Error: c.line.Error, FinishReason: c.line.FinishReason, Seconds: c.line.Latency,
		Usage: Usage{u.Prompt, u.Completion, u.Total},
	}
}
