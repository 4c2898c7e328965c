package git

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sort"
)

// A pack is one pack file with its index, version 2:
// https://git-scm.com/docs/gitformat-pack
type pack struct {
	file *os.File
	size int64
	hash int // bytes of an ID

	// The index: ids in order, and where each object begins. They stay as they
	// are in the file, so that a million objects take no more memory than there.
	count   int
	fan     [256]uint32
	ids     []byte
	offsets []byte
	large   []byte // offsets of 2 GiB and more

	// order are the objects by where they begin, as positions in the index.
	order []uint32
}

// most is how many bytes the deltas of the pack may make, which bounds the time:
// ten bytes can stand for 20 MiB, and a thousand such deltas fit on a page. Of
// honest packs a byte makes about a hundred.
func (p *pack) most() int64 { return 4<<30 + 1000*p.size }

var errIndex = errors.New("its index is damaged")

// largestIndex is the size of the largest index that is read, in bytes: one of
// ten million objects.
const largestIndex = 512 << 20

// packIndexSize tells whether the index of a pack can have its size: 28 bytes for
// each object, or 40, and 8 for each that begins behind 2 GiB.
func packIndexSize(hash int) func(begin []byte, size int64) error {
	return func(begin []byte, size int64) error {
		if len(begin) < 8+1024 || !bytes.HasPrefix(begin, []byte("\xfftOc\x00\x00\x00\x02")) {
			return fmt.Errorf("%w: it is not of version 2", errIndex)
		}
		count := int64(binary.BigEndian.Uint32(begin[8+4*255:]))
		least := 8 + 1024 + count*int64(hash+8) + 2*int64(hash)
		if size < least || size > least+8*count || size > largestIndex {
			return fmt.Errorf("%w: it is of %d bytes for %d objects", errIndex, size, count)
		}
		return nil
	}
}

// openPack reads the index of a pack of size bytes.
func openPack(file *os.File, size int64, index []byte, hash int) (*pack, error) {
	p := &pack{file: file, size: size, hash: hash}
	if len(index) < 8+1024 || !bytes.HasPrefix(index, []byte("\xfftOc\x00\x00\x00\x02")) {
		return nil, fmt.Errorf("%w: it is not of version 2", errIndex)
	}
	for i := range p.fan {
		p.fan[i] = binary.BigEndian.Uint32(index[8+4*i:])
		if i > 0 && p.fan[i] < p.fan[i-1] {
			return nil, errIndex
		}
	}
	p.count = int(p.fan[255])
	rest := index[8+1024:]
	if len(rest) < p.count*(hash+8)+2*hash {
		return nil, fmt.Errorf("%w: it ends early", errIndex)
	}
	p.ids, rest = rest[:p.count*hash], rest[p.count*(hash+4):] // a CRC of 4 bytes each follows the ids
	p.offsets, rest = rest[:p.count*4], rest[p.count*4:]
	p.large = rest[:len(rest)-2*hash]
	return p, p.sort()
}

// sort brings the objects into the order of the pack.
func (p *pack) sort() error {
	type place struct {
		at  int64
		pos uint32
	}
	places := make([]place, p.count)
	for i := range places {
		places[i] = place{p.offset(i), uint32(i)}
		if places[i].at < 12 || places[i].at >= p.size-int64(p.hash) {
			return fmt.Errorf("%w: an object is outside of the pack", errIndex)
		}
	}
	slices.SortFunc(places, func(a, b place) int { return int(min(1, max(-1, a.at-b.at))) })
	p.order = make([]uint32, p.count)
	for i, at := range places {
		p.order[i] = at.pos
	}
	return nil
}

// offset is where the object at a position of the index begins; -1 for nowhere.
func (p *pack) offset(pos int) int64 {
	at := binary.BigEndian.Uint32(p.offsets[4*pos:])
	if at>>31 == 0 {
		return int64(at)
	}
	far := int(at&^(1<<31)) * 8
	if far+8 > len(p.large) {
		return -1
	}
	return int64(binary.BigEndian.Uint64(p.large[far:]))
}

// id is the name of the object at a position of the index.
func (p *pack) id(pos int) (id ID) {
	copy(id[:], p.ids[pos*p.hash:(pos+1)*p.hash])
	return id
}

// find is the position of an object in the index, -1 if it isn't there.
func (p *pack) find(id ID) int {
	low, high := 0, int(p.fan[id[0]])
	if id[0] > 0 {
		low = int(p.fan[id[0]-1])
	}
	pos := low + sort.Search(high-low, func(i int) bool {
		at := (low + i) * p.hash
		return bytes.Compare(p.ids[at:at+p.hash], id[:p.hash]) >= 0
	})
	if pos < high && p.id(pos) == id {
		return pos
	}
	return -1
}

// nth is which object in the order of the pack begins at an offset, -1 for none.
func (p *pack) nth(offset int64) int {
	n, found := sort.Find(len(p.order), func(i int) int {
		return int(min(1, max(-1, offset-p.offset(int(p.order[i])))))
	})
	if !found {
		return -1
	}
	return n
}

// extent is where the n-th object begins, and where the next one does.
func (p *pack) extent(n int) (begin, end int64) {
	begin, end = p.offset(int(p.order[n])), p.size-int64(p.hash)
	if n+1 < len(p.order) {
		end = p.offset(int(p.order[n+1]))
	}
	return begin, end
}

// A header is what stands in front of an object in a pack.
type header struct {
	kind   Kind
	size   int64 // of the object, or of the delta
	length int   // of the header itself
	base   int   // which object, in the order of the pack, a delta changes; -1 for none
}

// longestHeader is 10 bytes for the size, and an offset of 10 bytes or an ID.
const longestHeader = 10 + 32

var errObject = errors.New("an object in it is damaged")

// header reads that of the n-th object, whose first bytes are b.
func (p *pack) header(n int, b []byte) (header, error) {
	h := header{base: -1}
	if len(b) == 0 {
		return h, errObject
	}
	h.kind, h.size, h.length = Kind(b[0]>>4&7), int64(b[0]&15), 1
	for shift := 4; b[h.length-1]&0x80 != 0; shift += 7 {
		if h.length >= len(b) || shift > 56 {
			return h, errObject
		}
		h.size |= int64(b[h.length]&0x7f) << shift
		h.length++
	}
	switch h.kind {
	case Commit, Tree, Blob, Tag:
		return h, nil
	case offsetDelta:
		return p.offsetBase(h, n, b)
	case refDelta:
		return p.refBase(h, b)
	}
	return h, errObject
}

// offsetBase reads how far in front of the delta its base begins.
func (p *pack) offsetBase(h header, n int, b []byte) (header, error) {
	back, length := distance(b[h.length:])
	begin, _ := p.extent(n)
	h.length += length
	h.base = p.nth(begin - int64(back))
	if length == 0 || back <= 0 || h.base < 0 {
		return h, errObject
	}
	return h, nil
}

// refBase reads the ID of the delta's base, which must be in the same pack.
func (p *pack) refBase(h header, b []byte) (header, error) {
	if len(b) < h.length+p.hash {
		return h, errObject
	}
	var id ID
	copy(id[:], b[h.length:h.length+p.hash])
	h.length += p.hash
	pos := p.find(id)
	if pos < 0 {
		return h, errObject
	}
	h.base = p.nth(p.offset(pos))
	return h, nil
}

// apply makes an object from its base and a delta:
// https://git-scm.com/docs/gitformat-pack#_deltified_representation
// What it returns is in space, if that is large enough.
func apply(base, delta, space []byte) ([]byte, error) {
	before, delta, ok := number(delta)
	after, delta, ok2 := number(delta)
	if !ok || !ok2 || before != uint64(len(base)) {
		return nil, errObject
	}
	if after > Limit {
		return nil, errLarge
	}
	out := grow(space, int(after))[:0]
	for len(delta) > 0 {
		op := delta[0]
		delta = delta[1:]
		var part []byte
		if op&0x80 != 0 {
			part, delta, ok = copied(op, delta, base)
		} else {
			n := int(op)
			if ok = n > 0 && n <= len(delta); ok {
				part, delta = delta[:n], delta[n:]
			}
		}
		if !ok || len(out)+len(part) > int(after) {
			return nil, errObject
		}
		out = append(out, part...)
	}
	if len(out) != int(after) {
		return nil, errObject
	}
	return out, nil
}

// copied reads which part of the base comes next.
func copied(op byte, delta, base []byte) (part, rest []byte, ok bool) {
	var at, n uint32
	for i := range 7 {
		if op>>i&1 == 0 {
			continue
		}
		if len(delta) == 0 {
			return nil, nil, false
		}
		if i < 4 {
			at |= uint32(delta[0]) << (8 * i)
		} else {
			n |= uint32(delta[0]) << (8 * (i - 4))
		}
		delta = delta[1:]
	}
	if n == 0 {
		n = 0x10000
	}
	if uint64(at)+uint64(n) > uint64(len(base)) {
		return nil, nil, false
	}
	return base[at : at+n], delta, true
}

// number reads a number of 7 bits a byte, the lowest first.
func number(b []byte) (n uint64, rest []byte, ok bool) {
	for i, c := range b {
		n |= uint64(c&0x7f) << (7 * i)
		if c&0x80 == 0 {
			return n, b[i+1:], true
		}
		if i == 8 {
			break
		}
	}
	return 0, nil, false
}

// grow is n bytes, in space if that is large enough. It takes an eighth more than
// it needs, since the next version of a file is often a little longer.
func grow(space []byte, n int) []byte {
	if cap(space) >= n {
		return space[:n]
	}
	return make([]byte, n, n+n/8+64)
}

// readAt is n bytes of the file from an offset, in space if that is large enough;
// fewer at the end of the file.
func readAt(file *os.File, at int64, n int, space []byte) ([]byte, error) {
	space = grow(space, n)
	got, err := file.ReadAt(space, at)
	if err == io.EOF {
		err = nil
	}
	return space[:got], err
}
