package pace

import "math"

// The model's constants.
const (
	sigmas = 5.0      // root mean square errors that are held in reserve
	trend  = 1.0 / 16 // the weight of a new value in a slow average
	memory = 60.0     // seconds that a sum of the last minute remembers
)

// A bucket is what is believed of one of the service's budgets. Costs come in
// our units and times factor they are the service's, in which all else is.
type bucket struct {
	limit, burst float64 // announced: a minute, and at once; 0: nothing credible
	level        float64 // what is in it now, as far as is known
	at           float64 // when level was right
	factor       float64 // the service's units by ours
	mean         float64 // our costs, averaged
	miss         float64 // mean square of what the model promised too much
	sent         float64 // all that was sent, by our count
	refused      float64 // what of it was refused
	belief       belief
	rate         rate
}

// A mark is what was known when a request was sent.
type mark struct {
	cost     float64 // by our count
	sent     float64 // the bucket's sent, with this
	expected float64 // what should be left after it; NaN: no idea
	poor     bool    // the header said that there is not enough, errors allowed for
}

func newBucket() bucket {
	return bucket{factor: 1, belief: newBelief(), rate: newRate()}
}

// fill lets what has flowed in since the last time into the bucket.
func (b *bucket) fill(now float64) {
	span := now - b.at
	b.at = now
	b.level = b.bound(b.level + span*b.limit/minute)
	b.belief.free = b.bound(b.belief.free + span*b.limit/minute)
	if b.belief.holds() {
		b.belief.free += (b.level - b.belief.free) * min(1, span/fade)
	}
}

// bound keeps a level within what a bucket can hold. Its debts are at most one
// filling, so that a wrong idea of them never lets anyone wait for longer than
// two minutes.
func (b *bucket) bound(level float64) float64 { return max(-b.burst, min(b.burst, level)) }

// need is what must be in the bucket before cost may be taken: what it is
// expected to be, and a reserve, because the model errs, costs differ, and a
// request may overtake another. What is larger than the bucket goes when that
// is full, and the service decides.
func (b *bucket) need(cost float64) float64 {
	reserve := sigmas*math.Sqrt(b.miss) + (cost/2+b.mean)*b.factor
	return min(b.burst, cost*b.factor+min(b.burst/4, reserve))
}

// wait is how many seconds it takes until the bucket has enough for cost, by
// our count, and the rate allows it.
func (b *bucket) wait(cost, now float64) float64 {
	b.fill(now)
	wait := b.rate.wait(now)
	if b.limit == 0 || cost == 0 {
		return wait
	}
	lack := (b.need(cost) - b.level) / b.limit * minute
	if lack > 0 && b.questionable(cost) {
		lack = min(lack, b.belief.askAt-now)
	}
	return max(wait, lack)
}

// take counts t, which is sent now.
func (b *bucket) take(t *Turn, k kind, now float64) {
	b.fill(now)
	cost := t.cost(k)
	m := mark{cost: cost, expected: math.NaN(), poor: b.level < -math.Sqrt(b.miss)}
	if b.level < b.need(cost) && b.questionable(cost) {
		b.ask(t, m, now)
	}
	b.count(cost)
	m.sent = b.sent
	if b.belief.holds() {
		m.expected = b.level
	}
	b.pass(cost, now)
	t.marks[k] = m
}

// count takes cost out of the bucket.
func (b *bucket) count(cost float64) {
	if b.sent == 0 {
		b.mean = cost
	}
	b.mean += (cost - b.mean) / 4
	b.sent += cost
	b.level = b.bound(b.level - cost*b.factor)
	b.belief.free = b.bound(b.belief.free - cost*b.factor)
}

// announce takes over the limits. What was sent before they were known came
// out of a bucket that was full.
func (b *bucket) announce(q quote) {
	if b.limit == 0 {
		b.level = q.limit*q.period/minute - b.sent*b.factor
		b.belief.begin(b.level, b.mean)
		b.miss = b.mean * b.mean / 4
	}
	b.limit, b.burst = q.limit, q.limit*q.period/minute
	b.level, b.belief.free = b.bound(b.level), b.bound(b.belief.free)
}

// counted learns from the service's own count of a request, where nothing that
// remains tells better. The service may count more for its quota than in its
// answer; each refusal raises the least that is assumed.
func (b *bucket) counted(ours, theirs float64) {
	if ours > 0 && b.limit > 0 && !b.belief.holds() {
		b.factor += (min(10, max(b.belief.floor, theirs/ours)) - b.factor) * trend
	}
}

// oversized says whether cost is more than the bucket holds when it is full.
func (b *bucket) oversized(cost float64) bool { return b.limit > 0 && cost*b.factor > b.burst }

// answered learns from an answer that is no refusal.
func (b *bucket) answered(t *Turn, m *mark, q quote, now float64) {
	b.fill(now)
	if t.probe == b && m.poor {
		b.contradicted(now)
	}
	b.hear(t, m, q)
}

// denied learns from a 429, whoever is to blame for it. One that names no bucket
// while plenty is said to remain may be about the service's capacity; only
// where it is news does it raise a doubt.
func (b *bucket) denied(t *Turn, m *mark, q quote, by blame, news bool, now float64) {
	b.fill(now)
	b.refused += m.cost
	b.rate.flow.add(-m.cost, now)
	b.hear(t, m, q)
	plenty := q.left >= 2*m.cost*b.factor
	switch {
	case by == nobody || b.oversized(m.cost):
	case t.probe == b:
		b.confirmed(now)
	case plenty && by == suspect && b.belief.holds():
		if news {
			b.doubted()
		}
	default:
		if plenty {
			b.distrust()
			b.rate.drain = 0
		}
		b.empty()
	}
}

// empty says that the service has just had less than was asked for.
func (b *bucket) empty() {
	b.level, b.belief.free = min(b.level, 0), min(b.belief.free, 0)
	b.belief.floor = min(1, b.factor*1.1)
}

// perMinute is the rate that is kept now, for a display.
func (b *bucket) perMinute(now float64) float64 {
	if b.rate.base > 0 {
		return b.speed(now) * minute
	}
	return b.limit
}
