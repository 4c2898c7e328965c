package report

import (
	"fmt"
	"regexp"
	"slices"
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
	return laid(columns, things).markdown(room)
}

// A layout is a table as text: what stands above each column, whether it is set to
// the right, and the rows.
type layout struct {
	heads []string
	right []bool
	rows  [][]string
}

// laid are things in a table, each in a row. Columns in which nothing is known of
// any of them are left out.
func laid[T any](columns []column[T], things []T) layout {
	l := layout{rows: make([][]string, len(things))}
	for _, c := range columns {
		cells := make([]string, len(things))
		for i, t := range things {
			cells[i] = c.cell(t)
		}
		l.add(c.head, c.right, cells)
	}
	return l
}

// add adds a column, if something is known in it.
func (l *layout) add(head string, right bool, cells []string) {
	if !slices.ContainsFunc(cells, func(cell string) bool { return cell != "" }) {
		return
	}
	l.heads, l.right = append(l.heads, head), append(l.right, right)
	for i, cell := range cells {
		l.rows[i] = append(l.rows[i], cell)
	}
}

// markdown is the table in Markdown, of which every cell has to be.
func (l layout) markdown(room int) (table string, rows int) {
	var b strings.Builder
	b.WriteString(row(l.heads) + row(l.rules()))
	for _, cells := range l.rows {
		line := row(cells)
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
func row(cells []string) string {
	var b strings.Builder
	for _, cell := range cells {
		b.WriteString("| " + cell + " ")
	}
	return b.String() + "|\n"
}

// rules are what stands under the heads.
func (l layout) rules() (all []string) {
	for _, right := range l.right {
		all = append(all, map[bool]string{true: "--:", false: "---"}[right])
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
