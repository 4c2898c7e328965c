package sink

import (
	"cmp"
	"strings"
)

// Split cuts Markdown into parts of at most limit UTF-16 units each, every one of
// them whole in itself: a code block is closed and opened again, a <details> is
// closed, a table stays in one piece or gets its head again, and lists and
// paragraphs are cut between their items and lines if that can be. A line that is
// longer than a part goes on behind an ellipsis, its pieces made harmless anew by
// [Markdown], since a cut can bring out what was inside a code span. A limit
// below 1,000 is taken as 1,000.
//
// The text of others must have been through [Markdown] before.
func Split(markdown string, limit int) []string {
	s := &splitter{limit: max(limit, 1000)}
	for line, rest, more := "", markdown, true; more; {
		line, rest, more = strings.Cut(rest, "\n")
		next, _, _ := strings.Cut(rest, "\n")
		s.line(line, next)
	}
	s.flush(len(s.lines), s.state)
	return s.parts
}

// How good a place between two lines is for a cut.
const (
	nowhere   = iota
	anywhere  // between two lines of text
	item      // before an item of a list or a heading
	paragraph // between two blocks
	places
)

// A state is what is open at a place.
type state struct {
	code    *fence
	table   []string // its head, two lines
	details int
}

// tail is what has to be written when the text is cut there.
func (s state) tail() string {
	tail := strings.Repeat("\n\n</details>", s.details)
	if s.code != nil {
		tail = "\n" + s.code.close() + tail
	}
	return tail
}

// head is what the next part begins with.
func (s state) head() []string {
	if s.code != nil {
		return []string{s.code.open()}
	}
	return s.table
}

type splitter struct {
	limit int
	parts []string

	lines []string // of the part that is being filled
	used  int      // their units, with a line feed each
	again int      // how many of them repeat what stood in the part before
	above string   // the last line, if it was text
	held  int      // units of the last piece of a long line; 0: there was none
	state
	cuts [places]cut // the last place of each kind
}

// A cut is a possible one: after so many lines, of so many units.
type cut struct {
	after, used int
	state       state
}

// line adds a line to the part, or to the next one.
func (s *splitter) line(line, next string) {
	for !s.fits(line) {
		at, ok := s.best()
		if !ok {
			break
		}
		s.flush(at.after, at.state)
	}
	if s.fits(line) {
		s.add(line)
	} else {
		s.long(line)
	}
	s.follow(line)
	s.cuts[s.kind(line, next)] = s.here()
}

// reserve is what it takes to close a code block and all <details> that the next
// line may open.
const reserve = 240

// room is what is left of the part, closed.
func (s *splitter) room() int { return s.limit - s.used - len(s.tail()) - reserve }

func (s *splitter) fits(line string) bool {
	room := s.room()
	return room >= 0 && prefix(line, room) == len(line)
}

func (s *splitter) add(line string) {
	s.lines = append(s.lines, line)
	s.used += Units(line) + 1
}

// here is the place behind the last line.
func (s *splitter) here() cut { return cut{len(s.lines), s.used, s.state} }

// best is the best place for a cut: the best kind in the second half of the
// part, else in front of a table, which may fit into the next part as a whole,
// else here. It is none where the part holds nothing but the head.
func (s *splitter) best() (at cut, ok bool) {
	for kind := paragraph; kind > nowhere; kind-- {
		if at = s.cuts[kind]; at.used > s.limit/2 {
			return at, true
		}
	}
	at = cut{}
	for _, before := range s.cuts[anywhere:] {
		if s.table != nil && before.after > max(s.again, at.after) {
			at = before
		}
	}
	if at.after <= s.again {
		at = s.here()
	}
	return at, at.after > s.again
}

// flush ends a part after some of its lines and begins the next with the others.
func (s *splitter) flush(after int, at state) {
	text := strings.Join(s.lines[:after], "\n")
	left := s.lines[after:]
	if strings.TrimSpace(text) != "" {
		s.parts = append(s.parts, strings.TrimRight(text, "\n")+at.tail())
	}
	s.lines, s.used, s.cuts, s.state.details = nil, 0, [places]cut{}, max(0, s.state.details-at.details)
	for _, line := range append(at.head(), left...) {
		s.add(line)
	}
	s.again = len(at.head())
}

// long adds a line that is longer than a part.
func (s *splitter) long(line string) {
	again := "…"
	if s.code != nil {
		again = s.code.prefix() + s.code.lead + again
	}
	for lead := ""; ; lead = again {
		head, rest := s.piece(lead, line)
		s.add(head)
		if rest == "" {
			return
		}
		s.flush(len(s.lines), s.state)
		line = rest
	}
}

// piece cuts off as much of a long line as the part holds behind lead: if need be
// half, a quarter and so on, since what a cut brings out may grow. It begins with
// twice what held last time.
func (s *splitter) piece(lead, line string) (head, rest string) {
	room := max(s.room(), 100)
	for size := min(room-Units(lead), cmp.Or(2*s.held, room)); ; size /= 2 {
		n := prefix(line, size)
		if n < len(line) {
			n = cmp.Or(grapheme(line, n), n)
		}
		head, rest = lead+line[:n], line[n:]
		if s.code != nil {
			return s.unclosed(head, rest), rest
		}
		if _, fence := opener(head); fence { // which the whole line is not
			head = "…" + head
		}
		if head = (&markdown{blank: true, table: s.table != nil}).harmless(head); Units(head) <= room {
			s.held = size
			return head, rest
		}
	}
}

// unclosed is head, a piece of a line of code, so that it does not end the code
// as the whole line did not.
func (s *splitter) unclosed(head, rest string) string {
	if content, _ := s.code.content(head); rest != "" && s.code.closed(content) {
		return head + "…"
	}
	return head
}

// follow keeps the state up to date with line.
func (s *splitter) follow(line string) {
	above := s.above
	s.above = ""
	if s.code != nil {
		if content, in := s.code.content(line); !in || s.code.closed(content) {
			s.code = nil
		}
		return
	}
	if f, ok := opener(line); ok {
		s.code, s.table = f.inside(), nil
		return
	}
	s.above = line
	if strings.Contains(line, "details") { // else the scan would change nothing
		m := &markdown{details: s.details, table: s.table != nil}
		m.inline(line)
		s.details = m.details
	}
	switch {
	case !strings.Contains(line, "|"):
		s.table = nil
	case s.table == nil && delimiterRow(line) && strings.Contains(above, "|") && len(above)+len(line) < s.limit/4:
		s.table = []string{above, line}
	}
}

func (s *splitter) kind(line, next string) int {
	switch {
	case s.code != nil, s.table != nil && strings.Contains(next, "|"), delimiterRow(next) && strings.Contains(next, "|"):
		return nowhere
	case isBlank(line) && next != "" && next[0] != ' ' && next[0] != '\t':
		return paragraph
	case strings.HasPrefix(next, "#"), listMarks(next) > 0 && next[0] != ' ':
		return item
	}
	return anywhere
}

// verbatim are the HTML blocks in which neither Markdown nor a code fence counts,
// by their start and their end, see https://github.github.com/gfm/#html-blocks.
var verbatim = [][2]string{
	{"<pre", "</pre>"},
	{"<textarea", "</textarea>"},
	{"<script", "</script>"},
	{"<style", "</style>"},
	{"<!--", "-->"},
	{"<?", "?>"},
	{"<![cdata[", "]]>"},
}

// InCode reports whether at the end of markdown a code block is open, or an HTML
// element whose content is no Markdown. What [Markdown] returns is not harmless
// there.
func InCode(markdown string) bool {
	lower := strings.ToLower(markdown)
	for _, v := range verbatim {
		if i := strings.LastIndex(lower, v[0]); i >= 0 && !strings.Contains(lower[i:], v[1]) {
			return true
		}
	}
	s := &splitter{}
	for line := range strings.Lines(markdown) {
		s.follow(strings.TrimSuffix(line, "\n"))
	}
	return s.code != nil
}
