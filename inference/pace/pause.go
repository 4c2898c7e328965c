package pace

// The pause's constants, in seconds.
const (
	longest   = 120 // the longest advice that can be about a bucket, which fills within a minute
	firstHold = 1   // the first pause where nothing is advised, doubled from one to the next
	lastHold  = 60
	consent   = 1 // refusals come quickly: who hears none for so long was admitted
	manyFail  = 8 // failures in a row after which the service is left alone
)

// A pause follows a pushback. Until it is over nothing is sent, then one
// request goes ahead, and the others when that one is not refused.
type pause struct {
	pushed float64 // when the service last pushed back; what was sent before says nothing new
	until  float64
	row    int // pushbacks without an answer in between
	fails  int // failures in a row
	ahead  *Turn
	alone  bool // the next request goes ahead
}

func newPause() pause { return pause{pushed: -1} }

// wait is how long nothing may be sent.
func (p *pause) wait(now float64) float64 {
	wait := max(0, p.until-now)
	if p.ahead != nil {
		wait = max(wait, p.ahead.at+consent-now)
	}
	return wait
}

func (p *pause) sent(t *Turn) {
	if p.alone {
		p.alone, p.ahead = false, t
	} else {
		p.ahead = nil
	}
}

func (p *pause) answered(t *Turn) {
	p.fails = 0
	p.over(t)
	if t.at > p.pushed {
		p.row = 0
	}
}

// over ends the wait for t, which was sent ahead.
func (p *pause) over(t *Turn) {
	if p.ahead == t {
		p.ahead = nil
	}
}

// refused begins or prolongs the pause, and reports whether t's 429 is news: it
// is not if t was sent before the last pushback, or ahead of the others.
func (p *pause) refused(t *Turn, now, advice float64) (news bool) {
	if advice > longest {
		advice = 0 // it is about this request alone, or about what no wait within a run can mend
	}
	p.over(t)
	if t.at <= p.pushed {
		p.until = max(p.until, now+advice)
		return false
	}
	p.hold(now, advice)
	return p.row == 1
}

// failed counts towards a pause when nothing but failures comes.
func (p *pause) failed(t *Turn, now float64) {
	if t.at <= p.pushed {
		return
	}
	if p.fails++; p.fails >= manyFail || p.row > 0 {
		p.hold(now, 0)
	}
}

func (p *pause) hold(now, advice float64) {
	backoff := min(lastHold, firstHold*float64(int(1)<<min(p.row, 10)))
	if p.row > 0 || advice == 0 {
		advice = max(advice, backoff)
	}
	p.row++
	p.pushed, p.until, p.alone = now, max(p.until, now+advice), true
}
