package emulator

import (
	"maps"
	"math"
	"slices"
	"strings"
)

// instance is a small value that schema accepts, the same for the same schema.
// It knows $ref into the schema, const, enum, type and lists of types, anyOf,
// oneOf and allOf, required properties, and the bounds on numbers, strings and
// arrays, though not patterns. An object without properties stands in for a
// schema that nothing finite satisfies.
func instance(schema map[string]any) any {
	m := maker{root: schema, steps: 10_000}
	v, ok := m.make(schema, nil)
	if !ok {
		return object{}
	}
	return v
}

// A maker makes an instance of a schema inside root. A branch that comes back
// to a $ref it is inside of has no small instance and is given up; steps bounds
// what a hostile schema may cost.
type maker struct {
	root  map[string]any
	steps int
}

func (m *maker) make(schema any, refs []string) (any, bool) {
	if m.steps--; m.steps < 0 || schema == false {
		return nil, false
	}
	s, _ := schema.(map[string]any) // true and what is no schema accept anything
	if ref, ok := s["$ref"].(string); ok {
		target, found := m.resolve(ref)
		if !found || slices.Contains(refs, ref) {
			return nil, false
		}
		return m.make(target, append(slices.Clone(refs), ref))
	}
	if v, ok := s["const"]; ok {
		return v, true
	}
	if list, ok := s["enum"].([]any); ok && len(list) > 0 {
		return list[0], true
	}
	if all, ok := s["allOf"].([]any); ok {
		return m.make(m.merge(s, all), refs)
	}
	for _, key := range []string{"anyOf", "oneOf"} {
		if branches, ok := s[key].([]any); ok {
			return m.any(branches, refs)
		}
	}
	return m.typed(s, refs)
}

func (m *maker) any(branches []any, refs []string) (any, bool) {
	for _, b := range branches {
		if v, ok := m.make(b, refs); ok {
			return v, true
		}
	}
	return nil, false
}

// typed makes an instance of the first of the schema's types that has one.
func (m *maker) typed(s map[string]any, refs []string) (any, bool) {
	types, _ := s["type"].([]any)
	if t, ok := s["type"].(string); ok {
		types = []any{t}
	}
	if types == nil {
		types = []any{implied(s)}
	}
	for _, t := range types {
		switch t {
		case "object":
			if v, ok := m.object(s, refs); ok {
				return v, true
			}
		case "array":
			if v, ok := m.array(s, refs); ok {
				return v, true
			}
		case "string":
			return someString(s), true
		case "number", "integer":
			return someNumber(s, t == "integer"), true
		case "boolean":
			return true, true
		case "null":
			return nil, true
		}
	}
	return nil, false
}

// implied is the type that a schema's other keywords speak of.
func implied(s map[string]any) string {
	for _, k := range []struct{ key, kind string }{
		{"properties", "object"},
		{"required", "object"},
		{"items", "array"},
		{"minItems", "array"},
		{"minimum", "number"},
		{"maximum", "number"},
	} {
		if _, ok := s[k.key]; ok {
			return k.kind
		}
	}
	return "string"
}

func (m *maker) object(s map[string]any, refs []string) (any, bool) {
	props, _ := s["properties"].(map[string]any)
	required, _ := s["required"].([]any)
	o := object{}
	for _, r := range required {
		name, _ := r.(string)
		v, ok := m.make(props[name], refs)
		if !ok {
			return nil, false
		}
		o[name] = v
	}
	return o, true
}

func (m *maker) array(s map[string]any, refs []string) (any, bool) {
	list := []any{}
	for range int(min(bound(s, "minItems", 0), 100)) {
		v, ok := m.make(s["items"], refs)
		if !ok {
			return nil, false
		}
		list = append(list, v)
	}
	return list, true
}

// samples are strings of the formats that structured outputs know.
var samples = map[string]string{
	"date": "2026-01-01", "time": "00:00:00Z", "date-time": "2026-01-01T00:00:00Z", "duration": "P1D",
	"email": "emulator@example.com", "hostname": "example.com", "ipv4": "127.0.0.1", "ipv6": "::1",
	"uuid": "00000000-0000-4000-8000-000000000000", "uri": "https://example.com/",
}

func someString(s map[string]any) string {
	kind, _ := s["format"].(string)
	if sample, ok := samples[kind]; ok {
		return sample
	}
	sample := "emulator"
	if lack := int(min(bound(s, "minLength", 0), 10_000)) - len(sample); lack > 0 {
		sample += strings.Repeat(".", lack)
	}
	return firstRunes(sample, int(min(bound(s, "maxLength", math.MaxInt32), math.MaxInt32)))
}

// someNumber is 0, or what lies at an end or in the middle of its bounds.
func someNumber(s map[string]any, whole bool) float64 {
	inf := math.Inf(1)
	low, above := bound(s, "minimum", -inf), bound(s, "exclusiveMinimum", -inf)
	high, below := bound(s, "maximum", inf), bound(s, "exclusiveMaximum", inf)
	step := bound(s, "multipleOf", 0)
	if whole {
		step = max(step, 1)
	}
	middle := max(low, above)/2 + min(high, below)/2
	for _, f := range []float64{0, low, high, above + 1, below - 1, middle} {
		tries := []float64{f}
		if step > 0 {
			tries = []float64{math.Ceil(f/step) * step, math.Floor(f/step) * step}
		}
		for _, f := range tries {
			if f >= low && f > above && f <= high && f < below {
				return f
			}
		}
	}
	return 0
}

// bound is the number at key, or def.
func bound(s map[string]any, key string, def float64) float64 {
	if f, ok := s[key].(float64); ok {
		return f
	}
	return def
}

// merge is the schema s with the members of its allOf folded in.
func (m *maker) merge(s map[string]any, all []any) map[string]any {
	out := maps.Clone(s)
	delete(out, "allOf")
	for _, member := range all {
		sub, _ := member.(map[string]any)
		if ref, ok := sub["$ref"].(string); ok {
			target, _ := m.resolve(ref)
			sub, _ = target.(map[string]any)
		}
		for key, v := range sub {
			out[key] = joined(out[key], v)
		}
	}
	return out
}

// joined is both properties or both lists of required names; else the later.
func joined(a, b any) any {
	if am, ok := a.(map[string]any); ok {
		if bm, ok := b.(map[string]any); ok {
			out := maps.Clone(am)
			maps.Copy(out, bm)
			return out
		}
	}
	if al, ok := a.([]any); ok {
		if bl, ok := b.([]any); ok {
			return slices.Concat(al, bl)
		}
	}
	return b
}

// resolve follows a reference into the schema itself: # and a JSON pointer
// (RFC 6901).
func (m *maker) resolve(ref string) (any, bool) {
	pointer, ok := strings.CutPrefix(ref, "#")
	if !ok {
		return nil, false
	}
	var at any = m.root
	for _, part := range strings.Split(pointer, "/")[1:] {
		part = strings.NewReplacer("~1", "/", "~0", "~").Replace(part)
		next, isMap := at.(map[string]any)
		if at, ok = next[part]; !isMap || !ok {
			return nil, false
		}
	}
	return at, true
}
