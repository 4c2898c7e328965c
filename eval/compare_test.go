package eval

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// rows are the results of one file with a deployment: a test for each verdict, p, f, e,
// u or -.
func rows(file, deployment, verdicts string) (r Results) {
	for i, v := range verdicts {
		r.TestResults = append(r.TestResults, settled(file, deployment, fmt.Sprintf(`{"n":%d}`, i), string(v)))
	}
	r.Sum()
	return r
}

// together are results of several, as a matrix or several files give them.
func together(all ...Results) (r Results) {
	for _, one := range all {
		r.TestResults = append(r.TestResults, one.TestResults...)
	}
	r.Sum()
	return r
}

// changes are what became of each test: b, w, s, n or u.
func changes(r Results) string {
	var b strings.Builder
	for _, t := range r.TestResults {
		b.WriteString(string(t.Change)[:1])
	}
	return b.String()
}

func TestCompareVerdicts(t *testing.T) {
	t.Parallel()
	now, before := rows("a", "x", "ppppffffeeuu--p"), rows("a", "x", "pfeupfeupfpupf")
	Compare(&now, before, "main", 0)
	if got, want := changes(now), "sbuuwsuuuuuuuun"; got != want {
		t.Errorf("%s, not %s", got, want)
	}
	want := Comparison{Against: "main", Better: 1, Worse: 1, Same: 2, New: 1, Unknown: 10, P: 0.75, Significance: 0.05, Says: now.Comparison.Says}
	if *now.Comparison != want {
		t.Errorf("%+v", *now.Comparison)
	}
	if b := now.TestResults[4].Before; *b != (Before{"Hello", Passed, 1, 1}) {
		t.Errorf("%+v", b)
	}
}

// nameless are results as gh-models writes them.
func nameless(r Results) Results {
	for i := range r.TestResults {
		r.TestResults[i].File, r.TestResults[i].Deployment = "", ""
	}
	return r
}

func TestComparePairs(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		now, before Results
		want        string
		gone        int
	}{
		"same file and deployment":             {rows("a", "x", "pf"), rows("a", "x", "ff"), "bs", 0},
		"a row went, one came":                 {rows("a", "x", "pfp"), rows("a", "x", "ff"), "bsn", 0},
		"rows went":                            {rows("a", "x", "p"), rows("a", "x", "fff"), "b", 2},
		"the deployment was changed":           {rows("a", "y", "pf"), rows("a", "x", "ff"), "bs", 0},
		"a matrix beside one deployment":       {together(rows("a", "x", "pf"), rows("a", "y", "ff")), rows("a", "x", "fp"), "bwsw", 0},
		"a matrix beside a matrix":             {together(rows("a", "x", "pf"), rows("a", "y", "ff")), together(rows("a", "y", "fp"), rows("a", "x", "pp")), "swsw", 0},
		"one deployment beside a matrix":       {rows("a", "x", "pf"), together(rows("a", "y", "fp"), rows("a", "x", "pp")), "sw", 2},
		"a deployment that the matrix lacks":   {rows("a", "z", "pf"), together(rows("a", "y", "fp"), rows("a", "x", "pp")), "nn", 4},
		"the file was renamed":                 {rows("b", "x", "pf"), rows("a", "x", "ff"), "bs", 0},
		"another spelling of the file":         {together(rows("a", "x", "p"), rows("d/b", "x", "f")), together(rows("./a", "x", "f"), rows(`d\b`, "x", "f")), "bs", 0},
		"two files, one of them before":        {together(rows("a", "x", "p"), rows("b", "x", "f")), rows("a", "x", "f"), "bn", 0},
		"one of two files has another model":   {together(rows("a", "x", "p"), rows("b", "z", "f")), together(rows("a", "x", "f"), rows("b", "y", "p")), "bw", 0},
		"gh-models":                            {rows("a", "x", "pf"), nameless(rows("a", "x", "ff")), "bs", 0},
		"gh-models beside a matrix":            {together(rows("a", "x", "pf"), rows("a", "y", "ff")), nameless(rows("", "", "fp")), "bwsw", 0},
		"equal rows in turn":                   {together(rows("a", "x", "p"), rows("a", "x", "f"), rows("a", "x", "f")), together(rows("a", "x", "p"), rows("a", "x", "p")), "swn", 0},
		"equal rows, of which there were more": {rows("a", "x", "p"), together(rows("a", "x", "p"), rows("a", "x", "p")), "s", 1},
		"nothing before":                       {rows("a", "x", "pf"), Results{}, "nn", 0},
		"nothing now":                          {Results{}, rows("a", "x", "pf"), "", 2},
	} {
		Compare(&c.now, c.before, "main", 0.05)
		if got := changes(c.now); got != c.want || c.now.Comparison.Gone != c.gone {
			t.Errorf("%s: %s, %d gone, not %s, %d", name, got, c.now.Comparison.Gone, c.want, c.gone)
		}
	}
}

func TestCanonical(t *testing.T) {
	t.Parallel()
	for a, b := range map[string]string{
		`{"a":1,"b":{"c":[1,2],"d":null}}`: `{ "b": {"d": null, "c": [1.0, 2e0]}, "a": 1 }`,
		`{"a":"\u00e4<"}`:                  `{"a":"ä\u003c"}`,
		`{"a":1e400}`:                      `{"a": 1e400}`,
		`{"a":0.10}`:                       `{"a":0.1}`,
	} {
		if canonical(json.RawMessage(a)) != canonical(json.RawMessage(b)) {
			t.Errorf("%s is not %s", a, b)
		}
	}
	for a, b := range map[string]string{
		`{"a":9007199254740993}`: `{"a":9007199254740992}`,
		`{"a":"1"}`:              `{"a":1}`,
		`{"a":[1,2]}`:            `{"a":[2,1]}`,
		`{"a":null}`:             `{}`,
		`{"a"`:                   `{"b"`,
	} {
		if canonical(json.RawMessage(a)) == canonical(json.RawMessage(b)) {
			t.Errorf("%s is %s", a, b)
		}
	}
}

func TestCompareSays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		now, before  string
		significance float64
		regressed    bool
		want         string
	}{
		{"ppp", "ppp", 0, false, "of 3 rows none got worse and none better"},
		{"p", "p", 0, false, "of 1 row none got worse and none better"},
		{"ppp", "pff", 0, false, "no row got worse and 2 better"},
		{"pff", "fpp", 0, false, "2 rows got worse and 1 better; chance alone makes as many worse in 50 % of such runs, so it is no proof (7 worse and 1 better would be)"},
		{"ff", "pf", 0, false, "1 row got worse and none better; chance alone makes as many worse in 50 % of such runs, so it is no proof (5 worse and none better would be)"},
		{"ffffp", "ppppf", 0, false, "4 rows got worse and 1 better; chance alone makes as many worse in 19 % of such runs, so it is no proof (7 worse and 1 better would be)"},
		{"ffffp", "ppppf", 0.2, true, "4 rows got worse and 1 better; chance alone makes as many worse in 19 % of such runs, so this is a regression"},
		{"fffff", "ppppp", 0, true, "5 rows got worse and none better; chance alone makes as many worse in 3.1 % of such runs, so this is a regression"},
		{"fffff", "ppppp", 0.031, false, "5 rows got worse and none better; chance alone makes as many worse in 3.12 % of such runs, so it is no proof (6 worse and none better would be)"},
		{"fffff", "ppppp", 1. / 32, true, "5 rows got worse and none better; chance alone makes as many worse in 3.1 % of such runs, so this is a regression"},
		{strings.Repeat("f", 20), strings.Repeat("p", 20), 0, true, "20 rows got worse and none better; chance alone makes as many worse in less than 0.01 % of such runs, so this is a regression"},
		{"pe", "pp", 0, false, "of 1 row none got worse and none better; 1 row without a verdict, now or in the baseline, can't be compared"},
		{"e", "p", 0, false, "there is nothing to compare: no row has a verdict both now and in the baseline; 1 row without a verdict, now or in the baseline, can't be compared"},
		{"", "p", 0, false, "there is nothing to compare: no row has a verdict both now and in the baseline"},
	} {
		now := rows("a", "x", c.now)
		Compare(&now, rows("a", "x", c.before), "main", c.significance)
		if got := now.Comparison; got.Says != c.want || got.Regressed != c.regressed {
			t.Errorf("%s after %s: %v, %s, not\n%s", c.now, c.before, got.Regressed, got.Says, c.want)
		}
	}
}

// TestCompareOfAMatrix: the same rows with another deployment are no more evidence, and
// of many deployments one gets worse by chance sooner.
func TestCompareOfAMatrix(t *testing.T) {
	t.Parallel()
	bad, fine := "fffffp", "pppppp"
	for _, c := range []struct {
		deployments []string
		p           float64
		want        string
	}{
		{[]string{bad}, 1. / 32, "5 rows got worse and none better; chance alone makes as many worse in 3.1 % of such runs, so this is a regression"},
		{[]string{bad, bad}, 2. / 32, "with a, 5 rows got worse and none better; chance alone makes as many worse in 6.2 % of such runs, so it is no proof (6 worse and none better would be)"},
		{[]string{fine, "ffffff"}, 2. / 64, "with b, 6 rows got worse and none better; chance alone makes as many worse in 3.1 % of such runs, so this is a regression"},
		{[]string{fine, fine}, 1, "of 12 rows none got worse and none better"},
		{[]string{"eeeeee", bad}, 1. / 32, "5 rows got worse and none better; chance alone makes as many worse in 3.1 % of such runs, so this is a regression; 6 rows without a verdict, now or in the baseline, can't be compared"},
	} {
		var all []Results
		for i, verdicts := range c.deployments {
			all = append(all, rows("f", string(rune('a'+i)), verdicts))
		}
		now := together(all...)
		Compare(&now, rows("f", "old", fine), "main", 0)
		if got := now.Comparison; got.P != c.p || got.Says != c.want || got.Regressed != (c.p <= 0.05) {
			t.Errorf("%v: %v, %s, not %v\n%s", c.deployments, got.P, got.Says, c.p, c.want)
		}
	}
}
