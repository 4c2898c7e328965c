package bulk

import (
	"sync"
	"time"

	"github.com/keyless-inference/action/inference"
)

// Stats are the figures of a run, or of one of its tasks.
type Stats struct {
	Total    int // requests to be made; of embeddings, texts and chunks of texts; 0: not known yet
	Answered int // by this run
	Kept     int // answered by an earlier one, or found in the cache
	Cached   int // of these, those found in the cache
	Failed   int
	Cut      int // of the answered ones, those that the cap on their tokens cut off
	Unasked  int // when the run is over: those that it did not come to

	Requests int64 // HTTP requests
	Usage    inference.Usage
}

// Done is how many are over, whatever became of them.
func (s Stats) Done() int { return s.Answered + s.Kept + s.Failed }

// Add adds the figures of another task.
func (s *Stats) Add(t Stats) {
	s.Total += t.Total
	s.Answered += t.Answered
	s.Kept += t.Kept
	s.Cached += t.Cached
	s.Failed += t.Failed
	s.Cut += t.Cut
	s.Unasked += t.Unasked
	s.Requests += t.Requests
	s.Usage.Add(t.Usage)
}

// A Timeline is how much was done in each of equal parts of the run. It has at
// most [mostParts] parts: when they are full, each two become one.
type Timeline struct {
	Every  time.Duration // the length of a part
	Done   []int         // requests answered
	Tokens []int64
}

const (
	firstPart = time.Second
	mostParts = 60
)

// add notes work that was done at a time after the beginning.
func (t *Timeline) add(at time.Duration, done int, tokens int64) {
	if t.Every == 0 {
		t.Every = firstPart
	}
	for at >= t.Every*mostParts {
		t.halve()
	}
	for len(t.Done) <= int(at/t.Every) {
		t.Done, t.Tokens = append(t.Done, 0), append(t.Tokens, 0)
	}
	i := int(at / t.Every)
	t.Done[i] += done
	t.Tokens[i] += tokens
}

func (t *Timeline) halve() {
	n := (len(t.Done) + 1) / 2
	for i := range n {
		done, tokens := t.Done[2*i], t.Tokens[2*i]
		if 2*i+1 < len(t.Done) {
			done, tokens = done+t.Done[2*i+1], tokens+t.Tokens[2*i+1]
		}
		t.Done[i], t.Tokens[i] = done, tokens
	}
	t.Done, t.Tokens = t.Done[:n], t.Tokens[:n]
	t.Every *= 2
}

// A counter adds up what the requests of a task came to.
type counter struct {
	mu sync.Mutex
	Stats
}

func (c *counter) count(change func(*Stats)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(&c.Stats)
}

func (c *counter) stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.Stats
}
