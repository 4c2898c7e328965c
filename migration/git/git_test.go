package git

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// A work is a work tree with a repository, made by git itself.
type work struct {
	t   testing.TB
	dir string
	now time.Time
}

// newWork makes an empty repository.
func newWork(t testing.TB, options ...string) *work {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	w := &work{t, t.TempDir(), time.Unix(1_700_000_000, 0)}
	w.git(append([]string{"init", "-q", "-b", "main"}, options...)...)
	return w
}

// git runs git and returns what it prints.
func (w *work) git(args ...string) string {
	w.t.Helper()
	w.now = w.now.Add(time.Hour)
	date := fmt.Sprintf("%d +0100", w.now.Unix())
	command := exec.Command("git", append([]string{"-c", "protocol.file.allow=always", "-c", "gc.auto=0"}, args...)...)
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

func (w *work) write(name, text string) {
	w.t.Helper()
	file := filepath.Join(w.dir, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o777), os.WriteFile(file, []byte(text), 0o666)); err != nil {
		w.t.Fatal(err)
	}
}

// commit writes a file, if one is named, and commits everything.
func (w *work) commit(message, name, text string) ID {
	w.t.Helper()
	if name != "" {
		w.write(name, text)
	}
	w.git("add", "-A")
	w.git("commit", "-q", "--allow-empty", "-m", message)
	return w.id("HEAD")
}

func (w *work) id(rev string) ID {
	w.t.Helper()
	id, err := ParseID(w.git("rev-parse", rev))
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

func (w *work) open() *Repo {
	w.t.Helper()
	r, err := openAt(w.t, w.dir)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func openAt(t testing.TB, dir string) (*Repo, error) {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	r, err := Open(root, ".")
	if err == nil {
		t.Cleanup(r.Close)
	}
	return r, err
}

// objects are all of a repository, "KIND ID SIZE", sorted, as git's own
// --batch-all-objects prints them.
func objects(t testing.TB, r *Repo) (all []string, count Count) {
	t.Helper()
	var mutex sync.Mutex
	count, err := r.Objects(t.Context(), func(o Object) {
		mutex.Lock()
		defer mutex.Unlock()
		all = append(all, fmt.Sprintf("%s %s %d", o.Kind, o.ID, len(o.Data)))
	}, Commit, Tree, Blob, Tag)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all, count
}

func (w *work) compare() {
	w.t.Helper()
	got, count := objects(w.t, w.open())
	want := strings.Split(w.git("cat-file", "--batch-all-objects", "--batch-check=%(objecttype) %(objectname) %(objectsize)"), "\n")
	slices.Sort(want)
	if !slices.Equal(got, want) {
		w.t.Errorf("read %d objects, git has %d\n%s\n\n%s", len(got), len(want), strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if count.Objects != int64(len(want)) || count.Damaged+count.Large != 0 {
		w.t.Errorf("counted %+v", count)
	}
}

// long is a text that packs well, and differs a little between versions.
func long(version int) string {
	var b strings.Builder
	for i := range 400 {
		fmt.Fprintf(&b, "line %d of a file that has many, %d\n", i, i*7919%1009)
		if i%100 == version%100 {
			fmt.Fprintf(&b, "but this one is version %d\n", version)
		}
	}
	return b.String()
}

func TestObjectsAreThoseOfGit(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"sha1", "sha256"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			w := newWork(t, "--object-format="+format)
			for i := range 30 {
				w.commit("a version", "dir/file", long(i))
			}
			w.git("tag", "-a", "-m", "a tag", "v1")
			w.compare()
			w.git("repack", "-q", "-a", "-d", "-f", "--depth=50", "--window=50")
			w.compare()
			w.commit("loose beside packed", "more", long(50))
			w.compare()
			w.git("repack", "-q") // a second pack
			w.git("-c", "pack.indexVersion=2", "-c", "repack.useDeltaBaseOffset=false", "repack", "-q", "-a", "-f")
			w.compare()
		})
	}
}

// TestBasesAreMadeAgain keeps next to nothing, so that every base is made again.
func TestBasesAreMadeAgain(t *testing.T) {
	t.Parallel()
	w := newWork(t)
	for i := range 40 {
		w.commit("a version", "file", long(i))
	}
	w.git("repack", "-q", "-a", "-d", "-f", "--depth=50", "--window=50")
	r := w.open()
	f := plant(r.packs[0])
	seen := map[string]int{}
	walker := &walker{forest: f, visit: func(n int32, kind Kind, data []byte) { seen[string(data)]++ }, damaged: func(_ int32, err error) { t.Error(err) }}
	walker.retained = 1 << 40
	for _, root := range f.roots {
		walker.tree(t.Context(), root)
	}
	if len(seen) != len(f.nodes) {
		t.Errorf("saw %d different objects of %d", len(seen), len(f.nodes))
	}
	in := r.reader()
	for i := range 40 {
		kind, data, err := in.read(w.id(fmt.Sprintf("HEAD~%d:file", i)))
		if err != nil || kind != Blob || string(data) != long(39-i) {
			t.Errorf("version %d: %v, %v", 39-i, kind, err)
		}
	}
}

func TestOrigins(t *testing.T) {
	t.Parallel()
	w := newWork(t)
	w.commit("first", "a", "nothing")
	deleted := w.commit("a file that goes away", "old dir/deleted", "deleted")
	w.git("rm", "-q", "old dir/deleted")
	w.commit("gone", "", "")
	stays := w.commit("a file that stays", "deep/er/stays", "stays")
	w.git("mv", "deep/er/stays", "renamed")
	w.commit("renamed", "", "")
	w.git("checkout", "-q", "-b", "other", "HEAD~1")
	other := w.commit("on a branch", "other", "other")
	w.git("checkout", "-q", "main")
	w.git("merge", "-q", "--no-commit", "--no-ff", "other")
	evil := w.commit("merged, and something slipped in", "slipped", "evil")
	w.git("checkout", "-q", "--detach")
	lost := w.commit("nobody keeps it", "lost", "lost")
	w.git("checkout", "-q", "main")
	w.write("stashed", "stashed")
	w.git("add", "-A")
	w.git("stash", "-q")
	w.write("never", "never committed")
	w.git("add", "-A")
	w.git("reset", "-q")
	for name, want := range map[string]Origin{
		"deleted":         {Commit: deleted, Path: "old dir/deleted"},
		"stays":           {Commit: stays, Path: "deep/er/stays", InHead: true},
		"other":           {Commit: other, Path: "other", InHead: true},
		"evil":            {Commit: evil, Path: "slipped", InHead: true},
		"lost":            {Commit: lost, Path: "lost"},
		"stashed":         {Path: "stashed"},
		"never committed": {},
	} {
		w.write("look", name)
		id := w.id(w.git("hash-object", "look"))
		for _, packed := range []bool{false, true} {
			if packed {
				w.git("repack", "-q", "-a", "-d", "--keep-unreachable")
			}
			got, _, err := w.open().Origins(t.Context(), []ID{id, {1}})
			if err != nil {
				t.Fatal(err)
			}
			if o := got[id]; name != "never committed" && (o.Author != "Ada" || o.Date.Year() != 2023 || o.Date.Format("-0700") != "+0100") {
				t.Errorf("%s: %v", name, o)
			}
			if name == "stashed" {
				want.Commit = got[id].Commit // of the two that a stash is made of
			}
			if o := got[id]; o.Commit != want.Commit || o.Path != want.Path || o.InHead != want.InHead {
				t.Errorf("%s: %v, want %v", name, o, want)
			}
		}
	}
}

func TestOriginOfATreeWithoutCommit(t *testing.T) {
	t.Parallel()
	w := newWork(t)
	w.write("folder/file", "dangling")
	w.git("add", "-A")
	w.git("write-tree")
	id := w.id(":folder/file")
	got, _, err := w.open().Origins(t.Context(), []ID{id})
	if o, found := got[id]; err != nil || !found || !o.Commit.IsZero() || !strings.HasSuffix(o.Path, "file") {
		t.Errorf("%v, %v", got, err)
	}
}

func TestRange(t *testing.T) {
	t.Parallel()
	w := newWork(t)
	w.commit("first", "a", "a")
	base := w.commit("second", "b", "b")
	w.git("checkout", "-q", "-b", "topic", "HEAD~1")
	one := w.commit("on the topic", "dir/c", "c")
	w.git("rm", "-q", "dir/c")
	two := w.commit("and gone", "d", "d")
	blobC, blobD, blobE := w.id(one.String()+":dir/c"), w.id("HEAD:d"), ID{}
	w.git("merge", "-q", "--no-commit", "--no-ff", "main")
	merge := w.commit("up to date", "e", "e")
	blobE = w.id("HEAD:e")
	r := w.open()
	span, err := r.Range(t.Context(), base, merge)
	if err != nil || span.Cut || !same(span.Commits, one, two, merge) || !same(span.Blobs, blobC, blobD, blobE) {
		t.Errorf("%v, %v", span, err)
	}
	if empty, err := r.Range(t.Context(), merge, base); err != nil || len(empty.Commits)+len(empty.Blobs) != 0 {
		t.Errorf("the other way round: %v, %v", empty, err)
	}
	seen := map[ID]string{}
	var mutex sync.Mutex
	count, err := r.Some(t.Context(), span.Blobs, func(o Object) {
		mutex.Lock()
		defer mutex.Unlock()
		seen[o.ID] = string(o.Data)
	})
	if err != nil || count.Objects != 3 || seen[blobC] != "c" {
		t.Errorf("%v, %v, %v", seen, count, err)
	}
}

func same(got []ID, want ...ID) bool {
	for _, id := range want {
		if !slices.Contains(got, id) {
			return false
		}
	}
	return len(got) == len(want)
}

func TestShallow(t *testing.T) {
	t.Parallel()
	w := newWork(t)
	first := w.commit("first", "a", "a")
	w.commit("second", "b", "b")
	clone := filepath.Join(t.TempDir(), "clone")
	w.git("clone", "-q", "--depth=1", "file://"+w.dir, clone)
	r, err := openAt(t, clone)
	if err != nil || !r.Shallow || r.Partial {
		t.Fatalf("%+v, %v", r, err)
	}
	if _, err := r.Resolve(first.String()); !errors.Is(err, ErrUnknown) {
		t.Error(err)
	}
	head, err := r.Resolve("HEAD")
	if err != nil || head != w.id("HEAD") {
		t.Errorf("%v, %v", head, err)
	}
	w.git("config", "uploadpack.allowFilter", "true")
	partial := filepath.Join(t.TempDir(), "partial")
	w.git("clone", "-q", "--filter=blob:none", "--no-checkout", "file://"+w.dir, partial)
	if r, err := openAt(t, partial); err != nil || !r.Partial || r.Shallow {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestResolve(t *testing.T) {
	t.Parallel()
	w := newWork(t)
	id := w.commit("first", "a", "a")
	w.git("tag", "-a", "-m", "a tag", "v1")
	w.git("tag", "-a", "-m", "a tag of a tag", "v2", "v1")
	w.git("update-ref", "refs/remotes/origin/topic/x", "HEAD")
	for range 2 {
		r := w.open()
		for _, name := range []string{"HEAD", "main", "refs/heads/main", "v1", "v2", "tags/v1", "origin/topic/x", id.String(), w.git("rev-parse", "v2")} {
			if got, err := r.Resolve(name); err != nil || got != id {
				t.Errorf("%s: %v, %v", name, got, err)
			}
		}
		for _, name := range []string{"", "nothing", "../HEAD", "/HEAD", "config", "HEAD:a", strings.Repeat("0", 40), w.git("rev-parse", "HEAD:a")} {
			if got, err := r.Resolve(name); !errors.Is(err, ErrUnknown) {
				t.Errorf("%q: %v, %v", name, got, err)
			}
		}
		w.git("pack-refs", "--all")
	}
	w.git("checkout", "-q", "--detach")
	if got, err := w.open().Resolve("HEAD"); err != nil || got != id {
		t.Errorf("detached: %v, %v", got, err)
	}
}

func TestTracked(t *testing.T) {
	t.Parallel()
	w := newWork(t)
	names := []string{"a", "b/c", "b/c.d", "line\nbreak", "not \xff UTF-8", "z/" + strings.Repeat("long/", 100) + "end"}
	for _, name := range names {
		w.write(name, name)
	}
	if err := os.Symlink("a", filepath.Join(w.dir, "link")); err != nil {
		t.Fatal(err)
	}
	w.git("add", "-A")
	w.git("update-index", "--add", "--cacheinfo", "160000,1234567890123456789012345678901234567890,sub")
	w.write("new", "")
	w.git("add", "-N", "new") // an extended entry
	for _, version := range []string{"2", "3", "4"} {
		w.git("update-index", "--index-version="+version)
		all, err := w.open().Tracked()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range all {
			if f.Submodule != (f.Path == "sub") {
				t.Errorf("%+v", f)
			}
			got = append(got, f.Path)
		}
		want := slices.Sorted(slices.Values(append([]string{"new", "sub"}, names...)))
		if !slices.Equal(slices.Sorted(slices.Values(got)), want) {
			t.Errorf("version %s: %q, want %q", version, got, want)
		}
	}
	w.git("update-index", "--split-index")
	if all, err := w.open().Tracked(); !errors.Is(err, errTracked) {
		t.Errorf("a split index: %v, %v", all, err)
	}
}

func TestOtherLayouts(t *testing.T) {
	t.Parallel()
	w := newWork(t)
	id := w.commit("first", "a", "a")
	if err := os.Mkdir(filepath.Join(w.dir, "in"), 0o777); err != nil {
		t.Fatal(err)
	}
	w.git("clone", "-q", "--bare", ".", "in/bare.git")
	w.git("worktree", "add", "-q", "in/linked")
	root, err := os.OpenRoot(w.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for _, dir := range []string{".", "in/bare.git", "in/linked"} {
		r, err := Open(root, dir)
		if err != nil {
			t.Errorf("%s: %v", dir, err)
			continue
		}
		defer r.Close()
		if head, err := r.Resolve("HEAD"); err != nil || head != id {
			t.Errorf("%s: %v, %v", dir, head, err)
		}
	}
	if _, err := Open(root, "in"); !errors.Is(err, ErrNone) {
		t.Errorf("no repository: %v", err)
	}
	if _, err := openAt(t, filepath.Join(w.dir, "in/linked")); !errors.Is(err, ErrOutside) {
		t.Errorf("a work tree of a repository elsewhere: %v", err)
	}
	empty := newWork(t).open()
	if all, count := objects(t, empty); len(all) != 0 || count != (Count{}) {
		t.Errorf("an empty repository: %v, %v", all, count)
	}
	if _, err := empty.Resolve("HEAD"); !errors.Is(err, ErrUnknown) {
		t.Errorf("an empty repository: %v", err)
	}
}

func TestContextEnds(t *testing.T) {
	t.Parallel()
	w := newWork(t)
	w.commit("first", "a", "a")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if count, err := w.open().Objects(ctx, func(Object) {}, Blob); !errors.Is(err, context.Canceled) || count.Objects != 0 {
		t.Errorf("%v, %v", count, err)
	}
}

func BenchmarkObjects(b *testing.B) {
	w := newWork(b)
	for i := range 50 {
		for j := range 20 {
			w.write(fmt.Sprintf("dir/%d/file", j), long(i)+long(j))
		}
		w.commit("a version", "", "")
	}
	w.git("gc", "-q")
	r := w.open()
	b.ReportAllocs()
	for b.Loop() {
		count, err := r.Objects(b.Context(), func(Object) {}, Commit, Blob, Tag)
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(count.Bytes)
	}
}

func TestFile(t *testing.T) {
	t.Parallel()
	w := newWork(t)
	first := w.commit("first", "dir/sub/a.txt", "old")
	second := w.commit("second", "dir/sub/a.txt", "new")
	r, err := openAt(t, w.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		id         ID
		path, want string
	}{{first, "dir/sub/a.txt", "old"}, {second, "dir/sub/a.txt", "new"}, {first, "dir/sub", ""}, {first, "dir/b", ""}, {first, "dir/sub/a.txt/x", ""}, {first, "", ""}, {first, "../a", ""}} {
		got, err := r.File(c.id, c.path)
		if string(got) != c.want || (c.want == "") != errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s at %s: %q, %v", c.path, c.id.Short(), got, err)
		}
	}
}
