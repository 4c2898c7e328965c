package vector

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/keyless-inference/action/lock"
)

var endings = []string{".jsonl", ".npy", ".parquet"}

func testRoot(t testing.TB) *os.Root {
	t.Helper()
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return root
}

// testRows are rows with what is awkward in them.
func testRows(n, dims int) (rows []Row) {
	for i := range n {
		r := Row{ID: fmt.Sprintf("docs/%d <\"&\u2028>.md", i/3), Chunk: i % 3, Start: i, End: 10 * i, Key: Key(fmt.Sprint(i))}
		if i%4 != 1 {
			r.Metadata = json.RawMessage(fmt.Sprintf(`{"n":%d,"embedding":[1,2],"t":"é\n"}`, i))
		}
		for d := range dims {
			r.Vector = append(r.Vector, float32(i+1)/float32(d+3)*float32(1-2*(d%2)))
		}
		rows = append(rows, r)
	}
	return rows
}

func readAll(t testing.TB, root *os.Root, name string) (rows []Row) {
	t.Helper()
	for r, err := range Read(root, name) {
		if err != nil {
			t.Fatal(err)
		}
		r.Vector = slices.Clone(r.Vector)
		rows = append(rows, r)
	}
	return rows
}

func write(t testing.TB, root *os.Root, name string, resume bool, rows ...Row) {
	t.Helper()
	s, err := Open(root, name, resume)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Append(rows...); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Finish(), s.Close()); err != nil {
		t.Fatal(err)
	}
}

func equal(t testing.TB, what string, got, want []Row) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d rows, want %d", what, len(got), len(want))
	}
	for i := range got {
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Fatalf("%s: row %d is\n%+v, want\n%+v", what, i, got[i], want[i])
		}
	}
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for _, ending := range endings {
		for _, dims := range []int{1, 2, 300} {
			root := testRoot(t)
			rows := testRows(700, dims)
			name := "out/deep/v" + ending
			write(t, root, name, false, rows[:400]...)
			write(t, root, name, true, rows[400:]...)
			equal(t, name, readAll(t, root, name), rows)
			write(t, root, name, false)
			equal(t, name+" begun anew", readAll(t, root, name), nil)
			left, _ := fs.Glob(root.FS(), "out/deep/.*")
			if len(left) > 0 {
				t.Errorf("%s: left behind: %v", name, left)
			}
		}
	}
}

// TestGolden: the files as others read them.
func TestGolden(t *testing.T) {
	t.Parallel()
	rows := []Row{
		{ID: "docs/é <a>\n.md", Chunk: 1, Start: 5, End: 17, Key: Key("a"), Metadata: json.RawMessage(`{ "n": [1, "x"] }`), Vector: []float32{0.1, -0.00002, 1}},
		{ID: "b", Key: Key("b"), Vector: []float32{0.012345678, 0, -0.5}},
	}
	head := []string{
		`{"id":"docs/é <a>\n.md","chunk":1,"start":5,"end":17,"key":"ca978112ca1bbdcafac231b39a23dc4d","metadata":{"n":[1,"x"]}`,
		`{"id":"b","chunk":0,"start":0,"end":0,"key":"3e23e8160039594a33894f6564e1b134"`,
	}
	matrix := "\x93NUMPY\x01\x00\x76\x00{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }" + strings.Repeat(" ", 58) + "\n" +
		"\xcd\xcc\xcc\x3d\xac\xc5\xa7\xb7\x00\x00\x80\x3f" + "\x87\x45\x4a\x3c\x00\x00\x00\x00\x00\x00\x00\xbf"
	for name, want := range map[string]map[string]string{
		"v.jsonl": {"v.jsonl": head[0] + `,"embedding":[0.1,-2e-05,1]}` + "\n" + head[1] + `,"embedding":[0.012345678,0,-0.5]}` + "\n"},
		"v.npy":   {"v.jsonl": head[0] + "}\n" + head[1] + "}\n", "v.npy": matrix},
	} {
		root := testRoot(t)
		write(t, root, name, false, rows...)
		for file, text := range want {
			if got, _ := root.ReadFile(file); string(got) != text {
				t.Errorf("%s: %s is\n%q, want\n%q", name, file, got, text)
			}
		}
	}
}

func TestHas(t *testing.T) {
	t.Parallel()
	for _, ending := range endings {
		root := testRoot(t)
		rows := append(testRows(5, 4), Row{ID: "bad \xff\xfe", Key: "k", Vector: []float32{1, 2, 3, 4}})
		write(t, root, "v"+ending, false, rows...)
		s, err := Open(root, "v"+ending, true)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			if !s.Has(r.ID, r.Chunk, r.Key) || s.Has(r.ID, r.Chunk+9, r.Key) || s.Has(r.ID, r.Chunk, "other") {
				t.Errorf("%s: Has is wrong about %q", ending, r.ID)
			}
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestResumeAnywhere cuts the files at every byte, as a kill may, resumes, and
// appends what is not there.
func TestResumeAnywhere(t *testing.T) {
	t.Parallel()
	rows := testRows(2, 2)
	for _, ending := range endings {
		root := testRoot(t)
		f, _ := formatOf("v" + ending)
		s, err := Open(root, "v"+ending, false)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(s.Append(rows...), s.Close()); err != nil {
			t.Fatal(err)
		}
		files := map[string][]byte{}
		for _, name := range []string{f.lines, f.floats} {
			if name != "" {
				files[name], _ = root.ReadFile(name)
			}
		}
		for name, whole := range files {
			for n := range whole {
				for other, content := range files {
					check(t, root.WriteFile(other, content, 0o644))
				}
				check(t, root.WriteFile(name, whole[:n], 0o644))
				what := fmt.Sprintf("%s cut at %d", name, n)
				s := resumeRest(t, root, "v"+ending, what, rows)
				check(t, s.Close())
				equal(t, what, readAll(t, root, cmp.Or(f.floats, f.lines)), rows)
			}
		}
	}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func resumeRest(t *testing.T, root *os.Root, name, what string, rows []Row) *Store {
	t.Helper()
	s, err := Open(root, name, true)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	for _, r := range rows {
		if !s.Has(r.ID, r.Chunk, r.Key) {
			check(t, s.Append(r))
		}
	}
	return s
}

// TestResumeTable: Finish was killed between the new .parquet and the removal of
// what it was made of, and once a run was killed that took it apart.
func TestResumeTable(t *testing.T) {
	t.Parallel()
	root, rows := testRoot(t), testRows(6, 2)
	write(t, root, "v.parquet", false, rows[:4]...)
	f, _ := formatOf("v.parquet")
	write(t, root, f.floats, false, rows[:2]...)
	check(t, resumeRest(t, root, "v.parquet", "half taken apart", rows).Finish())
	equal(t, "half taken apart", readAll(t, root, "v.parquet"), rows)
}

func TestDamage(t *testing.T) {
	t.Parallel()
	good := `{"id":"a","chunk":0,"start":0,"end":1,"key":"k","embedding":[1,2]}` + "\n"
	for _, test := range []struct{ name, file, content, want string }{
		{"middle", "v.jsonl", good + "{\"id\n" + good, "line 2"},
		{"dimensions", "v.jsonl", good + strings.Replace(good, "[1,2]", "[1]", 1), "a vector has 1 dimensions, those before it 2"},
		{"no embedding", "v.jsonl", `{"id":"a","chunk":0}` + "\n", `lacks an "embedding"`},
		{"not ours", "v.jsonl", `{"embedding":[1]}` + "\n", `lacks "id"`},
		{"no npy", "v.npy", strings.Repeat("x", 200), "no .npy file"},
		{"float64", "v.npy", strings.Replace(string(matrixHeader(1, 1)), "<f4", "<f8", 1), "astype('<f4')"},
		{"ending", "v.csv", "", `.npy or .parquet, not "v.csv"`},
		{"parquet", "v.parquet", strings.Repeat("x", 200), "write .npy or .jsonl"},
	} {
		root := testRoot(t)
		check(t, root.WriteFile(test.file, []byte(test.content), 0o644))
		_, err := Open(root, test.file, true)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: resuming: %v, want %q", test.name, err, test.want)
		}
		if test.file == "v.npy" {
			check(t, root.WriteFile("v.jsonl", []byte(good), 0o644))
		}
		for _, err = range Read(root, test.file) {
		}
		if err == nil || test.name != "not ours" && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: reading: %v, want %q", test.name, err, test.want)
		}
	}
}

func TestReadsAnyJSON(t *testing.T) {
	t.Parallel()
	root := testRoot(t)
	check(t, root.WriteFile("v.jsonl", []byte(`{ "embedding": [1, 2e0], "chunk": 3, "metadata": {"embedding":[7]}, "id": "a", "extra": null }`+"\n"+
		`{"id":"b","chunk":0,"metadata":{"a":1,"embedding":[7]},"embedding":[3,4]}`+"\n"), 0o644))
	equal(t, "JSON", readAll(t, root, "v.jsonl"), []Row{
		{ID: "a", Chunk: 3, Metadata: json.RawMessage(`{"embedding":[7]}`), Vector: []float32{1, 2}},
		{ID: "b", Metadata: json.RawMessage(`{"a":1,"embedding":[7]}`), Vector: []float32{3, 4}},
	})
}

func TestSidecarOfSomebodyElse(t *testing.T) {
	t.Parallel()
	for content, ok := range map[string]bool{
		"": true, `{"id":"a","chunk":0}` + "\n": true, `{"id":`: true,
		"{\"name\":\"x\"}\n": false, "text\n": false, `{"id":"a","chunk":0,"embedding":[1]}` + "\n": false,
	} {
		root := testRoot(t)
		check(t, root.WriteFile("v.jsonl", []byte(content), 0o644))
		s, err := Open(root, "v.npy", false)
		if ok {
			check(t, err)
			check(t, s.Close())
		} else if err == nil || !strings.Contains(err.Error(), "v.jsonl") {
			t.Errorf("%q: %v", content, err)
		}
	}
}

func TestAppendRefuses(t *testing.T) {
	t.Parallel()
	zero := float32(0)
	for _, ending := range endings {
		root := testRoot(t)
		s, err := Open(root, "v"+ending, false)
		check(t, err)
		check(t, s.Append(Row{ID: "a", Vector: []float32{1, 2}}))
		for want, r := range map[string]Row{
			"1 dimensions, those before it 2": {ID: "b", Vector: []float32{1}},
			"a vector has 0 dimensions":       {ID: "b"},
			"number 1 of the vector of b":     {ID: "b", Vector: []float32{1, 1 / zero}},
			"reading the metadata of b":       {ID: "b", Vector: []float32{1, 2}, Metadata: json.RawMessage("{")},
		} {
			if err := s.Append(r); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %q", ending, err, want)
			}
		}
		check(t, s.Finish())
		if err := s.Append(Row{ID: "c", Vector: []float32{1, 2}}); err == nil {
			t.Errorf("%s: appended to a closed file", ending)
		}
		if rows := readAll(t, root, "v"+ending); len(rows) != 1 {
			t.Errorf("%s: %v", ending, rows)
		}
	}
}

func TestFullDisk(t *testing.T) {
	t.Parallel()
	full := errors.New("no space left on device")
	for _, ending := range endings {
		for _, part := range []string{"lines", "floats"} {
			root, rows := testRoot(t), testRows(4, 3)
			s, err := Open(root, "v"+ending, false)
			check(t, err)
			check(t, s.Append(rows[:2]...))
			f := s.lines
			if part == "floats" && s.floats != nil {
				f = s.floats
			}
			real := f.write
			f.write = func(b []byte, at int64) (int, error) {
				n, _ := real(b[:len(b)/2], at)
				return n, full
			}
			err = s.Append(rows[2:]...)
			if !errors.Is(err, full) || !strings.Contains(err.Error(), "its last whole row (2 of them)") {
				t.Fatalf("%s, %s: %v", ending, part, err)
			}
			f.write = real
			check(t, s.Append(rows[2]))
			check(t, s.Close())
			check(t, resumeRest(t, root, "v"+ending, ending+" "+part, rows).Finish())
			equal(t, ending+" "+part, readAll(t, root, "v"+ending), rows)
		}
	}
}

func TestManyAppend(t *testing.T) {
	t.Parallel()
	for _, ending := range endings {
		root, rows := testRoot(t), testRows(400, 8)
		s, err := Open(root, "v"+ending, false)
		check(t, err)
		var all sync.WaitGroup
		for part := range slices.Chunk(rows, 40) {
			all.Go(func() {
				for one := range slices.Chunk(part, 4) {
					if err := s.Append(one...); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		check(t, s.Finish())
		got := readAll(t, root, "v"+ending)
		slices.SortFunc(got, func(a, b Row) int { return a.Start - b.Start })
		equal(t, ending, got, rows)
	}
}

func BenchmarkAppend(b *testing.B) {
	for _, ending := range endings {
		b.Run(ending[1:], func(b *testing.B) {
			root := testRoot(b)
			s, err := Open(root, "v"+ending, false)
			check(b, err)
			rows := make([]Row, 100)
			for i := range rows {
				rows[i] = Row{ID: "docs/some/file.md", Chunk: i, Key: Key("x"), Vector: randomVector(1536)}
			}
			n := 0
			for b.Loop() {
				check(b, s.Append(rows...))
				n++
			}
			rate := float64(n) * 100 / b.Elapsed().Seconds()
			b.ReportMetric(rate, "rows/s")
			b.ReportMetric(rate*1536/1e6, "Mfloats/s")
			check(b, s.Finish())
		})
	}
}

func BenchmarkRead(b *testing.B) {
	for _, ending := range endings {
		b.Run(ending[1:], func(b *testing.B) {
			root := testRoot(b)
			var rows []Row
			for i := range 2000 {
				rows = append(rows, Row{ID: "docs/some/file.md", Chunk: i, Key: Key("x"), Vector: randomVector(1536)})
			}
			write(b, root, "v"+ending, false, rows...)
			n := 0
			for b.Loop() {
				for _, err := range Read(root, "v"+ending) {
					check(b, err)
					n++
				}
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// TestStoreIsMadeByOne: a second run leaves the file of the first as it is.
func TestStoreIsMadeByOne(t *testing.T) {
	t.Parallel()
	for _, ending := range endings {
		root, name := testRoot(t), "v"+ending
		first, err := Open(root, name, false)
		if err != nil {
			t.Fatal(err)
		}
		if err := first.Append(Row{ID: "a", Vector: []float32{1}}); err != nil {
			t.Fatal(err)
		}
		for _, resume := range []bool{false, true} {
			if _, err := Open(root, name, resume); !errors.Is(err, lock.ErrHeld) {
				t.Errorf("%s: the second got %v, want %v", name, err, lock.ErrHeld)
			}
		}
		if err := first.Finish(); err != nil {
			t.Fatal(err)
		}
		again, err := Open(root, name, true)
		if err != nil || !again.Has("a", 0, "") {
			t.Fatalf("%s: after the first: %v", name, err)
		}
		if err := again.Close(); err != nil {
			t.Error(err)
		}
	}
}
