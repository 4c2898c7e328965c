package bulk

import (
	"fmt"
	"testing"
)

func TestBestOfTheChunksOfAText(t *testing.T) {
	t.Parallel()
	got := best([]neighbour{
		{ID: "a", Score: 0.1}, {ID: "b", Score: 0.5}, {ID: "b", Score: 0.4}, {ID: "b", Score: 0.3, Chunk: 1}, {ID: "a", Score: 0.9},
	}, 3)
	if text := fmt.Sprint(got); text != "[{a 0.9 0 0 0 []} {b 0.5 0 0 0 []} {b 0.3 1 0 0 []}]" {
		t.Error(text)
	}
	if got := best(nil, 3); len(got) != 0 {
		t.Error(got)
	}
}
