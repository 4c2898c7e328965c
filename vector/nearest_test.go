package vector

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	t.Parallel()
	var rows []Row
	for i := range 300 {
		rows = append(rows, Row{ID: string(rune('a' + i%26)), Chunk: i / 26, Key: "k", Vector: randomVector(37)})
	}
	rows[7].Vector = make([]float32, 37)
	rows[9].Vector, rows[11].Vector = rows[10].Vector, rows[10].Vector
	queries := [][]float32{rows[10].Vector, randomVector(37), make([]float32, 37)}
	for _, ending := range endings {
		root := testRoot(t)
		write(t, root, "v"+ending, false, rows...)
		for _, k := range []int{1, 3, 10, 1000} {
			got, err := Nearest(root, "v"+ending, queries, k)
			check(t, err)
			for q := range queries {
				checkHits(t, got[q], naive(rows, queries[q], k))
			}
		}
		if got, err := Nearest(root, "v"+ending, queries, 0); err != nil || len(got) != 3 || len(got[0]) != 0 {
			t.Errorf("k = 0: %v, %v", got, err)
		}
		_, err := Nearest(root, "v"+ending, [][]float32{{1, 2}}, 1)
		if err == nil || !strings.Contains(err.Error(), "its vectors have 37 dimensions, the query has 2") {
			t.Errorf("other dimensions: %v", err)
		}
	}
}

func naive(rows []Row, q []float32, k int) (hits []Hit) {
	s := search{query: q, norm: norm(q)}
	for _, r := range rows {
		h := Hit{r, s.slowCosine(r.Vector)}
		h.Vector = nil
		hits = append(hits, h)
	}
	slices.SortFunc(hits, order)
	return hits[:min(k, len(hits))]
}

func checkHits(t *testing.T, got, want []Hit) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d hits, want %d", len(got), len(want))
	}
	for i := range got {
		if math.Abs(got[i].Score-want[i].Score) > 1e-5 {
			t.Errorf("hit %d: %v, want %v", i, got[i].Score, want[i].Score)
		}
		got[i].Score = want[i].Score
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Errorf("hit %d: %+v, want %+v", i, got[i], want[i])
		}
	}
}

func TestCosineOfExtremes(t *testing.T) {
	t.Parallel()
	for _, f := range []float32{1e-30, 1e30, 1} {
		s := search{query: []float32{f, 0}, norm: norm([]float32{f, 0})}
		if got := s.cosine([]float32{f, f}); math.Abs(got-math.Sqrt(0.5)) > 1e-6 {
			t.Errorf("%v: %v", f, got)
		}
	}
}

func BenchmarkNearest(b *testing.B) {
	const rows = 20_000
	root := testRoot(b)
	s, err := Open(root, "v.npy", false)
	check(b, err)
	for i := range rows {
		check(b, s.Append(Row{ID: "docs/some/file.md", Chunk: i, Key: Key("x"), Vector: randomVector(1536)}))
	}
	check(b, s.Finish())
	query := randomVector(1536)
	for b.Loop() {
		_, err := Nearest(root, "v.npy", [][]float32{query}, 10)
		check(b, err)
	}
	b.ReportMetric(float64(b.N)*rows/b.Elapsed().Seconds(), "rows/s")
}
