package bulk

import (
	"context"
	"errors"
	"sync"

	"github.com/keyless-inference/action/inference"
	"github.com/keyless-inference/action/inference/pace"
)

// A lane is what the tasks of one deployment share.
type lane struct {
	pacer *pace.Pacer

	// queue holds a token for each request that waits for its turn, so that not
	// more of them are made than are needed to keep the deployment busy.
	queue chan struct{}

	ctx   context.Context // ends when nothing more is asked, with the reason
	close context.CancelCauseFunc

	mu      sync.Mutex
	answers int // how many requests were answered
	strikes int // refusals in a row that another request would meet as well
}

const (
	mostWaiting = 8
	mostStrikes = 5
)

func newLane(ctx context.Context, limits pace.Limits) *lane {
	waiting := mostWaiting
	if limits.Concurrency > 0 { // who is alone in waiting comes in the order of the tasks
		waiting = min(waiting, limits.Concurrency)
	}
	l := &lane{pacer: pace.New(limits), queue: make(chan struct{}, waiting)}
	l.ctx, l.close = context.WithCancelCause(ctx)
	return l
}

// answered is how many requests were answered.
func (l *lane) answered() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.answers
}

// judge closes the lane where err is no fault of the one request: the first
// request meets it, or several in a row do while nobody is answered. Since is what
// was answered when the request got its turn.
func (l *lane) judge(attempts, since int, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch kind := kindOf(attempts, err); {
	case err == nil:
		l.answers++
		l.strikes = 0
	case kind == own:
		l.strikes = 0
	case l.answers == since:
		l.strikes++
		if kind == everyone && l.answers == 0 || l.strikes >= mostStrikes {
			l.close(err)
		}
	}
}

// room is how many tokens the texts of one request may have: what the service takes,
// but only a part of what the deployment gives a minute, since it never lets in what
// is more than that. Until it is known it is what the longest text may have.
func (l *lane) room() int64 {
	minute := l.minute()
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case minute > 0:
		return min(mostTokens, max(minute/packsAMinute, min(minute/2, longestText)))
	case l.answers > 0:
		return mostTokens
	}
	return longestText
}

// minute is how many tokens the deployment gives a minute; 0: not known.
func (l *lane) minute() int64 { return int64(l.pacer.State().TokensPerMinute) }

// Whom a failure concerns.
const (
	own      = iota // the one request, or nobody
	passing         // whoever asks just now: the service or the network is down
	everyone        // whoever asks: the identity, the deployment, the address
)

// kindOf tells whom err concerns. Without an attempt there was no token.
func kindOf(attempts int, err error) int {
	var refusal *inference.ServiceError
	switch {
	case err == nil, errors.As(err, new(*pace.TooLargeError)):
		return own
	case attempts == 0:
		return everyone
	case !errors.As(err, &refusal):
		return passing
	case refusal.Status == 401 || refusal.Status == 403 || refusal.Status == 404 || refusal.Status/100 == 3:
		return everyone
	case refusal.Status == 429 || refusal.Status >= 500:
		return passing
	}
	return own
}
