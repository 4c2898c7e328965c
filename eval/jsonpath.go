package eval

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A jsonPath is a query of RFC 9535 without filters: its segments one after the other.
// https://www.rfc-editor.org/rfc/rfc9535
type jsonPath []segment

// A segment selects children of a value, or with deep of the value and everything
// below it.
type segment struct {
	deep      bool
	selectors []selector
}

// A selector appends what it selects of v to all.
type selector func(v any, all []any) []any

// maxVisits is how many values a query may look at. Several .. in a path can select
// the same value over and over, far more often than an answer has values.
const maxVisits = 1_000_000

var errVisits = fmt.Errorf("the path selects more than %d values", maxVisits)

// find are the values that the path selects, in order; those of an object in the
// order of their names.
func (p jsonPath) find(root any) ([]any, error) {
	values := []any{root}
	visits := 0
	for _, s := range p {
		var next []any
		for _, v := range values {
			if next = s.visit(v, next, &visits); visits > maxVisits {
				return nil, errVisits
			}
		}
		values = next
	}
	return values, nil
}

func (s segment) visit(v any, all []any, visits *int) []any {
	for _, sel := range s.selectors {
		before := len(all)
		all = sel(v, all)
		if *visits += 1 + len(all) - before; *visits > maxVisits {
			return all
		}
	}
	if !s.deep {
		return all
	}
	for _, child := range children(v, nil) {
		if all = s.visit(child, all, visits); *visits > maxVisits {
			break
		}
	}
	return all
}

// children appends all children of v.
func children(v any, all []any) []any {
	switch v := v.(type) {
	case []any:
		return append(all, v...)
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			all = append(all, v[name])
		}
	}
	return all
}

func byName(name string) selector {
	return func(v any, all []any) []any {
		object, _ := v.(map[string]any)
		if member, ok := object[name]; ok {
			all = append(all, member)
		}
		return all
	}
}

func byIndex(i int) selector {
	return func(v any, all []any) []any {
		array, _ := v.([]any)
		if at := fromEnd(i, len(array)); at >= 0 && at < len(array) {
			all = append(all, array[at])
		}
		return all
	}
}

// fromEnd is the index i of n items, where -1 is the last.
func fromEnd(i, n int) int {
	if i < 0 {
		return n + i
	}
	return i
}

// bySlice selects as section 2.3.4 says. A bound that is nil is the end that the
// step comes from or goes to.
func bySlice(start, end *int, step int) selector {
	return func(v any, all []any) []any {
		array, _ := v.([]any)
		n := len(array)
		bound := func(given *int, otherwise, least, most int) int {
			if given == nil {
				return otherwise
			}
			return min(max(fromEnd(*given, n), least), most)
		}
		if step > 0 {
			for i := bound(start, 0, 0, n); i < bound(end, n, 0, n); i += step {
				all = append(all, array[i])
			}
		}
		if step < 0 {
			for i := bound(start, n-1, -1, n-1); i > bound(end, -1, -1, n-1); i += step {
				all = append(all, array[i])
			}
		}
		return all
	}
}

// The words of a path. https://www.rfc-editor.org/rfc/rfc9535#appendix-A
var (
	pathSpace  = regexp.MustCompile(`^[ \t\r\n]*`)
	pathName   = regexp.MustCompile(`^[A-Za-z_\x{80}-\x{10FFFF}][0-9A-Za-z_\x{80}-\x{10FFFF}]*`)
	pathQuoted = regexp.MustCompile(`^(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")`)
	pathInt    = regexp.MustCompile(`^(?:0|-?[1-9][0-9]{0,15})`)
	pathSlice  = regexp.MustCompile(`^(0|-?[1-9][0-9]{0,15})?[ \t\r\n]*:[ \t\r\n]*(0|-?[1-9][0-9]{0,15})?(?:[ \t\r\n]*:(?:[ \t\r\n]*(0|-?[1-9][0-9]{0,15}))?)?`)
)

// A pathReader is the rest of a path.
type pathReader struct{ rest string }

// take passes over what re finds at the beginning, and returns it.
func (r *pathReader) take(re *regexp.Regexp) string {
	word := re.FindString(r.rest)
	r.rest = r.rest[len(word):]
	return word
}

// sign passes over the sign if it is next.
func (r *pathReader) sign(sign string) (ok bool) {
	r.rest, ok = strings.CutPrefix(r.rest, sign)
	return ok
}

// parsePath reads a path, of at most a thousand bytes.
func parsePath(text string) (jsonPath, error) {
	r := &pathReader{text}
	if len(text) > 1000 || !r.sign("$") {
		return nil, errors.New("a path begins with $ (the whole answer), as in $.items[0].name, and has at most 1,000 characters")
	}
	var path jsonPath
	for r.rest != "" {
		r.take(pathSpace)
		at := len(text) - len(r.rest) + 1
		s, err := r.segment()
		if err != nil {
			return nil, fmt.Errorf("in the path %s, at its character %d: %w", text, at, err)
		}
		path = append(path, s)
	}
	return path, nil
}

func (r *pathReader) segment() (s segment, err error) {
	s.deep = r.sign("..")
	dot := s.deep || r.sign(".")
	var sel selector
	switch {
	case r.sign("["):
		if dot && !s.deep {
			return s, errors.New("a dot or a bracket, not both")
		}
		s.selectors, err = r.bracket()
		return s, err
	case dot && r.sign("*"):
		sel = children
	case dot:
		name := r.take(pathName)
		if name == "" {
			return s, errors.New("a name is expected; one with other signs than letters, digits and _ stands in brackets and quotes, as ['my name']")
		}
		sel = byName(name)
	default:
		return s, errors.New("a dot or a bracket is expected")
	}
	s.selectors = []selector{sel}
	return s, nil
}

// bracket reads selectors up to the closing bracket.
func (r *pathReader) bracket() (all []selector, err error) {
	for {
		r.take(pathSpace)
		sel, err := r.selector()
		if err != nil {
			return nil, err
		}
		all = append(all, sel)
		r.take(pathSpace)
		switch {
		case r.sign("]"):
			return all, nil
		case !r.sign(","):
			return nil, errors.New("the bracket does not close")
		}
	}
}

func (r *pathReader) selector() (selector, error) {
	if parts := pathSlice.FindStringSubmatch(r.rest); parts != nil {
		r.take(pathSlice)
		step := 1
		if n := optionalInt(parts[3]); n != nil {
			step = *n
		}
		return bySlice(optionalInt(parts[1]), optionalInt(parts[2]), step), nil
	}
	if word := r.take(pathInt); word != "" {
		return byIndex(*optionalInt(word)), nil
	}
	if word := r.take(pathQuoted); word != "" {
		name, err := unquoted(word)
		return byName(name), err
	}
	switch {
	case r.sign("*"):
		return children, nil
	case r.sign("?"):
		return nil, errors.New("filters (?) are not known here: compare the values that a path without one selects")
	}
	return nil, errors.New("a name in quotes, an index, a slice or * is expected")
}

// optionalInt is the number of at most 16 digits, or nil for none. No array is so long
// that the bounds matter, which keep sums of numbers from overflowing.
func optionalInt(digits string) *int {
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return nil
	}
	return new(int(min(max(n, -1<<30), 1<<30)))
}

// unquoted is the name in quotes. Escapes are those of JSON, and \' between single
// quotes.
func unquoted(word string) (name string, err error) {
	if inside, ok := strings.CutPrefix(word, "'"); ok {
		inside = strings.ReplaceAll(inside[:len(inside)-1], `\\`, `\u005c`)
		word = `"` + strings.NewReplacer(`\'`, `'`, `"`, `\"`).Replace(inside) + `"`
	}
	if json.Unmarshal([]byte(word), &name) != nil {
		err = fmt.Errorf("%s is no name in quotes: its escapes are those of JSON", word)
	}
	return name, err
}
