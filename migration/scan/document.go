package scan

import (
	"bytes"
	"path"
	"strings"

	"github.com/keyless-inference/action/migration/rule"
)

// document looks at the code that a document shows. What it finds there is worth
// knowing, no more: people read it, no computer does. Only the chunks that
// R Markdown and Quarto run are code like any other.
func document(t *text) {
	running := map[*format]*gathered{}
	var order []*format
	for _, f := range t.fences() {
		if !words.in(t.data[f.start:f.end]) {
			continue
		}
		if !f.runs {
			t.quietly(f)
			continue
		}
		if running[f.format] == nil {
			running[f.format] = &gathered{}
			order = append(order, f.format)
		}
		running[f.format].put(f.start, t.data[f.start:f.end]...)
	}
	for _, f := range order {
		running[f].detect(t, f)
	}
}

// quietly looks at a fence; what it finds is for information, unless it is a
// literal key.
func (t *text) quietly(f fence) {
	before := len(t.found)
	t.inside(f.format, f.start, f.end)
	for i := range t.found[before:] {
		if m := &t.found[before+i]; m.Key.IsZero() {
			m.Severity = rule.Info
		}
	}
}

// A fence is a block of code in a document.
type fence struct {
	format     *format
	start, end int
	runs       bool // the document's build runs it
}

// fences are the blocks of code of a document whose language is known.
func (t *text) fences() (all []fence) {
	runs := strings.HasSuffix(strings.ToLower(path.Ext(t.name)), "md") && len(path.Ext(t.name)) == 4 // .Rmd, .qmd
	for i := 0; i < len(t.data); {
		line := t.line(i)
		next := min(i+len(line)+1, len(t.data))
		language, closing, ok := t.opens(line, next)
		if !ok {
			i = max(next, i+1)
			continue
		}
		chunk := strings.HasPrefix(language, "{")
		start, end, after := t.body(next, indentOf(line), closing)
		if f := t.fenceFormat(language, t.data[start:end]); f != nil {
			all = append(all, fence{f, start, end, runs && chunk && !strings.Contains(strings.ToLower(language), "eval=false")})
		}
		i = max(after, next, i+1)
	}
	return all
}

// line is the line that starts at i, without its end.
func (t *text) line(i int) []byte { return t.data[i : i+lineLength(t.data[i:])] }

// opens reports whether a line starts a block of code: ```python and ~~~,
// reStructuredText's .. code-block:: python, and AsciiDoc's [source,python] with
// ---- below. closing is what ends it; "": a line that isn't indented further.
func (t *text) opens(line []byte, next int) (language, closing string, ok bool) {
	s := strings.TrimSpace(strings.TrimLeft(string(line[:min(len(line), 300)]), "> \t"))
	for _, mark := range [...]string{"```", "~~~"} {
		if rest := strings.TrimLeft(s, mark[:1]); strings.HasPrefix(s, mark) && !strings.Contains(rest, "`") {
			return strings.TrimSpace(rest), s[:len(s)-len(rest)], true
		}
	}
	for _, mark := range [...]string{".. code-block::", ".. code::", ".. sourcecode::", ".. prompt::"} {
		if rest, found := strings.CutPrefix(s, mark); found {
			return strings.TrimSpace(rest), "", true
		}
	}
	if rest, found := strings.CutPrefix(s, "[source,"); found && next < len(t.data) {
		if below := strings.TrimSpace(string(t.line(next))); strings.HasPrefix(below, "----") {
			language, _, _ := strings.Cut(strings.TrimRight(rest, "]"), ",")
			return strings.TrimSpace(language), below, true
		}
	}
	return "", "", false
}

// body is where a block's code stands, from the line at i on, and what is behind
// the block.
func (t *text) body(i, indent int, closing string) (start, end, after int) {
	if strings.HasPrefix(closing, "----") {
		i = min(i+lineLength(t.data[i:])+1, len(t.data))
	}
	for start = i; i < len(t.data); {
		line := t.line(i)
		next := min(i+len(line)+1, len(t.data))
		trimmed := bytes.TrimSpace(bytes.TrimLeft(line, "> \t"))
		if closing == "" {
			if len(trimmed) > 0 && indentOf(line) <= indent {
				return start, i, i
			}
		} else if bytes.HasPrefix(trimmed, []byte(closing)) && len(bytes.Trim(trimmed, closing[:1])) == 0 {
			return start, i, next
		}
		i = next
	}
	return start, len(t.data), len(t.data)
}

// indentOf is how far a line is indented.
func indentOf(line []byte) int { return len(line) - len(bytes.TrimLeft(line, " \t")) }

// fenceFormat is the format of a block by the word behind its opening: python,
// {python}, js title="x", {.python .numberLines}. A block without one is a
// shell's where it looks like that.
func (t *text) fenceFormat(info string, body []byte) *format {
	info = strings.TrimLeft(info, "{. ")
	if end := strings.IndexAny(info, " ,}:{\t"); end >= 0 {
		info = info[:end]
	}
	if info != "" {
		f := t.language(info)
		if f != nil && f.name == "yaml" && bytes.Contains(body, []byte("steps:")) {
			return t.lookup(".github/workflows/x.yml", nil)
		}
		return f
	}
	return t.guessed(bytes.TrimSpace(body))
}

// guessed is the format of a block that doesn't tell it, by how it begins.
func (t *text) guessed(body []byte) *format {
	for _, g := range guesses {
		if g.begins.Match(body) {
			return t.lookup(g.name, nil)
		}
	}
	return nil
}

var guesses = []struct {
	begins *lazyPattern
	name   string
}{
	{pattern(`^(#.*\n\s*)*(export |\$ |curl |az |azd |set |setx |dotnet user-secrets |docker run |kubectl |helm |gh secret |pf connection )`), "x.sh"},
	{pattern(`^(#.*\n\s*)*[A-Z][A-Z0-9_]{3,}=`), "x.env"},
	{pattern(`^(from [\w.]+ import |import [\w.]+( as \w+)?\s*\n)`), "x.py"},
	{pattern(`^(const |let |import .* from ["'])`), "x.js"},
}
