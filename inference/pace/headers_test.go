package pace

import (
	"math"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

func TestRead(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		limit, left, period string
		want                quote
	}{
		"all":             {"5000", "4000", "60", quote{5000, 4000, 60}},
		"used up":         {"5000", "0", "60", quote{5000, 0, 60}},
		"no period":       {"5000", "4000", "", quote{5000, 4000, 10}},
		"no such period":  {"5000", "4000", "86400", quote{5000, 4000, 10}},
		"no remaining":    {"5000", "", "60", quote{5000, -1, 60}},
		"minus one":       {"-1", "-1", "60", quote{left: -1}},
		"zero":            {"0", "0", "60", quote{left: -1}},
		"nothing":         {"", "", "", quote{left: -1}},
		"nonsense":        {"many", "6ms", "NaN", quote{left: -1}},
		"remaining alone": {"", "17", "10", quote{left: -1}},
	} {
		h := http.Header{}
		h.Set("x-ratelimit-limit-requests", c.limit)
		h.Set("x-ratelimit-remaining-requests", c.left)
		h.Set("x-ratelimit-renewalperiod-requests", c.period)
		if got := read(h, byRequests); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestBlamed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kind, requests, tokens string
		want                   [kinds]blame
	}{
		"tokens by name":             {"Tokens", "4", "0", [kinds]blame{nobody, named}},
		"tokens by name, said full":  {"tokens", "0", "90", [kinds]blame{nobody, named}},
		"requests by name":           {"Requests", "0", "90", [kinds]blame{named, nobody}},
		"no requests are left":       {"", "0", "90", [kinds]blame{named, nobody}},
		"nothing is left":            {"", "0", "0", [kinds]blame{named, named}},
		"nothing is said":            {"", "-1", "-1", [kinds]blame{suspect, suspect}},
		"an unknown kind, much left": {"Images", "90", "90", [kinds]blame{suspect, suspect}},
	} {
		h := http.Header{}
		h.Set("x-ratelimit-type", c.kind)
		for k, left := range []string{c.requests, c.tokens} {
			h.Set(names[k].limit, "100")
			h.Set(names[k].left, left)
		}
		if got := blamed(h); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// FuzzHeaders: whatever the headers say, the work goes on within a time that
// the smallest limit explains, and no figure is out of its mind.
func FuzzHeaders(f *testing.F) {
	f.Add("5000", "0", "60", "Tokens", uint8(0b0110), int64(300))
	f.Add("1", "1", "1", "", uint8(0b1011), int64(1))
	f.Add("-1", "-1", "x", "requests", uint8(0xff), int64(0))
	f.Add("9223372036854775807", "9223372036854775807", "10", "", uint8(0), int64(1<<62))
	f.Fuzz(func(t *testing.T, limit, left, period, kind string, refusals uint8, tokens int64) {
		synctest.Test(t, func(t *testing.T) {
			h := http.Header{}
			h.Set("x-ratelimit-type", kind)
			for _, n := range names {
				h.Set(n.limit, limit)
				h.Set(n.left, left)
				h.Set(n.period, period)
			}
			p := New(Limits{})
			start := time.Now()
			for i := range 16 {
				u, err := p.Turn(t.Context(), tokens)
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(50 * time.Millisecond)
				if refusals>>(i%8)&1 == 1 {
					u.Refused(h, time.Duration(i)*time.Hour)
				} else {
					u.Answered(http.StatusOK, h)
				}
				u.Done(tokens / 2)
			}
			s := p.State()
			if took := time.Since(start); took > time.Hour {
				t.Errorf("took %v: %+v", took, s)
			}
			for _, v := range []float64{s.RequestsPerMinute, s.TokensPerMinute} {
				if math.IsNaN(v) || v < 0 {
					t.Errorf("%+v", s)
				}
			}
		})
	})
}

func TestReadQuota(t *testing.T) {
	t.Parallel()
	none := Quota{-1, -1, -1, -1, 0, 0}
	for _, c := range []struct {
		headers map[string]string
		want    Quota
	}{
		{nil, none},
		{map[string]string{
			"x-ratelimit-limit-tokens": "30000", "x-ratelimit-remaining-tokens": "29990",
			"x-ratelimit-limit-requests": "30", "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "10",
		}, Quota{30000, 29990, 30, 0, 0, 10 * time.Second}},
		{map[string]string{"x-ratelimit-limit-tokens": "-1", "x-ratelimit-remaining-tokens": "many", "x-ratelimit-reset-tokens": "-5"}, none},
		{map[string]string{"x-ratelimit-limit-tokens": "9223372036854775807", "x-ratelimit-reset-tokens": "9223372036854775807"}, Quota{1 << 53, -1, -1, -1, 365 * 24 * time.Hour, 0}},
	} {
		h := http.Header{}
		for name, value := range c.headers {
			h.Set(name, value)
		}
		if got := ReadQuota(h); got != c.want {
			t.Errorf("%v: got %+v, want %+v", c.headers, got, c.want)
		}
	}
	if got := ReadQuota(nil); got != none {
		t.Errorf("no answer: got %+v", got)
	}
}
