package inference

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/keyless-inference/action/wire"
)

// A call is one HTTP request of an errand and what came of it, whatever is
// asked. It authorises, watches for silence, bounds what is read, and reads
// refusals. The OpenAI library says what a request consists of; it is not left
// to send it, since it hides the bodies of refusals, and takes as long for it as
// all the rest of a small question. What the answer says is for others to read,
// from the body as it arrives.
type call struct {
	*errand
	ctx  context.Context
	stop context.CancelCauseFunc

	json    bool   // the answer can be nothing but JSON
	binary  bool   // the answer may be of any kind
	length  int64  // bytes of a body that net/http does not measure; 0: it does
	most    int64  // bytes of the answer that are accepted; 0 means answerLimit
	patient bool   // silence is borne until the timeout
	claims  string // what the service wants the token to have; "" before it says so

	sent    time.Time // zero until the request is on its way
	header  http.Header
	status  int         // of the answer; 0: there is none
	silence *time.Timer // gives the call up; nil when it is patient
	talking atomic.Bool // what was asked for has begun to arrive
	err     error       // the classified failure of sending or reading
	tokens  int64       // what the service says that it took
}

// open sends a request with params as its body, and returns the answer that has
// begun to arrive: its body is bounded, and reading it is watched. The caller
// closes it.
func (k *call) open(method, path string, params json.Marshaler) (*http.Response, error) {
	if params == nil {
		return k.send(method, path, "", nil)
	}
	body, err := params.MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("writing the request: %w", err)
	}
	return k.send(method, path, "application/json", bytes.NewReader(body))
}

func (k *call) send(method, path, media string, body io.Reader) (*http.Response, error) {
	r, err := http.NewRequestWithContext(k.ctx, method, k.base+path, body)
	if err != nil {
		return nil, err
	}
	if media != "" {
		r.Header.Set("Content-Type", media)
	}
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", "keyless-inference")
	res, err := k.roundTrip(r)
	k.err = err
	return res, k.fault(err)
}

func (k *call) roundTrip(r *http.Request) (*http.Response, error) {
	if err := k.authorise(r); err != nil {
		return nil, err
	}
	if k.length > 0 {
		r.ContentLength = k.length
	}
	k.sent = time.Now()
	if !k.patient {
		k.silence = time.AfterFunc(patience*k.c.idle(), k.giveUp)
	}
	res, err := k.c.do(r)
	if err != nil {
		return nil, wire.Fault(k.c.secrets.CutError(err))
	}
	k.header, k.status = res.Header, res.StatusCode
	if res.StatusCode != http.StatusTooManyRequests {
		k.pacing.answered(res.StatusCode, res.Header)
	}
	if !k.usable(res) {
		return nil, k.refusedBy(res)
	}
	res.Body = &guard{k: k, body: res.Body, left: orDefault(k.most, answerLimit)}
	return res, nil
}

// authorise puts the token and the custom headers on r, after one more look at
// where it goes.
func (k *call) authorise(r *http.Request) error {
	if r.URL.Scheme != k.root.Scheme || r.URL.Host != k.root.Host {
		return fmt.Errorf("a request to %s was about to leave the endpoint %s", r.URL.Host, k.root.Host)
	}
	token, err := k.c.Token(k.ctx, k.claims)
	if err == nil && strings.TrimSpace(token) == "" {
		err = errors.New("getting an Entra token: the token is empty")
	}
	if err != nil {
		return foreign{wire.RedactError(err)}
	}
	k.c.tokens.Add(token)
	k.c.secrets.Add(token)
	for name, values := range k.c.Header {
		r.Header[http.CanonicalHeaderKey(name)] = values
		for _, value := range values {
			k.c.secrets.Add(value)
		}
	}
	r.Header.Set("Authorization", "Bearer "+token)
	return nil
}

// foreign is the error of a function of the caller's, which makes tokens or takes
// what arrives. It is told as it is, and does not show what is passing in it:
// whoever made it has tried again already.
type foreign struct{ err error }

func (e foreign) Error() string        { return e.err.Error() }
func (e foreign) Is(target error) bool { return errors.Is(e.err, target) }
func (e foreign) As(target any) bool {
	if _, passing := target.(**wire.Passing); passing {
		return false
	}
	return errors.As(e.err, target)
}

// usable reports whether res can be an answer of the API, and not a redirect, a
// refusal or somebody's login page.
func (k *call) usable(res *http.Response) bool {
	ok := res.StatusCode >= 200 && res.StatusCode <= 299
	return ok && (k.binary || mediaType(res) != "text/html" && (isJSON(res) || !k.json))
}

func mediaType(res *http.Response) string {
	media, _, _ := strings.Cut(res.Header.Get("Content-Type"), ";")
	return strings.ToLower(strings.TrimSpace(media))
}

func isJSON(res *http.Response) bool {
	media := mediaType(res)
	return media == "application/json" || strings.HasSuffix(media, "+json")
}

// refusedBy reads the body of an answer that is none. Of a 429 the pacer is
// told, which then is the one that waits.
func (k *call) refusedBy(res *http.Response) error {
	defer res.Body.Close()
	body, _ := wire.ReadAll(res.Body, errorLimit) // what there is of it is enough
	e := ParseError(res.StatusCode, k.cleanHeader(), body)
	if res.StatusCode == http.StatusUnauthorized {
		e.claim(wantedClaims(res.Header))
	}
	err := classify(e)
	if passing, ok := err.(*wire.Passing); ok && e.Status == http.StatusTooManyRequests && k.pacing.refused(res.Header, hint(e)) {
		passing.Paced, passing.Wait = true, hint(e)
	}
	return err
}

// streamed is the error that arrived in data, inside of a stream or of an
// answer with the status of a success.
func (k *call) streamed(data []byte) *ServiceError { return parseStreamError(k.cleanHeader(), data) }

// cleanHeader is the answer's header without the secrets that a gateway may
// have echoed.
func (k *call) cleanHeader() http.Header {
	h := k.header.Clone()
	for _, values := range h {
		for i, v := range values {
			values[i] = k.c.secrets.Cut(v)
		}
	}
	return h
}

// requestID is the id of the answer; "" when there is none.
func (k *call) requestID() string { return k.c.secrets.Cut(requestID(k.header)) }

// giveUp ends the call for its silence.
func (k *call) giveUp() {
	k.stop(&wire.Passing{Err: fmt.Errorf("nothing arrived for %s", k.limit())})
}

// limit is the silence that is borne before and after the first text.
func (k *call) limit() time.Duration {
	if k.talking.Load() {
		return k.c.idle()
	}
	return patience * k.c.idle()
}

// heard puts the silence timer off.
func (k *call) heard() {
	if k.silence != nil {
		k.silence.Reset(k.limit())
	}
}

// fault is the classified form of an error that sending or reading returned.
func (k *call) fault(err error) error {
	switch {
	case err == nil:
		return nil
	case k.ctx.Err() != nil:
		return context.Cause(k.ctx)
	case k.err != nil:
		return k.err
	case errors.Is(err, bufio.ErrTooLong):
		return tooLong(answerLimit)
	}
	return &unreadable{k.c.secrets.CutError(err)}
}

// unreadable is an answer that is not what the API promises.
type unreadable struct{ err error }

func (u *unreadable) Error() string {
	return "the answer could not be read: " + wire.Line(u.err.Error(), 300)
}
func (u *unreadable) Unwrap() error { return u.err }

// A guard is the body of a successful answer. It fails beyond the limit, marks
// faults as passing, and pushes the silence timer on with every byte.
type guard struct {
	k     *call
	body  io.ReadCloser
	left  int64
	ended bool // the end of body was seen
}

func tooLong(limit int64) error {
	return fmt.Errorf("the answer is longer than the %d MiB that are accepted", limit>>20)
}

func (g *guard) Read(p []byte) (int, error) {
	n, err := g.body.Read(p)
	if g.left -= int64(n); g.left < 0 {
		g.k.err = tooLong(orDefault(g.k.most, answerLimit))
		return 0, g.k.err
	}
	if n > 0 {
		g.k.heard()
	}
	g.ended = err == io.EOF
	if err != nil && err != io.EOF {
		g.k.err = wire.Fault(g.k.c.secrets.CutError(err))
	}
	return n, err
}

// Close drops the connection unless the end of the body was seen, so it looks
// for it: the last few bytes mostly are there already, and a new connection
// costs more than a question. It does not wait long for them.
func (g *guard) Close() error {
	if !g.ended && g.k.silence != nil && g.k.err == nil && g.k.ctx.Err() == nil {
		g.k.silence.Reset(grace)
		_, _ = io.CopyN(io.Discard, g.body, window)
	}
	return g.body.Close()
}

// grace is how long the end of an answer is waited for that is complete.
const grace = 50 * time.Millisecond
