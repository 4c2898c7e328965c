package task

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/keyless-inference/action/document"
)

// Check reads every file that the tasks name, every line and every text, once, so
// that a mistake in the last of them is known before anything is sent. Nothing of
// them is kept but prompt files, schemas, values of variables and hashes of ids. The
// error joins a [*document.Error] for each mistake, each in its file.
func (f *File) Check(files Files) error {
	var all []error
	for _, t := range f.Tasks {
		all = append(all, t.checkFiles(files))
	}
	return errors.Join(all...)
}

// checkFiles reads what the task is made of, and counts its entries.
func (t *Task) checkFiles(files Files) error {
	p, err := t.load(files)
	if err != nil {
		return err
	}
	c := census{task: t, seen: map[uint64]int32{}, cut: map[string]int{}}
	for e, err := range t.entries(files, p) {
		c.add(e, err)
		if len(c.errs) == document.MaxErrors {
			c.errs = append(c.errs, fmt.Errorf("after %d mistakes the rest of the task %s was not read", len(c.errs), t.ID))
			break
		}
	}
	if len(c.errs) == 0 && c.ids == nil {
		c.errs = append(c.errs, document.NewError(t.file.Name, t.file.reader.PlaceOf(&t.source.ID), "the task %q has nothing to send: what it reads is empty", t.ID))
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ids, t.cut = c.ids, c.cut
	return errors.Join(c.errs...)
}

// A census counts entries and finds ids that are given twice. It keeps hashes
// alone: two of a million ids have the same one with a probability of about one to
// forty million.
type census struct {
	task *Task
	ids  []uint64         // hashes
	seen map[uint64]int32 // lines by the hashes of their ids
	errs []error
	cut  map[string]int
}

func (c *census) add(e entry, err error) {
	if err != nil {
		c.errs = append(c.errs, err)
		return
	}
	hash := hash(e.id)
	c.ids = append(c.ids, hash)
	c.cutting(e)
	if e.line == 0 {
		return // paths and numbers differ
	}
	if before, twice := c.seen[hash]; twice {
		at := line{file: c.task.jsonlName(), number: e.line}
		c.errs = append(c.errs, at.wrongAt(0, "the id %q is given twice, first in line %d (a line without an id has its number)", e.id, before))
		return
	}
	c.seen[hash] = int32(e.line)
}

// cutting counts the texts of e that will be cut.
func (c *census) cutting(e entry) {
	if c.task.UntrustedMaxChars == nil {
		return
	}
	vars := maps.Clone(e.vars)
	if vars == nil {
		vars = maps.Clone(e.plan.vars)
	}
	_, data := c.task.split(vars)
	for _, u := range data {
		if u.Kept < u.Length {
			c.cut[u.Name]++
		}
	}
}

// Notes are what is right in the task but perhaps not meant, for people.
func (t *Task) Notes() (all []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(t.cut)) {
		all = append(all, fmt.Sprintf("%s: %d texts of %q are longer than %d characters and are cut there (untrusted-max-chars)", t.ID, t.cut[name], name, *t.UntrustedMaxChars))
	}
	return all
}

// jsonlName is what errors call the JSONL file of the task.
func (t *Task) jsonlName() string {
	path := t.source.JSONL
	if t.Embeddings != nil {
		path = t.Embeddings.JSONL
	}
	if path == "-" {
		return "standard input"
	}
	return path
}
