package pace

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A service is a simulated deployment. All chance comes from the number of a
// request, so a run is the same each time.
type service struct {
	requests, tokens meter // nil: no limit
	header           func(s *service, now float64, h http.Header)
	refuse           func(now float64) bool          // 429s of another cause
	fail             func(now float64, i int) bool   // 5xx
	servers          float64                         // requests beyond these slow each other down; 0: none
	advice           func(blamed string) http.Header // of a 429

	mu       sync.Mutex
	start    time.Time
	sends    []event
	refused  int
	admitted int
	running  int
	most     int
}

type event struct{ at, tokens float64 }

// A meter is how a service counts one of its budgets.
type meter interface {
	take(now, n float64) bool
	left(now float64) float64
	perMinute(now float64) float64
}

// A kettle is a bucket that is full at first and fills evenly.
type kettle struct {
	limit, level, at float64
	cut              func(now float64) float64 // a share of the limit at a time
	thirst           func(now float64) float64 // others' part of what flows in
}

func newKettle(limit float64) *kettle { return &kettle{limit: limit, level: limit} }

func (k *kettle) perMinute(now float64) float64 {
	if k.cut != nil {
		return k.limit * k.cut(now)
	}
	return k.limit
}

func (k *kettle) fill(now float64) {
	limit := k.perMinute(now)
	flow := limit / 60
	if k.thirst != nil {
		flow *= 1 - k.thirst(now)
	}
	k.level, k.at = min(limit, k.level+flow*(now-k.at)), now
}

func (k *kettle) take(now, n float64) bool {
	k.fill(now)
	if k.level+1e-6 < n {
		return false
	}
	k.level -= n
	return true
}

func (k *kettle) left(now float64) float64 { k.fill(now); return max(0, k.level) }

// A counter is reset at the end of each window.
type counter struct{ limit, window, phase, used, nth float64 }

func (c *counter) perMinute(float64) float64 { return c.limit }

func (c *counter) turn(now float64) {
	if n := math.Floor((now + c.phase) / c.window); n != c.nth {
		c.nth, c.used = n, 0
	}
}

func (c *counter) take(now, n float64) bool {
	c.turn(now)
	if c.used+n > c.limit*c.window/60+1e-6 {
		return false
	}
	c.used += n
	return true
}

func (c *counter) left(now float64) float64 { c.turn(now); return c.limit*c.window/60 - c.used }

// A job is one request of the simulation.
type job struct {
	i         int
	estimate  int64
	cost      float64
	net, work time.Duration
}

// makeJobs: latencies of 0.2 to 10 s, most of them short; costs that the
// estimate misses by -30 to +50 %.
func makeJobs(n int, bias float64) []job {
	jobs := make([]job, n)
	for i := range jobs {
		r := rand.New(rand.NewPCG(uint64(i), 7))
		estimate := 200 + r.IntN(1800)
		u := r.Float64()
		jobs[i] = job{
			i, int64(estimate), math.Ceil(float64(estimate) * bias * (0.7 + 0.8*r.Float64())),
			time.Duration(5e6 + 25e6*r.Float64()), time.Duration(0.2e9 + 9.8e9*u*u),
		}
	}
	return jobs
}

func (s *service) now() float64 { return time.Since(s.start).Seconds() }

func take(m meter, now, n float64) bool { return m == nil || m.take(now, n) }

// ask is one attempt of j.
func (s *service) ask(j job) (status int, h http.Header) {
	time.Sleep(j.net)
	status, h = s.admit(j)
	if status == 200 {
		time.Sleep(s.work(j))
	} else {
		time.Sleep(30*time.Millisecond + j.net)
	}
	s.mu.Lock()
	s.running--
	s.mu.Unlock()
	return status, h
}

// work is how long the answer takes.
func (s *service) work(j job) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.servers == 0 {
		return j.work
	}
	return time.Duration(float64(j.work) * max(1, float64(s.running)/s.servers))
}

func (s *service) admit(j job) (int, http.Header) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	s.running++
	s.most = max(s.most, s.running)
	blamed := ""
	switch {
	case s.fail != nil && s.fail(now, j.i):
		return 500, http.Header{}
	case s.refuse != nil && s.refuse(now):
		blamed = "?"
	case s.requests != nil && s.requests.left(now) < 1:
		blamed = "Requests"
	case !take(s.tokens, now, j.cost):
		blamed = "Tokens"
	default:
		take(s.requests, now, 1)
	}
	h := http.Header{}
	if s.header != nil {
		s.header(s, now, h)
	}
	if blamed == "" {
		s.admitted++
		s.sends = append(s.sends, event{now, j.cost})
		return 200, h
	}
	s.refused++
	if s.advice != nil {
		maps.Copy(h, s.advice(blamed))
	}
	return 429, h
}

// honest headers.
func honest(s *service, now float64, h http.Header) {
	describe(h, "requests", s.requests, now)
	describe(h, "tokens", s.tokens, now)
}

func describe(h http.Header, name string, m meter, now float64) {
	limit, left := "-1", "-1"
	if m != nil {
		limit, left = strconv.Itoa(int(m.perMinute(now))), strconv.Itoa(int(m.left(now)))
	}
	h.Set("x-ratelimit-limit-"+name, limit)
	h.Set("x-ratelimit-remaining-"+name, left)
	period := "60"
	if c, ok := m.(*counter); ok && c.window < 60 {
		period = strconv.Itoa(int(c.window))
	}
	h.Set("x-ratelimit-renewalperiod-"+name, period)
}

// exhausted is the advice of a real 429.
func exhausted(blamed string) http.Header {
	h := http.Header{}
	h.Set("retry-after", "1")
	h.Set("retry-after-ms", "0")
	if blamed != "?" {
		h.Set("x-ratelimit-type", blamed)
	}
	if blamed == "Tokens" {
		h.Set("x-ratelimit-remaining-tokens", "0")
	}
	return h
}

// reading is what the client makes of an advice: a minute for tokens, whose
// bucket renews in that time.
func reading(h http.Header) time.Duration {
	if h.Get("x-ratelimit-type") == "Tokens" && h.Get("retry-after") == "1" {
		return time.Minute
	}
	n, _ := strconv.Atoi(h.Get("retry-after"))
	return time.Duration(n) * time.Second
}

// A result is how a run went.
type result struct {
	took, ideal    float64
	refused, asked int
	most           int
	state          State
	sends          []event
}

func (r result) ratio() float64 { return r.took / r.ideal }

// percent is the share of refused requests.
func (r result) percent() float64 { return 100 * float64(r.refused) / float64(r.asked) }

func (r result) String() string {
	return fmt.Sprintf("%7.1f s, ideal %7.1f s, ratio %.3f, refused %4d of %5d (%.2f %%), at most %4d at once",
		r.took, r.ideal, r.ratio(), r.refused, r.asked, r.percent(), r.most)
}

// within checks a result against its bounds.
func (r result) within(t *testing.T, ratio, percent float64) {
	t.Helper()
	t.Log(r)
	if r.ratio() > ratio {
		t.Errorf("took %.3f times the ideal, at most %.3f are allowed", r.ratio(), ratio)
	}
	if r.percent() > percent {
		t.Errorf("%.2f %% were refused, at most %.2f are allowed", r.percent(), percent)
	}
}

// ideal is when the last answer arrives if each request is sent in the very
// moment in which the service admits it, in the order of jobs; who changes the
// order may be a little faster. It uses s up.
func (s *service) ideal(jobs []job) (end float64) {
	at := 0.0
	for _, j := range jobs {
		for !s.admits(at, j.cost) {
			at += 0.01
		}
		take(s.requests, at, 1)
		take(s.tokens, at, j.cost)
		end = max(end, at+j.work.Seconds()+j.net.Seconds())
	}
	return end
}

func (s *service) admits(now, cost float64) bool {
	return (s.refuse == nil || !s.refuse(now)) &&
		(s.requests == nil || s.requests.left(now) >= 1) &&
		(s.tokens == nil || s.tokens.left(now) >= cost)
}

// paced runs jobs through a pacer.
func (s *service) paced(t *testing.T, limits Limits, jobs []job) (r result) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := New(limits)
		r = s.run(2000, jobs, func(j job) { s.turns(t, p, j) })
		r.state = p.State()
		if r.state.Running != 0 || r.state.Waiting != 0 {
			t.Errorf("left: %+v", r.state)
		}
	})
	return r
}

// turns asks until j is answered.
func (s *service) turns(t *testing.T, p *Pacer, j job) {
	turn, err := p.Turn(t.Context(), j.estimate)
	for err == nil {
		status, h := s.ask(j)
		wait := reading(h)
		if status == http.StatusTooManyRequests {
			turn.Refused(h, wait)
			turn.Done(0)
		} else {
			turn.Answered(status, h)
			turn.Done(int64(j.cost))
		}
		if status == http.StatusOK || wait > time.Hour {
			return
		}
		turn, err = turn.Again(t.Context())
	}
	t.Error(err)
}

// pool runs jobs through n workers that wait after a 429 as they are told.
func (s *service) pool(t *testing.T, n int, jobs []job) (r result) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r = s.run(n, jobs, func(j job) {
			for try := uint64(1); ; try++ {
				status, h := s.ask(j)
				if status == http.StatusOK {
					return
				}
				jitter := 1 + rand.New(rand.NewPCG(uint64(j.i), try)).Float64()/10
				time.Sleep(time.Duration(jitter * float64(max(time.Second, reading(h)))))
			}
		})
	})
	return r
}

// run does jobs in order, n at the same time.
func (s *service) run(n int, jobs []job, do func(job)) result {
	s.start = time.Now()
	next := make(chan job, len(jobs))
	for _, j := range jobs {
		next <- j
	}
	close(next)
	var wg sync.WaitGroup
	for range min(n, len(jobs)) {
		wg.Go(func() {
			for j := range next {
				do(j)
			}
		})
		synctest.Wait() // so that they begin in order
	}
	wg.Wait()
	return result{took: s.now(), refused: s.refused, asked: s.refused + s.admitted, most: s.most, sends: s.sends}
}
