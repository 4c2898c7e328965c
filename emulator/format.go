package emulator

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A format is how the answer's text has to look.
type format struct {
	Type   string         `json:"type"` // "" and "text": free
	Name   string         `json:"name"`
	Strict bool           `json:"strict"`
	Schema map[string]any `json:"schema"`
}

// check refuses a format that the service would: param names it in errors
// about the schema, prefix is where its name and schema are.
// https://learn.microsoft.com/azure/ai-foundry/openai/how-to/structured-outputs
func (f format) check(field, param, prefix string) *denial {
	switch {
	case f.Type == "" || f.Type == "text" || f.Type == "json_object":
		return nil
	case f.Type != "json_schema":
		return modelRefusal("Invalid value: '"+f.Type+"'. Supported values are: 'json_object', 'json_schema', and 'text'.",
			field+".type", "invalid_value")
	case f.Name == "":
		return missingParam(prefix + ".name")
	case f.Schema == nil:
		return missingParam(prefix + ".schema")
	case !f.Strict:
		return nil
	}
	if what := lax(f.Schema, nil); what != "" {
		return modelRefusal("Invalid schema for response_format '"+f.Name+"': "+what, param, "invalid_json_schema")
	}
	return nil
}

// lax says what keeps a schema from being strict: an object in it that is open
// or has optional properties. path leads to schema. "" means that it is strict.
func lax(schema map[string]any, path []string) string {
	props, isObject := schema["properties"].(map[string]any)
	if isObject || has(schema["type"], "object") {
		context := "In context=('" + strings.Join(path, "', '") + "'), "
		if path == nil {
			context = "In context=(), "
		}
		if schema["additionalProperties"] != false {
			return context + "'additionalProperties' is required to be supplied and to be false."
		}
		for _, name := range slices.Sorted(maps.Keys(props)) {
			if !has(schema["required"], name) {
				return context + "'required' is required to be supplied and to be an array including every key in properties. Missing '" + name + "'."
			}
		}
	}
	for _, sub := range subschemas(schema) {
		if what := lax(sub.schema, append(slices.Clone(path), sub.path...)); what != "" {
			return what
		}
	}
	return ""
}

// A subschema is a schema inside another, at path.
type subschema struct {
	path   []string
	schema map[string]any
}

func subschemas(schema map[string]any) (subs []subschema) {
	add := func(v any, path ...string) {
		if s, ok := v.(map[string]any); ok {
			subs = append(subs, subschema{path, s})
		}
	}
	for _, key := range []string{"properties", "$defs", "definitions"} {
		m, _ := schema[key].(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(m)) {
			add(m[name], key, name)
		}
	}
	add(schema["items"], "items")
	for _, key := range []string{"anyOf", "oneOf", "allOf"} {
		list, _ := schema[key].([]any)
		for i, v := range list {
			add(v, key, fmt.Sprint(i))
		}
	}
	return subs
}

// has reports whether v, a JSON value, is name or a list with name in it.
func has(v any, name string) bool {
	list, _ := v.([]any)
	return v == name || slices.Contains(list, any(name))
}
