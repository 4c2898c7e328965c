package actions

import (
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/sethvargo/go-githubactions"

	"github.com/keyless-inference/action/sink"
)

// A Runner is the other side of the conversation: the GitHub Actions runner
// when there is one, else a person at a terminal. It is safe for concurrent
// use. [Runner.Close] ends the conversation.
type Runner struct {
	getenv func(string) string
	action *githubactions.Action // nil outside GitHub Actions

	mu     sync.Mutex // held while anything is written
	log    io.Writer
	told   map[Level]tally
	closed bool
}

// New finds out from the environment who is listening. Under GitHub Actions
// (GITHUB_ACTIONS=true, which act sets too) everything goes to stdout, where
// the runner looks for commands; else notes go to stderr and stdout is left to
// the answer.
func New(getenv func(string) string, stdout, stderr io.Writer) *Runner {
	r := &Runner{getenv: getenv, log: stderr}
	if getenv("GITHUB_ACTIONS") == "true" {
		r.log = stdout
		r.action = githubactions.New(githubactions.WithWriter(stdout), githubactions.WithGetenv(getenv))
	}
	return r
}

// OnGitHub reports whether a runner is listening: GitHub's, or act.
func (r *Runner) OnGitHub() bool { return r.action != nil }

// UnderAct reports whether that runner is https://github.com/nektos/act.
func (r *Runner) UnderAct() bool { return r.getenv("ACT") == "true" }

// RunURL is the page of this run for people, on github.com or on a GitHub
// Enterprise Server. It is "" where the environment does not tell, as outside a
// job. See
// https://docs.github.com/actions/reference/workflows-and-actions/variables.
func (r *Runner) RunURL() string {
	server, repo, run := r.getenv("GITHUB_SERVER_URL"), r.getenv("GITHUB_REPOSITORY"), r.getenv("GITHUB_RUN_ID")
	if server == "" || repo == "" || run == "" {
		return ""
	}
	return strings.TrimRight(server, "/") + "/" + repo + "/actions/runs/" + run
}

// Mask asks the runner to replace value by *** in everything that it logs from
// now on. Outside GitHub Actions, and for an empty value, it does nothing:
// there a masking command would itself print the secret.
func (r *Runner) Mask(value string) {
	if !r.OnGitHub() || value == "" {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.command("add-mask", value, nil)
}

// Logf writes a note to the log: the first line behind the program's name, and
// where a runner listens the following ones behind a bar, so that none begins
// with "::". The rest is made harmless by [sink.Log].
func (r *Runner) Logf(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.write(text)
}

// write writes a note. The lock is held.
func (r *Runner) write(text string) {
	text = sink.Log(text)
	if r.OnGitHub() {
		text = strings.ReplaceAll(text, "\n", "\n       | ")
	}
	fmt.Fprintf(r.log, "keyless: %s\n", text)
}

// command issues a workflow command. The library escapes line ends and panics
// when it cannot write; a log that is gone is no reason to lose the answer. The
// lock is held.
func (r *Runner) command(name, message string, properties githubactions.CommandProperties) {
	defer func() { _ = recover() }()
	r.action.IssueCommand(&githubactions.Command{Name: name, Message: message, Properties: properties})
}
