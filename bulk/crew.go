package bulk

import "sync"

// A crew does work in goroutines that wait for more when they are done: a new one
// for each request would grow its stack anew each time, which takes longer than to
// read a small answer.
type crew struct {
	waiting chan func()
	over    chan struct{} // closed by dismiss
}

func newCrew() *crew { return &crew{make(chan func()), make(chan struct{})} }

// do does it, and counts it in under until it is done.
func (c *crew) do(under *sync.WaitGroup, it func()) {
	under.Add(1)
	counted := func() {
		defer under.Done()
		it()
	}
	select {
	case c.waiting <- counted:
	default:
		go c.labour(counted)
	}
}

func (c *crew) labour(next func()) {
	for {
		next()
		select {
		case next = <-c.waiting:
		case <-c.over:
			return
		}
	}
}

// dismiss lets those go that wait. Nothing must be under way.
func (c *crew) dismiss() { close(c.over) }
