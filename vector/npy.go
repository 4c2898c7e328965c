package vector

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
)

// headerSize is room for any shape, so that it can be rewritten in place, and a
// multiple of 64, as the format wants.
const headerSize = 128

const magic = "\x93NUMPY"

// matrixHeader is the beginning of a .npy file of version 1.0:
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
func matrixHeader(rows, dims int) []byte {
	b := append([]byte(magic), 1, 0)
	b = binary.LittleEndian.AppendUint16(b, headerSize-10)
	b = fmt.Appendf(b, "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }", rows, dims)
	return append(b, strings.Repeat(" ", headerSize-1-len(b))+"\n"...)
}

// writeHeader writes the shape of now.
func (s *Store) writeHeader() error {
	if s.floats == nil {
		return nil
	}
	if _, err := s.floats.write(matrixHeader(s.rows, s.dims), 0); err != nil {
		return err
	}
	s.floats.size = max(s.floats.size, headerSize)
	return nil
}

// A matrix is what is known of a .npy file.
type matrix struct {
	rows, dims int   // its shape
	start      int64 // where the numbers begin
	held       int   // the rows that it really has
}

// readMatrix reads the header. A file shorter than one of ours is an empty one:
// that is how a process leaves it that was killed at once.
func readMatrix(f *os.File) (matrix, error) {
	info, err := f.Stat()
	if err != nil || info.Size() < headerSize {
		return matrix{start: headerSize}, err
	}
	m, err := readShape(io.NewSectionReader(f, 0, info.Size()))
	if err != nil {
		return m, err
	}
	if m.dims > 0 {
		m.held = int((info.Size() - m.start) / (4 * int64(m.dims)))
	}
	return m, nil
}

func readShape(r io.Reader) (m matrix, err error) {
	start := make([]byte, 12)
	if _, err := io.ReadFull(r, start); err != nil {
		return m, err
	}
	if string(start[:6]) != magic || start[6] < 1 || start[6] > 3 {
		return m, errors.New("it is no .npy file")
	}
	size := int64(binary.LittleEndian.Uint16(start[8:]))
	text, m := append([]byte(nil), start[10:]...), matrix{start: 10 + size}
	if start[6] > 1 {
		size = int64(binary.LittleEndian.Uint32(start[8:]))
		text, m.start = nil, 12+size
	}
	rest, err := io.ReadAll(io.LimitReader(r, min(m.start, 1<<16)-12))
	if err != nil {
		return m, err
	}
	return m, m.parse(string(text) + string(rest))
}

// parse reads the literal of Python that the header is.
func (m *matrix) parse(header string) error {
	shape := regexp.MustCompile(`'shape': *\(([0-9]{1,12}), *([0-9]{1,9}),? *\)`).FindStringSubmatch(header)
	if shape == nil || !strings.Contains(header, "'<f4'") || !strings.Contains(header, "'fortran_order': False") {
		return errors.New("its numbers are not float32 in rows: save it with numpy.save(name, array.astype('<f4'))")
	}
	m.rows, _ = strconv.Atoi(shape[1])
	m.dims, _ = strconv.Atoi(shape[2])
	return nil
}
