package inference

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/keyless-inference/action/inference/pace"
	"github.com/keyless-inference/action/wire"
)

// An errand is one call of a method of [Client] with all its attempts: whom it
// asks, how often it did, and what is told when it fails.
type errand struct {
	c *Client
	*place
	api        string        // of the question, for [cause]
	deployment string        // "" where none is asked
	doing      string        // for people: a gerund and its object
	kept       func() string // for people: what had arrived; "" when nothing had
	pacing     pacing
	began      func() // told when the first turn has come; nil: nobody

	start time.Time
	tries int // attempts of the current turn
	sent  int // requests sent
}

// place is where requests go.
type place struct {
	endpoint string // as it was given
	root     *url.URL
	base     string // root, with a slash at its end
}

// errTimeout is the cause of a context that ends by [Client.Timeout], told from
// one that the caller ended.
var errTimeout = errors.New("the timeout is over")

// place is made once for an endpoint.
func (c *Client) place() (*place, error) {
	if p := c.here.Load(); p != nil && p.endpoint == c.Endpoint {
		return p, nil
	}
	root, err := ParseEndpoint(c.Endpoint)
	if err != nil {
		return nil, err
	}
	p := &place{endpoint: c.Endpoint, root: root, base: root.String() + "/"}
	c.here.Store(p)
	return p, nil
}

// do waits for the first turn and runs the errand within the timeout, which
// begins then: how long others are asked first says nothing about this one.
func (e *errand) do(caller context.Context, run func(context.Context) error) error {
	err := e.pacing.first(caller)
	if err == nil && e.began != nil {
		e.began()
	}
	defer e.pacing.release()
	e.start = time.Now()
	if err == nil {
		ctx, cancel := context.WithTimeoutCause(caller, e.c.timeout(), errTimeout)
		defer cancel()
		err = run(ctx)
	}
	if err != nil && caller.Err() != nil {
		return e.stopped(caller)
	}
	return e.c.secrets.CutError(e.explain(err))
}

// repeat makes attempts until one succeeds or they are used up.
func (e *errand) repeat(ctx context.Context, once func(context.Context) error) (err error) {
	r := wire.Retry{Attempts: e.c.attempts(), Note: e.note}
	e.tries, err = r.Do(ctx, once)
	return err
}

func (e *errand) note(attempt int, err error, wait time.Duration) {
	e.c.log("attempt %d of %d failed: %v; the next one in %s", attempt, e.c.attempts(), err, wait.Round(100*time.Millisecond))
}

// request makes one HTTP request: exchange sends it and reads its answer. It
// has a turn and a context of its own. Where the service wants a token with other
// claims, the same request is made once more at once: it was not let in.
func (e *errand) request(ctx context.Context, k *call, exchange func() error) error {
	if err := e.pacing.next(ctx); err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	k.errand, k.ctx, k.stop = e, ctx, stop
	err := e.exchanged(k, exchange())
	if refused := (*ServiceError)(nil); errors.As(err, &refused) && refused.claims != "" {
		e.c.log("the service wants a token with other claims; asking Entra for one")
		k.claims, k.err, k.sent = refused.claims, nil, time.Time{}
		err = e.exchanged(k, exchange())
	}
	e.pacing.failed(err)
	e.pacing.done(k.tokens)
	return err
}

// exchanged counts a request that was sent, and ends the watch over it.
func (e *errand) exchanged(k *call, err error) error {
	if k.silence != nil {
		k.silence.Stop()
	}
	if !k.sent.IsZero() {
		e.sent++
	}
	return err
}

// pacing gives every request of an errand its turn. Its zero value does not
// wait.
type pacing struct {
	pacer  *pace.Pacer
	tokens int64 // about how many a request takes

	turn  *pace.Turn // the current or the last one
	ready bool       // turn was not used yet
	last  error      // how the last request failed
}

// pacing of a deployment, for requests of about so many tokens.
func (c *Client) pacing(deployment string, tokens int64) pacing {
	if c.Pace == nil {
		return pacing{}
	}
	return pacing{pacer: c.Pace(deployment), tokens: tokens}
}

// first waits for the turn of the first request.
func (p *pacing) first(ctx context.Context) (err error) {
	if p.pacer == nil {
		return nil
	}
	if p.turn, err = p.pacer.Turn(ctx, p.tokens); err != nil {
		return fmt.Errorf("waiting for a turn: %w", err)
	}
	p.ready = true
	return nil
}

// next waits for the turn of a request, unless [pacing.first] did. When the time
// ends first, what made the wait necessary is the news.
func (p *pacing) next(ctx context.Context) error {
	if p.pacer == nil || p.ready {
		p.ready = false
		return nil
	}
	turn, err := p.turn.Again(ctx)
	if err == nil {
		p.turn = turn
		return nil
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return errors.Join(final(p.last), err)
}

// final is err without the mark that it may pass: there is no time for that.
func final(err error) error {
	var passing *wire.Passing
	if errors.As(err, &passing) {
		return passing.Err
	}
	return err
}

func (p *pacing) answered(status int, h http.Header) {
	if p.pacer != nil {
		p.turn.Answered(status, h)
	}
}

// refused reports whether somebody will wait.
func (p *pacing) refused(h http.Header, advice time.Duration) bool {
	if p.pacer != nil {
		p.turn.Refused(h, advice)
	}
	return p.pacer != nil
}

func (p *pacing) failed(err error) { p.last = err }

func (p *pacing) done(tokens int64) {
	if p.pacer != nil {
		p.turn.Done(tokens)
	}
}

// release gives back a turn that was not used.
func (p *pacing) release() {
	if p.ready {
		p.ready = false
		p.done(0)
	}
}
