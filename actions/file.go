package actions

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
)

// A File is the place on the disk of an answer or a report, claimed before that
// is paid for. [File.Save] or [File.Discard] ends the claim.
type File struct {
	Path string // relative to the workspace with forward slashes when it lies there, else absolute

	root *os.Root
	temp string
	name string
}

// Create claims path. It makes the folders above it and a hidden temporary file
// beside it, so that what cannot be written later fails now; a file that is
// already at path stays as it is until [File.Save] replaces it whole.
func (w *Workspace) Create(path string) (*File, error) {
	here := w.here(path)
	name, inside := w.Rel(here)
	if inside {
		if err := local(name); err != nil {
			return nil, err
		}
		return claim(w.dir, name, name)
	}
	if err := os.MkdirAll(filepath.Dir(here), 0o755); err != nil {
		return nil, err
	}
	return claim(filepath.Dir(here), filepath.Base(here), path)
}

// Keep is [Workspace.Create] for a file that nobody named: a fresh
// .keyless/response-….txt, in a folder that keeps itself out of git.
func (w *Workspace) Keep() (*File, error) {
	f, err := w.Create(path.Join(keepDir, "response-"+rand.Text()[:10]+".txt"))
	if err != nil {
		return nil, err
	}
	if err := f.ignore(); err != nil {
		f.Discard()
		return nil, err
	}
	return f, nil
}

// ignore keeps the folder of files that nobody named out of git.
func (f *File) ignore() error {
	name := filepath.Join(keepDir, ".gitignore")
	err := f.root.WriteFile(name, []byte("*\n"), 0o644)
	f.give(name)
	return err
}

const keepDir = ".keyless"

func claim(base, name, shown string) (*File, error) {
	root, err := os.OpenRoot(base)
	if err != nil {
		return nil, err
	}
	f := &File{Path: shown, root: root, name: filepath.FromSlash(name)}
	f.temp = filepath.Join(filepath.Dir(f.name), ".keyless-"+rand.Text()[:10])
	if err := f.prepare(); err != nil {
		root.Close()
		return nil, err
	}
	return f, nil
}

func (f *File) prepare() error {
	info, err := f.root.Lstat(f.name)
	switch {
	case escapes(err):
		return errLeadsOut
	case err == nil && !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a regular file", f.Path)
	}
	if err := f.folders(filepath.Dir(f.name)); err != nil {
		return err
	}
	if err := f.root.WriteFile(f.temp, nil, 0o644); err != nil || info == nil {
		return err
	}
	return f.root.Chmod(f.temp, info.Mode().Perm()) // a script stays one
}

// folders makes the folder and those above it that are missing.
func (f *File) folders(name string) error {
	if _, err := f.root.Stat(name); err == nil || name == "." {
		return err
	}
	if err := f.folders(filepath.Dir(name)); err != nil {
		return err
	}
	if err := f.root.Mkdir(name, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	f.give(name)
	return nil
}

// Save writes data to the disk and puts it at Path in one step, with the mode of
// a file that was there. Under a
// container action the process is root; the file is then given to the owner of
// the workspace, as the folders made for it were, so that later steps on the
// host can replace and remove it. When data was written but could not be put at
// Path, the error names the file that holds it.
func (f *File) Save(data []byte) error {
	defer f.root.Close()
	if err := f.root.WriteFile(f.temp, data, 0o644); err != nil {
		_ = f.root.Remove(f.temp)
		return fmt.Errorf("saving %s: %w", f.Path, err)
	}
	f.give(f.temp)
	if err := f.root.Rename(f.temp, f.name); err != nil {
		return fmt.Errorf("saving %s: %w (it is all in %s)", f.Path, err, filepath.Join(f.root.Name(), f.temp))
	}
	return nil
}

// Discard gives the claim up and leaves no trace but the folders. After Save it
// does nothing.
func (f *File) Discard() {
	_ = f.root.Remove(f.temp)
	f.root.Close()
}

// give hands what root made inside somebody else's folder to that folder's
// owner. It is a courtesy: failing at it loses nothing.
func (f *File) give(name string) {
	if os.Geteuid() != 0 {
		return
	}
	if info, err := f.root.Stat("."); err == nil {
		if uid, gid, ok := owner(info); ok && uid != 0 {
			_ = f.root.Lchown(name, uid, gid)
		}
	}
}
