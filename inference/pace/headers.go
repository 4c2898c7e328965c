package pace

import (
	"net/http"
	"strconv"
	"strings"
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
