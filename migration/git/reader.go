package git

import (
	"bytes"
	"fmt"
	"path"
	"strconv"
)

// A reader reads single objects. Each goroutine has its own.
type reader struct {
	*Repo
	inflater
	bases map[baseKey]base
	held  int
	made  int64  // bytes, from deltas
	space []byte // of the last loose object
}

type baseKey struct {
	pack *pack
	n    int
}

type base struct {
	kind Kind
	data []byte
}

func (r *Repo) reader() *reader { return &reader{Repo: r, bases: map[baseKey]base{}} }

// read is an object; its data stays valid, and must not be changed.
func (in *reader) read(id ID) (Kind, []byte, error) {
	for _, p := range in.packs {
		if pos := p.find(id); pos >= 0 {
			return in.packed(p, p.nth(p.offset(pos)))
		}
	}
	kind, data, err := in.loose(id)
	if err != nil {
		return 0, nil, fmt.Errorf("reading the object %s: %w", id.Short(), err)
	}
	return kind, data, nil
}

// longestChain is how many deltas may stand between an object and its root.
// git makes 50, or up to 4095 when told to.
const longestChain = 4095

// packed makes the n-th object of a pack, from the nearest base at hand.
func (in *reader) packed(p *pack, n int) (Kind, []byte, error) {
	var chain []header
	var at []int
	found := base{}
	for n >= 0 && found.data == nil {
		if known, ok := in.bases[baseKey{p, n}]; ok {
			found = known
			break
		}
		begin, end := p.extent(n)
		var space [longestHeader]byte
		b, err := readAt(p.file, begin, int(min(longestHeader, end-begin)), space[:])
		if err != nil {
			return 0, nil, err
		}
		h, err := p.header(n, b)
		if err != nil || len(chain) > longestChain {
			return 0, nil, errObject
		}
		chain, at, n = append(chain, h), append(at, n), h.base
	}
	for i := len(chain) - 1; i >= 0; i-- {
		var err error
		if found, err = in.link(p, at[i], chain[i], found); err != nil {
			return 0, nil, err
		}
	}
	return found.kind, found.data, nil
}

// link makes one object of a chain from the one before it.
func (in *reader) link(p *pack, n int, h header, before base) (base, error) {
	begin, end := p.extent(n)
	begin += int64(h.length)
	data, err := in.inflater.read(p.file, begin, end-begin, h.size, nil)
	if err == nil && h.base >= 0 {
		data, err = apply(before.data, data, nil)
		h.kind = before.kind
		if in.made += int64(len(data)); in.made > p.most() {
			err = errObject
		}
	}
	if err != nil {
		return base{}, err
	}
	if in.held += len(data); in.held > retained {
		clear(in.bases)
		in.held = len(data)
	}
	made := base{h.kind, data}
	in.bases[baseKey{p, n}] = made
	return made, nil
}

// loose reads an object that has a file of its own, "KIND SIZE\0…" compressed:
// https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
func (in *reader) loose(id ID) (Kind, []byte, error) {
	name := id.String()
	kind, data, _, err := in.looseFile(path.Join(in.main, "objects", name[:2], name[2:]), nil)
	return kind, data, err
}

// looseFile reads the object that a file holds. data is a part of what it returns
// as used, which is space, if that is large enough.
func (in *reader) looseFile(name string, space []byte) (kind Kind, data, used []byte, err error) {
	if err := in.openLoose(name); err != nil {
		return 0, nil, space, err
	}
	head := make([]byte, 32)
	n := 0
	for n < len(head) && bytes.IndexByte(head[:n], 0) < 0 {
		if got, err := in.zlib.Read(head[n : n+1]); got == 0 && err != nil {
			return 0, nil, space, errObject
		} else {
			n += got
		}
	}
	word, digits, _ := bytes.Cut(head[:max(n-1, 0)], []byte(" "))
	size, err := strconv.ParseInt(string(digits), 10, 64)
	kind = kindOf(string(word))
	switch {
	case err != nil || kind == 0 || size < 0:
		return 0, nil, space, errObject
	case size > Limit || len(in.raw) > longestLoose:
		return kind, nil, space, errLarge
	}
	if used, err = in.inflate(in.raw, n+int(size), space); err != nil {
		return kind, nil, space, err
	}
	return kind, used[n:], used, nil
}

// longestLoose is more than the largest object that is read takes in a file.
const longestLoose = Limit + 1<<20

// openLoose begins to inflate a file. Of one that is too large it has the
// beginning, which tells the kind.
func (in *reader) openLoose(name string) error {
	f, size, err := OpenFile(in.root, name)
	if err != nil {
		return err
	}
	defer f.Close()
	if in.raw, err = readAt(f, 0, int(min(size, longestLoose+1)), in.raw); err != nil {
		return err
	}
	return in.open(in.raw)
}
