package pace

import "math"

// The constants of the belief in what is said to remain.
const (
	doubts   = 3     // contradictions that end it
	gap      = 0.2   // of the bucket: the difference between model and header that is worth a question
	firstAsk = 2.0   // seconds between two questions, four times as long after each that was refused
	lastAsk  = 600.0 // and at most
	fade     = 120.0 // seconds in which the model alone gives in to the header
	sample   = 8     // requests between two measures of the factor
)

// A belief is what the remaining of the headers is held for: true until it is
// contradicted. Beside it the model runs on alone, from the limit and from what
// was sent; where the two differ much, the service is asked.
type belief struct {
	free float64 // what is in the bucket by the model alone

	heard      int64   // the newest request whose headers were heard
	word       word    // the newest of its words
	base       word    // the one from which the factor is measured
	took, gave float64 // of the last minute: what remaining dropped by, and what was sent
	floor      float64 // the least that the factor can be

	doubt   int  // contradictions in a row
	liar    bool // too many
	askAt   float64
	askWait float64
}

// A word is what one header said: what was left when the request of that
// number had been counted.
type word struct {
	number         int64
	at, sent, left float64
}

func newBelief() belief { return belief{floor: 0.1, askWait: firstAsk} }

// begin is told of the first limit: the factor is 1 until it is measured, with
// the weight of a few requests.
func (b *belief) begin(level, mean float64) { b.free, b.took, b.gave = level, 4*mean, 4*mean }

// holds says whether remaining was heard and is believed.
func (b *belief) holds() bool { return b.word.number > 0 && !b.liar }

// hear takes over what the headers say, unless a later request's were heard.
// The level is what remained after this request, less what was sent since,
// with what has flowed in since.
func (b *bucket) hear(t *Turn, m *mark, q quote) {
	if q.limit == 0 || t.number < b.belief.heard {
		return
	}
	b.belief.heard = t.number
	b.announce(q)
	if q.left < 0 || b.belief.liar {
		return
	}
	if !math.IsNaN(m.expected) {
		over := max(0, m.expected-q.left)
		b.miss += (over*over - b.miss) * trend
	}
	w := word{number: t.number, at: t.at, sent: m.sent, left: q.left}
	b.learn(w)
	b.belief.word = w
	b.level = b.bound(w.left - (b.sent-w.sent)*b.factor + (b.at-w.at)*b.limit/minute)
}

// learn measures what our requests cost by what the remaining dropped by,
// whoever took it: a deployment that others use as well is a dearer one.
func (b *bucket) learn(w word) {
	base := &b.belief.base
	sent, flow := w.sent-base.sent, (w.at-base.at)*b.limit/minute
	if base.number == 0 || base.left+flow-sent*b.factor > 0.95*b.burst {
		*base = w // what flows over a full bucket's brim can't be measured
		return
	}
	if sent < sample*b.mean || sent == 0 {
		return
	}
	old := math.Exp((base.at - w.at) / memory)
	b.belief.took = b.belief.took*old + base.left + flow - w.left
	b.belief.gave = b.belief.gave*old + sent
	b.factor = min(10, max(0.1, b.belief.took/b.belief.gave))
	*base = w
}

// questionable says whether the model alone would send although there is said
// to be too little.
func (b *bucket) questionable(cost float64) bool {
	return b.belief.holds() && b.belief.free >= b.need(cost) && b.belief.free-b.level > gap*b.burst
}

// ask sends t as a question: at twice the limit's rate until more was sent than
// the header can be wrong by, and then no more until the last has its answer.
func (b *bucket) ask(t *Turn, m mark, now float64) {
	t.probe = b
	b.belief.askAt = now + m.cost*b.factor/b.limit*minute/2
	if m.poor {
		b.belief.askAt = now + b.belief.askWait
	}
}

// contradicted is told that the service had what the header denied. Where that
// is no chance, the bucket is what the model alone says, and is drained with
// care.
func (b *bucket) contradicted(now float64) {
	b.belief.askAt = now
	if b.doubted() {
		b.rate.begin(b.limit/minute, now)
	}
}

// confirmed is told that the service did not have what the header denied.
func (b *bucket) confirmed(now float64) {
	b.belief.doubt, b.belief.askWait = 0, min(lastAsk, b.belief.askWait*4)
	b.belief.askAt = now + b.belief.askWait
	b.empty()
	b.belief.free = b.level
}

// doubted counts a contradiction and reports whether it was one too many.
func (b *bucket) doubted() bool {
	b.belief.doubt++
	if b.belief.doubt == doubts {
		b.distrust()
		return true
	}
	return false
}

// distrust ends the belief, and all that was concluded from it.
func (b *bucket) distrust() {
	if b.belief.holds() {
		b.belief.liar, b.level, b.factor = true, b.belief.free, 1
	}
}
