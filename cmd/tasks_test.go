package cmd

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/keyless-inference/action/bulk"
	"github.com/keyless-inference/action/inference"
	"github.com/keyless-inference/action/task"
)

func TestAside(t *testing.T) {
	t.Parallel()
	m := bulk.Moment{Running: 3, Refused: 2, Tokens: 1234.5, Left: 90 * time.Second}
	m.Total, m.Answered, m.Kept, m.Failed = 20, 5, 1, 4
	const want = "2 refused by the rate limit, 4 failed, 3 under way, 7 waiting, 1234 tokens/s, 1m30s left"
	if got := aside(m); got != want {
		t.Errorf("aside = %q, want %q", got, want)
	}
	if got := aside(bulk.Moment{}); got != "0 under way" {
		t.Errorf("aside of nothing = %q", got)
	}
}

// Standard input may be a pipe that nobody ends, and a job that is cancelled ends.
func TestReadingEndsWithTheContext(t *testing.T) {
	t.Parallel()
	pipe, writer := io.Pipe()
	defer writer.Close()
	stdin := &spool{from: pipe}
	defer stdin.close()
	ctx, cancel := context.WithCancelCause(t.Context())
	reason := errors.New("cancelled")
	f := until(ctx, taskFiles(source{}, stdin))
	cancel(reason)
	if _, err := f.Open("-"); !errors.Is(err, reason) {
		t.Errorf("Open = %v, want %v", err, reason)
	}
	if _, err := f.ReadFile("a.md"); !errors.Is(err, reason) {
		t.Errorf("ReadFile = %v, want %v", err, reason)
	}
	file := ending{ctx, io.NopCloser(strings.NewReader("text"))}
	if _, err := file.Read(make([]byte, 4)); !errors.Is(err, reason) {
		t.Errorf("Read = %v, want %v", err, reason)
	}
}

func TestStandardInputIsReadAgain(t *testing.T) {
	t.Parallel()
	stdin := &spool{from: strings.NewReader("{\"n\": 1}\n")}
	defer stdin.close()
	for range 2 {
		f, err := stdin.open()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(f); string(got) != "{\"n\": 1}\n" || err != nil {
			t.Errorf("read %q, %v", got, err)
		}
		f.Close()
	}
}

func TestShares(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]int{"": {0, 0}, "3/8": {3, 8}, " 1 / 1 ": {1, 1}, "0/3": {-1, 0}, "4/3": {-1, 0}, "3": {-1, 0}, "a/b": {-1, 0}} {
		r := &reader{getenv: func(string) string { return "" }}
		part, of := (&tasksInputs{Shard: text}).share(r)
		if wrong := want[0] < 0; wrong != (len(r.mistakes) > 0) || !wrong && [2]int{part, of} != want {
			t.Errorf("shard %q is %d of %d, mistakes %v", text, part, of, r.mistakes)
		}
	}
}

// An answer in a comment on several cannot hide the next one, nor pass for it.
func TestPartsOfACommentStandAlone(t *testing.T) {
	t.Parallel()
	res := &result{parts: []part{{"a", "```\nnever closed"}, {"b", "all is well"}}}
	body, err := (&commentPlan{template: "{{response}}"}).body(res)
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(body, "### b")
	if !found || strings.Count(strings.TrimSuffix(body, after), "```")%2 != 0 {
		t.Errorf("the second answer stands in the code of the first:\n%s", body)
	}
}

func TestSimilar(t *testing.T) {
	t.Parallel()
	one := []bulk.Line{{ID: "dup/dup", Task: "dup", Similar: []byte(`[{"id":"7"}]`)}}
	if got := similar(one); got != `[{"id":"7"}]` {
		t.Errorf("similar of one = %s", got)
	}
	two := append(one, bulk.Line{ID: "dup/x", Task: "dup", Similar: []byte(`[]`)})
	if got := similar(two); got != `{"dup":[{"id":"7"}],"x":[]}` {
		t.Errorf("similar of two = %s", got)
	}
}

func TestAnsweredKeepsWhatTheLineSays(t *testing.T) {
	t.Parallel()
	text := "yes"
	got := answered(&task.Task{ID: "a"}, bulk.Line{
		ID: "a", Text: &text, FinishReason: "stop", Model: "m", Deployment: "d", Attempts: 2, Seconds: 1.5, Error: "cut",
		Usage: &bulk.Usage{Prompt: 1, Completion: 2, Total: 3},
	}, "r.jsonl")
	want := inference.Usage{Prompt: 1, Completion: 2, Total: 3}
	if got.Answer.Usage != want || got.Answer.Total != 1500*time.Millisecond || got.Err == nil || got.File != "r.jsonl" || got.Answer.Text != text {
		t.Errorf("answered = %+v", got)
	}
}
