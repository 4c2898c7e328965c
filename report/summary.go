package report

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/keyless-inference/action/inference"
	"github.com/keyless-inference/action/sink"
	"github.com/keyless-inference/action/wire"
)

// A Task is one question and what came of it.
type Task struct {
	Name       string // tells several tasks apart; "" for a single one
	Deployment string
	Answer     inference.Answer
	File       string // where the whole answer is, relative to the workspace; "" when it could not be saved or there is none
	Err        error  // why it failed, if it did; the answer then holds what had arrived
}

const (
	summaryHeading = "### Keyless Inference\n\n"
	leftOutRoom    = 120 // what leftOut needs at most
	leastAnswer    = 400 // bytes below which an answer is not worth its frame
	fewTasks       = 2   // up to which answers are open from the start
)

// Summary is the Markdown of a job summary: a table with a row for each task
// and, of several, a chart; then what each answered or why it failed. Everything
// that came from outside is made harmless by package sink.
//
// It is at most limit bytes long, since GitHub drops a step's summary as a whole
// when it is above 1 MiB. The rows go before the chart, and the chart before the
// answers, which share what is left: short ones are whole, long ones end with a
// line that names the task's File. What found no room is counted in the last
// line. A limit that not even that line fits, or no task, makes it empty. See
// https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#adding-a-job-summary.
func Summary(tasks []Task, limit int) string {
	if len(tasks) == 0 {
		return ""
	}
	tasks = named(tasks)
	room := limit - len(summaryHeading) - leftOutRoom
	table, rows := summaryTable(tasks, room)
	room -= len(table)
	picture := chart(tasks)
	if len(picture) > room/2 {
		picture = ""
	}
	answers, shown := summaryAnswers(tasks, room-len(picture))
	note := leftOut(len(tasks), rows, shown)
	for _, s := range []string{summaryHeading + table + picture + answers + note, note} {
		if len(s) <= limit {
			return s
		}
	}
	return ""
}

// named gives each of several tasks a name.
func named(tasks []Task) []Task {
	tasks = slices.Clone(tasks)
	for i := range tasks {
		if len(tasks) > 1 && strings.TrimSpace(sink.Strip(tasks[i].Name)) == "" {
			tasks[i].Name = "task " + strconv.Itoa(i+1)
		}
	}
	return tasks
}

// leftOut says what found no room.
func leftOut(tasks, rows, answers int) string {
	var all []string
	for _, kind := range []struct {
		shown int
		name  string
	}{{rows, "rows"}, {answers, "answers"}} {
		if kind.shown < tasks {
			all = append(all, fmt.Sprintf("%d of %d %s", tasks-kind.shown, tasks, kind.name))
		}
	}
	if all == nil {
		return ""
	}
	return "*There was no room for " + strings.Join(all, " and ") + ".*\n"
}

// summaryAnswers are as many answers as there is room for, from the first on,
// and how many they are. The shortest take their room first, so that what they
// do not need goes to the longer ones.
func summaryAnswers(tasks []Task, room int) (text string, shown int) {
	fitting := min(len(tasks), max(1, room/leastAnswer))
	order := make([]int, fitting)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(len(tasks[a].Answer.Text), len(tasks[b].Answer.Text))
	})
	parts := make([]string, fitting)
	for done, i := range order {
		parts[i] = tasks[i].section(len(tasks), room/(fitting-done))
		room -= len(parts[i])
		if parts[i] != "" {
			shown++
		}
	}
	return strings.Join(parts, ""), shown
}

// section is what a task answered, in at most room bytes; "" when there is no
// room. One of several tasks is in a block that opens and closes.
func (t Task) section(tasks, room int) string {
	before, after := "", "\n"
	if tasks > 1 {
		open := ""
		if t.Err != nil || tasks <= fewTasks {
			open = " open"
		}
		before = fmt.Sprintf("<details%s>\n<summary><b>%s</b>%s</summary>\n\n", open, short(t.Name), t.remark())
		after = "\n</details>\n\n"
	}
	body := t.body(room - len(before) - len(after))
	if body == "" {
		return ""
	}
	return before + body + after
}

// remark is what to know of a task before its answer is opened.
func (t Task) remark() string {
	switch {
	case t.Err != nil:
		return ": failed"
	case t.cut():
		return ": cut off"
	}
	return ""
}

// cut reports whether the model stopped before its end.
func (t Task) cut() bool { return t.Answer.FinishReason == "length" }

// body is the notice, if there is one, and the answer. It ends with a line feed.
func (t Task) body(room int) string {
	notice := t.notice(room)
	answer := t.answer(room - len(notice))
	if len(notice)+len(answer) > room || notice == "" && t.Err != nil {
		return ""
	}
	return strings.TrimRight(notice+answer, "\n") + "\n"
}

// answer is the answer as Markdown, its beginning with a pointer to the rest if
// it is longer than room bytes, or the pointer alone.
func (t Task) answer(room int) string {
	text := strings.TrimSpace(sink.Strip(t.Answer.Text))
	switch {
	case text == "" && t.Err != nil:
		return ""
	case text == "":
		return "*The answer is empty.*\n"
	case isJSON(text):
		text = "```json\n" + text + "\n```"
	}
	if _, long := sink.Cut(text, room); !long { // else it need not be tried
		if md := sink.Markdown(text, sink.Options{}); len(md) < room {
			return md + "\n"
		}
	}
	pointer := t.pointer()
	if md := beginning(text, room-len(pointer)-2); md != "" {
		return md + "\n\n" + pointer
	}
	return pointer
}

// pointer is the line under an answer that was cut.
func (t Task) pointer() string {
	size := thousands(int64(sink.Units(t.Answer.Text)))
	if t.File == "" {
		return "*Cut here: the whole answer, of " + size + " characters, could not be kept in a file.*\n"
	}
	return "*Cut here: the whole answer, of " + size + " characters, is in the file* " + code(t.File) + "\n"
}

// isJSON reports whether text is an object or a list of JSON and nothing else:
// as Markdown it would lose its quotation marks and lines. No line of it can be a
// fence.
func isJSON(text string) bool {
	return (text[0] == '{' || text[0] == '[') && json.Valid([]byte(text))
}

// beginning is the beginning of text as harmless Markdown of at most room bytes.
// It ends between two blocks if that can be.
func beginning(text string, room int) string {
	for n := room; n > 0; {
		head, _ := sink.Cut(text, n)
		md := sink.Markdown(head, sink.Options{})
		if len(md) > room {
			n = min(n-n/16-1, n*room/len(md))
			continue
		}
		if parts := sink.Split(md, sink.Units(md)-1); len(parts) > 0 && len(parts[0]) <= len(md) {
			return parts[0]
		}
		return md
	}
	return ""
}

// notice is what must be known before the answer is read, in at most room bytes;
// "" when there is nothing, or no room. Its form is GitHub's alert:
// https://docs.github.com/get-started/writing-on-github/getting-started-with-writing-and-formatting-on-github/basic-writing-and-formatting-syntax#alerts.
func (t Task) notice(room int) string {
	if t.Err == nil && !t.cut() {
		return ""
	}
	for most := 4000; most > 100; most /= 2 {
		if text := t.alert(most); len(text) <= room {
			return text
		}
	}
	return ""
}

// alert is the notice with at most so many characters of each part of an error.
func (t Task) alert(most int) string {
	if t.Err == nil {
		return alert("WARNING", "The model stopped because its limit of tokens was reached: the answer is incomplete.")
	}
	text := alert("CAUTION", failure(t.Err, most)...)
	if strings.TrimSpace(sink.Strip(t.Answer.Text)) != "" {
		text += "What had arrived of the answer:\n\n"
	}
	return text
}

// alert is an alert of GitHub's Markdown with these paragraphs.
func alert(kind string, paragraphs ...string) string {
	text := "[!" + kind + "]\n" + strings.Join(paragraphs, "\n\n")
	return strings.ReplaceAll("> "+strings.ReplaceAll(text, "\n", "\n> ")+"\n\n", "\n> \n", "\n>\n")
}

// failure is an error in paragraphs: what, why and the way out, as far as they
// are told, each of at most so many characters.
func failure(err error, most int) []string {
	err = wire.RedactError(err)
	what, why, fix := err.Error(), "", ""
	var p *wire.Problem
	if errors.As(err, &p) && strings.HasSuffix(what, p.Error()) {
		what = strings.TrimSuffix(what, p.Error()) + p.What
		why, fix = wire.Redact(p.Why), wire.Redact(p.Fix)
	}
	var all []string
	for _, part := range []struct{ label, text string }{{"", what}, {"**Why:** ", why}, {"**What to do:** ", fix}} {
		text, cut := sink.Cut(part.text, most)
		if cut {
			text += " …"
		}
		all = append(all, paragraphs(part.label, text)...)
	}
	return all
}

// paragraphs are the lines of one part of an error behind its label, which is
// empty for what failed: commands as code, so that they can be copied, the rest
// as plain words.
func paragraphs(label, text string) (all []string) {
	for line := range strings.SplitSeq(sink.Strip(text), "\n") {
		words := sink.Inline(line)
		switch first := len(all) == 0; {
		case words == "":
			continue
		case strings.HasPrefix(line, "az "):
			words = "```sh\n" + line + "\n```"
			if first && label != "" {
				words = strings.TrimSpace(label) + "\n\n" + words
			}
		case first && label == "":
			words = "**" + words + "**"
		case first:
			words = label + words
		}
		all = append(all, words)
	}
	return all
}
