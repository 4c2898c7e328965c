package vector

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Chunk is a part of a text.
type Chunk struct {
	Text       string
	Start, End int // bytes of the whole text: Text is text[Start:End]
}

// A border is how good a place is to cut at, the best first.
type border uint8

const (
	heading   border = iota // of Markdown
	block                   // a paragraph, a fenced block, a declaration
	inner                   // after a blank line, but indented or within a fence
	line                    // within a paragraph
	sentence                // within a line
	word                    // after white space
	character               // not between a letter and its accent
	anywhere                // between two runes
	borders
)

// least is how full a chunk must be, in eighths, to end at a border of its
// kind: a section may end a chunk early, a line has to wait for a better one.
var least = [borders]int{heading: 2, block: 4, inner: 4, line: 4, sentence: 4, word: 4, character: 4}

// Split cuts a text into chunks of at most so many tokens by the estimate of
// [Tokens], in their order. It cuts at the best border that leaves a chunk full
// enough: before a heading of Markdown, a paragraph, a fenced block or a
// declaration of source code, then before a line, a sentence, a word, a
// character. Each chunk but the first begins with up to overlap tokens of the
// end of the one before, from a border on; overlap is at most half of tokens.
//
// The chunks without their overlap are the text, byte by byte. A chunk is above
// the limit only where a single rune is. tokens below 1 count as 1; an empty
// text has no chunks.
func Split(text string, tokens, overlap int) (chunks []Chunk) {
	limit := max(tokens, 1) * unit
	repeat := max(min(overlap, tokens/2), 0) * unit
	s := splitter{text: text, lines: lineStarts(text), limit: limit}
	for from, end := 0, 0; end < len(text); {
		next := s.cut(from, end)
		if next == end {
			next = s.cut(end, end)
			from = end
		}
		chunks = append(chunks, Chunk{text[from:next], from, next})
		from, end = s.back(next, repeat), next
	}
	return chunks
}

type splitter struct {
	text  string
	lines []lineStart
	limit int     // 64ths of a token
	seen  []place // the borders of the last chunk, up to words
	total int     // what the last chunk costs
}

// A place is a border that was passed, and what the chunk costs up to it.
type place struct {
	at, units int
	border    border
}

// cut finds the end of the chunk that begins at from and has to have more than
// what is before end. It is end if nothing more fits; alone, a rune always does.
func (s *splitter) cut(from, end int) int {
	m, used := newMeter(), 0
	last := [borders]place{}
	s.seen = s.seen[:0]
	for at := from; at < len(s.text); {
		if at == end {
			used = m.units
		}
		r, size := utf8.DecodeRuneInString(s.text[at:])
		m.add(r)
		if m.units > s.limit && (at > from || end > from) {
			p := best(&last, used, s.limit)
			s.total = p.units
			return max(p.at, end)
		}
		at += size
		p := place{at, m.units, s.borderAt(at)}
		if at > end {
			last[p.border] = p
		}
		if p.border <= word {
			s.seen = append(s.seen, p)
		}
	}
	return len(s.text)
}

// best is the best of the last borders of each kind, the zero place if there is
// none.
func best(last *[borders]place, used, limit int) place {
	far := place{}
	for b, p := range last[:anywhere] {
		if p.at > 0 && (p.units-used)*8 >= least[b]*(limit-used) {
			return p
		}
		if p.at > far.at {
			far = p
		}
	}
	if far.at > 0 {
		return far
	}
	return last[anywhere]
}

// back finds where the chunk after the one that was cut begins: as far before
// end as repeat allows, at a sentence or better, else at a word, else at end.
func (s *splitter) back(end, repeat int) int {
	if repeat == 0 {
		return end
	}
	for _, worst := range [...]border{sentence, word} {
		for _, p := range s.seen {
			if p.at < end && p.border <= worst && s.total-p.units <= repeat && s.units(p.at, end) <= repeat {
				return p.at
			}
		}
	}
	return end
}

// units is what a part costs on its own, which differs a little from what it
// costs within a text.
func (s *splitter) units(from, end int) int {
	m := newMeter()
	for _, r := range s.text[from:end] {
		m.add(r)
	}
	return m.units
}

// borderAt is the kind of border before the byte at.
func (s *splitter) borderAt(at int) border {
	if at == len(s.text) {
		return heading
	}
	before, size := utf8.DecodeLastRuneInString(s.text[:at])
	r, _ := utf8.DecodeRuneInString(s.text[at:])
	switch {
	case before == '\n':
		return s.lineAt(at)
	case strings.ContainsRune("。！？", before):
		return sentence
	case before == ' ' && r != ' ':
		if end, _ := utf8.DecodeLastRuneInString(s.text[:at-size]); strings.ContainsRune(".!?…:;", end) {
			return sentence
		}
		return word
	case unicode.IsSpace(before) && !unicode.IsSpace(r):
		return word
	case joined(before, r):
		return anywhere
	}
	return character
}

// joined reports whether two runes are part of one character, by the rules of
// https://unicode.org/reports/tr29/ that need no table of their own.
func joined(before, r rune) bool {
	const joiner = 0x200d
	return before == '\r' && r == '\n' || before == joiner || r == joiner ||
		r >= 0x300 && unicode.Is(unicode.M, r) || // accents, variation selectors
		0x1f3fb <= r && r <= 0x1f3ff || // skin tones
		flag(before) && flag(r)
}

// flag reports whether r is a letter of a flag. Two flags side by side are kept
// together as well.
func flag(r rune) bool { return 0x1f1e6 <= r && r <= 0x1f1ff }
