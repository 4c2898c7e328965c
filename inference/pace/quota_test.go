package pace

import (
	"fmt"
	"testing"
)

// TestQuotas: a bucket that is full at first and fills evenly, headers that
// tell the truth, latencies of 0.2 to 10 s, costs that the estimate misses by
// -30 to +50 %. However large the quota: at most 1.05 times the time that it
// takes at best, and at most 1 % refused. go test -v shows the same for pools
// of fixed sizes.
func TestQuotas(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rpm, tpm float64
		requests int
	}{
		{60, 0, 1000},
		{300, 0, 1000},
		{600, 0, 1000},
		{1000, 0, 5000},
		{3000, 0, 20000},
		{10000, 0, 60000},
		{0, 10e3, 1000},
		{0, 60e3, 1000},
		{0, 300e3, 1000},
		{0, 500e3, 3000},
		{0, 3e6, 10000},
		{60, 60e3, 1000},
		{1800, 300e3, 1000},
	} {
		t.Run(fmt.Sprintf("rpm %g, tpm %g", c.rpm, c.tpm), func(t *testing.T) {
			t.Parallel()
			fresh := func() *service { return bucketed(c.rpm, c.tpm) }
			jobs := makeJobs(c.requests, 1)
			best := fresh().ideal(jobs)
			r := fresh().paced(t, Limits{}, jobs)
			r.ideal = best
			r.within(t, 1.05, 1)
			for _, n := range []int{4, 16, 64} {
				if testing.Verbose() && c.requests <= 1000 {
					r := fresh().pool(t, n, jobs)
					r.ideal = best
					t.Logf("pool of %2d: %v", n, r)
				}
			}
		})
	}
}

// bucketed is a service with buckets and honest headers; 0 is no limit.
func bucketed(rpm, tpm float64) *service {
	s := &service{header: honest, advice: exhausted}
	if rpm > 0 {
		s.requests = newKettle(rpm)
	}
	if tpm > 0 {
		s.tokens = newKettle(tpm)
	}
	return s
}

// TestSlowStartCosts: where the quota is far beyond what is asked, the slow
// start is all that counts: it doubles from 8 on and costs seconds.
func TestSlowStartCosts(t *testing.T) {
	t.Parallel()
	jobs := makeJobs(1000, 1)
	r := bucketed(10000, 0).paced(t, Limits{}, jobs)
	r.ideal = bucketed(10000, 0).ideal(jobs)
	r.within(t, 3, 0)
}

// TestCrookedEstimates: the price of our tokens is learned, whatever it is.
func TestCrookedEstimates(t *testing.T) {
	t.Parallel()
	for _, bias := range []float64{0.25, 0.7, 2, 4} {
		t.Run(fmt.Sprint(bias), func(t *testing.T) {
			t.Parallel()
			jobs := makeJobs(1000, bias)
			r := bucketed(0, 200e3*bias).paced(t, Limits{}, jobs)
			r.ideal = bucketed(0, 200e3*bias).ideal(jobs)
			r.within(t, 1.05, 1)
		})
	}
}
