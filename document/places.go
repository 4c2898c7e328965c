package document

import "github.com/goccy/go-yaml/ast"

// places are the entries that were decoded, by pointers to what they were decoded
// into, and for an entry of a map by member.
type places map[any]Entry

// A member is an entry of what a pointer points to: a struct or a map.
type member struct {
	of  any
	key string
}

// Given reports whether the document has a value for what field, a pointer,
// points to.
func (r *Reader) Given(field any) bool {
	_, ok := r.places[field]
	return ok
}

// Keys are the keys that the document has for the struct that of points to, in
// their order.
func (r *Reader) Keys(of any) []string { return r.keys[of] }

// Wrong adds a mistake in the value that was decoded into what field, a pointer,
// points to. Where there is none it is a mistake of the document as a whole.
func (r *Reader) Wrong(field any, format string, args ...any) {
	r.FailAt(r.PlaceOf(field), format, args...)
}

// WrongKey is [Reader.Wrong] at the key itself, of a struct or a map that of
// points to.
func (r *Reader) WrongKey(of any, key, format string, args ...any) {
	if e, ok := r.places[member{of, key}]; ok {
		r.Fail(e.Key, format, args...)
		return
	}
	r.Wrong(of, format, args...)
}

// PlaceOfEntry is [Reader.PlaceOf] for a key of the map that of points to.
func (r *Reader) PlaceOfEntry(of any, key string) Place { return r.PlaceOf(member{of, key}) }

// PlaceOf is where the value begins that was decoded into what field, a pointer,
// points to; the zero Place if there is none.
func (r *Reader) PlaceOf(field any) Place {
	e, ok := r.places[field]
	if !ok {
		return Place{}
	}
	return placeOf(first(e.Value))
}

// PlaceOfNode is where n begins.
func (r *Reader) PlaceOfNode(n ast.Node) Place { return placeOf(first(n)) }

// Where is the origin of the text that was decoded into what field, a pointer,
// points to; the zero Origin if there is none.
func (r *Reader) Where(field any) Origin {
	e, ok := r.places[field]
	if !ok {
		return Origin{}
	}
	return r.Origin(e.Value)
}
