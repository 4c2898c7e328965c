package emulator

import (
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

// A bucket holds at most perMinute and fills again evenly within a minute.
type bucket struct {
	perMinute float64 // 0: no limit
	level     float64
	at        time.Time // when level was right
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
		now := time.Now()
		b = &buckets{
			tokens:   bucket{float64(d.TPM), float64(d.TPM), now},
			requests: bucket{float64(d.RPM), float64(d.RPM), now},
		}
		q.buckets[d.Name] = b
	}
	return b
}

func (b *bucket) fill(now time.Time) {
	b.level = min(b.perMinute, b.level+b.perMinute*now.Sub(b.at).Minutes())
	b.at = now
}

// lacks is how long the bucket needs until n are in it.
func (b *bucket) lacks(n float64) time.Duration {
	switch {
	case b.perMinute == 0 || n <= b.level+1e-6: // what rounding loses is forgiven
		return 0
	case n > b.perMinute:
		return never
	}
	return time.Duration((n - b.level) / b.perMinute * float64(time.Minute))
}

// headers are the rate limit headers as the service sends them since April
// 2026. A deployment without a limit shows -1, as some of Azure's answers do.
// When the tokens are used up, the service advises to come back after 1 s, and
// after 0 ms, and says that the tokens are back in 0 s, whatever its text says.
func (b *buckets) headers(d Deployment, v verdict) map[string]string {
	h := map[string]string{"x-ratelimit-key": d.Name, "x-ratelimit-abusepenalty-active": "False"}
	b.requests.describe(h, "requests")
	b.tokens.describe(h, "tokens")
	switch v.exceeded {
	case "token":
		h["x-ratelimit-type"] = "Tokens"
		h["x-ratelimit-remaining-tokens"], h["x-ratelimit-reset-tokens"] = "0", "0"
		h["retry-after"], h["retry-after-ms"] = "1", "0"
		if v.wait == never {
			h["retry-after"], h["retry-after-ms"] = seconds(never), strconv.FormatInt(never.Milliseconds(), 10)
		}
	case "call":
		h["x-ratelimit-type"] = "Requests"
		h["retry-after"], h["retry-after-ms"] = seconds(v.wait), strconv.FormatInt(v.wait.Milliseconds()+1, 10)
	}
	return h
}

func (b *bucket) describe(h map[string]string, name string) {
	limit, remaining, reset := "-1", "-1", "0"
	if b.perMinute > 0 {
		limit = strconv.Itoa(int(b.perMinute))
		remaining = strconv.Itoa(int(b.level))
		reset = seconds(time.Duration((b.perMinute - b.level) / b.perMinute * float64(time.Minute)))
	}
	h["x-ratelimit-limit-"+name] = limit
	h["x-ratelimit-remaining-"+name] = remaining
	h["x-ratelimit-reset-"+name] = reset
	h["x-ratelimit-renewalperiod-"+name] = "60"
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
