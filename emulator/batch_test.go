package emulator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A desk asks an emulator without a connection between, so that time can be the
// test's own.
type desk struct {
	t     *testing.T
	e     *Emulator
	token string
	root  string // of the URL family
	query string
}

func newDesk(t *testing.T, cfg Config) desk {
	e := fresh(t, cfg)
	return desk{t, e, accessFor(t, e, "https://cognitiveservices.azure.com"), "/openai/v1", ""}
}

func (d desk) ask(method, path, kind string, body []byte) *httptest.ResponseRecorder {
	d.t.Helper()
	r := httptest.NewRequest(method, d.root+path+d.query, bytes.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+d.token)
	r.Header.Set("Content-Type", kind)
	w := httptest.NewRecorder()
	d.e.ServeHTTP(w, r)
	return w
}

// filled is a multipart form with a file in it.
func filled(t *testing.T, purpose, content string) (kind string, body []byte) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	w.WriteField("purpose", purpose)
	part, err := w.CreateFormFile("file", "input.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	part.Write([]byte(content))
	w.Close()
	return w.FormDataContentType(), b.Bytes()
}

// upload uploads a file and waits until it is processed.
func (d desk) upload(content string) (id string) {
	d.t.Helper()
	kind, body := filled(d.t, "batch", content)
	w := d.ask("POST", "/files", kind, body)
	f := decode[shownFile](d.t, w.Body.String())
	if w.Code != 201 || f.Status != "pending" || f.Bytes != len(content) || !strings.HasSuffix(w.Header().Get("Location"), "/files/"+f.ID) {
		d.t.Fatalf("upload: %d %s", w.Code, w.Body)
	}
	time.Sleep(d.e.cfg.BatchTime)
	if f = decode[shownFile](d.t, d.ask("GET", "/files/"+f.ID, "", nil).Body.String()); f.Status != "processed" {
		d.t.Fatalf("%+v", f)
	}
	return f.ID
}

type shownFile struct {
	ID, Status string
	Bytes      int
}

type shownBatch struct {
	ID, Status   string
	OutputFileID *string         `json:"output_file_id"`
	ErrorFileID  *string         `json:"error_file_id"`
	CreatedAt    json.RawMessage `json:"created_at"`
	Errors       *struct {
		Data []struct {
			Code string
			Line int
		}
	}
	Counts struct{ Total, Completed, Failed *int } `json:"request_counts"`
}

func (d desk) create(file string) shownBatch {
	d.t.Helper()
	w := d.ask("POST", "/batches", "application/json", []byte(`{"input_file_id":"`+file+`","endpoint":"/chat/completions","completion_window":"24h"}`))
	if w.Code != 200 {
		d.t.Fatalf("create: %d %s", w.Code, w.Body)
	}
	return decode[shownBatch](d.t, w.Body.String())
}

func (d desk) get(id string) shownBatch {
	d.t.Helper()
	return decode[shownBatch](d.t, d.ask("GET", "/batches/"+id, "", nil).Body.String())
}

func (d desk) content(id *string) string {
	d.t.Helper()
	w := d.ask("GET", "/files/"+*id+"/content", "", nil)
	if w.Code != 200 {
		d.t.Fatalf("content: %d %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func task(id, url, model, user string) string {
	return fmt.Sprintf(`{"custom_id":%q,"method":"POST","url":%q,"body":{"model":%q,"messages":[{"role":"user","content":%q}]}}`+"\n", id, url, model, user)
}

func chatTask(id, user string) string {
	return task(id, "/v1/chat/completions", "gpt-4o-mini-batch", user)
}

func TestBatchLife(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg := paris()
		cfg.BatchTime = time.Minute
		var told []Served
		cfg.Record = func(s Served) { told = append(told, s) }
		d := newDesk(t, cfg)
		b := d.create(d.upload(chatTask("a", "capital of France?") + chatTask("b", "emulate:filter-hate") + chatTask("c", "The capital of France!") + chatTask("d", "capital of France")))
		for _, want := range []string{"validating 0", "in_progress 0", "finalizing 4"} {
			if b = d.get(b.ID); fmt.Sprint(b.Status, " ", *b.Counts.Completed+*b.Counts.Failed) != want || b.OutputFileID != nil {
				t.Errorf("%+v, want %s", b, want)
			}
			time.Sleep(time.Minute)
		}
		b = d.get(b.ID)
		if b.Status != "completed" || *b.Counts.Total != 4 || *b.Counts.Completed != 3 || *b.Counts.Failed != 1 {
			t.Fatalf("%+v", b)
		}
		var ids strings.Builder
		for line := range strings.Lines(d.content(b.OutputFileID)) {
			l := decode[struct {
				ID       string `json:"custom_id"`
				Response struct {
					Body chatAnswer
					Code int `json:"status_code"`
				}
			}](t, line)
			if ids.WriteString(l.ID); l.Response.Code != 200 || l.Response.Body.Choices[0].Message.Content != "Paris is it." {
				t.Error(line)
			}
		}
		if mistakes := d.content(b.ErrorFileID); ids.String() != "dca" || !strings.HasPrefix(mistakes, `{"custom_id":"b","error":null,"response":{"body":{"error":{"message":"The response was filtered`) || strings.Count(mistakes, "\n") != 1 {
			t.Errorf("%s, %s", ids.String(), mistakes)
		}
		if lines := countFunc(told, func(s Served) bool { return s.Batch == b.ID && s.CustomID != "" && s.Question != "" }); lines != 4 {
			t.Errorf("%d lines on record: %+v", lines, told)
		}
	})
}

func countFunc[T any](all []T, f func(T) bool) (n int) {
	for _, v := range all {
		if f(v) {
			n++
		}
	}
	return n
}

func TestBatchOldStyle(t *testing.T) {
	t.Parallel()
	oldStyle(t, func(t *testing.T) desk { return newDesk(t, Config{BatchOldStyle: true}) })
	oldStyle(t, func(t *testing.T) desk {
		d := newDesk(t, Config{})
		d.root, d.query = "/openai", "?api-version=2024-08-01-preview"
		return d
	})
}

// oldStyle wants a batch to look old, in which nothing fails.
func oldStyle(t *testing.T, at func(*testing.T) desk) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		d := at(t)
		b := d.create(d.upload(chatTask("a", "hi")))
		if b.Status != "Validating" || b.CreatedAt[0] != '"' || b.Counts.Total != nil || b.OutputFileID == nil || *b.OutputFileID != "" {
			t.Errorf("%+v", b)
		}
		time.Sleep(3 * time.Second)
		if b = d.get(b.ID); b.Status != "Completed" || d.content(b.ErrorFileID) != "" || d.content(b.OutputFileID) == "" {
			t.Errorf("%+v", b)
		}
	})
}

func TestBatchRefused(t *testing.T) {
	t.Parallel()
	bom := "\ufeff"
	for name, c := range map[string]struct{ file, want string }{
		"empty":      {"", "[{empty_file 0}]"},
		"no JSON":    {chatTask("a", "hi") + "{\n", "[{invalid_json_line 2}]"},
		"BOM":        {bom + chatTask("a", "hi"), "[{invalid_json_line 1}]"},
		"no id":      {chatTask("", "hi"), "[{invalid_json_line 1}]"},
		"twice":      {chatTask("a", "hi") + chatTask("b", "hi") + chatTask("a", "ho"), "[{duplicate_custom_id 3}]"},
		"urls":       {chatTask("a", "hi") + task("b", "/v1/responses", "gpt-4o-mini-batch", "hi"), "[{url_mismatch 2}]"},
		"embeddings": {task("b", "/v1/embeddings", "gpt-4o-mini-batch", "hi"), "[{url_mismatch 1}]"},
		"models":     {chatTask("a", "hi") + task("b", "/v1/chat/completions", "gpt-4o-mini", "hi"), "[{model_mismatch 2}]"},
		"no model":   {task("b", "/v1/chat/completions", "nope", "hi"), "[{model_not_found 1}]"},
		"live model": {task("b", "/chat/completions", "gpt-4o-mini", "hi"), "[{model_not_found 1}]"},
		"too many":   {strings.Repeat(chatTask("a", "hi"), maxTasks+1), "[{too_many_tasks 0}]"},
		"enqueued":   {strings.Replace(chatTask("a", "hello"), "gpt-4o-mini-batch", "small", 1), "[{token_limit_exceeded 0}]"},
	} {
		synctest.Test(t, func(t *testing.T) {
			d := newDesk(t, Config{Deployments: append(DefaultDeployments(), Deployment{Name: "small", SKU: "DataZoneBatch", Enqueued: 8})})
			b := d.create(d.upload(c.file))
			time.Sleep(time.Second)
			if b = d.get(b.ID); b.Status != "failed" || b.Errors == nil || fmt.Sprint(b.Errors.Data) != c.want || *b.Counts.Total != 0 {
				t.Errorf("%s: %+v, want %s", name, b, c.want)
			}
		})
	}
}

func TestBatchCancel(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, Config{})
		d.root, d.query = "/openai", "?api-version=2024-10-21"
		b := d.create(d.upload(strings.Replace(chatTask("a", "hi")+chatTask("b", "hi"), "/v1/", "/", 2)))
		time.Sleep(1500 * time.Millisecond)
		w := d.ask("POST", "/batches/"+b.ID+"/cancel", "", nil)
		if b = decode[shownBatch](t, w.Body.String()); w.Code != 200 || b.Status != "cancelling" || *b.Counts.Completed != 1 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		time.Sleep(time.Second)
		if b = d.get(b.ID); b.Status != "cancelled" || strings.Count(d.content(b.OutputFileID), "\n") != 1 {
			t.Errorf("%+v", b)
		}
		if w := d.ask("POST", "/batches/"+b.ID+"/cancel", "", nil); w.Code != 409 {
			t.Errorf("twice: %d %s", w.Code, w.Body)
		}
	})
}
