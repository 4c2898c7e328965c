package pace

import "math"

// The constants of the rate.
const (
	decrease  = 0.9   // of the rate, on a pushback
	below     = 0.97  // of it, where what was admitted tells the rate
	leastSpan = 10.0  // seconds between two pushbacks that tell it
	creep     = 0.001 // additive growth a second, of the rate
	leap      = 100.0 // seconds in which it doubles, where it was measured
	firstLeap = 25.0  // and where it was guessed
	slack     = 0.05  // seconds that may be made up for when an alarm comes late
)

// A rate spreads requests out evenly after a pushback. It is in the bucket's
// units a second.
type rate struct {
	base     float64 // at the last pushback; 0: there was none
	since    float64 // when that was
	admitted float64 // until then, by our count
	next     float64 // when the next request may go
	leap     float64
	drain    float64 // how much faster than the limit a full bucket may be drained
	flow     flow
}

func newRate() rate { return rate{leap: firstLeap, drain: 2} }

func (r *rate) begin(base, now float64) { r.base, r.since, r.next = base, now, now }

// wait is how many seconds it takes until the next request may go.
func (r *rate) wait(now float64) float64 {
	if r.base == 0 {
		return 0
	}
	return max(0, r.next-now)
}

// pass counts a request that is sent now, and makes the next one wait: for a
// minute at most, so that a wrong idea of one never holds up the others.
func (b *bucket) pass(cost, now float64) {
	r := &b.rate
	r.flow.add(cost, now)
	if r.base > 0 {
		r.next = max(r.next, now-slack) + min(minute, cost*b.factor/b.speed(now))
	}
}

// press sets the rate after a pushback: at first the announced one, or else
// what was admitted during the last minute; later less than the one that was
// pushed back at.
func (b *bucket) press(now float64) {
	r := &b.rate
	admitted := b.sent - b.refused
	next := b.limit / minute
	switch {
	case r.base > 0:
		next = b.slower(admitted, now)
		r.drain /= 2
	case next == 0:
		next = r.flow.rate(now) * b.factor
	}
	r.begin(max(next, b.mean*b.factor/10, 1e-3), now)
	r.admitted = admitted
}

// slower is the rate after one that was too fast. At both pushbacks the bucket
// was empty, so what was admitted between them is what flowed in.
func (b *bucket) slower(admitted, now float64) float64 {
	r := &b.rate
	kept := b.speed(now)
	span := now - r.since
	if span < leastSpan {
		return kept * decrease
	}
	r.leap = leap
	return min(kept*below, max(kept/2, (admitted-r.admitted)*b.factor/span))
}

// speed is the rate of now. It grows slowly at first and then faster, until
// the service pushes back again, and beyond an announced limit only to drain
// what a pause has left in the bucket.
func (b *bucket) speed(now float64) float64 {
	r := &b.rate
	span := now - r.since
	speed := r.base * (1 + creep*span + math.Pow(span/r.leap, 3))
	if b.limit == 0 {
		return speed
	}
	return min(speed, b.limit/minute) * (1 + r.drain*max(0, b.level/b.burst))
}

// A flow is a sum over about the last minute.
type flow struct{ sum, at float64 }

func (f *flow) add(n, now float64) {
	f.sum = f.sum*math.Exp((f.at-now)/memory) + n
	f.at = now
}

// rate is the flow a second.
func (f *flow) rate(now float64) float64 {
	return max(0, f.sum*math.Exp((f.at-now)/memory)/memory)
}
