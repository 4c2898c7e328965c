package oidc

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/keyless-inference/action/wire"
)

// oneLine makes a server's words fit for a log line: tokens cut out, control
// characters gone, white space collapsed, at most 800 bytes.
func oneLine(s string) string {
	const limit = 800
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, wire.Redact(s))
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > limit {
		s = strings.ToValidUTF8(s[:limit], "") + "..."
	}
	return s
}

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

// withoutURL drops the URL that net/http puts in front of its errors: the host
// alone is worth telling.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
