package git

import (
	"fmt"
	"io/fs"
	"strings"
)

// File is the content of a file in a commit. Its path is below the top of the work
// tree, with slashes. The error wraps [fs.ErrNotExist] where the commit has no such
// file, and is about the clone where it lacks an object.
func (r *Repo) File(commit ID, path string) ([]byte, error) {
	in := r.reader()
	c, err := in.commit(commit)
	if err != nil {
		return nil, err
	}
	id, kind := c.tree, Tree
	for name := range strings.SplitSeq(path, "/") {
		if id, kind, err = in.entry(id, kind, name); err != nil {
			return nil, fmt.Errorf("%s in %s: %w", path, commit.Short(), err)
		}
	}
	if kind != Blob {
		return nil, fmt.Errorf("%s in %s: %w", path, commit.Short(), fs.ErrNotExist)
	}
	_, data, err := in.read(id)
	return append([]byte(nil), data...), err
}

// entry is what has a name in a tree.
func (in *reader) entry(tree ID, kind Kind, name string) (id ID, of Kind, err error) {
	if kind != Tree {
		return id, of, fs.ErrNotExist
	}
	_, data, err := in.read(tree)
	if err != nil {
		return id, of, err
	}
	eachEntry(data, in.hash, func(mode uint32, called, raw []byte) {
		if string(called) != name {
			return
		}
		switch copy(id[:], raw); mode & modeType {
		case modeDir:
			of = Tree
		case modeFile:
			of = Blob
		}
	})
	if of == 0 {
		return id, of, fs.ErrNotExist
	}
	return id, of, nil
}
