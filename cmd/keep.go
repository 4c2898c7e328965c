package cmd

import (
	"errors"
	"fmt"
	"os"

	"github.com/keyless-inference/action/actions"
	"github.com/keyless-inference/action/bulk"
)

// A keeping is where the answers of a run of many requests are kept as they come.
type keeping struct {
	results string // a path; "": a file that nobody named
	resume  bool   // go on with what is there
}

// open opens the results file: a new one, or that of an earlier run that is gone on
// with.
func (k keeping) open(ws *actions.Workspace, runner *actions.Runner) (place *actions.Place, file *os.File, err error) {
	wrong := func(err error) error {
		return &usageError{fmt.Errorf("results-file: the answers could not be kept: %w (nothing was sent; results-file names another place)", err)}
	}
	if k.results == "" {
		place, err = ws.KeepPlace("results-", ".jsonl")
	} else {
		place, err = ws.Place(k.results)
	}
	if err != nil {
		return nil, nil, wrong(err)
	}
	if file, err = place.Root.OpenFile(place.Name, os.O_RDWR|os.O_CREATE, 0o644); err != nil {
		place.Close()
		return nil, nil, wrong(err)
	}
	place.Give(place.Name)
	info, err := file.Stat()
	if err == nil && info.Size() == 0 && k.resume {
		runner.Warningf("resume: %s holds no results, so everything is asked", place.Path)
	}
	if err == nil && info.Size() > 0 && !k.resume {
		err := fmt.Errorf("%s holds the results of an earlier run: say resume: true to go on with it, or name another file", place.Path)
		return nil, nil, &usageError{errors.Join(fmt.Errorf("results-file: %w", err), file.Close(), place.Close())}
	}
	return place, file, nil
}

// spill puts elsewhere what was paid for and could not be written: into a file among
// the temporary ones, and in a job, whose files may go with its container, into the
// log.
func spill(runner *actions.Runner, lines []bulk.Line) {
	if len(lines) == 0 {
		return
	}
	file, err := os.CreateTemp("", "keyless-unsaved-*.jsonl")
	if err == nil {
		err = errors.Join(bulk.Write(file, lines), file.Close())
	}
	if err != nil {
		runner.Warningf("%d answers could not be saved: %v", len(lines), err)
	} else {
		runner.Warningf("%d answers did not get into the results file; they are in %s (keyless merge joins the two)", len(lines), file.Name())
	}
	for _, line := range lines {
		if line.Text != nil && (err != nil || runner.OnGitHub()) {
			runner.Fence("The answer of "+line.ID+", which could not be saved", *line.Text)
		}
	}
}
