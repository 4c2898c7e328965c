// Package hub is the way to GitHub's REST API, through go-github: where a token
// may go, one request at a time, every answer read through a limit, what passes
// tried again by the one retry loop, and a refusal told apart by its kind.
//
// What to say about a refusal depends on what was asked for, so the words are
// those of whoever asks.
package hub

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

// API says where GitHub is, and who asks. Token must be set.
type API struct {
	// Base is where the API is: https, or plain http on loopback. "" means
	// https://api.github.com. The runner has it in GITHUB_API_URL.
	Base string

	Token    string
	Do       func(*http.Request) (*http.Response, error) // sends a request and follows no redirect; nil means that of [wire.Client]
	Attempts int                                         // of each request, the first one included; 0 means 5
	Log      func(string)                                // is told of each failed attempt that another one follows; nil means nobody
}

const (
	// requestTimeout leaves time for another attempt when a connection hangs.
	requestTimeout = 30 * time.Second

	// answerLimit is in bytes: 100 comments, each of 65,536 characters that JSON
	// writes in six bytes, so that nobody's long comments can hide others.
	answerLimit = 64 << 20

	// pageLimit is how many pages of 100 a list may have.
	pageLimit = 1000
)

var (
	repositoryName = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9_.-]*/[A-Za-z0-9_.-]+$`)
	ownerName      = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9_.-]*$`)
	tokenLetters   = regexp.MustCompile(`^[!-~]+$`)
)

// ErrNoAnswer is under the error of an answer that is none of GitHub's API.
var ErrNoAnswer = errors.New("the answer is none of GitHub's API")

// CheckRepository reports why name is not that of a repository, OWNER/NAME.
func CheckRepository(name string) error {
	_, repo, _ := strings.Cut(name, "/")
	if name == "" {
		return errors.New("there is no repository (set GITHUB_REPOSITORY to owner/name)")
	}
	if !repositoryName.MatchString(name) || repo == "." || repo == ".." {
		return fmt.Errorf("%q is no repository: it is written owner/name", wire.Line(name, 100))
	}
	return nil
}

// CheckOwner reports why name is not that of an organization or a user.
func CheckOwner(name string) error {
	if !ownerName.MatchString(name) {
		return fmt.Errorf("%q is no organization: it is written as in its address, https://github.com/NAME", wire.Line(name, 100))
	}
	return nil
}

func checkToken(token string) error {
	if token == "" {
		return errors.New("there is no GitHub token (input github-token, or GITHUB_TOKEN)")
	}
	if !tokenLetters.MatchString(token) {
		return errors.New("the GitHub token has a blank or another character in it that no token has")
	}
	return nil
}

// ParseBase is the address of an API, with a slash at its end; "" is that of
// github.com.
func ParseBase(raw string) (*url.URL, error) {
	base, err := wire.CheckURL(cmp.Or(raw, "https://api.github.com"))
	if err != nil {
		return nil, fmt.Errorf("GITHUB_API_URL: %w", err)
	}
	base.RawQuery, base.Fragment, base.Path, base.RawPath = "", "", strings.TrimRight(base.Path, "/")+"/", ""
	return base, nil
}

// A Session is an API whose settings have been checked. It may be used by
// several goroutines.
type Session struct {
	Base    *url.URL      // where the API is, with a slash at its end
	Secrets *wire.Secrets // what is cut out of every error

	token string
	send  func(*http.Request) (*http.Response, error)
	retry wire.Retry
}

// Open checks what belongs to a, and sends nothing. All mistakes are reported
// together.
func (a API) Open() (*Session, error) {
	base, err := ParseBase(a.Base)
	if err = errors.Join(err, checkToken(a.Token)); err != nil {
		return nil, err
	}
	s := &Session{Base: base, Secrets: new(wire.Secrets), token: a.Token, send: a.Do}
	if s.send == nil {
		s.send = wire.Client().Do
	}
	s.Secrets.Add(a.Token)
	s.retry = wire.Retry{Attempts: cmp.Or(a.Attempts, 5), Note: s.note(a.Log, cmp.Or(a.Attempts, 5))}
	return s, nil
}

// Single is the same session with one attempt for each request.
func (s *Session) Single() *Session {
	single := *s
	single.retry.Attempts = 1
	return &single
}

// note tells log of a failed attempt.
func (s *Session) note(log func(string), attempts int) func(int, error, time.Duration) {
	if log == nil {
		return nil
	}
	return func(attempt int, err error, wait time.Duration) {
		log(wire.Line(s.Secrets.Cut(fmt.Sprintf("GitHub: %v: attempt %d of %d failed, the next one is in %s",
			err, attempt, attempts, wait.Round(100*time.Millisecond))), 500))
	}
}

// A Call makes one request with a client.
type Call func(context.Context, *github.Client) (*github.Response, error)

// Try makes a request until it succeeds, as the retry policy allows. doing, a
// gerund and its object, begins its errors, which hold a [*Refusal].
func (s *Session) Try(ctx context.Context, doing string, c Call) error {
	return s.Repeat(ctx, func(ctx context.Context) error { return s.Once(ctx, doing, c) })
}

// Repeat calls what makes requests with [Session.Once] until it succeeds.
func (s *Session) Repeat(ctx context.Context, call func(context.Context) error) error {
	attempts, err := s.retry.Do(ctx, call)
	if r := (*Refusal)(nil); errors.As(err, &r) {
		r.Tried = attempts
	}
	return err
}

// Once makes a request once.
func (s *Session) Once(ctx context.Context, doing string, c Call) error {
	attempt, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	resp, err := c(attempt, s.client())
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return &Refusal{Doing: doing, Kind: Ended, Err: context.Cause(ctx)}
	case attempt.Err() != nil:
		err = fmt.Errorf("no answer within %s", requestTimeout)
	}
	return s.refused(doing, resp, err)
}

// List gets every page of a list, in pages of 100. page returns the items of one
// that matter to the caller.
func List[T any](ctx context.Context, s *Session, doing string, page func(context.Context, *github.Client, github.ListOptions) ([]T, *github.Response, error)) (all []T, err error) {
	for number, next := 1, 0; ; number = next {
		err := s.Try(ctx, doing, func(ctx context.Context, c *github.Client) (*github.Response, error) {
			some, resp, err := page(ctx, c, github.ListOptions{Page: number, PerPage: 100})
			if err == nil {
				all, next = append(all, some...), resp.NextPage
			}
			return resp, err
		})
		switch {
		case err != nil || next <= number:
			return all, err
		case next > pageLimit:
			return all, &Refusal{Doing: doing, Kind: Unreadable, Err: fmt.Errorf("the list has more than %d pages", pageLimit)}
		}
	}
}

// client returns a client of the library that is good for one request. A used
// one blocks all later calls by itself when it takes the reset of the primary
// limit for that of a secondary one, or the limit of GraphQL on an Enterprise
// Server for that of REST: how long to wait is decided in [Refusal.limits].
func (s *Session) client() *github.Client {
	c := github.NewClient(&http.Client{
		Transport:     roundTripper(s.exchange),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}).WithAuthToken(s.token)
	c.BaseURL, c.UserAgent = s.Base, "keyless-inference"
	return c
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// exchange sends a request and reads the whole answer, since the library reads
// without a limit.
func (s *Session) exchange(r *http.Request) (*http.Response, error) {
	resp, err := s.send(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := wire.ReadAll(resp.Body, answerLimit)
	if len(body) == answerLimit && err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoAnswer, err)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the answer: %w", err)
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// Fetch asks once, without the token, for what is at an address that GitHub gave
// out, such as that of an archive. The caller closes what is returned, and ends
// ctx in time.
func (s *Session) Fetch(ctx context.Context, doing string, at *url.URL) (io.ReadCloser, error) {
	if _, err := wire.CheckURL(at.String()); err != nil {
		return nil, &Refusal{Doing: doing, Kind: Unreadable, Err: ErrNoAnswer}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("%s: making the request: %w", doing, err)
	}
	r.Header.Set("User-Agent", "keyless-inference")
	resp, err := s.send(r)
	if err != nil {
		return nil, &Refusal{Doing: doing, Kind: Network, Err: wire.Fault(s.Secrets.CutError(err))}
	}
	if resp.StatusCode != http.StatusOK {
		resp.Body.Close()
		refusal := &Refusal{Doing: doing, Status: resp.StatusCode, Header: resp.Header, Err: ErrNoAnswer}
		return nil, refusal.classify(false)
	}
	return resp.Body, nil
}
