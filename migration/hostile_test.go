package migration

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/keyless-inference/action/migration/scan"
)

// TestNothingIsNamedAfterAKey puts a key where names are.
func TestNothingIsNamedAfterAKey(t *testing.T) {
	t.Parallel()
	w, k := newWorkTree(t), openaiKey()
	w.write(k+".py", "from openai import OpenAI\nOpenAI(api_key='"+k+"')\n")
	w.write(k+"/.env", "AZURE_OPENAI_"+k+"_API_KEY=x\n")
	w.git("config", "user.name", k)
	w.git("add", "-A")
	w.git("commit", "-q", "-m", "in "+k, "--author", k+" <a@b>")
	w.git("tag", "-a", k, "-m", k)
	w.git("update-index", "--add", "--cacheinfo", "160000,1234567890123456789012345678901234567890,"+k+".sub")
	report := Check(t.Context(), &Tree{Root: w.dir, Texts: &Texts{}}, &History{Root: w.dir, All: true})
	if len(report.Findings) < 6 {
		t.Errorf("%d findings", len(report.Findings))
	}
	text := fmt.Sprintf("%+v", report)
	if strings.Contains(text, k) || !strings.Contains(text, "a file named after a key") || !strings.Contains(text, "in the name of the file") {
		t.Error(strings.ReplaceAll(text, k, "THE KEY"))
	}
	var b bytes.Buffer
	if _, err := (Baseline{[]Entry{{Where: k, Rule: "KL301", Fingerprint: "f"}}}).WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	if base, err := ReadBaseline("b", &b); err != nil || strings.Contains(fmt.Sprint(base), k) {
		t.Error(err)
	}
}

// TestFindingsAreBounded: what is not listed is told of.
func TestFindingsAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorkTree(t)
	for i := range 3 {
		w.write(fmt.Sprint(i), fmt.Sprint(i))
	}
	w.commit("first")
	many := func(string, []byte) []scan.Match {
		all := make([]scan.Match, mostKept/2)
		for i := range all {
			all[i] = scan.Match{Rule: "KL403", Line: i + 1, Column: 1, Key: scan.NewKey(fmt.Sprint("KEY-", i))}
		}
		all[len(all)-1].More = true
		return all
	}
	r := (&Tree{Root: w.dir, Texts: &Texts{Text: many, Keys: many}}).Look(t.Context())
	if len(r.Findings) != mostKept {
		t.Errorf("%d findings", len(r.Findings))
	}
	if got := fmt.Sprint(r.Statuses); !strings.Contains(got, "12500 more findings are not listed") || !strings.Contains(got, "more in one file than is listed: ") {
		t.Error(got)
	}
	r = (&History{Root: w.dir, All: true, Keys: many}).Look(t.Context())
	if s := r.Statuses[0]; len(r.Findings) != mostKept || s.State != Failed || !strings.Contains(s.Why, "25000 more findings are not listed") {
		t.Errorf("%d findings, %+v", len(r.Findings), s)
	}
}

// TestBareLookAlike: files that are called as those of a repository hide nothing.
func TestBareLookAlike(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"HEAD", "objects/a", "refs/a", "code"} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(key(strings.ToLower(filepath.Base(name)))), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	expect(t, (&Tree{Root: dir, Texts: texts()}).Look(t.Context()), "HEAD", "code", "objects/a", "refs/a")
}

// TestHalfSeen: files of which not all is looked at are named.
func TestHalfSeen(t *testing.T) {
	t.Parallel()
	w := newWorkTree(t)
	w.write("long", strings.Repeat("text\n", wholeLimit/5+1))
	w.write("binary", strings.Repeat("\x00", wholeLimit+1))
	w.write("there/a", "")
	w.commit("first")
	w.git("sparse-checkout", "set", "--no-cone", "/long", "/binary")
	r := (&Tree{Root: w.dir, Texts: texts()}).Look(t.Context())
	got := fmt.Sprint(r.Statuses)
	if !strings.Contains(got, "so only literal keys are looked for in long ") || !strings.Contains(got, "not checked out: there/a;") {
		t.Error(got)
	}
}

// TestRepositoriesWithinEachOther are as deep as folders may be.
func TestRepositoriesWithinEachOther(t *testing.T) {
	t.Parallel()
	w := newWorkTree(t)
	var name strings.Builder
	for range deepest + 5 {
		name.WriteString("d/")
		w.write(name.String()+".git", "gitdir: nowhere")
	}
	w.write(name.String()+"file", key("deep"))
	r := (&Tree{Root: w.dir, Texts: texts()}).Look(t.Context())
	if got := fmt.Sprint(r.Statuses); !strings.Contains(got, errDeep.Error()) {
		t.Error(got)
	}
}
