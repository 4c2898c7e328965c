package vector

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
)

var errLayout = errors.New("only a .parquet file that this program made can be read: write .npy or .jsonl instead")

// errTable is what a page that contradicts itself is.
var errTable = errors.New("the .parquet file is damaged")

// maxFooter is above what the metadata of 10,000 row groups takes.
const maxFooter = 16 << 20

// tableItems reads a .parquet.
func tableItems(root *os.Root, f format, yield func(item) bool) error {
	file, err := root.Open(f.table)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	return tableRows(io.NewSectionReader(file, 0, info.Size()), yield)
}

func tableRows(file *io.SectionReader, yield func(item) bool) error {
	footer, err := readFooter(file)
	if err != nil {
		return err
	}
	if !reflect.DeepEqual(footer[2], ownSchema()) {
		return errLayout
	}
	groups, _ := footer[4].([]any)
	var v []float32
	for _, g := range groups {
		t, rows, err := openGroup(file, g)
		if err != nil {
			return err
		}
		for range rows {
			i, err := t.item(v)
			if err != nil {
				return fmt.Errorf("%w: %w", errTable, err)
			}
			v = i.vector
			if !yield(i) {
				return nil
			}
		}
	}
	return nil
}

// ownSchema is the schema as a reader of it gets it.
func ownSchema() any {
	r, _ := readRecord(appendRecord(nil, record{{2, schema()}}))
	return r[2]
}

func readFooter(file *io.SectionReader) (map[int]any, error) {
	end := make([]byte, 8)
	if file.Size() < 12 {
		return nil, errLayout
	}
	if _, err := file.ReadAt(end, file.Size()-8); err != nil {
		return nil, err
	}
	size := int64(binary.LittleEndian.Uint32(end))
	if string(end[4:]) != parquetMagic || size > min(maxFooter, file.Size()-12) {
		return nil, errLayout
	}
	part := io.NewSectionReader(file, file.Size()-8-size, size)
	t := thriftReader{bufio.NewReader(part), int(size)}
	return t.record(16)
}

// A table is a row group that is read, a column beside the other.
type table [len(leaves)]columnReader

func openGroup(file *io.SectionReader, group any) (*table, int64, error) {
	g, _ := group.(map[int]any)
	chunks, _ := g[1].([]any)
	rows, _ := g[3].(int64)
	if len(chunks) != len(leaves) {
		return nil, 0, errTable
	}
	t := &table{}
	for i, c := range chunks {
		chunk, _ := c.(map[int]any)
		meta, _ := chunk[3].(map[int]any)
		codec, _ := meta[4].(int64)
		size, _ := meta[7].(int64)
		start, _ := meta[9].(int64)
		if codec != 0 || meta[11] != nil {
			return nil, 0, errLayout
		}
		if start < 4 || size < 0 || start > file.Size() || size > file.Size()-start {
			return nil, 0, errTable
		}
		t[i] = columnReader{leaf: leaves[i], left: size, r: bufio.NewReaderSize(io.NewSectionReader(file, start, size), 1<<14)}
	}
	return t, rows, nil
}

// item reads the next row. Its texts are copies, its vector is put into v.
func (t *table) item(v []float32) (i item, err error) {
	var fields [embeddingColumn][]byte
	for c := range fields {
		if fields[c], err = t[c].value(); err != nil {
			return i, err
		}
	}
	i.row = Row{
		ID:    string(fields[0]),
		Chunk: int(int32(binary.LittleEndian.Uint32(fields[1]))),
		Start: int(binary.LittleEndian.Uint64(fields[2])),
		End:   int(binary.LittleEndian.Uint64(fields[3])),
		Key:   string(fields[4]),
	}
	if fields[metadataColumn] != nil {
		i.row.Metadata = append(i.row.Metadata, fields[metadataColumn]...)
	}
	raw, err := t[embeddingColumn].list()
	i.vector = readFloats(v, raw)
	return i, err
}

// A columnReader reads the values of one column, page by page.
type columnReader struct {
	leaf   leaf
	r      *bufio.Reader
	left   int64 // bytes that the pages take
	body   []byte
	data   []byte // of the page, from the next value on
	values int    // of the page, from the next on
	levels runReader
}

// value is the next, nil if it is none. It is valid until the next.
func (c *columnReader) value() ([]byte, error) {
	if c.values == 0 {
		if err := c.page(); err != nil {
			return nil, err
		}
	}
	c.values--
	if c.leaf.repetition == optional {
		set, err := c.levels.next(1)
		if err != nil || set == 0 {
			return nil, err
		}
	}
	switch c.leaf.physical {
	case typeInt32:
		return c.take(4)
	case typeInt64:
		return c.take(8)
	}
	size, err := c.take(4)
	if err != nil {
		return nil, err
	}
	return c.take(int64(binary.LittleEndian.Uint32(size)))
}

func (c *columnReader) take(n int64) ([]byte, error) {
	if n > int64(len(c.data)) {
		return nil, io.ErrUnexpectedEOF
	}
	b := c.data[:n:n]
	c.data = c.data[n:]
	return b, nil
}

// list is the next of the embedding column: what begins with a level 0 and goes
// on with levels 1.
func (c *columnReader) list() ([]byte, error) {
	if c.values == 0 {
		if err := c.page(); err != nil {
			return nil, err
		}
	}
	if level, err := c.levels.next(1); err != nil || level != 0 {
		return nil, errors.Join(errThrift, err)
	}
	n := 1 + c.levels.rest()
	if n > c.values {
		return nil, io.ErrUnexpectedEOF
	}
	c.values -= n
	return c.take(4 * int64(n))
}

// page begins the next page.
func (c *columnReader) page() error {
	t := thriftReader{c.r, int(min(c.left, 1<<16))}
	before := t.left
	h, err := t.record(8)
	if err != nil {
		return err
	}
	c.left -= int64(before - t.left)
	data, _ := h[5].(map[int]any)
	kind, isInt := h[1].(int64)
	size, _ := h[3].(int64)
	values, _ := data[1].(int64)
	if !isInt || kind != 0 || data[2] != int64(plain) || h[2] != h[3] || data[3] != int64(rle) {
		return errLayout
	}
	if size < 0 || size > c.left || values < 1 || values > 1<<31 {
		return io.ErrUnexpectedEOF
	}
	c.left -= size
	if int64(cap(c.body)) < size {
		c.body = make([]byte, size)
	}
	c.body, c.values = c.body[:size], int(values)
	if _, err := io.ReadFull(c.r, c.body); err != nil {
		return err
	}
	c.data = c.body
	return c.readLevels()
}

// readLevels takes the levels off the front of the page.
func (c *columnReader) readLevels() error {
	c.levels = runReader{}
	if c.leaf.physical != typeFloat && c.leaf.repetition != optional {
		return nil
	}
	first, err := c.levelBytes()
	c.levels.b = first
	if err != nil || c.leaf.physical != typeFloat {
		return err
	}
	set := runReader{}
	if set.b, err = c.levelBytes(); err != nil {
		return err
	}
	if level, err := set.next(c.values); err != nil || level != 1 {
		return errors.Join(errLayout, err)
	}
	return nil
}

func (c *columnReader) levelBytes() ([]byte, error) {
	size, err := c.take(4)
	if err != nil {
		return nil, err
	}
	return c.take(int64(binary.LittleEndian.Uint32(size)))
}

// A runReader reads what runs wrote.
type runReader struct {
	b     []byte
	level byte
	n     uint64 // of the run, still to come
}

// next reads a level that comes at least n times, so many of them.
func (r *runReader) next(n int) (byte, error) {
	if r.n == 0 && !r.run() || r.n < uint64(n) {
		return 0, errLayout
	}
	r.n -= uint64(n)
	return r.level, nil
}

// rest takes all levels 1 that come now.
func (r *runReader) rest() (n int) {
	for r.n > 0 || r.run() {
		if r.level != 1 || r.n > 1<<31 {
			return n
		}
		n += int(r.n)
		r.n = 0
		if n > 1<<31 {
			return n
		}
	}
	return n
}

// run begins the next run.
func (r *runReader) run() bool {
	n, size := binary.Uvarint(r.b)
	if size <= 0 || size >= len(r.b) || n&1 != 0 || n == 0 || r.b[size] > 1 {
		return false
	}
	r.n, r.level, r.b = n>>1, r.b[size], r.b[size+1:]
	return true
}
