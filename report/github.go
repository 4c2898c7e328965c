package report

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/keyless-inference/action/hub"
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

// A session is one Post.
type session struct {
	*hub.Session
	c           Comment
	owner, repo string
	graphql     string
	known       map[int64]bool // the comments of ours that were there before
}

// session checks what belongs to g.
func (g *GitHub) session(c Comment) (*session, error) {
	graphql, err := g.graphql()
	s, openErr := hub.API{Base: g.API, Token: g.Token, Do: g.Do, Attempts: g.Attempts, Log: g.Log}.Open()
	if err = errors.Join(openErr, err, hub.CheckRepository(g.Repository)); err != nil {
		return nil, err
	}
	owner, repo, _ := strings.Cut(g.Repository, "/")
	return &session{Session: s, c: c, owner: owner, repo: repo, graphql: graphql, known: map[int64]bool{}}, nil
}

// graphql is the address of the GraphQL API, which is on the host of the other.
// What is wrong with that is no error here.
// https://docs.github.com/enterprise-server/graphql/guides/forming-calls-with-graphql#the-graphql-endpoint
func (g *GitHub) graphql() (string, error) {
	api, err := hub.ParseBase(g.API)
	if err != nil {
		return "", nil
	}
	derived := *api
	derived.Path = strings.TrimSuffix(strings.TrimSuffix(api.Path, "/"), "/v3") + "/graphql"
	second, err := wire.CheckURL(cmp.Or(g.GraphQL, derived.String()))
	if err != nil {
		return "", fmt.Errorf("GITHUB_GRAPHQL_URL: %w", err)
	}
	if second.Scheme != api.Scheme || !strings.EqualFold(second.Host, api.Host) {
		return "", fmt.Errorf("GITHUB_API_URL is at %s and GITHUB_GRAPHQL_URL at %s: the token goes to one host only", api.Host, second.Host)
	}
	return second.String(), nil
}
