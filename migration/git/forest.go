package git

import (
	"context"
	"os"
	"slices"
	"sync"
	"sync/atomic"
)

// retained is how many bytes of bases one goroutine keeps for the deltas that it
// has yet to come to. What is more it makes again.
const retained = 16 << 20

// A forest is a pack as trees of deltas: each object that stands for itself is a
// root, and what is stored as a change of another is its child. Whoever walks a
// tree from its root down inflates and patches each object once, where asking
// for one object after the other makes the long chains again and again.
type forest struct {
	*pack
	nodes []node
	roots []int32
	made  atomic.Int64 // bytes, from deltas
}

// A node is one object, in the order of the pack.
type node struct {
	kind       Kind // of the root; 0 if the header is damaged
	first      int32
	next       int32
	base       int32
	compressed uint32 // length behind the header
	length     uint8  // of the header
	size       int64  // as the header gives it
}

const none = int32(-1)

// grow the forest: one pass over the headers.
func plant(p *pack) *forest {
	f := &forest{pack: p, nodes: make([]node, len(p.order))}
	w := window{file: p.file}
	for i := range f.nodes {
		f.nodes[i] = node{first: none, next: none, base: none}
		n := &f.nodes[i]
		begin, end := p.extent(i)
		h, err := p.header(i, w.at(begin, int(min(longestHeader, end-begin))))
		if err != nil || end-begin-int64(h.length) > 1<<31 {
			continue
		}
		n.kind, n.size, n.length, n.base = h.kind, h.size, uint8(h.length), int32(h.base)
		n.compressed = uint32(end - begin - int64(h.length))
		if h.base < 0 {
			f.roots = append(f.roots, int32(i))
		}
	}
	for i := len(f.nodes) - 1; i >= 0; i-- { // backwards, so that children are in the order of the pack
		if base := f.nodes[i].base; base >= 0 {
			f.nodes[i].next, f.nodes[base].first = f.nodes[base].first, int32(i)
		}
	}
	return f
}

// A window reads a file a piece at a time, for headers that are close together.
type window struct {
	file  *os.File
	begin int64
	bytes []byte
}

func (w *window) at(begin int64, n int) []byte {
	const piece = 64 << 10
	if begin < w.begin || begin+int64(n) > w.begin+int64(len(w.bytes)) {
		w.begin = begin
		w.bytes, _ = readAt(w.file, begin, max(piece, n), w.bytes)
	}
	from := int(begin - w.begin)
	return w.bytes[min(from, len(w.bytes)):min(from+n, len(w.bytes))]
}

// A frame is one node on the way from the root to where the walk is.
type frame struct {
	node  int32
	child int32 // the next one to visit
	data  []byte
}

// A walker walks trees of a forest. Each goroutine has one.
type walker struct {
	*forest
	visit   func(n int32, kind Kind, data []byte)
	damaged func(n int32, err error)

	inflater
	ctx      context.Context // of the tree that is walked
	delta    []byte
	spare    [][]byte
	path     []frame
	retained int
}

// tree visits a root and all that derives from it.
func (w *walker) tree(ctx context.Context, root int32) {
	w.ctx = ctx
	kind := w.nodes[root].kind
	data, err := w.content(root, w.space())
	if err != nil {
		w.lost(root, err)
		return
	}
	w.push(root, kind, data)
	for len(w.path) > 0 && ctx.Err() == nil {
		w.step(kind)
	}
	for len(w.path) > 0 {
		w.pop()
	}
}

// step goes to the next child of the last node on the path, or back.
func (w *walker) step(kind Kind) {
	top := &w.path[len(w.path)-1]
	child := top.child
	if child == none {
		w.pop()
		return
	}
	top.child = w.nodes[child].next
	if top.data == nil {
		if err := w.restore(len(w.path) - 1); err != nil {
			w.lost(child, err)
			return
		}
	}
	data, err := w.patched(child, top.data)
	if top.child == none {
		w.release(top) // no other child needs it
	}
	if err != nil {
		w.lost(child, err)
		return
	}
	w.push(child, kind, data)
}

// patched is a node's data, made from that of its base.
func (w *walker) patched(n int32, base []byte) ([]byte, error) {
	err := w.ctx.Err() // restore makes thousands of them without looking up
	if err != nil {
		return nil, err
	}
	if w.delta, err = w.content(n, w.delta); err != nil {
		return nil, err
	}
	data, err := apply(base, w.delta, w.space())
	if err == nil && w.made.Add(int64(len(data))) > w.most() {
		err = errObject
	}
	return data, err
}

func (w *walker) push(n int32, kind Kind, data []byte) {
	w.visit(n, kind, data)
	w.path = append(w.path, frame{node: n, child: w.nodes[n].first, data: data})
	w.retained += cap(data)
	top := len(w.path) - 1
	if w.path[top].child == none {
		w.release(&w.path[top])
	}
	for i := 0; i < top && w.retained > retained; i++ {
		w.release(&w.path[i])
	}
}

func (w *walker) pop() {
	top := len(w.path) - 1
	w.release(&w.path[top])
	w.path = w.path[:top]
}

// release gives a frame's memory back.
func (w *walker) release(f *frame) {
	if f.data == nil {
		return
	}
	w.retained -= cap(f.data)
	if len(w.spare) < 4 && cap(f.data) <= 4<<20 {
		w.spare = append(w.spare, f.data)
	}
	f.data = nil
}

func (w *walker) space() []byte {
	if len(w.spare) == 0 {
		return nil
	}
	last := w.spare[len(w.spare)-1]
	w.spare = w.spare[:len(w.spare)-1]
	return last
}

// restore makes the data of a frame again, from the nearest one below it that
// still has its own.
func (w *walker) restore(top int) error {
	from := top
	for from > 0 && w.path[from].data == nil {
		from--
	}
	data, err := w.path[from].data, error(nil)
	if data == nil {
		if data, err = w.content(w.path[0].node, nil); err != nil {
			return err
		}
	}
	for i := from + 1; i <= top; i++ {
		if data, err = w.patched(w.path[i].node, data); err != nil {
			return err
		}
	}
	w.path[top].data = data
	w.retained += cap(data)
	return nil
}

// lost tells that a node, and so all that derives from it, can't be had.
func (w *walker) lost(root int32, err error) {
	todo := []int32{root}
	for len(todo) > 0 {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		w.damaged(n, err)
		for c := w.nodes[n].first; c != none; c = w.nodes[c].next {
			todo = append(todo, c)
		}
	}
}

// content inflates what is stored for a node: the object, or the delta.
func (w *walker) content(n int32, space []byte) ([]byte, error) {
	at := &w.nodes[n]
	begin, _ := w.extent(int(n))
	return w.read(w.file, begin+int64(at.length), int64(at.compressed), at.size, space)
}

// walk visits, with several goroutines, the objects whose kind want has.
func (f *forest) walk(ctx context.Context, workers int, want [8]bool, worker func() *walker) {
	var next atomic.Int64
	var walking sync.WaitGroup
	for range workers {
		walking.Go(func() {
			w := worker()
			w.forest = f
			for i := next.Add(1) - 1; i < int64(len(f.roots)) && ctx.Err() == nil; i = next.Add(1) - 1 {
				if root := f.roots[i]; want[f.nodes[root].kind] {
					w.tree(ctx, root)
				}
			}
		})
	}
	walking.Wait()
}

// rootless counts the objects that no root leads to: their headers make no
// sense, or their bases do not.
func (f *forest) rootless() int64 {
	reached := 0
	for todo := slices.Clone(f.roots); len(todo) > 0; reached++ {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for c := f.nodes[n].first; c != none; c = f.nodes[c].next {
			todo = append(todo, c)
		}
	}
	return int64(len(f.nodes) - reached)
}
