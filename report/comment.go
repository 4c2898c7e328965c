package report

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/keyless-inference/action/sink"
)

// MaxPart is how many UTF-16 units (see [sink.Units]) a part of a [Comment] may
// have. With its marker it stays below the 65,536 characters that GitHub takes.
const MaxPart = 65_000

// A Comment is a sticky comment on an issue or a pull request.
type Comment struct {
	Number int    // of the issue or pull request
	Header string // tells several sticky comments of one pull request apart; at most [MaxHeader] bytes, "" is one too
	Mode   string // one of [Modes]; "" means "update"

	// SkipUnchanged leaves a comment alone that shows the same already. Without
	// it, the comment is written again and counts as edited.
	SkipUnchanged bool

	// Parts are the text in Markdown, first to last; several when it had to be
	// split ([sink.Split]). Each has at most [MaxPart] units. They go out as
	// they are: what others wrote must have been through [sink.Markdown]. The
	// modes "delete" and "hide" ignore them.
	Parts []string
}

// Posted says what came of a [Comment]. ID and URL are those of the first part;
// zero when there is none.
type Posted struct {
	ID     int64
	URL    string
	Action string // created, updated, appended, recreated, unchanged, hidden, deleted, skipped
}

// A step brings the comments that are there to what they shall be. It returns
// those whose first is to be told, even when it fails halfway.
type step func(s *session, ctx context.Context, old []own) (now []own, action string, err error)

// modes are what to do when there is no comment of ours yet, and when there are
// some.
var modes = []struct {
	name       string
	text       bool // whether it needs a text
	none, some step
}{
	{"update", true, create, unlessSame(update)},
	{"append", true, create, extend},
	{"recreate", true, create, unlessSame(replace((*session).remove))},
	{"hide-and-recreate", true, create, unlessSame(replace((*session).minimize))},
	{"only-create", true, create, skip},
	{"only-update", true, skip, unlessSame(update)},
	{"delete", false, skip, discard("deleted", (*session).remove)},
	{"hide", false, skip, discard("hidden", (*session).minimize)},
}

// Modes are the modes of a [Comment]:
//
//   - update: edit the comment in place, or create it;
//   - append: add the text to the end of the comment, or create it;
//   - recreate: create a new one, then delete the old one;
//   - hide-and-recreate: create a new one, then hide the old one as outdated;
//   - only-create: create it, unless there is one;
//   - only-update: edit it in place, if there is one;
//   - delete, hide: if there is one.
//
// Hidden comments are history: no mode finds them again.
func Modes() (names []string) {
	for _, m := range modes {
		names = append(names, m.name)
	}
	return names
}

// Post brings a sticky comment up to date, as its Mode says. The error is a
// [wire.Problem] where somebody can do something about it. When a comment has
// several parts and one fails, Posted tells of the first beside the error.
//
// [wire.Problem]: https://pkg.go.dev/github.com/keyless-inference/action/wire#Problem
func (g *GitHub) Post(ctx context.Context, c Comment) (Posted, error) {
	s, err := g.session(c)
	if err == nil {
		err = errors.Join(c.check(), c.checkParts())
	}
	if err != nil {
		return Posted{}, fmt.Errorf("posting a comment: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(g.Timeout, 2*time.Minute))
	defer cancel()
	posted, err := s.post(ctx)
	return posted, s.explain(err)
}

// Check returns the mistakes in g and c that are known without asking GitHub and
// before there are parts: all that [GitHub.Post] would refuse but for those.
func (g *GitHub) Check(c Comment) error {
	_, err := g.session(c)
	return errors.Join(err, c.check())
}

// check returns all mistakes in c but for its parts.
func (c Comment) check() error {
	var wrong []error
	if !slices.Contains(Modes(), c.mode()) {
		wrong = append(wrong, fmt.Errorf("there is no mode %q: there are %s", c.Mode, strings.Join(Modes(), ", ")))
	}
	if c.Number < 1 {
		wrong = append(wrong, fmt.Errorf("%d is no number of an issue or a pull request", c.Number))
	}
	if len(c.Header) > MaxHeader {
		wrong = append(wrong, fmt.Errorf("the input comment-header has %d bytes, and at most %d are allowed", len(c.Header), MaxHeader))
	}
	return errors.Join(wrong...)
}

// NeedsText reports whether the mode of c writes a text.
func (c Comment) NeedsText() bool {
	mode := slices.Index(Modes(), c.mode())
	return mode >= 0 && modes[mode].text
}

// checkParts returns the first mistake in the parts of c, if its mode needs any.
func (c Comment) checkParts() error {
	switch {
	case !c.NeedsText():
		return nil
	case len(c.Parts) == 0:
		return errors.New("there is no text")
	}
	for i, text := range c.Parts {
		if n := sink.Units(text); n > MaxPart {
			return fmt.Errorf("part %d has %d characters, and at most %d are allowed", i+1, n, MaxPart)
		}
		if strings.TrimSpace(text) == "" {
			return fmt.Errorf("part %d of the text is empty", i+1)
		}
	}
	return nil
}

func (c Comment) mode() string { return cmp.Or(c.Mode, "update") }

// body is the text of a comment as it is sent.
func (c Comment) body(text string, part int) string { return normal(text) + marker(c.Header, part) }

// post looks for what is there and takes the step that the mode wants then.
func (s *session) post(ctx context.Context) (Posted, error) {
	old, err := s.find(ctx)
	if err != nil {
		return Posted{}, err
	}
	mode := modes[slices.Index(Modes(), s.c.mode())]
	next := mode.none
	if len(old) > 0 {
		next = mode.some
	}
	now, action, err := next(s, ctx, old)
	posted := Posted{Action: action}
	if err != nil {
		posted.Action = ""
	}
	if len(now) > 0 {
		posted.ID, posted.URL = now[0].id, now[0].url
	}
	return posted, err
}

// write writes the parts over the comments that there are, and creates the
// others.
func (s *session) write(ctx context.Context, over []own) (now []own, err error) {
	for i, text := range s.c.Parts {
		var written own
		if body := s.c.body(text, i+1); i < len(over) {
			written, err = s.edit(ctx, over[i], body)
		} else {
			written, err = s.create(ctx, body)
		}
		if err != nil {
			return now, err
		}
		now = append(now, written)
	}
	return now, nil
}

func create(s *session, ctx context.Context, _ []own) ([]own, string, error) {
	now, err := s.write(ctx, nil)
	return now, "created", err
}

func skip(_ *session, _ context.Context, old []own) ([]own, string, error) {
	return old, "skipped", nil
}

func update(s *session, ctx context.Context, old []own) ([]own, string, error) {
	now, err := s.write(ctx, old)
	if err == nil {
		err = s.each(ctx, old[min(len(old), len(now)):], (*session).remove)
	}
	return now, "updated", err
}

// extend adds the text to the last comment, behind the blank line that
// [sink.Markdown] wants between two texts. Where it does not fit, it goes on in
// comments of its own, so that nothing old is lost.
func extend(s *session, ctx context.Context, old []own) ([]own, string, error) {
	parts, last := s.c.Parts, old[len(old)-1]
	if joined := last.text + "\n\n" + parts[0]; sink.Units(joined) <= MaxPart {
		if _, err := s.edit(ctx, last, s.c.body(joined, len(old))); err != nil {
			return old, "appended", err
		}
		parts = parts[1:]
	}
	for i, text := range parts {
		if _, err := s.create(ctx, s.c.body(text, len(old)+1+i)); err != nil {
			return old, "appended", err
		}
	}
	return old, "appended", nil
}

// replace writes the text anew, and only then does away with the old one.
func replace(away func(*session, context.Context, own) error) step {
	return func(s *session, ctx context.Context, old []own) ([]own, string, error) {
		now, err := s.write(ctx, nil)
		if err == nil {
			err = s.each(ctx, old, away)
		}
		return now, "recreated", err
	}
}

func discard(action string, away func(*session, context.Context, own) error) step {
	return func(s *session, ctx context.Context, old []own) ([]own, string, error) {
		return old, action, s.each(ctx, old, away)
	}
}

// unlessSame takes the step unless SkipUnchanged forbids it.
func unlessSame(next step) step {
	return func(s *session, ctx context.Context, old []own) ([]own, string, error) {
		if s.c.SkipUnchanged && s.unchanged(old) {
			return old, "unchanged", nil
		}
		return next(s, ctx, old)
	}
}

func (s *session) unchanged(old []own) bool {
	if len(old) != len(s.c.Parts) {
		return false
	}
	for i, text := range s.c.Parts {
		if !same(old[i].body, s.c.body(text, i+1)) {
			return false
		}
	}
	return true
}

// each does one thing to every comment, and stops at the first that fails.
func (s *session) each(ctx context.Context, all []own, do func(*session, context.Context, own) error) error {
	for _, o := range all {
		if err := do(s, ctx, o); err != nil {
			return err
		}
	}
	return nil
}
