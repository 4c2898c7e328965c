package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/keyless-inference/action/bulk"
)

// A Run is what a job summary tells of a run of many requests.
type Run struct {
	Results  []bulk.Result // of each task
	Timeline bulk.Timeline
	Elapsed  time.Duration
	Refused  int64  // HTTP requests that were answered 429
	File     string // with a line for each request, relative to the workspace
	Answers  []Task // of tasks of one request, as far as they are worth showing
}

// runColumns are those of the table of a run's tasks.
var runColumns = []column[bulk.Result]{
	{"Task", false, func(r bulk.Result) string { return short(r.Task.ID) }},
	{"Deployment", false, func(r bulk.Result) string { return code(r.Task.Deployment) }},
	{"Answered", true, func(r bulk.Result) string { return counts(int64(r.Answered), int64(r.Kept), "known before") }},
	{"Failed", true, func(r bulk.Result) string { return count(int64(r.Failed)) }},
	{"Not asked", true, func(r bulk.Result) string { return count(int64(r.Unasked)) }},
	{"Tokens in", true, func(r bulk.Result) string { return counts(r.Usage.Prompt, r.Usage.Cached, "cached") }},
	{"Tokens out", true, func(r bulk.Result) string { return counts(r.Usage.Completion, r.Usage.Reasoning, "reasoning") }},
	{"Requests", true, func(r bulk.Result) string { return count(r.Requests) }},
}

// Summary is the Markdown of a job summary, at most limit bytes long, as [Summary]
// is: a line on the whole, a table of the tasks, how the work went on over time,
// what failed, and the answers.
func (r Run) Summary(limit int) string {
	room := limit - len(summaryHeading) - leftOutRoom
	text := r.totals()
	table, rows := rowsOf(runColumns, r.Results, room-len(text))
	text += table
	for _, part := range []string{r.chart(), r.failures()} {
		if len(text)+len(part) < room {
			text += part
		}
	}
	shown := 0
	if len(r.Answers) > 0 {
		var answers string
		answers, shown = summaryAnswers(named(r.Answers), room-len(text))
		text += answers
	}
	note := ""
	if rows < len(r.Results) || shown < len(r.Answers) {
		note = fmt.Sprintf("*There was no room for all of it: %s has a line for each request.*\n", code(r.File))
	}
	if text = summaryHeading + text + note; len(text) <= limit {
		return text
	}
	return ""
}

// totals is a line on the whole run.
func (r Run) totals() string {
	sum := r.sum()
	parts := []string{fmt.Sprintf("**%s of %s requests answered** in %s", thousands(int64(sum.Answered+sum.Kept)), thousands(int64(sum.Total)), cmp.Or(elapsed(r.Elapsed), "0 ms"))}
	for _, part := range []struct {
		n     int64
		words string
	}{
		{int64(sum.Kept - sum.Cached), "known before"},
		{int64(sum.Cached), "from the cache"},
		{int64(sum.Failed), "failed"},
		{int64(sum.Cut), "cut off by the limit on their tokens"},
		{int64(sum.Unasked), "not asked"},
		{r.Refused, "HTTP requests refused by the rate limit"},
	} {
		if part.n > 0 {
			parts = append(parts, thousands(part.n)+" "+part.words)
		}
	}
	if u := Usage(sum.Usage); u != "" {
		parts = append(parts, u)
	}
	text := strings.Join(parts, ", ")
	if r.File != "" {
		text += "; each in a line of " + code(r.File)
	}
	return text + ".\n\n"
}

func (r Run) sum() (s bulk.Stats) {
	for _, result := range r.Results {
		s.Add(result.Stats)
	}
	return s
}

// fewestParts is how many parts of the run a picture must have to say something.
const fewestParts = 5

// chart draws how many tokens, or where no tokens are known requests, each part of
// the run took, as a rate. See https://mermaid.js.org/syntax/xyChart.html.
func (r Run) chart() string {
	t := r.Timeline
	if len(t.Done) < fewestParts {
		return ""
	}
	title, of := "Tokens per second", func(i int) float64 { return float64(t.Tokens[i]) }
	if slices.Max(t.Tokens) == 0 {
		title, of = "Requests per second", func(i int) float64 { return float64(t.Done[i]) }
	}
	top, values := 0.0, make([]string, len(t.Done))
	for i := range values {
		rate := of(i) / t.Every.Seconds()
		top = max(top, rate)
		values[i] = fmt.Sprintf("%.1f", rate)
	}
	if top == 0 {
		return ""
	}
	end := (t.Every * time.Duration(len(t.Done))).Seconds()
	return fmt.Sprintf("```mermaid\n%sxychart-beta\n  title %q\n  x-axis \"seconds\" 0 --> %.0f\n  y-axis %q 0 --> %.1f\n  line [%s]\n```\n\n",
		chartConfig(240), title, end, strings.ToLower(title), top, strings.Join(values, ", "))
}

const (
	mostFailures = 10
	failureRoom  = 500 // characters of each part of one
)

// failures are the first failure of each of the first tasks that have one.
func (r Run) failures() string {
	var b strings.Builder
	left := mostFailures
	for _, result := range r.Results {
		if result.Err == nil || left == 0 {
			continue
		}
		left--
		b.WriteString(alert("CAUTION", append([]string{short(result.Said()) + ":"}, failure(result.Err, failureRoom)...)...))
	}
	return b.String()
}
