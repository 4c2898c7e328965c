package actions

import (
	"fmt"
	"strings"

	"github.com/sethvargo/go-githubactions"
)

// SetOutput gives the step's output name the value. Outside GitHub Actions, and
// where the runner gave no file for outputs, it does nothing.
//
// The value goes between two lines that are a random word which the value does
// not contain, so whatever it holds, it can neither end early nor begin another
// output. (The library's own SetOutput uses one constant word.)
// The runner accepts about 1 MB of outputs a job, counted in UTF-16.
func (r *Runner) SetOutput(name, value string) error {
	if !r.OnGitHub() || r.getenv("GITHUB_OUTPUT") == "" {
		return nil
	}
	return r.fileCommand("output", heredoc(name, value))
}

// heredoc is one entry of an environment file, see
// https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#multiline-strings.
func heredoc(name, value string) string {
	word := delimiter(name + value)
	return name + "<<" + word + "\n" + value + "\n" + word
}

// fileCommand appends an entry to the environment file GITHUB_<NAME>. The
// library panics when it cannot write.
func (r *Runner) fileCommand(name, entry string) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("writing to the runner's file GITHUB_%s: %v", strings.ToUpper(name), cause)
		}
	}()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.action.IssueFileCommand(&githubactions.Command{Name: name, Message: entry})
	return nil
}
