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
// deployment is good enough when all are for it and all of its rows were asked.
//
// These are the gates. "complete" is there only if it is shut: because the evaluation
// ended early, rows were not asked, or there are none. "fail-below" and "thresholds"
// compare counts, not rounded rates; a row or repetition that ended in an error counts
// as one that did not pass. "allow-unjudged" is there if rows have no evaluator.
//
// "fail-on" is shut by a regression alone. A row whose answer is an error today is none,
// since the service may be at fault. But where rows that passed in the baseline end in
// errors, so many that there would be a regression if they had got worse, nobody can
// say that there is none: then it is shut, too, and open once they are answered. Where
// there is nothing to compare it is open, and says so.
func (c Conditions) Judge(r *Results) {
	for i := range r.Evaluators {
		r.Evaluators[i].Threshold = c.Thresholds[r.Evaluators[i].Name]
	}
	var gates listing[string, []partial]
	complete := completeness(r)
	deployments, known := byDeployment(r.tests()), evaluatorNames(r.tests())
	for _, d := range deployments {
		passed := summaryOf(d.tests).UnaskedTests == 0
		for _, g := range c.gates(d, r.Comparison, comparisons(deployments), known) {
			all := gates.item(g.Name, nil)
			*all = append(*all, partial{d.deployment, g})
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

// A partial gate is that of one deployment.
type partial struct {
	deployment string
	Gate
}

// whole is one gate for all deployments, which are named where there are several.
func whole(all []partial) Gate {
	g := Gate{Name: all[0].Name, Passed: true}
	var says []string
	for _, p := range all {
		g.Passed = g.Passed && p.Passed
		if len(all) > 1 {
			p.Says = p.deployment + ": " + p.Says
		}
		says = append(says, p.Says)
	}
	g.Says = strings.Join(says, "; ")
	return g
}

// completeness is a shut gate for an evaluation that lacks something, or nothing.
func completeness(r *Results) []Gate {
	var missing []string
	if r.Ended != "" {
		missing = append(missing, "the evaluation ended early: "+r.Ended)
	}
	if s := r.Summary; s.UnaskedTests > 0 {
		missing = append(missing, fmt.Sprintf("%d of %s not asked", s.UnaskedTests, countOf(s.TotalTests, "row")))
	}
	if len(r.TestResults) == 0 {
		missing = append(missing, "no row was evaluated")
	}
	if missing == nil {
		return []Gate{}
	}
	return []Gate{{Name: "complete", Says: strings.Join(missing, "; ")}}
}

// gates are those of one deployment.
func (c Conditions) gates(d part, baseline *Comparison, comparisons int, known map[string][]string) (all []Gate) {
	everything := 100.0
	below := c.FailBelow
	if below == nil && len(c.Thresholds) == 0 && c.FailOn != Regressions {
		below = &everything
	}
	if below != nil {
		all = append(all, failBelow(summaryOf(d.tests), *below))
	}
	if len(c.Thresholds) > 0 {
		all = append(all, c.thresholds(evaluatorsOf(d.tests, known)))
	}
	if c.FailOn == Regressions {
		all = append(all, failOn(d.tests, baseline, comparisons))
	}
	if s := summaryOf(d.tests); s.UnjudgedTests > 0 {
		all = append(all, c.unjudged(s))
	}
	return all
}

func failBelow(s Summary, least float64) Gate {
	says := fmt.Sprintf("%d of %s passed (%s); it takes %s", s.PassedTests, countOf(s.judged(), "row"), Percent(s.PassedTests, s.judged()), RateText(least))
	if s.ErrorTests > 0 {
		says += fmt.Sprintf("; %s ended in an error", countOf(s.ErrorTests, "row"))
	}
	if s.judged() == 0 {
		return Gate{"fail-below", true, "no row has a verdict"}
	}
	return Gate{"fail-below", Reaches(s.PassedTests, s.judged(), least), says}
}

// thresholds is one gate for all evaluators that have a threshold. One that judged
// nothing doesn't reach it.
func (c Conditions) thresholds(totals []EvaluatorTotal) Gate {
	g := Gate{"thresholds", true, ""}
	var says []string
	for _, name := range slices.Sorted(maps.Keys(c.Thresholds)) {
		least, text := c.Thresholds[name], "no answer"
		i := slices.IndexFunc(totals, func(t EvaluatorTotal) bool { return t.Name == name })
		if i >= 0 {
			t := totals[i]
			text = fmt.Sprintf("%d of %s (%s)", t.Passed, countOf(t.Total, "answer"), Percent(t.Passed, t.Total))
		}
		g.Passed = g.Passed && i >= 0 && Reaches(totals[i].Passed, totals[i].Total, least)
		says = append(says, fmt.Sprintf("%s passed %s and takes %s", name, text, RateText(least)))
	}
	g.Says = strings.Join(says, ", ")
	return g
}

func failOn(tests []*Test, baseline *Comparison, comparisons int) Gate {
	if baseline == nil {
		return Gate{"fail-on", true, "there was no baseline to compare with"}
	}
	t := tallyOf(tests)
	says := t.says(comparisons, baseline.Significance)
	if t.regressed(comparisons, baseline.Significance) {
		return Gate{"fail-on", false, says}
	}
	lost := 0
	for _, one := range tests {
		if one.Change == Unknown && one.Verdict == Errored && one.Before != nil && one.Before.Verdict == Passed {
			lost++
		}
	}
	t[Worse] += lost
	if t.regressed(comparisons, baseline.Significance) {
		says += fmt.Sprintf("; %s that passed in the baseline ended in an error, enough to hide a regression", countOf(lost, "row"))
		return Gate{"fail-on", false, says}
	}
	return Gate{"fail-on", true, says}
}

func (c Conditions) unjudged(s Summary) Gate {
	says := fmt.Sprintf("%d of %s without an evaluator, so without a verdict", s.UnjudgedTests, countOf(s.TotalTests, "row"))
	return Gate{"allow-unjudged", c.AllowUnjudged, says}
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
