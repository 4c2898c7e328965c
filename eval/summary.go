package eval

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Repetitions are how often the test was asked: Repeated, or, of one that is asked
// once, what the test itself has.
func (t *Test) Repetitions() []Repeat {
	if len(t.Repeated) > 0 {
		return t.Repeated
	}
	return []Repeat{{t.ModelResponse, t.EvaluationResults, t.Verdict, t.Error, t.FinishReason, t.Seconds, t.Usage}}
}

// VerdictOf is what an answer comes to by what its evaluators say. err is why there
// is no answer, or not all of it. One evaluator that isn't content fails it, even
// where another could not tell: whatever that had said, it would not have passed.
func VerdictOf(e []Evaluation, err string) Verdict {
	switch {
	case err != "":
		return Errored
	case len(e) == 0:
		return Unjudged
	case slices.ContainsFunc(e, func(e Evaluation) bool { return !e.Passed && e.Error == "" }):
		return Failed
	case slices.ContainsFunc(e, func(e Evaluation) bool { return e.Error != "" }):
		return Errored
	}
	return Passed
}

// Settle sets the verdicts of the repetitions and of the test, Runs and Passes. A
// repetition that was not asked must say so in its Verdict (a test without Repeated, in
// its own); all others get theirs by [VerdictOf]. A MinPass of 0 becomes Runs. Where
// Repeated is there, what the test has of its first repetition is copied from it, Usage
// becomes the sum of theirs, and Repeated goes if it is only one.
//
// The test has failed when so many repetitions failed that MinPass can't be reached
// any more. As long as repetitions without a verdict could still reach it, nobody
// knows: it is an error, or unasked.
func (t *Test) Settle() {
	all, count := t.Repetitions(), map[Verdict]int{}
	t.Usage, t.Error = Usage{}, ""
	for i := range all {
		r := &all[i]
		if r.Verdict != Unasked {
			r.Verdict = VerdictOf(r.EvaluationResults, r.Error)
		}
		r.EvaluationResults = orEmpty(r.EvaluationResults)
		count[r.Verdict]++
		t.Usage.add(r.Usage)
		t.Error = cmp.Or(t.Error, r.Error)
	}
	t.ModelResponse, t.EvaluationResults = all[0].ModelResponse, all[0].EvaluationResults
	t.FinishReason, t.Seconds = all[0].FinishReason, all[0].Seconds
	t.Runs, t.Passes = len(all), count[Passed]
	t.MinPass = cmp.Or(max(t.MinPass, 0), t.Runs)
	if t.Verdict = t.verdict(count); t.Verdict == Passed {
		t.Error = "" // that of a repetition is in Repeated
	}
	if len(t.Repeated) == 1 {
		t.Repeated = nil
	}
}

func (t *Test) verdict(count map[Verdict]int) Verdict {
	switch {
	case count[Unjudged] == t.Runs:
		return Unjudged
	case count[Passed] >= t.MinPass:
		return Passed
	case t.Runs-count[Failed] < t.MinPass:
		return Failed
	case count[Errored] > 0:
		return Errored
	}
	return Unasked
}

// orEmpty is an empty list for none, since JSON tells the two apart and readers don't
// expect null.
func orEmpty[T any](all []T) []T {
	if all == nil {
		return []T{}
	}
	return all
}

// Flaky reports whether some repetitions passed and some failed. Those without a
// verdict say nothing of the prompt.
func (t *Test) Flaky() bool {
	failed := func(r Repeat) bool { return r.Verdict == Failed }
	return t.Passes > 0 && slices.ContainsFunc(t.Repetitions(), failed)
}

// Sum fills everything that follows from the tests: Name, Description, Model, Summary,
// Groups, Deployments, Evaluators and Usage. Groups may be there already, with what
// the prompt files say of themselves; those that are missing are added. The tests must
// be settled. What [Conditions.Judge] fills is empty afterwards.
func (r *Results) Sum() {
	tests := r.tests()
	r.TestResults, r.Gates = orEmpty(r.TestResults), []Gate{}
	r.Summary = summaryOf(tests)
	r.sumGroups(tests)
	r.sumDeployments(tests)
	r.Evaluators = evaluatorsOf(tests, evaluatorNames(tests))
	r.Usage = Usage{}
	for _, t := range tests {
		r.Usage.add(t.Usage)
	}
	r.entitle()
}

func (r *Results) tests() []*Test {
	all := make([]*Test, len(r.TestResults))
	for i := range r.TestResults {
		all[i] = &r.TestResults[i]
	}
	return all
}

func (u *Usage) add(v Usage) {
	u.Prompt += v.Prompt
	u.Completion += v.Completion
	u.Total += v.Total
}

func summaryOf(tests []*Test) (s Summary) {
	for _, t := range tests {
		s.add(t)
	}
	return s
}

// add counts a test.
func (s *Summary) add(t *Test) {
	s.TotalTests++
	switch t.Verdict {
	case Passed:
		s.PassedTests++
	case Unjudged:
		s.UnjudgedTests++
	case Errored:
		s.ErrorTests++
		s.FailedTests++
	case Unasked:
		s.UnaskedTests++
		s.FailedTests++
	default:
		s.FailedTests++
	}
	if t.Flaky() {
		s.FlakyTests++
	}
	s.PassRate = rateOf(s.PassedTests, s.judged())
}

// judged are the tests that the pass rate is of.
func (s *Summary) judged() int { return s.PassedTests + s.FailedTests }

// rateOf is in percent, 0 of nothing. It is 100 for the whole alone.
func rateOf(part, whole int) float64 { return 100 * float64(part) / float64(max(1, whole)) }

// A listing is a list of things that have a name each, in the order in which they came.
type listing[K comparable, T any] struct {
	at   map[K]int
	list []T
}

// item is the thing of that name, which is valid until the next call; a fresh one is
// added where there is none.
func (t *listing[K, T]) item(name K, fresh T) *T {
	i, known := t.at[name]
	if !known {
		if t.at == nil {
			t.at = map[K]int{}
		}
		i, t.list = len(t.list), append(t.list, fresh)
		t.at[name] = i
	}
	return &t.list[i]
}

func (r *Results) sumGroups(tests []*Test) {
	groups := listing[[2]string, Group]{list: []Group{}}
	for _, g := range r.Groups {
		g.Summary = Summary{}
		groups.item([2]string{g.File, g.Deployment}, g)
	}
	for _, t := range tests {
		groups.item([2]string{t.File, t.Deployment}, Group{File: t.File, Deployment: t.Deployment}).Summary.add(t)
	}
	r.Groups = groups.list
}

func (r *Results) sumDeployments(tests []*Test) {
	totals := listing[string, DeploymentTotal]{list: []DeploymentTotal{}}
	for _, g := range r.Groups {
		totals.item(g.Deployment, DeploymentTotal{Deployment: g.Deployment})
	}
	seconds := map[string][]float64{}
	for _, t := range tests {
		d := totals.item(t.Deployment, DeploymentTotal{})
		d.Summary.add(t)
		d.Usage.add(t.Usage)
		for _, a := range t.Repetitions() {
			if a.Error == "" && a.Seconds > 0 {
				seconds[t.Deployment] = append(seconds[t.Deployment], a.Seconds)
			}
		}
	}
	for i := range totals.list {
		d := &totals.list[i]
		d.Median, d.Slow = quantiles(seconds[d.Deployment])
	}
	r.Deployments = totals.list
}

// quantiles are the median, and what 19 of 20 values don't exceed (nearest rank); 0 of
// none.
func quantiles(values []float64) (median, slow float64) {
	n := len(values)
	if n == 0 {
		return 0, 0
	}
	slices.Sort(values)
	return (values[(n-1)/2] + values[n/2]) / 2, values[(19*n+19)/20-1]
}

// evaluatorsOf are the evaluators over the repetitions of tests, those not asked left
// out. Where there is no answer none of those that the prompt file is known to have
// could tell: an error must not make a rate better.
func evaluatorsOf(tests []*Test, known map[string][]string) []EvaluatorTotal {
	totals := listing[string, EvaluatorTotal]{list: []EvaluatorTotal{}}
	for _, t := range tests {
		for _, a := range t.Repetitions() {
			for _, e := range a.EvaluationResults {
				totals.item(e.EvaluatorName, EvaluatorTotal{Name: e.EvaluatorName, Kind: e.Kind}).add(e)
			}
			if a.Verdict == Errored && len(a.EvaluationResults) == 0 {
				for _, name := range known[t.File] {
					totals.item(name, EvaluatorTotal{Name: name}).unable(1)
				}
			}
		}
	}
	return totals.list
}

// evaluatorNames are the evaluators of each prompt file, as far as answers show them.
func evaluatorNames(tests []*Test) map[string][]string {
	names := map[string][]string{}
	for _, t := range tests {
		for _, a := range t.Repetitions() {
			for _, e := range a.EvaluationResults {
				if !slices.Contains(names[t.File], e.EvaluatorName) {
					names[t.File] = append(names[t.File], e.EvaluatorName)
				}
			}
		}
	}
	return names
}

// add counts an evaluation.
func (t *EvaluatorTotal) add(e Evaluation) {
	if t.Kind == "" {
		t.Kind = e.Kind
	}
	if !slices.Contains(strings.Split(t.Kind, ", "), e.Kind) { // several files may use a name
		t.Kind += ", " + e.Kind
	}
	if e.Error != "" {
		t.unable(1)
		return
	}
	if e.Passed {
		t.Passed++
	} else {
		t.Failed++
	}
	n := float64(t.Passed + t.Failed)
	t.MeanScore += e.Score/n - t.MeanScore/n // of parts, as a sum of large scores would be infinite
	t.unable(0)
}

// unable counts answers of which the evaluator could not tell.
func (t *EvaluatorTotal) unable(n int) {
	t.Errors += n
	t.Total = t.Passed + t.Failed + t.Errors
	t.PassRate = rateOf(t.Passed, t.Total)
}

// entitle says what the results as a whole are of.
func (r *Results) entitle() {
	var files, names listing[string, string]
	for _, g := range r.Groups {
		files.item(g.File, g.File)
	}
	for _, d := range r.Deployments {
		names.item(d.Deployment, d.Deployment)
	}
	r.Model = strings.Join(names.list, ", ")
	switch len(files.list) {
	case 0: // nothing was evaluated
	case 1:
		r.Name, r.Description = r.Groups[0].Name, r.Groups[0].Description
	default:
		r.Name, r.Description = fmt.Sprintf("%d prompt files", len(files.list)), ""
	}
}
