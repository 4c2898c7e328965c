package bulk

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/keyless-inference/action/inference"
	"github.com/keyless-inference/action/task"
)

// A service stands in for Azure OpenAI: it answers each prompt with itself, in a batch
// as well, and remembers what it was asked.
type service struct {
	mu      sync.Mutex
	prompts []string
	files   []string // uploaded lines; the file-N of a batch is its input
	batches []int    // their inputs
	inputs  [][]string
}

type question struct {
	ID       string `json:"custom_id"`
	Messages []struct{ Content string }
	Input    []string
	File     string `json:"input_file_id"`
	Body     *question
}

func (s *service) do(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var raw []byte
	if r.Body != nil {
		raw, _ = io.ReadAll(r.Body)
	}
	status, body := s.answer(r.Method, r.URL.Path, raw)
	return &http.Response{
		StatusCode: status, Body: io.NopCloser(strings.NewReader(body)), Request: r,
		Header: http.Header{"Content-Type": {"application/json"}},
	}, nil
}

func (s *service) answer(method, path string, raw []byte) (int, string) {
	var q question
	_ = json.Unmarshal(raw, &q)
	_, last, _ := strings.Cut(path, "/v1/")
	number := 0
	switch {
	case strings.HasSuffix(path, "/embeddings"):
		return s.embed(q.Input)
	case last == "chat/completions":
		s.prompts = append(s.prompts, q.Messages[0].Content)
		return 200, chat(q.Messages[0].Content)
	case last == "files":
		s.files = append(s.files, string(raw))
		return 200, fmt.Sprintf(`{"id":"file-%d","status":"processed"}`, len(s.files)-1)
	case last == "batches" && method == http.MethodGet:
		var list []string
		for i := range s.batches {
			list = append(list, s.batch(i))
		}
		return 200, `{"data":[` + strings.Join(list, ",") + `]}`
	case last == "batches":
		fmt.Sscanf(q.File, "file-%d", &number)
		s.batches = append(s.batches, number)
		return 200, s.batch(len(s.batches) - 1)
	case strings.HasPrefix(last, "batches/"):
		fmt.Sscanf(last, "batches/batch-%d", &number)
		return 200, s.batch(number)
	}
	fmt.Sscanf(last, "files/out-%d", &number)
	return 200, s.output(s.files[number])
}

func (s *service) batch(i int) string {
	return fmt.Sprintf(`{"id":"batch-%d","status":"completed","input_file_id":"file-%d","output_file_id":"out-%[2]d"}`, i, s.batches[i])
}

func (s *service) output(file string) string {
	var out strings.Builder
	for line := range strings.Lines(file) {
		var q question
		if json.Unmarshal([]byte(line), &q) == nil && q.Body != nil {
			fmt.Fprintf(&out, `{"custom_id":%q,"response":{"status_code":200,"body":%s}}`+"\n", q.ID, chat(q.Body.Messages[0].Content))
		}
	}
	return out.String()
}

func chat(text string) string {
	return fmt.Sprintf(`{"object":"chat.completion","model":"m","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":%q}}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}`, text)
}

// embed takes one input a request.
func (s *service) embed(inputs []string) (int, string) {
	s.inputs = append(s.inputs, inputs)
	if len(inputs) > 1 {
		return 400, `{"error":{"code":"max_tokens_per_request","message":"too many tokens"}}`
	}
	return 200, `{"object":"list","model":"m","data":[{"object":"embedding","index":0,"embedding":"AACAPwAAAAA="}],"usage":{"prompt_tokens":1,"total_tokens":1}}`
}

// run is a run of the tasks whose results file has this content, and that file.
func (s *service) run(t *testing.T, tasks, before string) (*Run, *os.File) {
	t.Helper()
	file, err := task.Parse("f.yml", []byte("defaults: {deployment: d, stream: false}\ntasks:\n"+tasks), task.Settings{})
	files := task.Files{Open: func(lines string) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(strings.ReplaceAll(strings.TrimSuffix(lines, ".jsonl"), "_", "\n"))), nil
	}}
	if err == nil {
		err = file.Check(files)
	}
	if err != nil {
		t.Fatal(err)
	}
	client := &inference.Client{
		Endpoint: "https://x.openai.azure.com", Do: s.do,
		Token: func(context.Context, string) (string, error) { return "token", nil },
	}
	place := func(string) (*os.Root, string, error) {
		root, err := os.OpenRoot(t.TempDir())
		return root, "vectors.jsonl", err
	}
	r := &Run{Client: client, Tasks: file.Tasks, Files: files, File: place, Folder: place}
	f := results(t, before)
	if r.Record, err = NewRecord(f, r.Remember); err != nil {
		t.Fatal(err)
	}
	return r, f
}

// through makes a run through the Batch API and returns its results file.
func (s *service) through(t *testing.T, tasks, before string, collect ...string) (string, Stats) {
	t.Helper()
	r, f := s.run(t, tasks, before)
	err := r.DoBatch(t.Context(), Batches{Wait: true, Collect: collect, Spool: func() (*os.File, error) {
		return os.Create(filepath.Join(t.TempDir(), "spool"))
	}})
	total := Stats{}
	for _, result := range r.Results() {
		total.Add(result.Stats)
		err = cmp.Or(err, result.Err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return content(t, f), total
}
