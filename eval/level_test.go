package eval

import (
	"flag"
	"math/rand/v2"
	"testing"
)

var simulated = flag.Int("simulate", 0, "how many pairs of runs the tables of docs/eval.md are made of; they use 4000")

// A trial is an evaluation done twice: each row passes with the chances that it had
// before and has now, when its answer is asked so often and must pass so often.
type trial struct {
	rows        int
	before, now func(row, rows int) float64
	repeat, min int
	picked      bool // the first run was kept because all rows passed
}

func always(chance float64) func(int, int) float64 { return func(int, int) float64 { return chance } }

func evenly(row, rows int) float64 { return float64(row) / float64(rows-1) }

// pair is whether each row passed before and passes now.
func (c trial) pair(r *rand.Rand) (before, now []bool) {
	passes := func(chance float64) bool {
		n := 0
		for range max(1, c.repeat) {
			if r.Float64() < chance {
				n++
			}
		}
		return n >= max(1, c.min)
	}
	for i := range c.rows {
		before = append(before, c.picked || passes(c.before(i, c.rows)))
		now = append(now, passes(c.now(i, c.rows)))
	}
	return before, now
}

// worse is how often the exact test says so, and how often a paired bootstrap with 1,000
// samples does.
func (c trial) worse(pairs int, bootstrapped bool) (exact, bootstrap float64) {
	r := rand.New(rand.NewPCG(1, uint64(c.rows)))
	for range pairs {
		before, now := c.pair(r)
		count := tally{}
		var lost []int
		for i := range before {
			switch {
			case before[i] && !now[i]:
				count[Worse]++
				lost = append(lost, 1)
			case now[i] && !before[i]:
				count[Better]++
				lost = append(lost, -1)
			default:
				lost = append(lost, 0)
			}
		}
		if count.regressed(1, DefaultSignificance) {
			exact++
		}
		if bootstrapped && resampled(r, lost) {
			bootstrap++
		}
	}
	return exact / float64(pairs), bootstrap / float64(pairs)
}

// resampled reports whether no more than one sample of twenty, drawn from the rows with
// replacement, has as many better as worse or more.
func resampled(r *rand.Rand, lost []int) bool {
	const samples = 1000
	not := 0
	for range samples {
		sum := 0
		for range lost {
			sum += lost[r.IntN(len(lost))]
		}
		if sum <= 0 {
			not++
		}
	}
	return float64(not) <= DefaultSignificance*samples
}

// TestSimulated sees to it that a prompt that did not change is called worse in no more than
// one run of twenty. With -simulate 4000 -v it prints the figures of docs/eval.md:
//
//	go test ./eval -run TestSimulated -simulate 4000 -v
func TestSimulated(t *testing.T) {
	t.Parallel()
	pairs := max(300, *simulated)
	for _, c := range []struct {
		what string
		trial
	}{
		{"10 rows, 50 %", trial{rows: 10, before: always(0.5), now: always(0.5)}},
		{"10 rows, evenly", trial{rows: 10, before: evenly, now: evenly}},
		{"20 rows, evenly", trial{rows: 20, before: evenly, now: evenly}},
		{"50 rows, 90 %", trial{rows: 50, before: always(0.9), now: always(0.9)}},
		{"100 rows, 90 %", trial{rows: 100, before: always(0.9), now: always(0.9)}},
		{"500 rows, 90 %", trial{rows: 500, before: always(0.9), now: always(0.9)}},
	} {
		exact, bootstrap := c.worse(pairs, *simulated > 0 && c.rows <= 100)
		t.Logf("unchanged, %s: %.1f %%, bootstrap %.1f %%", c.what, 100*exact, 100*bootstrap)
		if exact > DefaultSignificance {
			t.Errorf("%s: called worse in %.1f %% of runs", c.what, 100*exact)
		}
	}
	if *simulated == 0 {
		return
	}
	for _, rows := range []int{20, 50, 100, 500} {
		for _, now := range []float64{0.8, 0.7} {
			exact, _ := trial{rows: rows, before: always(0.9), now: always(now)}.worse(pairs, false)
			t.Logf("90 %% to %v %%, %d rows: noticed in %.0f %%", 100*now, rows, 100*exact)
		}
		picked, _ := trial{rows: rows, now: always(0.95), picked: true}.worse(pairs, false)
		t.Logf("unchanged 95 %%, %d rows, the baseline kept because all passed: %.0f %%", rows, 100*picked)
	}
	for _, min := range [][2]int{{1, 1}, {5, 4}, {3, 2}} {
		exact, _ := trial{rows: 50, before: always(0.9), now: always(0.8), repeat: min[0], min: min[1]}.worse(pairs, false)
		t.Logf("90 %% to 80 %%, 50 rows, %d of %d: noticed in %.0f %%", min[1], min[0], 100*exact)
	}
}
