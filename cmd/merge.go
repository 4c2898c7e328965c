package cmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/keyless-inference/action/actions"
	"github.com/keyless-inference/action/bulk"
	"github.com/keyless-inference/action/vector"
)

// mergeCommand is "keyless merge": its fields are the inputs of merge/action.yml.
type mergeCommand struct {
	Results     []string `group:"results" help:"Results files to join, one a line: paths, or patterns such as shards/*/results.jsonl."`
	ResultsFile string   `group:"results" help:"Where the joined results are written: each request once, with its last answer."`
	Embeddings  []string `group:"embeddings" help:"Embeddings files to join, likewise."`
	Output      string   `group:"embeddings" help:"Where the joined vectors are written: .jsonl, .npy or .parquet, whatever the files are."`
	Overwrite   bool     `group:"files" help:"Replace the files that are written if they are there."`
}

// A mergeResult is what became of the results.
type mergeResult struct {
	bulk.Merged
	path string
}

// mergeOutputs are those of merge/action.yml.
func mergeOutputs() []output[mergeResult] {
	return []output[mergeResult]{
		{Output{"results-file", "The file with the joined results, relative to the workspace."}, func(r mergeResult) string { return r.path }},
		{Output{"answered", "How many requests have an answer."}, func(r mergeResult) string { return strconv.Itoa(r.Answered) }},
		{Output{"failed", "How many have none."}, func(r mergeResult) string { return strconv.Itoa(r.Failed) }},
	}
}

// run joins results, embeddings, or both.
func (c *mergeCommand) run(ctx context.Context, p Process, runner *actions.Runner, r *reader) error {
	ws, err := runner.Workspace()
	if err != nil {
		return err
	}
	results := c.inputs(r, ws, "results", c.Results, "results-file", c.ResultsFile)
	embeddings := c.inputs(r, ws, "embeddings", c.Embeddings, "output", c.Output)
	if c.ResultsFile+c.Output == "" && len(results)+len(embeddings) == 0 {
		r.mistake("results", "name the files to join, or embeddings")
	}
	if err := r.err(); err != nil {
		return err
	}
	if len(results) > 0 {
		err = c.mergeResults(ws, runner, results)
	}
	if len(embeddings) > 0 && err == nil {
		err = c.mergeEmbeddings(ctx, ws, runner, embeddings)
	}
	return err
}

// inputs are the files that the patterns stand for, in their order.
func (c *mergeCommand) inputs(r *reader, ws *actions.Workspace, name string, patterns []string, into, output string) (all []string) {
	patterns = strings.FieldsFunc(strings.Join(patterns, "\n"), func(c rune) bool { return c == '\n' || c == '\r' })
	if len(patterns) == 0 {
		if output != "" {
			r.mistake(name, "name the files to join into %s", output)
		}
		return nil
	}
	if strings.TrimSpace(output) == "" {
		r.mistake(into, "say where the joined file is written")
	}
	out, _ := ws.Rel(output)
	for _, pattern := range patterns {
		pattern = strings.TrimSpace(pattern)
		found := []string{pattern}
		if strings.ContainsAny(pattern, "*?[{") {
			var err error
			found, err = ws.Glob([]string{pattern, "!" + out})
			r.check(name, err)
		}
		if len(found) == 0 {
			r.mistake(name, "no file is called %s", pattern)
		}
		for _, path := range found {
			if rel, _ := ws.Rel(path); rel == out {
				r.mistake(into, "%s is one of the files to join", output)
			} else if !slices.Contains(all, path) {
				all = append(all, path)
			}
		}
	}
	return all
}

// mergeResults joins results files.
func (c *mergeCommand) mergeResults(ws *actions.Workspace, runner *actions.Runner, paths []string) error {
	place, err := c.place(ws, "results-file", c.ResultsFile)
	if err != nil {
		return err
	}
	defer place.Close()
	var files []*os.File
	defer func() {
		for _, f := range files {
			f.Close()
		}
	}()
	for _, path := range paths {
		f, err := ws.Open(path)
		if err != nil {
			return &usageError{fmt.Errorf("results: reading %s: %w", path, err)}
		}
		files = append(files, f)
	}
	temp := filepath.Join(filepath.Dir(place.Name), ".keyless-merge-"+filepath.Base(place.Name))
	out, err := place.Root.Create(temp)
	if err != nil {
		return fmt.Errorf("writing %s: %w", place.Path, err)
	}
	merged, err := bulk.Merge(out, files)
	if err = errors.Join(err, out.Close()); err == nil {
		err = place.Root.Rename(temp, place.Name)
	}
	if err != nil {
		return fmt.Errorf("joining results: %w", errors.Join(err, place.Root.Remove(temp)))
	}
	place.Give(place.Name)
	if err := setOutputs(runner, mergeOutputs(), mergeResult{merged, place.Path}); err != nil {
		return err
	}
	runner.Logf("%s: %d answers and %d failures of %d files; %d older lines of the same requests are left out", place.Path, merged.Answered, merged.Failed, len(files), merged.Twice)
	return nil
}

// place is where a joined file is written.
func (c *mergeCommand) place(ws *actions.Workspace, name, path string) (*actions.Place, error) {
	place, err := ws.Place(strings.TrimSpace(path))
	if err != nil {
		return nil, &usageError{fmt.Errorf("%s: %w", name, err)}
	}
	if _, err := place.Root.Stat(place.Name); err == nil && !c.Overwrite {
		place.Close()
		return nil, &usageError{fmt.Errorf("%s: %s is there already: name another file, or say --overwrite", name, path)}
	}
	return place, nil
}

// mergeEmbeddings joins embeddings files.
func (c *mergeCommand) mergeEmbeddings(ctx context.Context, ws *actions.Workspace, runner *actions.Runner, paths []string) error {
	place, err := c.place(ws, "output", c.Output)
	if err != nil {
		return err
	}
	defer place.Close()
	if err := c.checkPairs(ws, paths); err != nil {
		return err
	}
	store, err := vector.Open(place.Root, place.Name, false)
	if err != nil {
		return &usageError{fmt.Errorf("output: %w", err)}
	}
	rows := 0
	for _, path := range paths {
		n, err := copyVectors(ctx, ws, store, path)
		if rows += n; err != nil {
			return errors.Join(fmt.Errorf("joining %s: %w", path, err), store.Close())
		}
	}
	if err := store.Finish(); err != nil {
		return err
	}
	runner.Logf("%s: %d vectors of %d files", place.Path, rows, len(paths))
	return nil
}

// checkPairs refuses an output that would destroy an input, and inputs that are no
// embeddings files, before anything is replaced.
func (c *mergeCommand) checkPairs(ws *actions.Workspace, paths []string) error {
	for _, path := range paths {
		for _, in := range pair(path) {
			in, _ := ws.Rel(in)
			for _, out := range pair(c.Output) {
				if out, _ := ws.Rel(out); in == out {
					return &usageError{fmt.Errorf("output: %s would replace %s, which is to be joined", c.Output, in)}
				}
			}
		}
		if rows, err := vectors(ws, path); err != nil {
			return &usageError{fmt.Errorf("embeddings: %w", err)}
		} else if !rows {
			return &usageError{fmt.Errorf("embeddings: there are no vectors in %s", path)}
		}
	}
	return nil
}

// copyVectors appends the rows of a file.
func copyVectors(ctx context.Context, ws *actions.Workspace, store *vector.Store, path string) (rows int, err error) {
	place, err := ws.Place(path)
	if err != nil {
		return 0, err
	}
	defer place.Close()
	for row, err := range vector.Read(place.Root, place.Name) {
		if err == nil {
			err = ctx.Err()
		}
		if err == nil {
			err = store.Append(row)
		}
		if err != nil {
			return rows, err
		}
		rows++
	}
	return rows, nil
}
