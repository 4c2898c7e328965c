package scan

import "sort"

// A bracket is a pair of brackets in code.
type bracket struct {
	open, close int // close is behind the closing one, or the end of the text
	outer       int // the index of the pair around this one; -1: none
}

// pairs are the brackets of the text in the order of the opening ones. They are
// found once, so that looking up one costs little even where a hostile text
// nests them by the thousand.
func (t *text) pairs() []bracket {
	if t.brackets != nil {
		return t.brackets
	}
	classes := t.class()
	t.brackets = []bracket{}
	inner := -1
	for i, c := range t.data {
		switch {
		case classes[i] != inCode:
		case c == '(' || c == '[' || c == '{':
			t.brackets = append(t.brackets, bracket{i, len(t.data), inner})
			inner = len(t.brackets) - 1
		case (c == ')' || c == ']' || c == '}') && inner >= 0:
			t.brackets[inner].close = i + 1
			inner = t.brackets[inner].outer
		}
	}
	return t.brackets
}

// closing is behind the bracket that closes the one at open, or the end of the
// text.
func (t *text) closing(open int) int {
	pairs := t.pairs()
	i := sort.Search(len(pairs), func(i int) bool { return pairs[i].open >= open })
	if i < len(pairs) && pairs[i].open == open {
		return pairs[i].close
	}
	return len(t.data)
}

// around is the index of the innermost pair of brackets around an offset; -1:
// none, or so far out that nobody wrote it.
func (t *text) around(at int) int {
	pairs := t.pairs()
	i := sort.Search(len(pairs), func(i int) bool { return pairs[i].open >= at }) - 1
	for range 200 {
		if i < 0 || at < pairs[i].close {
			return i
		}
		i = pairs[i].outer
	}
	return -1
}
