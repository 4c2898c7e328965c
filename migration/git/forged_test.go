package git

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// forge writes an object under a name that is not the hash of it.
func (w *work) forge(digit, kind, data string) ID {
	w.t.Helper()
	name := strings.Repeat(digit, 40)
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	fmt.Fprintf(z, "%s %d\x00%s", kind, len(data), data)
	z.Close()
	w.write(filepath.Join(".git/objects", name[:2], name[2:]), b.String())
	id, _ := ParseID(name)
	return id
}

func treeEntry(mode, name string, id ID) string {
	return mode + " " + name + "\x00" + string(id[:20])
}

// TestForgedCycles: no honest repository has commits or trees that reach
// themselves.
func TestForgedCycles(t *testing.T) {
	t.Parallel()
	w := newWork(t)
	blob := w.forge("b", "blob", "text")
	tree, _ := ParseID(strings.Repeat("c", 40))
	w.forge("c", "tree", treeEntry("100644", "file", blob)+treeEntry("40000", "again", tree))
	one, two := strings.Repeat("1", 40), strings.Repeat("2", 40)
	for digit, parent := range map[string]string{"1": two, "2": one} {
		w.forge(digit, "commit", fmt.Sprintf("tree %s\nparent %s\nparent %s\nauthor %s <a> 1 +0000\n\n", tree, parent, one, strings.Repeat("A", 1000)))
	}
	w.write(".git/HEAD", one)
	r := w.open()
	found, whole, err := r.Origins(t.Context(), []ID{blob})
	if got := found[blob]; err != nil || !whole || got.Path != "file" || len(got.Author) != longestName || !got.InHead {
		t.Errorf("%+v, %v, %v", got, whole, err)
	}
	first, _ := ParseID(one)
	second, _ := ParseID(two)
	if _, err := r.Range(t.Context(), first, second); err != nil {
		t.Error(err)
	}
}

// TestOriginsAreBounded: trees that have a blob in more places than anybody
// remembers.
func TestOriginsAreBounded(t *testing.T) {
	t.Parallel()
	w := newWork(t)
	blob := w.forge("b", "blob", "text")
	w.forge("c", "tree", treeEntry("100644", strings.Repeat("n", Limit/2), blob)+treeEntry("100644", "twice", blob))
	_, whole, err := w.open().Origins(t.Context(), []ID{blob})
	if err != nil || !whole {
		t.Error(whole, err)
	}
	for digit := range strings.SplitSeq("12345", "") {
		w.forge(digit, "tree", treeEntry("100644", strings.Repeat(digit, Limit/2), blob))
	}
	if _, whole, err = w.open().Origins(t.Context(), []ID{blob}); err != nil || whole {
		t.Error(whole, err)
	}
}

// TestNothingIsMissedInSilence: what can't be read could hold, or say, anything.
func TestNothingIsMissedInSilence(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"shallow":                  "its file shallow can't be read",
		"config":                   "its file config can't be read",
		"objects/info/alternates":  "its file objects/info/alternates can't be read",
		"objects/pack":             "the folder objects/pack can't be read",
		"objects/pack/pack-1.pack": "the pack pack-1 has no index",
	} {
		w := newWork(t)
		w.commit("first", "a", "a")
		file := filepath.Join(w.dir, ".git", name)
		if err := os.RemoveAll(file); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(t.TempDir(), file); err != nil { // out of the workspace
			t.Fatal(err)
		}
		if got := strings.Join(w.open().Missing, "\n"); !strings.HasPrefix(got, want) || strings.Contains(got, "\n") {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// TestUnreadableFolderOfObjects counts as damage.
func TestUnreadableFolderOfObjects(t *testing.T) {
	t.Parallel()
	w := newWork(t)
	w.commit("first", "a", "a")
	if err := os.Symlink(t.TempDir(), filepath.Join(w.dir, ".git/objects/00")); err != nil {
		t.Skip(err) // an object begins with these digits
	}
	if count, err := w.open().Objects(t.Context(), func(Object) {}, Blob); err != nil || count.Damaged != 1 || count.Objects != 1 {
		t.Errorf("%+v, %v", count, err)
	}
}

// TestHollowIndexes: files of a gigabyte without anything in them take no memory.
func TestHollowIndexes(t *testing.T) {
	t.Parallel()
	w := newWork(t)
	w.write(".git/index", "DIRC\x00\x00\x00\x02\xff\xff\xff\xff")
	w.write(".git/objects/pack/pack-1.idx", "\xfftOc\x00\x00\x00\x02"+strings.Repeat("\x00\x01\x00\x00", 256))
	w.write(".git/objects/pack/pack-1.pack", "PACK")
	for _, name := range []string{"index", "objects/pack/pack-1.idx", "objects/pack/pack-1.pack"} {
		if err := os.Truncate(filepath.Join(w.dir, ".git", name), 1<<30); err != nil {
			t.Fatal(err)
		}
	}
	r := w.open()
	if got := strings.Join(r.Missing, "\n"); !strings.Contains(got, "its index is damaged: it is of 1073741824 bytes for 65536 objects") {
		t.Error(got)
	}
	if all, err := r.Tracked(); all != nil || err == nil {
		t.Error(all, err)
	}
}

func TestTrackedSparse(t *testing.T) {
	t.Parallel()
	w := newWork(t)
	w.write("here", "")
	w.write("there/a", "")
	w.commit("first", "there/b", "")
	for _, more := range []string{"--no-sparse-index", "--sparse-index"} {
		w.git("sparse-checkout", "set", "--cone", more)
		all, err := w.open().Tracked()
		if err != nil || len(all) < 2 {
			t.Fatal(all, err)
		}
		for _, f := range all {
			if f.Sparse != (f.Path != "here") {
				t.Errorf("%s: %+v", more, f)
			}
		}
	}
}

// TestDeltasAreBounded: what is beyond what a pack may make counts as damage.
func TestDeltasAreBounded(t *testing.T) {
	t.Parallel()
	w := newWork(t)
	for i := range 5 {
		w.commit("a version", "file", long(i))
	}
	w.git("repack", "-q", "-a", "-d", "-f")
	r := w.open()
	f := plant(r.packs[0])
	f.made.Store(f.most())
	lost, seen := 0, 0
	walker := &walker{forest: f, visit: func(int32, Kind, []byte) { seen++ }, damaged: func(int32, error) { lost++ }}
	for _, root := range f.roots {
		walker.tree(t.Context(), root)
	}
	if seen != len(f.roots) || lost != len(f.nodes)-len(f.roots) || lost == 0 {
		t.Errorf("saw %d, lost %d of %d", seen, lost, len(f.nodes))
	}
	in := r.reader()
	in.made = r.packs[0].most()
	failed := 0
	for i := range 5 {
		if _, _, err := in.read(w.id(fmt.Sprintf("HEAD~%d:file", i))); err != nil {
			failed++
		}
	}
	if failed == 0 {
		t.Error("nothing failed")
	}
}
