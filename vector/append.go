package vector

import (
	"errors"
	"fmt"
)

// batchSize is about how many bytes of rows are written at once.
const batchSize = 1 << 20

// A batch is whole rows as bytes.
type batch struct {
	lines, floats []byte
	rows          int
}

// Append adds rows to the file. When it returns, they are handed to the
// operating system: a process that is killed does not lose them, a machine that
// loses its power may, until Finish. It keeps no Vector and may be called by
// many at once; the rows of one call then may have others between them.
//
// After an error, say of a full disk, the file ends with its last whole row, so
// that it can be resumed.
func (s *Store) Append(rows ...Row) error {
	if err := s.append(rows); err != nil {
		return fmt.Errorf("appending to %s: %w", s.name(), err)
	}
	return nil
}

func (s *Store) append(rows []Row) error {
	b, _ := s.batches.Get().(*batch)
	if b == nil {
		b = &batch{}
	}
	defer s.batches.Put(b)
	for len(rows) > 0 {
		b.lines, b.floats, b.rows = b.lines[:0], b.floats[:0], 0
		dims := len(rows[0].Vector)
		for b.rows < len(rows) && len(b.lines)+len(b.floats) < batchSize {
			if err := s.encode(b, rows[b.rows], dims); err != nil {
				return err
			}
		}
		if err := s.put(b, dims); err != nil {
			return err
		}
		rows = rows[b.rows:]
	}
	return nil
}

func (s *Store) encode(b *batch, r Row, dims int) error {
	if err := r.tidy(); err != nil {
		return err
	}
	if len(r.Vector) == 0 || len(r.Vector) != dims {
		return dimensions(len(r.Vector), dims)
	}
	b.lines = r.appendLine(b.lines, s.floats == nil)
	if s.floats != nil {
		b.floats = appendFloats(b.floats, r.Vector)
	}
	b.rows++
	return nil
}

// put writes the batch: the numbers first, since a row is there with its line.
func (s *Store) put(b *batch, dims int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.over:
		return errors.New("the file is closed")
	case s.dims == 0:
		s.dims = dims
		if err := s.writeHeader(); err != nil {
			s.dims = 0
			return err
		}
	case dims != s.dims:
		return dimensions(dims, s.dims)
	}
	if s.floats != nil {
		at := s.floats.size
		if err := s.floats.add(b.floats); err != nil {
			return restored(err, s.floats.cut(at), s.rows)
		}
	}
	at := s.lines.size
	if err := s.lines.add(b.lines); err != nil {
		cut := s.lines.cut(at)
		if s.floats != nil {
			cut = errors.Join(cut, s.floats.cut(s.floats.size-int64(len(b.floats))))
		}
		return restored(err, cut, s.rows)
	}
	s.rows += b.rows
	return nil
}
