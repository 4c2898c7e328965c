package eval

import (
	"strings"
	"testing"
)

// gates are those of r in one text: a line each, with + for an open one.
func gates(r Results) string {
	var b strings.Builder
	for _, g := range r.Gates {
		b.WriteString(map[bool]string{true: "+", false: "-"}[g.Passed] + g.Name + ": " + g.Says + "\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func TestGates(t *testing.T) {
	t.Parallel()
	rate := func(percent float64) *float64 { return &percent }
	greets := map[string]float64{"greets": 50}
	small := rows("a", "small", "pppf")
	for name, c := range map[string]struct {
		Conditions
		r    Results
		want string
	}{
		"all pass":                 {Conditions{}, rows("a", "x", "pp"), "+fail-below: 2 of 2 rows passed (100 %), and at least 100 % must"},
		"one fails":                {Conditions{}, rows("a", "x", "pf"), "-fail-below: 1 of 2 rows passed (50 %), and at least 100 % must"},
		"failures":                 {Conditions{FailOn: "failures"}, rows("a", "x", "pf"), "-fail-below: 1 of 2 rows passed (50 %), and at least 100 % must"},
		"an error is no pass":      {Conditions{}, rows("a", "x", "pe"), "-fail-below: 1 of 2 rows passed (50 %), 1 ended in an error, and at least 100 % must"},
		"exactly enough":           {Conditions{FailBelow: rate(90)}, rows("a", "x", "pppppppppf"), "+fail-below: 9 of 10 rows passed (90 %), and at least 90 % must"},
		"nearly enough":            {Conditions{FailBelow: rate(90.000001)}, rows("a", "x", "pppppppppf"), "-fail-below: 9 of 10 rows passed (90 %), and at least 90.000001 % must"},
		"nothing":                  {Conditions{}, rows("a", "x", ""), "-complete: no row was evaluated"},
		"not asked":                {Conditions{FailBelow: rate(0)}, rows("a", "x", "p-"), "-complete: 1 of 2 rows was not asked\n+fail-below: 1 of 2 rows passed (50 %), and at least 0 % must"},
		"unjudged":                 {Conditions{}, rows("a", "x", "pu"), "+fail-below: 1 of 1 row passed (100 %), and at least 100 % must\n-allow-unjudged: 1 of 2 rows without an evaluator, so without a verdict"},
		"unjudged and allowed":     {Conditions{AllowUnjudged: true}, rows("a", "x", "u"), "+fail-below: no row has a verdict\n+allow-unjudged: 1 of 1 row without an evaluator, so without a verdict"},
		"a threshold alone":        {Conditions{Thresholds: greets}, rows("a", "x", "pf"), "+thresholds: greets passed 1 of 2 answers (50 %), and at least 50 % must"},
		"below a threshold":        {Conditions{Thresholds: greets}, rows("a", "x", "pff"), "-thresholds: greets passed 1 of 3 answers (33.3 %), and at least 50 % must"},
		"errors below a threshold": {Conditions{Thresholds: greets}, rows("a", "x", "pee"), "-thresholds: greets passed 1 of 3 answers (33.3 %), and at least 50 % must"},
		"only errors":              {Conditions{Thresholds: greets}, rows("a", "x", "ee"), "-thresholds: greets passed no answer, and at least 50 % must"},
		"unknown":                  {Conditions{Thresholds: map[string]float64{"b": 10, "greets": 100}}, rows("a", "x", "p"), "-thresholds: b passed no answer, and at least 10 % must"},
		"both":                     {Conditions{Thresholds: greets, FailBelow: rate(60)}, rows("a", "x", "pf"), "-fail-below: 1 of 2 rows passed (50 %), and at least 60 % must\n+thresholds: greets passed 1 of 2 answers (50 %), and at least 50 % must"},
		"a matrix": {
			Conditions{FailBelow: rate(75)},
			together(small, rows("a", "large", "ppff")),
			"-fail-below: large: 2 of 4 rows passed (50 %), and at least 75 % must",
		},
		"a matrix that passes": {
			Conditions{FailBelow: rate(50), Thresholds: map[string]float64{"greets": 50}},
			together(small, rows("a", "large", "ppff")),
			"+fail-below: small: 3 of 4 rows passed (75 %); large: 2 of 4 rows passed (50 %), and at least 50 % must\n" +
				"+thresholds: small: greets passed 3 of 4 answers (75 %); large: greets passed 2 of 4 answers (50 %), and at least 50 % must",
		},
		"many":                           {Conditions{}, rows("a", "x", strings.Repeat("p", 1233)+"f"), "-fail-below: 1,233 of 1,234 rows passed (99.9 %), and at least 100 % must"},
		"regressions without a baseline": {Conditions{FailOn: Regressions}, rows("a", "x", "ff"), "+fail-on: there was no baseline to compare with"},
		"regressions without a baseline, and not asked": {Conditions{FailOn: Regressions}, rows("a", "x", "f-"), "-complete: 1 of 2 rows was not asked\n+fail-on: there was no baseline to compare with"},
	} {
		c.Judge(&c.r)
		if got := gates(c.r); got != c.want {
			t.Errorf("%s:\n%s, not\n%s", name, got, c.want)
		}
	}
}

func TestThresholds(t *testing.T) {
	t.Parallel()
	c := Conditions{Thresholds: map[string]float64{"a": 50, "b": 75}}
	for says, passed := range map[string]int{
		"a passed 3 of 4 answers (75 %), b passed 3 of 4 answers (75 %), and at least 50 % (a), 75 % (b) must":           3,
		"b passed 2 of 4 answers (50 %), and at least 75 % must":                                                         2,
		"a passed 1 of 4 answers (25 %), and at least 50 % must; b passed 1 of 4 answers (25 %), and at least 75 % must": 1,
	} {
		got := c.thresholds([]string{"a", "b"}, []EvaluatorTotal{{Name: "b", Passed: passed, Total: 4}, {Name: "a", Passed: passed, Total: 4}})
		if got.Says != says || got.Passed != (passed == 3) {
			t.Errorf("%v: %s", got.Passed, got.Says)
		}
	}
}

// TestThresholdsOfOwnFiles: a deployment that another file names is not measured by the
// evaluators of this one; a name that no file has is for all.
func TestThresholdsOfOwnFiles(t *testing.T) {
	t.Parallel()
	r := together(rows("a", "x", "pp"), rows("b", "y", "pp"))
	for i := range r.TestResults {
		one := &r.TestResults[i]
		if one.File == "b" {
			one.EvaluationResults[0].EvaluatorName = "polite"
		}
	}
	for name, want := range map[string]string{
		"greets":  "+thresholds: greets passed 2 of 2 answers (100 %), and at least 80 % must",
		"polite":  "+thresholds: polite passed 2 of 2 answers (100 %), and at least 80 % must",
		"nowhere": "-thresholds: x: nowhere passed no answer, and at least 80 % must; y: nowhere passed no answer, and at least 80 % must",
	} {
		Conditions{Thresholds: map[string]float64{name: 80}}.Judge(&r)
		if got := gates(r); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestGateOfARunThatEnded(t *testing.T) {
	t.Parallel()
	r := rows("a", "x", "p-")
	r.Ended = "the budget of 100 tokens is spent"
	Conditions{}.Judge(&r)
	want := "-complete: the evaluation ended early: 1 of 2 rows was not asked\n-fail-below: 1 of 2 rows passed (50 %), and at least 100 % must"
	if got := gates(r); got != want || r.Passed() {
		t.Error(got)
	}
}

// TestGoodEnough: a deployment is judged by what it did itself.
func TestGoodEnough(t *testing.T) {
	t.Parallel()
	r := together(rows("a", "good", "pp"), rows("a", "bad", "pf"), rows("a", "late", "p-"), rows("a", "unjudged", "pu"))
	r.Ended = "it was cancelled"
	atLeast := 50.0
	for _, c := range []struct {
		Conditions
		want string
	}{
		{Conditions{}, "good"},
		{Conditions{FailBelow: &atLeast}, "good bad"},
		{Conditions{FailBelow: &atLeast, AllowUnjudged: true}, "good bad unjudged"},
		{Conditions{Thresholds: map[string]float64{"greets": 80}}, "good"},
	} {
		c.Judge(&r)
		var got []string
		for _, d := range r.Deployments {
			if d.GoodEnough {
				got = append(got, d.Deployment)
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%+v: %v, not %s", c.Conditions, got, c.want)
		}
		if want := c.Thresholds["greets"]; r.Evaluators[0].Threshold != want {
			t.Errorf("threshold %v, not %v", r.Evaluators[0].Threshold, want)
		}
	}
}

func TestGateOnRegressions(t *testing.T) {
	t.Parallel()
	pass := strings.Repeat("p", 10)
	for name, c := range map[string]struct {
		now, before string
		open        bool
		says        string
	}{
		"all fail as before":        {"ffffffffff", "ffffffffff", true, "of 10 rows none got worse"},
		"noise":                     {"ffpfffffff", "ppffffffff", true, "no proof"},
		"worse":                     {"fffffppppp", pass, false, "this is a regression"},
		"a few errors":              {"eeeepppppp", pass, true, "4 rows without a verdict"},
		"few rows, all errors":      {"eee", "ppp", false, "3 rows that might have got worse ended in an error, and there is nothing else to compare"},
		"new rows, all errors":      {"ee", "", false, "2 rows that might have got worse"},
		"too many errors":           {"eeeeeppppp", pass, false, "5 rows that passed in the baseline ended in an error, enough to hide a regression"},
		"errors beside worse rows":  {"effffppppp", pass, false, "1 row that passed in the baseline ended in an error, enough"},
		"errors where it failed":    {"eeeeeeeeee", "ffffffffff", true, "there is nothing to compare"},
		"nothing but errors":        {"eeeeeeeeee", pass, false, "10 rows that might have got worse"},
		"errors beside better rows": {"eeeeeppppp", "pppppfffff", true, "no row got worse and 5 better"},
		"other rows":                {"ff", "", true, "there is nothing to compare"},
	} {
		r := rows("a", "x", c.now)
		Compare(&r, rows("a", "x", c.before), "main", 0)
		Conditions{FailOn: Regressions}.Judge(&r)
		if len(r.Gates) != 1 || r.Gates[0].Passed != c.open || !strings.Contains(r.Gates[0].Says, c.says) {
			t.Errorf("%s: %s", name, gates(r))
		}
	}
}

// TestAsManyBetterIsNoRegression: whatever chance of a false alarm is accepted.
func TestAsManyBetterIsNoRegression(t *testing.T) {
	t.Parallel()
	for now, regressed := range map[string]bool{"fpff": false, "ffff": true} {
		r := rows("a", "x", now)
		Compare(&r, rows("a", "x", "pfff"), "main", 1)
		Conditions{FailOn: Regressions}.Judge(&r)
		if r.Comparison.Regressed != regressed || r.Passed() == regressed {
			t.Errorf("%s: %+v, %s", now, r.Comparison, gates(r))
		}
	}
}

// TestGateAgreesWithTheComparison: where nothing is in error the gate is shut if and
// only if the comparison has a regression.
func TestGateAgreesWithTheComparison(t *testing.T) {
	t.Parallel()
	for bad := range 11 {
		now := together(rows("f", "a", strings.Repeat("f", bad)+strings.Repeat("p", 10-bad)), rows("f", "b", "fppppppppp"))
		Compare(&now, rows("f", "old", "pppppppppp"), "main", 0)
		Conditions{FailOn: Regressions}.Judge(&now)
		if now.Passed() == now.Comparison.Regressed || now.Deployments[0].GoodEnough == now.Comparison.Regressed || !now.Deployments[1].GoodEnough {
			t.Errorf("%d: %+v, %s", bad, now.Comparison, gates(now))
		}
	}
}

func TestPercent(t *testing.T) {
	t.Parallel()
	for c, want := range map[[2]int]string{
		{0, 0}: "0 %", {0, 5}: "0 %", {5, 5}: "100 %", {9, 10}: "90 %", {2, 3}: "66.6 %",
		{9_996, 10_000}: "99.9 %", {999_999, 1_000_000}: "99.9 %", {1, 1_000}: "0.1 %", {1, 1_001}: "under 0.1 %",
	} {
		if got := Percent(c[0], c[1]); got != want {
			t.Errorf("%v: %s, not %s", c, got, want)
		}
	}
}

// TestReaches: what a rate is of decides, not how a float64 rounds.
func TestReaches(t *testing.T) {
	t.Parallel()
	for tenths := range 1_001 {
		percent := float64(tenths) / 10
		if !Reaches(tenths, 1_000, percent) || tenths > 0 && Reaches(tenths-1, 1_000, percent) {
			t.Errorf("%v %%", percent)
		}
	}
	if !Reaches(1_000_000_000, 1_000_000_000, 100) || Reaches(999_999_999, 1_000_000_000, 100) {
		t.Error("of many")
	}
}

func TestParseRate(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]float64{
		"90%": 90, "90 %": 90, " 0.9 ": 90, "1": 100, "1.0": 100, "0": 0, "0%": 0, "1%": 1, "100%": 100, "0.29": 29, ".5": 50, "99.95%": 99.95, "0.123456": 12.3456, "33.3%": 33.3,
	} {
		if got, err := ParseRate(text); got != want || err != nil {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for text, want := range map[string]string{
		"90":        `"90" is no rate: without a percent sign it is a fraction of at most 1; write 90%`,
		"1.5":       `"1.5" is no rate: without a percent sign it is a fraction of at most 1; write 1.5%`,
		"101%":      `"101%" is no rate: it is more than 100%`,
		"500":       `"500" is no rate: it is more than 100%`,
		"":          `"" is no rate: write it like 90%, 99.5% or 0.9`,
		"99,5%":     `"99,5%" is no rate: write it like 90%, 99.5% or 0.9`,
		"-1%":       `"-1%" is no rate: write it like 90%, 99.5% or 0.9`,
		"1e1":       `"1e1" is no rate: write it like 90%, 99.5% or 0.9`,
		"NaN":       `"NaN" is no rate: write it like 90%, 99.5% or 0.9`,
		"most\nall": `"most all" is no rate: write it like 90%, 99.5% or 0.9`,
	} {
		if got, err := ParseRate(text); err == nil || err.Error() != want {
			t.Errorf("%q: %v, %v, not %s", text, got, err, want)
		}
	}
}

func FuzzParseRate(f *testing.F) {
	for _, text := range []string{"90%", "0.9", "1", "100 %", "1e9", ".00000001", "99,5%", "١%"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		percent, err := ParseRate(text)
		if err != nil {
			if percent != 0 || strings.ContainsAny(err.Error(), "\n\r\x1b") || len(err.Error()) > 400 {
				t.Errorf("%q: %v, %q", text, percent, err)
			}
			return
		}
		if !(percent >= 0 && percent <= 100) {
			t.Errorf("%q: %v", text, percent)
		}
		if again, err := ParseRate(RateText(percent)); err != nil || again != percent {
			t.Errorf("%q: %v is read back as %v, %v", text, percent, again, err)
		}
	})
}
