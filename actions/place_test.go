package actions

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func tree(t *testing.T, names ...string) *Workspace {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return Folder(dir)
}

func TestGlob(t *testing.T) {
	t.Parallel()
	w := tree(t, "a.md", "docs/b.md", "docs/deep/c.md", "docs/d.go", ".git/e.md", ".keyless/f.md", "docs/.hidden/g.md")
	for _, test := range []struct {
		patterns string
		want     string
	}{
		{"*.md", "a.md"},
		{"./docs/**/*.md", "docs/.hidden/g.md docs/b.md docs/deep/c.md"},
		{"docs/**/*.{md,go} !docs/deep/** !**/.hidden/**", "docs/b.md docs/d.go"},
		{"!a.md **/*.md docs/b.md", "docs/.hidden/g.md docs/b.md docs/deep/c.md"},
		{"nothing/*", ""},
	} {
		got, err := w.Glob(strings.Fields(test.patterns))
		if err != nil || !slices.Equal(got, strings.Fields(test.want)) {
			t.Errorf("Glob(%s) = %v, %v; want %s", test.patterns, got, err, test.want)
		}
	}
	for _, bad := range []string{"../*", "/etc/*", "docs/[", ""} {
		if got, err := w.Glob([]string{bad}); err == nil {
			t.Errorf("Glob(%q) = %v, want an error", bad, got)
		}
	}
}

func TestPlace(t *testing.T) {
	t.Parallel()
	w := tree(t, "a.md", "docs/b.md")
	if err := os.Symlink("/", filepath.Join(w.Dir(), "out")); err != nil {
		t.Fatal(err)
	}
	p, err := w.Place("new/deep/results.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.Root.WriteFile(p.Name, []byte("x"), 0o644); err != nil || p.Path != "new/deep/results.jsonl" {
		t.Errorf("the place %s can't be written to: %v", p.Path, err)
	}
	for _, bad := range []string{"../x", "docs", "out/x", ".git/x", ".git"} {
		if p, err := w.Place(bad); err == nil {
			t.Errorf("Place(%q) = %+v, want an error", bad, p)
		}
	}
	outside := filepath.Join(t.TempDir(), "new", "x.jsonl")
	if p, err := w.Place(outside); err != nil || p.Path != outside {
		t.Errorf("Place(%q) = %+v, %v", outside, p, err)
	}
}

// The runner's temporary folder has another path on its host than in a container.
func TestPlaceInTheTemporaryFolder(t *testing.T) {
	t.Parallel()
	w, temp := tree(t, "a.md"), t.TempDir()
	w.temps = map[string]string{"/opt/runner/_work/_temp": temp}
	p, err := w.Place("/opt/runner/_work/_temp/x/results.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if p.Path != "/opt/runner/_work/_temp/x/results.jsonl" || p.Root.Name() != filepath.Join(temp, "x") {
		t.Errorf("the place is %s in %s", p.Path, p.Root.Name())
	}
	f, err := w.Create("/opt/runner/_work/_temp/answer.txt")
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Save([]byte("yes")); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(filepath.Join(temp, "answer.txt")); string(b) != "yes" {
		t.Errorf("the answer is %q, %v", b, err)
	}
}
