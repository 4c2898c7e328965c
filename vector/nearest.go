package vector

import (
	"cmp"
	"fmt"
	"math"
	"os"
	"slices"
)

// A Hit is a row that is near a query, without its Vector. Score is the cosine
// of the two vectors, from -1 to 1: 1 is the same direction. A vector of zeros
// has no direction; its score is 0.
type Hit struct {
	Row
	Score float64
}

// Nearest finds the k rows nearest to each query, best first; rows with the same
// score are in the order of their ids and chunks. It goes through the file once,
// keeping k rows a query. Queries with other dimensions than the file's are an
// error.
func Nearest(root *os.Root, name string, queries [][]float32, k int) ([][]Hit, error) {
	all := make([]search, len(queries))
	for i, q := range queries {
		all[i] = search{query: q, norm: norm(q), k: max(k, 0)}
	}
	if len(queries) == 0 || k < 1 {
		return make([][]Hit, len(queries)), nil
	}
	for i, err := range items(root, name) {
		for q := range all {
			if err == nil {
				err = all[q].see(i)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("looking for the nearest in %s: %w", name, err)
		}
	}
	hits := make([][]Hit, len(queries))
	for i, s := range all {
		slices.SortFunc(s.hits, order)
		hits[i] = s.hits
	}
	return hits, nil
}

// A search keeps the best hits of a query in a heap, the worst of them first.
type search struct {
	query []float32
	norm  float64
	k     int
	hits  []Hit
}

// order is the best first.
func order(a, b Hit) int {
	return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Chunk, b.Chunk))
}

func (s *search) see(i item) error {
	if len(i.vector) != len(s.query) {
		return fmt.Errorf("its vectors have %d dimensions, the query has %d: embed both with the same model and dimensions", len(i.vector), len(s.query))
	}
	score := max(-1, min(1, s.cosine(i.vector))) // rounding goes a little beyond
	if len(s.hits) == s.k && score < s.hits[0].Score {
		return nil
	}
	row, err := i.head()
	if err != nil {
		return err
	}
	h := Hit{row, score}
	switch {
	case len(s.hits) < s.k:
		s.hits = append(s.hits, h)
		s.up(len(s.hits) - 1)
	case order(h, s.hits[0]) < 0:
		s.hits[0] = h
		s.down(0)
	}
	return nil
}

func (s *search) cosine(v []float32) float64 {
	product, square := dot(s.query, v)
	length := s.norm * math.Sqrt(float64(square))
	if length == 0 || math.IsInf(length, 0) || product-product != 0 {
		return s.slowCosine(v)
	}
	return float64(product) / length
}

// slowCosine is for numbers whose squares are beyond a float32.
func (s *search) slowCosine(v []float32) float64 {
	var product, square float64
	for i, f := range v {
		product += float64(s.query[i]) * float64(f)
		square += float64(f) * float64(f)
	}
	if length := s.norm * math.Sqrt(square); length > 0 {
		return product / length
	}
	return 0
}

func norm(v []float32) float64 {
	var square float64
	for _, f := range v {
		square += float64(f) * float64(f)
	}
	return math.Sqrt(square)
}

// dot is the product of q and v, and of v with itself. Four sums each don't wait
// for one another, which is where the time of one would go.
func dot(q, v []float32) (product, square float32) {
	var p0, p1, p2, p3, s0, s1, s2, s3 float32
	q = q[:len(v)]
	for len(v) >= 4 && len(q) >= 4 {
		a, b, c, d := v[0], v[1], v[2], v[3]
		p0 += q[0] * a
		p1 += q[1] * b
		p2 += q[2] * c
		p3 += q[3] * d
		s0 += a * a
		s1 += b * b
		s2 += c * c
		s3 += d * d
		q, v = q[4:], v[4:]
	}
	for i, f := range v {
		p0 += q[i] * f
		s0 += f * f
	}
	return p0 + p1 + p2 + p3, s0 + s1 + s2 + s3
}

func (s *search) up(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if order(s.hits[i], s.hits[parent]) <= 0 {
			return
		}
		s.hits[i], s.hits[parent] = s.hits[parent], s.hits[i]
		i = parent
	}
}

func (s *search) down(i int) {
	for {
		worst := i
		for _, child := range [...]int{2*i + 1, 2*i + 2} {
			if child < len(s.hits) && order(s.hits[child], s.hits[worst]) > 0 {
				worst = child
			}
		}
		if worst == i {
			return
		}
		s.hits[i], s.hits[worst] = s.hits[worst], s.hits[i]
		i = worst
	}
}
