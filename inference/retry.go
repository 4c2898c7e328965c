package inference

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/keyless-inference/action/wire"
)

// fallbackWait is how long to wait for an exhausted bucket when nothing says
// when it is filled again: they are filled each minute.
const fallbackWait = time.Minute

// waitWords finds the seconds in "Please retry after 60 seconds" and "Please
// wait 33 seconds": the service's only advice on some days.
var waitWords = regexp.MustCompile(`(?i)(?:retry after|wait) (\d{1,9}) seconds?`)

// advice is how long the service wants to be left alone after e, 0 when it does
// not say. On an exhausted bucket it sends "retry-after: 1" beside
// "retry-after-ms: 0", so the bucket's own headers come first there; the
// longest advice of the two wins.
func advice(e *ServiceError) time.Duration {
	said := wire.RetryAfter(e.header)
	if e.Status != http.StatusTooManyRequests {
		return said
	}
	words := seconds(waitMatch(e.Message))
	for _, bucket := range []string{"tokens", "requests"} {
		if exhausted(e.header, bucket) {
			return max(said, bucketWait(e.header, bucket, words))
		}
	}
	if said > 0 {
		return said
	}
	return words
}

// hint is the advice of a 429 for a pacer, which has an idea of its own of when the
// deployment can be asked again: only what the service says in words, or in a
// Retry-After that nothing contradicts. The time until a bucket is full again is
// far more than the next request needs.
func hint(e *ServiceError) time.Duration {
	words := seconds(waitMatch(e.Message))
	if words == 0 && exhausted(e.header, "tokens") && e.header.Get("retry-after-ms") == "0" {
		return 0
	}
	return max(words, wire.RetryAfter(e.header))
}

// exhausted reports whether the token or request bucket of the deployment is
// what refused. -1 means that the service does not say.
func exhausted(h http.Header, bucket string) bool {
	return h.Get("x-ratelimit-remaining-"+bucket) == "0" || strings.EqualFold(h.Get("x-ratelimit-type"), bucket)
}

// bucketWait is the time until the bucket is filled again.
func bucketWait(h http.Header, bucket string, words time.Duration) time.Duration {
	for _, name := range []string{"x-ratelimit-reset-", "x-rate-limit-reset-", "x-ratelimit-renewalperiod-"} {
		if wait := seconds(h.Get(name + bucket)); wait > 0 {
			return wait
		}
	}
	if words > 0 {
		return words
	}
	return fallbackWait
}

func waitMatch(message string) string {
	if m := waitWords.FindStringSubmatch(message); m != nil {
		return m[1]
	}
	return ""
}

// seconds reads a positive whole number of seconds, at most some thirty years;
// anything else is 0.
func seconds(s string) time.Duration {
	n, err := strconv.Atoi(s)
	if err != nil || n <= 0 || n > 1e9 {
		return 0
	}
	return time.Duration(n) * time.Second
}
