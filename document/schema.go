package document

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
)

// Schema is the JSON Schema (https://json-schema.org/draft/2020-12) of documents
// that [Decode] reads into a struct such as of, indented, with a line feed at its
// end. id is the schema's address, title and description are for people.
//
// It describes the shape: whatever Decode takes fits it. Where a text is expected,
// it takes a number, true or false as well, and it knows nothing of what is
// between the keys of different maps.
func Schema(of any, id, title, description string) []byte {
	s := structSchema(reflect.TypeOf(of))
	s.Schema, s.ID = "https://json-schema.org/draft/2020-12/schema", id
	s.Title, s.Description = title, description
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	_ = enc.Encode(s) // texts, numbers and structs of them have an encoding
	return b.Bytes()
}

// A schema is the part of JSON Schema that describes documents.
type schema struct {
	Schema               string     `json:"$schema,omitempty"`
	ID                   string     `json:"$id,omitempty"`
	Title                string     `json:"title,omitempty"`
	Description          string     `json:"description,omitempty"`
	Type                 []string   `json:"type,omitempty"`
	Enum                 []any      `json:"enum,omitempty"`
	Pattern              string     `json:"pattern,omitempty"`
	Minimum              *float64   `json:"minimum,omitempty"`
	Maximum              *float64   `json:"maximum,omitempty"`
	MinItems             int        `json:"minItems,omitempty"`
	Items                *schema    `json:"items,omitempty"`
	Properties           properties `json:"properties,omitempty"`
	PropertyNames        *schema    `json:"propertyNames,omitempty"`
	AdditionalProperties any        `json:"additionalProperties,omitempty"`
	Required             []string   `json:"required,omitempty"`
	AnyOf                []schema   `json:"anyOf,omitempty"`
	OneOf                []schema   `json:"oneOf,omitempty"`
	AllOf                []schema   `json:"allOf,omitempty"`
	Not                  *schema    `json:"not,omitempty"`
}

// properties keep the order of the struct, in which editors offer them.
type properties []property

type property struct {
	name   string
	schema schema
}

// MarshalJSON writes them as one object.
func (p properties) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	var failed error
	list(&b, "{}", p, func(one property) bool {
		value, err := json.Marshal(one.schema)
		if err != nil {
			failed = err
		}
		b.Write(quote(one.name))
		b.WriteByte(':')
		b.Write(value)
		return true
	})
	return b.Bytes(), failed
}

func structSchema(t reflect.Type) schema {
	s := schema{Type: []string{"object"}, AdditionalProperties: false}
	all := specs(t)
	for _, field := range all {
		s.Properties = append(s.Properties, property{field.name, field.schema()})
		if field.required {
			s.Required = append(s.Required, field.name)
		}
	}
	members, order := groups(all)
	for _, group := range order {
		s.AllOf = append(s.AllOf, exclusive(members[group], !strings.HasPrefix(group, "?")))
	}
	return s
}

// exclusive is the schema of a map that has one of the keys, or none if it need
// not have one.
func exclusive(names []string, must bool) schema {
	var one []schema
	for _, name := range names {
		one = append(one, schema{Required: []string{name}})
	}
	if !must {
		one = append(one, schema{Not: &schema{AnyOf: slices.Clone(one)}})
	}
	return schema{OneOf: one}
}

// schema is that of the key's value.
func (s spec) schema() schema {
	out := s.bare()
	if s.or == "text" {
		item := out.Items
		out = schema{AnyOf: []schema{*item, out}}
		if !s.wanted() {
			out.AnyOf = append(out.AnyOf, schema{Type: []string{"null"}})
		}
	} else if !s.wanted() {
		out.null()
	}
	out.Description = s.help
	return out
}

// null lets a value be left out behind its key.
func (s *schema) null() {
	if s.Enum != nil {
		s.Enum = append(s.Enum, nil)
	} else {
		s.Type = append(s.Type, "null")
	}
}

// bare is the schema of a value that is there.
func (s spec) bare() schema {
	switch s.kind.Kind() {
	case reflect.Pointer:
		out := s.target().bare()
		if s.or == "true" {
			out.Type = append(out.Type, "boolean")
		}
		return out
	case reflect.Struct:
		return structSchema(s.kind)
	case reflect.Slice:
		item := s.each().bare()
		out := schema{Type: []string{"array"}, Items: &item}
		if s.wanted() {
			out.MinItems = 1
		}
		return out
	case reflect.Map:
		values := text()
		values.null()
		return schema{Type: []string{"object"}, PropertyNames: s.matching(schema{}), AdditionalProperties: values}
	case reflect.Bool:
		return schema{Type: []string{"boolean"}}
	case reflect.Int64:
		return schema{Type: []string{"integer"}, Minimum: s.min, Maximum: s.max}
	case reflect.Float64:
		return schema{Type: []string{"number"}, Minimum: s.min, Maximum: s.max}
	}
	return s.text()
}

// text is the schema of a text, which may look like a number.
func text() schema { return schema{Type: []string{"string", "number", "boolean"}} }

func (s spec) text() schema {
	if s.enum != nil {
		var words []any
		for _, w := range s.enum {
			words = append(words, w)
		}
		return schema{Enum: words}
	}
	out := text()
	for _, kind := range jsonKinds[s.or] {
		out.Type = append(out.Type, map[string]string{"a map": "object", "a list": "array"}[kind])
	}
	if s.wanted() {
		out.Pattern = `\S`
	}
	return *s.matching(out)
}

// matching is out with the pattern, if there is one.
func (s spec) matching(out schema) *schema {
	if s.pattern != nil {
		out.Pattern = s.pattern.String()
	}
	return &out
}
