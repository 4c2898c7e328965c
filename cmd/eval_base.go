package cmd

import (
	"context"
	"errors"
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
	if ref == "base" && src.event.Base != "" {
		ref = src.event.Base
	} else if ref == "base" && src.event.Name != "" {
		r.note("baseline-ref: the event %s has no base, so nothing is compared", src.event.Name)
		return
	}
	prompts, commit, err := earlier(ctx, r, src, ref, plan.run.Suites)
	if errors.Is(err, git.ErrUnknown) {
		r.mistake("baseline-ref", "%s: %w; set fetch-depth: 0 in actions/checkout, or run: git fetch --unshallow", ref, err)
		return
	}
	r.check("baseline-ref", err)
	plan.run.Earlier, plan.against = prompts, commit
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
		return nil, "", err
	}
	defer repo.Close()
	id, err := repo.Resolve(ref)
	if err != nil {
		return nil, "", err
	}
	prompts = map[string]*prompt.Prompt{}
	for _, s := range suites {
		text, err := repo.File(id, s.File)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, "", err
		}
		p, err := prompt.Parse(s.File+"@"+id.Short(), text)
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
