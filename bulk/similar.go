package bulk

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/keyless-inference/action/vector"
)

// A query is a text whose neighbours are wanted.
type query struct {
	id     string
	chunk  int
	vector []float32
}

// similar says what is nearest to each of the task's texts.
func (e *embedding) similar() {
	if e.first() != nil {
		return
	}
	if err := e.nearest(); err != nil {
		e.fail(fmt.Errorf("similar: %w", err))
	}
}

func (e *embedding) nearest() error {
	root, name, err := e.r.File(e.what.Similar.To)
	if err != nil {
		return err
	}
	defer root.Close()
	vectors := make([][]float32, len(e.queries))
	for i, q := range e.queries {
		vectors[i] = q.vector
	}
	top := int(e.what.Similar.Top)
	hits, err := vector.Nearest(root, name, vectors, top)
	if err != nil {
		return err
	}
	near := map[string][]neighbour{}
	for i, q := range e.queries {
		near[q.id] = slices.Grow(near[q.id], len(hits[i])+1) // a text without any has a list, too
		for _, hit := range hits[i] {
			near[q.id] = append(near[q.id], neighbour{hit.ID, hit.Score, hit.Chunk, hit.Start, hit.End, hit.Metadata})
		}
	}
	return e.tell(near, top)
}

// tell writes the neighbours of each text, of one in chunks those of all its chunks.
func (e *embedding) tell(near map[string][]neighbour, top int) error {
	for _, id := range slices.Sorted(maps.Keys(near)) {
		near[id] = best(near[id], top)
		raw, err := json.Marshal(near[id])
		if err != nil {
			return err
		}
		e.r.keep(Line{ID: e.task.ID + "/" + id, Task: e.task.ID, Similar: raw})
	}
	raw, err := json.Marshal(near)
	e.counter.mu.Lock()
	defer e.counter.mu.Unlock()
	e.remember(e.task.ID, string(raw))
	return err
}

// best are the nearest, best first, each once.
func best(all []neighbour, top int) []neighbour {
	slices.SortFunc(all, func(a, b neighbour) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID, b.ID), a.Chunk-b.Chunk, a.Start-b.Start)
	})
	type place struct {
		id           string
		chunk, start int
	}
	seen := map[place]bool{}
	all = slices.DeleteFunc(all, func(n neighbour) bool {
		at := place{n.ID, n.Chunk, n.Start}
		twice := seen[at]
		seen[at] = true
		return twice
	})
	return all[:min(top, len(all))]
}

// A neighbour is a text that is near to another one.
type neighbour struct {
	ID       string          `json:"id"`
	Score    float64         `json:"score"` // the cosine: 1 is the same direction
	Chunk    int             `json:"chunk"`
	Start    int             `json:"start"`
	End      int             `json:"end"`
	Metadata json.RawMessage `json:"metadata,omitempty"`
}
