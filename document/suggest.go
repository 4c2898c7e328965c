package document

import (
	"fmt"
	"strings"
)

// Suggest returns `; did you mean "x"?` for the known word that is nearest to
// word, or "" if none is near.
func Suggest(word string, known []string) string {
	if near := Nearest(word, known); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return ""
}

// Nearest returns the known word that word was likely meant to be: apart from
// case and separators it differs by at most a third of its letters.
func Nearest(word string, known []string) string {
	word = plain(word)
	best, near := len(word)/3+1, ""
	for _, k := range known {
		if d := distance(word, plain(k), best); d < best {
			best, near = d, k
		}
	}
	return near
}

// separators removes what people add to and leave out of names.
var separators = strings.NewReplacer("_", "", "-", "", ".", "", " ", "")

func plain(s string) string { return strings.ToLower(separators.Replace(s)) }

// distance is the number of bytes to insert, remove, replace or swap with their
// neighbour to make b out of a (optimal string alignment), or limit if that is
// less.
func distance(a, b string, limit int) int {
	if max(len(a), len(b)) > 100 || max(len(a)-len(b), len(b)-len(a)) >= limit {
		return limit
	}
	var before, last []int
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before, last, row = last, row, make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j]+cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return min(row[len(b)], limit)
}
