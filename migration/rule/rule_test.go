package rule

import (
	"cmp"
	"slices"
	"testing"
)

func TestByID(t *testing.T) {
	t.Parallel()
	all := All()
	if !slices.IsSortedFunc(all, func(a, b Rule) int { return cmp.Compare(a.ID, b.ID) }) {
		t.Error("the table is not in the order of the ids")
	}
	for _, r := range all {
		if got, ok := ByID(r.ID); !ok || got != r {
			t.Errorf("%s is %v", r.ID, got)
		}
	}
	for _, id := range []string{"", "KL000", "KL999", "kl301"} {
		if r, ok := ByID(id); ok || Known(id) {
			t.Errorf("%q is %v", id, r)
		}
	}
}
