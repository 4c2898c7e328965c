package actions

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestWorkspaceKeepsPathsInside(t *testing.T) {
	t.Parallel()
	outside := filepath.Join(t.TempDir(), "outside.txt")
	write(t, outside, "outside")
	r, _, dir := step(t, map[string]string{"RUNNER_WORKSPACE": "/opt/runner/_work/x", "GITHUB_REPOSITORY": "octo/x"})
	w, err := r.Workspace()
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "in.txt"), "inside")
	for _, link := range [][2]string{{outside, "out.txt"}, {"in.txt", "link.txt"}, {filepath.Dir(outside), "up"}} {
		if err := os.Symlink(link[0], filepath.Join(dir, link[1])); err != nil {
			t.Skip(err)
		}
	}
	for path, want := range map[string]string{
		"in.txt":                         "inside",
		"./x/../in.txt":                  "inside",
		"link.txt":                       "inside",
		filepath.Join(dir, "in.txt"):     "inside",
		"/opt/runner/_work/x/x/in.txt":   "inside",
		outside:                          "outside",
		"../" + filepath.Base(outside):   "",
		"out.txt":                        "",
		"up/outside.txt":                 "",
		filepath.Join(dir, "out.txt"):    "",
		"/opt/runner/_work/x/x/../y.txt": "",
		"missing.txt":                    "",
		".":                              "",
	} {
		got, err := w.ReadFile(path)
		if string(got) != want || (err == nil) != (want != "") {
			t.Errorf("ReadFile(%s) = %q, %v", path, got, err)
		}
	}
	for _, path := range []string{"../x.txt", "up/x.txt", "up"} {
		if f, err := w.Create(path); err == nil {
			t.Errorf("Create(%s) was allowed: %+v", path, f)
		}
	}
}

func TestReadFileIsBounded(t *testing.T) {
	t.Parallel()
	r, _, dir := step(t, nil)
	w, _ := r.Workspace()
	if err := os.Truncate(write(t, filepath.Join(dir, "big"), ""), 200<<20); err != nil {
		t.Fatal(err)
	}
	if b, err := w.ReadFile("big"); err == nil || b != nil {
		t.Errorf("%d bytes, %v", len(b), err)
	}
}

func TestFile(t *testing.T) {
	t.Parallel()
	r, _, dir := step(t, nil)
	w, _ := r.Workspace()
	old := write(t, filepath.Join(dir, "answer.txt"), "old")

	f, err := w.Create("answer.txt")
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(old); string(got) != "old" {
		t.Errorf("claiming the file changed it to %q", got)
	}
	f.Discard()
	if files, _ := os.ReadDir(dir); len(files) != 1 {
		t.Errorf("giving the claim up left %v", files)
	}

	f, err = w.Create("answer.txt")
	if err := errors.Join(err, f.Save([]byte("new"))); err != nil {
		t.Fatal(err)
	}
	f.Discard() // after Save it is harmless
	if got, _ := os.ReadFile(old); string(got) != "new" || f.Path != "answer.txt" {
		t.Errorf("%s holds %q", f.Path, got)
	}
}

// TestSaveKeepsTheMode: a script that is written anew can still be run.
func TestSaveKeepsTheMode(t *testing.T) {
	t.Parallel()
	r, _, dir := step(t, nil)
	w, _ := r.Workspace()
	script := write(t, filepath.Join(dir, "run.sh"), "old")
	if err := os.Chmod(script, 0o755); err != nil {
		t.Fatal(err)
	}
	before, _ := os.Stat(script)
	f, err := w.Create("run.sh")
	if err := errors.Join(err, f.Save([]byte("new"))); err != nil {
		t.Fatal(err)
	}
	if after, err := os.Stat(script); err != nil || after.Mode() != before.Mode() {
		t.Errorf("%v became %v, %v", before.Mode(), after.Mode(), err)
	}
}

func TestSaveSaysWhereTheAnswerIs(t *testing.T) {
	t.Parallel()
	r, _, dir := step(t, nil)
	w, _ := r.Workspace()
	f, err := w.Create("a/b/answer.txt")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "a/b/answer.txt/in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	err = f.Save([]byte("paid for"))
	left, _ := filepath.Glob(filepath.Join(dir, "a/b/.keyless-*"))
	if err == nil || len(left) != 1 || !strings.Contains(err.Error(), left[0]) {
		t.Fatalf("%v, left %q", err, left)
	}
	if b, _ := os.ReadFile(left[0]); string(b) != "paid for" {
		t.Errorf("%s holds %q", left[0], b)
	}
}

func TestRunnerTempUnderItsHostPath(t *testing.T) {
	t.Parallel()
	temp := t.TempDir()
	write(t, filepath.Join(temp, "x.txt"), "temporary")
	r, _, _ := step(t, map[string]string{"RUNNER_WORKSPACE": "/opt/runner/_work/x", "GITHUB_REPOSITORY": "octo/x", "RUNNER_TEMP": temp})
	w, _ := r.Workspace()
	if b, err := w.ReadFile("/opt/runner/_work/_temp/x.txt"); string(b) != "temporary" {
		t.Errorf("%q, %v", b, err)
	}
	if _, err := w.ReadFile("/opt/runner/_work/_temp/y.txt"); err == nil || !strings.Contains(err.Error(), "runner.temp") {
		t.Errorf("got %v", err)
	}
}

func TestReadFileWaitsForNoPipe(t *testing.T) {
	t.Parallel()
	r, _, dir := step(t, nil)
	w, _ := r.Workspace()
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"folder", os.DevNull} {
		if _, err := w.ReadFile(path); err == nil || !strings.Contains(err.Error(), "not a regular file") {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestKeep(t *testing.T) {
	t.Parallel()
	r, _, dir := step(t, nil)
	w, _ := r.Workspace()
	paths := map[string]bool{}
	for range 2 {
		f, err := w.Keep()
		if err := errors.Join(err, f.Save([]byte("x"))); err != nil {
			t.Fatal(err)
		}
		paths[f.Path] = true
		if ok, _ := filepath.Match(".keyless/response-*.txt", f.Path); !ok {
			t.Errorf("the file is called %s", f.Path)
		}
	}
	if ignore, _ := os.ReadFile(filepath.Join(dir, ".keyless", ".gitignore")); string(ignore) != "*\n" || len(paths) != 2 {
		t.Errorf("%v, .gitignore %q", paths, ignore)
	}
}

func TestWhereNothingCanBeWritten(t *testing.T) {
	t.Parallel()
	if os.Geteuid() == 0 || runtime.GOOS == "windows" {
		t.Skip("root may write everywhere, and Windows has other rules")
	}
	r, _, dir := step(t, nil)
	w, _ := r.Workspace()
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Keep(); err == nil {
		t.Error("a file was claimed in a read-only folder")
	}
}

func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
