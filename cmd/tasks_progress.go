package cmd

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/keyless-inference/action/actions"
	"github.com/keyless-inference/action/bulk"
)

// How often people are told how far a run is: on a terminal the bar moves, in a log
// each time is a line that stays.
const (
	barEvery  = 200 * time.Millisecond
	lineEvery = 10 * time.Second
)

// A watch tells how far a run is, until it is stopped.
type watch struct {
	run    *bulk.Run
	runner *actions.Runner
	quit   chan struct{}
	gone   sync.WaitGroup

	mu   sync.Mutex
	bar  *progressbar.ProgressBar // nil: there is no terminal
	last bulk.Moment
}

func newWatch(run *bulk.Run, runner *actions.Runner, stderr io.Writer) *watch {
	w := &watch{run: run, runner: runner, quit: make(chan struct{})}
	if isTerminal(stderr) && !runner.OnGitHub() {
		w.bar = progressbar.NewOptions(-1, progressbar.OptionSetWriter(stderr), progressbar.OptionSetWidth(30),
			progressbar.OptionShowCount(), progressbar.OptionSetPredictTime(false), progressbar.OptionSetElapsedTime(false),
			progressbar.OptionClearOnFinish())
	}
	return w
}

// start begins to tell.
func (w *watch) start() {
	every := lineEvery
	if w.bar != nil {
		every = barEvery
	}
	w.gone.Go(func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				w.show(w.run.Moment())
			case <-w.quit:
				return
			}
		}
	})
}

// stop ends it, and wipes the bar away.
func (w *watch) stop() {
	close(w.quit)
	w.gone.Wait()
	if w.bar != nil {
		_ = w.bar.Clear()
	}
}

// note puts a line into the log, above the bar.
func (w *watch) note(line string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.bar != nil {
		_ = w.bar.Clear()
	}
	w.runner.Logf("%s", line)
}

func (w *watch) show(m bulk.Moment) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.bar == nil {
		if m.Done() != w.last.Done() || m.Running != w.last.Running || m.Refused != w.last.Refused {
			w.runner.Logf("%d of %d done, %s", m.Done(), m.Total, aside(m))
		}
		w.last = m
		return
	}
	w.bar.ChangeMax(max(m.Total, m.Done(), 1))
	_ = w.bar.Set(m.Done())
	w.bar.Describe(aside(m) + " ")
}

// aside is what to know of a moment besides how much is done.
func aside(m bulk.Moment) string {
	parts := []string{}
	if m.Refused > 0 {
		parts = append(parts, fmt.Sprintf("%d refused by the rate limit", m.Refused))
	}
	if m.Failed > 0 {
		parts = append(parts, fmt.Sprintf("%d failed", m.Failed))
	}
	parts = append(parts, fmt.Sprintf("%d under way", m.Running))
	if rest := m.Total - m.Done() - m.Running; rest > 0 {
		parts = append(parts, fmt.Sprintf("%d waiting", rest))
	}
	if m.Tokens >= 1 {
		parts = append(parts, fmt.Sprintf("%.0f tokens/s", m.Tokens))
	}
	if left := m.Left; left > 0 {
		parts = append(parts, left.Round(time.Second).String()+" left")
	}
	return strings.Join(parts, ", ")
}
