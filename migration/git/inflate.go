package git

import (
	"bytes"
	"compress/zlib"
	"errors"
	"io"
	"os"
)

// Limit is the size of the largest object that is read, in bytes. GitHub takes
// files of up to 100 MiB, but nobody writes 20 MiB by hand.
const Limit = 20 << 20

// errLarge tells that an object is above the limit.
var errLarge = errors.New("it is larger than is read")

// An inflater reads compressed objects, one after the other. The zero value is
// ready; each goroutine has its own.
type inflater struct {
	zlib   io.ReadCloser
	source bytes.Reader
	raw    []byte
}

// read inflates what stands in a file, which must become size bytes: in space, if
// that is large enough.
func (f *inflater) read(file *os.File, begin, compressed, size int64, space []byte) ([]byte, error) {
	if size > Limit {
		return nil, errLarge
	}
	if compressed < 0 || compressed > size+size/100+1024 {
		return nil, errObject // zlib makes nothing that much longer
	}
	var err error
	if f.raw, err = readAt(file, begin, int(compressed), f.raw); err != nil {
		return nil, err
	}
	return f.inflate(f.raw, int(size), space)
}

// inflate is the same for what is in memory.
func (f *inflater) inflate(raw []byte, size int, space []byte) ([]byte, error) {
	if err := f.open(raw); err != nil {
		return nil, err
	}
	space = grow(space, size)
	if _, err := io.ReadFull(f.zlib, space); err != nil {
		return nil, errObject
	}
	var more [1]byte
	if n, err := f.zlib.Read(more[:]); n != 0 || err != io.EOF { // it checks the sum here
		return nil, errObject
	}
	return space, nil
}

// open begins to inflate.
func (f *inflater) open(raw []byte) (err error) {
	f.source.Reset(raw)
	if f.zlib == nil {
		f.zlib, err = zlib.NewReader(&f.source)
	} else {
		err = f.zlib.(zlib.Resetter).Reset(&f.source, nil)
	}
	if err != nil {
		return errObject
	}
	return nil
}
