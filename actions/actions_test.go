package actions

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"
)

// env is a getenv over a map.
func env(vars map[string]string) func(string) string {
	return func(name string) string { return vars[name] }
}

// step is a runner inside a job, its standard output, and its output file.
func step(t testing.TB, more map[string]string) (*Runner, *bytes.Buffer, string) {
	t.Helper()
	dir := t.TempDir()
	vars := map[string]string{
		"GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": filepath.Join(dir, "outputs"), "GITHUB_WORKSPACE": dir,
	}
	maps.Copy(vars, more)
	var out, errs bytes.Buffer
	return New(env(vars), &out, &errs), &out, dir
}

func TestOnATerminal(t *testing.T) {
	t.Parallel()
	var out, log bytes.Buffer
	r := New(env(nil), &out, &log)
	r.Mask("secret")
	r.Fence("Answer", "text")
	r.Logf("one\n::error::two\x1b[2J")
	r.Warningf("careful")
	r.Errorf(Position{File: "a.yml", Line: 3}, "a.yml:3:1: wrong")
	if err := r.SetOutput("response", "x"); err != nil {
		t.Error(err)
	}
	want := "keyless: one\n::error::two[2J\nkeyless: warning: careful\nkeyless: error: a.yml:3:1: wrong\n"
	if out.Len() != 0 || log.String() != want {
		t.Errorf("stdout %q, log %q", out.String(), log.String())
	}
}

func TestInAJob(t *testing.T) {
	t.Parallel()
	r, out, _ := step(t, nil)
	r.Mask("secret")
	r.Mask("")
	r.Logf("note ##[set-output name=x]y\n::set-output name=x::y")
	r.Warningf("100%% sure\nreally")
	r.Errorf(Position{File: "a,b.yml", Line: 3, Column: 7}, "wrong")
	want := "::add-mask::secret\n" +
		"keyless: note # #[set-output name=x]y\n       | ::set-output name=x::y\n" +
		"::warning::100%25 sure%0Areally\n" +
		"::error col=7,file=a%2Cb.yml,line=3::wrong\n"
	if out.String() != want {
		t.Errorf("got %q", out.String())
	}
}

// obeyed are the commands that GitHub's runner would carry out in a log: lines
// that begin with ::, white space aside, and lines with ##[ anywhere, unless they
// are stopped. Written from
// its documentation, not from the code above.
func obeyed(log string) (commands []string) {
	stopped := ""
	for _, line := range strings.FieldsFunc(log, func(c rune) bool { return c == '\n' || c == '\r' }) {
		line = strings.TrimSpace(line)
		switch {
		case stopped != "":
			if line == "::"+stopped+"::" {
				stopped = ""
			}
		case strings.HasPrefix(line, "::stop-commands::"):
			stopped = strings.TrimPrefix(line, "::stop-commands::")
		case strings.HasPrefix(line, "::"):
			commands = append(commands, line)
		case strings.Contains(line, "##["): // the older form counts anywhere
			commands = append(commands, line)
		}
	}
	if stopped != "" {
		commands = append(commands, "never resumed")
	}
	return commands
}

func FuzzFence(f *testing.F) {
	f.Add("title", "plain")
	f.Add("x\n::error::y", "::set-output name=a::b\n::stop-commands::x\r::x::\r\n##[error]z")
	f.Add("\u202e", "\x1b]0;title\x07\xff\xfe")
	f.Fuzz(func(t *testing.T, title, text string) {
		r, out, _ := step(t, nil)
		r.Fence(title, text)
		got := obeyed(out.String())
		if len(got) != 2 || !strings.HasPrefix(got[0], "::group::") || got[1] != "::endgroup::" {
			t.Errorf("the runner would obey %q", got)
		}
		if !utf8.ValidString(out.String()) || strings.ContainsAny(out.String(), "\x1b\x07\x00\r\u202e\u2066") {
			t.Errorf("what steers a terminal was left in %q", out.String())
		}
	})
}

func FuzzLog(f *testing.F) {
	f.Add("::error::x\r::error::y\n  ::error::z ##[error]")
	f.Fuzz(func(t *testing.T, text string) {
		r, out, _ := step(t, nil)
		r.Logf("%s", text)
		if got := obeyed(out.String()); len(got) != 0 {
			t.Errorf("the runner would obey %q", got)
		}
		out.Reset()
		r.Warningf("%s", text)
		if got := obeyed(out.String()); len(got) != 1 || !strings.HasPrefix(got[0], "::warning::") {
			t.Errorf("the runner would obey %q", got)
		}
	})
}

// outputsOf reads an output file as GitHub's runner does: NAME=VALUE, or
// NAME<<WORD and lines up to WORD.
func outputsOf(t testing.TB, path string) map[string]string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	lines := strings.Split(string(b), "\n")
	for i := 0; i < len(lines); i++ {
		name, word, heredoc := strings.Cut(lines[i], "<<")
		if !heredoc {
			if name, value, ok := strings.Cut(lines[i], "="); ok {
				got[name] = value
			}
			continue
		}
		var value []string
		for i++; i < len(lines) && lines[i] != word; i++ {
			value = append(value, lines[i])
		}
		got[name] = strings.Join(value, "\n")
	}
	return got
}

func FuzzSetOutput(f *testing.F) {
	f.Add("x", "plain")
	f.Add("_GitHubActionsFileCommandDelimeter_\nevil=1", "evil<<E\n1\nE\nEOF\n")
	f.Add("", "\r\n\r")
	f.Fuzz(func(t *testing.T, one, two string) {
		r, _, dir := step(t, nil)
		if err := errors.Join(r.SetOutput("one", one), r.SetOutput("two", two)); err != nil {
			t.Fatal(err)
		}
		got := outputsOf(t, filepath.Join(dir, "outputs"))
		if len(got) != 2 || got["one"] != one || got["two"] != two {
			t.Errorf("wrote %q and %q, the runner reads %q", one, two, got)
		}
	})
}

func TestSetOutputFails(t *testing.T) {
	t.Parallel()
	r, _, dir := step(t, nil)
	if err := os.Mkdir(filepath.Join(dir, "outputs"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := r.SetOutput("x", "y"); err == nil || !strings.Contains(err.Error(), "GITHUB_OUTPUT") {
		t.Errorf("got %v", err)
	}
}

func TestEvent(t *testing.T) {
	t.Parallel()
	for payload, want := range map[string]bool{
		`{"ref":"refs/heads/main"}`: false,
		`{"pull_request":{"head":{"repo":{"full_name":"mona/x"}},"base":{"repo":{"full_name":"octo/x"}}}}`: true,
		`{"pull_request":{"head":{"repo":{"full_name":"octo/x"}},"base":{"repo":{"full_name":"octo/x"}}}}`: false,
		`{"pull_request":{"head":{"repo":null},"base":{"repo":{"full_name":"octo/x"}}}}`:                   true,
		`{"pull_request":{}}`: false,
	} {
		file := filepath.Join(t.TempDir(), "event.json")
		if err := os.WriteFile(file, []byte(payload), 0o600); err != nil {
			t.Fatal(err)
		}
		r, _, _ := step(t, map[string]string{"GITHUB_EVENT_NAME": "pull_request", "GITHUB_ACTOR": "mona", "GITHUB_EVENT_PATH": file})
		if e, err := r.Event(); err != nil || e != (Event{"pull_request", "mona", want}) {
			t.Errorf("%s: %+v, %v", payload, e, err)
		}
	}
	r, _, dir := step(t, map[string]string{"GITHUB_EVENT_NAME": "push"})
	if e, err := r.Event(); err != nil || e.Name != "push" {
		t.Errorf("without a file: %+v, %v", e, err)
	}
	bad, _, _ := step(t, map[string]string{"GITHUB_EVENT_PATH": dir})
	if _, err := bad.Event(); err == nil {
		t.Error("a folder was read as an event")
	}
}

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
