package pace

import (
	"context"
	"errors"
	"math"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// turn takes a turn that must be given at once.
func turn(t *testing.T, p *Pacer, tokens int64) *Turn {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	got, err := p.Turn(ctx, tokens)
	if err != nil {
		t.Fatalf("no turn: %v, %+v", err, p.State())
	}
	return got
}

// TestHerd: until the first answer is there, only a few requests are under way.
func TestHerd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := New(Limits{})
		turns := []*Turn{turn(t, p, 1), turn(t, p, 1), turn(t, p, 1), turn(t, p, 1)}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if _, err := p.Turn(ctx, 1); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the fifth: %v", err)
		}
		turns[2].Answered(http.StatusOK, http.Header{})
		for range firstWindow - herd {
			turns = append(turns, turn(t, p, 1))
		}
		for _, u := range turns {
			u.Done(0)
		}
		if s := p.State(); s.Running != 0 || s.Waiting != 0 || s.Requests != firstWindow {
			t.Errorf("%+v", s)
		}
	})
}

// TestOrder: first come, first served, but what was refused comes before all
// that is new.
func TestOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := New(Limits{Concurrency: 1})
		first := turn(t, p, 1)
		var got []int
		var wg sync.WaitGroup
		wait := func(i int, enter func(context.Context) (*Turn, error)) {
			wg.Go(func() {
				u, err := enter(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				got = append(got, i)
				time.Sleep(time.Second)
				u.Answered(http.StatusOK, http.Header{})
				u.Done(1)
			})
			synctest.Wait()
		}
		fresh := func(ctx context.Context) (*Turn, error) { return p.Turn(ctx, 1) }
		wait(1, fresh)
		wait(2, fresh)
		first.Refused(http.Header{}, 0)
		first.Done(0)
		wait(0, first.Again)
		wait(3, fresh)
		wg.Wait()
		if !slices.Equal(got, []int{0, 1, 2, 3}) {
			t.Errorf("order %v", got)
		}
	})
}

// TestCancelled: who waits and leaves takes nothing and holds up nobody.
func TestCancelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := New(Limits{})
		running := []*Turn{turn(t, p, 1), turn(t, p, 1), turn(t, p, 1), turn(t, p, 1)}
		ctx, cancel := context.WithCancelCause(t.Context())
		tired := errors.New("tired")
		var wg sync.WaitGroup
		for range 1000 {
			wg.Go(func() {
				if _, err := p.Turn(ctx, 1); !errors.Is(err, tired) {
					t.Errorf("the error is %v", err)
				}
			})
		}
		synctest.Wait()
		if s := p.State(); s.Waiting != 1000 {
			t.Errorf("before: %+v", s)
		}
		cancel(tired)
		wg.Wait()
		if _, err := p.Turn(ctx, 1); !errors.Is(err, tired) {
			t.Errorf("after the end: %v", err)
		}
		for _, u := range running {
			u.Done(0)
			u.Done(0)
		}
		if s := p.State(); s.Waiting != 0 || s.Running != 0 || p.alarm.at != 0 {
			t.Errorf("left: %+v, alarm at %v", s, p.alarm.at)
		}
		turn(t, p, 1).Done(1)
	})
}

// TestOneTooLarge: a request that is larger than a whole minute's tokens is
// let through when the bucket is full. That the service wants it to wait for a
// day must not stop the others.
func TestOneTooLarge(t *testing.T) {
	t.Parallel()
	for name, header := range map[string]describer{"honest": honest, "silent": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			jobs := makeJobs(500, 1)
			jobs[200].estimate, jobs[200].cost = 500e3, 500e3
			s := bucketed(0, 100e3)
			s.header = header
			s.advice = func(blamed string) http.Header {
				if len(s.sends) == 200 {
					return http.Header{"Retry-After": {"86400"}, "X-Ratelimit-Type": {"Tokens"}}
				}
				return oneSecond(blamed)
			}
			r := s.paced(t, Limits{}, jobs)
			r.ideal = bucketed(0, 100e3).ideal(slices.Delete(jobs, 200, 201)) + minute
			r.within(t, 1.3, 4)
		})
	}
}

// TestOwnLimits: the user's limits hold in any 60 s, however wrong the
// estimates are, and are used.
func TestOwnLimits(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		limits Limits
		least  float64 // of the limit, that is used
	}{
		"concurrency": {Limits{Concurrency: 5}, 0},
		"one":         {Limits{Concurrency: 1}, 0},
		"requests":    {Limits{Requests: 90}, 0.95},
		"fraction":    {Limits{Requests: 20.5}, 0.9},
		"tokens":      {Limits{Tokens: 60e3}, 0.6},
		"all":         {Limits{Concurrency: 20, Requests: 100, Tokens: 100e3}, 0.6},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &service{header: minusOne}
			r := s.paced(t, c.limits, makeJobs(1000, 1))
			if c.limits.Concurrency > 0 && r.most > c.limits.Concurrency {
				t.Errorf("%d at the same time", r.most)
			}
			requests, tokens := mostInAMinute(r.sends)
			t.Logf("%v; at most %v requests and %v tokens in 60 s", r, requests, tokens)
			if c.limits.Requests > 0 && requests > c.limits.Requests || c.limits.Tokens > 0 && tokens > c.limits.Tokens {
				t.Errorf("%v requests and %v tokens within 60 s", requests, tokens)
			}
			used := max(requests/c.limits.Requests, tokens/c.limits.Tokens)
			if !math.IsInf(used, 0) && used < c.least {
				t.Errorf("only %v of the limits were used", used)
			}
		})
	}
}

// mostInAMinute is the most that arrived within any 60 s. The service sees what
// was sent up to 30 ms later, which is taken off.
func mostInAMinute(sends []event) (requests, tokens float64) {
	slices.SortFunc(sends, func(a, b event) int { return int(1e9 * (a.at - b.at)) })
	var sum float64
	from := 0
	for i, e := range sends {
		sum += e.tokens
		for sends[from].at <= e.at-minute+0.03 {
			sum -= sends[from].tokens
			from++
		}
		requests, tokens = max(requests, float64(i-from+1)), max(tokens, sum)
	}
	return requests, tokens
}

func TestLargerThanOwnLimit(t *testing.T) {
	t.Parallel()
	p := New(Limits{Tokens: 1000})
	_, err := p.Turn(t.Context(), 1001)
	if _, ok := errors.AsType[*TooLargeError](err); !ok {
		t.Errorf("the error is %v", err)
	}
	u, err := p.Turn(t.Context(), 1000)
	if err != nil {
		t.Fatal(err)
	}
	u.Done(0)
}

// TestWindow: the window opens where that brings more, and not where it only
// makes the service slower.
func TestWindow(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		servers     float64
		least, most int
	}{
		"serves 20 at the same time":  {20, 10, 80},
		"serves 100 at the same time": {100, 50, 400},
		"serves all":                  {1e9, 512, 1024},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &service{header: minusOne, servers: c.servers}
			jobs := makeJobs(20000, 1)
			r := s.paced(t, Limits{}, jobs)
			t.Logf("%v, window %d", r, r.state.Concurrency)
			if w := r.state.Concurrency; w < c.least || w > c.most {
				t.Errorf("the window is %d, want %d to %d", w, c.least, c.most)
			}
		})
	}
}

// TestFailures: few failures hardly matter, and a service that is down is left
// alone.
func TestFailures(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fail          func(now float64, i int) bool
		ratio, failed float64
	}{
		"some": {func(now float64, i int) bool { return math.Mod(now*1e3, 100) < 1 }, 1.2, 0.03},
		"down": {func(now float64, _ int) bool { return now > 60 && now < 180 }, 1.4, 0.05},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := bucketed(600, 0)
			failed := 0.0
			s.fail = func(now float64, i int) bool {
				if !c.fail(now, i) {
					return false
				}
				failed++
				return true
			}
			jobs := makeJobs(3000, 1)
			r := s.paced(t, Limits{}, jobs)
			r.ideal = bucketed(600, 0).ideal(jobs) + minute
			r.within(t, c.ratio, 1)
			t.Logf("%v failed", failed)
			if failed > c.failed*float64(len(jobs)) {
				t.Errorf("%v failures", failed)
			}
		})
	}
}

// TestShared: several processes, as of a job matrix, share a deployment
// without knowing of each other.
func TestShared(t *testing.T) {
	t.Parallel()
	jobs := makeJobs(3000, 1)
	s := bucketed(300, 0)
	var r result
	synctest.Test(t, func(t *testing.T) {
		pacers := []*Pacer{New(Limits{}), New(Limits{}), New(Limits{}), New(Limits{})}
		r = s.run(2000, jobs, func(j job) { s.turns(t, pacers[j.i%len(pacers)], j) })
	})
	r.ideal = bucketed(300, 0).ideal(jobs)
	r.within(t, 1.2, 3)
}
