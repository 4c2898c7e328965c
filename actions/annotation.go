package actions

import (
	"fmt"
	"strings"

	"github.com/sethvargo/go-githubactions"

	"github.com/keyless-inference/action/sink"
)

// What the runner keeps of a step's annotations. The rest is in the log alone,
// and of a longer message not even there. See
// https://github.com/actions/toolkit/blob/main/docs/problem-matchers.md#limitations
// and _maxIssueMessageLength in
// https://github.com/actions/runner/blob/main/src/Runner.Worker/ExecutionContext.cs.
const (
	maxAnnotations = 10    // of each kind
	maxMessage     = 4_096 // UTF-16 units
)

// A Position is a place in a file of the repository. The zero value is none.
type Position struct {
	File         string
	Line, Column int // from 1; 0 is unknown
}

// Errorf makes an error annotation, shown beside pos in the pull request if that
// is not zero. Several lines stay one annotation. The message should name the
// position too, for those who read it elsewhere.
//
// GitHub shows ten errors of a step. The tenth is kept back until it is known
// whether it is the last ([Runner.Close]); from the eleventh on all are notes in
// the log. A message longer than GitHub shows is in the log as a whole.
func (r *Runner) Errorf(pos Position, format string, args ...any) {
	r.annotate(&r.errors, annotation{"error", pos, fmt.Sprintf(format, args...)})
}

// Warningf makes a warning annotation. Warnings are counted apart from errors, in
// the same way.
func (r *Runner) Warningf(format string, args ...any) {
	r.annotate(&r.warnings, annotation{"warning", Position{}, fmt.Sprintf(format, args...)})
}

// Close ends the annotations of the step. Call it once, when everything else has
// been told: it issues the tenth annotation of a kind, which is the one that was
// kept back or, where more followed, one that says how many are in the log.
// What is annotated later is a note in the log. Outside GitHub Actions, and when
// called again, it does nothing.
func (r *Runner) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	r.closed = true
	for _, t := range []*tally{&r.warnings, &r.errors} {
		switch more := t.count - maxAnnotations + 1; {
		case more == 1:
			r.issue(t.held)
		case more > 1:
			r.issue(annotation{kind: t.held.kind, text: fmt.Sprintf("%d more %ss are in the log of this step", more, t.held.kind)})
		}
	}
}

// An annotation is a message that GitHub shows beside the log.
type annotation struct {
	kind string // "error" or "warning", the command's name
	pos  Position
	text string
}

// A tally counts the annotations of one kind.
type tally struct {
	count int
	held  annotation // the tenth
}

// annotate issues a, holds it back, or puts it into the log, as its number in t
// says. The one held back is in no log until then: the runner writes an
// annotation to the log too, so it would stand there twice.
func (r *Runner) annotate(t *tally, a annotation) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.OnGitHub() || r.closed {
		r.note(a)
		return
	}
	t.count++
	switch {
	case t.count < maxAnnotations:
		r.issue(a)
	case t.count == maxAnnotations:
		t.held = a
	case t.count == maxAnnotations+1:
		r.note(t.held)
		r.note(a)
	default:
		r.note(a)
	}
}

// note puts an annotation into the log alone.
func (r *Runner) note(a annotation) { r.write(a.kind + ": " + a.text) }

const wholeInLog = "\n(This is the beginning: the whole is in the log of this step.)"

// issue hands an annotation to the runner, and to the log what the runner would
// cut off.
func (r *Runner) issue(a annotation) {
	text := sink.Log(a.text)
	if sink.Units(text) > maxMessage {
		r.note(a)
		head, _ := sink.Cut(text, maxMessage-sink.Units(wholeInLog))
		text = strings.TrimRight(head, "\n") + wholeInLog
	}
	r.command(a.kind, text, a.pos)
}

func (p Position) properties() githubactions.CommandProperties {
	props := githubactions.CommandProperties{}
	if p.File != "" {
		props["file"] = sink.Visible(p.File)
	}
	for key, n := range map[string]int{"line": p.Line, "col": p.Column} {
		if n > 0 {
			props[key] = fmt.Sprint(n)
		}
	}
	return props
}
