package emulator

import (
	"strconv"
	"time"
)

// headers are the rate limit headers as the service sends them since April
// 2026, or what a deployment's Headers makes of them. A deployment without a limit
// shows -1, as some of Azure's answers do. When the tokens are used up, the service
// advises to come back after 1 s, and after 0 ms, and says that the tokens are
// back in 0 s, whatever its text says.
func (b *buckets) headers(d Deployment, v verdict) map[string]string {
	if d.Headers == "none" {
		return nil
	}
	h := map[string]string{"X-Ratelimit-Key": d.Name, "X-Ratelimit-Abusepenalty-Active": "False"}
	b.requests.describe(h, "Requests", d.Headers)
	b.tokens.describe(h, "Tokens", d.Headers)
	switch {
	case d.Headers == "negative":
	case v.exceeded == "token":
		h["X-Ratelimit-Type"] = "Tokens"
		h["X-Ratelimit-Remaining-Tokens"], h["X-Ratelimit-Reset-Tokens"] = "0", "0"
		h["Retry-After"], h["Retry-After-Ms"] = "1", "0"
		if v.wait == never {
			h["Retry-After"], h["Retry-After-Ms"] = seconds(never), strconv.FormatInt(never.Milliseconds(), 10)
		}
	case v.exceeded == "call":
		h["X-Ratelimit-Type"] = "Requests"
		h["Retry-After"], h["Retry-After-Ms"] = seconds(v.wait), strconv.FormatInt(v.wait.Milliseconds()+1, 10)
	}
	return h
}

// lowly is by what "low" divides what remains: somebody measured 0.55 % shown at
// half the load.
const lowly = 100

// describe adds the headers of one bucket. The limit is that of a minute, also
// where the requests have a shorter period.
func (b *bucket) describe(h map[string]string, name, style string) {
	limit, remaining, reset := "-1", "-1", "0"
	if b.perMinute > 0 && style != "negative" {
		left := b.level
		if style == "low" {
			left /= lowly
		}
		limit = strconv.Itoa(int(b.perMinute))
		remaining = strconv.Itoa(int(left))
		reset = seconds(b.full())
	}
	h["X-Ratelimit-Limit-"+name] = limit
	h["X-Ratelimit-Remaining-"+name] = remaining
	h["X-Ratelimit-Reset-"+name] = reset
	h["X-Ratelimit-Renewalperiod-"+name] = "60"
	if b.period > 0 {
		h["X-Ratelimit-Renewalperiod-"+name] = seconds(b.period)
	}
}

// full is how long it takes until the bucket is full.
func (b *bucket) full() time.Duration {
	if b.period > 0 {
		return max(0, b.at.Add(b.period).Sub(b.seen))
	}
	return time.Duration((b.perMinute - b.level) / b.perMinute * float64(time.Minute))
}
