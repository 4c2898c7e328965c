package pace

// The window's constants. A round is about one window of completed requests.
const (
	firstWindow = 8
	mostWindow  = 1024
	leastRound  = 32   // completed requests, so that chance does not judge
	leastTime   = 0.02 // seconds, for the same reason
	enough      = 1.25 // the growth of the throughput that a doubled window must bring
	flatRounds  = 3    // rounds without it that end the slow start
	restRounds  = 6    // rounds between two experiments
	step        = 1.25 // by how much an experiment widens or narrows the window
)

// A window is how many requests may be under way. See the package comment for
// how it is found.
type window struct {
	size, most float64
	full       bool // nothing but the window stands in the way of the next request
	slow       bool // slow start: nothing has pushed back yet

	begun, done, opened float64 // this round: when, how many, and the size it began with
	best                float64 // throughput of the best round, or of the last one at rest
	knee                float64 // the size that brought it
	rounds              int     // without gain in slow start, else at rest
	trial               trial
	narrow              bool // the next experiment narrows
}

// A trial is where an experiment stands: its first round still has requests of
// the old size under way and is not measured.
type trial int

const (
	resting trial = iota
	settling
	measuring
)

func newWindow(limit int) window {
	w := window{size: firstWindow, most: mostWindow, slow: true}
	if limit > 0 {
		w.most = min(w.most, float64(limit))
	}
	w.size = min(w.size, w.most)
	w.begin(0) // the first round has begun with it, also where the window is full from the first request on
	return w
}

func (w *window) room() int { return int(w.size) }

// finished is told of every request's end. Each failure takes half a place, so that
// a round in which all fail halves the window, and one in which few do hardly
// matters.
func (w *window) finished(o outcome, now float64) {
	switch {
	case o == failed:
		w.size, w.knee = max(1, w.size-0.5), max(1, w.knee-0.5)
		return
	case o == neutral:
		return
	case !w.full:
		w.begin(now)
		return
	case w.slow:
		w.size = min(w.most, w.size+1)
	}
	w.done++
	if w.done >= max(w.opened, leastRound) && now-w.begun >= leastTime {
		w.judge(w.done / (now - w.begun))
		w.begin(now)
	}
}

func (w *window) begin(now float64) { w.begun, w.done, w.opened = now, 0, w.size }

// judge looks at a full round's throughput.
func (w *window) judge(throughput float64) {
	switch {
	case w.slow:
		w.climb(throughput)
	case w.trial == settling:
		w.trial = measuring
	case w.trial == measuring:
		w.conclude(throughput)
	default:
		w.rest(throughput)
	}
}

// climb is slow start's judgement: it ends where doubling brings no more.
func (w *window) climb(throughput float64) {
	if throughput > enough*w.best {
		w.best, w.knee, w.rounds = throughput, w.opened, 0
	} else {
		w.rounds++
	}
	if w.rounds == flatRounds {
		w.slow, w.size, w.rounds = false, min(w.size, w.knee), 0
	}
}

// rest measures, and begins an experiment now and then.
func (w *window) rest(throughput float64) {
	w.best, w.knee = throughput, w.size
	if w.rounds++; w.rounds < restRounds {
		return
	}
	w.trial, w.rounds, w.narrow = settling, 0, !w.narrow
	if w.narrow {
		w.size = max(1, w.size/step)
	} else {
		w.size = min(w.most, w.size*step)
	}
}

// conclude keeps the experiment's size if it is worth it: a wider window must
// bring more, a narrower one may not bring less.
func (w *window) conclude(throughput float64) {
	w.trial = resting
	if w.narrow && throughput < 0.95*w.best || !w.narrow && throughput < 1.1*w.best {
		w.size = min(w.most, w.knee)
		return
	}
	w.narrow = !w.narrow // the same way again, and soon
	w.rounds = restRounds - 1
}
