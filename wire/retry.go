package wire

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// A Passing error is one that another attempt may not meet: a busy server, a
// broken connection. [Retry] repeats after these and after no others.
type Passing struct {
	Err  error
	Wait time.Duration // how long the server asked to wait; 0: it did not say

	// Paced: the next call waits by itself until it may be made, for somebody
	// else spreads the calls. [Retry] then makes it at once and does not count
	// this one: how often that happens depends on the load, and the deadline
	// bounds it. A Wait beyond the deadline still ends it.
	Paced bool
}

func (p *Passing) Error() string { return p.Err.Error() }
func (p *Passing) Unwrap() error { return p.Err }

// A WaitError ends a [Retry] early: the wait before the next attempt would
// outlast the deadline, so it is not even begun.
type WaitError struct {
	Wait time.Duration // what the next attempt would have had to wait
	Left time.Duration // what was left until the deadline
	Err  error         // the failure of the last attempt
}

func (e *WaitError) Error() string {
	return fmt.Sprintf("%v (the next attempt would have to wait %s, but only %s are left of the timeout)",
		e.Err, e.Wait.Round(time.Second), e.Left.Round(time.Second))
}
func (e *WaitError) Unwrap() error { return e.Err }

// Retry is a policy for repeating a call. Its zero value makes one attempt.
type Retry struct {
	Attempts int           // all attempts that count, the first one included; below 1 means 1
	Base     time.Duration // upper bound of the first wait, doubled for each further one; 0 means 1 s
	Cap      time.Duration // upper bound of a wait that the server did not ask for; 0 means 30 s

	// Note, if not nil, is told of each failed attempt that another one
	// follows, before the wait.
	Note func(attempt int, err error, wait time.Duration)
}

// Do calls call until it succeeds, fails with an error that is not [Passing],
// or the attempts are used up, and returns the number of calls made with the
// last error, unchanged. A wait that would outlast ctx's deadline is not begun:
// the error is then a [WaitError]. When ctx ends during a wait, the last
// failure is returned beside ctx's error.
func (r Retry) Do(ctx context.Context, call func(context.Context) error) (calls int, err error) {
	for attempts := 1; ; {
		calls++
		err = call(ctx)
		var passing *Passing
		if err == nil || !errors.As(err, &passing) || attempts >= r.Attempts && !passing.Paced {
			return calls, err
		}
		if ctx.Err() != nil {
			return calls, errors.Join(err, context.Cause(ctx))
		}
		wait := passing.Wait
		if !passing.Paced {
			wait = r.wait(attempts, passing.Wait)
		}
		if end, ok := ctx.Deadline(); ok && time.Until(end) <= wait {
			return calls, &WaitError{Wait: wait, Left: time.Until(end), Err: err}
		}
		if passing.Paced {
			continue
		}
		if r.Note != nil {
			r.Note(attempts, err, wait)
		}
		attempts++
		select {
		case <-ctx.Done():
			return calls, errors.Join(err, context.Cause(ctx))
		case <-time.After(wait):
		}
	}
}

// wait is the pause after a failed attempt: between half of and the whole
// exponential step, or the server's advice if that is longer, with up to a tenth
// on top, so that many clients do not come back together.
func (r Retry) wait(attempt int, advice time.Duration) time.Duration {
	base, limit := r.Base, r.Cap
	if base <= 0 {
		base = time.Second
	}
	if limit <= 0 {
		limit = 30 * time.Second
	}
	step := min(limit, base<<min(attempt-1, 20))
	return max(step/2+rand.N(step/2+1), advice+rand.N(advice/10+1))
}
