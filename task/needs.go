package task

import (
	"slices"
	"strings"
)

// checkNeeds looks at what tasks need, and puts them into an order in which that
// comes first; else they stay in the order in which they are written.
func (f *File) checkNeeds() {
	var ids []string
	for _, t := range f.Tasks {
		ids = append(ids, t.ID)
	}
	needed := map[string]bool{}
	for _, t := range f.Tasks {
		for i, id := range t.Needs {
			at := &t.source.Needs[i]
			needed[id] = true
			switch {
			case id == "": // which is a mistake already
			case f.find(id) == nil:
				f.reader.Wrong(at, "there is no task %q%s", id, f.suggest(id, ids))
			case slices.Index(t.Needs, id) < i:
				f.reader.Wrong(at, "%q is given twice", id)
			}
		}
	}
	for _, t := range f.Tasks {
		t.alone = len(t.Needs) == 0 && !needed[t.ID]
	}
	o := order{f: f, state: map[*Task]int{}}
	for _, t := range f.Tasks {
		o.visit(t)
	}
	f.Tasks = o.done
}

// An order is a walk through the tasks along their needs.
type order struct {
	f     *File
	state map[*Task]int
	path  []string // ids of the tasks that are being visited
	done  []*Task
}

const (
	visiting = iota + 1
	visited
)

// visit appends what t needs, and then t.
func (o *order) visit(t *Task) {
	if o.state[t] == visited {
		return
	}
	o.state[t] = visiting
	o.path = append(o.path, t.ID)
	for i, id := range t.Needs {
		need := o.f.find(id)
		switch {
		case need == nil:
		case o.state[need] == visiting:
			cycle := append(slices.Clone(o.path[slices.Index(o.path, id):]), id)
			o.f.reader.Wrong(&t.source.Needs[i], "the tasks need each other: %s", strings.Join(cycle, " needs "))
		default:
			o.visit(need)
		}
	}
	o.path = o.path[:len(o.path)-1]
	o.state[t] = visited
	o.done = append(o.done, t)
}
