package migration

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// places are where a result has findings, sorted.
func places(r Result) (all []string) {
	for _, f := range r.Findings {
		all = append(all, f.Place)
	}
	slices.Sort(all)
	return all
}

func history(t *testing.T, h *History) Result {
	t.Helper()
	h.Keys = testKeys
	return h.Look(t.Context())
}

func short(id string) string { return "commit " + id[:7] + ": " }

// TestHidingPlaces puts a key wherever git can keep one.
func TestHidingPlaces(t *testing.T) {
	t.Parallel()
	w := newWorkTree(t)
	w.write("here", key("here"))
	here := w.commit("first")
	w.write("deleted", key("deleted"))
	deleted := w.commit("a file that goes away")
	w.git("rm", "-q", "deleted")
	w.write("changed", "a line\n"+key("changed"))
	changed := w.commit("another goes")
	w.write("changed", "a line\nnothing")
	w.write("old name", key("renamed"))
	renamed := w.commit("taken out")
	w.git("mv", "old name", "new name")
	w.commit("renamed")
	message := w.commit("a slip: " + key("message"))
	w.write("wide", "\xff\xfe"+strings.Join(strings.Split(key("wide"), ""), "\x00")+"\x00")
	wide := w.commit("another encoding")
	w.write("binary", "\x00"+key("binary"))
	binary := w.commit("no text")
	w.git("checkout", "-q", "-b", "other")
	w.write("branch", key("branch"))
	branch := w.commit("on a branch")
	w.git("checkout", "-q", "main")
	w.commit("on main")
	w.git("merge", "-q", "--no-commit", "--no-ff", "other")
	w.write("slipped in", key("evil"))
	evil := w.commit("merged")
	w.git("tag", "-a", "-m", "released with "+key("tag"), "v1")
	w.git("checkout", "-q", "--detach")
	w.write("lost", key("unreachable"))
	lost := w.commit("nobody keeps it")
	w.git("checkout", "-q", "main")
	w.write("stashed", key("stash"))
	w.git("add", "-A")
	w.git("stash", "-q")
	stash := w.git("rev-parse", "stash^2")
	w.write("staged", key("staged"))
	w.git("add", "-A")
	staged := w.git("rev-parse", ":staged")
	w.git("rm", "-q", "-f", "staged")
	want := []string{
		short(here) + "here", short(deleted) + "deleted", short(changed) + "changed", short(renamed) + "old name",
		short(message) + "commit message", short(wide) + "wide", short(binary) + "binary", short(branch) + "branch",
		short(evil) + "slipped in", "git: message of the tag v1", short(lost) + "lost", short(stash) + "stashed", "git: object " + staged[:7],
	}
	slices.Sort(want)
	for _, packed := range []bool{false, true} {
		if packed {
			w.git("repack", "-q", "-a", "-d", "-f", "--keep-unreachable")
		}
		r := history(t, &History{Root: w.dir, All: true})
		if got := places(r); !slices.Equal(got, want) {
			t.Errorf("found\n%q, want\n%q", got, want)
		}
		if got := why(r, "history"); !strings.HasPrefix(got, "looked: ") || len(r.Statuses) != 1 {
			t.Error(r.Statuses)
		}
		for _, f := range r.Findings {
			head := strings.HasSuffix(f.Place, ": here") || strings.HasSuffix(f.Place, " name") || strings.HasSuffix(f.Place, "wide") || strings.HasSuffix(f.Place, "binary") || strings.HasSuffix(f.Place, "branch") || strings.HasSuffix(f.Place, "slipped in")
			if strings.Contains(f.Message, "still in HEAD") != head || f.Rule != "KL404" || f.File != "" || strings.Contains(f.Message+f.Place+f.Fix, key("")[:8]) {
				t.Errorf("%+v", f)
			}
		}
	}
}

func TestOneFindingAKeyAndPath(t *testing.T) {
	t.Parallel()
	w := newWorkTree(t)
	w.write("file", key("a"))
	first := w.commit("first")
	for range 5 {
		w.write("file", key("a")+" and more "+w.now.String())
		w.commit("again")
	}
	w.write("copy", key("a")+" elsewhere")
	second := w.commit("copied")
	r := history(t, &History{Root: w.dir, All: true})
	if got, want := places(r), []string{short(first) + "file", short(second) + "copy"}; !slices.Equal(slices.Sorted(slices.Values(want)), got) {
		t.Errorf("%q, want %q", got, want)
	}
	seal := func(r Result) string { return r.Findings[0].Fingerprint }
	before := seal(history(t, &History{Root: w.dir, All: true, Ignore: ignoring(t, "copy KL404")}))
	w.git("commit", "-q", "--amend", "-m", "squashed")
	if r := history(t, &History{Root: w.dir, All: true, Ignore: ignoring(t, "copy")}); seal(r) != before || r.Ignored != 1 {
		t.Errorf("%+v, was %s", r, before)
	}
}

func ignoring(t *testing.T, lines string) *Ignore {
	t.Helper()
	ignore, err := ParseIgnore(IgnoreFile, []byte(lines))
	if err != nil {
		t.Fatal(err)
	}
	return ignore
}

func TestHistoryOfAPullRequest(t *testing.T) {
	t.Parallel()
	w := newWorkTree(t)
	w.write("old", key("old"))
	w.commit("not of this pull request")
	w.git("checkout", "-q", "-b", "topic")
	w.write("new", key("new"))
	added := w.commit("adds a key")
	w.git("rm", "-q", "new")
	w.commit("takes it out: " + key("message"))
	w.git("checkout", "-q", "main")
	w.write("main", key("main"))
	w.commit("meanwhile")
	w.git("checkout", "-q", "--detach", "main")
	w.git("merge", "-q", "--no-ff", "topic")
	r := history(t, &History{Root: w.dir, Base: w.git("rev-parse", "main")})
	if got := places(r); len(got) != 2 || !slices.Contains(got, short(added)+"new") {
		t.Errorf("%q", got)
	}
	if got := why(r, "history: new commits"); !strings.HasPrefix(got, "looked: 4 objects, ") {
		t.Errorf("%q of %v", got, r.Statuses)
	}
	if got := why(r, "history"); !strings.HasPrefix(got, "skipped: only the new commits") {
		t.Error(got)
	}
	for name, h := range map[string]*History{
		"skipped: no pull request or push says which commits are new; history: true looks at all of them":        {Root: w.dir},
		"failed: the clone has no such commit: nothing":                                                          {Root: w.dir, Base: "nothing"},
		"failed: the clone has no such commit: nowhere":                                                          {Root: w.dir, Base: "main", Head: "nowhere"},
		"failed: there is no git repository in the checkout; actions/checkout makes one when the runner has git": {Root: t.TempDir(), All: true},
	} {
		if got := why(history(t, h), "history") + why(history(t, h), "history: new commits"); !strings.HasPrefix(got, name) {
			t.Errorf("%q, want %q", got, name)
		}
	}
}

func TestHistoryThatIsNotThere(t *testing.T) {
	t.Parallel()
	w := newWorkTree(t)
	w.write("old", key("old"))
	w.commit("first")
	base := w.git("rev-parse", "HEAD")
	w.write("old", "gone")
	w.write("new", key("new"))
	w.commit("second")
	w.write("newer", "nothing")
	w.commit("third")
	clone := func(options ...string) string {
		dir := filepath.Join(t.TempDir(), "clone")
		w.git(append(append([]string{"clone", "-q"}, options...), "file://"+w.dir, dir)...)
		return dir
	}
	w.git("config", "uploadpack.allowFilter", "true")
	for name, c := range map[string]struct {
		history History
		status  string
		words   []string
	}{
		"all of a shallow clone":      {History{Root: clone("--depth=1"), All: true}, "history", []string{"failed: ", "shallow", "fetch-depth: 0", "--unshallow"}},
		"all of a partial clone":      {History{Root: clone("--filter=blob:none"), All: true}, "history", []string{"failed: ", "partial", "filter:"}},
		"a base that is not there":    {History{Root: clone("--depth=1"), Base: base}, "history: new commits", []string{"failed: ", base, "fetch-depth: 0"}},
		"commits that are not there":  {History{Root: clone("--depth=1"), Base: "HEAD"}, "history: new commits", []string{"looked: 0 objects"}},
		"a base that is there":        {History{Root: clone("--depth=3"), Base: base}, "history: new commits", []string{"looked: "}},
		"what lies between, is there": {History{Root: clone("--depth=2"), Base: w.git("rev-parse", "HEAD~1")}, "history: new commits", []string{"looked: "}},
	} {
		r := history(t, &c.history)
		got := why(r, c.status)
		for _, word := range c.words {
			if !strings.Contains(got, word) {
				t.Errorf("%s: %q has no %q", name, got, word)
			}
		}
		if strings.HasPrefix(got, "failed") && len(r.Findings) == 0 {
			t.Errorf("%s: what is there was not looked at", name)
		}
	}
}

func TestHistoryHostile(t *testing.T) {
	t.Parallel()
	other := newWorkTree(t)
	other.write("theirs", key("theirs"))
	other.commit("outside")
	for name, c := range map[string]struct {
		harm func(w *workTree)
		want string
		keys int
	}{
		"a pack cut short": {func(w *workTree) { w.harm("pack", func(b []byte) []byte { return b[:len(b)*2/3] }) }, "failed: ", -1},
		"a pack of noise":  {func(w *workTree) { w.harm("pack", flip) }, "failed: ", -1},
		"an index cut":     {func(w *workTree) { w.harm("idx", func(b []byte) []byte { return b[:1500] }) }, "failed: the pack pack-", -1},
		"an empty index":   {func(w *workTree) { w.harm("idx", func(b []byte) []byte { return nil }) }, "failed: the pack pack-", -1},
		"objects elsewhere": {
			func(w *workTree) { w.write(".git/objects/info/alternates", other.dir+"/.git/objects\n") },
			"failed: it borrows objects from another repository", 1,
		},
		"a repository elsewhere": {func(w *workTree) {
			os.RemoveAll(filepath.Join(w.dir, ".git"))
			w.write(".git", "gitdir: "+other.dir+"/.git\n")
		}, "failed: the git repository is outside of the workspace", 0},
		"a link elsewhere": {func(w *workTree) {
			os.RemoveAll(filepath.Join(w.dir, ".git"))
			os.Symlink(other.dir+"/.git", filepath.Join(w.dir, ".git"))
		}, "failed: the git repository is outside of the workspace", 0},
		"a loop": {func(w *workTree) {
			os.RemoveAll(filepath.Join(w.dir, ".git"))
			os.Symlink(".git", filepath.Join(w.dir, ".git"))
		}, "failed: ", 0},
		"settings that name programs": {func(w *workTree) {
			for _, setting := range []string{"core.fsmonitor", "core.sshCommand", "core.pager", "diff.external", "filter.x.clean", "filter.x.smudge"} {
				w.git("config", setting, "touch "+w.dir+"/harmed; false")
			}
			w.write(".gitattributes", "* filter=x diff=x\n")
		}, "looked: ", 1},
		"a replaced object": {func(w *workTree) {
			w.write("clean", "clean")
			w.git("replace", w.git("rev-parse", "HEAD:file0"), w.git("hash-object", "-w", "clean"))
		}, "looked: ", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkTree(t)
			w.t = t
			for i := range 20 {
				w.write("file"+strings.Repeat("x", i%3), strings.Repeat("a line that is long enough to be packed\n", 50+i))
				w.commit("a version")
			}
			w.write("file0", key("mine"))
			w.commit("with a key")
			w.git("gc", "-q")
			c.harm(w)
			r := history(t, &History{Root: w.dir, All: true})
			if got := why(r, "history"); !strings.HasPrefix(got, c.want) {
				t.Errorf("%q, want %q", got, c.want)
			}
			if c.keys >= 0 && len(r.Findings) != c.keys {
				t.Errorf("%d findings, want %d", len(r.Findings), c.keys)
			}
			if _, err := os.Stat(filepath.Join(w.dir, "harmed")); err == nil {
				t.Error("a program was started")
			}
		})
	}
}

// harm changes the files of the repository's packs.
func (w *workTree) harm(extension string, change func([]byte) []byte) {
	w.t.Helper()
	names, _ := filepath.Glob(filepath.Join(w.dir, ".git/objects/pack/*."+extension))
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			w.t.Fatal(err)
		}
		os.Remove(name)
		if err := os.WriteFile(name, change(b), 0o666); err != nil {
			w.t.Fatal(err)
		}
	}
}

func flip(b []byte) []byte {
	for i := 12; i < len(b); i += 37 {
		b[i] ^= 0x55
	}
	return b
}

// TestHistoryOfKeys: what scan.Keys takes for a key is found in the history too.
func TestHistoryOfKeys(t *testing.T) {
	t.Parallel()
	w := newWorkTree(t)
	one := "sk-" + "k3JdW8qLz5RtYp0VbN7h" + "T3Blbk" + "FJ" + "mX2cQ9sGf4TuHa6EvKd1"
	w.write("plain", "key = "+one+"\n")
	w.write("wide", "\xff\xfe"+strings.Join(strings.Split("key = "+one+"\n", ""), "\x00")+"\x00")
	first := w.commit("first")
	w.git("rm", "-q", "plain", "wide")
	w.commit("gone")
	r := (&History{Root: w.dir, All: true}).Look(t.Context())
	if got, want := places(r), []string{short(first) + "plain", short(first) + "wide"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	for _, f := range r.Findings {
		if strings.Contains(f.Message+f.Fix+f.Place, one[:12]) || !strings.HasPrefix(f.Message, "OpenAI key sk-k… (") {
			t.Errorf("%+v", f)
		}
	}
}
