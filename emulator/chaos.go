package emulator

import (
	"math/rand/v2"
	"net/http"
	"sync/atomic"
	"time"
)

// chaosFaults are those that [Config.Chaos] draws from, by their codes.
var chaosFaults = []string{"429-1s", "429-bare", "500", "503", "502", "html", "reset", "cut", "cut-early", "stall-2s"}

// chaos makes requests fail at random, the n-th always in the same way.
type chaos struct {
	asked  atomic.Uint64
	faults map[string]fault
}

// draw is the code of the next request's fault, or "".
func (e *Emulator) draw() string {
	if e.cfg.Chaos <= 0 {
		return ""
	}
	r := rand.New(rand.NewPCG(e.cfg.Seed, e.chaos.asked.Add(1)))
	if r.Float64() >= e.cfg.Chaos {
		return ""
	}
	return chaosFaults[r.IntN(len(chaosFaults))]
}

// troubled wraps the service's handler: a fault that waits answers first, then
// one that chance wants.
func (e *Emulator) troubled(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		f := e.faults.next("openai")
		if f == nil {
			f = e.chaos.faults[e.draw()]
		}
		if f != nil {
			f(e, w, r)
			return
		}
		h(w, r)
	}
}

// shortSilence says nothing for a while, then breaks off.
func shortSilence(d time.Duration) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		if pause(r.Context(), d) {
			reset(nil, w, r)
		}
	}
}
