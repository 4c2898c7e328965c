package emulator

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
)

// enter puts the batch into a status.
func (b *batch) enter(status string, at time.Time) { b.status, b.entered[status] = status, at }

// proceed brings b to where it should be now. Each status lasts as long as
// [Config].BatchTime, and while it is in progress the lines are answered evenly.
func (e *Emulator) proceed(b *batch) {
	step := e.cfg.BatchTime
	now := time.Now() // once: what is due and what is over are of the same moment
	since := func(status string) time.Duration { return now.Sub(b.entered[status]) }
	if b.status == "validating" && now.Sub(b.created) >= step {
		at := b.created.Add(step)
		if e.validate(b); b.errors != nil {
			b.enter("failed", at)
			return
		}
		b.enter("in_progress", at)
	}
	if b.status == "in_progress" {
		due := float64(len(b.lines)) * min(1, since("in_progress").Seconds()/step.Seconds())
		e.work(b, int(due))
		if since("in_progress") >= step {
			b.enter("finalizing", b.entered["in_progress"].Add(step))
		}
	}
	if b.status == "finalizing" && since("finalizing") >= step {
		b.enter("completed", b.entered["finalizing"].Add(step))
		e.deliver(b)
	}
	if b.status == "cancelling" && since("cancelling") >= step {
		b.enter("cancelled", b.entered["cancelling"].Add(step))
		e.deliver(b)
	}
}

// deliver puts the results on the shelf: two files, also where one is empty.
func (e *Emulator) deliver(b *batch) {
	output, mistakes := newResult(b.id+"_output.jsonl", b.output), newResult(b.id+"_errors.jsonl", b.mistakes)
	e.shelf.put(output)
	e.shelf.put(mistakes)
	b.outputID, b.mistakeID = output.id, mistakes.id
	b.output, b.mistakes = nil, nil
}

// work answers lines until so many are done, the last first: the order of the
// results is nobody's business.
func (e *Emulator) work(b *batch, until int) {
	for ; b.done < until; b.done++ {
		line := b.lines[len(b.lines)-1-b.done]
		s, body := e.answerLine(line)
		s.Batch = b.id
		e.enter(s)
		result := encode(object{
			"custom_id": line.CustomID, "error": nil,
			"response": object{"body": json.RawMessage(body), "request_id": s.RequestID, "status_code": s.Status},
		})
		if s.Outcome == Answered {
			b.output = append(b.output, result...)
			continue
		}
		b.mistakes = append(b.mistakes, result...)
		b.failed++
	}
}

// answerLine answers a line as if it had come alone.
func (e *Emulator) answerLine(line batchLine) (s Served, body []byte) {
	to := route{operation: line.operation()}
	s = Served{Operation: to.operation, CustomID: line.CustomID, RequestID: uuid.NewString(), Status: http.StatusOK, Outcome: Answered}
	op := operations[to.operation]
	p, no := readParams(line.Body)
	var x exchange
	if no == nil {
		x, no = e.prepare(p, op, to, false)
	}
	s.Deployment = x.name
	e.heard(&s, x.question)
	if no != nil {
		s.Outcome, s.Status = Refused, no.status
		return s, []byte(no.body)
	}
	s.Tokens = x.answer.prompt + x.answer.completion()
	return s, encode(op.whole(x))
}

// operation is what the line asks for, by its url.
func (l batchLine) operation() string {
	return strings.TrimPrefix(strings.TrimPrefix(l.URL, "/v1"), "/")
}
