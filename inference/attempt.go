package inference

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/openai/openai-go/v3/option"

	"github.com/keyless-inference/action/wire"
)

// An attempt is one HTTP request and what came of it. It sits between the
// OpenAI library, which makes the request and decodes the answer, and the
// network: it authorises, watches for silence, bounds what is read, and reads
// refusals itself, since the library hides their bodies.
type attempt struct {
	c    *Client
	q    Request
	with settings
	root *url.URL
	ctx  context.Context
	stop context.CancelCauseFunc

	sent    time.Time // zero until the request is on its way
	header  http.Header
	silence *time.Timer // gives the attempt up; nil when the answer is not streamed
	talking atomic.Bool // the first text has arrived
	err     error       // the classified failure of sending or reading

	unstreamed []byte // an answer in one piece where a stream was asked for

	reply
}

// reply is the part of the answer that arrived.
type reply struct {
	text       strings.Builder
	characters int
	refusal    string
	finish     string
	model      string
	usage      Usage
	verdicts   []Category
	firstToken time.Duration
}

// apis are the calls that put a question, each filling the attempt's reply.
var apis = map[string]func(a *attempt, messages []Message) error{
	Chat:        askChat,
	Responses:   askResponses,
	Completions: askCompletions,
}

// options make a service of the library that knows nothing but this attempt:
// services made by their own constructors do not read OPENAI_* variables.
func (a *attempt) options() []option.RequestOption {
	opts := []option.RequestOption{
		option.WithBaseURL(a.c.base(a.root, a.q).String()),
		option.WithHTTPClient(doer(a.c.do)),
		option.WithMaxRetries(0),
		option.WithMiddleware(a.send),
	}
	if a.c.APIVersion != "" {
		opts = append(opts, option.WithQuery("api-version", a.c.APIVersion))
	}
	return opts
}

// doer lets a function be the library's HTTP client.
type doer func(*http.Request) (*http.Response, error)

func (d doer) Do(r *http.Request) (*http.Response, error) { return d(r) }

// send is the library's middleware. r is a clone made for this attempt, so the
// token stays out of what the library keeps.
func (a *attempt) send(r *http.Request, next option.MiddlewareNext) (*http.Response, error) {
	res, err := a.roundTrip(r, next)
	a.err = err
	return res, err
}

func (a *attempt) roundTrip(r *http.Request, next option.MiddlewareNext) (*http.Response, error) {
	if err := a.authorise(r); err != nil {
		return nil, err
	}
	a.sent = time.Now()
	if !a.q.Whole {
		a.silence = time.AfterFunc(patience*a.c.idle(), a.giveUp)
	}
	res, err := next(r)
	if err != nil {
		return nil, wire.Fault(a.c.secrets.CutError(err))
	}
	a.header = a.cleanHeader(res.Header)
	if !a.usable(res) {
		return nil, a.refusedBy(res)
	}
	res.Body = &guard{a: a, body: res.Body, left: answerLimit}
	if isJSON(res) && !a.q.Whole {
		return nil, a.keepWhole(res.Body)
	}
	return res, nil
}

// authorise puts the token and the custom headers on r, after one more look at
// where it goes.
func (a *attempt) authorise(r *http.Request) error {
	if r.URL.Scheme != a.root.Scheme || r.URL.Host != a.root.Host {
		return fmt.Errorf("a request to %s was about to leave the endpoint %s", r.URL.Host, a.root.Host)
	}
	token, err := a.c.Token(a.ctx)
	if err == nil && strings.TrimSpace(token) == "" {
		err = errors.New("getting an Entra token: the token is empty")
	}
	if err != nil {
		return tokenError{wire.RedactError(err)}
	}
	a.c.tokens.Add(token)
	a.c.secrets.Add(token)
	for name := range r.Header {
		if strings.HasPrefix(name, "X-Stainless-") { // the library's telemetry; the service refuses many headers
			r.Header.Del(name)
		}
	}
	for name, values := range a.c.Header {
		r.Header[http.CanonicalHeaderKey(name)] = values
		for _, value := range values {
			a.c.secrets.Add(value)
		}
	}
	r.Header.Set("Authorization", "Bearer "+token)
	return nil
}

// tokenError is a failure to get a token. Whoever makes tokens has tried again
// already, so it does not show what is passing in it.
type tokenError struct{ err error }

func (e tokenError) Error() string        { return e.err.Error() }
func (e tokenError) Is(target error) bool { return errors.Is(e.err, target) }
func (e tokenError) As(target any) bool {
	if _, passing := target.(**wire.Passing); passing {
		return false
	}
	return errors.As(e.err, target)
}

// usable reports whether res can be an answer of the API, and not a redirect, a
// refusal or somebody's login page.
func (a *attempt) usable(res *http.Response) bool {
	ok := res.StatusCode >= 200 && res.StatusCode <= 299
	return ok && mediaType(res) != "text/html" && (isJSON(res) || !a.q.Whole)
}

func mediaType(res *http.Response) string {
	media, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	return media
}

func isJSON(res *http.Response) bool {
	media := mediaType(res)
	return media == "application/json" || strings.HasSuffix(media, "+json")
}

// keepWhole reads an answer that a gateway did not stream although it was asked
// to. It is paid for, so it is taken as it is.
func (a *attempt) keepWhole(body io.ReadCloser) error {
	defer body.Close()
	b, err := io.ReadAll(body)
	if err != nil {
		return a.err
	}
	a.unstreamed = b
	return errUnstreamed
}

var errUnstreamed = errors.New("the answer did not stream")

// refusedBy reads the body of an answer that is none.
func (a *attempt) refusedBy(res *http.Response) error {
	defer res.Body.Close()
	body, _ := wire.ReadAll(res.Body, errorLimit) // what there is of it is enough
	return classify(parseError(res.StatusCode, a.header, body))
}

// cleanHeader is h without the secrets that a gateway may have echoed.
func (a *attempt) cleanHeader(h http.Header) http.Header {
	h = h.Clone()
	for _, values := range h {
		for i, v := range values {
			values[i] = a.c.secrets.Cut(v)
		}
	}
	return h
}

func (a *attempt) giveUp() {
	a.stop(&wire.Passing{Err: fmt.Errorf("nothing arrived for %s", a.limit())})
}

// limit is the silence that is borne before and after the first text.
func (a *attempt) limit() time.Duration {
	if a.talking.Load() {
		return a.c.idle()
	}
	return patience * a.c.idle()
}

// add takes text as it arrives.
func (a *attempt) add(text string) {
	if text == "" {
		return
	}
	if !a.talking.Swap(true) {
		a.firstToken = time.Since(a.sent)
		a.heard()
	}
	a.text.WriteString(text)
	a.characters += utf8.RuneCountInString(text)
	if a.c.Progress != nil && !a.q.Whole {
		a.c.Progress(a.characters)
	}
}
