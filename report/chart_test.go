package report

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestChart(t *testing.T) {
	t.Parallel()
	if got := chart(world(1)); got != "" {
		t.Errorf("of one task: %s", got)
	}
	if got := chart(make([]Task, 3)); got != "" {
		t.Errorf("of nothing: %s", got)
	}
	tasks := world(31)
	got := chart(tasks)
	if !strings.Contains(got, "0 --> 30\n  bar [1, 2, ") || !strings.HasSuffix(got, "*The chart shows the first 30 of 31 tasks.*\n\n") {
		t.Error(got)
	}
	for i := range tasks {
		tasks[i].Answer.Usage.Total = 0
		tasks[i].Answer.Total = time.Duration(i) * 150 * time.Millisecond
	}
	if got := chart(tasks[:3]); !strings.Contains(got, `"seconds" 0 --> 0.3`+"\n  bar [0.0, 0.1, 0.3]") && !strings.Contains(got, "bar [0.0, 0.2, 0.3]") {
		t.Error(got)
	}
}

func TestLabel(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for i, c := range []struct{ name, want string }{
		{"review", "review"},
		{"review", "review 2"},
		{"", "3"},
		{"a\"]\n%%{init: {}}%% `b` #35; <i>", "a init b 35 i"},
		{"Größe/変更_1-2.md", "Größe/変更_1-2.md"},
		{"\"\u202e;", "6"},
		{strings.Repeat("long ", 20), strings.Repeat("long ", 6) + "lo…"},
		{"review 9", "review 9"},
		{"review", "review 9 9"},
	} {
		if got := label(c.name, i, seen); got != c.want {
			t.Errorf("%q: %q, want %q", c.name, got, c.want)
		}
	}
}

// FuzzLabel: nothing but letters, digits and harmless signs reach Mermaid.
func FuzzLabel(f *testing.F) {
	f.Add("a\"; b")
	allowed := regexp.MustCompile(`^[\p{L}\p{M}\p{N}._/… -]+$`)
	f.Fuzz(func(t *testing.T, name string) {
		seen := map[string]bool{}
		for i := range 3 {
			if got := label(name, i, seen); !allowed.MatchString(got) {
				t.Fatalf("%q", got)
			}
		}
		if len(seen) != 3 {
			t.Fatalf("two labels are alike: %v", seen)
		}
	})
}
