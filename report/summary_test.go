package report

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"

	"github.com/keyless-inference/action/inference"
	"github.com/keyless-inference/action/wire"
)

var updateSummaries = flag.Bool("update-summaries", false, "write testdata/summary/*.md instead of comparing with them")

// maxSummary is what GitHub takes of a step.
const maxSummary = 1 << 20

// written is a case in testdata/summary as it is written.
type written struct {
	Limit int
	Tasks []struct {
		Task
		Error   string
		Problem *wire.Problem
	}
}

func (w written) tasks() (all []Task) {
	for _, t := range w.Tasks {
		switch {
		case t.Problem != nil:
			t.Err = fmt.Errorf("running: %w", t.Problem)
		case t.Error != "":
			t.Err = errors.New(t.Error)
		}
		all = append(all, t.Task)
	}
	return all
}

// A case is a JSON file with tasks, and beside it the Markdown that they make.
func TestSummary(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/summary/*.json")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d cases, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			w := written{Limit: maxSummary}
			if err := json.Unmarshal(raw, &w); err != nil {
				t.Fatal(err)
			}
			got := Summary(w.tasks(), w.Limit)
			harmless(t, got)
			golden := strings.TrimSuffix(file, ".json") + ".md"
			if *updateSummaries {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// gfm is a parser of GitHub Flavored Markdown that shares nothing with package
// sink.
var gfm = goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser()

var tags = regexp.MustCompile(`(?s)<!--.*?-->|<[/!?a-zA-Z][^>]*>?`)

// ours are the tags that the summary writes and those that answers may keep.
var ours = regexp.MustCompile(`^<(?:details open|/?(?:details|summary|b|i|em|strong|sub|sup|kbd|ins|del|s|mark|var|samp|q|code)|br ?/?)>$`)

// harmless fails unless an independent parser finds no HTML but ours in
// markdown, all of our blocks closed, no picture, and no live mention.
func harmless(t *testing.T, markdown string) {
	t.Helper()
	source := []byte(markdown)
	open := 0
	html := func(raw string) {
		for _, tag := range tags.FindAllString(raw, -1) {
			if open += nesting(tag); open < 0 || !ours.MatchString(tag) {
				t.Fatalf("the tag %q is alive in\n%.5000s", tag, markdown)
			}
		}
	}
	err := ast.Walk(gfm.Parse(text.NewReader(source)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.Image:
			t.Fatalf("a picture is in\n%.5000s", markdown)
		case *ast.RawHTML:
			if entering {
				html(string(n.Segments.Value(source)))
			}
		case *ast.HTMLBlock:
			if entering {
				html(string(n.Lines().Value(source)))
			}
		case *ast.Text:
			if entering && mention.Match(n.Value(source)) {
				t.Fatalf("%q mentions somebody in\n%.5000s", n.Value(source), markdown)
			}
		case *ast.CodeSpan:
			return ast.WalkSkipChildren, nil
		}
		return ast.WalkContinue, nil
	})
	if err != nil || open != 0 {
		t.Fatalf("%d blocks stay open, %v, in\n%.5000s", open, err, markdown)
	}
	if strings.Contains(fences(markdown), "Cut here") {
		t.Fatalf("the last line is code in\n%.5000s", markdown)
	}
}

// nesting is 1 for a tag that opens a block of details and -1 for one that
// closes it.
func nesting(tag string) int {
	return strings.Count(tag, "<details") - strings.Count(tag, "</details")
}

var mention = regexp.MustCompile(`(?:^|[^\w/])@[A-Za-z0-9]`)

// fences is all that is in code blocks.
func fences(markdown string) string {
	source := []byte(markdown)
	var b strings.Builder
	_ = ast.Walk(gfm.Parse(text.NewReader(source)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if block, ok := n.(*ast.FencedCodeBlock); ok && entering {
			b.Write(block.Lines().Value(source))
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}

const nasty = "# Head\n\n<details><summary>x</summary>\n\n- a @octocat\n  ```go\n  x := `y`\n  ```\n\n| a | b |\n| - | - |\n| `c|d` | 👩‍👩‍👧 é |\n\n<!-- x -->\n> quote\n> ~~~\n> code <b>\n\n![p](https://x.example/y.png)\n\n````\nopen 変更\n"

// world is so many tasks of every kind.
func world(n int) (all []Task) {
	for i := range n {
		task := Task{Name: "task " + strconv.Itoa(i), Deployment: "gpt-4o", File: ".keyless/a.md", Answer: inference.Answer{
			Text: strings.Repeat(nasty, i%4), FinishReason: "stop", Attempts: 1, Total: time.Second, Usage: inference.Usage{Total: int64(i + 1)},
		}}
		if i%3 == 2 {
			task.Err = &wire.Problem{What: "asking: it failed", Why: "<b>because</b> " + nasty, Fix: "az login"}
		}
		all = append(all, task)
	}
	return all
}

func TestSummaryKeepsItsLimit(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 2, 5, 40} {
		tasks := world(n)
		tasks[0].Answer.Text = strings.Repeat(nasty, 40)
		for limit := -1; limit <= 5000; limit += 97 {
			got := Summary(tasks, limit)
			if len(got) > max(0, limit) {
				t.Fatalf("%d tasks: %d bytes, limit %d", n, len(got), limit)
			}
			if limit >= 100 && !strings.Contains(got, "Cut here") && !strings.Contains(got, "There was no room") {
				t.Fatalf("%d tasks: the cut at %d is not visible in\n%s", n, limit, got)
			}
			harmless(t, got)
		}
	}
	for _, text := range []string{"\u200b", "👩‍👩‍👧", "。\n\n", "<", "[", "<details>\n", "|-|\n"} {
		task := Task{Answer: inference.Answer{Text: strings.Repeat(text, 2000)}}
		for limit := 250; limit <= 5000; limit += 250 {
			got := Summary([]Task{task, task}, limit)
			if len(got) > limit {
				t.Errorf("%q: %d bytes, limit %d", text, len(got), limit)
			}
			harmless(t, got)
		}
	}
	if Summary(nil, maxSummary) != "" || Summary(world(1), 0) != "" {
		t.Error("something was made of nothing")
	}
}

func TestSummaryOfMany(t *testing.T) {
	t.Parallel()
	tasks := world(1000)
	for i := range tasks {
		tasks[i].Answer.Text = strings.Repeat(nasty, 40)
	}
	tasks[500].Answer.Text = "A short one."
	got := Summary(tasks, maxSummary)
	harmless(t, got)
	if len(got) > maxSummary || len(got) < maxSummary/2 {
		t.Errorf("%d bytes", len(got))
	}
	if rows := strings.Count(got, "\n| task "); rows != 1000 {
		t.Errorf("%d rows", rows)
	}
	if blocks := strings.Count(got, "<summary><b>task "); blocks != 1000 {
		t.Errorf("%d answers", blocks)
	}
	for _, want := range []string{"\n\nA short one.\n", "first 30 of 1,000 tasks", "**1,000 tasks**, **333 failed**"} {
		if !strings.Contains(got, want) {
			t.Errorf("there is no %q", want)
		}
	}
}

// TestRoomIsShared: what short answers leave goes to the long ones.
func TestRoomIsShared(t *testing.T) {
	t.Parallel()
	tasks := world(3)
	tasks[2].Err = nil
	tasks[0].Answer.Text = strings.Repeat("Long lines of words. ", 1000)
	tasks[1].Answer.Text = strings.Repeat("Words. ", 100)
	tasks[2].Answer.Text = tasks[0].Answer.Text
	got := Summary(tasks, 20_000)
	if !strings.Contains(got, strings.TrimSpace(tasks[1].Answer.Text)) || strings.Count(got, "Cut here") != 2 {
		t.Error("the short answer is not whole, or a long one is")
	}
	if len(got) < 19_000 {
		t.Errorf("%d bytes of 20,000 were used", len(got))
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		u    inference.Usage
		want string
	}{
		{inference.Usage{}, ""},
		{inference.Usage{Total: 1000}, "1,000 tokens"},
		{inference.Usage{Prompt: 9, Completion: 5, Total: 14}, "14 tokens (9 in; 5 out)"},
		{inference.Usage{Prompt: 1, Total: 1}, "1 token (1 in; 0 out)"},
		{inference.Usage{Prompt: 1000, Completion: 234, Total: 1234, Cached: 800, Reasoning: 128}, "1,234 tokens (1,000 in, 800 of them cached; 234 out, 128 of them reasoning)"},
	} {
		if got := Usage(c.u); got != c.want {
			t.Errorf("%+v: %q, want %q", c.u, got, c.want)
		}
	}
}

func TestThousands(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", -100: "-100", -1000: "-1,000", 1234567: "1,234,567"} {
		if got := thousands(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

func TestElapsed(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0: "", -1: "", 1: "1 ms", 420400 * time.Microsecond: "420 ms", 999700 * time.Microsecond: "1.0 s",
		1249 * time.Millisecond: "1.2 s", 59940 * time.Millisecond: "59.9 s", 59960 * time.Millisecond: "1 min 0 s",
		75 * time.Second: "1 min 15 s", 3599700 * time.Millisecond: "1 h 0 min", 3660 * time.Second: "1 h 1 min",
	} {
		if got := elapsed(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}

func FuzzSummary(f *testing.F) {
	f.Add("review", nasty, "asking: no", ".keyless/a.md", 700)
	f.Add("</summary>", "- ```\n</details>\n@x", "az `", "`", 5000)
	f.Fuzz(func(t *testing.T, name, answer, failure, file string, limit int) {
		tasks := []Task{{Name: name, Deployment: name, File: file, Answer: inference.Answer{Text: answer, FinishReason: failure, Model: name, RequestID: file}}, {Name: name, Answer: inference.Answer{Text: name}}}
		if failure != "" {
			tasks[1].Err = errors.New(failure)
		}
		limit %= 10_000
		for n := range tasks {
			got := Summary(tasks[:n+1], limit)
			if len(got) > max(0, limit) {
				t.Fatalf("%d bytes, limit %d", len(got), limit)
			}
			harmless(t, got)
		}
	})
}

func BenchmarkSummary(b *testing.B) {
	task := Task{Deployment: "gpt-4o", File: ".keyless/a.md", Answer: inference.Answer{Text: strings.Repeat(nasty, 10<<20/len(nasty))}}
	b.SetBytes(int64(len(task.Answer.Text)))
	for b.Loop() {
		Summary([]Task{task}, maxSummary)
	}
}
