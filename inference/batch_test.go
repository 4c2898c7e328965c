package inference

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"
)

const (
	fileObject  = `{"id":"file-1","object":"file","bytes":10,"purpose":"batch","filename":"x.jsonl","created_at":1,"status":"%s"}`
	batchObject = `{"id":"batch_1","object":"batch","endpoint":null,"errors":null,"input_file_id":"file-1","completion_window":"24h","status":"%s","output_file_id":"%s","error_file_id":"%s","created_at":1768000000,"request_counts":{"total":3,"completed":2,"failed":1},"metadata":null}`
)

func object(format string, args ...any) answerer { return whole(fmt.Sprintf(format, args...)) }

func TestBatchLine(t *testing.T) {
	t.Parallel()
	q := ask()
	limit := int64(7)
	q.MaxCompletionTokens = &limit
	for api, want := range map[string]string{
		"":        `{"custom_id":"a \"b\"","method":"POST","url":"/chat/completions","body":{"messages":[{"content":"Be kind.","role":"system"},{"content":"Greet.","role":"user"}],"model":"gpt","max_completion_tokens":7}}` + "\n",
		Responses: `{"custom_id":"a \"b\"","method":"POST","url":"/v1/responses","body":{"max_output_tokens":7,"store":false,"input":[{"content":"Be kind.","role":"system"},{"content":"Greet.","role":"user"}],"model":"gpt"}}` + "\n",
	} {
		q.API = api
		line, err := BatchLine(`a "b"`, q)
		var got, parsed any
		_ = json.Unmarshal(line, &got)
		_ = json.Unmarshal([]byte(want), &parsed)
		if err != nil || fmt.Sprint(got) != fmt.Sprint(parsed) || !strings.HasPrefix(string(line), want[:70]) || strings.Count(string(line), "\n") != 1 {
			t.Errorf("%q: %v\n%s\nwant\n%s", api, err, line, want)
		}
	}
	q.API = Completions
	_, err := BatchLine("", q)
	contains(t, fmt.Sprint(err), `the api "completions" has no batches`, "needs an id")
	if _, err := BatchLine("x", Request{}); err == nil {
		t.Error("a request with mistakes was taken")
	}
}

// uploaded is the file in the form that was sent.
func uploaded(t *testing.T, a asked) (purpose, name, content string) {
	t.Helper()
	_, params, err := mime.ParseMediaType(a.header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	form, err := multipart.NewReader(strings.NewReader(a.raw), params["boundary"]).ReadForm(1 << 20)
	if err != nil {
		t.Fatalf("%v in %q", err, a.raw)
	}
	header := form.File["file"][0]
	f, err := header.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, _ := io.ReadAll(f)
	return form.Value["purpose"][0], header.Filename, string(all)
}

func TestCreateBatch(t *testing.T) {
	t.Parallel()
	for version, base := range map[string]string{"": "/openai/v1/%s", "2024-10-21": "/openai/%s?api-version=2024-10-21"} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			f := serve(
				refusal(503, ""),
				answer(201, "application/json", fmt.Sprintf(fileObject, "Pending")),
				object(fileObject, "running"), refusal(500, ""), object(fileObject, "processed"),
				object(batchObject, "Validating", "", ""),
			)
			c := f.client()
			c.APIVersion = version
			b, err := c.CreateBatch(t.Context(), "", "run.jsonl", strings.NewReader("{\"a\":1}\n{}\n"), nil)
			if err != nil || b.ID != "batch_1" || b.Status != "validating" || b.Over() || b.Created.Unix() != 1768000000 || b.InputFile != "file-1" || b.Total != 3 {
				t.Fatalf("%+v, %v", b, err)
			}
			for i, want := range []string{"files", "files", "files/file-1", "files/file-1", "files/file-1", "batches"} {
				if f.seen[i].url != endpoint+fmt.Sprintf(base, want) {
					t.Errorf("request %d went to %s, want %s", i, f.seen[i].url, want)
				}
			}
			for _, sent := range f.seen[:2] { // the same again
				if purpose, name, content := uploaded(t, sent); purpose != "batch" || name != "run.jsonl" || content != "{\"a\":1}\n{}\n" {
					t.Errorf("%q %q %q", purpose, name, content)
				}
			}
			if want := `{"completion_window":"24h","endpoint":"/chat/completions","input_file_id":"file-1"}`; f.seen[5].raw != want {
				t.Errorf("sent %s, want %s", f.seen[5].raw, want)
			}
			if took := time.Since(start); took > 30*time.Second {
				t.Errorf("took %s", took)
			}
		})
	}
}

// Whether a batch was made is unknown when the answer is lost; two would be paid
// for twice.
func TestCreateBatchOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := serve(object(fileObject, "processed"), unreachable,
			object(`{"data":[`+batchObject+`],"has_more":false}`, "in_progress", "", ""))
		b, err := f.client().CreateBatch(t.Context(), Chat, "x.jsonl", strings.NewReader("{}\n"), nil)
		if err != nil || b.Status != "in_progress" || len(f.seen) != 3 || f.seen[2].url != endpoint+"/openai/v1/batches" || f.seen[2].raw != "" {
			t.Errorf("%+v, %v, %d requests", b, err, len(f.seen))
		}
		f = serve(object(fileObject, "processed"), unreachable, object(`{"data":[]}`), object(batchObject, "validating", "", ""))
		if b, err := f.client().CreateBatch(t.Context(), Chat, "x.jsonl", strings.NewReader("{}\n"), nil); err != nil || b.ID != "batch_1" {
			t.Errorf("%+v, %v", b, err)
		}
	})
}

func TestBatchOfAFile(t *testing.T) {
	t.Parallel()
	for version, pages := range map[string][]string{
		"":           {"/openai/v1/batches", "/openai/v1/batches?after=batch+0"},
		"2024-10-21": {"/openai/batches?api-version=2024-10-21", "/openai/batches?api-version=2024-10-21&after=batch+0"},
	} {
		for file, found := range map[string]bool{"file-1": true, "file-2": false} {
			f := serve(object(`{"data":[{"id":"batch 0","input_file_id":"file-0"}],"has_more":true}`),
				object(`{"data":[`+batchObject+`],"has_more":false}`, "in_progress", "", ""))
			c := f.client()
			c.APIVersion = version
			b, ok, err := c.BatchOf(t.Context(), file)
			if err != nil || ok != found || ok && b.ID != "batch_1" || len(f.seen) != 2 {
				t.Fatalf("%s: %+v, %v, %v after %d requests", file, b, ok, err, len(f.seen))
			}
			for i, page := range pages {
				if f.seen[i].url != endpoint+page {
					t.Errorf("asked %s, want %s", f.seen[i].url, page)
				}
			}
		}
	}
}

func TestCreateBatchRefused(t *testing.T) {
	t.Parallel()
	lacks := "{\"error\":{\"code\":\"PermissionDenied\",\"message\":\"The principal `" + oid + "` lacks the required data action `Microsoft.CognitiveServices/accounts/OpenAI/files/import/action` to perform `POST /openai/files` operation.\"}}"
	for _, c := range []struct {
		answers []answerer
		want    []string
	}{
		{[]answerer{refusal(401, lacks)}, []string{"uploading x.jsonl at contoso", "no role that allows batches", `"Cognitive Services OpenAI Contributor" --assignee-object-id ` + oid}},
		{[]answerer{object(fileObject, "error")}, []string{"waiting until file file-1 is processed", "did not take the file"}},
		{
			[]answerer{object(fileObject, "processed"), refusal(400, `{"error":{"code":"token_limit_exceeded","message":"The number of enqueued tokens has surpassed the configured limit of 90000000 tokens."}}`)},
			[]string{"creating a batch of file file-1", "in the queue", "90000000", "wait until earlier batches are over"},
		},
		{[]answerer{refusal(404, `{"error":{"code":"404","message": "Resource not found"}}`)}, []string{"no such batch or file"}},
	} {
		f := serve(c.answers...)
		_, err := f.client().CreateBatch(t.Context(), Chat, "x.jsonl", strings.NewReader("{}\n"), nil)
		problem(t, err, c.want...)
	}
	f := serve(object(fileObject, "processed"))
	broken := struct {
		io.Reader
		io.Seeker
	}{io.MultiReader(strings.NewReader("{"), iotest.ErrReader(io.ErrClosedPipe)), strings.NewReader("{}\n")}
	f.answers[0] = func(r *http.Request) (*http.Response, error) {
		_, err := io.ReadAll(r.Body)
		return nil, err
	}
	c := f.client()
	c.Do = f.answers[0]
	if _, err := c.CreateBatch(t.Context(), Chat, "x.jsonl", broken, nil); !errors.Is(err, io.ErrClosedPipe) || !strings.Contains(err.Error(), "reading x.jsonl") {
		t.Errorf("got %v", err)
	}
	if _, err := c.CreateBatch(t.Context(), Completions, "x", broken, nil); err == nil || !strings.Contains(err.Error(), "has no batches") {
		t.Errorf("got %v", err)
	}
}

func TestBatchQuirks(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]Batch{
		`{"id":"b","status":"Completed","created_at":"2024-07-12T12:34:56Z","output_file_id":null,"error_file_id":"","request_counts":null,"errors":null}`: {ID: "b", Status: "completed", Created: time.Date(2024, 7, 12, 12, 34, 56, 0, time.UTC)},
		`{"id":"b","status":"FAILED","created_at":"2024-07-12T12:34:56.789","request_counts":{"total":null,"completed":0},"errors":{"object":"list","data":[{"code":"invalid_json_line","message":"bad","line":3,"param":null}]}}`: {
			ID: "b", Status: "failed", Created: time.Date(2024, 7, 12, 12, 34, 56, 789e6, time.UTC), Errors: []string{"invalid_json_line: bad (line 3)"},
		},
		`{"id":"b","status":"cancelling"}`: {ID: "b", Status: "cancelling"},
	} {
		f := serve(whole(body))
		got, err := f.client().Batch(t.Context(), "b/../x")
		if err != nil || fmt.Sprint(got) != fmt.Sprint(want) || got.Over() == (want.Status == "cancelling") {
			t.Errorf("%s: %+v, %v", body, got, err)
		}
		if f.seen[0].url != endpoint+"/openai/v1/batches/b%2F..%2Fx" {
			t.Errorf("asked %s", f.seen[0].url)
		}
	}
}

// result is a line of an output file.
func result(id string, status int, body string) string {
	return fmt.Sprintf(`{"custom_id":%q,"response":{"body":%s,"request_id":"guid-%s","status_code":%d},"error":null}`+"\n", id, strings.TrimSpace(body), id, status)
}

// collected are the results of f as text, an error by its first line.
func collected(t *testing.T, f *fake, b Batch) (map[string]string, error) {
	t.Helper()
	got := map[string]string{}
	err := f.client().BatchResults(t.Context(), b, func(id string, a Answer, err error) error {
		if _, twice := got[id]; twice {
			t.Errorf("%s came twice", id)
		}
		got[id] = a.Text
		if err != nil {
			got[id] += "!" + err.Error()
		}
		if id == "ok" && (a.Usage.Total != 11 || a.Model != "gpt-4o-mini-2024-07-18" || a.RequestID != "guid-ok" || a.FinishReason != "stop") {
			t.Errorf("got %+v", a)
		}
		return nil
	})
	return got, err
}

func TestBatchResults(t *testing.T) {
	t.Parallel()
	filtered := strings.Replace(chatAnswer, `"hate":{"filtered":false,"severity":"safe"}`, `"hate":{"filtered":true,"severity":"high"}`, 1)
	filtered = strings.Replace(filtered, `"stop"`, `"content_filter"`, 1)
	long := strings.NewReplacer(`"finish_reason":"stop"`, `"finish_reason":"length"`, `"content":"Hello"`, `"content":""`).Replace(chatAnswer)
	declined := strings.NewReplacer(`"content":"Hello"`, `"content":null`, `"refusal":null`, `"refusal":"I will not"`).Replace(chatAnswer)
	output := "\ufeff" + result("ok", 200, chatAnswer) + result("resp", 200, responseObject) + "\r\n" + result("filter", 200, filtered) +
		result("long", 200, long) + result("no", 200, declined) + result("empty", 200, `{"object":"chat.completion"}`) + "{half a line\n"
	failures := result("400", 400, `{"error":{"message":"too long","code":"context_length_exceeded"}}`) +
		result("429", 429, `{"error":{"message":"busy","code":"429"}}`) +
		`{"custom_id":"expired","response":null,"error":{"code":"batch_expired","message":"not executed in time"}}`
	f := serve(answer(200, "application/octet-stream", output), answer(200, "text/html", failures))
	got, err := collected(t, f, Batch{ID: "batch_1", Status: "completed", OutputFile: "file-out", ErrorFile: "file-err"})
	if err != nil || len(got) != 10 {
		t.Fatalf("%d results, %v: %q", len(got), err, got)
	}
	for id, want := range map[string]string{
		"ok": "Hello", "resp": "Hello",
		"filter":  "the content filter stopped the answer\n  why: hate (severity high)",
		"long":    "the answer is empty",
		"no":      `it says "I will not"`,
		"empty":   "no usable answer",
		"400":     `answering "400" of batch batch_1 at contoso.openai.azure.com: the prompt is too long for the model (HTTP 400, context_length_exceeded, request id guid-400)`,
		"429":     "rate limit",
		"expired": "the batch was over before this request was answered",
		"":        "reading line 8 of file file-out",
	} {
		if !strings.Contains(got[id], want) {
			t.Errorf("%s: %q, want %q", id, got[id], want)
		}
	}
	for i, want := range []string{"file-out", "file-err"} {
		if f.seen[i].url != endpoint+"/openai/v1/files/"+want+"/content" {
			t.Errorf("asked %s", f.seen[i].url)
		}
	}
}

func TestBatchResultsSurviveACut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		lines := result("a", 200, chatAnswer) + result("b", 200, chatAnswer)
		f := serve(cutBody(lines+`{"custom_id":"c","resp`), whole(lines+result("c", 200, chatAnswer)), whole(""))
		got, err := collected(t, f, Batch{Status: "completed", OutputFile: "o", ErrorFile: "zero-bytes"})
		if err != nil || len(got) != 3 || got["c"] != "Hello" || len(f.seen) != 3 {
			t.Errorf("%q, %v, %d requests", got, err, len(f.seen))
		}
	})
	full := errors.New("no space left")
	f := serve(whole(result("a", 200, chatAnswer) + result("b", 200, chatAnswer)))
	calls := 0
	err := f.client().BatchResults(t.Context(), Batch{OutputFile: "o"}, func(string, Answer, error) error { calls++; return full })
	if err != full || calls != 1 {
		t.Errorf("%v after %d calls", err, calls)
	}
}

func TestBatchThatFailed(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{
		"model_not_found": "sku.name,'Batch'", "too_many_tasks": "100,000", "url_mismatch": "`api`", "duplicate_custom_id": "the same id",
		"empty_file": "no requests", "model_mismatch": "more than one deployment", "invalid_json_line": "no request", "token_limit_exceeded": "in the queue",
		"invalid_request": "not valid", "input_modified": "changed", "input_no_permissions": "may not read", "something_new": "why: something_new: words",
	} {
		_, err := collected(t, serve(), Batch{ID: "b", Status: "failed", Errors: []string{code + ": words"}})
		problem(t, err, "reading the results of batch b at contoso", code, want)
		if strings.Contains(err.Error(), "HTTP 0") {
			t.Errorf("%v", err)
		}
	}
	_, err := collected(t, serve(), Batch{ID: "b", Status: "cancelled"})
	problem(t, err, "its status is cancelled")
	if got, err := collected(t, serve(), Batch{ID: "b", Status: "completed"}); err != nil || len(got) != 0 {
		t.Errorf("%q, %v", got, err)
	}
}

// FuzzResultLine: whatever stands in a line, it becomes an answer or an error.
func FuzzResultLine(f *testing.F) {
	for _, seed := range []string{
		result("a", 200, chatAnswer), result("b", 200, responseObject), result("c", 429, `{"error":"x"}`), `{}`, `{"custom_id":1}`, `[]`, `{"custom_id":"a","error":{}}`,
		`{"custom_id":"a","response":{"status_code":200,"body":null}}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		c := serve().client()
		e, err := c.chore("reading")
		if err != nil {
			t.Fatal(err)
		}
		r := results{errand: *e, batch: "b", file: "f"}
		_, a, err := r.line(1, []byte(line))
		if err == nil && a.FinishReason == "" && a.Text == "" && !slices.Contains([]string{""}, a.Model) {
			t.Logf("an answer without any text: %+v", a)
		}
		if err == nil && !json.Valid([]byte(line)) {
			t.Errorf("%q is no JSON and gave %+v", line, a)
		}
	})
}
