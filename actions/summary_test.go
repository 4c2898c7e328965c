package actions

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSummary(t *testing.T) {
	t.Parallel()
	r, out, dir := step(t, nil)
	if err := r.Summary("# One"); err != nil {
		t.Error(err)
	}
	if err := r.Summary("::error::two\n"); err != nil {
		t.Error(err)
	}
	got, err := os.ReadFile(filepath.Join(dir, "summary"))
	if strings.ReplaceAll(string(got), "\r", "") != "# One\n::error::two\n\n" || err != nil || out.Len() != 0 {
		t.Errorf("%q, %v, stdout %q", got, err, out)
	}
}

func TestSummaryNeverGrowsTooLong(t *testing.T) {
	t.Parallel()
	for _, before := range []int{-1, 0, 1, MaxSummary / 2, MaxSummary - 3, MaxSummary - 2, MaxSummary - 1, MaxSummary, MaxSummary + 5} {
		r, _, dir := step(t, nil)
		path := filepath.Join(dir, "summary")
		if before >= 0 {
			write(t, path, strings.Repeat("x", before))
		}
		room := r.SummaryRoom()
		if want := max(0, MaxSummary-max(before, 0)-2); room != want {
			t.Errorf("%d bytes are there: room for %d, want %d", before, room, want)
		}
		if err := r.Summary(strings.Repeat("y", room+1)); err == nil || !strings.Contains(err.Error(), "do not fit") {
			t.Errorf("%d bytes are there, too many were taken: %v", before, err)
		}
		if info, err := os.Stat(path); err == nil && info.Size() != int64(max(before, 0)) {
			t.Errorf("a refused part was written: %d bytes", info.Size())
		}
		if room == 0 {
			continue
		}
		if err := r.Summary(strings.Repeat("y", room)); err != nil {
			t.Error(err)
		}
		if info, err := os.Stat(path); err != nil || info.Size() > MaxSummary || r.SummaryRoom() != 0 && info.Size() < MaxSummary-2 {
			t.Errorf("%v, %v", info.Size(), err)
		}
	}
}

func TestWithoutASummary(t *testing.T) {
	t.Parallel()
	inJob, _, _ := step(t, map[string]string{"GITHUB_STEP_SUMMARY": ""})
	path := filepath.Join(t.TempDir(), "summary")
	outside := New(env(map[string]string{"GITHUB_STEP_SUMMARY": path}), nil, nil)
	for _, r := range []*Runner{inJob, outside} {
		if err := r.Summary(strings.Repeat("x", MaxSummary+1)); err != nil || r.SummaryRoom() != 0 {
			t.Errorf("%v, room for %d", err, r.SummaryRoom())
		}
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a summary was written outside a job")
	}
}

func TestSummaryFails(t *testing.T) {
	t.Parallel()
	r, _, _ := step(t, map[string]string{"GITHUB_STEP_SUMMARY": t.TempDir()})
	if err := r.Summary("x"); err == nil || !strings.Contains(err.Error(), "GITHUB_STEP_SUMMARY") {
		t.Errorf("got %v", err)
	}
}
