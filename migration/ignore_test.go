package migration

import (
	"strings"
	"testing"

	"github.com/keyless-inference/action/migration/rule"
)

func TestIgnore(t *testing.T) {
	t.Parallel()
	ignore, err := ParseIgnore(IgnoreFile, []byte(strings.ReplaceAll(`\ufeff# samples
samples/
infra/legacy/** KL501 KL503
infra/new/** KL501,KL503   # until they are moved
KL103

*.py KL301
!src/*.py KL301
!samples/a.py
!KL302
notes.txt
!notes.txt KL401
KL001 # secrets are looked after elsewhere
/KL201
with space KL404
`, `\ufeff`, "\ufeff")))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		file, rule string
		want       bool
	}{
		{"samples/a.py", "KL401", true},
		{"samples/a.py", "KL301", true},
		{"samplesx", "KL401", false},
		{"infra/legacy/a/b.tf", "KL501", true},
		{"infra/legacy/a/b.tf", "KL502", false},
		{"infra/new/b.tf", "KL503", true},
		{"infra/new/b.tf", "KL401", false},
		{"any", "KL103", true},
		{"", "KL103", true},
		{"", "KL002", false},
		{"", "KL001", true},
		{"a.py", "KL301", true},
		{"x/a.py", "KL301", true},
		{"src/a.py", "KL301", false},
		{"src/x/a.py", "KL301", true},
		{"a.py", "KL302", false},
		{"notes.txt", "KL403", true},
		{"notes.txt", "KL401", false},
		{"KL201", "KL401", true},
		{"KL202", "KL201", false},
		{"with space", "KL404", true},
	} {
		if got := ignore.Ignores(Finding{File: c.file, Rule: c.rule}); got != c.want {
			t.Errorf("%s in %q: %v", c.rule, c.file, got)
		}
	}
	for path, want := range map[string]bool{"samples/": true, "samples/a.py": true, "notes.txt": false, "a.py": false, "infra/legacy/": false, "KL201": true, "src/": false} {
		if got := ignore.Excludes(path); got != want {
			t.Errorf("%q is excluded: %v", path, got)
		}
	}
	var none *Ignore
	if none.Excludes("a") || none.Ignores(Finding{File: "a"}) {
		t.Error("nothing ignores something")
	}
}

func TestIgnoreMistakes(t *testing.T) {
	t.Parallel()
	ignore, err := ParseIgnore("x/.keylessignore", []byte("a KL999\r\n\nb kl301\nvendor/ # third party\nKL301 KL1\ngood KL301\n!KL000\n\\#c\nd \\#e\na #b KL301 #b\n"))
	if err == nil {
		t.Fatal("no error")
	}
	const want = `x/.keylessignore:1: there is no rule KL999
x/.keylessignore:3: there is no rule kl301
x/.keylessignore:4: a comment needs a line of its own; if " #" belongs to the name, write " \#"
x/.keylessignore:5: there is no rule KL1
x/.keylessignore:7: there is no rule KL000
x/.keylessignore:10: a comment needs a line of its own; if " #" belongs to the name, write " \#"`
	if err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	if !ignore.Ignores(Finding{Rule: "KL301", File: "good"}) || !ignore.Ignores(Finding{Rule: "KL301", File: "#c"}) || !ignore.Excludes("d #e") {
		t.Error("the good lines are lost")
	}
	if ignore.Ignores(Finding{Rule: "KL301", File: "a"}) || ignore.Ignores(Finding{Rule: "KL302", File: "b"}) {
		t.Error("a line with a mistake ignores something")
	}
}

// FuzzIgnore: what is excluded as a whole is ignored for every rule, and without
// rules the file means what it means to git.
func FuzzIgnore(f *testing.F) {
	for _, piece := range pieces {
		f.Add(piece+" KL301\n"+piece+"\n!"+piece+" KL302,KL503\n!KL301\n", "a/"+piece)
	}
	f.Fuzz(func(t *testing.T, text, path string) {
		ignore, err := ParseIgnore("f", []byte(text))
		if path == "" {
			return
		}
		if ignore.Excludes(path) {
			for _, r := range rule.All() {
				if !ignore.ignores(path, r.ID) {
					t.Errorf("%q excludes %q, but not for %s", text, path, r.ID)
				}
			}
		}
		if err == nil && !strings.Contains(strings.ToUpper(text), "KL") && ignore.Excludes(path) != ParsePatterns(text).Match(path) {
			t.Errorf("%q and %q: not as gitignore", text, path)
		}
	})
}
