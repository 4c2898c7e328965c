package migration

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/google/go-github/v62/github"

	"github.com/keyless-inference/action/hub"
	"github.com/keyless-inference/action/wire"
)

// GitHub is the source that lists the names of a repository's secrets, and its
// variables with their values: those of the repository, of each of its
// environments and of its organization, for Actions, Dependabot and Codespaces.
// Made by [NewGitHub].
type GitHub struct {
	cfg  GitHubConfig
	hub  *hub.Session
	slot chan struct{} // a place for each request that may be under way

	within bool // whether the whole organization is looked at, so its own stores are not
}

// GitHubConfig says which repository, and how it is reached.
type GitHubConfig struct {
	API        hub.API
	Repository string // OWNER/NAME
	Names      Names
	Asked      bool          // see [Status.Asked]
	Timeout    time.Duration // of one Look as a whole; 0 means 5 minutes
}

// inFlight is how many requests are under way at once. GitHub asks not to make
// many: https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api#avoid-concurrent-requests
const inFlight = 4

// NewGitHub checks cfg and sends nothing. All mistakes are reported together.
func NewGitHub(cfg GitHubConfig) (*GitHub, error) {
	s, err := cfg.API.Open()
	if err = errors.Join(err, hub.CheckRepository(cfg.Repository)); err != nil {
		return nil, err
	}
	return newGitHub(cfg, s), nil
}

func newGitHub(cfg GitHubConfig, s *hub.Session) *GitHub {
	cfg.Timeout = cmp.Or(cfg.Timeout, 5*time.Minute)
	return &GitHub{cfg: cfg, hub: s, slot: make(chan struct{}, inFlight)}
}

// Look implements [Source].
func (g *GitHub) Look(ctx context.Context) Result {
	ctx, cancel := context.WithTimeout(ctx, g.cfg.Timeout)
	defer cancel()
	at, err := g.repository(ctx)
	if err != nil {
		return Result{Statuses: []Status{g.failure(store{name: "the repository " + g.cfg.Repository, needs: permission{fine: "Metadata: read"}}, err)}}
	}
	all := []store{}
	for _, s := range stores {
		if (at.org || !s.wide) && !(g.within && s.optional) {
			all = append(all, s)
		}
	}
	environments, status := g.environments(ctx, at)
	for _, e := range environments {
		for _, s := range environmentStores {
			s.name += " " + wire.Line(e, 100)
			s.env = e
			all = append(all, s)
		}
	}
	result := g.look(ctx, at, all)
	result.Statuses = append(result.Statuses, status)
	return result
}

// look looks into several stores at once and keeps their order.
func (g *GitHub) look(ctx context.Context, at place, all []store) (result Result) {
	parts := make([]Result, len(all))
	var looking sync.WaitGroup
	for i, s := range all {
		looking.Go(func() {
			g.slot <- struct{}{}
			defer func() { <-g.slot }()
			parts[i] = g.store(ctx, at, s)
		})
	}
	looking.Wait()
	for _, p := range parts {
		result.Findings = append(result.Findings, p.Findings...)
		result.Statuses = append(result.Statuses, p.Statuses...)
	}
	return result
}

// A place is the repository that is looked at, and one of its environments.
type place struct {
	owner, repo string
	id          int64
	org         bool   // whether the owner is an organization
	env         string // escaped for a path
}

func (g *GitHub) repository(ctx context.Context) (place, error) {
	owner, repo, _ := strings.Cut(g.cfg.Repository, "/")
	at := place{owner: owner, repo: repo}
	err := g.hub.Try(ctx, "asking for the repository", func(ctx context.Context, c *github.Client) (*github.Response, error) {
		r, resp, err := c.Repositories.Get(ctx, owner, repo)
		if err == nil && r.GetID() == 0 {
			err = hub.ErrNoAnswer
		}
		at.id, at.org = r.GetID(), r.GetOwner().GetType() == "Organization"
		return resp, err
	})
	return at, err
}

// environments lists the names of the repository's environments, and says
// whether it could.
func (g *GitHub) environments(ctx context.Context, at place) ([]string, Status) {
	s := store{name: "environments", needs: permission{"Actions: read", "permission-actions: read", "repo"}}
	names, err := hub.List(ctx, g.hub, "listing the environments", func(ctx context.Context, c *github.Client, page github.ListOptions) (names []string, _ *github.Response, _ error) {
		list, resp, err := c.Repositories.ListEnvironments(ctx, at.owner, at.repo, &github.EnvironmentListOptions{ListOptions: page})
		if list != nil {
			for _, e := range list.Environments {
				names = append(names, e.GetName())
			}
		}
		return names, resp, err
	})
	if err != nil {
		return names, g.failure(s, err)
	}
	return names, g.status(s, Looked, count(len(names), "environment"))
}

// store looks into one store.
func (g *GitHub) store(ctx context.Context, at place, s store) (result Result) {
	at.env = escape(s.env)
	items, err := hub.List(ctx, g.hub, "listing the "+s.name, func(ctx context.Context, c *github.Client, page github.ListOptions) ([]item, *github.Response, error) {
		return s.list(ctx, c, at, page)
	})
	for _, it := range items {
		if f, ok := s.judge(at, g.cfg.Names, it); ok {
			result.Findings = append(result.Findings, f)
		}
	}
	if err != nil {
		result.Statuses = []Status{g.failure(s, err)}
	} else {
		result.Statuses = []Status{g.status(s, Looked, count(len(items), s.noun()))}
	}
	return result
}

func (g *GitHub) status(s store, state State, why string) Status {
	return Status{Name: "GitHub: " + s.name, State: state, Why: why, Asked: g.cfg.Asked && !s.optional}
}

// failure is the status of a store that could not be read.
func (g *GitHub) failure(s store, err error) Status {
	var r *hub.Refusal
	if !errors.As(err, &r) {
		return g.status(s, Failed, wire.Line(g.hub.Secrets.Cut(err.Error()), 300))
	}
	state := Failed
	if r.Kind == "403" || r.Kind == "404" {
		state = Skipped
	}
	return g.status(s, state, g.why(s, r))
}

// reasons are the words for each kind of refusal. "{needs}" is the permission
// that the store takes, "{words}" what GitHub said, "{host}" who was asked.
var reasons = map[string]string{
	"401":              "GitHub does not accept the token (HTTP 401); it is mistyped, expired or revoked",
	"403":              "the token may not read it (HTTP 403{words}): {needs}",
	"404":              "there is nothing there that the token can see (HTTP 404): {needs}",
	"sso":              "the token is not authorized for the organization's single sign-on (HTTP 403): authorize it at the token's settings, Configure SSO",
	hub.PrimaryLimit:   "the token's hourly rate limit is used up; run the check again after {until}",
	hub.SecondaryLimit: "GitHub asks to slow down; run the check again after {until}",
	hub.Busy:           "GitHub is busy or disturbed (HTTP {status}{words}) after {tried}",
	hub.Moved:          "GitHub redirects to another address (HTTP {status}), and the token is not sent there: use the repository's present name",
	hub.Network:        "there is no answer from {host} after {tried}: {error}",
	hub.Unreadable:     "what {host} answers is not GitHub's API: check GITHUB_API_URL",
	hub.Ended:          "the time for it is over",
}

func (g *GitHub) why(s store, r *hub.Refusal) string {
	kind := r.Kind
	if kind == "403" && strings.HasPrefix(r.Header.Get("X-GitHub-SSO"), "required") {
		kind = "sso"
	}
	words := ""
	if r.Words != "" {
		words = ": " + r.Words
	}
	return wire.Line(g.hub.Secrets.Cut(strings.NewReplacer(
		"{needs}", s.needs.String(), "{words}", words, "{host}", g.hub.Base.Host, "{status}", fmt.Sprint(r.Status),
		"{until}", time.Now().Add(r.Wait).UTC().Format(time.RFC3339), "{tried}", count(r.Tried, "attempt"),
		"{error}", fmt.Sprint(r.Err),
	).Replace(cmp.Or(reasons[kind], "GitHub refused (HTTP {status}{words})"))), 700)
}
