package inference

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/keyless-inference/action/wire"
)

// BatchResults reads what became of the requests of a batch that is over, from
// its file of answers and its file of errors, and calls each for every line, in
// no particular order: with an answer, or with the error that [Client.Ask] would
// have had. The Timeout bounds each of the two, the time in each included. A line that cannot be read has no id. An error of each ends
// BatchResults and is returned as it is; a line is given to it once, also when a
// connection breaks.
//
// A batch that failed as a whole has no lines: why is a [wire.Problem].
func (c *Client) BatchResults(ctx context.Context, b Batch, each func(id string, a Answer, err error) error) error {
	e, err := c.chore("reading the results of batch " + wire.Line(b.ID, 100))
	if err != nil {
		return err
	}
	if b.OutputFile == "" && b.ErrorFile == "" {
		return e.explainBatch(b)
	}
	for _, id := range []string{b.OutputFile, b.ErrorFile} {
		if id == "" {
			continue
		}
		r := results{errand: *e, batch: b.ID, file: id, each: each}
		if err := r.do(ctx, func(ctx context.Context) error { return r.repeat(ctx, r.once) }); err != nil {
			return err
		}
	}
	return nil
}

// explainBatch tells why a batch has no results; nil when it is because it has
// no requests either.
func (e *errand) explainBatch(b Batch) error {
	if len(b.Errors) == 0 {
		if b.Status == "completed" {
			return nil
		}
		return e.problem("there are none", "its status is "+cmp.Or(wire.Line(b.Status, 100), "unknown"), "wait until it is over, or create it again", nil)
	}
	code, _, _ := strings.Cut(b.Errors[0], ":")
	refusal := &ServiceError{Code: code, Message: wire.Line(strings.Join(b.Errors, "; "), 2000)}
	return e.c.secrets.CutError(e.explainRefusal(refusal, refusal))
}

// results is the errand that reads one file of results.
type results struct {
	errand
	batch, file string
	each        func(string, Answer, error) error
	done        int // lines that each has been given
}

// once reads the file, over the lines that an earlier attempt brought.
func (r *results) once(ctx context.Context) error {
	k := &call{binary: true, most: fileLimit}
	return r.request(ctx, k, func() error {
		res, err := k.open(http.MethodGet, route(r.c.APIVersion, "", "files/"+url.PathEscape(r.file)+"/content"), nil)
		if err != nil {
			return err
		}
		defer res.Body.Close()
		k.talking.Store(true)
		lines := bufio.NewScanner(res.Body)
		lines.Buffer(make([]byte, 0, window), answerLimit)
		for n := 0; lines.Scan() && k.err == nil; { // what stands before a broken end is no line
			if n++; n <= r.done {
				continue
			}
			if err := r.take(n, lines.Bytes()); err != nil {
				return foreign{err}
			}
			r.done = n
		}
		return k.fault(lines.Err())
	})
}

// take hands on one line.
func (r *results) take(n int, raw []byte) error {
	raw = bytes.TrimSpace(bytes.TrimPrefix(raw, []byte("\ufeff")))
	if len(raw) == 0 {
		return nil
	}
	id, a, err := r.line(n, raw)
	return r.each(id, a, r.c.secrets.CutError(err))
}

func (r *results) line(n int, raw []byte) (string, Answer, error) {
	var l struct {
		ID       string `json:"custom_id"`
		Error    json.RawMessage
		Response struct {
			Status    int  `json:"status_code"`
			RequestID text `json:"request_id"`
			Body      json.RawMessage
		}
	}
	one := r.errand
	one.tries = 0
	if err := json.Unmarshal(raw, &l); err != nil {
		one.doing = fmt.Sprintf("reading line %d of file %s", n, wire.Line(r.file, 100))
		return "", Answer{}, one.explain(&unreadable{err})
	}
	one.doing = fmt.Sprintf("answering %q of batch %s", wire.Line(l.ID, 100), wire.Line(r.batch, 100))
	a := Answer{RequestID: l.Response.RequestID.line(), Attempts: 1}
	if failed := bytes.HasPrefix(l.Error, []byte("{")); failed || l.Response.Status < 200 || l.Response.Status > 299 {
		body := l.Response.Body
		if failed {
			body = l.Error
		}
		return l.ID, a, one.explain(refusedLine(l.Response.Status, body, a.RequestID))
	}
	err := one.answer(l.Response.Body, &a)
	return l.ID, a, err
}

// refusedLine is what the service said instead of an answer.
func refusedLine(status int, body []byte, id string) *ServiceError {
	e := ParseError(status, http.Header{}, body)
	if status == 0 {
		e = parseStreamError(http.Header{}, body)
		e.Streamed = false
	}
	e.RequestID = id
	return e
}

// answer reads an answer in one piece, of either API, and judges it.
func (e *errand) answer(body []byte, a *Answer) error {
	var shape struct{ Object string }
	if err := json.Unmarshal(body, &shape); err != nil {
		return e.explain(&unreadable{err})
	}
	read := (*reply).takeChat
	if shape.Object == "response" {
		read = (*reply).takeResponse
	}
	var r reply
	failure, err := read(&r, body)
	a.take(&r, e.c.tokens.CutWords)
	a.Usage = r.usage
	switch {
	case err != nil:
		return e.explain(&unreadable{err})
	case failure != nil:
		return e.explain(e.c.failure(http.Header{}, failure))
	}
	return e.explain(e.verdict(&r))
}
