package task

import (
	"hash/fnv"
	"slices"
)

// Shard leaves the file the k-th of n shares of its work, k from 1; n of 1 is all of
// it. All shares together are the whole, and a share is the same wherever and
// whenever it is made: a request or a text belongs to the share that the FNV-1a
// hash of its id says. Tasks that are linked by needs stay together, where the id
// of their first one belongs.
func (f *File) Shard(k, n int) {
	if n <= 1 {
		return
	}
	f.shard.k, f.shard.n = uint64(k-1), uint64(n)
	first := f.groups()
	f.Tasks = slices.DeleteFunc(slices.Clone(f.Tasks), func(t *Task) bool {
		if t.alone && (t.Many() || t.Embeddings != nil) {
			return false // each of its entries belongs somewhere
		}
		return !f.holds(hash(first[t]))
	})
}

// groups are the ids of the first tasks of those that are linked.
func (f *File) groups() map[*Task]string {
	index, parent := map[*Task]int{}, make([]int, len(f.Tasks))
	root := func(i int) int {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	for i, t := range f.Tasks {
		index[t], parent[i] = i, i
		for _, id := range t.Needs { // they come first
			a, b := root(i), root(index[f.find(id)])
			parent[max(a, b)] = min(a, b)
		}
	}
	first := map[*Task]string{}
	for t, i := range index {
		first[t] = f.Tasks[root(i)].ID
	}
	return first
}

// hash is the FNV-1a hash of an id.
func hash(id string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(id))
	return h.Sum64()
}

// holds reports whether the id of the hash belongs to the share.
func (f *File) holds(hash uint64) bool { return f.shard.n == 0 || hash%f.shard.n == f.shard.k }

// mine reports whether the task's entry with an id of the hash belongs to the share.
func (t *Task) mine(hash uint64) bool { return !t.alone || t.file.holds(hash) }
