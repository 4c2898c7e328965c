package git

import (
	"bytes"
	"cmp"
	"context"
	"path"
	"slices"
	"sync"
	"time"
)

// An Origin says how a blob came into the repository.
type Origin struct {
	Commit ID // the first that has it; the zero value if none does
	Path   string
	Author string
	Date   time.Time // the author's
	InHead bool      // HEAD still has it
}

// An edge leads from a tree to what is in it.
type edge struct {
	name string
	to   ID
}

// mostEdges bounds the memory that edges take, in bytes: of a key that stands in
// thousands of versions of a folder with thousands of files.
const mostEdges = 48 << 20

// deepest is how many folders may be around a file whose origin is found.
const deepest = 256

// Origins finds for a few blobs the first commit that has each, whether a branch
// reaches that commit or not. A blob that no tree has is not in the answer. It is
// not whole where that would take too much memory: then earlier commits may have
// some of the blobs.
func (r *Repo) Origins(ctx context.Context, ids []ID) (origins map[ID]Origin, whole bool, err error) {
	up, whole, err := r.above(ctx, ids)
	if err != nil {
		return nil, false, err
	}
	commits, err := r.commits(ctx)
	if err != nil {
		return nil, false, err
	}
	found := map[ID]Origin{}
	down := descent{up, map[ID]bool{}, map[ID]bool{}}
	for _, id := range ids {
		down.wanted[id] = true
	}
	for _, c := range commits {
		down.visit(c.tree, "", func(blob ID, name string) {
			found[blob] = Origin{Commit: c.id, Path: name, Author: c.author, Date: c.date}
		})
	}
	for tree := range up { // what only unreachable trees have
		down.visit(tree, "", func(blob ID, name string) { found[blob] = Origin{Path: name} })
	}
	r.markHead(down, found)
	return found, whole, nil
}

// markHead tells of each origin whether its blob is in HEAD.
func (r *Repo) markHead(down descent, found map[ID]Origin) {
	head, err := r.Resolve("HEAD")
	if err != nil {
		return
	}
	c, err := r.reader().commit(head)
	if err != nil {
		return
	}
	down.seen = map[ID]bool{}
	down.visit(c.tree, "", func(blob ID, _ string) {
		origin := found[blob]
		origin.InHead = true
		found[blob] = origin
	})
}

// above finds the trees that lead to some objects: those that have one, those
// that have one of these, and so on. Each round reads all trees again, which
// takes less memory than to know all of them.
func (r *Repo) above(ctx context.Context, ids []ID) (up map[ID][]edge, whole bool, err error) {
	c := climb{hash: r.hash, up: map[ID][]edge{}, wanted: map[ID]bool{}}
	for _, id := range ids {
		c.wanted[id] = true
	}
	for depth := 0; len(c.wanted) > 0 && depth < deepest; depth++ {
		c.next = map[ID]bool{}
		if _, err := r.Objects(ctx, c.tree, Tree); err != nil {
			return nil, false, err
		}
		c.wanted = c.next
	}
	return c.up, len(c.wanted) == 0 && c.bytes <= mostEdges, nil
}

// A climb goes up from objects to the trees that have them.
type climb struct {
	hash         int
	wanted, next map[ID]bool

	mutex sync.Mutex
	up    map[ID][]edge
	bytes int
}

// tree takes up the edges of one tree, one for each object that it leads to.
func (c *climb) tree(o Object) {
	var edges []edge
	bytes := 0
	var have map[ID]bool // most trees lead to none
	eachEntry(o.Data, c.hash, func(mode uint32, name, raw []byte) {
		var id ID
		copy(id[:], raw)
		if c.wanted[id] && mode&modeType != modeSubmodule && !have[id] {
			if have == nil {
				have = map[ID]bool{}
			}
			have[id] = true
			edges = append(edges, edge{string(name), id})
			bytes += 64 + len(name)
		}
	})
	if edges == nil {
		return
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.bytes += bytes; c.bytes > mostEdges {
		return
	}
	if c.up[o.ID] == nil {
		c.next[o.ID] = true
	}
	c.up[o.ID] = append(c.up[o.ID], edges...)
}

// A descent goes down from trees to the blobs that are wanted.
type descent struct {
	edges  map[ID][]edge
	wanted map[ID]bool
	seen   map[ID]bool
}

// visit calls f for each blob below an object that was not seen before.
func (d descent) visit(id ID, name string, f func(blob ID, name string)) {
	if d.seen[id] {
		return
	}
	d.seen[id] = true
	if d.wanted[id] {
		f(id, name)
	}
	for _, e := range d.edges[id] {
		d.visit(e.to, path.Join(name, e.name), f)
	}
}

// commits are all that the repository has, parents before their children and
// otherwise by date.
func (r *Repo) commits(ctx context.Context) ([]commit, error) {
	var mutex sync.Mutex
	var all []commit
	_, err := r.Objects(ctx, func(o Object) {
		if c, err := parseCommit(o.ID, o.Data); err == nil {
			mutex.Lock()
			defer mutex.Unlock()
			all = append(all, c)
		}
	}, Commit)
	slices.SortFunc(all, func(a, b commit) int {
		return cmp.Or(cmp.Compare(a.when, b.when), bytes.Compare(a.id[:], b.id[:]))
	})
	return parentsFirst(all), err
}

// parentsFirst moves commits behind their parents, where clocks went wrong or
// many were made within a second. Commits that are each other's parents, as only
// a forged repository has, stay as they are.
func parentsFirst(all []commit) []commit {
	at := map[ID]int{}
	for i, c := range all {
		at[c.id] = i
	}
	sorted, begun, done := make([]commit, 0, len(all)), make([]bool, len(all)), make([]bool, len(all))
	for i := range all {
		for todo := []int{i}; len(todo) > 0; {
			last := todo[len(todo)-1]
			if !begun[last] {
				begun[last] = true
				for _, parent := range all[last].parents {
					if p, known := at[parent]; known && !begun[p] {
						todo = append(todo, p)
					}
				}
				continue
			}
			todo = todo[:len(todo)-1]
			if !done[last] {
				done[last] = true
				sorted = append(sorted, all[last])
			}
		}
	}
	return sorted
}

// Commit is what the header of a commit says, for the message that it has.
func (r *Repo) Commit(id ID) (Origin, error) {
	c, err := r.reader().commit(id)
	return Origin{Commit: c.id, Author: c.author, Date: c.date}, err
}

func (in *reader) commit(id ID) (commit, error) {
	kind, data, err := in.read(id)
	if err != nil {
		return commit{}, err
	}
	if kind != Commit {
		return commit{}, errHeader
	}
	return parseCommit(id, data)
}
