package oidc

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/keyless-inference/action/wire"
)

const exchangeTimeout = 30 * time.Second // one request for a token, its answer included

// A tap sends the requests of one attempt and remembers what it saw last, because
// azidentity's errors are no safe source: one of them quotes the access token.
type tap struct {
	do   func(*http.Request) (*http.Response, error)
	mask func(string) // may be nil

	secrets wire.Secrets // to be cut out of what a server echoes
	token   string       // the access token that was received
	at      *url.URL     // where the last request went; nil: there was none
	status  int          // of the last answer; 0: there was none
	header  http.Header
	body    []byte
	err     error // why there was none
}

// proofs are the headers by which a process shows the identity service of its
// machine that it may ask: Azure Arc's, App Service's and Azure ML's. What they carry
// is as good as a token to whoever gets onto the machine.
//
// https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference
// https://learn.microsoft.com/azure/azure-arc/servers/managed-identity-authentication
var proofs = []string{"Authorization", "X-Identity-Header", "Secret"}

// hideProofs has what r carries in [proofs] masked, and cut out of what is told of
// the answer, with the name of an authentication scheme before it and without.
func (t *tap) hideProofs(r *http.Request) {
	for _, name := range proofs {
		whole := r.Header.Get(name)
		_, bare, _ := strings.Cut(whole, " ")
		for _, secret := range []string{whole, bare} {
			if len(secret) < wire.ShortestSecret {
				continue
			}
			if t.mask != nil {
				t.mask(secret)
			}
			t.secrets.Add(secret)
		}
	}
}

// send sends r to another address than azidentity may have in mind.
func (t *tap) send(r *http.Request, to *url.URL) (*http.Response, error) {
	t.hideProofs(r)
	ctx, cancel := context.WithTimeout(r.Context(), exchangeTimeout)
	defer cancel()
	out := r.Clone(ctx)
	out.URL, out.Host = to, ""
	t.at = to
	t.status, t.header, t.body, t.err = t.receive(t.do(out))
	if t.err != nil {
		return nil, t.err
	}
	return answer(r, t.status, t.header, t.body), nil
}

// receive reads an answer whole and has the access token in it masked. Out of a
// refusal, which azidentity quotes as well, it cuts the secrets that it repeats.
func (t *tap) receive(resp *http.Response, err error) (int, http.Header, []byte, error) {
	if err != nil {
		return 0, nil, nil, t.secrets.CutError(err)
	}
	defer resp.Body.Close()
	body, err := wire.ReadAll(resp.Body, answerLimit)
	if err != nil {
		return 0, nil, nil, fmt.Errorf("reading the answer: %w", err)
	}
	var token struct {
		AccessToken string `json:"access_token"`
	}
	// An answer of another form has no token that would get any further.
	// As azidentity reads it, which passes over what follows the object.
	_ = json.NewDecoder(bytes.NewReader(body)).Decode(&token)
	if token.AccessToken != "" {
		t.received(token.AccessToken)
	}
	if resp.StatusCode/100 != 2 {
		body = []byte(t.secrets.CutWords(unescaped(body)))
	}
	return resp.StatusCode, resp.Header, body, nil
}

// unescaped is JSON without the escapes that it can do without, so that a word in it
// is found however it was spelled. What is no JSON stays as it is.
func unescaped(body []byte) string {
	var all any
	from := json.NewDecoder(bytes.NewReader(body))
	from.UseNumber()
	if !json.Valid(body) || from.Decode(&all) != nil {
		return string(body)
	}
	var b strings.Builder
	to := json.NewEncoder(&b)
	to.SetEscapeHTML(false)
	if to.Encode(all) != nil { // not reached: it was decoded just now
		return string(body)
	}
	return b.String()
}

func (t *tap) received(token string) {
	if t.mask != nil && token != t.token {
		t.mask(token)
	}
	t.token = token
	t.secrets.Add(token)
}

// failure says why an attempt brought no token, from what was seen of it.
// azidentity's own error comes last: it may quote an answer with the access
// token in it, so it is used only when there was no answer.
func (t *tap) failure(err error) error {
	switch {
	case t.err != nil:
		return wire.Fault(t.err)
	case t.status == 0:
		return &localError{t.secrets.CutError(err)}
	case t.status/100 == 2:
		return fmt.Errorf("%w: %s", errUnusable, whatIsMissing(t.body))
	}
	r := parseRefusal(t.status, t.body)
	if r.Passing() {
		return &wire.Passing{Err: r, Wait: wire.RetryAfter(t.header)}
	}
	return r
}

// A localError is azidentity's, made before anything was sent.
type localError struct{ error }

var errUnusable = errors.New("the answer has no usable token in it")

// whatIsMissing describes an answer of status 200 without quoting it.
func whatIsMissing(body []byte) string {
	var answer map[string]json.RawMessage
	if json.Unmarshal(body, &answer) != nil {
		return fmt.Sprintf("its %d bytes are not a JSON object", len(body))
	}
	if len(answer["access_token"]) <= len(`""`) {
		return "access_token is missing"
	}
	if answer["expires_in"] == nil && answer["expires_on"] == nil {
		return "expires_in is missing"
	}
	return "a field has an unexpected form"
}

func answer(r *http.Request, status int, header http.Header, body []byte) *http.Response {
	return &http.Response{
		Status:        fmt.Sprintf("%d %s", status, http.StatusText(status)),
		StatusCode:    status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        header,
		Body:          io.NopCloser(bytes.NewReader(body)),
		ContentLength: int64(len(body)),
		Request:       r,
	}
}
