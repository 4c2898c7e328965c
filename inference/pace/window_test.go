package pace

import "testing"

// TestWindowOfOne: a service that brings nothing more in a second round than in
// the first, as one at a time does, leaves the window open.
func TestWindowOfOne(t *testing.T) {
	t.Parallel()
	for _, limit := range []int{1, 2, 8, 0} {
		w := newWindow(limit)
		w.full = true // from the first request on, as with a limit of 1
		for i := range 1000 {
			w.finished(served, 0.05*float64(i+1))
			if w.room() < 1 {
				t.Fatalf("limit %d: closed after %d requests", limit, i+1)
			}
		}
	}
}
