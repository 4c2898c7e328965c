package inference

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/keyless-inference/action/wire"
)

// A question is one call of Ask.
type question struct {
	c      *Client
	q      Request
	root   *url.URL
	answer Answer
	tries  int // attempts of the current turn that counted
}

// errTimeout is the cause of a context that ends by [Client.Timeout], told from
// one that the caller ended.
var errTimeout = errors.New("the timeout is over")

// Ask puts the question and returns the answer. An answer that does not fit the
// Format or the Schema is put back once for repair. A FinishReason of "length"
// beside some text is an answer, cut off; the caller should say so.
//
// Mistakes in the client or in q are returned joined, before anything is sent.
// What the service refuses is a [wire.Problem] that holds a [ServiceError]; an
// answer that the content filter stopped, a refusal by the model, a cap that
// left no text, and an answer that fits no schema are Problems too. Beside any
// error the Answer holds what had arrived.
func (c *Client) Ask(ctx context.Context, q Request) (Answer, error) {
	if err := c.Check(q); err != nil {
		return Answer{}, err
	}
	root, err := ParseEndpoint(c.Endpoint)
	if err != nil {
		return Answer{}, err
	}
	start := time.Now()
	caller := ctx
	ctx, cancel := context.WithTimeoutCause(ctx, c.timeout(), errTimeout)
	defer cancel()
	t := &question{c: c, q: q, root: root}
	err = t.turn(ctx, q.Messages)
	if err == nil {
		err = t.fit(ctx)
	}
	t.answer.Total = time.Since(start)
	if err != nil && caller.Err() != nil {
		return t.answer, t.stopped(caller)
	}
	return t.answer, c.secrets.CutError(t.explain(err))
}

// turn asks until there is an answer or the attempts are used up. An answer
// replaces the one of an earlier turn; a failure leaves it.
func (t *question) turn(ctx context.Context, messages []Message) error {
	earlier := t.answer
	r := wire.Retry{Attempts: t.c.attempts(), Note: t.note}
	var err error
	t.tries, err = r.Do(ctx, func(ctx context.Context) error { return t.once(ctx, messages) })
	if err != nil && earlier.FinishReason != "" {
		earlier.Attempts, earlier.Usage, earlier.RequestID = t.answer.Attempts, t.answer.Usage, t.answer.RequestID
		t.answer = earlier
	}
	return err
}

func (t *question) note(attempt int, err error, wait time.Duration) {
	t.c.log("attempt %d of %d failed: %v; the next one in %s", attempt, t.c.attempts(), err, wait.Round(100*time.Millisecond))
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
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	a := &attempt{c: t.c, q: t.q, with: t.c.settings(t.q), root: t.root, ctx: ctx, stop: stop}
	err := apis[t.q.api()](a, messages)
	if a.silence != nil {
		a.silence.Stop()
	}
	if err == nil {
		err = t.verdict(a)
	}
	return a, err
}

// keep takes over what the attempt brought: everything of an answer, and of a
// failure whatever is longer than what is there.
func (t *question) keep(a *attempt) {
	if a.sent.IsZero() {
		return
	}
	t.answer.Attempts++
	t.answer.Usage.add(a.usage)
	if id := requestID(a.header); id != "" {
		t.answer.RequestID = id
	}
	if a.finish == "" && a.text.Len() <= len(t.answer.Text) {
		return
	}
	cut := t.c.tokens.CutWords // whoever answers has seen the token, and may repeat it
	t.answer.Text, t.answer.Refusal = cut(a.text.String()), cut(a.refusal)
	t.answer.FinishReason, t.answer.FirstToken = wire.Line(cut(a.finish), 100), a.firstToken
	t.answer.Filtered = slices.Compact(blocked(a.verdicts))
	if a.model != "" {
		t.answer.Model = wire.Line(cut(a.model), 200)
	}
}

// repairWords ask for a better answer. The reason is about the model's own
// text, so it says nothing that the model did not know.
const repairWords = "Your answer does not fit the required format: %v. Answer again with the corrected JSON and nothing else."

// fit validates a structured answer and puts it back once if it does not fit.
func (t *question) fit(ctx context.Context) error {
	wrong := t.q.validate(t.answer.Text)
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
	if wrong := t.q.validate(t.answer.Text); wrong != nil {
		return t.misfit(wrong)
	}
	return nil
}
