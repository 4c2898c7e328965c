package prompt

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"unicode/utf8"

	"github.com/keyless-inference/action/document"
)

// MaxFile is the most bytes that a file with the value of a variable may have.
const MaxFile = 16 << 20

// Vars are the values of variables by their names.
type Vars map[string]string

// quoting says how to write a map of names to texts.
const quoting = "; write one \"name: value\" a line, and quote a value with \": \", \" #\" or {{ in it (${{ toJSON(…) }} quotes any text of a workflow)"

// ParseVars reads variables from two YAML maps. In input each key is a name and
// each value is the variable's value; in fileInput each value is the path of a
// file that contains it, and beats input on the same name. Either may be empty.
//
// A value is text, or a number, true, false or a date as it is written; nothing,
// null and ~ are the empty text. A map or a list is an error, and so is a key
// that no placeholder could name. JSON is YAML, so ${{ toJSON(…) }} makes a safe
// value of any workflow expression.
//
// read returns the content of a file, or an error that it explains, and decides
// which paths are allowed. It should read no more than [MaxFile]+1 bytes. A file
// must be UTF-8 text of at most MaxFile bytes, and its bytes are the value.
//
// The error joins an [*Error] for each mistake, whose File is "input" or
// "file_input".
func ParseVars(input, fileInput string, read func(path string) ([]byte, error)) (Vars, error) {
	vars := Vars{}
	inline := reader{document.NewReader("input", []byte(input))}
	inline.Hint = quoting
	inline.texts(func(e document.Entry, text string) {
		if inline.named(e) {
			vars[e.Name] = text
		}
	})
	files := reader{document.NewReader("file_input", []byte(fileInput))}
	files.texts(func(e document.Entry, path string) {
		if files.named(e) {
			vars[e.Name] = files.file(e.Name, path, e, read)
		}
	})
	if err := errors.Join(inline.Err(), files.Err()); err != nil {
		return nil, err
	}
	return vars, nil
}

// ParseMap reads a YAML map (JSON is one) from any keys to texts, as [ParseVars]
// reads the map of its input. name stands for the file in the errors.
func ParseMap(name, src string) (map[string]string, error) {
	texts := map[string]string{}
	r := reader{document.NewReader(name, []byte(src))}
	r.texts(func(e document.Entry, text string) { texts[e.Name] = text })
	return texts, r.Err()
}

// texts calls set with each key and text of the document.
func (r reader) texts(set func(e document.Entry, text string)) {
	r.each(func(e document.Entry) {
		text, ok := r.Scalar(e.Value)
		if !ok {
			r.Fail(e.Value, "the value of %q must be text, not %s; quote it if it is text", e.Name, r.Kind(e.Value))
			return
		}
		set(e, text)
	})
}

// each calls do with each entry of the document, which is a map.
func (r reader) each(do func(document.Entry)) {
	root := r.Parse()
	if root == nil {
		return
	}
	entries, ok := r.Entries(root)
	if !ok {
		r.Fail(root, "this must be a map of names to values, not %s%s", r.Kind(root), r.Hint)
	}
	for _, e := range entries {
		do(e)
	}
}

// file is the text of the file at path, for the variable of the name; e is where
// the path stands.
func (r reader) file(name, path string, e document.Entry, read func(string) ([]byte, error)) string {
	if path == "" {
		r.Fail(e.Key, "variable %q: the path of its file is empty", name)
		return ""
	}
	text, err := ReadText(path, read)
	if err != nil {
		r.Fail(e.Value, "variable %q: %w", name, err)
	}
	return text
}

// named reports whether a placeholder can name e, and says so if it can't.
func (r reader) named(e document.Entry) bool {
	ok := variable.MatchString(e.Name)
	if !ok {
		r.Fail(e.Key, "%q can't be the name of a variable: use letters, digits, _ . -", e.Name)
	}
	return ok
}

// ReadText reads the text file at path through read, see [ParseVars] for what
// that must do. A byte order mark is dropped; what is not UTF-8 text of at most
// [MaxFile] bytes is an error.
func ReadText(path string, read func(string) ([]byte, error)) (string, error) {
	b, err := read(path)
	if bare, ok := err.(*fs.PathError); ok {
		err = bare.Err // the message names the path as the user wrote it
	}
	switch nul := bytes.IndexByte(b, 0); {
	case err != nil:
		return "", fmt.Errorf("reading %s: %w", path, err)
	case len(b) > MaxFile:
		return "", fmt.Errorf("reading %s: the file has more than %d MiB", path, MaxFile>>20)
	case nul >= 0:
		return "", fmt.Errorf("reading %s: the file is binary or UTF-16 (byte %d is zero), not UTF-8 text", path, nul)
	case !utf8.Valid(b):
		return "", fmt.Errorf("reading %s: the file is not UTF-8 text (byte %d)", path, document.InvalidUTF8(b))
	}
	return strings.TrimPrefix(string(b), "\uFEFF"), nil
}
