package report

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/keyless-inference/action/hub"
	"github.com/keyless-inference/action/wire"
)

// locked finds the refusal of a comment in a locked conversation: "Unable to
// create comment because issue is locked." or the page on that.
var locked = regexp.MustCompile(`\blocked\b|/locking-conversations`)

// kindOf is the row of [remedies] that r belongs to.
func kindOf(r *hub.Refusal) string {
	if r.Status == http.StatusForbidden && locked.MatchString(r.Words) {
		return "locked"
	}
	return r.Kind
}

// unclear reports whether a request that failed so may have had its effect all
// the same.
func unclear(err error) bool {
	var r *hub.Refusal
	return errors.As(err, &r) && (r.Kind == hub.Busy || r.Kind == hub.Network)
}

// A remedy is what people are told about a kind of refusal. Placeholders are
// filled by [session.facts].
type remedy struct{ kind, what, why, fix string }

// remedies is the one place where words for GitHub's refusals live.
var remedies = []remedy{
	{
		"401", "GitHub does not accept the token",
		"{words}It is mistyped, expired or revoked; a job's own token ends with its job.",
		"leave the input github-token out to use the job's own token, or renew the secret that it names",
	},
	{
		"403", "the token is not allowed to do that",
		"{words}{accepted}Runs for pull requests from forks and from Dependabot get a token that can only read, " +
			"whatever the workflow says.",
		"add this to the job's permissions, beside those that it has (what is not named there is taken away):\n" +
			"permissions:\n{permissions}for pull requests from forks and from Dependabot, see docs/forks.md",
	},
	{
		"locked", "the conversation is locked",
		"{words}Only people who can write to the repository may comment there.",
		"unlock the conversation of {place}, or set the input comment to false",
	},
	{
		"404", "there is no {place} that the token can see",
		"{words}The number is none of an issue or pull request of {repository}, or the token has no access to the repository.",
		"check the number (input comment-number) and, if you gave one, the token (input github-token): " +
			"a fine-grained token names its repositories",
	},
	{
		"410", "{place} is gone",
		"{words}The issue was deleted, or issues are switched off in {repository}.",
		"check the number (input comment-number), or switch issues on in the repository's settings",
	},
	{
		"422", "GitHub does not take the text",
		"{words}",
		"shorten the text if it is too long (a comment has at most 65,536 characters), and check the input comment-template",
	},
	{
		hub.Moved, "the repository was renamed or moved",
		"GitHub redirects from {repository} to another address, and the token is not sent there.",
		"use the repository's present name, and see that GITHUB_API_URL is the address that answers itself",
	},
	{
		hub.PrimaryLimit, "the token's hourly rate limit is used up",
		"{words}GitHub asks to wait until {until}. {left}All jobs of a repository share the limit of its GITHUB_TOKEN.",
		"run the job again after {until}, or give the input github-token a token of a GitHub App, which has a limit of its own",
	},
	{
		hub.SecondaryLimit, "GitHub asks to slow down (secondary rate limit)",
		"{words}GitHub asks to wait until {until}. {left}",
		"run the job again after {until}, and run fewer jobs at once that write comments",
	},
	{
		hub.Busy, "GitHub is busy or disturbed",
		"{words}The refusal is a passing one. {left}",
		"see https://www.githubstatus.com and run the job again",
	},
	{
		hub.Network, "there is no answer from {host}",
		"{error}.",
		"check the runner's network, its proxy (HTTPS_PROXY, NO_PROXY) and its certificates (SSL_CERT_FILE), and GITHUB_API_URL",
	},
	{
		hub.Unreadable, "what {host} answers is not GitHub's API",
		"Its answer could not be understood: {error}.",
		"check GITHUB_API_URL, and that no proxy answers in GitHub's stead",
	},
	{
		"", "GitHub refused",
		"{words}",
		"see https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api",
	},
}

func remedyFor(kind string) remedy {
	for _, m := range remedies {
		if m.kind == kind || m.kind == "" {
			return m
		}
	}
	return remedy{}
}

// explain tells err to the person who has to act on it.
func (s *session) explain(err error) error {
	var r *hub.Refusal
	if err == nil || !errors.As(err, &r) {
		return s.Secrets.CutError(err)
	}
	where := "commenting on " + s.place() + ": " + r.Doing + ": "
	if r.Kind == hub.Ended {
		return s.Secrets.CutError(s.ended(where, err))
	}
	m, fill := remedyFor(kindOf(r)), s.facts(r, err)
	p := &wire.Problem{What: where + fill.Replace(m.what) + s.effort(r), Why: fill.Replace(m.why), Fix: fill.Replace(m.fix), Err: err}
	p.Why = strings.TrimSpace(p.Why)
	return s.Secrets.CutError(p)
}

// ended is the error when there was no time for another attempt, or nobody
// wanted one.
func (s *session) ended(where string, err error) error {
	if !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%s%w", where, context.Canceled)
	}
	return &wire.Problem{
		What: where + "the time for it is over",
		Why:  "GitHub answered too slowly, or asked to wait for too long.",
		Fix:  "see https://www.githubstatus.com and run the job again",
		Err:  err,
	}
}

func (s *session) place() string {
	return fmt.Sprintf("%s/%s#%d", s.owner, s.repo, s.c.Number)
}

// effort is the status, and how often it was tried.
func (s *session) effort(r *hub.Refusal) string {
	var facts []string
	if r.Status != 0 {
		facts = append(facts, fmt.Sprintf("HTTP %d", r.Status))
	}
	if r.Tried > 1 {
		facts = append(facts, fmt.Sprintf("%d attempts", r.Tried))
	}
	if facts == nil {
		return ""
	}
	return " (" + strings.Join(facts, ", ") + ")"
}

// facts fills the placeholders of a [remedy].
func (s *session) facts(r *hub.Refusal, err error) *strings.Replacer {
	words, left := "", ""
	if r.Words != "" {
		words = "GitHub's words: " + strings.TrimRight(r.Words, ".") + ". "
	}
	if late := (*wire.WaitError)(nil); errors.As(err, &late) {
		left = fmt.Sprintf("Only %s were left for that. ", late.Left.Round(time.Second))
	}
	accepted, permissions := permissions(r)
	return strings.NewReplacer(
		"{words}", words, "{left}", left, "{accepted}", accepted, "{permissions}", permissions,
		"{place}", s.place(), "{repository}", s.owner+"/"+s.repo, "{host}", s.Base.Host,
		"{until}", time.Now().Add(r.Wait).UTC().Format(time.RFC3339),
		"{error}", wire.Line(r.Err.Error(), 300),
	)
}

// permissions are those that GitHub would have accepted, as a sentence and as
// lines of a workflow. Without its word they are those of comments.
func permissions(r *hub.Refusal) (sentence, yaml string) {
	found := r.Accepted()
	if found == nil {
		return "", "  pull-requests: write # on a pull request\n  issues: write # on an issue\n"
	}
	var names []string
	remark := map[string]string{"pull-requests": " # on a pull request", "issues": " # on an issue"}
	for _, p := range found {
		name := p.Name + ": " + p.Level
		names = append(names, name)
		if len(found) > 1 {
			yaml += "  " + name + remark[p.Name] + "\n"
		} else {
			yaml = "  " + name + "\n"
		}
	}
	return "It takes a token with " + strings.Join(names, " or ") + ". ", yaml
}
