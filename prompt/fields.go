package prompt

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// A field is a key that a map may have, and what to do with its value.
type field struct {
	name string
	read func(entry)
}

// fields reads the map n by a table of its keys and returns the values given.
// what names the map in errors. It returns nil if n is no map.
func (r *reader) fields(n ast.Node, what string, fields []field) map[string]ast.Node {
	entries, ok := r.entries(n)
	if !ok {
		r.fail(n, "%s must be a map, not %s", what, r.kind(n))
		return nil
	}
	given := map[string]ast.Node{}
	for _, e := range entries {
		i := slices.IndexFunc(fields, func(f field) bool { return f.name == e.name })
		if i < 0 {
			r.fail(e.key, "%s has no key %q%s", what, e.name, suggest(e.name, names(fields)))
			continue
		}
		given[e.name] = e.value
		fields[i].read(e)
	}
	return given
}

func names(fields []field) []string {
	var all []string
	for _, f := range fields {
		all = append(all, f.name)
	}
	return all
}

// text reads a text.
func (r *reader) text(into *string) func(entry) {
	return func(e entry) {
		text, ok := r.scalar(e.value)
		if !ok {
			r.fail(e.value, "%s must be text, not %s", e.name, r.kind(e.value))
		}
		*into = text
	}
}

// choice reads one of the words.
func (r *reader) choice(into *string, words ...string) func(entry) {
	return func(e entry) {
		r.text(into)(e)
		if *into != "" && !slices.Contains(words, *into) {
			r.fail(e.value, "%s must be %s or %s, not %q%s", e.name,
				strings.Join(words[:len(words)-1], ", "), words[len(words)-1], *into, suggest(*into, words))
		}
	}
}

// optional reads a number that parse accepts; nothing and null leave into as it
// is. want describes the numbers in an error.
func optional[T any](r *reader, want string, parse func(digits string) (T, bool), into **T) func(entry) {
	return func(e entry) {
		if r.kind(e.value) == "nothing" {
			return
		}
		v, ok := parse(r.digits(e.value))
		if !ok {
			r.fail(e.value, "%s must be %s, not %s", e.name, want, r.written(e.value))
		}
		*into = &v
	}
}

// digits is a number as it is written, or "" if n is none. The YAML parser
// takes 1e3 for text, so an unquoted text that JSON would read as a number is one.
func (r *reader) digits(n ast.Node) string {
	switch v := r.value(n).(type) {
	case *ast.IntegerNode, *ast.FloatNode:
		return v.GetToken().Value
	case *ast.StringNode:
		if v.Token.Type == token.StringType && json.Unmarshal([]byte(v.Value), new(json.Number)) == nil {
			return v.Value
		}
	}
	return ""
}

// written shows a value in an error.
func (r *reader) written(n ast.Node) string {
	text, ok := r.scalar(n)
	switch kind := r.kind(n); {
	case !ok:
		return kind
	case kind == "text":
		return "the text " + strconv.Quote(text)
	default:
		return text
	}
}

// maps reads a list of maps that is kept as it is.
func (r *reader) maps(into *[]ast.Node) func(entry) {
	return func(e entry) {
		items, ok := r.items(e.value)
		if !ok {
			r.fail(e.value, "%s must be a list, not %s", e.name, r.kind(e.value))
		}
		for _, item := range items {
			if r.kind(item) != "a map" {
				r.fail(item, "each item of %s must be a map, not %s", e.name, r.kind(item))
			}
		}
		*into = items
	}
}
