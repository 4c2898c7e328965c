// # Whether rows got worse by chance
//
// A model answers differently each time, so of two evaluations of the same prompt some
// rows pass in the one and some in the other. [Compare] asks whether more rows got
// worse than chance explains, by McNemar's test in its exact, one-sided form. It looks
// only at the rows whose verdict changed. If nothing but chance is at work, each of
// them is as likely to have got better as worse; so of n changed rows the number X that
// got worse is binomial with n trials of probability 1/2, and
//
//	P = P[X >= worse] = (C(n,0) + C(n,1) + … + C(n,better)) / 2^n
//
// is how often chance alone makes as many worse. A regression is a P that is not above
// the significance, 0.05 where nothing else is said: then a prompt that did not change
// fails in at most one run of twenty, however few rows there are and however flaky each
// of them is. With no row better it takes 5 that are worse, with 1 better 7.
//
// Why this test. Rows are few, mostly 10 to 100, and those that changed fewer still.
// The usual form of the test compares with a chi-squared distribution, which holds only
// for many. A bootstrap of few rows doesn't guarantee its level, since 10 rows that are drawn
// again can't show more than these 10 have; and it draws random numbers, so that the
// same results could pass once and fail once. A gate must not. The exact sum needs no
// approximation and no randomness.
//
// What it can't see. Few rows prove little: of fewer than 5 nothing can be proven, and of
// 20 only what is plain. Rows that are much alike count as if each were evidence of its
// own. A row passes or not: scores that sink and still pass are not seen. And a baseline
// that was kept because all of it passed can only get worse, by chance, too: keep one as
// it comes, or have the earlier prompt asked again at the same time.
//
// Where each row is asked several times, it is still one row with one verdict, which is
// whether MinPass repetitions passed. Its verdict changes less often by chance; but a
// MinPass far below what rows mostly reach hides a change of the prompt as well.
// Repetitions are not pairs of their own, since those of one row are alike and would
// prove the same thing several times.
//
// Of several deployments each is compared by itself, as the same row with two of them is
// no independent evidence, and P is the least of theirs times their number (Bonferroni),
// so that the level holds for all of them together.
//
// Q. McNemar: Note on the sampling error of the difference between correlated
// proportions or percentages. Psychometrika 12 (1947), pages 153 to 157.
// https://doi.org/10.1007/BF02295996
//
// A. L. Edwards: Note on the "correction for continuity" in testing the significance of
// the difference between correlated proportions. Psychometrika 13 (1948), pages 185 to
// 187. https://doi.org/10.1007/BF02289261
//
// M. W. Fagerland, S. Lydersen, P. Laake: The McNemar test for binary matched-pairs
// data: mid-p and asymptotic are better than exact conditional. BMC Medical Research
// Methodology 13 (2013), 91. https://doi.org/10.1186/1471-2288-13-91. They prefer the
// mid-p form, which finds more and does not guarantee its level. A gate that stops the
// work of others should.
package eval

import "math"

// DefaultSignificance is how often, at most, an unchanged prompt is taken for one that
// got worse.
const DefaultSignificance = 0.05

// chance is how often at least worse of worse + better rows get worse where each is as
// likely to get better; 1 where none changed.
//
// The terms C(n,k) are summed without the factor 2^-n, which alone would be 0 in a
// float64 from n = 1,075 on; what outgrows it is scaled down by a power of two. Up to
// n = 50 every step is exact, and at n = 100,000 the error is below 1e-10 of the result.
func chance(worse, better int) float64 {
	const large = 500
	n := worse + better
	sum, term, exponent := 1.0, 1.0, -n
	for k := range better {
		term = term * float64(n-k) / float64(k+1)
		sum += term
		if sum > 1<<large {
			sum, term, exponent = math.Ldexp(sum, -large), math.Ldexp(term, -large), exponent+large
		}
	}
	return min(1, math.Ldexp(sum, exponent))
}

// enough is the least number of rows that must get worse, beside those that got better,
// for a regression.
func enough(better int, significance float64) int {
	high := better + 1
	for chance(high, better) > significance {
		high *= 2
	}
	low := better // is not enough
	for high-low > 1 {
		if middle := low + (high-low)/2; chance(middle, better) <= significance {
			high = middle
		} else {
			low = middle
		}
	}
	return high
}
