package oidc

import (
	"errors"
	"fmt"
	"time"

	"github.com/keyless-inference/action/wire"
)

// oneLine makes a server's words fit for a log line.
func oneLine(s string) string { return wire.Line(s, 800) }

// note returns what wire.Retry tells of a failed attempt, or nil without a log.
func note(log func(string), doing string) func(int, error, time.Duration) {
	if log == nil {
		return nil
	}
	return func(attempt int, err error, wait time.Duration) {
		log(fmt.Sprintf("%s: attempt %d failed, the next one follows in %s: %s",
			doing, attempt, wait.Round(100*time.Millisecond), oneLine(err.Error())))
	}
}

// after says how often something was tried, when it was more than once.
func after(attempts int) string {
	if attempts < 2 {
		return ""
	}
	return fmt.Sprintf(" after %d attempts", attempts)
}

// settled takes the mark [wire.Passing] off an error, so that no other retry
// loop further up repeats what was already repeated here.
func settled(err error) error {
	var wait *wire.WaitError
	var passing *wire.Passing
	if errors.As(err, &wait) {
		return &wire.WaitError{Wait: wait.Wait, Left: wait.Left, Err: settled(wait.Err)}
	}
	if errors.As(err, &passing) {
		return passing.Err
	}
	return err
}
