package document

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// A Field is a key that a map may have, and what to do with its value.
type Field struct {
	Name string
	Read func(Entry)
}

// Fields reads the map n by a table of its keys and returns the values given.
// what names the map in errors. It returns nil if n is no map.
func (r *Reader) Fields(n ast.Node, what string, fields []Field) map[string]ast.Node {
	entries, ok := r.Entries(n)
	if !ok {
		r.Fail(n, "%s must be a map, not %s", what, r.Kind(n))
		return nil
	}
	given := map[string]ast.Node{}
	for _, e := range entries {
		i := slices.IndexFunc(fields, func(f Field) bool { return f.Name == e.Name })
		if i < 0 {
			r.Fail(e.Key, "%s has no key %q%s", what, e.Name, Suggest(e.Name, names(fields)))
			continue
		}
		given[e.Name] = e.Value
		fields[i].Read(e)
	}
	return given
}

func names(fields []Field) []string {
	var all []string
	for _, f := range fields {
		all = append(all, f.Name)
	}
	return all
}

// Text reads a text.
func (r *Reader) Text(into *string) func(Entry) {
	return func(e Entry) {
		text, ok := r.Scalar(e.Value)
		if !ok {
			r.Fail(e.Value, "%s must be text, not %s", e.Name, r.Kind(e.Value))
		}
		*into = text
	}
}

// Choice reads one of the words.
func (r *Reader) Choice(into *string, words ...string) func(Entry) {
	return func(e Entry) {
		r.Text(into)(e)
		if *into != "" && !slices.Contains(words, *into) {
			r.Fail(e.Value, "%s must be %s, not %q%s", e.Name,
				or(words), *into, Suggest(*into, words))
		}
	}
}

// or lists words in a sentence.
func or(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// Optional reads a number that parse accepts; nothing and null leave into as it
// is. want describes the numbers in an error.
func Optional[T any](r *Reader, want string, parse func(digits string) (T, bool), into **T) func(Entry) {
	return func(e Entry) {
		if r.Kind(e.Value) == "nothing" {
			return
		}
		v, ok := parse(r.Digits(e.Value))
		if !ok {
			r.Fail(e.Value, "%s must be %s, not %s", e.Name, want, r.Written(e.Value))
		}
		*into = &v
	}
}

// Digits is a number as it is written, or "" if n is none. The YAML parser
// takes 1e3 for text, so an unquoted text that JSON would read as a number is one.
func (r *Reader) Digits(n ast.Node) string {
	switch v := r.Value(n).(type) {
	case *ast.IntegerNode, *ast.FloatNode:
		return v.GetToken().Value
	case *ast.StringNode:
		if v.Token.Type == token.StringType && json.Unmarshal([]byte(v.Value), new(json.Number)) == nil {
			return v.Value
		}
	}
	return ""
}

// Written shows a value in an error.
func (r *Reader) Written(n ast.Node) string {
	text, ok := r.Scalar(n)
	switch kind := r.Kind(n); {
	case !ok:
		return kind
	case kind == "text":
		return "the text " + strconv.Quote(text)
	default:
		return text
	}
}

// Maps reads a list of maps that is kept as it is.
func (r *Reader) Maps(into *[]ast.Node) func(Entry) {
	return func(e Entry) {
		items, ok := r.Items(e.Value)
		if !ok {
			r.Fail(e.Value, "%s must be a list, not %s", e.Name, r.Kind(e.Value))
		}
		for _, item := range items {
			if r.Kind(item) != "a map" {
				r.Fail(item, "each item of %s must be a map, not %s", e.Name, r.Kind(item))
			}
		}
		*into = items
	}
}
