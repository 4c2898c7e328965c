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

// A Level is how GitHub shows an annotation.
type Level string

const (
	Notice  Level = "notice"
	Warning Level = "warning"
	Error   Level = "error"
)

// levels are in the order in which what was kept back is told.
var levels = [...]Level{Notice, Warning, Error}

// Errorf makes an error annotation: see [Runner.Annotate].
func (r *Runner) Errorf(pos Position, format string, args ...any) {
	r.Annotate(Annotation{Level: Error, Position: pos, Text: fmt.Sprintf(format, args...)})
}

// Warningf makes a warning annotation: see [Runner.Annotate].
func (r *Runner) Warningf(format string, args ...any) {
	r.Annotate(Annotation{Level: Warning, Text: fmt.Sprintf(format, args...)})
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
	for _, level := range levels {
		t := r.told[level]
		switch more := t.count - maxAnnotations + 1; {
		case more == 1:
			r.issue(t.held)
		case more > 1:
			r.issue(Annotation{Level: level, Text: fmt.Sprintf("%d more %ss are in the log of this step", more, level)})
		}
	}
}

// An Annotation is a message that GitHub shows beside the log.
type Annotation struct {
	Level    Level
	Title    string // "": GitHub shows the level
	Position        // beside which it is shown in the pull request; may be none
	Text     string
}

// A tally counts the annotations of one level.
type tally struct {
	count int
	held  Annotation // the tenth
}

// Annotate makes an annotation. Several lines of text stay one. The text should
// name the position too, for those who read it elsewhere.
//
// GitHub shows ten annotations of a level and step. The tenth is kept back until
// it is known whether it is the last ([Runner.Close]); from the eleventh on all
// are notes in the log. A text longer than GitHub shows is in the log as a whole.
// Outside GitHub Actions every annotation is a note in the log.
func (r *Runner) Annotate(a Annotation) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.OnGitHub() || r.closed {
		r.note(a)
		return
	}
	if r.told == nil {
		r.told = map[Level]tally{}
	}
	t := r.told[a.Level]
	defer func() { r.told[a.Level] = t }()
	// The one held back is in no log until then: the runner writes an annotation to
	// the log too, so it would stand there twice.
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
func (r *Runner) note(a Annotation) { r.write(string(a.Level) + ": " + a.Text) }

const wholeInLog = "\n(This is the beginning: the whole is in the log of this step.)"

// issue hands an annotation to the runner, and to the log what the runner would
// cut off.
func (r *Runner) issue(a Annotation) {
	text := sink.Log(a.Text)
	if sink.Units(text) > maxMessage {
		r.note(a)
		head, _ := sink.Cut(text, maxMessage-sink.Units(wholeInLog))
		text = strings.TrimRight(head, "\n") + wholeInLog
	}
	r.command(string(a.Level), text, a.properties())
}

func (a Annotation) properties() githubactions.CommandProperties {
	props := githubactions.CommandProperties{}
	for key, text := range map[string]string{"file": a.File, "title": a.Title} {
		if text != "" {
			props[key] = sink.Visible(text)
		}
	}
	for key, n := range map[string]int{"line": a.Line, "col": a.Column} {
		if n > 0 {
			props[key] = fmt.Sprint(n)
		}
	}
	return props
}
