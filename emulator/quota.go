package emulator

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"sync"
	"time"
)

// A quota is the rate limits' state: two buckets a deployment, as the real
// service counts by deployment and not by caller. A request is admitted by what
// it may cost, its prompt's estimate and its cap on the answer together, and
// what it did not use is not given back.
type quota struct {
	mu      sync.Mutex
	buckets map[string]*buckets
}

type buckets struct{ tokens, requests bucket }

// A bucket admits perMinute in a minute. Without a period it holds that much and
// fills again evenly; with one it holds what is due in a period, and is full
// again when the next begins.
type bucket struct {
	perMinute float64 // 0: no limit
	level     float64
	at        time.Time // when level was right; with a period, when that began
	period    time.Duration
	seen      time.Time // when it was looked at last
}

// newBucket is full. What is due in a period is rounded up.
func newBucket(perMinute int, period time.Duration, now time.Time) bucket {
	b := bucket{perMinute: float64(perMinute), period: period, at: now}
	b.level = b.holds()
	return b
}

// holds is what the bucket holds when it is full.
func (b *bucket) holds() float64 {
	if b.period == 0 {
		return b.perMinute
	}
	return math.Ceil(b.perMinute * b.period.Minutes())
}

// A verdict is what the quota says to one request.
type verdict struct {
	exceeded string        // the word of the 429: "token" or "call"; "" means admitted
	wait     time.Duration // until the same request would be admitted
	headers  map[string]string
}

// never is the wait that the service advises when no wait helps: the request
// is larger than a whole minute's tokens.
const never = 24 * time.Hour

// admit takes a request of cost tokens out of d's buckets, or says how long to
// wait. A refused request costs nothing.
func (q *quota) admit(d Deployment, cost int) verdict {
	q.mu.Lock()
	defer q.mu.Unlock()
	b := q.of(d)
	now := time.Now()
	b.tokens.fill(now)
	b.requests.fill(now)
	v := verdict{}
	if wait := b.requests.lacks(1); wait > 0 {
		v = verdict{exceeded: "call", wait: wait}
	} else if wait := b.tokens.lacks(float64(cost)); wait > 0 {
		v = verdict{exceeded: "token", wait: wait}
	} else {
		b.requests.level--
		b.tokens.level -= float64(cost)
	}
	v.headers = b.headers(d, v)
	return v
}

func (q *quota) of(d Deployment) *buckets {
	if q.buckets == nil {
		q.buckets = map[string]*buckets{}
	}
	b, ok := q.buckets[d.Name]
	if !ok {
		period := time.Duration(0)
		if d.Window == "minute" {
			period = time.Minute
		}
		calls := cmp.Or(time.Duration(d.RPMWindow)*time.Second, period)
		now := time.Now()
		b = &buckets{tokens: newBucket(d.TPM, period, now), requests: newBucket(d.RPM, calls, now)}
		q.buckets[d.Name] = b
	}
	return b
}

func (b *bucket) fill(now time.Time) {
	passed := now.Sub(b.at)
	b.seen = now
	if b.period == 0 {
		b.level = min(b.perMinute, b.level+b.perMinute*passed.Minutes())
		b.at = now
	} else if passed >= b.period {
		b.level = b.holds()
		b.at = b.at.Add(passed.Truncate(b.period))
	}
}

// lacks is how long the bucket needs until n are in it.
func (b *bucket) lacks(n float64) time.Duration {
	switch {
	case b.perMinute == 0 || n <= b.level+1e-6: // what rounding loses is forgiven
		return 0
	case n > b.holds():
		return never
	case b.period > 0:
		return b.full()
	}
	return time.Duration((n - b.level) / b.perMinute * float64(time.Minute))
}

// seconds rounds d up to whole seconds.
func seconds(d time.Duration) string { return strconv.Itoa(int(math.Ceil(d.Seconds()))) }

// rateLimited is the body of a 429 as the service words it today. The api
// version is "" on /v1/ paths.
func rateLimited(d Deployment, exceeded, operation, version string, wait time.Duration) string {
	under := "OpenAI Language Model Instance API"
	if version != "" {
		under = "Azure OpenAI API version " + version
	}
	return gatewayError("RateLimitReached", fmt.Sprintf("Your requests to %s for %s in %s have exceeded the %s rate limit"+
		" for your current OpenAI S0 pricing tier. This request was for %s under %s. Please retry after %s seconds."+
		" To increase your default rate limit, visit: https://aka.ms/oai/quotaincrease.",
		d.Name, d.Model, region, exceeded, operation, under, seconds(wait)))
}
