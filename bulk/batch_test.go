package bulk

import (
	"strings"
	"testing"
)

// until is a results file up to the nth line that has this word.
func until(file, word string, n int) string {
	var kept strings.Builder
	for line := range strings.Lines(file) {
		kept.WriteString(line)
		if strings.Contains(line, word) {
			if n--; n == 0 {
				break
			}
		}
	}
	return kept.String()
}

const needing = "  - {id: one, prompt: First}\n  - {id: two, prompt: 'Second after {{one}}', needs: [one]}\n"

// A job of a task that needs others is collected before anybody knows its requests.
func TestBatchesOfALaterLevel(t *testing.T) {
	t.Parallel()
	s := &service{}
	whole, _ := s.through(t, needing, "")
	if len(s.batches) != 2 {
		t.Fatalf("%d batches:\n%s", len(s.batches), whole)
	}
	killed := until(whole, `"sent"`, 2)
	again, stats := s.through(t, needing, killed)
	if len(s.batches) != 2 || stats.Kept != 1 || stats.Answered != 1 || !strings.Contains(again, `{"id":"two","task":"two","text":"Second after First"`) {
		t.Fatalf("%d batches, %+v:\n%s", len(s.batches), stats, again)
	}
	// Killed once more before the job counts as collected: its answer is there once.
	third, _ := s.through(t, needing, until(again, "Second", 1))
	if len(s.batches) != 2 || strings.Count(third, `"batch":"batch-1"`) != strings.Count(again, `"batch":"batch-1"`) {
		t.Errorf("%d batches:\n%s\nwant as many lines as in\n%s", len(s.batches), third, again)
	}
}

// An answer to a request that is not in the file any more is there when it comes back,
// for a run of whichever kind.
func TestBatchOfAnotherFile(t *testing.T) {
	t.Parallel()
	s := &service{}
	whole, _ := s.through(t, "  - {id: a, prompt: Old}\n", "")
	other, _ := s.through(t, "  - {id: a, prompt: New}\n", until(whole, `"sent"`, 1))
	if len(s.batches) != 2 || strings.Count(other, "Old") != 1 {
		t.Fatalf("%d batches:\n%s", len(s.batches), other)
	}
	r, f := s.run(t, "  - {id: a, prompt: Old}\n", other)
	if err := r.Do(t.Context()); err != nil || len(s.prompts) != 0 || !strings.Contains(content(t, f)[len(other):], `{"id":"a","task":"a","text":"Old"`) {
		t.Errorf("%v, asked %q:\n%s", err, s.prompts, content(t, f))
	}
}

func TestBatchThatWasNotNoted(t *testing.T) {
	t.Parallel()
	const tasks = "  - {id: a, prompt: A}\n"
	s := &service{}
	whole, _ := s.through(t, tasks, "")
	killed := until(whole, `"uploaded"`, 1)
	if killed != `{"id":"","deployment":"d","file":"file-0","state":"uploaded"}`+"\n" {
		t.Fatalf("the file is noted as\n%s", killed)
	}
	if again, _ := s.through(t, tasks, killed); len(s.batches) != 1 || !strings.Contains(again, `"task":"a","text":"A"`) {
		t.Errorf("%d batches:\n%s", len(s.batches), again)
	}
	s.batches = nil // it was killed before the batch was created
	if _, stats := s.through(t, tasks, killed); len(s.batches) != 1 || stats.Answered != 1 {
		t.Errorf("%d batches, %+v", len(s.batches), stats)
	}
}

func TestCollectingTwice(t *testing.T) {
	t.Parallel()
	const tasks = "  - {id: a, prompt: A}\n  - {id: b, prompt: B}\n"
	s := &service{}
	whole, _ := s.through(t, tasks, "")
	again, stats := s.through(t, tasks, whole, "batch-0")
	if stats.Kept != 2 || stats.Answered != 0 || strings.Count(again, `"text"`) != 2 || len(s.batches) != 1 {
		t.Errorf("%+v, %d batches:\n%s", stats, len(s.batches), again)
	}
	const fewer = "  - {id: a, prompt: A}\n"
	once, _ := s.through(t, fewer, "", "batch-0")
	twice, stats := s.through(t, fewer, once, "batch-0")
	if stats.Kept != 1 || strings.Count(once, `"text"`) != 2 || strings.Count(twice, `"text"`) != 2 {
		t.Errorf("%+v:\n%s\nthen\n%s", stats, once, twice)
	}
}
