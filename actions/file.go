package actions

import (
	"crypto/rand"
	"fmt"
	"os"
	"path"
	"path/filepath"
)

// A File is an answer's place on the disk, claimed before the answer is paid
// for. [File.Save] or [File.Discard] ends the claim.
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
	name, inside := w.Rel(path)
	if inside {
		if err := local(name); err != nil {
			return nil, err
		}
		return claim(w.dir, name, name)
	}
	return claim(filepath.Dir(path), filepath.Base(path), path)
}

// Keep is [Workspace.Create] for a file that nobody named: a fresh
// .keyless/response-….txt, in a folder that keeps itself out of git.
func (w *Workspace) Keep() (*File, error) {
	f, err := w.Create(path.Join(keepDir, "response-"+rand.Text()[:10]+".txt"))
	if err != nil {
		return nil, err
	}
	if err := f.root.WriteFile(filepath.Join(keepDir, ".gitignore"), []byte("*\n"), 0o644); err != nil {
		f.Discard()
		return nil, err
	}
	f.give(filepath.Join(keepDir, ".gitignore"))
	return f, nil
}

const keepDir = ".keyless"

func claim(base, name, shown string) (*File, error) {
	root, err := os.OpenRoot(base)
	if err != nil {
		return nil, err
	}
	f := &File{Path: shown, root: root, name: filepath.FromSlash(name)}
	f.temp = filepath.Join(filepath.Dir(f.name), "."+filepath.Base(f.name)+"."+rand.Text()[:8])
	if err := f.prepare(); err != nil {
		root.Close()
		return nil, err
	}
	return f, nil
}

func (f *File) prepare() error {
	if info, err := f.root.Lstat(f.name); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file", f.Path)
	}
	if err := f.root.MkdirAll(filepath.Dir(f.name), 0o755); err != nil {
		return err
	}
	return f.root.WriteFile(f.temp, nil, 0o644)
}

// Save writes data to the disk and puts it at Path in one step. Under a
// container action the process is root; the file is then given to the owner of
// the folder, so that later steps on the host can replace and remove it.
func (f *File) Save(data []byte) error {
	defer f.root.Close()
	err := f.root.WriteFile(f.temp, data, 0o644)
	if err == nil {
		err = f.root.Rename(f.temp, f.name)
	}
	if err != nil {
		return fmt.Errorf("saving %s: %w", f.Path, err)
	}
	f.give(filepath.Dir(f.name))
	f.give(f.name)
	return nil
}

// Discard gives the claim up and leaves no trace but the folders.
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
