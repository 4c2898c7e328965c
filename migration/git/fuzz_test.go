package git

import (
	"bytes"
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// FuzzPack reads a pack that somebody else made, with its index.
func FuzzPack(f *testing.F) {
	w := newWork(f)
	for i := range 6 {
		w.commit("a version", "file", long(i)[:600+i])
	}
	w.git("repack", "-q", "-a", "-d", "-f")
	names, _ := filepath.Glob(filepath.Join(w.dir, ".git/objects/pack/*.pack"))
	pack, err := os.ReadFile(names[0])
	if err != nil {
		f.Fatal(err)
	}
	index, err := os.ReadFile(names[0][:len(names[0])-4] + "idx")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(pack, index, uint(0), byte(0))
	f.Add(pack, index, uint(20), byte(0x7f))
	f.Fuzz(func(t *testing.T, pack, index []byte, at uint, with byte) {
		if len(pack) > 0 {
			pack = bytes.Clone(pack)
			pack[at%uint(len(pack))] ^= with
		}
		dir := t.TempDir()
		name := filepath.Join(dir, ".git/objects/pack/p")
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		for extension, b := range map[string][]byte{".pack": pack, ".idx": index} {
			if err := os.WriteFile(name+extension, b, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		r, err := openAt(t, dir)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if _, _, err := r.Origins(ctx, []ID{{1}}); err != nil {
			t.Fatal(err)
		}
		count, err := r.Objects(ctx, func(Object) {}, Commit, Tree, Blob, Tag)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range r.packs {
			if total := count.Objects + count.Damaged + count.Large; total < int64(p.count) && len(r.packs) == 1 {
				t.Errorf("%+v of %d objects", count, p.count)
			}
			in := r.reader()
			for n := range min(p.count, 50) {
				in.packed(p, n)
			}
		}
	})
}

func FuzzIndex(f *testing.F) {
	w := newWork(f)
	for _, name := range []string{"a", "b/c", "b/d"} {
		w.write(name, name)
	}
	w.git("add", "-A")
	for _, version := range []string{"2", "4"} {
		w.git("update-index", "--index-version="+version)
		b, err := os.ReadFile(filepath.Join(w.dir, ".git/index"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		all, _ := parseIndex(b, 20)
		if len(all) > len(b)/40 {
			t.Errorf("%d files in %d bytes", len(all), len(b))
		}
	})
}

func FuzzApply(f *testing.F) {
	f.Add([]byte("a base"), []byte("\x06\x04\x91\x02\x04"))
	f.Add([]byte("a base"), []byte("\x06\x03\x03abc"))
	f.Fuzz(func(t *testing.T, base, delta []byte) {
		out, err := apply(base, delta, nil)
		_, rest, _ := number(delta)
		if size, _, _ := number(rest); err == nil && uint64(len(out)) != size {
			t.Errorf("%d bytes, not %d", len(out), size)
		}
	})
}

func FuzzObject(f *testing.F) {
	f.Add([]byte("tree 1234567890123456789012345678901234567890\nparent 1234567890123456789012345678901234567890\nauthor A <a@b> 1 +0100\ncommitter A <a@b> 99999999999999999999 -9999\n\nmessage"))
	f.Add([]byte("100644 name\x0012345678901234567890"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if c, err := parseCommit(ID{}, data); err == nil && c.tree.IsZero() {
			t.Error("a commit without a tree")
		}
		read := 0
		whole := eachEntry(data, 20, func(_ uint32, name, id []byte) { read += len(name) + len(id) + 2 })
		if read > len(data) || whole && len(data) > 0 && read == 0 {
			t.Errorf("read %d of %d bytes", read, len(data))
		}
	})
}

// TestLargeObjects: an object above the limit is counted, and so is what is
// stored as a change of it.
func TestLargeObjects(t *testing.T) {
	t.Parallel()
	w := newWork(t)
	large := bytes.Repeat([]byte("0123456789abcdef"), Limit/16+1)
	binary.BigEndian.PutUint64(large, 1)
	w.commit("large", "large", string(large))
	w.commit("small", "small", "small")
	for range 2 {
		count, err := w.open().Objects(t.Context(), func(Object) {}, Blob)
		if err != nil || count != (Count{Objects: 1, Bytes: 5, Large: 1}) {
			t.Errorf("%+v, %v", count, err)
		}
		w.git("gc", "-q")
	}
}

// TestDamagedLooseObjects: what can't be read is counted.
func TestDamagedLooseObjects(t *testing.T) {
	t.Parallel()
	w := newWork(t)
	w.commit("first", "a", "a")
	w.commit("second", "b", "b")
	id := w.git("rev-parse", "HEAD:a")
	name := filepath.Join(w.dir, ".git/objects", id[:2], id[2:])
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	w.write(filepath.Join(".git/objects", id[:2], id[2:]), "no object")
	count, err := w.open().Objects(t.Context(), func(Object) {}, Blob)
	if err != nil || count.Objects != 1 || count.Damaged != 1 {
		t.Errorf("%+v, %v", count, err)
	}
}
