package scan

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// A notebook keeps its code in strings of JSON. They are read where they stand,
// without a tree of the whole file: outputs with images make notebooks large,
// and a hostile one may be deep.
// https://nbformat.readthedocs.io/en/latest/format_description.html

// notebookLimit is how much text of a kind is taken from one notebook, in bytes.
// People's notebooks have far less code; what has more is made to be a burden.
const notebookLimit = 4 << 20

// notebookCells looks at all cells of a language as one text, so that an import
// in one cell counts for the next, at the cells of Markdown, and for literal keys
// at what the strings of JSON say.
func notebookCells(t *text) {
	book := t.readNotebook()
	language := t.language(book.language)
	if language == nil {
		language = python
	}
	parts := map[*format]*gathered{}
	var order []*format
	for _, c := range book.cells {
		for _, piece := range t.pieces(c, language) {
			if parts[piece.format] == nil {
				parts[piece.format] = &gathered{}
				order = append(order, piece.format)
			}
			parts[piece.format].lines(c.source, piece.start, piece.end)
		}
	}
	for _, f := range order {
		parts[f].detect(t, f)
	}
	book.shown.detect(t, cellText)
}

// cellText is a text that is looked at for literal keys alone: those behind an
// escape, \n say, are none where the raw JSON is read.
var cellText = &format{name: "cell", detect: []func(*text){(*text).keys}}

// A book is what is read of a notebook.
type book struct {
	language string
	cells    []cell
	shown    *gathered // sources and outputs, decoded
}

// A cell is one cell.
type cell struct {
	kind     string // code, markdown or raw
	language string // where the cell has one of its own
	source   *gathered
}

// A piece is a part of a cell's source, in one format.
type piece struct {
	format     *format
	start, end int
}

// A gathered text is put together from pieces of another.
type gathered struct {
	data []byte
	from []seam
}

// A seam says that from data[at] on, the bytes stand at host and behind.
type seam struct{ at, host int32 }

// put adds bytes that stand at host.
func (g *gathered) put(host int, data ...byte) {
	if len(g.data)+len(data) > notebookLimit {
		return
	}
	if n := len(g.from); n == 0 || int(g.from[n-1].host)+len(g.data)-int(g.from[n-1].at) != host {
		g.from = append(g.from, seam{int32(len(g.data)), int32(host)})
	}
	g.data = append(g.data, data...)
}

// lines adds data[start:end] of another gathered text, and ends the line.
func (g *gathered) lines(other *gathered, start, end int) {
	for start < end {
		stop := min(end, other.run(start))
		g.put(other.host(start), other.data[start:stop]...)
		start = stop
	}
	if end > 0 && len(g.data) > 0 && g.data[len(g.data)-1] != '\n' {
		g.put(other.host(end-1), '\n')
	}
}

// seamAt is the number of the seam that holds for an offset.
func (g *gathered) seamAt(i int) int {
	low, high := 0, len(g.from)
	for low+1 < high {
		if mid := (low + high) / 2; int(g.from[mid].at) <= i {
			low = mid
		} else {
			high = mid
		}
	}
	return low
}

// run is how far the bytes from i on stand side by side in the host.
func (g *gathered) run(i int) int {
	if n := g.seamAt(i) + 1; n < len(g.from) {
		return int(g.from[n].at)
	}
	return len(g.data)
}

// host is where data[i] stands.
func (g *gathered) host(i int) int {
	if len(g.from) == 0 {
		return 0
	}
	s := g.from[g.seamAt(i)]
	return int(s.host) + max(0, min(i, len(g.data)-1)-int(s.at))
}

// detect looks at the gathered text as a part of t.
func (g *gathered) detect(t *text, f *format) {
	if len(g.data) > 0 {
		t.part(f, g.data, g.host)
	}
}

// readNotebook reads the cells of a notebook of version 3 or 4.
func (t *text) readNotebook() *book {
	b := &book{shown: &gathered{}}
	if len(t.data) > 1<<30 {
		return b
	}
	r := &jsonReader{data: t.data}
	r.object(func(key string) {
		switch key {
		case "cells":
			r.array(func() { b.cell(r) })
		case "worksheets":
			r.array(func() {
				r.object(func(key string) {
					if key == "cells" {
						r.array(func() { b.cell(r) })
						return
					}
					r.skip()
				})
			})
		case "metadata":
			b.language = r.language()
		default:
			r.skip()
		}
	})
	return b
}

// cell reads one cell.
func (b *book) cell(r *jsonReader) {
	c := cell{source: &gathered{}}
	r.object(func(key string) {
		switch key {
		case "cell_type":
			c.kind = r.word()
		case "language":
			c.language = r.word()
		case "metadata":
			c.language = r.language()
		case "source", "input":
			start := r.pos
			r.strings(c.source)
			end := r.pos
			r.pos = start
			r.strings(b.shown)
			r.pos = end
		case "outputs":
			r.array(func() { r.output(b.shown) })
		default:
			r.skip()
		}
	})
	if len(b.cells) < 10_000 {
		b.cells = append(b.cells, c)
	}
}

// output reads the text that a cell showed; not pictures.
func (r *jsonReader) output(to *gathered) {
	r.object(func(key string) {
		switch {
		case key == "data":
			r.output(to)
		case key == "text", key == "traceback", key == "evalue", strings.HasPrefix(key, "text/"), key == "application/json":
			r.strings(to)
		default:
			r.skip()
		}
	})
}

// language reads the programming language out of a notebook's or a cell's
// metadata.
func (r *jsonReader) language() (language string) {
	r.object(func(key string) {
		switch key {
		case "kernelspec", "language_info", "dotnet_interactive", "polyglot_notebook", "vscode":
			if l := r.language(); language == "" {
				language = l
			}
		case "language", "languageId", "kernelName", "name":
			if w := r.word(); language == "" || key == "language" {
				language = w
			}
		default:
			r.skip()
		}
	})
	return language
}

// A jsonReader reads JSON where it stands. It forgives what isn't JSON: it goes
// on or ends, and never fails.
type jsonReader struct {
	data  []byte
	pos   int
	depth int
}

// space passes over white space, commas and colons.
func (r *jsonReader) space() byte {
	for r.pos < len(r.data) && bytes.IndexByte([]byte(" \t\r\n,:"), r.data[r.pos]) >= 0 {
		r.pos++
	}
	if r.pos == len(r.data) {
		return 0
	}
	return r.data[r.pos]
}

// object reads an object: member reads each value. Another value is skipped.
func (r *jsonReader) object(member func(key string)) {
	if r.space() != '{' || r.depth > 20 {
		r.skip()
		return
	}
	r.pos++
	r.depth++
	for c := r.space(); c == '"'; c = r.space() {
		key := r.word()
		before := r.pos
		if r.space() == '}' {
			break
		}
		member(key)
		if r.pos == before {
			break
		}
	}
	r.depth--
	if r.space() == '}' {
		r.pos++
	}
}

// array reads an array: element reads each of its values.
func (r *jsonReader) array(element func()) {
	if r.space() != '[' {
		r.skip()
		return
	}
	r.pos++
	for c := r.space(); c != 0 && c != ']' && c != '}'; c = r.space() {
		before := r.pos
		element()
		if r.pos == before {
			return
		}
	}
	if r.space() == ']' {
		r.pos++
	}
}

// word reads a short string; of another value it passes over, it gives "".
func (r *jsonReader) word() string {
	if r.space() != '"' {
		r.skip()
		return ""
	}
	start := r.pos + 1
	r.quoted()
	return string(r.data[start:max(start, min(r.pos-1, start+80))])
}

// quoted passes over a string.
func (r *jsonReader) quoted() {
	for r.pos++; r.pos < len(r.data); r.pos++ {
		switch r.data[r.pos] {
		case '\\':
			r.pos++
		case '"':
			r.pos++
			return
		}
	}
	r.pos = len(r.data)
}

// skip passes over a value of any depth.
func (r *jsonReader) skip() {
	depth := 0
	for c := r.space(); c != 0; c = r.space() {
		switch c {
		case '"':
			r.quoted()
		case '{', '[':
			depth++
			r.pos++
		case '}', ']':
			if depth == 0 {
				return
			}
			depth--
			r.pos++
		default:
			for r.pos < len(r.data) && bytes.IndexByte([]byte(" \t\r\n,:\"{}[]"), r.data[r.pos]) < 0 {
				r.pos++
			}
		}
		if depth <= 0 {
			return
		}
	}
}

// strings reads a string, or an array of strings, and decodes them.
func (r *jsonReader) strings(to *gathered) {
	switch r.space() {
	case '"':
		r.decode(to)
	case '[':
		r.array(func() {
			if r.space() != '"' {
				r.skip()
				return
			}
			r.decode(to)
		})
	default:
		r.skip()
	}
	if n := len(to.data); n > 0 && to.data[n-1] != '\n' {
		to.put(max(0, r.pos-1), '\n')
	}
}

// decode reads a string and adds what it says.
func (r *jsonReader) decode(to *gathered) {
	for r.pos++; r.pos < len(r.data) && r.data[r.pos] != '"'; {
		if r.data[r.pos] != '\\' {
			end := r.pos + 1
			for end < len(r.data) && r.data[end] != '"' && r.data[end] != '\\' {
				end++
			}
			to.put(r.pos, r.data[r.pos:end]...)
			r.pos = end
			continue
		}
		c, n := unescaped(r.data[r.pos:])
		to.put(r.pos, c...)
		r.pos += n
	}
	r.pos = min(r.pos+1, len(r.data))
}

// unescaped is what the escape at the start of data stands for, and its length.
func unescaped(data []byte) (c []byte, n int) {
	if len(data) < 2 {
		return nil, len(data)
	}
	if i := strings.IndexByte(`ntrbf`, data[1]); i >= 0 {
		return []byte{"\n\t\r\b\f"[i]}, 2
	}
	if data[1] != 'u' || len(data) < 6 {
		return data[1:2], 2
	}
	var code rune
	for _, h := range data[2:6] {
		code = code<<4 | rune(max(0, strings.IndexByte("0123456789abcdef", lower(h))))
	}
	return utf8.AppendRune(nil, code), 6
}
