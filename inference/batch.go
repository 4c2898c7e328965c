package inference

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/openai/openai-go/v3"

	"github.com/keyless-inference/action/wire"
)

// batches is the api of everything about batches in the table of refusals.
const batches = "batches"

// Limits of the service on one batch.
// See https://learn.microsoft.com/azure/ai-foundry/openai/how-to/batch.
const (
	MostBatchLines = 100_000
	MostBatchBytes = 200_000_000
)

// Bounds of what batches move.
const (
	fileLimit  = 16 << 30 // bytes of one file of results
	objectSize = 1 << 20  // bytes of one answer about a batch
)

// A Batch is a job of the Batch API: many requests in a file, answered within a
// day at half the price, by a deployment of a batch type.
type Batch struct {
	ID     string
	Status string // validating, in_progress, finalizing, completed, failed, cancelling, cancelled or expired

	InputFile, OutputFile, ErrorFile string // their ids; "": there is none, or not yet

	Total, Completed, Failed int64    // requests; 0 while they are being counted
	Errors                   []string // why the batch failed: a code and words each
	Created                  time.Time
}

// Over reports whether the batch has come to its end, good or bad.
func (b Batch) Over() bool {
	return slices.Contains([]string{"completed", "failed", "cancelled", "expired"}, strings.ToLower(b.Status))
}

// UnmarshalJSON reads the service's object, which older versions spell in their
// own ways: statuses with a capital, dates in words, counts and errors that are
// null, ids that are empty.
func (b *Batch) UnmarshalJSON(raw []byte) error {
	var o struct {
		ID, Status text
		Input      text            `json:"input_file_id"`
		Output     text            `json:"output_file_id"`
		Error      text            `json:"error_file_id"`
		Created    json.RawMessage `json:"created_at"`
		Counts     struct {
			Total, Completed, Failed int64
		} `json:"request_counts"`
		Errors struct {
			Data []struct {
				Code, Message text
				Line          int64
			}
		}
	}
	if err := json.Unmarshal(raw, &o); err != nil {
		return err
	}
	*b = Batch{
		ID: o.ID.line(), Status: strings.ToLower(o.Status.line()), Created: moment(o.Created),
		InputFile: o.Input.line(), OutputFile: o.Output.line(), ErrorFile: o.Error.line(),
		Total: o.Counts.Total, Completed: o.Counts.Completed, Failed: o.Counts.Failed,
	}
	for _, e := range o.Errors.Data {
		words := wire.Line(string(e.Code)+": "+string(e.Message), 500)
		if e.Line > 0 {
			words += fmt.Sprintf(" (line %d)", e.Line)
		}
		b.Errors = append(b.Errors, words)
	}
	return nil
}

func (t text) line() string { return wire.Line(string(t), 200) }

// moment reads seconds since 1970 or a date in words; zero for anything else.
func moment(raw []byte) time.Time {
	if n, err := strconv.ParseInt(string(raw), 10, 64); err == nil && n > 0 {
		return time.Unix(n, 0)
	}
	var words string
	_ = json.Unmarshal(raw, &words) // not a string: no date
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05"} {
		if at, err := time.Parse(layout, words); err == nil {
			return at
		}
	}
	return time.Time{}
}

// BatchLine is one line of an input file, with its line feed: q as a request of
// its own that id finds again in the results. Every line of a file needs another
// id, and the same API and deployment.
func BatchLine(id string, q Request) ([]byte, error) {
	q.Whole = true
	err := errors.Join(q.Check(), checkBatch(q.api()))
	if id == "" {
		err = errors.Join(err, errors.New("a request in a batch needs an id"))
	}
	if err != nil {
		return nil, err
	}
	body, err := q.Body()
	if err != nil {
		return nil, fmt.Errorf("writing request %q: %w", id, err)
	}
	name, _ := json.Marshal(id)
	return fmt.Appendf(nil, `{"custom_id":%s,"method":"POST","url":%q,"body":%s}`+"\n", name, apis[q.api()].batch, body), nil
}

func checkBatch(api string) error {
	if apis[api].batch == "" {
		return fmt.Errorf("the api %q has no batches: use %s or %s", api, Chat, Responses)
	}
	return nil
}

// CreateBatch uploads lines, made by [BatchLine] for this api, as a file of the
// given name, waits until the service has taken it in, and creates the batch. The
// file is read as it is sent, once more for each attempt. Each of the three steps
// has a Timeout of its own.
//
// A batch is created once, also when the answer to that is lost: before another
// attempt the service is asked for one that has this file. For a process that does
// not live to see the answer, uploaded is told the file's id before the batch is
// created, so that [Client.BatchOf] can find it; nil: nobody is told.
func (c *Client) CreateBatch(ctx context.Context, api, name string, lines io.ReadSeeker, uploaded func(file string)) (Batch, error) {
	api = cmp.Or(api, Chat)
	if _, err := c.check(checkBatch(api)); err != nil {
		return Batch{}, err
	}
	file, err := c.upload(ctx, name, lines)
	if err == nil {
		if uploaded != nil {
			uploaded(file.ID.line())
		}
		err = c.processed(ctx, file)
	}
	if err != nil {
		return Batch{}, err
	}
	return c.create(ctx, file.ID.line(), apis[api].batch)
}

// BatchOf finds the batch of an uploaded file, if there is one.
func (c *Client) BatchOf(ctx context.Context, file string) (b Batch, found bool, err error) {
	err = c.about(ctx, "looking for the batch of file "+wire.Line(file, 100), func(ctx context.Context, e *errand) error {
		b, found, err = e.batchOf(ctx, file)
		return err
	})
	return b, found, err
}

// mostPages is how many pages of batches, of 20 as a rule, are looked through for one.
const mostPages = 500

// batchOf looks through the batches, which come with the newest first.
func (e *errand) batchOf(ctx context.Context, file string) (Batch, bool, error) {
	page := "batches"
	for range mostPages {
		var list struct {
			Data []Batch
			More bool `json:"has_more"`
		}
		if err := e.fetch(ctx, http.MethodGet, page, nil, &list); err != nil {
			return Batch{}, false, err
		}
		if i := slices.IndexFunc(list.Data, func(b Batch) bool { return b.InputFile == file }); i >= 0 {
			return list.Data[i], true, nil
		}
		if !list.More || len(list.Data) == 0 {
			break
		}
		page = "batches?after=" + url.QueryEscape(list.Data[len(list.Data)-1].ID)
	}
	return Batch{}, false, nil
}

// Batch asks what has become of the batch. The service wants to be asked once a
// minute at most.
func (c *Client) Batch(ctx context.Context, id string) (b Batch, err error) {
	err = c.about(ctx, "asking for batch "+wire.Line(id, 100), func(ctx context.Context, e *errand) error {
		return e.fetch(ctx, http.MethodGet, "batches/"+url.PathEscape(id), nil, &b)
	})
	return b, err
}

// chore is an errand that concerns no deployment.
func (c *Client) chore(doing string) (*errand, error) {
	where, err := c.check(nil)
	return &errand{c: c, place: where, api: batches, doing: doing}, err
}

// about is a chore of one request, with its retries.
func (c *Client) about(ctx context.Context, doing string, once func(context.Context, *errand) error) error {
	e, err := c.chore(doing)
	if err != nil {
		return err
	}
	return e.do(ctx, func(ctx context.Context) error {
		return e.repeat(ctx, func(ctx context.Context) error { return once(ctx, e) })
	})
}

// fetch makes one request whose answer is one object. The operation may have a query.
func (e *errand) fetch(ctx context.Context, method, operation string, params json.Marshaler, into any) error {
	k := &call{json: true, most: objectSize}
	return e.request(ctx, k, func() error {
		path, query, _ := strings.Cut(operation, "?")
		path = route(e.c.APIVersion, "", path)
		if dated := strings.Contains(path, "?"); query != "" && dated {
			path += "&" + query
		} else if query != "" {
			path += "?" + query
		}
		res, err := k.open(method, path, params)
		if err != nil {
			return err
		}
		return k.object(res, into)
	})
}

// object reads an answer that is one object.
func (k *call) object(res *http.Response, into any) error {
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return k.fault(err)
	}
	return k.misread(json.Unmarshal(raw, into))
}

// file is the service's view of an uploaded file.
type file struct {
	ID, Status text
	Details    text `json:"status_details"`
}

// upload sends the file. An attempt whose answer was lost leaves a file behind
// that nobody uses; it costs nothing and is gone after some weeks.
func (c *Client) upload(ctx context.Context, name string, lines io.ReadSeeker) (f file, err error) {
	err = c.about(ctx, "uploading "+wire.Line(name, 100), func(ctx context.Context, e *errand) error {
		k := &call{json: true, most: objectSize}
		return e.request(ctx, k, func() error { return k.upload(name, lines, &f) })
	})
	return f, err
}

func (k *call) upload(name string, lines io.ReadSeeker, into *file) error {
	size, err := lines.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = lines.Seek(0, io.SeekStart)
	}
	if err != nil {
		return foreign{fmt.Errorf("reading %s: %w", name, err)}
	}
	head, tail, media := form(name)
	body := &sending{k: k, lines: lines, parts: io.MultiReader(bytes.NewReader(head), io.LimitReader(lines, size), bytes.NewReader(tail))}
	defer body.Close()
	k.length = int64(len(head)) + size + int64(len(tail))
	res, err := k.send(http.MethodPost, route(k.c.APIVersion, "", "files"), media, body)
	if failed := body.failure(); failed != nil {
		return foreign{fmt.Errorf("reading %s: %w", name, failed)}
	}
	if err != nil {
		return err
	}
	return k.object(res, into)
}

// form is what comes before and after the file in an upload (RFC 7578).
func form(name string) (head, tail []byte, media string) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b) // writing to a buffer does not fail
	_ = w.WriteField("purpose", "batch")
	_, _ = w.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {multipart.FileContentDisposition("file", name)},
		"Content-Type":        {"application/jsonl"},
	})
	n := b.Len()
	_ = w.Close()
	return b.Bytes()[:n], b.Bytes()[n:], w.FormDataContentType()
}

// sending is the body of an upload. net/http may still be reading one when the
// answer is there, so that Close must end that before the lines are read again.
type sending struct {
	k     *call
	lines io.Reader
	parts io.Reader

	mu     sync.Mutex
	closed bool
	err    error
}

func (s *sending) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, http.ErrBodyReadAfterClose
	}
	n, err := s.parts.Read(p)
	if err != nil && err != io.EOF {
		s.err = err
	}
	s.k.heard() // as long as it moves, nobody is silent
	return n, err
}

func (s *sending) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return nil
}

func (s *sending) failure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// processed waits until the service has taken the file in, asking a little less
// often each time.
func (c *Client) processed(ctx context.Context, f file) error {
	id := f.ID.line()
	e, err := c.chore("waiting until file " + id + " is processed")
	if err != nil {
		return err
	}
	return e.do(ctx, func(ctx context.Context) error {
		for pause := time.Second; ; pause = min(2*pause, 15*time.Second) {
			switch strings.ToLower(string(f.Status)) {
			case "processed":
				return nil
			case "error", "deleting", "deleted":
				return e.problem("the service did not take the file", fmt.Sprintf("its status is %s; %s", f.Status.line(), cmp.Or(f.Details.line(), "it does not say why")),
					"check that each line is one JSON object, in UTF-8 without a byte order mark", nil)
			}
			select {
			case <-ctx.Done():
				return context.Cause(ctx)
			case <-time.After(pause):
			}
			if err := e.repeat(ctx, func(ctx context.Context) error {
				return e.fetch(ctx, http.MethodGet, "files/"+url.PathEscape(id), nil, &f)
			}); err != nil {
				return err
			}
		}
	})
}

// create makes a batch of the file.
func (c *Client) create(ctx context.Context, file, endpoint string) (b Batch, err error) {
	params := openai.BatchNewParams{
		InputFileID: file, Endpoint: openai.BatchNewParamsEndpoint(endpoint),
		CompletionWindow: openai.BatchNewParamsCompletionWindow24h,
	}
	err = c.about(ctx, "creating a batch of file "+file, func(ctx context.Context, e *errand) error {
		if e.sent > 0 {
			var found bool
			if b, found, err = e.batchOf(ctx, file); err != nil || found {
				return err
			}
		}
		return e.fetch(ctx, http.MethodPost, "batches", params, &b)
	})
	return b, err
}
