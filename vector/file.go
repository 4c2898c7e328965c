package vector

import (
	"errors"
	"fmt"
	"os"
)

// A file is one that grows by whole records. What is behind size is not there.
type file struct {
	*os.File
	size  int64
	write func(b []byte, at int64) (int, error) // WriteAt, but for tests
}

func openFile(root *os.Root, name string, flag int) (*file, error) {
	f, err := root.OpenFile(name, os.O_RDWR|os.O_CREATE|flag, 0o644)
	if err != nil {
		return nil, err
	}
	return &file{File: f, write: f.WriteAt}, nil
}

// add appends whole records. After an error size is what it was.
func (f *file) add(b []byte) error {
	if _, err := f.write(b, f.size); err != nil {
		return err
	}
	f.size += int64(len(b))
	return nil
}

// cut makes the file as long as size again.
func (f *file) cut(size int64) error {
	f.size = size
	return f.Truncate(size)
}

// done closes the file, after it is on the disk if it is to be kept.
func (f *file) done(keep bool) error {
	var err error
	if keep {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// restored adds to an error of writing what became of the file.
func restored(err, cut error, rows int) error {
	if cut != nil {
		return fmt.Errorf("%w; the part of a row that was written could not be cut off (%w): resuming will do it", err, cut)
	}
	return fmt.Errorf("%w; the file ends with its last whole row (%d of them) and can be resumed", err, rows)
}
