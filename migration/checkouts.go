package migration

import (
	"context"
	"os"
	"path/filepath"
	"strings"
)

// Checkouts is the source that looks at all checkouts in a folder, one after the
// other. Every folder in it is one, but for those whose names begin with a dot.
type Checkouts struct {
	Folder string
	Asked  bool // see [Status.Asked]

	// Sources are those of one checkout. An error says why it can't be looked at.
	Sources func(dir string) ([]Source, error)
}

// Look implements [Source]. Findings and the names of statuses carry the name of
// the checkout's folder.
func (c *Checkouts) Look(ctx context.Context) (result Result) {
	status := Status{Name: "checkouts in " + c.Folder, State: Looked, Asked: c.Asked}
	entries, err := os.ReadDir(c.Folder)
	n := 0
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") && ctx.Err() == nil {
			n++
			one := c.checkout(ctx, e.Name())
			result.Findings = append(result.Findings, one.Findings...)
			result.Statuses = append(result.Statuses, one.Statuses...)
			result.Ignored += one.Ignored
		}
	}
	switch status.Why = count(n, "folder"); {
	case err != nil:
		status.State, status.Why = Failed, reason(err)
	case n == 0:
		status.State, status.Why = Failed, "there is no folder in it; each checkout is one"
	}
	result.Statuses = append([]Status{status}, result.Statuses...)
	return result
}

func (c *Checkouts) checkout(ctx context.Context, name string) (result Result) {
	sources, err := c.Sources(filepath.Join(c.Folder, name))
	if err != nil {
		return Result{Statuses: []Status{{Name: name + ": tree", State: Failed, Why: err.Error(), Asked: c.Asked}}}
	}
	r := Check(ctx, sources...)
	for i := range r.Findings {
		r.Findings[i].Repository = name
	}
	for i := range r.Sources {
		r.Sources[i].Name = name + ": " + r.Sources[i].Name
	}
	return Result{Findings: r.Findings, Statuses: r.Sources, Ignored: r.Ignored}
}
