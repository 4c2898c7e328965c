package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/keyless-inference/action/wire"
)

const (
	githubAttempts = 5
	githubTimeout  = 10 * time.Second // for one attempt
	githubDeadline = 2 * time.Minute  // for all attempts and the waits between them
	answerLimit    = 1 << 20          // bytes; real answers have a few thousand
)

// GitHub asks the runner's token service for the ID token of the running job.
// The service exists only in jobs that have the permission "id-token: write";
// [NoIdentity] explains its absence.
type GitHub struct {
	RequestURL   string // ACTIONS_ID_TOKEN_REQUEST_URL
	RequestToken string // ACTIONS_ID_TOKEN_REQUEST_TOKEN; never part of an error
	Audience     string // who the token is for; "" means [DefaultAudience]

	// Mask is called with a token the moment it is received, before anything
	// else happens to it. Nil does nothing.
	Mask func(string)

	// Do sends a request and must not follow redirects. Nil means a client
	// of the package wire.
	Do func(*http.Request) (*http.Response, error)

	// Log is told in one line of each failed attempt that another one follows.
	// Nil does nothing.
	Log func(string)
}

// IDToken returns a new ID token, good for about five minutes. Busy answers
// (403 while the job is not yet seen as running, 408, 429, 5xx) and network
// faults are tried again: up to 5 attempts of 10 seconds each, 1 to 8 seconds
// apart unless the service asks for more, and never more than 2 minutes in all.
// Every error that is not ctx's is a [*wire.Problem].
func (g *GitHub) IDToken(ctx context.Context) (string, error) {
	if g.RequestURL == "" || g.RequestToken == "" {
		return "", NoIdentity(Job{Actions: true})
	}
	u, err := g.url()
	if err != nil {
		return "", &wire.Problem{
			What: asking + ": the runner's token service cannot be used",
			Why:  err.Error(),
			Fix:  "leave ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN as the runner sets them",
			Err:  err,
		}
	}
	do, done := g.client()
	defer done()
	within, cancel := context.WithTimeout(ctx, githubDeadline)
	defer cancel()
	var token string
	retry := wire.Retry{Attempts: githubAttempts, Base: 2 * time.Second, Cap: 8 * time.Second, Note: note(g.Log, asking)}
	attempts, err := retry.Do(within, func(ctx context.Context) (err error) {
		token, err = g.ask(ctx, do, u)
		return err
	})
	if err == nil {
		return token, nil
	}
	if ctx.Err() != nil {
		return "", fmt.Errorf("%s: %w", asking, context.Cause(ctx))
	}
	return "", g.problem(u, attempts, settled(err))
}

const asking = "asking GitHub for an ID token"

// url is the request's URL; RequestURL already has a query of its own.
func (g *GitHub) url() (*url.URL, error) {
	u, err := wire.CheckURL(g.RequestURL)
	if err != nil {
		return nil, fmt.Errorf("ACTIONS_ID_TOKEN_REQUEST_URL: %w", err)
	}
	if strings.ContainsFunc(g.RequestToken, unicode.IsControl) {
		return nil, errors.New("ACTIONS_ID_TOKEN_REQUEST_TOKEN has a line break or another control character in it")
	}
	q := u.Query()
	q.Set("audience", g.audience())
	u.RawQuery = q.Encode()
	return u, nil
}

func (g *GitHub) audience() string {
	if g.Audience == "" {
		return DefaultAudience
	}
	return g.Audience
}

// client is Do, or a client that lives for one IDToken: the next one comes an
// hour later, when no connection would be left anyway.
func (g *GitHub) client() (do func(*http.Request) (*http.Response, error), done func()) {
	if g.Do != nil {
		return g.Do, func() {}
	}
	c := wire.Client()
	return c.Do, c.CloseIdleConnections
}

// ask makes one attempt.
func (g *GitHub) ask(ctx context.Context, do func(*http.Request) (*http.Response, error), u *url.URL) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, githubTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return "", err
	}
	req.Header.Set("Authorization", "Bearer "+g.RequestToken)
	req.Header.Set("Accept", "application/json")
	resp, err := do(req)
	if err != nil {
		return "", wire.Fault(g.cut(err))
	}
	defer resp.Body.Close()
	body, err := wire.ReadAll(resp.Body, answerLimit)
	if err != nil {
		return "", wire.Fault(fmt.Errorf("reading the answer: %w", err))
	}
	if resp.StatusCode != http.StatusOK {
		return "", g.refused(resp, body)
	}
	return g.read(body)
}

// cut takes the request token out of an error, in case a server echoed it.
func (g *GitHub) cut(err error) error {
	var secrets wire.Secrets
	secrets.Add(g.RequestToken)
	return secrets.CutError(err)
}

// read takes the token out of an answer.
func (g *GitHub) read(body []byte) (string, error) {
	token, err := parseAnswer(body)
	if token != "" && g.Mask != nil {
		g.Mask(token)
	}
	if err == nil {
		err = wire.CheckJWT(token)
	}
	if err != nil {
		return "", &badAnswer{err}
	}
	return token, nil
}

// parseAnswer reads {"value": "<token>"}, the only contractual part of the
// token service's answer.
func parseAnswer(body []byte) (string, error) {
	var answer struct {
		Value string `json:"value"`
	}
	if json.Unmarshal(body, &answer) != nil {
		// The decoder's error could quote a part of the token.
		return answer.Value, fmt.Errorf("the answer of %d bytes is not the JSON object that was expected", len(body))
	}
	if answer.Value == "" {
		return "", errors.New("the answer has no token in it")
	}
	return answer.Value, nil
}

// A badAnswer is a success that brought no token.
type badAnswer struct{ error }

// A statusError is an answer with another status than 200.
type statusError struct {
	status  int
	text    string // the beginning of the body, made fit for a log
	passing bool   // another attempt may be answered another way
}

func (e *statusError) Error() string {
	if e.text == "" {
		return fmt.Sprintf("HTTP %d %s", e.status, http.StatusText(e.status))
	}
	return fmt.Sprintf("HTTP %d: %s", e.status, e.text)
}

// notYet is in the body of a 403 that goes away by itself: the token service
// has not heard yet that the job runs.
const notYet = "Can't issue ID_TOKEN for job in"

func (g *GitHub) refused(resp *http.Response, body []byte) error {
	err := &statusError{status: resp.StatusCode, text: oneLine(g.cut(errors.New(string(body))).Error())}
	err.passing = wire.PassingStatus(err.status) || err.status == http.StatusForbidden && strings.Contains(err.text, notYet)
	if err.passing {
		return &wire.Passing{Err: err, Wait: wire.RetryAfter(resp.Header)}
	}
	return err
}

// problem tells a refusal from an unusable answer and both from a network that
// brought no answer.
func (g *GitHub) problem(u *url.URL, attempts int, err error) error {
	p := &wire.Problem{Why: oneLine(err.Error()), Err: err}
	var status *statusError
	var bad *badAnswer
	switch {
	case errors.As(err, &status):
		p.What = fmt.Sprintf("%s: %s refused with HTTP %d%s", asking, u.Host, status.status, after(attempts))
		p.Fix = githubFix(status)
	case errors.As(err, &bad):
		p.What = fmt.Sprintf("%s: %s answered without a usable token", asking, u.Host)
		p.Fix = "run the job again; if a proxy stands between the runner and GitHub, see that it does not change answers"
	default:
		p.What = fmt.Sprintf("%s: no answer from %s%s", asking, u.Host, after(attempts))
		p.Fix = "see that the runner reaches " + u.Scheme + "://" + u.Host + " (HTTPS_PROXY, NO_PROXY, firewall), then run the job again"
	}
	p.Code, p.Page = declaredBy(p.Fix), pageGitHub
	return p
}

func githubFix(err *statusError) string {
	switch status := err.status; {
	case err.passing:
		return "run the job again; https://www.githubstatus.com tells whether GitHub Actions is disturbed"
	case status >= 300 && status < 400:
		return "take out whatever redirects the runner's requests (a proxy?): a token is never sent to another address than the runner gave"
	case status == http.StatusUnauthorized:
		return "run the job again: the right to ask for ID tokens ends about six hours after the job's start"
	case status == http.StatusForbidden:
		return permissionFix
	}
	return "leave ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN as the runner sets them, and run the job again"
}
