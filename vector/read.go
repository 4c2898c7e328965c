package vector

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
)

// lines reads a file line by line.
type lines struct {
	r      *bufio.Reader
	long   []byte
	number int   // of the line, from 1
	end    int64 // where the line ends
}

func newLines(r io.Reader) *lines { return &lines{r: bufio.NewReaderSize(r, 1<<18)} }

// longest is above what metadata and 100,000 numbers take.
const longest = 64 << 20

// next is a line without its end, valid until the next. It is not whole if the
// file ends before it does.
func (l *lines) next() (line []byte, whole bool, err error) {
	l.number++
	l.long = l.long[:0]
	for {
		part, err := l.r.ReadSlice('\n')
		l.end += int64(len(part))
		switch {
		case err == nil && len(l.long) == 0:
			return part[:len(part)-1], true, nil
		case err != nil && !errors.Is(err, bufio.ErrBufferFull) && !errors.Is(err, io.EOF):
			return nil, false, err
		case len(l.long)+len(part) > longest:
			return nil, false, fmt.Errorf("line %d has more than %d MiB", l.number, longest>>20)
		}
		l.long = append(l.long, part...)
		switch {
		case err == nil:
			return l.long[:len(l.long)-1], true, nil
		case errors.Is(err, io.EOF) && len(l.long) == 0:
			return nil, false, io.EOF
		case errors.Is(err, io.EOF):
			return l.long, false, nil
		}
	}
}

// Read goes through the rows of an embeddings file in their order. A row's
// Vector is valid until the next; the first error ends it. A file that is not
// complete is an error, but for a .jsonl that ends with a whole line. Of .parquet
// files it reads those that a [Store] made.
func Read(root *os.Root, name string) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for i, err := range items(root, name) {
			var row Row
			if err == nil {
				row, err = i.head()
			}
			if err != nil {
				yield(Row{}, fmt.Errorf("reading %s: %w", name, err))
				return
			}
			row.Vector = i.vector
			if !yield(row, nil) {
				return
			}
		}
	}
}

// items goes through a file of any format; its errors don't name the file.
func items(root *os.Root, name string) iter.Seq2[item, error] {
	return func(yield func(item, error) bool) {
		f, err := formatOf(name)
		if err != nil {
			yield(item{}, err)
			return
		}
		read := lineItems
		switch {
		case f.table != "":
			read = tableItems
		case f.floats != "":
			read = matrixItems
		}
		dims := 0
		err = read(root, f, func(i item) bool {
			if dims == 0 {
				dims = len(i.vector)
			}
			if len(i.vector) != dims {
				yield(item{}, dimensions(len(i.vector), dims))
				return false
			}
			return yield(i, nil)
		})
		if err != nil {
			yield(item{}, err)
		}
	}
}

// lineItems reads a .jsonl.
func lineItems(root *os.Root, f format, yield func(item) bool) error {
	file, err := root.Open(f.lines)
	if err != nil {
		return err
	}
	defer file.Close()
	var v []float32
	for l := newLines(file); ; {
		line, whole, err := l.next()
		if err != nil {
			return ignoreEOF(err)
		}
		i, err := readLine(line, v)
		if err == nil && !whole {
			err = errors.New("it does not end")
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", l.number, err)
		}
		v = i.vector
		if !yield(i) {
			return nil
		}
	}
}

// matrixItems reads a .npy and the .jsonl beside it.
func matrixItems(root *os.Root, f format, yield func(item) bool) error {
	file, err := root.Open(f.floats)
	if err != nil {
		return err
	}
	defer file.Close()
	m, err := readMatrix(file)
	if err != nil {
		return err
	}
	if m.rows > m.held {
		return fmt.Errorf("it has %d rows, %d are missing", m.held, m.rows-m.held)
	}
	beside, err := root.Open(f.lines)
	if err != nil {
		return err
	}
	defer beside.Close()
	l := newLines(beside)
	if err := m.items(file, l, yield); err != nil {
		return fmt.Errorf("%s: line %d: %w", f.lines, l.number, err)
	}
	return nil
}

// items reads as many lines as the matrix has rows.
func (m matrix) items(file io.ReaderAt, l *lines, yield func(item) bool) error {
	numbers := bufio.NewReaderSize(io.NewSectionReader(file, m.start, 4*int64(m.rows)*int64(m.dims)), 1<<18)
	raw := make([]byte, 4*m.dims)
	var v []float32
	for range m.rows {
		line, whole, err := l.next()
		if err == nil && !whole {
			err = errors.New("it does not end")
		}
		if err == nil {
			_, err = io.ReadFull(numbers, raw)
		}
		if err != nil {
			return err
		}
		v = readFloats(v, raw)
		if !yield(item{line: line, vector: v}) {
			return nil
		}
	}
	if _, _, err := l.next(); !errors.Is(err, io.EOF) {
		return errors.Join(err, fmt.Errorf("the .npy has %d rows, this file more: it is not complete, resume it", m.rows))
	}
	return nil
}
