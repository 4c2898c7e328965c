package eval

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Compare puts now beside an earlier evaluation of the same rows: it fills Change and
// Before of each test of now, and its Comparison. Both are settled; against names the
// earlier one for people. A significance of 0 is [DefaultSignificance].
//
// A test is found again by its prompt file, its deployment and its row; the order of
// rows and of their keys doesn't matter, and equal rows are taken in turn. The name of
// the file doesn't count where both sides have just one, or where the earlier results
// know none, as those of gh-models. The deployment doesn't count where the earlier
// results have one for the file, or know none: all of today's are compared with that.
//
// A test without a verdict on one of the sides, passed or failed, is [Unknown]: an
// error proves nothing of the prompt.
func Compare(now *Results, before Results, against string, significance float64) {
	c := &Comparison{Against: against, Significance: cmp.Or(max(0, significance), DefaultSignificance)}
	tests, then := now.tests(), before.tests()
	ids, was := identities(tests), identities(then)
	loose := newLooseness(ids, was)
	earlier := map[identity]*Test{}
	for i, id := range was {
		earlier[loose.of(id)] = then[i]
	}
	found := map[*Test]bool{}
	for i, id := range ids {
		was := earlier[loose.of(id)]
		tests[i].beside(was)
		found[was] = true
	}
	delete(found, nil)
	c.Gone = len(then) - len(found)
	c.fill(tests)
	now.Comparison = c
}

// An identity is what a test is found again by.
type identity struct {
	file, deployment, row string
	n                     int // among those that are equal in the rest
}

func identities(tests []*Test) []identity {
	all, count := make([]identity, len(tests)), map[identity]int{}
	for i, t := range tests {
		id := identity{file: cleaned(t.File), deployment: t.Deployment, row: canonical(t.TestCase)}
		count[id]++
		all[i] = id
		all[i].n = count[id]
	}
	return all
}

// cleaned is the same path for every spelling of it.
func cleaned(file string) string {
	if file == "" {
		return ""
	}
	return path.Clean(strings.ReplaceAll(file, `\`, "/"))
}

// canonical is the same text for every spelling of the same JSON: keys are sorted, and
// a number is written in one way, 1.0 as 1. What is no JSON stays as it is.
func canonical(raw json.RawMessage) string {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber() // a float64 would make long ids equal
	var v any
	if d.Decode(&v) != nil {
		return string(raw)
	}
	text, err := json.Marshal(plainly(v))
	if err != nil {
		return string(raw)
	}
	return string(text)
}

// plainly writes the numbers within v in one way.
func plainly(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key := range v {
			v[key] = plainly(v[key])
		}
	case []any:
		for i := range v {
			v[i] = plainly(v[i])
		}
	case json.Number:
		f, err := v.Float64()
		if _, whole := strconv.ParseInt(v.String(), 10, 64); whole == nil || err != nil {
			return v
		}
		if f == math.Trunc(f) && math.Abs(f) < 1<<53 {
			return int64(f)
		}
		return f
	}
	return v
}

// A looseness is which parts of an identity don't count.
type looseness struct {
	files bool
	known map[string]map[string]bool // the deployments of the earlier results, by file
}

func newLooseness(now, then []identity) looseness {
	l := looseness{known: map[string]map[string]bool{}}
	today, earlier := map[string]bool{}, map[string]bool{}
	for _, id := range now {
		today[id.file] = true
	}
	for _, id := range then {
		earlier[id.file] = true
	}
	l.files = len(earlier) == 1 && (earlier[""] || len(today) == 1)
	for _, id := range then {
		file := l.file(id)
		if l.known[file] == nil {
			l.known[file] = map[string]bool{}
		}
		l.known[file][id.deployment] = true
	}
	return l
}

func (l looseness) file(id identity) string {
	if l.files {
		return ""
	}
	return id.file
}

// of is the identity without what doesn't count.
func (l looseness) of(id identity) identity {
	id.file = l.file(id)
	if len(l.known[id.file]) == 1 {
		id.deployment = ""
	}
	return id
}

// beside says what became of the test since the earlier one, nil if there is none.
func (t *Test) beside(was *Test) {
	if was == nil {
		t.Change, t.Before = New, nil
		return
	}
	t.Change = changeOf(was.Verdict, t.Verdict)
	t.Before = &Before{ModelResponse: was.ModelResponse, Verdict: was.Verdict, Passes: was.Passes, Runs: was.Runs}
}

func changeOf(was, is Verdict) Change {
	verdicts := []Verdict{Passed, Failed}
	switch {
	case !slices.Contains(verdicts, was), !slices.Contains(verdicts, is):
		return Unknown
	case was == is:
		return Same
	case is == Passed:
		return Better
	}
	return Worse
}

// fill counts the tests and judges them.
func (c *Comparison) fill(tests []*Test) {
	all := tallyOf(tests)
	c.Better, c.Worse, c.Same, c.New, c.Unknown = all[Better], all[Worse], all[Same], all[New], all[Unknown]
	deployments := byDeployment(tests)
	n := comparisons(deployments)
	c.P, c.Regressed, c.Says = all.p(n), all.regressed(n, c.Significance), all.says(n, c.Significance)
	if n == 1 || all[Worse]+all[Better] == 0 {
		return
	}
	worst := slices.MinFunc(deployments, func(a, b part) int {
		s, t := tallyOf(a.tests), tallyOf(b.tests)
		return cmp.Or(cmp.Compare(s.p(n), t.p(n)), cmp.Compare(t[Worse]+t[Better], s[Worse]+s[Better]))
	})
	t := tallyOf(worst.tests)
	c.P, c.Regressed, c.Says = t.p(n), t.regressed(n, c.Significance), "with "+worst.deployment+", "+t.says(n, c.Significance)
}

// A part of the tests is those of one deployment.
type part struct {
	deployment string
	tests      []*Test
}

func byDeployment(tests []*Test) []part {
	var parts listing[string, part]
	for _, t := range tests {
		p := parts.item(t.Deployment, part{deployment: t.Deployment})
		p.tests = append(p.tests, t)
	}
	return parts.list
}

// comparisons is in how many deployments there is something to compare, at least 1.
func comparisons(deployments []part) (n int) {
	for _, d := range deployments {
		if tallyOf(d.tests).compared() > 0 {
			n++
		}
	}
	return max(1, n)
}

// A tally counts tests by what became of them.
type tally map[Change]int

func tallyOf(tests []*Test) tally {
	t := tally{}
	for _, one := range tests {
		t[one.Change]++
	}
	return t
}

func (t tally) compared() int { return t[Better] + t[Worse] + t[Same] }

// p is how often chance alone makes as many worse, where it has n chances to.
func (t tally) p(n int) float64 { return min(1, float64(n)*chance(t[Worse], t[Better])) }

func (t tally) regressed(n int, significance float64) bool {
	return t[Worse] > t[Better] && t.p(n) <= significance
}

// says is the tally for people.
func (t tally) says(n int, significance float64) string {
	text := t.changes() + t.proof(n, significance)
	if unknown := t[Unknown]; unknown > 0 {
		text += fmt.Sprintf("; %s without a verdict, now or in the baseline, can't be compared", countOf(unknown, "row"))
	}
	return text
}

func (t tally) changes() string {
	switch {
	case t.compared() == 0:
		return "there is nothing to compare: no row has a verdict both now and in the baseline"
	case t[Worse]+t[Better] == 0:
		return fmt.Sprintf("of %s none got worse and none better", countOf(t.compared(), "row"))
	case t[Worse] == 0:
		return fmt.Sprintf("no row got worse and %s better", grouped(t[Better]))
	}
	return fmt.Sprintf("%s got worse and %s better", countOf(t[Worse], "row"), orNone(t[Better]))
}

// proof says whether that so many got worse is proof of a regression.
func (t tally) proof(n int, significance float64) string {
	if t[Worse] <= t[Better] {
		return ""
	}
	how := fmt.Sprintf("; chance alone makes as many worse in %s of such runs, so ", chanceText(t.p(n), significance))
	if t.regressed(n, significance) {
		return how + "this is a regression"
	}
	return how + fmt.Sprintf("it is no proof (%s worse and %s better would be)", grouped(enough(t[Better], significance/float64(n))), orNone(t[Better]))
}

// countOf is a number of things.
func countOf(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return grouped(n) + " " + thing
}

// grouped is a number for people, its digits in groups of three.
func grouped(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%s,%03d", grouped(n/1000), n%1000)
}

func orNone(n int) string {
	if n == 0 {
		return "none"
	}
	return grouped(n)
}

// chanceText is a probability in percent, with as many digits as it takes to be seen on
// the same side of the limit.
func chanceText(p, limit float64) string {
	if p < min(limit, 1e-3)/10 {
		return "less than 0.01 %"
	}
	for digits := 2; ; digits++ {
		short, _ := strconv.ParseFloat(strconv.FormatFloat(100*p, 'g', digits, 64), 64)
		if digits == 17 || (short <= 100*limit) == (p <= limit) {
			return strconv.FormatFloat(short, 'f', -1, 64) + " %"
		}
	}
}
