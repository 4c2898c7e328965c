package migration

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/keyless-inference/action/migration/rule"
	"github.com/keyless-inference/action/migration/scan"
)

var today = time.Date(2026, 11, 21, 23, 59, 0, 0, time.UTC)

// use is what the tests' findings are found by: KL301 where a line has key, and
// KL302 where it has env.
func use(name, text string) (all []Finding) {
	for i, line := range strings.Split(text, "\n") {
		for word, id := range map[string]string{"KEY": "KL301", "ENV": "KL302"} {
			if at := strings.Index(line, word); at >= 0 {
				all = append(all, Finding{Rule: id, Severity: rule.Error, File: name, Line: i + 1, Column: at + 1, EndLine: i + 1, EndColumn: at + 4})
			}
		}
	}
	return all
}

// told is the findings in a few words.
func told(findings []Finding) string {
	var all []string
	for _, f := range findings {
		if f.Rule == allowedRule {
			all = append(all, fmt.Sprintf("%d:%d %v: %s", f.Line, f.Column, f.Severity, strings.TrimPrefix(f.Message, "keyless:allow ")))
		} else {
			all = append(all, fmt.Sprintf("%d %s", f.Line, f.Rule))
		}
	}
	return strings.Join(all, "\n")
}

func TestAllow(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, file, text, want string
		ignored                int
	}{
		{"hash", "a.py", "x = KEY  # keyless:allow KL301 reason=old", "", 1},
		{"slashes", "a.go", "x(KEY) // keyless:allow KL301 until=2026-11-21 reason=\"of old\"", "", 1},
		{"no space", "a.go", "x(KEY) //keyless:allow KL301 reason=old", "", 1},
		{"block", "a.ts", "x(KEY) /* keyless:allow KL301 reason=old */ + y", "", 1},
		{"block, several lines", "a.ts", "/*\n * keyless:allow KL301 reason=old\n */ x(KEY)", "", 1},
		{"dashes", "a.sql", "KEY -- keyless:allow KL301 reason=old", "", 1},
		{"markup", "a.md", "KEY <!-- keyless:allow KL301 reason=old -->", "", 1},
		{"semicolon", "a.ini", "; keyless:allow KL301 reason=old\nx = KEY", "", 1},
		{"percent", "a.tex", "KEY % keyless:allow KL301 reason=old", "", 1},
		{"rem", "a.bat", "rem keyless:allow KL301 reason=old\nset x=KEY", "", 1},
		{"braces", "a.tsx", "  {/* keyless:allow KL301 reason=old */}\n  <a b={KEY}>", "", 1},
		{"helm", "a.yaml", "{{- /* keyless:allow KL301 reason=old */ -}}\nKEY", "", 1},
		{"handlebars", "a.hbs", "{{!-- keyless:allow KL301 reason=old --}}\nKEY", "", 1},
		{"behind another", "a.py", "x = KEY  # noqa: E501  # keyless:allow KL301 reason=old", "", 1},
		{"notebook", "a.ipynb", "   \"# keyless:allow KL301 reason=old\\n\",\n   \"x = KEY\"", "", 1},
		{"notebook without reason", "a.ipynb", "   \"# keyless:allow KL301 reason=\\n\",\n   \"x = KEY\"", "2 KL301\n1:7 error: gives no reason, so it allows nothing", 0},
		{"carriage returns", "a.py", "# keyless:allow KL301 reason=old\r\nx = KEY\r\n", "", 1},
		{"several rules", "a.py", "x = KEY ENV  # keyless:allow KL301,KL302 reason=old", "", 2},
		{"several rules, spaces", "a.py", "x = KEY ENV  # keyless:allow KL301, KL302 until=2027-01-31 reason=old", "", 2},
		{"stacked", "a.py", "# keyless:allow KL301 reason=a\n# keyless:allow KL302 reason=b\nx = KEY ENV", "", 2},
		{"above and behind", "a.py", "# keyless:allow KL301 reason=a\nx = KEY ENV # keyless:allow KL302 reason=b", "", 2},

		{"other rule", "a.py", "x = KEY  # keyless:allow KL302 reason=old", "1 KL301\n1:12 info: KL302 is not needed: nothing of that is found here", 0},
		{"partly", "a.py", "x = KEY  # keyless:allow KL301 KL302 reason=old", "1:12 info: KL302 is not needed: nothing of that is found here", 1},
		{"not alone", "a.py", "y = 1  # keyless:allow KL301 reason=old\nx = KEY", "2 KL301\n1:10 info: KL301 is not needed: nothing of that is found here", 0},
		{"blank line between", "a.py", "# keyless:allow KL301 reason=old\n\nx = KEY", "3 KL301\n1:3 info: KL301 is not needed: nothing of that is found here", 0},
		{"end of a call", "a.py", ")  # keyless:allow KL301 reason=old\nx = KEY", "2 KL301\n1:6 info: KL301 is not needed: nothing of that is found here", 0},
		{"no reason", "a.py", "x = KEY  # keyless:allow KL301 until=2027-01-31", "1 KL301\n1:12 error: gives no reason, so it allows nothing", 0},
		{"empty reason", "a.py", "x = KEY  # keyless:allow KL301 reason=\"\"", "1 KL301\n1:12 error: gives no reason, so it allows nothing", 0},
		{"empty reason in a block", "a.c", "x = KEY  /* keyless:allow KL301 reason= */", "1 KL301\n1:13 error: gives no reason, so it allows nothing", 0},
		{"no rule", "a.py", "x = KEY  # keyless:allow reason=old", "1 KL301\n1:12 error: names no rule, so it allows nothing", 0},
		{"nothing", "a.py", "x = KEY  # keyless:allow", "1 KL301\n1:12 error: names no rule, so it allows nothing", 0},
		{"unknown rule", "a.py", "x = KEY  # keyless:allow KL301,KL999 reason=old", "1 KL301\n1:12 error: names KL999, which is no rule that can be allowed, so it allows nothing", 0},
		{"itself", "a.py", "x = KEY  # keyless:allow KL801 reason=old", "1 KL301\n1:12 error: names KL801, which is no rule that can be allowed, so it allows nothing", 0},
		{"a word", "a.py", "x = KEY  # keyless:allow sk-secret KL301 reason=old", "1 KL301\n1:12 error: has a word that is neither a rule nor until= nor reason=, so it allows nothing", 0},
		{"no date", "a.py", "x = KEY  # keyless:allow KL301 until= reason=old", "1 KL301\n1:12 error: has a date that is not written YYYY-MM-DD, so it allows nothing", 0},
		{"bad date", "a.py", "x = KEY  # keyless:allow KL301 until=31.1.2027 reason=old", "1 KL301\n1:12 error: has a date that is not written YYYY-MM-DD, so it allows nothing", 0},
		{"no such date", "a.py", "x = KEY  # keyless:allow KL301 until=2027-02-30 reason=old", "1 KL301\n1:12 error: has a date that is not written YYYY-MM-DD, so it allows nothing", 0},
		{"expired", "a.py", "x = KEY  # keyless:allow KL301 until=2026-11-20 reason=old", "1 KL301\n1:12 error: ended on 2026-11-20, so it allows nothing", 0},
		{"date behind the reason", "a.py", "x = KEY  # keyless:allow KL301 reason=old until=2026-01-01", "1 KL301\n1:12 error: has until= behind the reason, so it allows nothing", 0},
		{"date behind a quoted reason", "a.py", "x = KEY  # keyless:allow KL301 reason='old' until=2026-01-01", "1 KL301\n1:12 error: has until= behind the reason, so it allows nothing", 0},

		{"no comment", "a.py", "x = \"keyless:allow KL301 reason=old\" + KEY", "1 KL301", 0},
		{"another word", "a.py", "KEY # keyless:allowed KL301 reason=old", "1 KL301", 0},
		{"in the middle", "a.py", "KEY # see keyless:allow KL301 reason=old", "1 KL301", 0},
		{"example in a document", "docs/a.md", "# keyless:allow KL301 reason=old\nKEY", "2 KL301", 0},
		{"workflow in Markdown", ".github/workflows/a.md", "# keyless:allow KL301 reason=old\nKEY", "", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			kept, ignored := Allow(use(c.file, c.text), c.file, []byte(c.text), today)
			if got := told(kept); got != c.want || ignored != c.ignored {
				t.Errorf("%q\ngot  %d ignored and\n%s\nwant %d ignored and\n%s", c.text, ignored, got, c.ignored, c.want)
			}
		})
	}
}

// TestAllowWithinACall: a finding of several lines is allowed on any of them.
func TestAllowWithinACall(t *testing.T) {
	t.Parallel()
	text := "c = Client(\n    # keyless:allow KL301 reason=old\n    key=key,\n)"
	for lines, want := range map[[2]int]int{{1, 4}: 1, {3, 3}: 1, {3, 0}: 1, {4, 4}: 0, {1, 1}: 0} {
		_, ignored := Allow([]Finding{{Rule: "KL301", File: "a.py", Line: lines[0], EndLine: lines[1]}}, "a.py", []byte(text), today)
		if ignored != want {
			t.Errorf("lines %v: %d ignored", lines, ignored)
		}
	}
}

func TestAllowOfMany(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("# keyless:allow KL301\n", 1000)
	kept, _ := Allow(nil, "a.py", []byte(text), today)
	full := strings.Repeat("# keyless:allow KL301 reason=x\n", mostComments)
	for _, line := range []string{"KEY", "# keyless:allow KL301 reason=x\nKEY"} {
		text := full + "x\n" + line
		if kept, ignored := Allow(use("a.py", text), "a.py", []byte(text), today); ignored != 0 || kept[0].Rule != "KL301" {
			t.Errorf("%d are ignored behind too many comments", ignored)
		}
	}
	if len(kept) != mostNotices || !strings.HasSuffix(kept[mostNotices-1].Message, " (and 900 more such comments in this file)") {
		t.Errorf("%d findings, the last %+v", len(kept), kept[len(kept)-1])
	}
}

// FuzzAllow: a finding is either kept or counted, and no word of a comment but
// ids and dates gets into a message.
func FuzzAllow(f *testing.F) {
	f.Add("a.py", "x = KEY  # keyless:allow KL301 until=2027-01-31 reason=old\nENV", "")
	f.Add("a.ipynb", "\"# keyless:allow KL999 reason='\n", "x KEY */ ENV")
	f.Add("a.md", "<!-- keyless:allow Zecret KL301 until=Zecret reason=Zecret\" -->", "\r\n# keyless:allow KL301\nKEY")
	f.Fuzz(func(t *testing.T, name, text, more string) {
		text += more
		found := use(name, text)
		kept, ignored := Allow(found, name, []byte(text), today)
		notices := 0
		for _, f := range kept {
			if f.Rule != allowedRule {
				continue
			}
			notices++
			if strings.Contains(f.Message, "Zecret") || f.Line < 1 || f.Column < 1 || f.Fingerprint == "" {
				t.Errorf("%+v", f)
			}
		}
		if len(kept)-notices+ignored != len(found) {
			t.Errorf("%d findings became %d and %d ignored", len(found), len(kept)-notices, ignored)
		}
	})
}

func TestAt(t *testing.T) {
	t.Parallel()
	text := []byte("é\n👩é x = KEY")
	m := scan.Match{Line: 2, Column: 12, EndLine: 2, EndColumn: 15, Start: 14, End: 17}
	f := Finding{}.At(text, m)
	if string(text[m.Start:m.End]) != "KEY" || f.UnitColumn != 9 || f.UnitEndColumn != 12 || f.Column != 12 {
		t.Errorf("%q %+v", text[m.Start:m.End], f)
	}
	for _, m := range []scan.Match{{}, {Column: 5, Start: 2}, {Column: 2, Start: 99}, {Column: 3, Start: 4}} {
		if f := (Finding{}).At(text, m); f.UnitColumn != 0 {
			t.Errorf("%+v: column %d", m, f.UnitColumn)
		}
	}
}

func BenchmarkAllow(b *testing.B) {
	text := []byte(strings.Repeat("a line of code without any comment\n", 30_000))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Allow(nil, "a.go", text, today)
	}
}

// TestWanted: what a comment or the ignore file allows is not wanted mended.
func TestWanted(t *testing.T) {
	t.Parallel()
	text := []byte("from openai import OpenAI\nOpenAI(api_key=a)  # keyless:allow KL301 reason=old\nOpenAI(api_key=b)\n")
	found := scan.Text("a.py", text)
	if got := Wanted(found, "a.py", text, nil, today); len(found) != 2 || len(got) != 1 || got[0].Line != 3 {
		t.Errorf("%v of %v", got, found)
	}
	ignore, err := ParseIgnore(IgnoreFile, []byte("a.py KL301\n"))
	if got := Wanted(found, "a.py", text, ignore, today); err != nil || len(got) != 0 {
		t.Errorf("%v, %v", got, err)
	}
}
