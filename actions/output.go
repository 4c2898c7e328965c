package actions

import (
	"fmt"
	"strings"

	"github.com/sethvargo/go-githubactions"

	"github.com/keyless-inference/action/sink"
)

// SetOutput gives the step's output name the value. Outside GitHub Actions, and
// where the runner gave no file for outputs, it does nothing.
//
// Whatever the value holds, it can neither end early nor begin another output
// ([sink.Heredoc]; the library's own SetOutput uses one constant delimiter). A
// name that is empty, or that the runner would read as more than a name, is
// refused. The runner accepts about 1 MB of outputs a job, counted in UTF-16.
func (r *Runner) SetOutput(name, value string) error {
	if r.file("GITHUB_OUTPUT") == "" {
		return nil
	}
	if name == "" || strings.ContainsAny(name, "=<\r\n") {
		return fmt.Errorf("setting an output: %q cannot be the name of one", name)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.fileCommand("output", sink.Heredoc(name, value))
}

// file is the path of one of the runner's environment files, "" where no runner
// listens or it gave none.
func (r *Runner) file(variable string) string {
	if !r.OnGitHub() {
		return ""
	}
	return r.getenv(variable)
}

// fileCommand appends an entry and a line end to the environment file
// GITHUB_<NAME>. The library panics when it cannot write. The lock is held.
func (r *Runner) fileCommand(name, entry string) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("writing to the runner's file GITHUB_%s: %v", strings.ToUpper(name), cause)
		}
	}()
	r.action.IssueFileCommand(&githubactions.Command{Name: name, Message: entry})
	return nil
}
