package git

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"path"
)

// A Tracked is one file that the index has.
type Tracked struct {
	Path      string // below the top of the work tree, with slashes
	Submodule bool   // it is a repository of its own
	Sparse    bool   // it is not to be in the work tree: a file, or all of a folder
}

var errTracked = errors.New("the index is damaged")

// Tracked lists what git tracks, in the order of the index. A repository without
// an index tracks nothing.
// https://git-scm.com/docs/gitformat-index
func (r *Repo) Tracked() ([]Tracked, error) {
	b, err := readSized(r.root, path.Join(r.own, "index"), 12, indexSize)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the index: %w", err)
	}
	return parseIndex(b, r.hash)
}

// indexSize tells whether the index can have its size: 63 bytes and more for each
// file; a path has a few hundred at most, and extensions a few megabytes.
func indexSize(begin []byte, size int64) error {
	if len(begin) < 12 || !bytes.HasPrefix(begin, []byte("DIRC")) {
		return errTracked
	}
	if count := int64(binary.BigEndian.Uint32(begin[8:])); size < 60*count || size > 16<<20+1024*count || size > largestIndex {
		return fmt.Errorf("%w: it is of %d bytes for %d files", errTracked, size, count)
	}
	return nil
}

func parseIndex(b []byte, hash int) ([]Tracked, error) {
	if len(b) < 12+hash || !bytes.HasPrefix(b, []byte("DIRC")) {
		return nil, errTracked
	}
	version, count := binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint32(b[8:])
	if version < 2 || version > 4 {
		return nil, fmt.Errorf("%w: it has version %d", errTracked, version)
	}
	in := indexReader{rest: b[12 : len(b)-hash], hash: hash, version: version}
	var all []Tracked
	for range count {
		mode, sparse, name, err := in.entry()
		if err != nil {
			return all, err
		}
		switch mode & modeType {
		case modeSubmodule, modeFile, modeDir:
			all = append(all, Tracked{name, mode&modeType == modeSubmodule, sparse || mode&modeType == modeDir})
		}
	}
	if bytes.HasPrefix(in.rest, []byte("link")) && len(in.rest) > 8+hash {
		return all, fmt.Errorf("%w: it is split, and only git joins its parts", errTracked)
	}
	return all, nil
}

// An indexReader reads one entry after the other.
type indexReader struct {
	rest    []byte
	hash    int
	version uint32
	last    string
}

func (in *indexReader) entry() (mode uint32, sparse bool, name string, err error) {
	head := 40 + in.hash + 2
	if len(in.rest) < head+4 {
		return 0, false, "", errTracked
	}
	mode = binary.BigEndian.Uint32(in.rest[24:])
	if binary.BigEndian.Uint16(in.rest[40+in.hash:])&0x4000 != 0 && in.version > 2 {
		sparse = in.rest[head]&0x40 != 0 // git's name for it is skip-worktree
		head += 2
	}
	kept := 0
	if rest := in.rest[head:]; in.version == 4 {
		cut, n := distance(rest)
		if n == 0 || cut > len(in.last) {
			return 0, false, "", errTracked
		}
		kept, head = len(in.last)-cut, head+n
	}
	end := bytes.IndexByte(in.rest[head:], 0)
	if end < 0 {
		return 0, false, "", errTracked
	}
	in.last = in.last[:kept] + string(in.rest[head:head+end])
	length := head + end + 1
	if in.version < 4 {
		length = (head + end + 8) &^ 7 // one to eight zeros
	}
	in.rest = in.rest[min(length, len(in.rest)):]
	return mode, sparse, in.last, nil
}

// distance reads a number as packs write how far away a base is, and how many
// bytes it takes; 0 if it has no end.
func distance(b []byte) (value, n int) {
	for i, c := range b[:min(len(b), 9)] {
		if i > 0 {
			value++
		}
		value = value<<7 | int(c&0x7f)
		if c&0x80 == 0 {
			return value, i + 1
		}
	}
	return 0, 0
}
