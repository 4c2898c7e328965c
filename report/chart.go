package report

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/keyless-inference/action/sink"
)

// A measure is what a chart can compare tasks by.
type measure struct {
	title, axis string
	format      string // of a value
	of          func(Task) float64
}

// measures in the order in which they are tried: tokens are what is paid for.
var measures = []measure{
	{"Tokens by task", "tokens", "%.0f", func(t Task) float64 { return float64(t.Answer.Usage.Total) }},
	{"Time by task", "seconds", "%.1f", func(t Task) float64 { return t.Answer.Total.Seconds() }},
}

const (
	mostBars     = 30 // in a chart: a reader compares no more
	longestLabel = 32 // characters
)

// chart is a bar chart of several tasks in the language of Mermaid, which GitHub
// draws, or "" when there is nothing to compare. See
// https://mermaid.js.org/syntax/xyChart.html.
func chart(tasks []Task) string {
	if len(tasks) < 2 {
		return ""
	}
	shown := tasks[:min(len(tasks), mostBars)]
	for _, m := range measures {
		if text := m.chart(shown); text != "" {
			if len(shown) < len(tasks) {
				text += fmt.Sprintf("*The chart shows the first %d of %s tasks.*\n\n", len(shown), thousands(int64(len(tasks))))
			}
			return text
		}
	}
	return ""
}

// chart draws the measure of tasks. The axis begins at 0, or the smallest bar
// would have no length.
func (m measure) chart(tasks []Task) string {
	var labels, values []string
	seen := map[string]bool{}
	top := 0.0
	for i, t := range tasks {
		value := max(0, m.of(t))
		top = max(top, value)
		labels = append(labels, `"`+label(t.Name, i, seen)+`"`)
		values = append(values, fmt.Sprintf(m.format, value))
	}
	if top == 0 {
		return ""
	}
	return fmt.Sprintf("```mermaid\n%s"+
		"xychart-beta horizontal\n  title %q\n  x-axis [%s]\n  y-axis %q 0 --> "+m.format+"\n  bar [%s]\n```\n\n",
		chartConfig(110+26*len(tasks)), m.title, strings.Join(labels, ", "), m.axis, top, strings.Join(values, ", "))
}

// chartConfig is the head of a chart so many pixels high, in GitHub's blue.
func chartConfig(height int) string {
	return fmt.Sprintf("---\nconfig:\n  xyChart:\n    width: 800\n    height: %d\n  themeVariables:\n    xyChart:\n      plotColorPalette: \"#218bff\"\n---\n", height)
}

// label is a task's name in a chart: letters and digits and a few signs between
// them, since Mermaid obeys many others even between quotation marks. Two that
// look alike would share one bar, so the second gets its number.
func label(name string, i int, seen map[string]bool) string {
	safe := strings.Map(func(c rune) rune {
		if unicode.In(c, unicode.L, unicode.M, unicode.N) || strings.ContainsRune("._-/", c) {
			return c
		}
		return ' '
	}, sink.Strip(name))
	text, cut := sink.Cut(strings.Join(strings.Fields(safe), " "), longestLabel)
	if cut {
		text += "…"
	}
	for text == "" || seen[text] {
		text = strings.TrimSpace(text + " " + strconv.Itoa(i+1))
	}
	seen[text] = true
	return text
}
