package document

import (
	"cmp"
	"reflect"
	"regexp"
	"strconv"
	"strings"
)

// A spec is what the tags of a struct's field say about its key, see [Decode].
type spec struct {
	name, help, one, is, item, or string

	enum     []string
	min, max *float64
	pattern  *regexp.Regexp
	required bool

	index []int // of the field, see reflect.Value.FieldByIndex
	kind  reflect.Type
}

// specs are the keys of the struct t, in order, those of embedded structs in
// their place.
func specs(t reflect.Type) (all []spec) {
	for f := range t.Fields() {
		if f.Anonymous {
			for _, s := range specs(f.Type) {
				s.index = append(f.Index, s.index...)
				all = append(all, s)
			}
		} else if name := f.Tag.Get("yaml"); name != "" {
			all = append(all, newSpec(name, f))
		}
	}
	return all
}

func newSpec(name string, f reflect.StructField) spec {
	tag := f.Tag.Get
	s := spec{
		name: name, help: tag("help"), one: tag("one"), is: tag("is"), item: tag("item"), or: tag("or"),
		min: bound(tag("min")), max: bound(tag("max")), required: tag("required") == "true",
		index: f.Index, kind: f.Type,
	}
	s.item = cmp.Or(s.item, "an item of "+name)
	if words := tag("enum"); words != "" {
		s.enum = strings.Split(words, ",")
	}
	if p := tag("pattern"); p != "" {
		s.pattern = regexp.MustCompile(p)
	}
	return s
}

func bound(tag string) *float64 {
	x, err := strconv.ParseFloat(tag, 64)
	if err != nil {
		return nil
	}
	return &x
}

// wanted reports whether the key, where it is there, must have a value.
func (s spec) wanted() bool { return s.required || s.one != "" }

// each is the spec of one item of a list.
func (s spec) each() spec {
	s.required, s.one, s.or = true, "", ""
	s.kind = s.kind.Elem()
	return s
}

// target is the spec of what a pointer points to.
func (s spec) target() spec {
	s.kind = s.kind.Elem()
	return s
}

// groups are the names of the keys that exclude each other, by group, and the
// groups in order.
func groups(all []spec) (members map[string][]string, order []string) {
	members = map[string][]string{}
	for _, s := range all {
		if s.one == "" {
			continue
		}
		if members[s.one] == nil {
			order = append(order, s.one)
		}
		members[s.one] = append(members[s.one], s.name)
	}
	return members, order
}

// number is what a number must be, in words.
func (s spec) number() string {
	words := "a number"
	if s.kind.Kind() == reflect.Int64 {
		words = "a whole number"
	}
	if s.min != nil {
		words += " from " + strconv.FormatFloat(*s.min, 'g', -1, 64)
	}
	if s.max != nil {
		words += " to " + strconv.FormatFloat(*s.max, 'f', -1, 64)
	}
	return words
}

// holds reports whether x is within the bounds.
func (s spec) holds(x float64) bool {
	return (s.min == nil || x >= *s.min) && (s.max == nil || x <= *s.max)
}
