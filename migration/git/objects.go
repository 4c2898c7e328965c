package git

import (
	"context"
	"errors"
	"fmt"
	"path"
	"sync"
	"sync/atomic"
)

// A Count says how much was read, and what was not.
type Count struct {
	Objects int64
	Bytes   int64
	Large   int64 // objects above Limit, and what is stored as a change of one
	Damaged int64
}

func (c *Count) add(o Count) {
	c.Objects += o.Objects
	c.Bytes += o.Bytes
	c.Large += o.Large
	c.Damaged += o.Damaged
}

// fail counts an object that can't be had.
func (c *Count) fail(err error) {
	if errors.Is(err, errLarge) {
		atomic.AddInt64(&c.Large, 1)
	} else {
		atomic.AddInt64(&c.Damaged, 1)
	}
}

// Objects calls f from several goroutines for every object of the given kinds
// that the repository has, whether something reaches it or not, each once. It
// returns ctx's error when that ends first.
func (r *Repo) Objects(ctx context.Context, f func(Object), kinds ...Kind) (Count, error) {
	var want [8]bool
	for _, k := range kinds {
		want[k] = true
	}
	var all Count
	for i := range r.packs {
		all.add(r.packObjects(ctx, i, want, f))
	}
	all.add(r.looseObjects(ctx, want, f))
	return all, ctx.Err()
}

// packObjects reads one pack.
func (r *Repo) packObjects(ctx context.Context, i int, want [8]bool, f func(Object)) (all Count) {
	trees := plant(r.packs[i])
	all.Damaged = trees.rootless()
	var mutex sync.Mutex
	var done []*Count
	trees.walk(ctx, r.workers, want, func() *walker {
		count := &Count{}
		mutex.Lock()
		defer mutex.Unlock()
		done = append(done, count)
		return &walker{
			visit: func(n int32, kind Kind, data []byte) {
				id := trees.id(int(trees.order[n]))
				if r.earlier(i, id) {
					return
				}
				count.Objects++
				count.Bytes += int64(len(data))
				f(Object{id, kind, data})
			},
			damaged: func(_ int32, err error) { count.fail(err) },
		}
	})
	for _, count := range done {
		all.add(*count)
	}
	return all
}

// earlier reports whether one of the packs before the i-th has the object.
func (r *Repo) earlier(i int, id ID) bool {
	for _, p := range r.packs[:i] {
		if p.find(id) >= 0 {
			return true
		}
	}
	return false
}

// looseObjects reads the objects that have files of their own.
func (r *Repo) looseObjects(ctx context.Context, want [8]bool, f func(Object)) Count {
	var count Count // of all workers, so it is added to atomically
	folders := make(chan string)
	var reading sync.WaitGroup
	for range r.workers {
		reading.Go(func() {
			in := r.reader()
			for folder := range folders {
				in.folder(ctx, folder, want, &count, f)
			}
		})
	}
	for b := range 256 {
		folders <- fmt.Sprintf("%02x", b)
	}
	close(folders)
	reading.Wait()
	return count
}

// folder reads the objects whose names begin with the same byte.
func (in *reader) folder(ctx context.Context, folder string, want [8]bool, count *Count, f func(Object)) {
	dir := path.Join(in.main, "objects", folder)
	names, err := in.list(dir)
	if err != nil {
		count.fail(err) // as one object, since nobody knows how many
	}
	for _, name := range names {
		id, err := ParseID(folder + name)
		if ctx.Err() != nil || err != nil || in.earlier(len(in.packs), id) {
			continue
		}
		var kind Kind
		var data []byte
		kind, data, in.space, err = in.looseFile(path.Join(dir, name), in.space)
		switch {
		case err != nil && (kind == 0 || want[kind]):
			count.fail(err)
		case err == nil && want[kind]:
			atomic.AddInt64(&count.Objects, 1)
			atomic.AddInt64(&count.Bytes, int64(len(data)))
			f(Object{id, kind, data})
		}
	}
}

// Some calls f from several goroutines for the objects that ids name.
func (r *Repo) Some(ctx context.Context, ids []ID, f func(Object)) (Count, error) {
	var count Count
	var next atomic.Int64
	var reading sync.WaitGroup
	for range r.workers {
		reading.Go(func() {
			in := r.reader()
			for i := next.Add(1) - 1; i < int64(len(ids)) && ctx.Err() == nil; i = next.Add(1) - 1 {
				kind, data, err := in.read(ids[i])
				if err != nil {
					count.fail(err)
					continue
				}
				atomic.AddInt64(&count.Objects, 1)
				atomic.AddInt64(&count.Bytes, int64(len(data)))
				f(Object{ids[i], kind, data})
			}
		})
	}
	reading.Wait()
	return count, ctx.Err()
}
