package eval

import (
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/keyless-inference/action/wire"
)

// Regressions is the FailOn that lets everything pass but rows that got worse than the
// baseline, by more than chance explains.
const Regressions = "regressions"

// Conditions are when an evaluation passes. Where none of FailBelow, Thresholds and
// FailOn asks for something else, every row must pass.
type Conditions struct {
	FailBelow     *float64           // the pass rate that it takes, in percent; nil: none is asked for
	Thresholds    map[string]float64 // that of evaluators, by name
	FailOn        string             // Regressions, or "failures", which is "" as well
	AllowUnjudged bool               // rows without an evaluator are all right
}

// Judge fills the gates of r, which [Results.Sum] and, if there is a baseline,
// [Compare] have been through; and the Threshold of its evaluators and what of its
// deployments is GoodEnough.
//
// Each deployment is judged by itself, and a gate is open when it is for all of them. A
// deployment is good enough when all are for it, all of its rows were asked, and one
// passed. It is measured by the thresholds of evaluators that its prompt files have.
//
// These are the gates. "complete" is there only if it is shut: because the evaluation
// ended early, rows were not asked, or there are none. "fail-below" and "thresholds"
// compare counts, not rounded rates; a row or repetition that ended in an error counts
// as one that did not pass. "allow-unjudged" is there if rows have no evaluator.
//
// "fail-on" is shut by a regression alone. A row whose answer is an error today is none,
// since the service may be at fault. But where rows that passed in the baseline end in
// errors, so many that there would be a regression if they had got worse, nobody can
// say that there is none: then it is shut, too, and open once they are answered. It is
// also where rows that are new or passed in the baseline end in errors and there is
// nothing else to compare. With nothing to compare and no error it is open, and says so.
func (c Conditions) Judge(r *Results) {
	for i := range r.Evaluators {
		r.Evaluators[i].Threshold = c.Thresholds[r.Evaluators[i].Name]
	}
	var gates listing[string, []finding]
	complete := completeness(r)
	deployments, known := byDeployment(r.tests()), evaluatorNames(r.tests())
	for _, d := range deployments {
		s := summaryOf(d.tests)
		passed := s.UnaskedTests == 0 && s.PassedTests > 0
		for _, g := range c.gates(d, r.Comparison, comparisons(deployments), known) {
			all := gates.item(g.Name, nil)
			g.deployment = d.deployment
			*all = append(*all, g)
			passed = passed && g.Passed
		}
		r.rate(d.deployment, passed)
	}
	r.Gates = complete
	for _, all := range gates.list {
		r.Gates = append(r.Gates, whole(all))
	}
}

// rate notes whether a deployment is good enough.
func (r *Results) rate(deployment string, enough bool) {
	for i := range r.Deployments {
		if d := &r.Deployments[i]; d.Deployment == deployment {
			d.GoodEnough = enough
		}
	}
}

// A finding is the gate of one deployment.
type finding struct {
	Gate
	short, must string // what is said of it beside others, and what all of them must
	deployment  string
}

// findingOf is a finding that says nothing more than it does beside others.
func findingOf(name string, passed bool, short, must string) finding {
	return finding{Gate: Gate{name, passed, short + must}, short: short, must: must}
}

// atLeast is what it takes, in the words that every gate ends with.
func atLeast(rate string) string { return ", and at least " + rate + " must" }

// whole is one gate for all deployments. Where there are several a shut one tells of
// those that shut it, and an open one of all, in short.
func whole(all []finding) Gate {
	if len(all) == 1 {
		return all[0].Gate
	}
	var shut, open []string
	for _, f := range all {
		if f.Passed {
			open = append(open, f.deployment+": "+f.short)
		} else {
			shut = append(shut, f.deployment+": "+f.Says)
		}
	}
	if shut != nil {
		return Gate{all[0].Name, false, strings.Join(shut, "; ")}
	}
	return Gate{all[0].Name, true, strings.Join(open, "; ") + all[0].must}
}

// completeness is a shut gate for an evaluation that lacks something, or nothing. Why it
// ended is in Ended.
func completeness(r *Results) []Gate {
	var says []string
	if r.Ended != "" {
		says = append(says, "the evaluation ended early")
	}
	if s := r.Summary; s.UnaskedTests > 0 {
		were := map[bool]string{true: "was", false: "were"}[s.UnaskedTests == 1]
		says = append(says, fmt.Sprintf("%s of %s %s not asked", grouped(s.UnaskedTests), countOf(s.TotalTests, "row"), were))
	}
	if len(r.TestResults) == 0 {
		says = append(says, "no row was evaluated")
	}
	if says == nil {
		return []Gate{}
	}
	return []Gate{{Name: "complete", Says: strings.Join(says, ": ")}}
}

// gates are those of one deployment.
func (c Conditions) gates(d part, baseline *Comparison, comparisons int, known map[string][]string) (all []finding) {
	everything := 100.0
	below := c.FailBelow
	if below == nil && len(c.Thresholds) == 0 && c.FailOn != Regressions {
		below = &everything
	}
	if below != nil {
		all = append(all, failBelow(summaryOf(d.tests), *below))
	}
	if names := c.measured(d, known); len(names) > 0 {
		all = append(all, c.thresholds(names, evaluatorsOf(d.tests, known)))
	}
	if c.FailOn == Regressions {
		all = append(all, failOn(d.tests, baseline, comparisons))
	}
	if s := summaryOf(d.tests); s.UnjudgedTests > 0 {
		all = append(all, c.unjudged(s))
	}
	return all
}

func failBelow(s Summary, least float64) finding {
	says := fmt.Sprintf("%s of %s passed (%s)", grouped(s.PassedTests), countOf(s.judged(), "row"), Percent(s.PassedTests, s.judged()))
	if s.ErrorTests > 0 {
		says += fmt.Sprintf(", %s ended in an error", grouped(s.ErrorTests))
	}
	if s.judged() == 0 {
		return findingOf("fail-below", true, "no row has a verdict", "")
	}
	return findingOf("fail-below", Reaches(s.PassedTests, s.judged(), least), says, atLeast(RateText(least)))
}

// measured are the evaluators with a threshold that the deployment is measured by: those
// of its files, and those that no file has.
func (c Conditions) measured(d part, known map[string][]string) (names []string) {
	for _, name := range slices.Sorted(maps.Keys(c.Thresholds)) {
		own, somewhere := false, false
		for file, evaluators := range known {
			has := slices.Contains(evaluators, name)
			somewhere = somewhere || has
			own = own || has && slices.ContainsFunc(d.tests, func(t *Test) bool { return t.File == file })
		}
		if own || !somewhere {
			names = append(names, name)
		}
	}
	return names
}

// thresholds is one gate for the evaluators of these names. One that judged nothing
// doesn't reach its threshold. A shut gate tells of the evaluators that shut it.
func (c Conditions) thresholds(names []string, totals []EvaluatorTotal) finding {
	var shut, open, rates []string
	for _, name := range names {
		least, says := c.Thresholds[name], name+" passed no answer"
		i := slices.IndexFunc(totals, func(t EvaluatorTotal) bool { return t.Name == name })
		if i >= 0 {
			t := totals[i]
			says = fmt.Sprintf("%s passed %s of %s (%s)", name, grouped(t.Passed), countOf(t.Total, "answer"), Percent(t.Passed, t.Total))
		}
		if i < 0 || !Reaches(totals[i].Passed, totals[i].Total, least) {
			shut = append(shut, says+atLeast(RateText(least)))
		}
		open, rates = append(open, says), append(rates, RateText(least)+" ("+name+")")
	}
	if shut != nil {
		return findingOf("thresholds", false, strings.Join(shut, "; "), "")
	}
	must := strings.Join(rates, ", ")
	if len(rates) == 1 {
		must, _, _ = strings.Cut(must, " (")
	}
	return findingOf("thresholds", true, strings.Join(open, ", "), atLeast(must))
}

func failOn(tests []*Test, baseline *Comparison, comparisons int) finding {
	t, fresh, lost := tallyOf(tests), 0, 0
	for _, one := range tests {
		switch {
		case one.Verdict != Errored:
		case one.Before == nil:
			fresh++
		case one.Before.Verdict == Passed:
			lost++
		}
	}
	if t.compared() == 0 && fresh+lost > 0 {
		return findingOf("fail-on", false, countOf(fresh+lost, "row")+" that might have got worse ended in an error, and there is nothing else to compare", "")
	}
	if baseline == nil {
		return findingOf("fail-on", true, "there was no baseline to compare with", "")
	}
	f := findingOf("fail-on", !t.regressed(comparisons, baseline.Significance), t.changes(), "")
	f.Says = t.says(comparisons, baseline.Significance)
	t[Worse] += lost
	if f.Passed && t.regressed(comparisons, baseline.Significance) {
		f.Passed = false
		f.Says += fmt.Sprintf("; %s that passed in the baseline ended in an error, enough to hide a regression", countOf(lost, "row"))
	}
	return f
}

func (c Conditions) unjudged(s Summary) finding {
	says := fmt.Sprintf("%s of %s without an evaluator, so without a verdict", grouped(s.UnjudgedTests), countOf(s.TotalTests, "row"))
	return findingOf("allow-unjudged", c.AllowUnjudged, says, "")
}

// millionths is how finely a rate can be given: parts of a percent.
const millionths = 1e6

// Reaches reports whether part of whole is at least so many percent. It counts in
// millionths of a percent, since 33.3 of 1,000 parts has no exact float64.
func Reaches(part, whole int, percent float64) bool {
	return int64(part)*100*millionths >= int64(math.Round(percent*millionths))*int64(whole)
}

// Percent is a part of a whole for people, as "66.6 %": cut and not rounded, so that it
// never shows more than there is, and 100 % is the whole alone. Of nothing it is "0 %".
func Percent(part, whole int) string {
	tenths := int64(part) * 1000 / int64(max(1, whole))
	if tenths == 0 && part > 0 {
		return "under 0.1 %"
	}
	return RateText(float64(tenths) / 10)
}

// RateText is a rate in percent for people, as it is: "93.3 %".
func RateText(percent float64) string { return strconv.FormatFloat(percent, 'f', -1, 64) + " %" }

// rates is what [ParseRate] reads.
var rates = regexp.MustCompile(`^([0-9]{1,3}(?:\.[0-9]{1,8})?|\.[0-9]{1,8}) ?(%?)$`)

// ParseRate reads a rate, in percent from 0 to 100: "90%", "90 %" and "0.9" are 90. A
// number without a percent sign is a fraction, so "1" is 100 percent, and "90" is
// refused, because nobody should have to guess.
func ParseRate(text string) (percent float64, err error) {
	text = strings.TrimSpace(text)
	parts := rates.FindStringSubmatch(text)
	if parts == nil {
		return 0, fmt.Errorf("%q is no rate: write it like 90%%, 99.5%% or 0.9", wire.Line(text, 40))
	}
	number := parts[1]
	if parts[2] == "" {
		number += "e2" // read at once: 100 times 0.29 is less than 29
	}
	percent, err = strconv.ParseFloat(number, 64)
	switch {
	case err != nil || percent <= 100:
		return percent, err
	case parts[2] == "" && percent <= 100*100:
		return 0, fmt.Errorf("%q is no rate: without a percent sign it is a fraction of at most 1; write %s%%", text, parts[1])
	}
	return 0, fmt.Errorf("%q is no rate: it is more than 100%%", text)
}
