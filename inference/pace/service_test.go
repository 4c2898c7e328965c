package pace

import (
	"math"
	"net/http"
	"strconv"
	"testing"
)

// TestServices: what other services do than to fill a bucket evenly and to
// tell the truth. The bounds are what is reached, with a margin.
func TestServices(t *testing.T) {
	t.Parallel()
	for _, c := range services() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, rpm := range []float64{60, 300, 1000} {
				jobs := makeJobs(max(1000, 5*int(rpm)), 1)
				r := c.each(rpm).paced(t, Limits{}, jobs)
				r.ideal = c.each(rpm).ideal(jobs)
				r.within(t, c.ratio, c.percent)
			}
		})
	}
}

type serviceCase struct {
	name           string
	ratio, percent float64 // bounds
	each           func(rpm float64) *service
}

func services() []serviceCase {
	return []serviceCase{
		// What can be known of a window is when it is over; until then
		// each try is refused, and what was not used in it is lost.
		{"a counter of requests a minute", 1.4, 1.5, counted(60, 0, false, honest, exhausted)},
		{"a counter of requests a minute that ends soon", 1.5, 1.5, counted(60, 40, false, honest, exhausted)},
		{"a counter of tokens a minute", 1.7, 1, counted(60, 0, true, honest, exhausted)},
		{"a counter of requests without headers", 1.3, 7.5, counted(60, 0, false, nil, oneSecond)},
		{"requests in windows of 10 s", 1.2, 1.2, counted(10, 3, false, honest, exhausted)},

		{"requests without headers", 1.05, 1.5, filled(false, nil, silent)},
		{"tokens without headers", 1.05, 2.5, filled(true, nil, silent)},
		{"requests with -1", 1.05, 1.5, filled(false, minusOne, oneSecond)},
		{"tokens with -1", 1.05, 2.5, filled(true, minusOne, oneSecond)},

		{"requests said to be few", 1.15, 0.2, filled(false, lying(0.005), exhausted)},
		{"tokens said to be few", 1.15, 0.2, filled(true, lying(0.005), exhausted)},
		{"requests said to be many", 1.05, 1, filled(false, lying(0.95), exhausted)},
		{"tokens said to be many", 1.3, 1.5, filled(true, lying(0.95), exhausted)},

		{"another client takes half of the requests", 1.05, 0.5, changed(false, honest, exhausted, nil, halfTaken)},
		{"another client takes half of the tokens", 1.05, 0.5, changed(true, honest, exhausted, nil, halfTaken)},
		{"requests fall to a third", 1.05, 0.5, changed(false, honest, exhausted, third, nil)},
		{"tokens fall to a third", 1.05, 0.5, changed(true, honest, exhausted, third, nil)},
		{"tokens fall to a third without headers", 1.2, 4, changed(true, nil, oneSecond, third, nil)},

		{"a storm of 429", 1.25, 1, stormy},
		{"a bucket that is empty at first", 1.15, 1, drained},
	}
}

// tokensOf is a quota of tokens for so many requests.
func tokensOf(rpm float64) float64 { return rpm * 1100 }

type describer func(s *service, now float64, h http.Header)

type adviser func(blamed string) http.Header

// budget gives the service m for its tokens or its requests.
func (s *service) budget(tokens bool, m meter) *service {
	if tokens {
		s.tokens = m
	} else {
		s.requests = m
	}
	return s
}

func quotaOf(tokens bool, rpm float64) float64 {
	if tokens {
		return tokensOf(rpm)
	}
	return rpm
}

func counted(window, phase float64, tokens bool, h describer, a adviser) func(float64) *service {
	return func(rpm float64) *service {
		s := &service{header: h, advice: a}
		return s.budget(tokens, &counter{limit: quotaOf(tokens, rpm), window: window, phase: phase})
	}
}

func filled(tokens bool, h describer, a adviser) func(float64) *service {
	return changed(tokens, h, a, nil, nil)
}

func changed(tokens bool, h describer, a adviser, cut, thirst func(float64) float64) func(float64) *service {
	return func(rpm float64) *service {
		k := newKettle(quotaOf(tokens, rpm))
		k.cut, k.thirst = cut, thirst
		s := &service{header: h, advice: a}
		return s.budget(tokens, k)
	}
}

func halfTaken(now float64) float64 {
	if now < 120 {
		return 0
	}
	return 0.5
}

func third(now float64) float64 {
	if now > 120 && now < 420 {
		return 1.0 / 3
	}
	return 1
}

// stormy refuses all for two minutes, whatever is in its bucket.
func stormy(rpm float64) *service {
	s := filled(false, honest, oneSecond)(rpm)
	s.refuse = func(now float64) bool { return now > 100 && now < 220 }
	return s
}

// drained was used up by an earlier job.
func drained(rpm float64) *service {
	return &service{header: honest, advice: exhausted, requests: &kettle{limit: rpm}}
}

func minusOne(_ *service, _ float64, h http.Header) {
	for _, n := range names {
		h.Set(n.limit, "-1")
		h.Set(n.left, "-1")
	}
}

// lying says that about the same share remains, whatever was taken.
func lying(share float64) describer {
	return func(s *service, now float64, h http.Header) {
		honest(s, now, h)
		for k, m := range []meter{s.requests, s.tokens} {
			if m != nil {
				left := m.perMinute(now) * share * (1 + 0.04*math.Sin(7*now))
				h.Set(names[k].left, strconv.Itoa(int(left)))
			}
		}
	}
}

func silent(string) http.Header { return http.Header{} }

func oneSecond(string) http.Header {
	return http.Header{"Retry-After": {"1"}, "Retry-After-Ms": {"0"}}
}
