package migration

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keyless-inference/action/migration/scan"
)

// A workTree is a folder, made into a repository by git itself.
type workTree struct {
	t   testing.TB
	dir string
	now time.Time
}

func newWorkTree(t testing.TB) *workTree {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	w := &workTree{t, t.TempDir(), time.Unix(1_700_000_000, 0)}
	w.git("init", "-q", "-b", "main")
	return w
}

// git runs git in the folder and returns what it prints.
func (w *workTree) git(args ...string) string {
	w.t.Helper()
	w.now = w.now.Add(time.Hour)
	date := fmt.Sprintf("%d +0000", w.now.Unix())
	command := exec.Command("git", append([]string{"-c", "protocol.file.allow=always"}, args...)...)
	command.Dir = w.dir
	command.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + w.dir, "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null",
		"GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.com", "GIT_AUTHOR_DATE=" + date,
		"GIT_COMMITTER_NAME=Ada", "GIT_COMMITTER_EMAIL=ada@example.com", "GIT_COMMITTER_DATE=" + date,
	}
	out, err := command.CombinedOutput()
	if err != nil {
		w.t.Fatalf("git %q: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

func (w *workTree) write(name, text string) {
	w.t.Helper()
	file := filepath.Join(w.dir, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o777), os.WriteFile(file, []byte(text), 0o666)); err != nil {
		w.t.Fatal(err)
	}
}

func (w *workTree) commit(message string) string {
	w.t.Helper()
	w.git("add", "-A")
	w.git("commit", "-q", "--allow-empty", "-m", message)
	return w.git("rev-parse", "HEAD")
}

var testKey = regexp.MustCompile(`KEY-[a-z0-9]{20}`)

// testKeys is a scanner for keys that are none: "KEY-" and twenty characters, in
// ASCII or in UTF-16.
func testKeys(_ string, data []byte) (found []scan.Match) {
	if bytes.HasPrefix(data, []byte("\xff\xfe")) {
		data = bytes.ReplaceAll(data, []byte{0}, nil)
	}
	for _, at := range testKey.FindAllIndex(data, -1) {
		line, start := bytes.Count(data[:at[0]], []byte("\n"))+1, bytes.LastIndexByte(data[:at[0]], '\n')+1
		found = append(found, scan.Match{
			Rule: "KL401", Line: line, Column: at[0] - start + 1, EndLine: line, EndColumn: at[1] - start + 1,
			Start: at[0], End: at[1], What: "a key", Key: scan.NewKey(string(data[at[0]:at[1]])),
		})
	}
	return found
}

// key is the key that testKeys finds for a word.
func key(word string) string {
	return "KEY-" + word + strings.Repeat("0", 20-len(word))
}

func texts() *Texts { return &Texts{Text: testKeys, Keys: testKeys} }

// names are the files that a result has findings in, sorted.
func names(r Result) (all []string) {
	for _, f := range r.Findings {
		all = append(all, f.File)
	}
	slices.Sort(all)
	return all
}

// why is the status whose name ends so, as "STATE: WHY"; "" if there is none.
func why(r Result, name string) string {
	for _, s := range r.Statuses {
		if s.Name == name {
			return string(s.State) + ": " + s.Why
		}
	}
	return ""
}

func expect(t *testing.T, r Result, want ...string) {
	t.Helper()
	if got := names(r); !slices.Equal(got, want) {
		t.Errorf("found keys in %q, want %q; %v", got, want, r.Statuses)
	}
}

func TestTreeIsWhatGitWouldTake(t *testing.T) {
	t.Parallel()
	w := newWorkTree(t)
	for _, name := range []string{"tracked", "new", "ignored.log", "kept.log", "out/tracked", "out/ignored", "dir/local", "dir/other", "dir/deep/local", "private", "weird\nname \xff"} {
		w.write(name, key("a"))
	}
	w.write(".gitignore", "*.log\n!kept.log\nout/\n")
	w.write("dir/.gitignore", "/local\n")
	w.write(".git/info/exclude", "private\n")
	w.git("add", "tracked", "dir")
	w.git("add", "-f", "out/tracked")
	if err := os.Symlink("tracked", filepath.Join(w.dir, "link")); err != nil {
		t.Fatal(err)
	}
	want := strings.Split(strings.TrimSuffix(w.git("ls-files", "-z", "--cached", "--others", "--exclude-standard"), "\x00"), "\x00")
	want = slices.DeleteFunc(want, func(name string) bool { return strings.HasSuffix(name, ".gitignore") || name == "link" })
	slices.Sort(want)
	r := (&Tree{Root: w.dir, Texts: texts()}).Look(t.Context())
	expect(t, r, want...)
	if !strings.HasPrefix(why(r, "tree"), "looked: 9 files, ") || len(r.Statuses) != 1 {
		t.Error(r.Statuses)
	}
	f := r.Findings[slices.IndexFunc(r.Findings, func(f Finding) bool { return f.File == "tracked" })]
	if f.Line != 1 || f.Column != 1 || f.EndColumn != 25 || f.UnitEndColumn != 25 || f.Fingerprint == "" || strings.Contains(fmt.Sprintf("%+v", f), key("a")) {
		t.Errorf("%+v", f)
	}
}

func TestTreePathsAndExclude(t *testing.T) {
	t.Parallel()
	w := newWorkTree(t)
	for _, name := range []string{"a/x.py", "a/y.js", "b/x.py", "b/in/x.py", "allowed.txt"} {
		w.write(name, key("a"))
	}
	w.write("allowed.py", key("a")+" # keyless:allow KL401 until=2030-01-01 reason=a test\n")
	ignore, err := ParseIgnore(IgnoreFile, []byte("allowed.txt\n"))
	if err != nil {
		t.Fatal(err)
	}
	some := texts()
	some.Ignore, some.Today = ignore, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	r := (&Tree{Root: w.dir, Exclude: []string{"b/in"}, Texts: some}).Look(t.Context())
	expect(t, r, "a/x.py", "a/y.js", "b/x.py")
	if r.Ignored != 1 {
		t.Errorf("%d findings are ignored", r.Ignored)
	}
	expect(t, (&Tree{Root: w.dir, Paths: []string{"a", "!*.js"}, Texts: texts()}).Look(t.Context()), "a/x.py", "a/y.js")
	expect(t, (&Tree{Root: w.dir, Paths: []string{"*.js", "/b/*.py"}, Texts: texts()}).Look(t.Context()), "a/y.js", "b/x.py")
}

func TestTreeWithoutRepository(t *testing.T) {
	t.Parallel()
	w := &workTree{t: t, dir: t.TempDir()}
	w.write("a/b", key("a"))
	w.write("c", "nothing")
	expect(t, (&Tree{Root: w.dir, Texts: texts()}).Look(t.Context()), "a/b")
	bare := newWorkTree(t)
	bare.git("clone", "-q", "--bare", ".", "bare.git")
	expect(t, (&Tree{Root: filepath.Join(bare.dir, "bare.git"), Texts: texts()}).Look(t.Context()))
	if r := (&Tree{Root: filepath.Join(w.dir, "nowhere"), Texts: texts()}).Look(t.Context()); !strings.HasPrefix(why(r, "tree"), "failed: opening the checkout: ") {
		t.Error(r)
	}
}

func TestTreeOfRepositoriesWithinRepositories(t *testing.T) {
	t.Parallel()
	inner, w := newWorkTree(t), newWorkTree(t)
	inner.write("code.py", key("a"))
	inner.write("made", key("b"))
	inner.write(".gitignore", "made\n")
	inner.commit("inner")
	w.git("submodule", "add", "-q", inner.dir, "sub/there")
	w.git("submodule", "add", "-q", inner.dir, "absent")
	w.write("mine", key("a"))
	w.commit("outer")
	w.git("submodule", "deinit", "-f", "absent")
	w.write("sub/there/made", key("b"))
	r := (&Tree{Root: w.dir, Texts: texts()}).Look(t.Context())
	expect(t, r, "mine", "sub/there/code.py")
	if got := why(r, "tree: submodules"); got != "skipped: not checked out: absent; set submodules: true in actions/checkout" {
		t.Error(got)
	}
	// A submodule whose repository is elsewhere is a folder of files.
	w.write("sub/there/.git", "gitdir: "+inner.dir+"/.git\n")
	r = (&Tree{Root: w.dir, Texts: texts()}).Look(t.Context())
	expect(t, r, "mine", "sub/there/code.py", "sub/there/made")
	if got := why(r, "tree: git"); !strings.Contains(got, "sub/there/.git: the git repository is outside of the workspace") {
		t.Error(got)
	}
}

func TestTreeLargeFiles(t *testing.T) {
	t.Parallel()
	w := &workTree{t: t, dir: t.TempDir()}
	const long = 3*wholeLimit + 12345
	text := bytes.Repeat([]byte("0123456789abcde\n"), long/16)
	var want []string
	put := func(at int, word string) {
		copy(text[at:], key(word))
		want = append(want, fmt.Sprintf("%d:%d", at/16+1, at%16+1))
	}
	put(0, "first")
	for i := range 30 { // all around where one piece ends and the next begins
		put(wholeLimit-4096+i*256+i, fmt.Sprint("cut", i))
	}
	for i := range 60 {
		put(2*wholeLimit-9000+i*201, fmt.Sprint("second", i))
	}
	put(len(text)-24, "last")
	// Keys overwrite line feeds, so the lines are counted again.
	want = nil
	for _, m := range testKeys("", text) {
		want = append(want, fmt.Sprintf("%d:%d-%d:%d", m.Line, m.Column, m.EndLine, m.EndColumn))
	}
	w.write("large", string(text))
	var got []string
	r := (&Tree{Root: w.dir, Texts: texts()}).Look(t.Context())
	for _, f := range r.Findings {
		got = append(got, fmt.Sprintf("%d:%d-%d:%d", f.Line, f.Column, f.EndLine, f.EndColumn))
	}
	if !slices.Equal(got, want) || len(want) < 90 {
		t.Errorf("%d findings, want %d:\n%v\n%v", len(got), len(want), got, want)
	}
	if got := why(r, "tree"); got != "looked: 1 file, 15.0 MiB" {
		t.Error(got)
	}
}

// TestTreeOfManyFiles: memory and time grow with the files, and with nothing else.
func TestTreeOfManyFiles(t *testing.T) {
	t.Parallel()
	w := &workTree{t: t, dir: t.TempDir()}
	const files = 2_000
	for i := range files / 100 {
		if err := os.Mkdir(filepath.Join(w.dir, fmt.Sprint(i)), 0o777); err != nil {
			t.Fatal(err)
		}
		for j := range 100 {
			if err := os.WriteFile(filepath.Join(w.dir, fmt.Sprint(i), fmt.Sprint(j)), []byte(key("a")), 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	r := (&Tree{Root: w.dir, Texts: texts()}).Look(t.Context())
	if len(r.Findings) != files {
		t.Errorf("%d findings; %v", len(r.Findings), r.Statuses)
	}
}

func BenchmarkTree(b *testing.B) {
	w := &workTree{t: b, dir: b.TempDir()}
	for i := range 1000 {
		w.write(fmt.Sprintf("%d/%d", i%50, i), strings.Repeat("a line of a file that has many\n", 300))
	}
	b.ReportAllocs()
	b.SetBytes(1000 * 300 * 31)
	for b.Loop() {
		(&Tree{Root: w.dir, Texts: &Texts{}}).Look(b.Context())
	}
}
