//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// A work is what the bare client does. It does nothing more: no pacing, no
// retries but after 429, no files, nothing kept.
type work struct {
	Deployment string
	Texts      int // of [text], the numbers from 0
	Length     int // of each, in characters; 0: it varies
	Batch      int // texts of one request for embeddings; 0: chat
	Cap        int // the most tokens of an answer; 0: none is sent
	Workers    int // requests at the same time
	Stream     bool
	Decode     bool // else answers are read and thrown away
	Patient    bool // a 429 is asked again when Retry-After says so, and a bit later
}

// A done work is what came of it.
type done struct {
	ran              // of the whole process
	Seconds  float64 // from the first request, which a token was fetched before
	CPU      float64 // meanwhile, seconds
	Prompt   int64   // tokens, of answers that were decoded
	Requests int64
	Refused  int64 // of them
}

// client is the command: it does the work that its second argument describes
// and prints a [done].
func client(ctx context.Context, args []string) error {
	var w work
	if len(args) != 2 || json.Unmarshal([]byte(args[1]), &w) != nil {
		return errors.New("usage: bulk client WORK")
	}
	c := &caller{work: w, http: &http.Client{Transport: &http.Transport{
		MaxIdleConnsPerHost: w.Workers, DisableCompression: true, WriteBufferSize: 64 << 10, ReadBufferSize: 64 << 10,
	}}}
	if err := c.signIn(ctx); err != nil {
		return err
	}
	bodies := c.bodies()
	before, start := consumed(), time.Now()
	if err := c.all(ctx, bodies); err != nil {
		return err
	}
	c.done.Seconds, c.done.CPU = time.Since(start).Seconds(), consumed()-before
	return json.NewEncoder(os.Stdout).Encode(&c.done)
}

// consumed is the CPU time that the process has taken, in seconds.
func consumed() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

// A caller is the bare client at work.
type caller struct {
	work
	http  *http.Client
	token string
	done
}

// signIn exchanges the job's token for one of the service, as any program in a
// workflow does: see
// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
func (c *caller) signIn(ctx context.Context) error {
	var id struct {
		Value string `json:"value"`
	}
	err := c.fetch(ctx, "GET", os.Getenv("ACTIONS_ID_TOKEN_REQUEST_URL")+"&audience=api://AzureADTokenExchange",
		os.Getenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN"), nil, &id)
	if err != nil {
		return err
	}
	var access struct {
		Token string `json:"access_token"`
	}
	err = c.fetch(ctx, "POST", os.Getenv("AZURE_AUTHORITY_HOST")+"/"+os.Getenv("AZURE_TENANT_ID")+"/oauth2/v2.0/token", "", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {os.Getenv("AZURE_CLIENT_ID")},
		"scope":                 {"https://cognitiveservices.azure.com/.default"},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {id.Value},
	}, &access)
	c.token = access.Token
	return err
}

func (c *caller) fetch(ctx context.Context, method, to, token string, form url.Values, into any) error {
	r, err := http.NewRequestWithContext(ctx, method, to, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := c.http.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("signing in: %s", res.Status)
	}
	return json.NewDecoder(res.Body).Decode(into)
}

// bodies are all requests, made before the clock runs.
func (c *caller) bodies() (all [][]byte) {
	if c.Batch == 0 {
		for i := range c.Texts {
			all = append(all, c.chat(text(i, c.Length)))
		}
		return all
	}
	for first := 0; first < c.Texts; first += c.Batch {
		var texts []string
		for i := first; i < min(first+c.Batch, c.Texts); i++ {
			texts = append(texts, text(i, c.Length))
		}
		all = append(all, encode(map[string]any{"model": c.Deployment, "input": texts, "encoding_format": "base64"}))
	}
	return all
}

// systemPrompt is what keyless says where nobody says anything else.
const systemPrompt = "You are a helpful assistant"

// chat is the body that keyless sends for a prompt.
func (c *caller) chat(prompt string) []byte {
	body := map[string]any{"model": c.Deployment, "messages": []map[string]string{
		{"role": "system", "content": systemPrompt}, {"role": "user", "content": prompt},
	}}
	if c.Cap > 0 {
		body["max_completion_tokens"] = c.Cap
	}
	if c.Stream {
		body["stream"], body["stream_options"] = true, map[string]bool{"include_usage": true}
	}
	return encode(body)
}

// encode writes maps of texts and numbers, which can't fail.
func encode(v any) []byte {
	raw, _ := json.Marshal(v)
	return raw
}

// all sends the bodies from a pool of workers.
func (c *caller) all(ctx context.Context, bodies [][]byte) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var next atomic.Int64
	var pool sync.WaitGroup
	for range c.Workers {
		pool.Go(func() {
			for i := next.Add(1) - 1; int(i) < len(bodies) && ctx.Err() == nil; i = next.Add(1) - 1 {
				if err := c.ask(ctx, bodies[i]); err != nil {
					stop(err)
				}
			}
		})
	}
	pool.Wait()
	return context.Cause(ctx)
}

// ask sends a body until it is answered.
func (c *caller) ask(ctx context.Context, body []byte) error {
	for {
		wait, err := c.once(ctx, body)
		if err != nil || wait == 0 {
			return err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// once sends a body. A wait says that it was refused.
func (c *caller) once(ctx context.Context, body []byte) (wait time.Duration, err error) {
	to := os.Getenv("AZURE_OPENAI_ENDPOINT") + "/openai/v1/chat/completions"
	if c.Batch > 0 {
		to = os.Getenv("AZURE_OPENAI_ENDPOINT") + "/openai/deployments/" + c.Deployment + "/embeddings?api-version=2024-10-21"
	}
	r, err := http.NewRequestWithContext(ctx, "POST", to, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	r.Header.Set("Content-Type", "application/json")
	res, err := c.http.Do(r)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	atomic.AddInt64(&c.Requests, 1)
	switch {
	case res.StatusCode == http.StatusTooManyRequests && c.Patient:
		atomic.AddInt64(&c.Refused, 1)
		_, err := io.Copy(io.Discard, res.Body)
		return retryAfter(res.Header), err
	case res.StatusCode != http.StatusOK:
		return 0, fmt.Errorf("asking: %s", res.Status)
	}
	return 0, c.take(res.Body)
}

// retryAfter is what the answer advises, and up to half as much again, so that
// not all workers come back at once. The service is known to say 0 ms beside 1 s.
func retryAfter(h http.Header) time.Duration {
	seconds, _ := strconv.ParseFloat(h.Get("Retry-After"), 64)
	if ms, _ := strconv.ParseFloat(h.Get("Retry-After-Ms"), 64); ms > 0 {
		seconds = ms / 1000
	}
	return time.Duration(max(seconds, 0.1) * (1 + rand.Float64()/2) * float64(time.Second))
}

// take reads an answer.
func (c *caller) take(body io.Reader) error {
	switch {
	case !c.Decode:
		_, err := io.Copy(io.Discard, body)
		return err
	case c.Batch > 0:
		return c.takeVectors(body)
	case c.Stream:
		return c.takeStream(body)
	}
	var a reply
	err := json.NewDecoder(body).Decode(&a)
	atomic.AddInt64(&c.Prompt, a.Usage.Prompt)
	return errors.Join(err, drained(body))
}

// drained reads the end of a body, without which its connection is lost.
func drained(body io.Reader) error {
	_, err := io.Copy(io.Discard, body)
	return err
}

// A reply is an answer of chat completions, or a piece of one.
type reply struct {
	Choices []struct {
		Message struct{ Content string } `json:"message"`
		Delta   struct{ Content string } `json:"delta"`
		Finish  string                   `json:"finish_reason"`
	} `json:"choices"`
	Model string `json:"model"`
	Usage struct {
		Prompt int64 `json:"prompt_tokens"`
		Total  int64 `json:"total_tokens"`
	} `json:"usage"`
}

// takeStream puts the text of a stream together.
func (c *caller) takeStream(body io.Reader) error {
	var whole strings.Builder
	lines := bufio.NewScanner(body)
	for lines.Scan() {
		data, ok := bytes.CutPrefix(lines.Bytes(), []byte("data: "))
		if !ok || string(data) == "[DONE]" {
			continue
		}
		var a reply
		if err := json.Unmarshal(data, &a); err != nil {
			return err
		}
		for _, choice := range a.Choices {
			whole.WriteString(choice.Delta.Content)
		}
		atomic.AddInt64(&c.Prompt, a.Usage.Prompt)
	}
	if whole.Len() == 0 {
		return errors.New("a stream has no text")
	}
	return lines.Err()
}

// takeVectors decodes vectors one after the other into the same slice.
func (c *caller) takeVectors(body io.Reader) error {
	var a struct {
		Data []struct {
			Index     int    `json:"index"`
			Embedding string `json:"embedding"`
		} `json:"data"`
		Usage struct {
			Prompt int64 `json:"prompt_tokens"`
		} `json:"usage"`
	}
	if err := json.NewDecoder(body).Decode(&a); err != nil {
		return err
	}
	var vector []float32
	for _, d := range a.Data {
		raw, err := base64.StdEncoding.DecodeString(d.Embedding)
		if err != nil {
			return err
		}
		vector = vector[:0]
		for at := 0; at+4 <= len(raw); at += 4 {
			vector = append(vector, math.Float32frombits(binary.LittleEndian.Uint32(raw[at:])))
		}
	}
	atomic.AddInt64(&c.Prompt, a.Usage.Prompt)
	return drained(body)
}
