package prompt

import (
	"fmt"
	"strings"

	"github.com/keyless-inference/action/document"
	"github.com/keyless-inference/action/sink"
)

// An Untrusted is a text that nobody vouches for, such as the title of a pull
// request, on its way into a prompt by [Prompt.Expand].
type Untrusted struct {
	Name string // what placeholders call it
	Text string // what is sent; a text that was cut says so in its last line

	// Length is how long the text was without hidden characters, and Kept how
	// much of that is in Text, both in UTF-16 units. They are the same unless the
	// text was cut.
	Length, Kept int

	line, column int // of the name in the input; 0 if there was none
}

// ParseUntrusted reads texts from outside from a YAML map. Each key is a name,
// and each value is the text itself or a map whose only key, file, has the path
// of a file that contains it:
//
//	title: ${{ toJSON(github.event.pull_request.title) }}
//	diff: {file: pr.diff}
//
// What a text is, what a name may be, and what read must do is the same as in
// [ParseVars]; an empty text is a text. The order of the map is kept.
//
// Hidden characters are removed, see [sink.Strip]. What then is longer than
// limit, in UTF-16 units as GitHub counts characters, is cut by [sink.Cut], and a
// last line is added to it that tells the model so. A limit of 0 means none.
// Where Kept is less than Length the caller should warn.
//
// toJSON is not for looks: without it whoever writes the title writes YAML, and
// with {file: …} can ask for any file that read would give.
//
// The error joins an [*Error] for each mistake, whose File is "untrusted".
func ParseUntrusted(src string, limit int, read func(path string) ([]byte, error)) ([]Untrusted, error) {
	var all []Untrusted
	r := reader{document.NewReader("untrusted", []byte(src))}
	r.Hint = quoting
	r.each(func(e document.Entry) {
		text := r.textOrFile(e, read)
		if r.named(e) {
			pos := e.Key.GetToken().Position
			u := Untrusted{Name: e.Name, line: pos.Line, column: pos.Column}
			u.set(text, limit)
			all = append(all, u)
		}
	})
	if err := r.Err(); err != nil {
		return nil, err
	}
	return all, nil
}

// NewUntrusted is a text from outside under the name that placeholders call it,
// made harmless and cut as [ParseUntrusted] does it.
func NewUntrusted(name, text string, limit int) Untrusted {
	u := Untrusted{Name: name}
	u.set(text, limit)
	return u
}

// textOrFile is the text of e or of the file that it names, or "" after a mistake.
func (r reader) textOrFile(e document.Entry, read func(string) ([]byte, error)) string {
	if text, ok := r.Scalar(e.Value); ok {
		return text
	}
	what := fmt.Sprintf("the value of %q", e.Name)
	if kind := r.Kind(e.Value); kind != "a map" {
		r.Fail(e.Value, "%s must be text or {file: path}, not %s", what, kind)
		return ""
	}
	path, at, before := "", e, r.Mistakes()
	r.Fields(e.Value, what, []document.Field{{Name: "file", Read: func(file document.Entry) {
		at = file
		r.Text(&path)(file)
	}}})
	if r.Mistakes() > before {
		return ""
	}
	return r.file(e.Name, path, at, read)
}

// set puts the text into u, cut to limit.
func (u *Untrusted) set(text string, limit int) {
	u.Text = sink.Strip(text)
	u.Length = sink.Units(u.Text)
	u.Kept = u.Length
	if limit <= 0 || u.Length <= limit {
		return
	}
	u.Text, _ = sink.Cut(u.Text, limit)
	u.Kept = sink.Units(u.Text)
	if u.Text != "" && !strings.HasSuffix(u.Text, "\n") {
		u.Text += "\n"
	}
	u.Text += fmt.Sprintf("[cut here: the first %d of %d characters]", u.Kept, u.Length)
}
