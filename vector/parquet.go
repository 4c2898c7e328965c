package vector

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
)

// What of Parquet is written: no compression (vectors don't get smaller, and a
// reader can map them), no dictionaries, no statistics, data pages of version 1.
// https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
const (
	parquetMagic = "PAR1"
	createdBy    = "keyless-inference"

	groupSize  = 64 << 20 // about so many bytes of vectors make a row group,
	groupLines = 8 << 20  // or about so many of the other columns
	pageSize   = 1 << 20
)

// Physical types, and what else the metadata numbers.
const (
	typeInt32 = 1
	typeInt64 = 2
	typeFloat = 4
	typeBytes = 6

	required = 0
	optional = 1
	repeated = 2

	plain = 0
	rle   = 3
)

// A leaf is a column. What is converted is the older name of what is logical, by
// its number in the union LogicalType.
type leaf struct {
	path               []string
	physical           int32
	repetition         int32
	converted, logical int
}

var leaves = [...]leaf{
	{path: []string{"id"}, physical: typeBytes, logical: 1},
	{path: []string{"chunk"}, physical: typeInt32},
	{path: []string{"start"}, physical: typeInt64},
	{path: []string{"end"}, physical: typeInt64},
	{path: []string{"key"}, physical: typeBytes, logical: 1},
	{path: []string{"metadata"}, physical: typeBytes, repetition: optional, converted: 19, logical: 12},
	{path: []string{"embedding", "list", "element"}, physical: typeFloat},
}

// The columns with a part of their own.
const (
	metadataColumn  = 5
	embeddingColumn = 6
)

// schema is the tree of the columns, depth first. The list has the three levels
// that readers agree on, none of which may be null:
// https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#lists
func schema() []record {
	all := []record{{{4, "schema"}, {5, int32(len(leaves))}}}
	for _, l := range leaves[:embeddingColumn] {
		r := record{{1, l.physical}, {3, l.repetition}, {4, l.path[0]}}
		if l.logical != 0 {
			r = append(r, field{6, int32(l.converted)}, field{10, record{{l.logical, record{}}}})
		}
		all = append(all, r)
	}
	return append(all,
		record{{3, int32(required)}, {4, "embedding"}, {5, int32(1)}, {6, int32(3)}, {10, record{{3, record{}}}}},
		record{{3, int32(repeated)}, {4, "list"}, {5, int32(1)}},
		record{{1, int32(typeFloat)}, {3, int32(required)}, {4, "element"}})
}

// makeTable makes the .parquet of the other two. It gets its name when it is
// whole and on the disk.
func (s *Store) makeTable() error {
	dir, name := path.Split(s.format.table)
	partial := dir + "." + name + ".partial"
	f, err := openFile(s.root, partial, os.O_TRUNC)
	if err != nil {
		return err
	}
	w := tableWriter{w: bufio.NewWriterSize(f, 1<<18), dims: s.dims}
	err = w.table(newLines(io.NewSectionReader(s.lines, 0, s.lines.size)), io.NewSectionReader(s.floats, headerSize, s.floats.size), s.rows)
	if err = errors.Join(err, f.done(err == nil)); err != nil {
		return errors.Join(err, s.root.Remove(partial))
	}
	return s.root.Rename(partial, s.format.table)
}

type tableWriter struct {
	w      *bufio.Writer
	at     int64
	dims   int
	groups []record
}

func (t *tableWriter) table(l *lines, numbers io.Reader, rows int) error {
	t.put([]byte(parquetMagic))
	for done := 0; done < rows; {
		n, err := t.group(l, numbers, min(rows-done, max(1, groupSize/(4*t.dims))))
		if err != nil {
			return err
		}
		done += n
	}
	footer := appendRecord(nil, record{{1, int32(1)}, {2, schema()}, {3, int64(rows)}, {4, t.groups}, {6, createdBy}})
	footer = binary.LittleEndian.AppendUint32(footer, uint32(len(footer)))
	t.put(append(footer, parquetMagic...))
	return t.w.Flush()
}

// put writes; an error stays in the bufio.Writer.
func (t *tableWriter) put(b []byte) {
	n, _ := t.w.Write(b)
	t.at += int64(n)
}

// group writes one row group of at most so many rows, and says how many.
func (t *tableWriter) group(l *lines, numbers io.Reader, most int) (rows int, err error) {
	columns, rows, err := readColumns(l, most)
	if err != nil {
		return 0, err
	}
	start := t.at
	var chunks []record
	for i := range columns {
		at := t.at
		for _, p := range columns[i] {
			t.page(p)
		}
		chunks = append(chunks, chunkRecord(leaves[i], at, t.at, rows))
	}
	at := t.at
	if err := t.embeddings(numbers, rows); err != nil {
		return 0, err
	}
	chunks = append(chunks, chunkRecord(leaves[embeddingColumn], at, t.at, rows*t.dims))
	size := t.at - start
	t.groups = append(t.groups, record{{1, chunks}, {2, size}, {3, int64(rows)}, {5, start}, {6, size}})
	return rows, nil
}

func chunkRecord(l leaf, start, end int64, values int) record {
	return record{{2, start}, {3, record{
		{1, l.physical},
		{2, []int32{plain, rle}},
		{3, l.path},
		{4, int32(0)},
		{5, int64(values)},
		{6, end - start},
		{7, end - start},
		{9, start},
	}}}
}

// A pageData is a page of a column in the making.
type pageData struct {
	levels []byte // encoded
	set    runs   // which values of an optional column there are
	data   []byte
	values int // with those that there are not
}

// readColumns reads lines into pages of all columns but the embedding's.
func readColumns(l *lines, most int) (columns [embeddingColumn][]pageData, rows int, err error) {
	for size := 0; rows < most && size < groupLines; rows++ {
		line, _, err := l.next()
		if err != nil {
			return columns, 0, err
		}
		row, err := readHead(line)
		if err != nil {
			return columns, 0, fmt.Errorf("line %d: %w", l.number, err)
		}
		size += len(line)
		for i := range columns {
			p := lastPage(&columns[i])
			p.data = row.appendColumn(p.data, i)
			p.values++
			if i == metadataColumn {
				p.set.add(min(byte(len(row.Metadata)), 1), 1)
			}
		}
	}
	for i := range columns[metadataColumn] {
		p := &columns[metadataColumn][i]
		p.levels = p.set.append(nil)
	}
	return columns, rows, nil
}

// lastPage is the page that a column's next value goes to.
func lastPage(pages *[]pageData) *pageData {
	if n := len(*pages); n == 0 || len((*pages)[n-1].data) >= pageSize {
		*pages = append(*pages, pageData{})
	}
	return &(*pages)[len(*pages)-1]
}

// appendColumn appends the row's value of a column in the encoding PLAIN.
func (r *Row) appendColumn(b []byte, column int) []byte {
	switch column {
	case 0:
		return appendText(b, r.ID)
	case 1:
		return binary.LittleEndian.AppendUint32(b, uint32(r.Chunk))
	case 2:
		return binary.LittleEndian.AppendUint64(b, uint64(r.Start))
	case 3:
		return binary.LittleEndian.AppendUint64(b, uint64(r.End))
	case 4:
		return appendText(b, r.Key)
	}
	if len(r.Metadata) == 0 {
		return b
	}
	return appendText(b, string(r.Metadata))
}

func appendText(b []byte, s string) []byte {
	return append(binary.LittleEndian.AppendUint32(b, uint32(len(s))), s...)
}

// embeddings writes the pages of a row group's vectors, each of whole rows.
func (t *tableWriter) embeddings(numbers io.Reader, rows int) error {
	var p pageData
	for rows > 0 {
		n := min(rows, max(1, pageSize/(4*t.dims)))
		var starts, set runs
		for range n {
			starts.add(0, 1)
			starts.add(1, t.dims-1)
		}
		set.add(1, n*t.dims)
		p.values = n * t.dims
		p.levels = set.append(starts.append(p.levels[:0]))
		p.data = append(p.data[:0], make([]byte, 4*p.values)...)
		if _, err := io.ReadFull(numbers, p.data); err != nil {
			return err
		}
		t.page(p)
		rows -= n
	}
	return nil
}

func (t *tableWriter) page(p pageData) {
	size := int32(len(p.levels) + len(p.data))
	t.put(appendRecord(nil, record{{1, int32(0)}, {2, size}, {3, size}, {5, record{
		{1, int32(p.values)}, {2, int32(plain)}, {3, int32(rle)}, {4, int32(rle)},
	}}}))
	t.put(p.levels)
	t.put(p.data)
}

// runs are levels of 0 and 1 in the runs of the encoding RLE, of which the other
// kind, packed bits, is never needed:
// https://github.com/apache/parquet-format/blob/master/Encodings.md#RLE
type runs struct {
	done  []byte
	level byte
	n     int
}

// add appends a level so many times.
func (r *runs) add(level byte, n int) {
	if level != r.level {
		r.flush()
	}
	r.level = level
	r.n += n
}

func (r *runs) flush() {
	if r.n > 0 {
		r.done = append(binary.AppendUvarint(r.done, uint64(r.n)<<1), r.level)
	}
	r.n = 0
}

// append appends the runs as they are in a page, after their length.
func (r *runs) append(b []byte) []byte {
	r.flush()
	return append(binary.LittleEndian.AppendUint32(b, uint32(len(r.done))), r.done...)
}
