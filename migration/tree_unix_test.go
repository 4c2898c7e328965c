//go:build unix

package migration

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestTreeHostile(t *testing.T) {
	t.Parallel()
	w := newWorkTree(t)
	outside := t.TempDir()
	must := func(err error) {
		if err != nil {
			t.Helper()
			t.Fatal(err)
		}
	}
	must(os.WriteFile(filepath.Join(outside, "secret"), []byte(key("outside")), 0o666))
	must(os.Symlink(filepath.Join(outside, "secret"), filepath.Join(w.dir, "link")))
	must(os.Symlink(outside, filepath.Join(w.dir, "folder")))
	must(os.Symlink(".", filepath.Join(w.dir, "loop")))
	must(syscall.Mkfifo(filepath.Join(w.dir, "pipe"), 0o666))
	sparse, err := os.Create(filepath.Join(w.dir, "sparse"))
	must(err)
	must(errors.Join(sparse.Truncate(2<<30), sparse.Close()))
	w.write("binary", "\x00\x01"+key("binary"))
	w.write("wide", "\xff\xfe"+strings.Join(strings.Split(key("wide"), ""), "\x00")+"\x00")
	w.write("lfs", "version https://git-lfs.github.com/spec/v1\noid sha256:"+key("a")+"\nsize 12\n")
	w.write(strings.Repeat("deep/", 200)+"file", key("deep"))
	r := (&Tree{Root: w.dir, Texts: texts()}).Look(t.Context())
	expect(t, r, "binary", strings.Repeat("deep/", 200)+"file", "wide")
	for name, want := range map[string]string{
		"tree: large files": "failed: longer than 512.0 MiB and not read: sparse; name them in exclude",
		"tree: Git LFS":     "skipped: 1 LFS pointer not fetched; set lfs: true in actions/checkout",
	} {
		if got := why(r, name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	r = (&Tree{Root: w.dir, Exclude: []string{"sparse"}, Texts: texts()}).Look(t.Context())
	if got := why(r, "tree: large files"); got != "" {
		t.Error(got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got := why((&Tree{Root: w.dir, Texts: texts()}).Look(ctx), "tree"); !strings.HasPrefix(got, "failed: it took too long: only 0 files") {
		t.Error(got)
	}
}

func TestTreeDeep(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	for range deepest + 5 {
		if err := at.Mkdir("d", 0o777); err != nil {
			t.Fatal(err)
		}
		below, err := at.OpenRoot("d")
		at.Close()
		if err != nil {
			t.Fatal(err)
		}
		at = below
	}
	defer at.Close()
	if err := at.WriteFile("file", []byte(key("a")), 0o666); err != nil {
		t.Fatal(err)
	}
	r := (&Tree{Root: dir, Texts: texts()}).Look(t.Context())
	expect(t, r)
	if got := why(r, "tree: what can't be read"); !strings.Contains(got, "deeper than 300 folders") {
		t.Error(r.Statuses)
	}
}
