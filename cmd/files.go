package cmd

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/keyless-inference/action/actions"
)

// A namedFile is an input that names a file to write, and what it names.
type namedFile struct{ input, path string }

// named are those of the files that have a name.
func named(files []namedFile) (all []namedFile) {
	for _, f := range files {
		if f.path = strings.TrimSpace(f.path); f.path != "" {
			all = append(all, f)
		}
	}
	return all
}

// apart checks that no two of the files are one.
func apart(r *reader, ws *actions.Workspace, files []namedFile) {
	taken := map[string]string{}
	for _, f := range files {
		path, _ := ws.Rel(f.path)
		if other := taken[path]; other != "" {
			r.mistake(f.input, "%s is the %s as well: each file needs a name of its own", f.path, other)
		}
		taken[path] = f.input
	}
}

// claims are the places of files that will be written, by their inputs, taken before
// the work begins so that none is missed at its end.
type claims map[string]*actions.File

// claimAll takes the places. undone says what was not done where one can't be had.
func claimAll(ws *actions.Workspace, files []namedFile, undone string) (claims, error) {
	all := claims{}
	var failed []error
	for _, f := range files {
		file, err := ws.Create(f.path)
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w (%s)", f.input, err, undone))
			continue
		}
		all[f.input] = file
	}
	if failed == nil {
		return all, nil
	}
	all.discard()
	return nil, &usageError{errors.Join(failed...)}
}

// discard gives the places up that nothing was written to.
func (c claims) discard() {
	for _, file := range c {
		file.Discard()
	}
}

// save writes the file of an input, if it is wanted.
func (c claims) save(input string, write func(io.Writer) error) error {
	file := c[input]
	if file == nil {
		return nil
	}
	var text bytes.Buffer
	err := write(&text)
	if err == nil {
		err = file.Save(text.Bytes())
	}
	if err != nil {
		return fmt.Errorf("%s: %w", input, err)
	}
	return nil
}

// path is where the file of an input is; "" where none is wanted.
func (c claims) path(input string) string {
	if c[input] == nil {
		return ""
	}
	return c[input].Path
}
