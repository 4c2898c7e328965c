package actions

import (
	"bytes"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// env is a getenv over a map.
func env(vars map[string]string) func(string) string {
	return func(name string) string { return vars[name] }
}

// step is a runner inside a job, its standard output, and the folder of its
// workspace, in which its files for outputs and summary lie too.
func step(t testing.TB, more map[string]string) (*Runner, *bytes.Buffer, string) {
	t.Helper()
	dir := t.TempDir()
	vars := map[string]string{
		"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": dir,
		"GITHUB_OUTPUT": filepath.Join(dir, "outputs"), "GITHUB_STEP_SUMMARY": filepath.Join(dir, "summary"),
	}
	maps.Copy(vars, more)
	var out, errs bytes.Buffer
	return New(env(vars), &out, &errs), &out, dir
}

func TestOnATerminal(t *testing.T) {
	t.Parallel()
	var out, log bytes.Buffer
	r := New(env(map[string]string{"GITHUB_OUTPUT": t.TempDir(), "GITHUB_STEP_SUMMARY": t.TempDir()}), &out, &log)
	r.Mask("secret")
	r.Fence("Answer", "text")
	r.Logf("one\n::error::two\x1b[2J")
	r.Warningf("careful")
	r.Errorf(Position{File: "a.yml", Line: 3}, "a.yml:3:1: wrong")
	for name, err := range map[string]error{"output": r.SetOutput("response", "x"), "summary": r.Summary("x")} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	r.Close()
	want := "keyless: one\n::error::two<U+001B>[2J\nkeyless: warning: careful\nkeyless: error: a.yml:3:1: wrong\n"
	if out.Len() != 0 || log.String() != want {
		t.Errorf("stdout %q, log %q", out.String(), log.String())
	}
}

func TestInAJob(t *testing.T) {
	t.Parallel()
	r, out, _ := step(t, nil)
	r.Mask("secret")
	r.Mask("")
	r.Logf("note ##[set-output name=x]y\n::set-output name=x::y\r::add-path::z")
	r.Warningf("100%% sure\nreally \u202e")
	r.Errorf(Position{File: "a,b\x07.yml", Line: 3, Column: 7}, "wrong")
	r.Close()
	want := "::add-mask::secret\n" +
		"keyless: note # #[set-output name=x]y\n       | ::set-output name=x::y<U+000D>::add-path::z\n" +
		"::warning::100%25 sure%0Areally <U+202E>\n" +
		"::error col=7,file=a%2Cb<U+0007>.yml,line=3::wrong\n"
	if out.String() != want {
		t.Errorf("got %q", out.String())
	}
}

func TestRunURL(t *testing.T) {
	t.Parallel()
	whole := map[string]string{"GITHUB_SERVER_URL": "https://ghe.example/", "GITHUB_REPOSITORY": "octo/x", "GITHUB_RUN_ID": "42"}
	if got := New(env(whole), nil, nil).RunURL(); got != "https://ghe.example/octo/x/actions/runs/42" {
		t.Errorf("got %s", got)
	}
	for name := range whole {
		part := maps.Clone(whole)
		delete(part, name)
		if got := New(env(part), nil, nil).RunURL(); got != "" {
			t.Errorf("without %s: %s", name, got)
		}
	}
}

// A command is one that the runner would carry out.
type command struct{ name, data string }

// obeyed are the commands that GitHub's runner would carry out in a log, read as
// it does (ActionCommand.cs and ActionCommandManager.cs in actions/runner) and
// not with anything of this program: a line ends at a carriage return too; white
// space in front is dropped; "::name properties::data" is a command at the start
// of a line, "##[name properties]data" anywhere in it; between stop-commands and
// its word, whose case does not matter, none is. Where the runner is strict
// about names and properties, this is not: what looks like a command is one.
func obeyed(log string) (commands []command) {
	stopped := ""
	for line := range strings.FieldsFuncSeq(log, func(c rune) bool { return c == '\n' || c == '\r' }) {
		c, ok := commandOf(line)
		switch {
		case !ok:
		case stopped != "":
			if strings.EqualFold(c.name, stopped) {
				stopped = ""
			}
		case c.name == "stop-commands":
			stopped = c.data
		default:
			commands = append(commands, c)
		}
	}
	if stopped != "" {
		commands = append(commands, command{"never resumed", stopped})
	}
	return commands
}

func commandOf(line string) (command, bool) {
	line = strings.TrimSpace(line)
	rest, ok := strings.CutPrefix(line, "::")
	end := "::"
	if !ok {
		_, rest, ok = strings.Cut(line, "##[")
		end = "]"
	}
	head, data, _ := strings.Cut(rest, end)
	name, _, _ := strings.Cut(head, " ")
	return command{name, strings.NewReplacer("%0D", "\r", "%0A", "\n", "%25", "%").Replace(data)}, ok
}

func TestObeyed(t *testing.T) {
	t.Parallel()
	got := obeyed("a ::error::no\n \t::error file=x::one%0Atwo\rx ##[add-path y]z\n::stop-commands::Word\n::error::no\n##[error]no\n::wORD::\n::stop-commands::q\n")
	want := []command{{"error", "one\ntwo"}, {"add-path", "z"}, {"never resumed", "q"}}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

// steers finds what steers a terminal or the reader's eye.
func steers(log string) bool {
	return !utf8.ValidString(log) || strings.ContainsAny(log, "\x1b\x07\x00\x7f\r\u009b\u200b\u2028\u202e\u2066\U000e0041")
}

func FuzzFence(f *testing.F) {
	f.Add("title", "plain")
	f.Add("x\n::error::y", "::set-output name=a::b\n::stop-commands::x\r::x::\r\n##[error]z")
	f.Add("\u202e", "\x1b]0;title\x07\xff\xfe")
	f.Fuzz(func(t *testing.T, title, text string) {
		r, out, _ := step(t, nil)
		r.Fence(title, text)
		got := obeyed(out.String())
		if len(got) != 2 || got[0].name != "group" || got[1] != (command{"endgroup", ""}) {
			t.Errorf("the runner would obey %q", got)
		}
		if steers(out.String()) {
			t.Errorf("what steers a terminal was left in %q", out.String())
		}
	})
}

func FuzzLog(f *testing.F) {
	f.Add("a.yml", "::error::x\r::error::y\n  ::error::z ##[error]")
	f.Add("::\n,:]", "\u2028::add-path::/tmp\u0085::x::")
	f.Add("", strings.Repeat("\U0001f600\n##[", 1500))
	f.Fuzz(func(t *testing.T, file, text string) {
		r, out, _ := step(t, nil)
		r.Logf("%s", text)
		if got := obeyed(out.String()); len(got) != 0 {
			t.Errorf("the runner would obey %q", got)
		}
		r.Warningf("%s", text)
		r.Errorf(Position{File: file, Line: 1}, "%s", text)
		got := obeyed(out.String())
		if len(got) != 2 || got[0].name != "warning" || got[1].name != "error" || got[0].data != got[1].data {
			t.Errorf("the runner would obey %q", got)
		}
		if steers(out.String()) {
			t.Errorf("what steers a terminal was left in %q", out.String())
		}
	})
}
