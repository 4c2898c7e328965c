package cmd

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/keyless-inference/action/actions"
	"github.com/keyless-inference/action/task"
	"github.com/keyless-inference/action/vector"
)

// checkPaths refuses what would cost something that is there: a file that is read
// and written, two that are written in one place, vectors that were paid for. And
// it refuses a search where there is nothing to search in.
func (t *tasksRun) checkPaths(r *reader, config string) {
	read, written := t.reads(config), map[string]string{}
	for _, w := range t.writes() {
		path, _ := t.ws.Rel(w.path)
		if whose := read[path]; whose != "" {
			r.mistake(w.name, "%s is read by %s: it would be overwritten; name another file", w.path, whose)
		}
		if other := written[path]; other != "" {
			r.mistake(w.name, "%s is written by %s as well; name another file", w.path, other)
		}
		written[path] = w.name
	}
	for _, one := range t.file.Tasks {
		if one.Embeddings != nil {
			t.checkVectors(r, one, written)
		}
	}
}

// reads are the files that are read, and who reads them.
func (t *tasksRun) reads(config string) map[string]string {
	read := map[string]string{}
	note := func(path, whose string) {
		path, _ = t.ws.Rel(strings.TrimSpace(path))
		read[path] = whose
	}
	if !inline(config) {
		note(config, "config")
	}
	for _, one := range t.file.Tasks {
		for _, path := range one.Reads() {
			note(path, "the task "+one.ID)
		}
	}
	return read
}

// A write is a file that is written.
type write struct{ name, path string }

// writes are the files that are written, those beside a .npy among them.
func (t *tasksRun) writes() (all []write) {
	if t.plan.results != "" {
		all = append(all, write{"results-file", t.plan.results})
	}
	for _, one := range t.file.Tasks {
		if one.Embeddings == nil || one.Embeddings.Output == "" {
			continue
		}
		for _, path := range pair(one.Embeddings.Output) {
			all = append(all, write{"the output of " + one.ID, path})
		}
	}
	return all
}

// pair is the files that an embeddings file consists of: a .npy has a .jsonl beside
// it.
func pair(path string) []string {
	if ext := filepath.Ext(path); strings.EqualFold(ext, ".npy") {
		return []string{path, strings.TrimSuffix(path, ext) + ".jsonl"}
	}
	return []string{path}
}

// checkVectors checks the embeddings files of a task.
func (t *tasksRun) checkVectors(r *reader, one *task.Task, written map[string]string) {
	if path := one.Embeddings.Output; path != "" && !t.plan.resume {
		switch rows, err := vectors(t.ws, path); {
		case err != nil:
			r.mistake("the output of "+one.ID, "%s is there and is no embeddings file that could be replaced (%w): name another file, or say resume: true if an earlier run was cut short", path, err)
		case rows && one.Embeddings.Cache == "":
			r.mistake("the output of "+one.ID, "%s holds the vectors of an earlier run: say resume: true to go on with it, name another file, or give the task a cache, from where they would come back", path)
		}
	}
	if one.Embeddings.Similar == nil {
		return
	}
	path := one.Embeddings.Similar.To
	rel, _ := t.ws.Rel(path)
	if writer, ok := strings.CutPrefix(written[rel], "the output of "); ok {
		if !slices.Contains(one.Needs, writer) {
			r.mistake("similar of "+one.ID, "%s is written by the task %s, which goes first if you say needs: [%s]", path, writer, writer)
		}
		return
	}
	if rows, err := vectors(t.ws, path); err != nil {
		r.mistake("similar of "+one.ID, "%s can't be searched: %w", path, err)
	} else if !rows {
		r.mistake("similar of "+one.ID, "there are no vectors in %s: a task that writes them goes first by needs", path)
	}
}

// vectors reports whether the embeddings file has any, and why it is none. One that
// is not there has none.
func vectors(ws *actions.Workspace, path string) (rows bool, err error) {
	f, err := ws.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	info, err := f.Stat()
	f.Close()
	if err != nil || info.Size() == 0 {
		return false, err
	}
	place, err := ws.Place(path)
	if err != nil {
		return false, err
	}
	defer place.Close()
	for _, err := range vector.Read(place.Root, place.Name) {
		return err == nil, err
	}
	return false, nil
}
