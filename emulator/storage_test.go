package emulator

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/openai/openai-go/v3"
)

func TestStorageRefusals(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, Config{})
		kind, body := filled(t, "batch", "x")
		pending := decode[shownFile](t, d.ask("POST", "/files", kind, body).Body.String()).ID
		job := func(file, endpoint, window string) []byte {
			return fmt.Appendf(nil, `{"input_file_id":%q,"endpoint":%q,"completion_window":%q}`, file, endpoint, window)
		}
		other, otherBody := filled(t, "fine-tune", "x")
		for _, c := range []struct {
			method, path, kind string
			body               []byte
			status             int
			want               string
		}{
			{"POST", "/files", "text/plain", body, 400, "multipart"},
			{"POST", "/files", kind, body[:len(body)/2], 400, "form"},
			{"POST", "/files", other, otherBody, 400, "purpose"},
			{"POST", "/batches", "application/json", job(pending, "/v1/responses", "24h"), 400, "not processed yet"},
			{"POST", "/batches", "application/json", job("", "/v1/responses", "24h"), 400, "input_file_id"},
			{"POST", "/batches", "application/json", job("file-0", "", "24h"), 400, "endpoint"},
			{"POST", "/batches", "application/json", job("file-0", "/v1/responses", "1h"), 400, "completion_window"},
			{"POST", "/batches", "application/json", job("file-0", "/v1/responses", "24h"), 404, "file-0"},
			{"POST", "/batches", "application/json", []byte("["), 400, "parse"},
			{"GET", "/batches/nope", "", nil, 404, "nope"},
			{"GET", "/files/nope", "", nil, 404, "nope"},
			{"GET", "/files/nope/content", "", nil, 404, "nope"},
			{"DELETE", "/files/nope", "", nil, 404, "nope"},
			{"PUT", "/files", "", nil, 404, "Resource not found"},
			{"GET", "/files?api-version=2024-10-21", "", nil, 400, "not allowed when using /v1 path"},
		} {
			if w := d.ask(c.method, c.path, c.kind, c.body); w.Code != c.status || !strings.Contains(w.Body.String(), c.want) {
				t.Errorf("%s %s: %d %s, want %d %s", c.method, c.path, w.Code, w.Body, c.status, c.want)
			}
		}
		large := httptest.NewRequest("POST", "/openai/v1/files", strings.NewReader("--x"))
		large.Header = http.Header{"Authorization": {"Bearer " + d.token}, "Content-Type": {kind}}
		large.ContentLength = maxForm + 1
		w := httptest.NewRecorder()
		if d.e.ServeHTTP(w, large); w.Code != 413 {
			t.Errorf("more than 200 MB: %d %s", w.Code, w.Body)
		}
		d.root = "/openai"
		if w := d.ask("GET", "/files", "", nil); w.Code != 404 {
			t.Errorf("no api-version: %d %s", w.Code, w.Body)
		}
		d.token = "x"
		if w := d.ask("GET", "/files?api-version=2024-10-21", "", nil); w.Code != 401 {
			t.Errorf("no token: %d %s", w.Code, w.Body)
		}
		if live := d.ask("POST", "/deployments/gpt-4o-mini-batch/chat/completions?api-version=2024-10-21", "", []byte(hello)); live.Code != 401 {
			t.Errorf("%d", live.Code)
		}
	})
}

// A batch deployment answers no live request.
func TestBatchDeploymentLive(t *testing.T) {
	t.Parallel()
	m := serve(t, Config{})
	if r := m.chat(t, "gpt-4o-mini-batch", "hi", ""); r.status != 400 || !strings.Contains(r.body, "OperationNotSupported") {
		t.Errorf("%d %s", r.status, r.body)
	}
}

func TestSDKBatch(t *testing.T) {
	t.Parallel()
	cfg := paris()
	cfg.BatchTime = time.Nanosecond
	m := serve(t, cfg)
	files, batches := openai.NewFileService(m.options()...), openai.NewBatchService(m.options()...)
	line := `{"custom_id":"a","method":"POST","url":"/v1/responses","body":{"model":"gpt-4o-mini-batch","input":"capital of France"}}` + "\n"
	f, err := files.New(t.Context(), openai.FileNewParams{Purpose: "batch", File: openai.File(strings.NewReader(line), "in.jsonl", "application/jsonl"), ExpiresAfter: openai.FileNewParamsExpiresAfter{Seconds: 1209600}})
	if err != nil || f.ExpiresAt != f.CreatedAt+1209600 || f.Filename != "in.jsonl" {
		t.Fatal(f, err)
	}
	b, err := batches.New(t.Context(), openai.BatchNewParams{InputFileID: f.ID, Endpoint: "/v1/responses", CompletionWindow: "24h"})
	for range 4 {
		if err != nil {
			t.Fatal(err)
		}
		b, err = batches.Get(t.Context(), b.ID)
	}
	if b.Status != "completed" || b.RequestCounts.Completed != 1 {
		t.Fatal(b.RawJSON())
	}
	resp, err := files.Content(t.Context(), b.OutputFileID)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if text, err := io.ReadAll(resp.Body); err != nil || !strings.Contains(string(text), "Paris is it.") {
		t.Errorf("%s, %v", text, err)
	}
	page, err := batches.List(t.Context(), openai.BatchListParams{Limit: openai.Int(1)})
	if err != nil || len(page.Data) != 1 || page.HasMore || page.Data[0].ID != b.ID {
		t.Errorf("%+v, %v", page, err)
	}
	all, err := files.List(t.Context(), openai.FileListParams{})
	if err != nil || len(all.Data) != 3 {
		t.Errorf("%+v, %v", all, err)
	}
	if gone, err := files.Delete(t.Context(), f.ID); err != nil || !gone.Deleted {
		t.Errorf("%+v, %v", gone, err)
	}
}

// Faults strike files and batches too.
func TestBatchFaults(t *testing.T) {
	t.Parallel()
	m := serve(t, Config{})
	for code, status := range map[string]int{"429": 429, "500": 500, "cut": 200} {
		fail(t, m.e, "openai", code)
		r := m.do(t, m.request(t, http.MethodGet, "/openai/v1/batches", ""))
		if r.status != status || (r.err != nil) != (code == "cut") {
			t.Errorf("%s: %d %s, %v", code, r.status, r.body, r.err)
		}
	}
}
