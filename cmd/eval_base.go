package cmd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/keyless-inference/action/eval"
	"github.com/keyless-inference/action/migration/git"
	"github.com/keyless-inference/action/prompt"
)

// base reads the prompt files as they are at another commit, for baseline-ref.
func (c *evalCommand) base(ctx context.Context, r *reader, src source, plan *evalPlan) {
	ref := strings.TrimSpace(c.BaselineRef)
	switch regressions := plan.conditions.FailOn == eval.Regressions; {
	case ref == "" && strings.TrimSpace(c.Baseline) == "" && regressions:
		r.mistake("fail-on", "regressions needs something to compare with: baseline or baseline-ref")
	case ref != "" && strings.TrimSpace(c.Baseline) != "":
		r.mistake("baseline-ref", "give it or baseline, not both")
	}
	if ref == "" {
		return
	}
	switch base := src.event.Base; {
	case ref == "base" && base != "":
		ref = base
	case ref == "base" && src.event.Name != "":
		r.note("baseline-ref: the event %s has no base, so nothing is compared", src.event.Name)
		return
	case ref == "base":
		r.mistake("baseline-ref", "base is that of a pull request, and this is no job of one: name a branch, a tag or a commit")
		return
	}
	prompts, commit, err := earlier(ctx, r, src, ref, plan.run.Suites)
	r.check("baseline-ref", err)
	plan.run.Earlier, plan.against = prompts, commit
}

// commitOf finds what ref names: a branch that only the remote has, too, as in a clone
// that actions/checkout made.
func commitOf(repo *git.Repo, ref string) (git.ID, error) {
	id, err := repo.Resolve(ref)
	if errors.Is(err, git.ErrUnknown) {
		if remote, also := repo.Resolve("origin/" + ref); also == nil {
			return remote, nil
		}
	}
	switch {
	case errors.Is(err, git.ErrUnknown) && repo.Shallow:
		err = fmt.Errorf("%w; set fetch-depth: 0 in actions/checkout, or run: git fetch --unshallow", err)
	case errors.Is(err, git.ErrUnknown):
		err = fmt.Errorf("%w: give the name of a branch or a tag, or all digits of a commit", err)
	}
	return id, err
}

// earlier are the prompts of the files at a commit. A file that the commit does not
// have has none: its rows are new.
func earlier(ctx context.Context, r *reader, src source, ref string, suites []*eval.Suite) (prompts map[string]*prompt.Prompt, commit string, err error) {
	root, err := os.OpenRoot(src.Dir())
	if err != nil {
		return nil, "", err
	}
	defer root.Close()
	repo, err := git.Open(root, ".")
	if err != nil {
		return nil, "", fmt.Errorf("%w in %s: run this in the top folder of the checkout", err, src.Dir())
	}
	defer repo.Close()
	id, err := commitOf(repo, ref)
	if err != nil {
		return nil, "", err
	}
	prompts = map[string]*prompt.Prompt{}
	for _, s := range suites {
		text, err := repo.File(id, s.File)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		var p *prompt.Prompt
		if err == nil {
			p, err = prompt.Parse(s.File+"@"+id.Short(), text)
		}
		if err == nil {
			err = s.Fits(p)
		}
		if err != nil {
			r.note("baseline-ref: %s is not compared, since today's rows can't be asked with it as it was: %v", s.File, err)
			continue
		}
		prompts[s.File] = p
	}
	return prompts, id.Short(), ctx.Err()
}
