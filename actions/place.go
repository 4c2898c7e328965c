package actions

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// A Place is a path that a long run writes to bit by bit, so that what it has paid
// for is on the disk before anything else happens: unlike a [File], which appears
// whole or not at all.
type Place struct {
	Path string   // relative to the workspace with forward slashes when it lies there, else absolute
	Root *os.Root // the workspace, or the folder of an absolute path; close it with [Place.Close]
	Name string   // the path below Root
}

// Place finds path and makes the folders above it. It refuses what leads out of
// the workspace, what belongs to git, and what is there and is no regular file.
func (w *Workspace) Place(path string) (*Place, error) { return w.place(path, fs.FileMode.IsRegular) }

// FolderPlace is [Workspace.Place] for a folder, which need not be there.
func (w *Workspace) FolderPlace(path string) (*Place, error) { return w.place(path, fs.FileMode.IsDir) }

// place finds path. What is there already must be of the kind.
func (w *Workspace) place(path string, kind func(fs.FileMode) bool) (*Place, error) {
	here := w.here(path)
	name, inside := w.Rel(here)
	base := w.dir
	if !inside {
		base, name = filepath.Dir(here), filepath.Base(here)
		if err := os.MkdirAll(base, 0o755); err != nil {
			return nil, err
		}
	}
	if err := local(name); err != nil {
		return nil, err
	}
	if inside && (name == ".git" || strings.HasPrefix(name, ".git/")) {
		return nil, errors.New("this belongs to git")
	}
	root, err := os.OpenRoot(base)
	if err != nil {
		return nil, err
	}
	p := &Place{Path: name, Root: root, Name: filepath.FromSlash(name)}
	if !inside {
		p.Path = path
	}
	if err := p.prepare(kind); err != nil {
		root.Close()
		return nil, err
	}
	return p, nil
}

// KeepPlace is [Workspace.Place] for a file that nobody named: a fresh one in
// .keyless/, a folder that keeps itself out of git.
func (w *Workspace) KeepPlace(prefix, suffix string) (*Place, error) {
	p, err := w.Place(path.Join(keepDir, prefix+rand.Text()[:10]+suffix))
	if err != nil {
		return nil, err
	}
	f := File{root: p.Root}
	if err := f.ignore(); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

func (p *Place) prepare(kind func(fs.FileMode) bool) error {
	info, err := p.Root.Lstat(p.Name)
	switch {
	case escapes(err):
		return errLeadsOut
	case err == nil && !kind(info.Mode()):
		return fmt.Errorf("%s is there already, and something else", p.Path)
	}
	f := File{root: p.Root}
	return f.folders(filepath.Dir(p.Name))
}

// Give hands a file below Root to the owner of the workspace, see [File.Save].
func (p *Place) Give(name string) {
	f := File{root: p.Root}
	f.give(name)
}

// Close lets the folder go.
func (p *Place) Close() error { return p.Root.Close() }

// Open opens a regular file to be read from its beginning, of any length. Paths
// are those of [Workspace.ReadFile].
func (w *Workspace) Open(path string) (*os.File, error) {
	open, stat := os.Open, os.Stat
	name, inside := w.Rel(w.here(path))
	if inside {
		if err := local(name); err != nil {
			return nil, err
		}
		root, err := os.OpenRoot(w.dir)
		if err != nil {
			return nil, err
		}
		defer root.Close()
		open, stat, name = root.Open, root.Stat, filepath.FromSlash(name)
	}
	if err := w.readable(stat(name)); err != nil { // before it is opened: a pipe would be waited for
		return nil, err
	}
	return open(name)
}

// Glob lists the regular files of the workspace that one of the patterns matches,
// sorted, each once, with forward slashes. The patterns are those of
// https://github.com/bmatcuk/doublestar: ** stands for any number of folders, and
// {a,b} for either. A pattern behind ! takes away what it matches, whatever stands
// before it. Links to folders are not followed, and .git and .keyless are not
// looked at.
func (w *Workspace) Glob(patterns []string) ([]string, error) {
	var wanted, unwanted []string
	for _, p := range patterns {
		p = filepath.ToSlash(strings.TrimSpace(p))
		not, negative := strings.CutPrefix(p, "!")
		p = strings.TrimPrefix(not, "./")
		if !doublestar.ValidatePattern(p) || !filepath.IsLocal(filepath.FromSlash(p)) {
			return nil, fmt.Errorf("%q is not a pattern of files in the workspace", p)
		}
		if negative {
			unwanted = append(unwanted, p)
		} else {
			wanted = append(wanted, p)
		}
	}
	root, err := os.OpenRoot(w.dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	var all []string
	err = fs.WalkDir(root.FS(), ".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == ".git" || entry.Name() == keepDir):
			return fs.SkipDir
		case entry.Type().IsRegular() && matchesAny(wanted, path) && !matchesAny(unwanted, path):
			all = append(all, path)
		}
		return nil
	})
	return all, err
}

func matchesAny(patterns []string, path string) bool {
	for _, p := range patterns {
		if doublestar.MatchUnvalidated(p, path) {
			return true
		}
	}
	return false
}
