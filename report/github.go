package report

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/google/go-github/v62/github"

	"github.com/keyless-inference/action/wire"
)

// GitHub is the API of github.com or of a GitHub Enterprise Server, for one
// repository. It may be used by several goroutines.
type GitHub struct {
	// API and GraphQL are where the API is: https, or plain http on loopback,
	// and both on one host. "" means https://api.github.com for API, and for
	// GraphQL what belongs to API. The runner has them in GITHUB_API_URL and
	// GITHUB_GRAPHQL_URL.
	API, GraphQL string

	Token      string // GITHUB_TOKEN or another one; it must be allowed to write issues or pull requests
	Repository string // "owner/name"

	Do       func(*http.Request) (*http.Response, error) // sends a request and follows no redirect; nil means that of [wire.Client]
	Attempts int                                         // of each request, the first one included; 0 means 5
	Timeout  time.Duration                               // of one Post as a whole, waits included; 0 means 2 minutes
	Log      func(string)                                // is told of each failed attempt that another one follows; nil means nobody
}

const (
	// requestTimeout leaves time for another attempt when a connection hangs.
	requestTimeout = 30 * time.Second

	// answerLimit is in bytes: 100 comments, each of 65,536 characters that JSON
	// writes in six bytes, so that nobody's long comments can hide ours.
	answerLimit = 64 << 20
)

var (
	repositoryName = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9_.-]*/[A-Za-z0-9_.-]+$`)
	tokenLetters   = regexp.MustCompile(`^[!-~]+$`)

	errNoAnswer = errors.New("the answer is none of GitHub's API")
)

// A session is one Post.
type session struct {
	c           Comment
	token       string
	owner, repo string
	api         *url.URL
	graphql     string
	send        func(*http.Request) (*http.Response, error)
	retry       wire.Retry
	secrets     *wire.Secrets
	known       map[int64]bool // the comments of ours that were there before
	tried       int            // how many attempts the last request took
}

// session checks what belongs to g.
func (g *GitHub) session(c Comment) (*session, error) {
	api, graphql, err := g.endpoints()
	if err = errors.Join(err, g.checkRepository(), g.checkToken()); err != nil {
		return nil, err
	}
	owner, repo, _ := strings.Cut(g.Repository, "/")
	s := &session{
		c: c, token: g.Token, owner: owner, repo: repo, api: api, graphql: graphql,
		send: g.Do, secrets: new(wire.Secrets), known: map[int64]bool{},
	}
	if s.send == nil {
		s.send = wire.Client().Do
	}
	s.secrets.Add(g.Token)
	s.retry = wire.Retry{Attempts: cmp.Or(g.Attempts, 5), Note: s.note(g.Log, cmp.Or(g.Attempts, 5))}
	return s, nil
}

func (g *GitHub) checkRepository() error {
	_, repo, _ := strings.Cut(g.Repository, "/")
	if g.Repository == "" {
		return errors.New("there is no repository (set GITHUB_REPOSITORY to owner/name)")
	}
	if !repositoryName.MatchString(g.Repository) || repo == "." || repo == ".." {
		return fmt.Errorf("%q is no repository: it is written owner/name", wire.Line(g.Repository, 100))
	}
	return nil
}

func (g *GitHub) checkToken() error {
	if g.Token == "" {
		return errors.New("there is no GitHub token (input github-token, or GITHUB_TOKEN)")
	}
	if !tokenLetters.MatchString(g.Token) {
		return errors.New("the GitHub token has a blank or another character in it that no token has")
	}
	return nil
}

// endpoints are the addresses of the API, the first with a slash at its end.
func (g *GitHub) endpoints() (api *url.URL, graphql string, err error) {
	api, err = wire.CheckURL(cmp.Or(g.API, "https://api.github.com"))
	if err != nil {
		return nil, "", fmt.Errorf("GITHUB_API_URL: %w", err)
	}
	api.RawQuery, api.Fragment, api.Path, api.RawPath = "", "", strings.TrimRight(api.Path, "/"), ""
	// https://docs.github.com/enterprise-server/graphql/guides/forming-calls-with-graphql#the-graphql-endpoint
	derived := *api
	derived.Path = strings.TrimSuffix(api.Path, "/v3") + "/graphql"
	api.Path += "/"
	second, err := wire.CheckURL(cmp.Or(g.GraphQL, derived.String()))
	if err != nil {
		return nil, "", fmt.Errorf("GITHUB_GRAPHQL_URL: %w", err)
	}
	if second.Scheme != api.Scheme || !strings.EqualFold(second.Host, api.Host) {
		return nil, "", fmt.Errorf("GITHUB_API_URL is at %s and GITHUB_GRAPHQL_URL at %s: the token goes to one host only", api.Host, second.Host)
	}
	return api, second.String(), nil
}

// note tells log of a failed attempt.
func (s *session) note(log func(string), attempts int) func(int, error, time.Duration) {
	if log == nil {
		return nil
	}
	return func(attempt int, err error, wait time.Duration) {
		log(wire.Line(s.secrets.Cut(fmt.Sprintf("GitHub: %v: attempt %d of %d failed, the next one is in %s",
			err, attempt, attempts, wait.Round(100*time.Millisecond))), 500))
	}
}

// A call makes one request with a client.
type call func(context.Context, *github.Client) (*github.Response, error)

// try makes a request until it succeeds, as the retry policy allows. Its errors
// hold a [refusal].
func (s *session) try(ctx context.Context, doing string, c call) error {
	attempts, err := s.retry.Do(ctx, func(ctx context.Context) error { return s.once(ctx, doing, c) })
	s.tried = attempts
	return err
}

// once makes a request once.
func (s *session) once(ctx context.Context, doing string, c call) error {
	attempt, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	resp, err := c(attempt, s.client())
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return &refusal{doing: doing, kind: "ended", err: context.Cause(ctx)}
	case attempt.Err() != nil:
		err = fmt.Errorf("no answer within %s", requestTimeout)
	}
	return s.refused(doing, resp, err)
}

// client returns a client of the library that is good for one request. A used
// one blocks all later calls by itself when it takes the reset of the primary
// limit for that of a secondary one, or the limit of GraphQL on an Enterprise
// Server for that of REST: how long to wait is decided in [refusal.limits].
func (s *session) client() *github.Client {
	c := github.NewClient(&http.Client{
		Transport:     roundTripper(s.exchange),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}).WithAuthToken(s.token)
	c.BaseURL, c.UserAgent = s.api, "keyless-inference"
	return c
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// exchange sends a request and reads the whole answer, since the library reads
// without a limit.
func (s *session) exchange(r *http.Request) (*http.Response, error) {
	resp, err := s.send(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := wire.ReadAll(resp.Body, answerLimit)
	if len(body) == answerLimit && err != nil {
		return nil, fmt.Errorf("%w: %w", errNoAnswer, err)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the answer: %w", err)
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}
