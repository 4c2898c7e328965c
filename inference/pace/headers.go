package pace

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// A kind is what a bucket counts.
type kind int

const (
	byRequests kind = iota
	byTokens
	kinds
)

// names are the headers of a kind, in the spelling that a map of headers has.
var names = [kinds]struct{ limit, left, period, word string }{
	{"X-Ratelimit-Limit-Requests", "X-Ratelimit-Remaining-Requests", "X-Ratelimit-Renewalperiod-Requests", "requests"},
	{"X-Ratelimit-Limit-Tokens", "X-Ratelimit-Remaining-Tokens", "X-Ratelimit-Renewalperiod-Tokens", "tokens"},
}

// periods are the renewal periods, in seconds, of answers that do not name
// them: requests are evaluated over 1 or 10 s, tokens over a minute.
// https://learn.microsoft.com/azure/ai-foundry/openai/how-to/quota
var periods = [kinds]float64{10, 60}

// A quote is what one answer says about one bucket.
type quote struct {
	limit  float64 // a minute; 0: nothing is said, as by -1
	left   float64 // -1: nothing is said
	period float64 // seconds within which the bucket fills
}

func read(h http.Header, k kind) quote {
	n := names[k]
	q := quote{limit: number(h.Get(n.limit)), left: -1, period: number(h.Get(n.period))}
	if q.limit <= 0 {
		return quote{left: -1}
	}
	q.left = min(q.limit, number(h.Get(n.left)))
	if q.period < 1 || q.period > 60 {
		q.period = periods[k]
	}
	return q
}

// number reads a count; -1 is anything else.
func number(s string) float64 {
	if s == "" {
		return -1
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return -1
	}
	return float64(n)
}

// A blame is how sure it is that a bucket was the reason of a 429.
type blame int

const (
	nobody  blame = iota
	suspect       // nothing is said, so that it may have been this one
	named
)

// blamed is which of the buckets refused: the one that is named, or is said to
// be empty, or else any.
func blamed(h http.Header) (by [kinds]blame) {
	for k, n := range names {
		if strings.EqualFold(h.Get("X-Ratelimit-Type"), n.word) {
			by[k] = named
			return by
		}
	}
	for k := range names {
		if read(h, kind(k)).left == 0 {
			by[k] = named
		}
	}
	if by == [kinds]blame{} {
		return [kinds]blame{suspect, suspect}
	}
	return by
}

// A Quota is what an answer's headers say of a deployment's limits. -1 is what
// they do not say.
//
// https://learn.microsoft.com/azure/ai-foundry/openai/how-to/quota
type Quota struct {
	LimitTokens, RemainingTokens     int64 // a minute, and left of it
	LimitRequests, RemainingRequests int64 // likewise

	// How long until all of it is there again, when the answer says so; else 0.
	ResetTokens, ResetRequests time.Duration
}

// ReadQuota reads the headers of an answer.
func ReadQuota(h http.Header) Quota {
	q := Quota{ResetTokens: reset(h, byTokens), ResetRequests: reset(h, byRequests)}
	q.LimitTokens, q.RemainingTokens = counts(h, byTokens)
	q.LimitRequests, q.RemainingRequests = counts(h, byRequests)
	return q
}

func counts(h http.Header, k kind) (limit, left int64) {
	const exact = 1 << 53 // more is no quota
	return int64(min(number(h.Get(names[k].limit)), exact)), int64(min(number(h.Get(names[k].left)), exact))
}

// reset reads whole seconds, at most a year of them.
func reset(h http.Header, k kind) time.Duration {
	seconds := number(h.Get("X-Ratelimit-Reset-" + names[k].word))
	return time.Duration(min(max(seconds, 0), 365*24*3600)) * time.Second
}
