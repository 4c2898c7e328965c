package bulk

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/keyless-inference/action/task"
	"github.com/keyless-inference/action/vector"
)

// What is asked in parts is as many requests, each of which the budget must allow.
func TestPartsWithinTheBudget(t *testing.T) {
	t.Parallel()
	const texts = `  - {id: e, embeddings: {jsonl: '{"text":"a"}_{"text":"b"}_{"text":"c"}_{"text":"d"}.jsonl', output: vectors.jsonl}}` + "\n"
	for _, test := range []struct {
		budget         Budget
		requests, done int
	}{{Budget{Requests: 4}, 4, 2}, {Budget{Requests: 7}, 7, 4}} {
		s := &service{}
		r, _ := s.run(t, texts, "")
		r.Budget = test.budget
		err := r.Do(t.Context())
		got := r.Results()[0].Stats
		if got.Answered != test.done || len(s.inputs) != test.requests || errors.Is(err, errBudget) != (test.done < 4) {
			t.Errorf("%+v: %d vectors by %d requests, %v", test.budget, got.Answered, len(s.inputs), err)
		}
	}
}

func TestPartsThatAreKnown(t *testing.T) {
	t.Parallel()
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	cache, err := vector.OpenCache(root, "c", "d", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer cache.Close()
	e := &embedding{job: &job{task: &task.Task{ID: "e"}}, what: &task.Embeddings{}, cache: cache}
	var words strings.Builder
	for i := range 40 {
		fmt.Fprintf(&words, "Sentence number %d of many words. ", i)
	}
	text := words.String()
	whole := e.unit(vector.Row{ID: "x"}, vector.Chunk{Text: text, End: len(text)})
	parts := e.smaller(whole)
	if len(parts) < 2 {
		t.Fatalf("%d parts", len(parts))
	}
	if err := cache.Put(parts[0].units[0].key, []float32{1, 0}); err != nil {
		t.Fatal(err)
	}
	if left := e.smaller(whole); len(left) != len(parts)-1 || left[0].units[0].key != parts[1].units[0].key || e.stats().Cached != 1 {
		t.Errorf("%d of %d parts are asked for, %+v", len(left), len(parts), e.stats())
	}
}

// A row is of a deployment and of dimensions, a vector in the cache of its text.
func TestKeysOfRows(t *testing.T) {
	t.Parallel()
	rows := map[string]bool{}
	for _, c := range []struct {
		deployment string
		dimensions int64
	}{{"a", 0}, {"b", 0}, {"a", 8}} {
		one := &task.Task{}
		one.Deployment = c.deployment
		e := &embedding{job: &job{task: one}, what: &task.Embeddings{Dimensions: c.dimensions}}
		u := e.unit(vector.Row{}, vector.Chunk{Text: "text"})
		if u.key != vector.Key("text") || rows[u.row.Key] {
			t.Errorf("%+v: the keys are %s and %s", c, u.key, u.row.Key)
		}
		rows[u.row.Key] = true
	}
}
