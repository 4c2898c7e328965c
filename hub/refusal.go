package hub

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-github/v62/github"

	"github.com/keyless-inference/action/wire"
)

// The kinds of a [Refusal]. All others are an HTTP status in digits, such as
// "403".
const (
	PrimaryLimit   = "primary limit"   // the hour's requests are used up
	SecondaryLimit = "secondary limit" // too much at once
	Busy           = "busy"            // 408 or 5xx
	Moved          = "moved"           // a redirect, which is not followed
	Network        = "network"         // no answer came
	Unreadable     = "unreadable"      // an answer that is not GitHub's
	Ended          = "ended"           // the caller's context did
)

// A Refusal is why a request did not succeed.
type Refusal struct {
	Doing  string // a gerund and its object
	Kind   string
	Status int         // 0: there was no answer
	Header http.Header // of the answer
	Words  string      // GitHub's, in one line and without secrets
	Wait   time.Duration
	Tried  int   // how many attempts were made
	Err    error // what the library said, without secrets
}

func (r *Refusal) Error() string {
	text := r.Doing + ": "
	if r.Status != 0 {
		text += fmt.Sprintf("HTTP %d", r.Status)
	} else {
		text += r.Err.Error()
	}
	if r.Words != "" {
		text += ": " + r.Words
	}
	return text
}

func (r *Refusal) Unwrap() error { return r.Err }

// refused makes a refusal of what the library returned, [wire.Passing] when
// another attempt may meet something else. An error with a Status is one that
// an answer of status 200 holds, as those of GraphQL do.
func (s *Session) refused(doing string, resp *github.Response, err error) error {
	r := &Refusal{Doing: doing, Err: s.Secrets.CutError(err)}
	var inner interface {
		error
		Status() int
	}
	switch isInner := errors.As(err, &inner); {
	case resp == nil && errors.Is(err, ErrNoAnswer):
		r.Kind = Unreadable
		return r
	case resp == nil:
		r.Kind, r.Err = Network, wire.Fault(r.Err)
		return r
	case isInner:
		r.Status, r.Words = inner.Status(), inner.Error()
	case resp.StatusCode <= 299:
		r.Kind, r.Status, r.Words = Unreadable, resp.StatusCode, ErrNoAnswer.Error()
		return r
	default:
		r.Status, r.Words = resp.StatusCode, wordsOf(resp)
	}
	r.Header, r.Words = resp.Header, wire.Line(s.Secrets.Cut(r.Words), 300)
	var abuse *github.AbuseRateLimitError
	return r.classify(errors.As(err, &abuse))
}

// wordsOf are the words of an answer, which the library lets its callers read
// again.
func wordsOf(resp *github.Response) string {
	var answer github.ErrorResponse
	if json.NewDecoder(resp.Body).Decode(&answer) != nil {
		return ""
	}
	said := []string{answer.Message}
	for _, e := range answer.Errors {
		said = append(said, cmp.Or(e.Message, e.Field+" "+e.Code))
	}
	words := strings.Join(said, ": ")
	if answer.DocumentationURL != "" {
		words += " (" + answer.DocumentationURL + ")"
	}
	return strings.Join(strings.Fields(words), " ")
}

// classify sets r's kind and says whether it passes.
func (r *Refusal) classify(secondary bool) error {
	switch limited := r.limits(secondary); {
	case limited:
		return &wire.Passing{Err: r, Wait: r.Wait}
	case wire.PassingStatus(r.Status):
		r.Kind = Busy
		return &wire.Passing{Err: r, Wait: wire.RetryAfter(r.Header)}
	case r.Status/100 == 3:
		r.Kind = Moved
	default:
		r.Kind = strconv.Itoa(r.Status)
	}
	return r
}

// farthestReset, in 2100, is a Unix time that durations can be counted up to.
const farthestReset = 4_102_444_800

// limits reports whether a rate limit refused, and sets how long to wait then:
// as Retry-After says, else until the reset of an exhausted primary limit, else
// a minute. A reset is in whole seconds, by a clock that need not be ours.
//
// https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
func (r *Refusal) limits(secondary bool) bool {
	if r.Status != http.StatusForbidden && r.Status != http.StatusTooManyRequests {
		return false
	}
	r.Wait = wire.RetryAfter(r.Header)
	exhausted := r.Header.Get("X-RateLimit-Remaining") == "0"
	if seconds, err := strconv.ParseInt(r.Header.Get("X-RateLimit-Reset"), 10, 64); err == nil && exhausted && r.Wait == 0 {
		r.Wait = max(0, time.Until(time.Unix(min(seconds, farthestReset), 0))) + time.Second
	}
	switch limited := exhausted || secondary || r.Wait > 0 || r.Status == http.StatusTooManyRequests; {
	case !limited:
		return false
	case r.Wait == 0:
		r.Wait = time.Minute
	}
	r.Kind = SecondaryLimit
	if exhausted {
		r.Kind = PrimaryLimit
	}
	return true
}

// accepts finds the permissions in X-Accepted-GitHub-Permissions, such as
// "issues=write; pull_requests=write", in which each semicolon is an "or":
// https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api#insufficient-permissions
var accepts = regexp.MustCompile(`\b([a-z_]{1,40})=(read|write|admin)\b`)

// A Permission is one that a refused request would have taken.
type Permission struct{ Name, Level string } // as a workflow writes them: pull-requests, write

// Accepted are the permissions that GitHub says it would have accepted; nil when
// it does not say.
func (r *Refusal) Accepted() (all []Permission) {
	for _, f := range accepts.FindAllStringSubmatch(r.Header.Get("X-Accepted-GitHub-Permissions"), 10) {
		all = append(all, Permission{strings.ReplaceAll(f[1], "_", "-"), f[2]})
	}
	return all
}
