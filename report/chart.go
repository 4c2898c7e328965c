package report

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/keyless-inference/action/sink"
)

// A measure is what a chart can compare things by.
type measure[T any] struct {
	axes
	of func(T) float64
}

// axes are what a chart shows beside its bars.
type axes struct {
	title, name string
	format      string  // of a value
	top         float64 // where the axis of the values ends; 0: at the largest
}

// measures in the order in which they are tried: tokens are what is paid for.
var measures = []measure[Task]{
	{axes{"Tokens by task", "tokens", "%.0f", 0}, func(t Task) float64 { return float64(t.Answer.Usage.Total) }},
	{axes{"Time by task", "seconds", "%.1f", 0}, func(t Task) float64 { return t.Answer.Total.Seconds() }},
}

const (
	mostBars     = 30 // in a chart: a reader compares no more
	longestLabel = 32 // characters
)

// chart is a bar chart of several tasks, or "" when there is nothing to compare.
func chart(tasks []Task) string {
	return bars(measures, tasks, func(t Task) string { return t.Name }, "tasks")
}

// bars is a bar chart of several things, each by its name; "" when there is nothing
// to compare. The first measure that has a value of any of them is taken.
func bars[T any](measures []measure[T], things []T, name func(T) string, noun string) string {
	if len(things) < 2 {
		return ""
	}
	shown := things[:min(len(things), mostBars)]
	names, values := make([]string, len(shown)), make([]float64, len(shown))
	for _, m := range measures {
		for i, t := range shown {
			names[i], values[i] = name(t), max(0, m.of(t))
		}
		if text := m.draw(names, values); text != "" {
			if len(shown) < len(things) {
				text += fmt.Sprintf("*The chart shows the first %d of %s %s.*\n\n", len(shown), thousands(int64(len(things))), noun)
			}
			return text
		}
	}
	return ""
}

// draw draws bars in the language of Mermaid, which GitHub draws; "" when all have
// no length. The axis begins at 0, or the smallest would have none. See
// https://mermaid.js.org/syntax/xyChart.html.
func (a axes) draw(names []string, values []float64) string {
	var labels, lengths []string
	seen := map[string]bool{}
	top := a.top
	for i, value := range values {
		top = max(top, value)
		labels = append(labels, `"`+label(names[i], i, seen)+`"`)
		lengths = append(lengths, fmt.Sprintf(a.format, value))
	}
	if top == 0 {
		return ""
	}
	return fmt.Sprintf("```mermaid\n%s"+
		"xychart-beta horizontal\n  title %q\n  x-axis [%s]\n  y-axis %q 0 --> "+a.format+"\n  bar [%s]\n```\n\n",
		chartConfig(110+26*len(names)), a.title, strings.Join(labels, ", "), a.name, top, strings.Join(lengths, ", "))
}

// chartConfig is the head of a chart so many pixels high, in GitHub's blue.
func chartConfig(height int) string {
	return fmt.Sprintf("---\nconfig:\n  xyChart:\n    width: 800\n    height: %d\n  themeVariables:\n    xyChart:\n      plotColorPalette: \"#218bff\"\n---\n", height)
}

// label is a name in a chart: letters and digits and a few signs between
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
