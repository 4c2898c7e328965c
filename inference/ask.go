package inference

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/keyless-inference/action/wire"
)

// A question is the errand of Ask.
type question struct {
	errand
	q      Request
	answer Answer
}

// Ask puts the question and returns the answer. An answer that does not fit the
// Format or the Schema is put back once for repair, unless it is wanted Unchecked. A
// FinishReason of "length"
// beside some text is an answer, cut off; the caller should say so.
//
// Mistakes in the client or in q are returned joined, before anything is sent.
// What the service refuses is a [wire.Problem] that holds a [ServiceError]; an
// answer that the content filter stopped, a refusal by the model, a cap that
// left no text, and an answer that fits no schema are Problems too. Beside any
// error the Answer holds what had arrived.
func (c *Client) Ask(ctx context.Context, q Request) (Answer, error) {
	where, err := c.check(q.Check())
	if err != nil {
		return Answer{}, err
	}
	t := &question{q: q, errand: errand{
		c: c, place: where, api: q.api(), deployment: q.Deployment, doing: "asking " + wire.Line(q.Deployment, 100),
		pacing: c.pacing(q.Deployment, q.Estimate()), began: q.Began,
	}}
	t.kept = t.arrived
	err = t.do(ctx, func(ctx context.Context) error {
		if err := t.turn(ctx, q.Messages); err != nil {
			return err
		}
		if q.Unchecked {
			return nil
		}
		return t.fit(ctx)
	})
	t.answer.Attempts, t.answer.Total = t.sent, time.Since(t.start)
	return t.answer, err
}

// arrived says how much of an answer there is.
func (t *question) arrived() string {
	if n := utf8.RuneCountInString(t.answer.Text); n > 0 {
		return fmt.Sprintf("the %d characters that arrived are kept", n)
	}
	return ""
}

// turn asks until there is an answer or the attempts are used up. An answer
// replaces the one of an earlier turn; a failure leaves it.
func (t *question) turn(ctx context.Context, messages []Message) error {
	earlier := t.answer
	err := t.repeat(ctx, func(ctx context.Context) error { return t.once(ctx, messages) })
	if err != nil && earlier.FinishReason != "" {
		earlier.Usage, earlier.RequestID = t.answer.Usage, t.answer.RequestID
		t.answer = earlier
	}
	return err
}

// once makes one attempt that counts, and before it those that taught which
// parameters to leave out.
func (t *question) once(ctx context.Context, messages []Message) error {
	for {
		a, err := t.attempt(ctx, messages)
		t.keep(a)
		var e *ServiceError
		if err == nil || !errors.As(err, &e) || !t.c.heal(t.q, a.with, e) {
			return err
		}
	}
}

func (t *question) attempt(ctx context.Context, messages []Message) (*attempt, error) {
	a := &attempt{q: t.q, with: t.c.settings(t.q)}
	a.tell, a.json, a.patient = a.hear, t.q.Whole, t.q.Whole
	err := t.request(ctx, &a.call, func() error {
		err := a.exchange(messages)
		a.tokens = a.usage.Total
		return err
	})
	if err == nil {
		err = t.verdict(&a.reply)
	}
	return a, err
}

// keep takes over what the attempt brought: everything of an answer, and of a
// failure whatever is longer than what is there.
func (t *question) keep(a *attempt) {
	if a.sent.IsZero() {
		return
	}
	t.answer.Usage.Add(a.usage)
	t.answer.RequestID = cmp.Or(a.requestID(), t.answer.RequestID)
	if a.finish != "" || a.text.Len() > len(t.answer.Text) {
		t.answer.take(&a.reply, t.c.tokens.CutWords) // whoever answers has seen the token, and may repeat it
		t.answer.Latency = time.Since(a.sent)
	}
}

// take takes over the reply but its usage, as cut leaves it.
func (a *Answer) take(r *reply, cut func(string) string) {
	a.Text, a.Refusal = cut(r.text.String()), cut(r.refusal)
	a.FinishReason, a.FirstToken = wire.Line(cut(r.finish), 100), r.firstToken
	a.Filtered = slices.Compact(blocked(r.verdicts))
	if r.model != "" {
		a.Model = wire.Line(cut(r.model), 200)
	}
}

// repairWords ask for a better answer. The reason is about the model's own
// text, so it says nothing that the model did not know.
const repairWords = "Your answer does not fit the required format: %v. Answer again with the corrected JSON and nothing else."

// fit validates a structured answer and puts it back once if it does not fit.
func (t *question) fit(ctx context.Context) error {
	wrong := t.q.Validate(t.answer.Text)
	if wrong == nil {
		return nil
	}
	if t.answer.FinishReason == "length" { // a second answer would be cut as well
		return t.misfit(wrong)
	}
	t.c.log("the answer does not fit the required format (%v); asking once for a repair", wrong)
	t.answer.Repaired = true
	messages := append(slices.Clone(t.q.Messages),
		Message{"assistant", t.answer.Text},
		Message{"user", fmt.Sprintf(repairWords, wrong)})
	if err := t.turn(ctx, messages); err != nil {
		return err
	}
	if wrong := t.q.Validate(t.answer.Text); wrong != nil {
		return t.misfit(wrong)
	}
	return nil
}
