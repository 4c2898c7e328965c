package report

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-github/v62/github"

	"github.com/keyless-inference/action/wire"
)

// A refusal is why a request did not succeed.
type refusal struct {
	doing  string
	kind   string      // of the rows of [remedies]
	status int         // 0: there was no answer
	header http.Header // of the answer
	words  string      // GitHub's, in one line and without secrets
	wait   time.Duration
	err    error // what the library said, without secrets
}

func (r *refusal) Error() string {
	text := r.doing + ": "
	if r.status != 0 {
		text += fmt.Sprintf("HTTP %d", r.status)
	} else {
		text += r.err.Error()
	}
	if r.words != "" {
		text += ": " + r.words
	}
	return text
}

func (r *refusal) Unwrap() error { return r.err }

// refused makes a refusal of what the library returned, [wire.Passing] when
// another attempt may meet something else.
func (s *session) refused(doing string, resp *github.Response, err error) error {
	r := &refusal{doing: doing, err: s.secrets.CutError(err)}
	var graph graphErrors
	switch isGraph := errors.As(err, &graph); {
	case resp == nil && errors.Is(err, errNoAnswer):
		r.kind = "unreadable"
		return r
	case resp == nil:
		r.kind, r.err = "network", wire.Fault(r.err)
		return r
	case isGraph:
		r.status, r.words = graph.status(), graph.Error()
	case resp.StatusCode <= 299:
		r.kind, r.status, r.words = "unreadable", resp.StatusCode, errNoAnswer.Error()
		return r
	default:
		r.status, r.words = resp.StatusCode, wordsOf(resp)
	}
	r.header, r.words = resp.Header, wire.Line(s.secrets.Cut(r.words), 300)
	var abuse *github.AbuseRateLimitError
	return r.classify(errors.As(err, &abuse))
}

// wordsOf are the words of an answer, which the library lets its callers read
// again.
func wordsOf(resp *github.Response) string {
	var answer github.ErrorResponse
	if json.NewDecoder(resp.Body).Decode(&answer) != nil {
		return ""
	}
	said := []string{answer.Message}
	for _, e := range answer.Errors {
		said = append(said, cmp.Or(e.Message, e.Field+" "+e.Code))
	}
	words := strings.Join(said, ": ")
	if answer.DocumentationURL != "" {
		words += " (" + answer.DocumentationURL + ")"
	}
	return strings.Join(strings.Fields(words), " ")
}

// locked finds the refusal of a comment in a locked conversation: "Unable to
// create comment because issue is locked." or the page on that.
var locked = regexp.MustCompile(`\blocked\b|/locking-conversations`)

// classify sets r's kind and says whether it passes.
func (r *refusal) classify(secondary bool) error {
	switch limited := r.limits(secondary); {
	case limited:
		return &wire.Passing{Err: r, Wait: r.wait}
	case wire.PassingStatus(r.status):
		r.kind = "busy"
		return &wire.Passing{Err: r, Wait: wire.RetryAfter(r.header)}
	case r.status == http.StatusForbidden && locked.MatchString(r.words):
		r.kind = "locked"
	case r.status/100 == 3:
		r.kind = "moved"
	default:
		r.kind = strconv.Itoa(r.status)
	}
	return r
}

// farthestReset, in 2100, is a Unix time that durations can be counted up to.
const farthestReset = 4_102_444_800

// limits reports whether a rate limit refused, and sets how long to wait then:
// as Retry-After says, else until the reset of an exhausted primary limit, else
// a minute. A reset is in whole seconds, by a clock that need not be ours.
//
// https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
func (r *refusal) limits(secondary bool) bool {
	if r.status != http.StatusForbidden && r.status != http.StatusTooManyRequests {
		return false
	}
	r.wait = wire.RetryAfter(r.header)
	exhausted := r.header.Get("X-RateLimit-Remaining") == "0"
	if seconds, err := strconv.ParseInt(r.header.Get("X-RateLimit-Reset"), 10, 64); err == nil && exhausted && r.wait == 0 {
		r.wait = max(0, time.Until(time.Unix(min(seconds, farthestReset), 0))) + time.Second
	}
	switch limited := exhausted || secondary || r.wait > 0 || r.status == http.StatusTooManyRequests; {
	case !limited:
		return false
	case r.wait == 0:
		r.wait = time.Minute
	}
	r.kind = "secondary limit"
	if exhausted {
		r.kind = "primary limit"
	}
	return true
}

// unclear reports whether a request that failed so may have had its effect all
// the same.
func unclear(err error) bool {
	var r *refusal
	return errors.As(err, &r) && (r.kind == "busy" || r.kind == "network")
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
		"moved", "the repository was renamed or moved",
		"GitHub redirects from {repository} to another address, and the token is not sent there.",
		"use the repository's present name, and see that GITHUB_API_URL is the address that answers itself",
	},
	{
		"primary limit", "the token's hourly rate limit is used up",
		"{words}GitHub asks to wait until {until}. {left}All jobs of a repository share the limit of its GITHUB_TOKEN.",
		"run the job again after {until}, or give the input github-token a token of a GitHub App, which has a limit of its own",
	},
	{
		"secondary limit", "GitHub asks to slow down (secondary rate limit)",
		"{words}GitHub asks to wait until {until}. {left}",
		"run the job again after {until}, and run fewer jobs at once that write comments",
	},
	{
		"busy", "GitHub is busy or disturbed",
		"{words}The refusal is a passing one. {left}",
		"see https://www.githubstatus.com and run the job again",
	},
	{
		"network", "there is no answer from {host}",
		"{error}.",
		"check the runner's network, its proxy (HTTPS_PROXY, NO_PROXY) and its certificates (SSL_CERT_FILE), and GITHUB_API_URL",
	},
	{
		"unreadable", "what {host} answers is not GitHub's API",
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
	var r *refusal
	if err == nil || !errors.As(err, &r) {
		return s.secrets.CutError(err)
	}
	where := "commenting on " + s.place() + ": " + r.doing + ": "
	if r.kind == "ended" {
		return s.secrets.CutError(s.ended(where, err))
	}
	m, fill := remedyFor(r.kind), s.facts(r, err)
	p := &wire.Problem{What: where + fill.Replace(m.what) + s.effort(r), Why: fill.Replace(m.why), Fix: fill.Replace(m.fix), Err: err}
	p.Why = strings.TrimSpace(p.Why)
	return s.secrets.CutError(p)
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
func (s *session) effort(r *refusal) string {
	var facts []string
	if r.status != 0 {
		facts = append(facts, fmt.Sprintf("HTTP %d", r.status))
	}
	if s.tried > 1 {
		facts = append(facts, fmt.Sprintf("%d attempts", s.tried))
	}
	if facts == nil {
		return ""
	}
	return " (" + strings.Join(facts, ", ") + ")"
}

// facts fills the placeholders of a [remedy].
func (s *session) facts(r *refusal, err error) *strings.Replacer {
	words, left := "", ""
	if r.words != "" {
		words = "GitHub's words: " + strings.TrimRight(r.words, ".") + ". "
	}
	if late := (*wire.WaitError)(nil); errors.As(err, &late) {
		left = fmt.Sprintf("Only %s were left for that. ", late.Left.Round(time.Second))
	}
	accepted, permissions := r.permissions()
	return strings.NewReplacer(
		"{words}", words, "{left}", left, "{accepted}", accepted, "{permissions}", permissions,
		"{place}", s.place(), "{repository}", s.owner+"/"+s.repo, "{host}", s.api.Host,
		"{until}", time.Now().Add(r.wait).UTC().Format(time.RFC3339),
		"{error}", wire.Line(r.err.Error(), 300),
	)
}

// accepts finds the permissions in X-Accepted-GitHub-Permissions, such as
// "issues=write; pull_requests=write", in which each semicolon is an "or":
// https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api#insufficient-permissions
var accepts = regexp.MustCompile(`\b([a-z_]{1,40})=(read|write|admin)\b`)

// permissions are those that GitHub would have accepted, as a sentence and as
// lines of a workflow. Without its word they are those of comments.
func (r *refusal) permissions() (sentence, yaml string) {
	found := accepts.FindAllStringSubmatch(r.header.Get("X-Accepted-GitHub-Permissions"), 10)
	if found == nil {
		return "", "  pull-requests: write # on a pull request\n  issues: write # on an issue\n"
	}
	var names []string
	remark := map[string]string{"pull-requests": " # on a pull request", "issues": " # on an issue"}
	for _, f := range found {
		name := strings.ReplaceAll(f[1], "_", "-")
		names = append(names, name+": "+f[2])
		if len(found) > 1 {
			yaml += "  " + name + ": " + f[2] + remark[name] + "\n"
		} else {
			yaml = "  " + name + ": " + f[2] + "\n"
		}
	}
	return "It takes a token with " + strings.Join(names, " or ") + ". ", yaml
}
