package vector

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// A Row is one vector and what it is of.
type Row struct {
	ID         string          // of the text; what is no UTF-8 in it is replaced
	Chunk      int             // of the text's chunks, from 0
	Start, End int             // the bytes of the text that the chunk is
	Key        string          // what was embedded, and how: a row with another one is no longer right
	Metadata   json.RawMessage // of the text, or nil
	Vector     []float32       // finite numbers, as many in each row of a file
}

// Key names a text by its content: 32 hexadecimal digits, the first half of its
// SHA-256. Texts with the same key have the same vector of the same model.
func Key(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:16])
}

// A head is a line of a JSON Lines file, with or without its embedding.
type head struct {
	ID        *string         `json:"id"`
	Chunk     *int            `json:"chunk"`
	Start     int             `json:"start"`
	End       int             `json:"end"`
	Key       string          `json:"key"`
	Metadata  json.RawMessage `json:"metadata,omitempty"`
	Embedding []float32       `json:"embedding,omitempty"`
}

// row is the line's row. A line without an id or chunk is none of ours.
func (h head) row() (Row, error) {
	if h.ID == nil || h.Chunk == nil {
		return Row{}, errors.New(`it lacks "id" or "chunk"`)
	}
	return Row{*h.ID, *h.Chunk, h.Start, h.End, h.Key, h.Metadata, h.Embedding}, nil
}

func readHead(line []byte) (Row, error) {
	var h head
	if err := json.Unmarshal(line, &h); err != nil {
		return Row{}, err
	}
	return h.row()
}

// tidy makes the row what a reader of the file will get.
func (r *Row) tidy() error {
	if i := finite(r.Vector); i >= 0 {
		return fmt.Errorf("number %d of the vector of %s, chunk %d, is %v", i, r.ID, r.Chunk, r.Vector[i])
	}
	r.ID, r.Key = strings.ToValidUTF8(r.ID, "\ufffd"), strings.ToValidUTF8(r.Key, "\ufffd")
	if len(r.Metadata) == 0 {
		r.Metadata = nil
		return nil
	}
	var b bytes.Buffer
	if err := json.Compact(&b, r.Metadata); err != nil {
		return fmt.Errorf("reading the metadata of %s: %w", r.ID, err)
	}
	r.Metadata = b.Bytes()
	return nil
}

const embedding = `,"embedding":[`

// appendLine appends the row as a line of JSON, in the fixed order that a fast
// reader relies on.
func (r *Row) appendLine(b []byte, vector bool) []byte {
	b = append(b, `{"id":`...)
	b = appendString(b, r.ID)
	b = append(b, `,"chunk":`...)
	b = strconv.AppendInt(b, int64(r.Chunk), 10)
	b = append(b, `,"start":`...)
	b = strconv.AppendInt(b, int64(r.Start), 10)
	b = append(b, `,"end":`...)
	b = strconv.AppendInt(b, int64(r.End), 10)
	b = append(b, `,"key":`...)
	b = appendString(b, r.Key)
	if r.Metadata != nil {
		b = append(b, `,"metadata":`...)
		b = append(b, r.Metadata...)
	}
	if vector {
		b = append(b, embedding...)
		for i, f := range r.Vector {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendFloat(b, f)
		}
		b = append(b, ']')
	}
	return append(b, "}\n"...)
}

// appendString appends a string of JSON. Encoding one can't fail.
func appendString(b []byte, s string) []byte {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s)
	return append(b, bytes.TrimSuffix(text.Bytes(), []byte("\n"))...)
}

// An item is a row whose head may be still to be read.
type item struct {
	line   []byte // the head as JSON, nil if row is complete
	row    Row
	vector []float32
}

// head is the row without its vector.
func (i item) head() (Row, error) {
	if i.line == nil {
		return i.row, nil
	}
	return readHead(i.line)
}

// readLine reads a line with an embedding, which is put into v. A line that
// appendLine wrote is taken apart without a parser of JSON; the first place that
// looks like the embedding is it if numbers follow up to the end of the line, for
// a quote within a string is escaped and an object within the row ends later.
func readLine(line []byte, v []float32) (item, error) {
	at := bytes.Index(line, []byte(embedding))
	if at >= 0 {
		if vector, ok := readNumbers(line[at+len(embedding):], v); ok {
			line[at] = '}'
			return item{line: line[:at+1], vector: vector}, nil
		}
	}
	row, err := readHead(line)
	if err == nil && len(row.Vector) == 0 {
		err = errors.New(`it lacks an "embedding"`)
	}
	i := item{row: row, vector: row.Vector}
	i.row.Vector = nil
	return i, err
}

// readNumbers reads numbers with commas between, up to the brackets at the end.
func readNumbers(text []byte, v []float32) ([]float32, bool) {
	v = v[:0]
	for {
		f, n := readFloat(text)
		if n == 0 || n == len(text) {
			return v, false
		}
		v = append(v, f)
		if text[n] != ',' {
			return v, string(text[n:]) == "]}"
		}
		text = text[n+1:]
	}
}
