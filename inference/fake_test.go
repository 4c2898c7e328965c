package inference

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/keyless-inference/action/wire"
)

// token looks like an Entra token, so that redaction would cut it; secret is
// what must never be seen.
const secret = "eyJhbGciOiJub25lIn0.eyJhdWQiOiJ4In0.c2lnbmF0dXJl"

const (
	endpoint = "https://contoso.openai.azure.com"
	clientID = "11111111-2222-4333-8444-555555555555"
)

// A fake is a service that gives its answers in turn, the last one for ever,
// and remembers what it was asked.
type fake struct {
	answers []answerer
	mu      sync.Mutex
	seen    []asked
}

type answerer func(*http.Request) (*http.Response, error)

type asked struct {
	url    string
	header http.Header
	body   map[string]any
	raw    string
}

func (f *fake) do(r *http.Request) (*http.Response, error) {
	var raw []byte
	if r.Body != nil {
		raw, _ = io.ReadAll(r.Body)
	}
	a := asked{url: r.URL.String(), header: r.Header.Clone(), raw: string(raw)}
	_ = json.Unmarshal(raw, &a.body)
	f.mu.Lock()
	f.seen = append(f.seen, a)
	next := f.answers[min(len(f.seen), len(f.answers))-1]
	f.mu.Unlock()
	return next(r)
}

func (f *fake) client() *Client {
	return &Client{
		Endpoint: endpoint,
		ClientID: clientID,
		Token:    func(context.Context, string) (string, error) { return secret, nil },
		Do:       f.do,
	}
}

func serve(answers ...answerer) *fake { return &fake{answers: answers} }

// answer is an HTTP answer; headers are "name: value".
func answer(status int, media, body string, headers ...string) answerer {
	return func(*http.Request) (*http.Response, error) {
		h := http.Header{"Content-Type": {media}, "Apim-Request-Id": {"req-1"}}
		for _, line := range headers {
			name, value, _ := strings.Cut(line, ": ")
			h.Set(name, value)
		}
		return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}, nil
	}
}

func refusal(status int, body string, headers ...string) answerer {
	return answer(status, "application/json", body, headers...)
}

func whole(body string) answerer { return answer(200, "application/json", body) }

// events is a stream of data lines.
func events(data ...string) answerer {
	var b strings.Builder
	for _, d := range data {
		b.WriteString("data: " + d + "\n\n")
	}
	return answer(200, "text/event-stream; charset=utf-8", b.String())
}

// cut is a stream that breaks after its events.
func cut(data ...string) answerer {
	return func(r *http.Request) (*http.Response, error) {
		res, _ := events(data...)(r)
		res.Body = io.NopCloser(io.MultiReader(res.Body, brokenReader{}))
		return res, nil
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func unreachable(*http.Request) (*http.Response, error) {
	return nil, errors.New("connection reset by peer")
}

// The events of a recorded chat stream.
const (
	filterChunk  = `{"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[{"prompt_index":0,"content_filter_results":{"hate":{"filtered":false,"severity":"safe"},"jailbreak":{"filtered":false,"detected":false}}}]}`
	roleChunk    = `{"choices":[{"content_filter_results":{},"delta":{"content":"","refusal":null,"role":"assistant"},"finish_reason":null,"index":0,"logprobs":null}],"created":1768000000,"id":"chatcmpl-1","model":"gpt-4o-mini-2024-07-18","object":"chat.completion.chunk","obfuscation":"abc","system_fingerprint":"fp_1","usage":null}`
	helloChunk   = `{"choices":[{"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}},"delta":{"content":"Hello"},"finish_reason":null,"index":0,"logprobs":null}],"created":1768000000,"id":"chatcmpl-1","model":"gpt-4o-mini-2024-07-18","object":"chat.completion.chunk","obfuscation":"d","usage":null}`
	worldChunk   = `{"choices":[{"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}},"delta":{"content":" wörld"},"finish_reason":null,"index":0,"logprobs":null}],"created":1768000000,"id":"chatcmpl-1","model":"gpt-4o-mini-2024-07-18","object":"chat.completion.chunk","usage":null}`
	asyncChunk   = `{"choices":[{"content_filter_offsets":{"check_offset":44,"start_offset":44,"end_offset":198},"content_filter_results":{"violence":{"filtered":false,"severity":"safe"}},"finish_reason":null,"index":0}],"created":0,"id":"","model":"","object":""}`
	stopChunk    = `{"choices":[{"content_filter_results":{},"delta":{},"finish_reason":"stop","index":0,"logprobs":null}],"created":1768000000,"id":"chatcmpl-1","model":"gpt-4o-mini-2024-07-18","object":"chat.completion.chunk","usage":null}`
	lengthChunk  = `{"choices":[{"content_filter_results":{},"delta":{},"finish_reason":"length","index":0,"logprobs":null}],"created":1768000000,"id":"chatcmpl-1","model":"gpt-5-nano-2025-08-07","object":"chat.completion.chunk","usage":null}`
	blockedChunk = `{"choices":[{"content_filter_results":{"violence":{"filtered":true,"severity":"high"}},"delta":{},"finish_reason":"content_filter","index":0}],"created":1,"id":"chatcmpl-1","model":"gpt-4o-mini-2024-07-18","object":"chat.completion.chunk"}`
	usageChunk   = `{"choices":[],"created":1768000000,"id":"chatcmpl-1","model":"gpt-4o-mini-2024-07-18","object":"chat.completion.chunk","usage":{"completion_tokens":9,"completion_tokens_details":{"reasoning_tokens":4},"prompt_tokens":12,"prompt_tokens_details":{"audio_tokens":0,"cached_tokens":3},"total_tokens":21}}`
)

var hello = events(filterChunk, roleChunk, helloChunk, worldChunk, asyncChunk, stopChunk, usageChunk, "[DONE]")

func chunk(content string) string {
	b, _ := json.Marshal(content)
	return `{"choices":[{"delta":{"content":` + string(b) + `},"finish_reason":null,"index":0}],"id":"c","model":"m","object":"chat.completion.chunk"}`
}

func says(content string) answerer { return events(chunk(content), stopChunk, usageChunk, "[DONE]") }

func ask() Request {
	return Request{Deployment: "gpt", Messages: []Message{{"system", "Be kind."}, {"user", "Greet."}}}
}

// problem asserts that err is a Problem whose text holds all the parts and not
// the token, and returns it.
func problem(t *testing.T, err error, parts ...string) *wire.Problem {
	t.Helper()
	var p *wire.Problem
	if !errors.As(err, &p) {
		t.Fatalf("got %v, want a Problem", err)
	}
	contains(t, err.Error(), parts...)
	return p
}

func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is missing in:\n%s", part, text)
		}
	}
	if strings.Contains(text, secret) {
		t.Errorf("the token is in:\n%s", text)
	}
}
