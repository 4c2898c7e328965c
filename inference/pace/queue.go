package pace

import (
	"context"
	"math"
	"time"
)

// herd is how many requests may be out before the first answer tells what the
// service allows, so that a full window never meets an empty bucket.
const herd = 4

// forever is the wait for an event instead of a time.
var forever = math.Inf(1)

// enter is Turn: at once where nothing stands in the way, else through q.
func (p *Pacer) enter(ctx context.Context, q *queue, tokens int64) (*Turn, error) {
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	t := &Turn{p: p, tokens: float64(max(tokens, 0))}
	if err := p.ledger.fits(t.tokens); err != nil {
		return nil, err
	}
	if p.join(t, q) {
		return t, nil
	}
	select {
	case <-t.ready:
		return t, nil
	case <-ctx.Done():
		return p.leave(ctx, t)
	}
}

// join sends t at once, or lets it wait in q.
func (p *Pacer) join(t *Turn, q *queue) (sent bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	q.push(t)
	p.pump(p.now())
	if t.waits == nil {
		return true
	}
	t.ready = make(chan struct{})
	return false
}

// leave ends t's wait early. A turn that was given in the same moment is kept:
// its request fails by the same ctx, and Done gives it back.
func (p *Pacer) leave(ctx context.Context, t *Turn) (*Turn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if t.waits == nil {
		return t, nil
	}
	t.waits.remove(t)
	p.pump(p.now())
	return nil, context.Cause(ctx)
}

// pump gives turns until one must wait, and sets the alarm for that one.
func (p *Pacer) pump(now float64) {
	for t := p.head(); t != nil; t = p.head() {
		if wait := p.wait(t, now); wait > 0 {
			p.alarm.set(p, now, wait)
			return
		}
		p.send(t, now)
	}
	p.window.full = false
	p.alarm.stop()
}

// head is who comes next.
func (p *Pacer) head() *Turn {
	if p.again.first != nil {
		return p.again.first
	}
	return p.fresh.first
}

// wait is how many seconds t has to wait if nothing happens: the longest wait
// that any regulator asks for. A window is full only if it alone stands in the
// way; then it may grow.
func (p *Pacer) wait(t *Turn, now float64) float64 {
	if !p.known && p.running >= herd {
		return forever
	}
	wait := max(p.pause.wait(now), p.ledger.wait(t.tokens, now))
	for k := range p.buckets {
		wait = max(wait, p.buckets[k].wait(t.cost(kind(k)), now))
	}
	crowded := p.running >= p.window.room()
	p.window.full = crowded && wait == 0
	if crowded {
		return forever
	}
	return wait
}

// cost is what t takes of a bucket, by our own count.
func (t *Turn) cost(k kind) float64 {
	if k == byRequests {
		return 1
	}
	return t.tokens
}

// send ends t's wait.
func (p *Pacer) send(t *Turn, now float64) {
	t.waits.remove(t)
	if t.ready != nil {
		close(t.ready)
	}
	p.running++
	p.sent++
	t.at, t.number = now, p.sent
	for k := range p.buckets {
		p.buckets[k].take(t, kind(k), now)
	}
	p.ledger.book(t)
	p.pause.sent(t)
}

// A queue is a list of waiting turns from which each may leave.
type queue struct {
	first, last *Turn
	len         int
}

func (q *queue) push(t *Turn) {
	t.waits, t.prev = q, q.last
	if q.last == nil {
		q.first = t
	} else {
		q.last.next = t
	}
	q.last = t
	q.len++
}

func (q *queue) remove(t *Turn) {
	if t.prev == nil {
		q.first = t.next
	} else {
		t.prev.next = t.next
	}
	if t.next == nil {
		q.last = t.prev
	} else {
		t.next.prev = t.prev
	}
	t.waits, t.prev, t.next = nil, nil, nil
	q.len--
}

// tick is the least time that the alarm is set to: what is due meanwhile goes
// out together, which the models do not mind, and costs one wake-up.
// maxWait, in seconds, is when it rings to look again in any case.
const (
	tick    = time.Millisecond
	maxWait = 60.0
)

// An alarm is the only timer of a pacer, set for the first in the queue.
type alarm struct {
	timer *time.Timer
	at    float64 // when it is set to ring; 0: it is not
}

func (a *alarm) set(p *Pacer, now, wait float64) {
	if wait == forever {
		a.stop()
		return
	}
	if a.at != 0 && a.at <= now+wait && a.at > now {
		return // it rings early enough, and looks again then
	}
	d := max(tick, time.Duration(min(wait, maxWait)*float64(time.Second))+1)
	a.at = now + d.Seconds()
	if a.timer == nil {
		a.timer = time.AfterFunc(d, p.ring)
		return
	}
	a.timer.Reset(d)
}

func (a *alarm) stop() {
	if a.at != 0 {
		a.timer.Stop()
		a.at = 0
	}
}

func (p *Pacer) ring() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.alarm.at = 0
	p.pump(p.now())
}
