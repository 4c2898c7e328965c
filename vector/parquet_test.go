package vector

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"reflect"
	"testing"

	"github.com/parquet-go/parquet-go"
)

// A parquetRow is the table for a reader that is not ours.
type parquetRow struct {
	ID        string    `parquet:"id"`
	Chunk     int32     `parquet:"chunk"`
	Start     int64     `parquet:"start"`
	End       int64     `parquet:"end"`
	Key       string    `parquet:"key"`
	Metadata  *string   `parquet:"metadata,optional"`
	Embedding []float32 `parquet:"embedding,list"`
}

func TestAnotherReaderReadsParquet(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ rows, dims int }{{0, 0}, {1, 1}, {700, 3}, {1500, 1536}, {2200, 8000}} {
		if test.rows > 2000 && testing.Short() {
			continue
		}
		root, rows := testRoot(t), testRows(test.rows, test.dims)
		write(t, root, "v.parquet", false, rows...)
		got := readElsewhere(t, root, "v.parquet")
		equal(t, "parquet-go", got, rows)
	}
}

func readElsewhere(t *testing.T, root *os.Root, name string) (rows []Row) {
	t.Helper()
	f, err := root.Open(name)
	check(t, err)
	defer f.Close()
	r := parquet.NewGenericReader[parquetRow](f)
	defer r.Close()
	for {
		buf := make([]parquetRow, 100)
		n, err := r.Read(buf)
		for _, p := range buf[:n] {
			row := Row{p.ID, int(p.Chunk), int(p.Start), int(p.End), p.Key, nil, p.Embedding}
			if p.Metadata != nil {
				row.Metadata = json.RawMessage(*p.Metadata)
			}
			rows = append(rows, row)
		}
		if err == io.EOF {
			return rows
		}
		check(t, err)
	}
}

// TestManyRowGroups: metadata alone is enough to begin another.
func TestManyRowGroups(t *testing.T) {
	t.Parallel()
	root, rows := testRoot(t), testRows(60, 2)
	for i := range rows {
		rows[i].Metadata = json.RawMessage(`"` + string(bytes.Repeat([]byte("x"), 400_000)) + `"`)
	}
	write(t, root, "v.parquet", false, rows...)
	equal(t, "ours", readAll(t, root, "v.parquet"), rows)
	equal(t, "parquet-go", readElsewhere(t, root, "v.parquet"), rows)
}

func TestParquetOfOthers(t *testing.T) {
	t.Parallel()
	root := testRoot(t)
	f, err := root.Create("v.parquet")
	check(t, err)
	w := parquet.NewGenericWriter[parquetRow](f)
	_, err = w.Write([]parquetRow{{ID: "a", Embedding: []float32{1}}})
	check(t, err)
	check(t, w.Close())
	check(t, f.Close())
	for _, err = range Read(root, "v.parquet") {
	}
	if err == nil {
		t.Error("reads what it does not know")
	}
}

func TestThrift(t *testing.T) {
	t.Parallel()
	long := make([]int32, 20)
	b := appendRecord(nil, record{{1, int16(-3)}, {2, int32(-300)}, {9, int64(1 << 40)}, {10, "text"}, {11, long}, {12, []string{"a"}}, {13, record{}}})
	want := map[int]any{1: int64(-3), 2: int64(-300), 9: int64(1 << 40), 10: "text", 12: []any{"a"}, 13: map[int]any{}}
	got, err := readRecord(b)
	if len(got[11].([]any)) != len(long) {
		t.Error(got[11])
	}
	delete(got, 11)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v, want %v", got, err, want)
	}
}

func FuzzReadParquet(f *testing.F) {
	root := testRoot(f)
	write(f, root, "v.parquet", false, testRows(5, 3)...)
	whole, err := root.ReadFile("v.parquet")
	check(f, err)
	f.Add(whole)
	f.Add(whole[:40])
	f.Add(bytes.Replace(whole, []byte{3, 1, 6}, []byte{30, 1, 6}, 1))
	f.Fuzz(func(t *testing.T, b []byte) {
		n := 0
		_ = tableRows(io.NewSectionReader(bytes.NewReader(b), 0, int64(len(b))), func(item) bool {
			n++
			return n < 1000
		})
	})
}

func FuzzReadFiles(f *testing.F) {
	for _, name := range []string{"v.jsonl", "v.npy"} {
		root := testRoot(f)
		write(f, root, name, false, testRows(3, 2)...)
		lines, _ := root.ReadFile("v.jsonl")
		matrix, _ := root.ReadFile("v.npy")
		f.Add(lines, matrix)
	}
	f.Fuzz(func(t *testing.T, lines, matrix []byte) {
		for _, name := range []string{"v.jsonl", "v.npy"} {
			root := testRoot(t)
			check(t, root.WriteFile("v.jsonl", lines, 0o644))
			check(t, root.WriteFile("v.npy", matrix, 0o644))
			for _, err := range Read(root, name) {
				if err != nil {
					break
				}
			}
			resumeFuzzed(t, root, name)
		}
	})
}

// resumeFuzzed: what Open takes, Read reads after one more row.
func resumeFuzzed(t *testing.T, root *os.Root, name string) {
	s, err := Open(root, name, true)
	if err != nil {
		return
	}
	n, dims := s.rows, max(s.dims, 1)
	if dims < 1000 {
		check(t, s.Append(Row{ID: "x", Vector: make([]float32, dims)}))
		n++
	}
	check(t, s.Close())
	got := 0
	for _, err := range Read(root, name) {
		check(t, err)
		got++
	}
	if got != n {
		t.Errorf("%s: %d rows, want %d", name, got, n)
	}
}

// FuzzReadLine: where the fast reader takes a line, a parser of JSON agrees.
func FuzzReadLine(f *testing.F) {
	for _, r := range testRows(3, 2) {
		f.Add(bytes.TrimSuffix(r.appendLine(nil, true), []byte("\n")))
	}
	f.Add([]byte(`{"id":"a","chunk":0,"metadata":{"embedding":[1,2]},"embedding":[3]}`))
	f.Add([]byte(`{"id":"a,\"embedding\":[1]}","chunk":0,"embedding":[3]}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		var h head
		bad := json.Unmarshal(line, &h)
		i, err := readLine(bytes.Clone(line), nil)
		row, errHead := i.head()
		if err != nil || errHead != nil {
			return
		}
		if bad != nil {
			t.Fatalf("%q is read, but: %v", line, bad)
		}
		want, err := h.row()
		row.Vector = i.vector
		if err != nil || !reflect.DeepEqual(row, want) {
			t.Fatalf("%q: %+v, want %+v, %v", line, row, want, err)
		}
	})
}
