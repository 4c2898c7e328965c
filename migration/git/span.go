package git

import (
	"container/heap"
	"context"
	"errors"
	"slices"
)

// A Range is what some commits brought in.
type Range struct {
	Commits []ID
	Blobs   []ID

	// Cut tells that a commit's parent is not in the clone, so that the range may
	// be longer, and that what that commit has is taken as new.
	Cut bool
}

// Range is what the commits have that head reaches and base doesn't: the commits
// themselves, and every blob that is in one of their trees but in none of those
// that they were made from. A merge is among them with what it brought in itself.
func (r *Repo) Range(ctx context.Context, base, head ID) (Range, error) {
	in := r.reader()
	commits, err := in.between(ctx, base, head)
	if err != nil {
		return Range{}, err
	}
	var span Range
	fresh := map[ID]bool{}
	for _, c := range commits {
		fresh[c.id] = true
		span.Commits = append(span.Commits, c.id)
	}
	seen := map[ID]bool{}
	for _, c := range commits {
		for _, parent := range c.parents {
			if fresh[parent] {
				continue
			}
			before, err := in.commit(parent)
			if err != nil {
				span.Cut = true
				continue
			}
			in.collect(ctx, before.tree, seen, func(ID) {})
		}
	}
	for _, c := range commits {
		in.collect(ctx, c.tree, seen, func(blob ID) { span.Blobs = append(span.Blobs, blob) })
	}
	return span, ctx.Err()
}

// collect calls f for each blob below a tree that was not seen before.
func (in *reader) collect(ctx context.Context, tree ID, seen map[ID]bool, f func(blob ID)) {
	for todo := []ID{tree}; len(todo) > 0 && ctx.Err() == nil; {
		tree := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[tree] {
			continue
		}
		seen[tree] = true
		_, data, err := in.read(tree)
		if err != nil {
			f(tree) // who reads it meets the error, and counts it
			continue
		}
		eachEntry(data, in.hash, func(mode uint32, _, raw []byte) {
			var id ID
			copy(id[:], raw)
			switch {
			case mode&modeType == modeDir:
				todo = append(todo, id)
			case mode&modeType != modeSubmodule && !seen[id]:
				seen[id] = true
				f(id)
			}
		})
	}
}

// A queue has the newest commit first.
type queue []commit

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].when > q[j].when }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(c any)        { *q = append(*q, c.(commit)) }
func (q *queue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}

// Which ends reach a commit.
const (
	fromHead = 1 << iota
	fromBase
)

// A walk goes back from head and base together, the newest commit first.
type walk struct {
	in    *reader
	todo  queue
	marks map[ID]int
	wait  map[ID]bool // what is in todo
	open  int         // how many of these base is not known to reach
}

// between are the commits that head reaches and base doesn't. It goes back by
// date until base reaches all that is left. Where clocks went wrong it may
// return a few too many, never too few.
func (in *reader) between(ctx context.Context, base, head ID) ([]commit, error) {
	w := &walk{in: in, marks: map[ID]int{}, wait: map[ID]bool{}}
	if err := errors.Join(w.mark(head, fromHead), w.mark(base, fromBase)); err != nil {
		return nil, err
	}
	var all []commit
	for w.open > 0 && ctx.Err() == nil {
		c := heap.Pop(&w.todo).(commit)
		mark := w.marks[c.id]
		w.wait[c.id] = false
		if mark == fromHead {
			w.open--
			all = append(all, c)
		}
		for _, parent := range c.parents {
			_ = w.mark(parent, mark) // one that is not in the clone is where the walk ends
		}
	}
	all = slices.DeleteFunc(all, func(c commit) bool { return w.marks[c.id] != fromHead })
	return all, ctx.Err()
}

// mark notes that an end reaches a commit, and has its parents told.
func (w *walk) mark(id ID, bits int) error {
	was := w.marks[id]
	if was|bits == was {
		return nil
	}
	c, err := w.in.commit(id)
	if err != nil {
		return err
	}
	w.marks[id] = was | bits
	if w.wait[id] && was == fromHead {
		w.open--
	}
	if !w.wait[id] {
		heap.Push(&w.todo, c)
		w.wait[id] = true
	}
	if w.marks[id] == fromHead {
		w.open++
	}
	return nil
}
