package vector

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
)

// A record is a struct of Thrift, its fields in the order of their ids. A value
// is an int16, int32, int64, string, record, []int32, []string or []record.
//
// Parquet writes its metadata in Thrift's compact protocol, of which this is the
// part that it takes:
// https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
type record []field

type field struct {
	id    int
	value any
}

// The types of the compact protocol.
const (
	thriftTrue = iota + 1
	thriftFalse
	thriftByte
	thriftInt16
	thriftInt32
	thriftInt64
	thriftDouble
	thriftBinary
	thriftList
	thriftSet
	thriftMap
	thriftStruct
)

func appendRecord(b []byte, r record) []byte {
	last := 0
	for _, f := range r {
		kind, value := encodeValue(f.value)
		b = append(b, byte((f.id-last)<<4|kind))
		b = append(b, value...)
		last = f.id
	}
	return append(b, 0)
}

func encodeValue(value any) (kind int, b []byte) {
	switch v := value.(type) {
	case int16:
		return thriftInt16, binary.AppendVarint(nil, int64(v))
	case int32:
		return thriftInt32, binary.AppendVarint(nil, int64(v))
	case int64:
		return thriftInt64, binary.AppendVarint(nil, v)
	case string:
		return thriftBinary, append(binary.AppendUvarint(nil, uint64(len(v))), v...)
	case []int32:
		return thriftList, encodeList(thriftInt32, v)
	case []string:
		return thriftList, encodeList(thriftBinary, v)
	case []record:
		return thriftList, encodeList(thriftStruct, v)
	}
	r, _ := value.(record)
	return thriftStruct, appendRecord(nil, r)
}

func encodeList[T any](kind int, list []T) []byte {
	var b []byte
	if len(list) < 15 {
		b = []byte{byte(len(list)<<4 | kind)}
	} else {
		b = binary.AppendUvarint([]byte{byte(15<<4 | kind)}, uint64(len(list)))
	}
	for _, v := range list {
		_, value := encodeValue(v)
		b = append(b, value...)
	}
	return b
}

// A thriftReader reads records whose text is at most so long. What it returns is
// bool, int64, string, []any and map[int]any; a double is left out.
type thriftReader struct {
	r    *bufio.Reader
	left int
}

var errThrift = errors.New("its metadata is damaged")

func (t *thriftReader) ReadByte() (byte, error) {
	if t.left--; t.left < 0 {
		return 0, errThrift
	}
	return t.r.ReadByte()
}

// record reads one, which may hold others so many deep.
func (t *thriftReader) record(deep int) (map[int]any, error) {
	if deep == 0 {
		return nil, errThrift
	}
	r, id := map[int]any{}, 0
	for {
		b, err := t.ReadByte()
		if err != nil || b == 0 {
			return r, err
		}
		id += int(b >> 4)
		if b>>4 == 0 {
			n, err := binary.ReadVarint(t)
			if err != nil || n < 0 || n > 1<<15 {
				return nil, errors.Join(errThrift, err)
			}
			id = int(n)
		}
		if r[id], err = t.value(int(b&15), deep-1); err != nil {
			return nil, err
		}
	}
}

func (t *thriftReader) value(kind, deep int) (any, error) {
	switch kind {
	case thriftTrue, thriftFalse:
		return kind == thriftTrue, nil
	case thriftByte:
		b, err := t.ReadByte()
		return int64(int8(b)), err
	case thriftInt16, thriftInt32, thriftInt64:
		return binary.ReadVarint(t)
	case thriftDouble:
		_, err := t.bytes(8)
		return nil, err
	case thriftBinary:
		n, err := binary.ReadUvarint(t)
		if err != nil {
			return nil, err
		}
		return t.bytes(n)
	case thriftList, thriftSet:
		return t.list(deep)
	case thriftStruct:
		return t.record(deep)
	}
	return nil, errThrift
}

func (t *thriftReader) bytes(n uint64) (string, error) {
	if n > uint64(max(t.left, 0)) {
		return "", errThrift
	}
	t.left -= int(n)
	b := make([]byte, n)
	_, err := io.ReadFull(t.r, b)
	return string(b), err
}

func (t *thriftReader) list(deep int) (all []any, err error) {
	b, err := t.ReadByte()
	n, kind := uint64(b>>4), int(b&15)
	if err == nil && n == 15 {
		n, err = binary.ReadUvarint(t)
	}
	if err != nil || n > uint64(t.left) || deep == 0 {
		return nil, errors.Join(errThrift, err)
	}
	for range n {
		v, err := t.value(kind, deep-1)
		if kind == thriftTrue || kind == thriftFalse {
			v, err = t.value(thriftByte, 0)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, nil
}

// readRecord reads a record that is all of b.
func readRecord(b []byte) (map[int]any, error) {
	t := thriftReader{bufio.NewReader(bytes.NewReader(b)), len(b)}
	return t.record(16)
}
