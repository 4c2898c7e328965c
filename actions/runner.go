package actions

import (
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/sethvargo/go-githubactions"
)

// A Runner is the other side of the conversation: the GitHub Actions runner
// when there is one, else a person at a terminal. It is safe for concurrent
// use.
type Runner struct {
	getenv func(string) string
	log    io.Writer

	mu     sync.Mutex
	action *githubactions.Action // nil outside GitHub Actions
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

// Mask asks the runner to replace value by *** in everything that it logs from
// now on. Outside GitHub Actions, and for an empty value, it does nothing:
// there a masking command would itself print the secret.
func (r *Runner) Mask(value string) {
	if r.OnGitHub() && value != "" {
		r.command("add-mask", value, Position{})
	}
}

// A Position is a place in a file of the repository. The zero value is none.
type Position struct {
	File         string
	Line, Column int // from 1; 0 is unknown
}

// Errorf makes an error annotation, shown beside pos in the pull request if that
// is not zero. Several lines stay one annotation. The message should name the
// position too, for those who read it elsewhere.
func (r *Runner) Errorf(pos Position, format string, args ...any) {
	r.annotate("error", pos, fmt.Sprintf(format, args...))
}

// Warningf makes a warning annotation.
func (r *Runner) Warningf(format string, args ...any) {
	r.annotate("warning", Position{}, fmt.Sprintf(format, args...))
}

// Logf writes a note to the log: the first line behind the program's name, and
// where a runner listens the following ones behind a bar, so that none begins
// with "::". The older form of a command, "##[", is taken from any place in a
// line, so it is broken up.
func (r *Runner) Logf(format string, args ...any) {
	text := Printable(fmt.Sprintf(format, args...))
	if r.OnGitHub() {
		text = inert(strings.ReplaceAll(text, "\n", "\n       | "))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	fmt.Fprintf(r.log, "keyless: %s\n", text)
}

// inert breaks up the older form of a command.
func inert(text string) string { return strings.ReplaceAll(text, "##[", "# #[") }

func (r *Runner) annotate(kind string, pos Position, text string) {
	if r.OnGitHub() {
		r.command(kind, inert(Printable(text)), pos)
		return
	}
	r.Logf("%s: %s", kind, text)
}

// command issues a workflow command. The library escapes line ends and panics
// when it cannot write; a log that is gone is no reason to lose the answer.
func (r *Runner) command(name, message string, pos Position) {
	r.mu.Lock()
	defer r.mu.Unlock()
	defer func() { _ = recover() }()
	r.action.IssueCommand(&githubactions.Command{Name: name, Message: message, Properties: pos.properties()})
}

func (p Position) properties() githubactions.CommandProperties {
	props := githubactions.CommandProperties{}
	if p.File != "" {
		props["file"] = p.File
	}
	for key, n := range map[string]int{"line": p.Line, "col": p.Column} {
		if n > 0 {
			props[key] = fmt.Sprint(n)
		}
	}
	return props
}
