package pace

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// Limits are the user's own; zero fields are no limit. They hold whatever the
// service says: never more requests at the same time, and never more requests
// or tokens within any 60 s.
type Limits struct {
	Concurrency int     // requests at the same time
	Requests    float64 // a minute
	Tokens      float64 // a minute, by the service's own count where it tells it
}

// A Pacer is the budget of one deployment, shared by all that ask it. It is
// safe for concurrent use.
type Pacer struct {
	start time.Time // times within are seconds since then

	mu           sync.Mutex
	window       window
	buckets      [kinds]bucket
	pause        pause
	ledger       ledger
	again, fresh queue // who waits; again goes first
	alarm        alarm
	running      int
	sent         int64
	refused      int64
	known        bool // the first request has been answered
}

// New returns a pacer that has yet to learn what the deployment allows.
func New(l Limits) *Pacer {
	p := &Pacer{start: time.Now(), window: newWindow(l.Concurrency), pause: newPause(), ledger: newLedger(l)}
	for k := range p.buckets {
		p.buckets[k] = newBucket()
	}
	return p
}

// A Turn is the permission to send one request now, and what is learned from
// its answer. After [Pacer.Turn] come Answered or Refused, or neither when there
// was no answer, and then Done, exactly once.
type Turn struct {
	p      *Pacer
	tokens float64
	over   bool // Done

	ready      chan struct{} // closed when the wait ends
	waits      *queue        // where it waits; nil: it does not
	prev, next *Turn

	at       float64 // when it was sent
	number   int64   // in the order of sending
	marks    [kinds]mark
	probe    *bucket // sent against what this bucket's header said
	booked   float64 // tokens in the ledger
	inLedger bool
	outcome  outcome
}

// An outcome is what a request's end says about the service's health.
type outcome int

const (
	failed  outcome = iota // no answer, or one that says that the service is not well
	served                 // what was asked for
	neutral                // refused, or the request's own mistake
)

// Turn waits until the deployment may be sent a request of about so many
// tokens (prompt and cap on the answer). Turns are given in the order in which
// they were asked for. The error is ctx's, or a [TooLargeError].
func (p *Pacer) Turn(ctx context.Context, tokens int64) (*Turn, error) {
	return p.enter(ctx, &p.fresh, tokens)
}

// Again waits for another turn for the same request, after t's Done. It comes
// before all requests that were not sent yet.
func (t *Turn) Again(ctx context.Context) (*Turn, error) {
	return t.p.enter(ctx, &t.p.again, int64(t.tokens))
}

// Answered says that the headers of the answer have arrived, with any status
// but 429.
func (t *Turn) Answered(status int, h http.Header) {
	p := t.p
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	p.known = true
	t.outcome = health(status)
	for k := range p.buckets {
		p.buckets[k].answered(t, &t.marks[k], read(h, kind(k)), now)
	}
	if t.outcome != failed {
		p.pause.answered(t)
	}
	p.pump(now)
}

// health is what a status says: 408 and 5xx are signs of a service that has
// too much to do, other 4xx are about the request.
func health(status int) outcome {
	switch {
	case status >= 500 || status == http.StatusRequestTimeout:
		return failed
	case status >= 400:
		return neutral
	}
	return served
}

// Refused says that the answer was 429. wait is the client's reading of the
// service's advice, 0 for none.
func (t *Turn) Refused(h http.Header, wait time.Duration) {
	p := t.p
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	p.known = true
	p.refused++
	t.outcome = neutral
	p.ledger.correct(t, 0)
	by := blamed(h)
	news := p.news(t, by) && p.pause.refused(t, now, wait.Seconds())
	for k := range p.buckets {
		b := &p.buckets[k]
		b.denied(t, &t.marks[k], read(h, kind(k)), by[k], news, now)
		if news && by[k] != nobody {
			b.press(now)
		}
	}
	p.pump(now)
}

// news says whether a refusal of t is about the deployment. It is not if t was
// a question, or is larger than all that the bucket holds.
func (p *Pacer) news(t *Turn, by [kinds]blame) bool {
	for k := range p.buckets {
		if by[k] != nobody && p.buckets[k].oversized(t.cost(kind(k))) {
			return false
		}
	}
	return t.probe == nil
}

// Done ends the turn, exactly once, also without an answer. tokens is what the
// service says that it took; 0: unknown. A turn that ends without Answered or
// Refused counts as a broken connection.
func (t *Turn) Done(tokens int64) {
	p := t.p
	p.mu.Lock()
	defer p.mu.Unlock()
	if t.over {
		return
	}
	t.over = true
	now := p.now()
	p.known = true
	p.running--
	if tokens > 0 {
		p.ledger.correct(t, float64(tokens))
		p.buckets[byTokens].counted(t.tokens, float64(tokens))
	}
	p.window.finished(t.outcome, now)
	if t.outcome == failed {
		p.pause.failed(t, now)
	}
	p.pause.over(t)
	p.pump(now)
}

// State is what a display of the progress shows.
type State struct {
	Concurrency, Running, Waiting      int
	Requests, Refused                  int64   // sent, and of these answered with 429
	TokensPerMinute, RequestsPerMinute float64 // the rates kept now, 0: none known
}

// State is the pacer's state now.
func (p *Pacer) State() State {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	return State{
		Concurrency: p.window.room(), Running: p.running, Waiting: p.again.len + p.fresh.len,
		Requests: p.sent, Refused: p.refused,
		TokensPerMinute:   stricter(p.buckets[byTokens].perMinute(now), p.ledger.Tokens),
		RequestsPerMinute: stricter(p.buckets[byRequests].perMinute(now), p.ledger.Requests),
	}
}

// stricter is the smaller of two limits of which 0 is none.
func stricter(a, b float64) float64 {
	if a == 0 || b == 0 {
		return a + b
	}
	return min(a, b)
}

func (p *Pacer) now() float64 { return time.Since(p.start).Seconds() }
