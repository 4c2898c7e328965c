package eval

import (
	"math"
	"math/big"
	"testing"
)

// exactly is the sum of binomials, with numbers of 256 bits: up to n = 250 there is
// nothing to round.
func exactly(worse, better int) float64 {
	whole := func(n int) *big.Float { return new(big.Float).SetPrec(256).SetInt64(int64(n)) }
	sum, term := whole(1), whole(1)
	for k := range better {
		term.Mul(term, whole(worse+better-k)).Quo(term, whole(k+1))
		sum.Add(sum, term)
	}
	p, _ := sum.SetMantExp(sum, -worse-better).Float64()
	return p
}

func TestChanceIsExact(t *testing.T) {
	t.Parallel()
	for n := range 51 {
		for better := range n + 1 {
			want := exactly(n-better, better)
			if got := chance(n-better, better); got != want {
				t.Fatalf("%d worse, %d better: %v, not %v", n-better, better, got, want)
			}
		}
	}
}

func TestChanceOfMany(t *testing.T) {
	t.Parallel()
	for _, c := range [][2]int{{60, 40}, {540, 535}, {1100, 1000}, {700, 2000}, {50_300, 49_700}, {50_001, 49_999}, {1, 99_999}} {
		want := exactly(c[0], c[1])
		if got := chance(c[0], c[1]); math.Abs(got-want) > 1e-10*want {
			t.Errorf("%v: %v, not %v", c, got, want)
		}
	}
	for worse, want := range map[int]float64{100_000: 0, 1_074: math.Ldexp(1, -1_074), 0: 1} {
		if got := chance(worse, 0); got != want {
			t.Errorf("%d worse: %v, not %v", worse, got, want)
		}
	}
}

// TestChanceOfKnownValues: half of what tables of the sign test have for two sides.
func TestChanceOfKnownValues(t *testing.T) {
	t.Parallel()
	for c, want := range map[[2]int]float64{
		{0, 0}:  1,
		{1, 0}:  0.5,
		{4, 0}:  0.0625,
		{5, 0}:  0.03125,
		{7, 1}:  0.03515625,
		{4, 1}:  0.1875,
		{9, 1}:  0.0107421875,
		{10, 2}: 0.019287109375,
		{5, 5}:  0.623046875,
	} {
		if got := chance(c[0], c[1]); got != want {
			t.Errorf("%v: %v, not %v", c, got, want)
		}
	}
}

// TestLevel: where a row that changed is as likely to get better as worse, a
// regression is found in at most one run of twenty; and one row fewer would be more.
func TestLevel(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		changed, critical int
		level             float64 // how often a regression is found, rounded to 4 digits
	}{{4, 5, 0}, {5, 5, 0.0312}, {10, 9, 0.0107}, {20, 15, 0.0207}, {50, 32, 0.0325}, {1_000, 527, 0.0468}} {
		least := c.changed + 1
		for worse := c.changed; worse > 0 && (tally{Worse: worse, Better: c.changed - worse}).regressed(1, DefaultSignificance); worse-- {
			least = worse
		}
		level := 0.0 // of all ways in which so many rows can change, the part in which at least so many get worse
		if least <= c.changed {
			level = exactly(least, c.changed-least)
		}
		if least != c.critical || level > DefaultSignificance || math.Abs(level-c.level) > 0.00006 {
			t.Errorf("of %d changed rows it takes %d that are worse (level %.4f), not %d (%.4f)", c.changed, least, level, c.critical, c.level)
		}
	}
}

func TestEnough(t *testing.T) {
	t.Parallel()
	for better, want := range map[int]int{0: 5, 1: 7, 2: 9, 3: 10, 5: 13, 10: 20} {
		if got := enough(better, DefaultSignificance); got != want {
			t.Errorf("beside %d better: %d, not %d", better, got, want)
		}
	}
	for _, significance := range []float64{0.5, 0.1, 0.05, 0.01, 1e-6, 1e-300} {
		for _, better := range []int{0, 1, 7, 300} {
			n := enough(better, significance)
			if chance(n, better) > significance || n > better+1 && chance(n-1, better) <= significance {
				t.Errorf("beside %d better at %g: %d is not the least", better, significance, n)
			}
		}
	}
}
