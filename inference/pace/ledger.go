package pace

import "fmt"

// minute is the span of the user's limits, in seconds.
const minute = 60

// A ledger holds what was sent within the last minute, for limits that must
// hold within any 60 s. A request that is under way is booked with the worst
// that is to be feared, one that is over with what the service counted.
type ledger struct {
	Limits
	entries []*Turn // in the order of sending, those before head are out
	head    int
	tokens  float64
	worst   float64 // the service's count by ours, the most that was seen
}

// fear is what is assumed of the service's count before the first one is known,
// and margin what it may go beyond the worst that was seen.
const (
	fear   = 2.0
	margin = 1.15
)

func newLedger(l Limits) ledger { return ledger{Limits: l} }

// A TooLargeError is a request that the user's own limit of tokens a minute
// never lets through.
type TooLargeError struct{ Tokens, Limit float64 }

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("a request of about %.0f tokens is larger than the limit of %.0f tokens a minute", e.Tokens, e.Limit)
}

func (l *ledger) fits(tokens float64) error {
	if l.Tokens > 0 && tokens > l.Tokens {
		return &TooLargeError{Tokens: tokens, Limit: l.Tokens}
	}
	return nil
}

func (l *ledger) used() bool { return l.Requests > 0 || l.Tokens > 0 }

// expect is what a request under way is booked with.
func (l *ledger) expect(tokens float64) float64 {
	if l.worst == 0 {
		return tokens * fear
	}
	return tokens * max(l.worst, 0.1) * margin
}

// wait is the time until enough of the last minute's requests are out of it.
func (l *ledger) wait(tokens, now float64) float64 {
	if !l.used() {
		return 0
	}
	l.forget(now)
	count := float64(len(l.entries) - l.head)
	sum := l.tokens + l.expect(tokens)
	for _, t := range l.entries[l.head:] {
		if l.allows(count, sum) {
			break
		}
		if count--; l.allows(count, sum-t.booked) || count == 0 {
			return t.at + minute - now + 1e-6
		}
		sum -= t.booked
	}
	return 0
}

// allows says whether one more fits beside count requests, the tokens being
// sum with it. A lone request fits even if the worst is feared of it.
func (l *ledger) allows(count, sum float64) bool {
	return (l.Requests == 0 || count+1 <= max(1, l.Requests)) && (l.Tokens == 0 || count == 0 || sum <= l.Tokens)
}

// forget drops what is older than a minute.
func (l *ledger) forget(now float64) {
	for l.head < len(l.entries) && l.entries[l.head].at <= now-minute {
		t := l.entries[l.head]
		l.tokens -= t.booked
		t.inLedger, l.entries[l.head] = false, nil
		l.head++
	}
	if l.head > 64 && l.head > len(l.entries)/2 {
		n := copy(l.entries, l.entries[l.head:])
		clear(l.entries[n:])
		l.entries, l.head = l.entries[:n], 0
	}
}

func (l *ledger) book(t *Turn) {
	if !l.used() {
		return
	}
	t.booked = l.expect(t.tokens)
	t.inLedger = true
	l.tokens += t.booked
	l.entries = append(l.entries, t)
}

// correct books what the service counted instead of what was feared.
func (l *ledger) correct(t *Turn, tokens float64) {
	if !l.used() {
		return
	}
	if t.tokens > 0 && tokens > 0 {
		l.worst = max(l.worst, tokens/t.tokens)
	}
	if t.inLedger {
		l.tokens += tokens - t.booked
		t.booked = tokens
	}
}
