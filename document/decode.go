package document

import (
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// Decode reads the document src into the struct that into points to, as its tags
// say. name stands for the document in errors. The error joins an [*Error] for
// each mistake: unknown keys, wrong types, words that are none of the allowed,
// numbers out of their bounds, keys that are missing or exclude each other. Where
// the YAML itself is at fault, only that is told.
//
// Fields are of these types: string, bool, int64, float64, struct, pointers to
// these, lists of them, and map[string]string. A key without a value is as good as
// none.
//
// The tags are yaml (the key; a field without it is left alone, the fields of an
// embedded struct are the struct's own), help, required ("true": it must be there
// and not be empty), one (a group of keys of which exactly one must be there, with
// a ? in front at most one), enum (words with commas), min and max, pattern and is
// (a regular expression for texts or the keys of a map, and the same in words),
// item (what an item of a list is called) and or ("text": a list that may be
// written as a text; "map": a text that may be written as a map, which becomes
// JSON; "json": one that may be a list as well; "true": a pointer to a struct that may
// be written as true or false).
func Decode(name string, src []byte, into any) error {
	r := NewReader(name, src)
	r.Decode(into)
	return r.Err()
}

// Decode reads the document into the struct that into points to, see the function
// [Decode]. Mistakes are remembered; what was read has its place, see
// [Reader.Wrong], as long as it is not moved.
func (r *Reader) Decode(into any) {
	switch root := r.Parse(); {
	case root != nil:
		r.DecodeNode(root, "the file", into)
	case r.Mistakes() == 0:
		keys := r.specs(reflect.TypeOf(into).Elem())
		r.missing(func(format string, args ...any) { r.FailAt(Place{}, format, args...) }, "the file", keys, nil)
	}
}

// DecodeNode is [Reader.Decode] for one value of a document that was parsed: it reads
// n, which must be a map, into the struct that into points to. what names n in
// errors.
func (r *Reader) DecodeNode(n ast.Node, what string, into any) {
	r.places[into] = Entry{Key: n, Value: n}
	r.decodeStruct(n, what, reflect.ValueOf(into).Elem())
}

// specs are those of t, made once.
func (r *Reader) specs(t reflect.Type) []spec {
	if _, ok := r.known[t]; !ok {
		r.known[t] = specs(t)
	}
	return r.known[t]
}

// decodeStruct reads the map n into v. what names it in errors.
func (r *Reader) decodeStruct(n ast.Node, what string, v reflect.Value) {
	all, of := r.specs(v.Type()), v.Addr().Interface()
	var fields []Field
	var given []Entry
	for _, s := range all {
		fields = append(fields, Field{s.name, func(e Entry) {
			if r.Kind(e.Value) != "nothing" {
				given = append(given, e)
				r.places[member{of, e.Name}] = e
				r.decode(s, e, v.FieldByIndex(s.index))
			} else if s.wanted() {
				given = append(given, e)
				r.Fail(e.Key, "%s has no value", e.Name)
			}
		}})
	}
	if r.Fields(n, what, fields) == nil {
		return
	}
	for _, e := range given {
		r.keys[of] = append(r.keys[of], e.Name)
	}
	r.missing(func(format string, args ...any) { r.Fail(n, format, args...) }, what, all, given)
}

// missing looks for keys that are missing and for such that exclude each other.
func (r *Reader) missing(fail func(format string, args ...any), what string, all []spec, given []Entry) {
	for _, s := range all {
		if s.required && !slices.ContainsFunc(given, func(e Entry) bool { return e.Name == s.name }) {
			fail("%s has no %s", what, s.name)
		}
	}
	members, order := groups(all)
	for _, group := range order {
		names := members[group]
		there := slices.DeleteFunc(slices.Clone(given), func(e Entry) bool { return !slices.Contains(names, e.Name) })
		if len(there) == 0 && !strings.HasPrefix(group, "?") {
			fail("%s needs one of %s", what, or(names))
		}
		for _, e := range there[min(1, len(there)):] {
			first := there[0]
			r.Fail(e.Key, "%s excludes %s (line %d): give one of %s", e.Name, first.Name, placeOf(first.Key).Line, or(names))
		}
	}
}

// decode reads the value of e, which is not nothing, into v.
func (r *Reader) decode(s spec, e Entry, v reflect.Value) {
	r.places[v.Addr().Interface()] = e
	switch v.Kind() {
	case reflect.Pointer:
		r.decodePointer(s, e, v)
	case reflect.Struct:
		r.decodeStruct(e.Value, e.Name, v)
	case reflect.Slice:
		r.decodeList(s, e, v)
	case reflect.Map:
		r.decodeMap(s, e, v)
	case reflect.Bool:
		r.decodeBool(e, v)
	case reflect.Int64, reflect.Float64:
		r.decodeNumber(s, e, v)
	default:
		r.decodeText(s, e, v)
	}
}

func (r *Reader) decodePointer(s spec, e Entry, v reflect.Value) {
	to := reflect.New(v.Type().Elem())
	if s.or == "true" && r.Kind(e.Value) != "a map" {
		var yes bool
		if !r.bool(e, &yes, "true, false or a map") || !yes {
			return
		}
	} else {
		r.decode(s.target(), e, to.Elem())
	}
	v.Set(to)
}

func (r *Reader) decodeBool(e Entry, v reflect.Value) {
	var yes bool
	r.bool(e, &yes, "true or false")
	v.SetBool(yes)
}

// bool reads true or false, and reports whether it is one of them.
func (r *Reader) bool(e Entry, into *bool, want string) bool {
	b, ok := r.Value(e.Value).(*ast.BoolNode)
	if !ok {
		r.Fail(e.Value, "%s must be %s, not %s", e.Name, want, r.Written(e.Value))
		return false
	}
	*into = b.Value
	return true
}

func (r *Reader) decodeNumber(s spec, e Entry, v reflect.Value) {
	digits := r.Digits(e.Value)
	var x float64
	var err error
	if v.Kind() == reflect.Int64 {
		var n int64
		n, err = strconv.ParseInt(digits, 10, 64)
		x = float64(n)
		v.SetInt(n)
	} else {
		x, err = strconv.ParseFloat(digits, 64)
		v.SetFloat(x)
	}
	if err != nil || !s.holds(x) {
		r.Fail(e.Value, "%s must be %s, not %s", e.Name, s.number(), r.Written(e.Value))
	}
}

// jsonKinds are what a text may be written as instead, by what the tag or says.
var jsonKinds = map[string][]string{"map": {"a map"}, "json": {"a map", "a list"}}

func (r *Reader) decodeText(s spec, e Entry, v reflect.Value) {
	text, ok := r.Scalar(e.Value)
	also := jsonKinds[s.or]
	if slices.Contains(also, r.Kind(e.Value)) {
		v.SetString(string(r.JSON(e.Value)))
		return
	}
	v.SetString(text)
	switch {
	case !ok:
		r.Fail(e.Value, "%s must be %s, not %s", e.Name, or(append([]string{"text"}, also...)), r.Kind(e.Value))
	case s.wanted() && strings.TrimSpace(text) == "":
		r.Fail(e.Value, "%s is empty", e.Name)
	case s.enum != nil && !slices.Contains(s.enum, text):
		r.Fail(e.Value, "%s must be %s, not %q%s", e.Name, or(s.enum), text, Suggest(text, s.enum))
	case s.pattern != nil && !s.pattern.MatchString(text):
		r.Fail(e.Value, "%s must be %s, not %q", e.Name, s.is, text)
	}
}

func (r *Reader) decodeList(s spec, e Entry, v reflect.Value) {
	items, ok := r.Items(e.Value)
	_, text := r.Scalar(e.Value)
	switch {
	case !ok && s.or == "text" && text:
		items = []ast.Node{e.Value}
	case !ok && s.or == "text":
		r.Fail(e.Value, "%s must be text or a list, not %s", e.Name, r.Kind(e.Value))
	case !ok:
		r.Fail(e.Value, "%s must be a list, not %s", e.Name, r.Kind(e.Value))
	case s.wanted() && len(items) == 0:
		r.Fail(e.Value, "%s is empty", e.Name)
	}
	// The list has its length before its items are read, for their places stay.
	v.Set(reflect.MakeSlice(v.Type(), len(items), len(items)))
	for i, item := range items {
		if r.Kind(item) == "nothing" {
			r.Fail(item, "%s has no value", s.item)
			continue
		}
		r.decode(s.each(), Entry{s.item, item, item}, v.Index(i))
	}
}

func (r *Reader) decodeMap(s spec, e Entry, v reflect.Value) {
	entries, ok := r.Entries(e.Value)
	if !ok {
		r.Fail(e.Value, "%s must be a map of names to values, not %s", e.Name, r.Kind(e.Value))
	}
	of := v.Addr().Interface()
	texts := make(map[string]string, len(entries))
	for _, entry := range entries {
		text, ok := r.Scalar(entry.Value)
		if !ok {
			r.Fail(entry.Value, "the value of %q must be text, not %s; quote it if it is text", entry.Name, r.Kind(entry.Value))
		}
		if s.pattern != nil && !s.pattern.MatchString(entry.Name) {
			r.Fail(entry.Key, "a name in %s must be %s, not %q", e.Name, s.is, entry.Name)
		}
		r.places[member{of, entry.Name}] = entry
		texts[entry.Name] = text
	}
	v.Set(reflect.ValueOf(texts))
}
