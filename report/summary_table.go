package report

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/keyless-inference/action/inference"
	"github.com/keyless-inference/action/sink"
)

// A column of a table.
type column[T any] struct {
	head  string
	right bool           // numbers, set to the right
	cell  func(T) string // as Markdown; "" when nothing is known
}

var columns = []column[Task]{
	{"Task", false, func(t Task) string { return short(t.Name) }},
	{"Deployment", false, func(t Task) string { return code(t.Deployment) }},
	{"Model", false, func(t Task) string { return code(t.Answer.Model) }},
	{"Finish", false, finish},
	{"Tokens in", true, func(t Task) string { return counts(t.Answer.Usage.Prompt, t.Answer.Usage.Cached, "cached") }},
	{"Tokens out", true, func(t Task) string { return counts(t.Answer.Usage.Completion, t.Answer.Usage.Reasoning, "reasoning") }},
	{"Attempts", true, func(t Task) string { return count(int64(t.Answer.Attempts)) }},
	{"First token", true, func(t Task) string { return oneLine(elapsed(t.Answer.FirstToken)) }},
	{"Time", true, func(t Task) string { return oneLine(elapsed(t.Answer.Total)) }},
	{"Request", false, func(t Task) string { return code(t.Answer.RequestID) }},
}

// summaryTable is the table with as many rows, from the first on, as room bytes
// hold, and how many they are. Columns in which nothing is known are left out.
func summaryTable(tasks []Task, room int) (table string, rows int) {
	before := totals(tasks)
	table, rows = rowsOf(columns, tasks, room-len(before))
	if rows == 0 {
		return "", 0
	}
	return before + table, rows
}

// rowsOf is a table of things, each in a row, as many from the first on as room
// bytes hold.
func rowsOf[T any](columns []column[T], things []T, room int) (table string, rows int) {
	columns = used(columns, things)
	var b strings.Builder
	b.WriteString(row(columns, func(c column[T]) string { return c.head }))
	b.WriteString(row(columns, column[T].rule))
	for _, t := range things {
		line := row(columns, func(c column[T]) string { return c.cell(t) })
		if b.Len()+len(line) >= room {
			break
		}
		b.WriteString(line)
		rows++
	}
	if rows == 0 {
		return "", 0
	}
	return b.String() + "\n", rows
}

// row is a line of the table.
func row[T any](columns []column[T], cell func(column[T]) string) string {
	var b strings.Builder
	for _, c := range columns {
		b.WriteString("| " + cell(c) + " ")
	}
	return b.String() + "|\n"
}

// rule is what stands under the head.
func (c column[T]) rule() string {
	if c.right {
		return "--:"
	}
	return "---"
}

// used are the columns that have something to say of any of the things.
func used[T any](columns []column[T], things []T) (all []column[T]) {
	for _, c := range columns {
		for _, t := range things {
			if c.cell(t) != "" {
				all = append(all, c)
				break
			}
		}
	}
	return all
}

// totals is a line on several tasks as a whole.
func totals(tasks []Task) string {
	if len(tasks) == 1 {
		return ""
	}
	var sum inference.Usage
	failed := 0
	for _, t := range tasks {
		sum.Add(t.Answer.Usage)
		if t.Err != nil {
			failed++
		}
	}
	line := "**" + thousands(int64(len(tasks))) + " tasks**"
	if failed > 0 {
		line += ", **" + thousands(int64(failed)) + " failed**"
	}
	if usage := Usage(sum); usage != "" {
		line += ", " + usage
	}
	return line + "\n\n"
}

func finish(t Task) string {
	reason := short(t.Answer.FinishReason)
	switch {
	case t.Err != nil && reason == "":
		return "❌ failed"
	case t.Err != nil:
		return "❌ failed: " + reason
	case t.cut():
		return "⚠️ " + reason
	}
	return reason
}

// Usage is one line about the tokens of an answer, such as "1,234 tokens (1,000
// in, 800 of them cached; 234 out, 128 of them reasoning)". It is empty when the
// service did not tell.
func Usage(u inference.Usage) string {
	if u.Total == 0 {
		return ""
	}
	text := thousands(u.Total) + " tokens"
	if u.Total == 1 {
		text = "1 token"
	}
	if u.Prompt == 0 && u.Completion == 0 {
		return text
	}
	part := func(n int64, way string, some int64, kind string) string {
		if some == 0 {
			return thousands(n) + " " + way
		}
		return thousands(n) + " " + way + ", " + thousands(some) + " of them " + kind
	}
	return text + " (" + part(u.Prompt, "in", u.Cached, "cached") + "; " + part(u.Completion, "out", u.Reasoning, "reasoning") + ")"
}

// count is a number in a cell; of none nothing is known, or nothing worth a cell.
func count(n int64) string {
	if n == 0 {
		return ""
	}
	return thousands(n)
}

// counts is a number and, below it, how many of it are of a kind, if any are. A
// column for those would leave the others too little width.
func counts(n, some int64, kind string) string {
	if some == 0 {
		return count(n)
	}
	return thousands(n) + "<br><sub>" + oneLine(thousands(some)+" "+kind) + "</sub>"
}

// oneLine is a text that a narrow cell does not break.
func oneLine(text string) string { return strings.ReplaceAll(text, " ", "\u00a0") }

// thousands is n with a comma between each three digits.
func thousands(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// elapsed is a duration as precise as a reader wants it; "" for none.
func elapsed(d time.Duration) string {
	switch tenths, seconds := d.Round(100*time.Millisecond), d.Round(time.Second); {
	case d <= 0:
		return ""
	case d.Round(time.Millisecond) < time.Second:
		return fmt.Sprintf("%d ms", max(1, d.Round(time.Millisecond).Milliseconds()))
	case tenths < time.Minute:
		return fmt.Sprintf("%.1f s", tenths.Seconds())
	case seconds < time.Hour:
		return fmt.Sprintf("%d min %d s", seconds/time.Minute, seconds%time.Minute/time.Second)
	default:
		minutes := d.Round(time.Minute)
		return fmt.Sprintf("%d h %d min", minutes/time.Hour, minutes%time.Hour/time.Minute)
	}
}

// longestCell is how many characters of a text from outside a cell shows.
const longestCell = 100

// short is a text from outside for a cell or a line of its own.
func short(text string) string {
	head, cut := sink.Cut(strings.TrimSpace(text), longestCell)
	if cut {
		head += "…"
	}
	return sink.Inline(head)
}

// plain is what needs no escape within backticks, in a cell or out of it.
var plain = regexp.MustCompile(`^[\w./][\w ./:+-]*$`)

// code is a name or a path from outside: as code, unless a sign in it forbids it.
func code(text string) string {
	if len(text) <= longestCell && plain.MatchString(text) && text == strings.TrimSpace(text) {
		return "`" + text + "`"
	}
	return short(text)
}
