package report

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/keyless-inference/action/eval"
	"github.com/keyless-inference/action/sink"
)

const (
	evalHeading  = "### Keyless Inference: evaluation\n\n"
	mostRows     = 10              // in a comment
	commentRoom  = MaxPart - 1_000 // bytes, so that it need not be split
	commentUnits = 1_000           // of each text in a comment
	leastUnits   = 100             // below which a text is not worth its frame
	mostUnits    = 16_000          // of each text in a summary
)

// evalMeasures are what the chart compares evaluators by.
var evalMeasures = []measure[eval.EvaluatorTotal]{
	{axes{"Pass rate by evaluator", "percent", "%.1f", 100}, func(e eval.EvaluatorTotal) float64 { return e.PassRate }},
}

// EvalSummary is the Markdown of a job summary: the outcome and the gates; the
// comparison with the baseline; the deployments side by side, with a mark at the
// one that is good enough for the fewest tokens; the evaluators, as a table and as
// a chart; then the tests, worst first, each in a block that opens and closes, with
// the test case, the answer, what each evaluator and each judge said of it, and
// what the baseline has.
//
// Answers are shown as code, not as the Markdown that they may be: what evaluators
// look at is the text itself, its signs and its lines, and characters that nobody
// sees are shown by their numbers. Lines longer than 100 characters are broken.
//
// It is at most o.Limit bytes long. The tests that find no room are counted, as are
// those that were not asked.
func EvalSummary(r eval.Results, o EvalOptions) string {
	return o.markdown(r, worst(r.TestResults, asked), cmp.Or(o.Limit, summaryLimit), mostUnits)
}

// EvalComment is the Markdown of a sticky comment: as [EvalSummary], with the worst
// ten of the tests that did not simply pass, as far as they find room in one part
// ([MaxPart]), and with at most 1,000 UTF-16 units of each text. It names files only
// where there is no run to link.
func EvalComment(r eval.Results, o EvalOptions) string {
	rows := worst(r.TestResults, remarkable)
	if address.MatchString(o.Run) {
		o.File, o.Answers = "", "" // whoever reads a comment has no workspace; the run has what was kept
	}
	return o.markdown(r, rows[:min(len(rows), mostRows)], commentRoom, commentUnits)
}

// markdown is an evaluation as Markdown of at most limit bytes, with these tests as
// far as there is room, and at most so many UTF-16 units of each text in them.
func (o EvalOptions) markdown(r eval.Results, rows []eval.Test, limit, units int) string {
	text := evalHeading + outcome(r)
	room := limit - len(o.rest(r, 0))
	if len(text) > room {
		return ""
	}
	for _, part := range []func(eval.Results, int) string{ending, gates, comparison, deployments, groupTable, evaluators, evalChart, tokens} {
		// Each leaves some room for those behind it.
		if more := part(r, (room-len(text))/3); len(text)+len(more) <= room {
			text += more
		}
	}
	blocks, shown := o.blocks(rows, room-len(text), units)
	return text + blocks + o.rest(r, shown)
}

// outcome is the line that matters most.
func outcome(r eval.Results) string {
	icon := map[bool]string{true: "✅", false: "❌"}[r.Passed()]
	return icon + " **" + capital(outcomeOf(r.Passed())) + ". " + capital(tallied(r.Summary)) + ".**\n\n"
}

// ending says why not everything was asked, and what to do about that.
func ending(r eval.Results, room int) string {
	if r.Ended == "" {
		return ""
	}
	units := min(longestFix, max(leastUnits, room/8))
	return alert("WARNING", append([]string{"The evaluation ended before everything was asked."}, failure(problemOf(r.Ended), units)...)...)
}

// gates are what decides the outcome, each in a line.
func gates(r eval.Results, room int) string {
	var b strings.Builder
	for _, g := range r.Gates {
		line := "- " + map[bool]string{true: "✅", false: "❌"}[g.Passed] + " " + code(g.Name) + ": " + phrase(g.Says) + "\n"
		if b.Len()+len(line) < room {
			b.WriteString(line)
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return b.String() + "\n"
}

// comparison is what changed since the baseline.
func comparison(r eval.Results, _ int) string {
	c := r.Comparison
	if c == nil {
		return ""
	}
	icon := map[bool]string{true: "❌", false: "ℹ️"}[c.Regressed]
	return icon + " **Beside** " + code(c.Against) + "**: " + compared(*c) + ".** " + capital(phrase(c.Says)) + ".\n\n"
}

func deployments(r eval.Results, room int) string {
	title := "#### The deployment\n\n"
	if len(r.Deployments) > 1 {
		title = "#### Which deployment is good enough, and for how many tokens\n\n"
	}
	return laid(deploymentColumns(r.Deployments), r.Deployments).titled(title, room, "deployment")
}

// groupTable is the table of the prompt files, if there are several.
func groupTable(r eval.Results, room int) string {
	if !slices.ContainsFunc(r.Groups, func(g eval.Group) bool { return g.File != r.Groups[0].File }) {
		return ""
	}
	return laid(groupColumns, r.Groups).titled("#### Prompt files\n\n", room, "prompt file")
}

func evaluators(r eval.Results, room int) string {
	return laid(evaluatorColumns, r.Evaluators).titled("#### Evaluators\n\n", room, "evaluator")
}

func evalChart(r eval.Results, _ int) string {
	return bars(evalMeasures, r.Evaluators, func(e eval.EvaluatorTotal) string { return e.Name }, "evaluators")
}

// tokens is the line about all that was paid for.
func tokens(r eval.Results, _ int) string {
	if text := spent(r); text != "" {
		return capital(text) + ".\n\n"
	}
	return ""
}

// address is a web address that needs no escape.
var address = regexp.MustCompile(`^https?://[\w.:-]+(/[\w./-]*)?$`)

// rest counts the tests that are not shown, and says where everything is.
func (o EvalOptions) rest(r eval.Results, shown int) string {
	var parts []string
	if n := len(r.TestResults) - shown; n > 0 {
		parts = append(parts, plural(n, "test")+" not shown here.")
	}
	if o.File != "" {
		parts = append(parts, "The results are in "+code(o.File)+".")
	}
	if o.Answers != "" {
		parts = append(parts, "All answers are in "+code(o.Answers)+"; "+code("resume: true")+" goes on with it.")
	}
	if address.MatchString(o.Run) {
		parts = append(parts, "More in [the run]("+o.Run+").")
	}
	if parts == nil {
		return ""
	}
	return strings.Join(parts, " ") + "\n"
}

// blocks are as many tests as there is room for, and how many they are. The first
// have no more than a fourth of their share of the room for each of their texts;
// one that still is too long is cut to less.
func (o EvalOptions) blocks(rows []eval.Test, room, units int) (text string, shown int) {
	const title = "#### Tests, worst first\n\n"
	var b strings.Builder
	units = min(units, max(4*leastUnits, room/(4*max(1, len(rows)))))
	for _, t := range rows {
		block := o.fitting(t, room-b.Len()-len(title), units)
		if block == "" {
			break
		}
		b.WriteString(block)
		shown++
	}
	if shown == 0 {
		return "", 0
	}
	return title + b.String(), shown
}

// fitting is the block of a test in at most room bytes; "" if it can't be.
func (o EvalOptions) fitting(t eval.Test, room, units int) string {
	for ; units >= leastUnits; units /= 2 {
		if block := o.block(t, units); len(block) <= room {
			return block
		}
	}
	return ""
}

// quoted is a text from outside under a title, as code. Of more than so many
// UTF-16 units the beginning is shown.
func quoted(title, language, text string, units int) string {
	if strings.TrimSpace(text) == "" {
		return title + ": *nothing.*\n\n"
	}
	head, cut := sink.Cut(text, units)
	code := title + ":\n\n" + sink.Code(language, broken(sink.Visible(head))) + "\n\n"
	if cut {
		code += "*Cut here: it has " + thousands(int64(sink.Units(text))) + " characters.*\n\n"
	}
	return code
}

// broken is a text with its long lines broken between words.
func broken(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if sink.Units(line) > readable+1 {
			line = sink.Wrap(line, readable)
		}
		b.WriteString(line)
	}
	return b.String()
}
