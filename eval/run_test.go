package eval

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/keyless-inference/action/bulk"
	"github.com/keyless-inference/action/inference"
	"github.com/keyless-inference/action/inference/pace"
	"github.com/keyless-inference/action/task"
)

// A service stands in for Azure OpenAI: it answers each question with what reply makes
// of its last message, and remembers what it was asked.
type service struct {
	reply func(deployment, last string) (status int, text string)
	takes time.Duration

	mu    sync.Mutex
	asked []string
}

func (s *service) do(r *http.Request) (*http.Response, error) {
	var q struct {
		Model    string
		Messages []struct{ Content string }
		Input    []string
	}
	raw, _ := io.ReadAll(r.Body)
	if err := json.Unmarshal(raw, &q); err != nil {
		return nil, err
	}
	last := strings.Join(q.Input, "|")
	if len(q.Messages) > 0 {
		last = q.Messages[len(q.Messages)-1].Content
	}
	s.mu.Lock()
	s.asked = append(s.asked, q.Model+": "+last)
	s.mu.Unlock()
	time.Sleep(s.takes)
	status, text := s.reply(q.Model, last)
	body := fmt.Sprintf(`{"choices":[{"message":{"content":%q},"finish_reason":"stop"}],"usage":{"prompt_tokens":2,"completion_tokens":3,"total_tokens":5}}`, text)
	if status != 200 || q.Input != nil {
		body = text
	}
	return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader(body)), Request: r, Header: http.Header{"Content-Type": {"application/json"}}}, nil
}

// times is how often something was asked that has text in it.
func (s *service) times(text string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.asked {
		if strings.Contains(a, text) {
			n++
		}
	}
	return n
}

// engine asks the service, and keeps the answers in a file.
func (s *service) engine(t *testing.T, r *Run, path string) *bulk.Run {
	t.Helper()
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	record, err := bulk.NewRecord(file, r.Remember)
	if err != nil {
		t.Fatal(err)
	}
	whole := false
	r.Given.Stream = &whole
	return &bulk.Run{Record: record, Client: &inference.Client{
		Endpoint: "https://my.openai.azure.com", Attempts: 1, Do: s.do,
		Token: func(context.Context, string) (string, error) { return "token", nil },
	}}
}

// suites are prompt files of so many rows: "say 1", "say 2", …
func suites(t *testing.T, files, rows int, evaluators string) (all []*Suite) {
	t.Helper()
	for f := range files {
		var b strings.Builder
		b.WriteString("model: openai/mini\nmessages: [{role: user, content: \"say {{n}}\"}]\nevaluators: " + evaluators + "\ntestData:\n")
		for n := range rows {
			fmt.Fprintf(&b, "  - {n: %d, input: %[1]d}\n", n+1)
		}
		s, err := Parse(fmt.Sprintf("%d.prompt.yml", f), []byte(b.String()))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	return all
}

const judged = `[{name: judged, llm: {modelId: judge, prompt: "right? {{completion}}", choices: [{choice: "yes", score: 1}, {choice: "no", score: 0}]}}]`

// evaluate runs r to its end.
func evaluate(t *testing.T, ctx context.Context, s *service, r *Run, path string) (Results, error) {
	t.Helper()
	if err := r.Plan(); err != nil {
		t.Fatal(err)
	}
	err := r.Do(ctx, s.engine(t, r, path))
	return r.Results(), err
}

// Judges are asked while answers still come, more prompt files than run at the same time
// do not keep each other waiting, and a second run asks nothing again.
func TestRunJudges(t *testing.T) {
	t.Parallel()
	s := &service{reply: func(deployment, last string) (int, string) {
		if deployment == "judge" {
			return 200, "I think so.\nyes"
		}
		return 200, "said " + last
	}}
	path := filepath.Join(t.TempDir(), "answers.jsonl")
	for _, name := range []string{"first", "second"} {
		t.Run(name, func(t *testing.T) {
			r := &Run{Suites: suites(t, 300, 2, judged)}
			got, err := evaluate(t, t.Context(), s, r, path)
			if err != nil || got.Summary.PassedTests != 600 || got.JudgeUsage.Total != 3000 || got.Usage.Total != 3000 {
				t.Fatalf("%+v, %+v, %v", got.Summary, got.JudgeUsage, err)
			}
		})
	}
	if mini, judge := s.times("mini: say"), s.times("judge: right? said say"); mini != 600 || judge != 600 {
		t.Errorf("%d questions and %d to the judge; want 600 each", mini, judge)
	}
}

// The questions of built-in judges have random words, and are known again all the same;
// but not of another answer, row or question.
func TestRunRemembersBuiltins(t *testing.T) {
	t.Parallel()
	answer := "an answer"
	s := &service{reply: func(deployment, _ string) (int, string) {
		if deployment == "judge" {
			return 200, "4"
		}
		return 200, answer
	}}
	path := filepath.Join(t.TempDir(), "answers.jsonl")
	for _, c := range []struct {
		name, answer, ask, uses string
		asked                   int // of the judge until then
	}{
		{"first", "an answer", "say", "fluency", 3},
		{"the same", "unasked", "say", "fluency", 3},
		{"another answer", "another", "tell", "fluency", 6},
		{"another judge", "unasked", "tell", "coherence", 9},
	} {
		t.Run(c.name, func(t *testing.T) {
			answer = c.answer
			all := suites(t, 1, 3, "[{uses: github/"+c.uses+"}]")
			all[0].Prompt.Messages[0].Content = c.ask + " {{input}}"
			r := &Run{Suites: all, Judges: map[string]string{"": "judge"}}
			if got, err := evaluate(t, t.Context(), s, r, path); err != nil || got.Summary.PassedTests != 3 {
				t.Fatalf("%+v, %v", got.Summary, err)
			}
			if n := s.times("judge: "); n != c.asked {
				t.Errorf("the judge was asked %d times, want %d", n, c.asked)
			}
		})
	}
}

// max-tokens looks at the tokens of the answer, and not at those of the prompt.
func TestRunCountsTheAnswersTokens(t *testing.T) {
	t.Parallel()
	for most, passed := range map[int]int{2: 0, 3: 1} {
		s := &service{reply: func(string, string) (int, string) { return 200, "three tokens" }}
		r := &Run{Suites: suites(t, 1, 1, fmt.Sprintf("[{max-tokens: %d}]", most))}
		if got, err := evaluate(t, t.Context(), s, r, filepath.Join(t.TempDir(), "answers.jsonl")); err != nil || got.Summary.PassedTests != passed {
			t.Errorf("at most %d: %+v, %v", most, got.Summary, err)
		}
	}
}

// A run that is stopped ends although judges wait for answers, and says what it has.
func TestRunStopped(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "answers.jsonl")
	synctest.Test(t, func(t *testing.T) {
		s := &service{takes: time.Second, reply: func(_, last string) (int, string) { return 200, "yes" }}
		r := &Run{Suites: suites(t, 1, 100, judged)}
		if err := r.Plan(); err != nil {
			t.Fatal(err)
		}
		engine := s.engine(t, r, path)
		engine.Limits = pace.Limits{Concurrency: 2}
		ctx, cancel := context.WithTimeoutCause(t.Context(), 2500*time.Millisecond, errors.New("enough"))
		defer cancel()
		start := time.Now()
		err := r.Do(ctx, engine)
		got := r.Results()
		if err == nil || !strings.Contains(got.Ended, "enough") || time.Since(start) > 6*time.Second {
			t.Errorf("%v after %s: %q", err, time.Since(start), got.Ended)
		}
		if got.Summary.PassedTests == 0 || got.Summary.UnaskedTests < 80 || got.Summary.TotalTests != 100 {
			t.Errorf("%+v", got.Summary)
		}
		last := got.TestResults[99]
		if last.Verdict != Unasked || !strings.HasPrefix(last.Error, "not asked") {
			t.Errorf("%+v", last)
		}
	})
}

// What would fail for every row is asked once, not a hundred times: a deployment that
// is not there, of the model and of the judge.
func TestRunWithoutDeployment(t *testing.T) {
	t.Parallel()
	const missing = `{"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist."}}`
	for _, gone := range []string{"mini", "judge"} {
		s := &service{reply: func(deployment, _ string) (int, string) {
			if deployment == gone {
				return 404, missing
			}
			return 200, "yes"
		}}
		got, err := evaluate(t, t.Context(), s, &Run{Suites: suites(t, 1, 100, judged)}, filepath.Join(t.TempDir(), "answers.jsonl"))
		if err == nil || !strings.HasPrefix(got.Ended, gone+" was asked no more: ") || got.Summary.PassedTests != 0 || s.times(gone+": ") > 10 {
			t.Errorf("%s: %+v, %v, asked %d times", gone, got.Summary, err, s.times(gone+": "))
		}
		last := got.TestResults[99]
		why := last.Error
		if gone == "judge" {
			why = last.EvaluationResults[0].Error
		}
		if !strings.Contains(why, "not asked") || !strings.Contains(why, "no deployment of that name") {
			t.Errorf("%s: %q", gone, why)
		}
	}
}

func TestPlanTellsWhatIsMissing(t *testing.T) {
	t.Parallel()
	suite := suites(t, 1, 1, `[{name: near, embedding-similarity: {to: x, threshold: 0.5}}]`)
	err := (&Run{Suites: suite}).Plan()
	if err == nil || !strings.Contains(err.Error(), "0.prompt.yml:3:") || !strings.Contains(err.Error(), "embedding-deployment") {
		t.Error(err)
	}
	suite[0].Prompt.Model = ""
	err = (&Run{Suites: suite, Embedding: "e"}).Plan()
	if err == nil || !strings.Contains(err.Error(), "no deployment is known") {
		t.Error(err)
	}
	r := &Run{Suites: suite, Embedding: "e", Given: task.Settings{Model: "openai/known"}}
	if err := r.Plan(); err != nil {
		t.Error(err)
	}
	if answers, judges, embeddings := r.Asked(); fmt.Sprint(answers, judges, embeddings) != "[known] [] [e]" {
		t.Error(answers, judges, embeddings)
	}
}

// Texts are embedded once each, and one that is too long, or has no direction, fails
// nobody else.
func TestEmbeddings(t *testing.T) {
	t.Parallel()
	answers := map[string]string{"say 2": "too long", "say 3": "nowhere"}
	s := &service{reply: func(deployment, last string) (int, string) {
		if deployment == "mini" {
			return 200, cmp.Or(answers[last], "the same")
		}
		var vectors []string
		for i, text := range strings.Split(last, "|") {
			switch text {
			case "too long":
				return 400, fmt.Sprintf(`{"error":{"message":"Invalid 'input[%d]': maximum input length is 8192 tokens.","type":"invalid_request_error","param":null,"code":null}}`, i)
			case "nowhere":
				vectors = append(vectors, fmt.Sprintf(`{"index":%d,"embedding":[0,0]}`, i))
			default:
				vectors = append(vectors, fmt.Sprintf(`{"index":%d,"embedding":[1,0]}`, i))
			}
		}
		return 200, `{"data":[` + strings.Join(vectors, ",") + `],"usage":{"prompt_tokens":7,"total_tokens":7}}`
	}}
	r := &Run{Suites: suites(t, 1, 5, `[{name: near, embedding-similarity: {to: other, threshold: 0.5}}]`), Embedding: "e"}
	got, err := evaluate(t, t.Context(), s, r, filepath.Join(t.TempDir(), "answers.jsonl"))
	if err != nil || got.Summary.PassedTests != 3 || got.Summary.ErrorTests != 2 || got.JudgeUsage.Total != 7 {
		t.Errorf("%+v, %+v, %v", got.Summary, got.JudgeUsage, err)
	}
	if says := got.TestResults[1].EvaluationResults[0]; !strings.Contains(says.Error, "could not be compared") {
		t.Errorf("%+v", says)
	}
	if n := s.times("e: "); n != 2 {
		t.Errorf("%d requests for embeddings, want one with the long text and one without", n)
	}
}

// After a request for embeddings that failed no other is made.
func TestEmbeddingsRefused(t *testing.T) {
	t.Parallel()
	s := &service{reply: func(deployment, last string) (int, string) {
		if deployment == "mini" {
			return 200, strings.Repeat(last, mostCharacters/5)
		}
		return 401, `{"error":{"code":"401","message":"no"}}`
	}}
	r := &Run{Suites: suites(t, 1, 4, `[{name: near, embedding-similarity: {to: other, threshold: 0.5}}]`), Embedding: "e"}
	got, err := evaluate(t, t.Context(), s, r, filepath.Join(t.TempDir(), "answers.jsonl"))
	if err != nil || got.Summary.ErrorTests != 4 || s.times("e: ") != 1 {
		t.Errorf("%+v, %v, %d requests", got.Summary, err, s.times("e: "))
	}
}

func TestSome(t *testing.T) {
	t.Parallel()
	half := strings.Repeat("x", mostCharacters/2)
	for _, c := range []struct {
		texts []string
		want  int
	}{
		{[]string{"a"}, 1},
		{[]string{half, half, "a"}, 2},
		{[]string{half + half + half, "a"}, 1},
		{make([]string, mostTexts+1), mostTexts},
	} {
		if got := some(c.texts); got != c.want {
			t.Errorf("%d texts: %d, want %d", len(c.texts), got, c.want)
		}
	}
}

func TestCosine(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b []float32
		want float64
	}{
		{[]float32{1, 0}, []float32{2, 0}, 1},
		{[]float32{1, 0}, []float32{0, 3}, 0},
		{[]float32{1, 1}, []float32{-1, -1}, -1},
		{[]float32{0, 0}, []float32{1, 1}, math.NaN()},
		{[]float32{1}, []float32{1, 1}, math.NaN()},
	} {
		if got := cosine(c.a, c.b); got < c.want-1e-9 || got > c.want+1e-9 {
			t.Errorf("cosine(%v, %v) = %g, want %g", c.a, c.b, got, c.want)
		}
	}
}

// A prompt that is changed and changed back has its answers still; and a line without
// a text is none.
func TestRunRemembersByWhatWasAsked(t *testing.T) {
	t.Parallel()
	s := &service{reply: func(_, last string) (int, string) { return 200, "said " + last }}
	path := filepath.Join(t.TempDir(), "answers.jsonl")
	for _, ask := range []string{"say", "tell", "say", "tell"} {
		t.Run(ask, func(t *testing.T) {
			all := suites(t, 1, 3, "[{string: {contains: said}}]")
			all[0].Prompt.Messages[0].Content = ask + " {{n}}"
			if got, err := evaluate(t, t.Context(), s, &Run{Suites: all}, path); err != nil || got.Summary.PassedTests != 3 {
				t.Fatalf("%+v, %v", got.Summary, err)
			}
		})
	}
	if n := s.times("mini: "); n != 6 {
		t.Errorf("%d questions, want 6", n)
	}
	r := &Run{}
	r.Remember(bulk.Line{ID: "x"})
	if r.kept != nil {
		t.Error("a line without a text is kept")
	}
}

// A run that ends while embeddings are compared, or before, has not passed, and no
// evaluator without a name has said anything.
func TestRunStoppedBeforeEmbeddings(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, c := range []struct {
		name  string
		after time.Duration
	}{{"while", 1500 * time.Millisecond}, {"before", 500 * time.Millisecond}} {
		synctest.Test(t, func(t *testing.T) {
			s := &service{takes: time.Second, reply: func(string, string) (int, string) { return 200, "yes" }}
			r := &Run{Suites: suites(t, 1, 2, "[{name: near, embedding-similarity: {to: other, threshold: 0.5}}]"), Embedding: "e"}
			ctx, cancel := context.WithTimeoutCause(t.Context(), c.after, errors.New("enough"))
			defer cancel()
			got, err := evaluate(t, ctx, s, r, filepath.Join(dir, c.name))
			if err == nil || !strings.Contains(got.Ended, "enough") {
				t.Errorf("%s: %v, %q", c.name, err, got.Ended)
			}
			for _, one := range got.TestResults {
				for _, e := range one.EvaluationResults {
					if e.EvaluatorName != "near" || e.Error == "" {
						t.Errorf("%s: %+v", c.name, e)
					}
				}
			}
		})
	}
}
