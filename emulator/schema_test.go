package emulator

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Each instance is checked by a validator that shares no code with its maker.
var schemas = map[string]string{
	`{}`:                         `"emulator"`,
	`{"type":"string"}`:          `"emulator"`,
	`{"type":"integer"}`:         `0`,
	`{"type":"boolean"}`:         `true`,
	`{"type":"null"}`:            `null`,
	`{"type":["null","string"]}`: `null`,
	`{"type":"array","items":{"type":"string"}}`:                  `[]`,
	`{"type":"array","items":{"type":"integer"},"minItems":2}`:    `[0,0]`,
	`{"const":{"a":[1]}}`:                                         `{"a":[1]}`,
	`{"enum":["x","y"]}`:                                          `"x"`,
	`{"type":"integer","minimum":3}`:                              `3`,
	`{"type":"integer","exclusiveMinimum":3,"multipleOf":5}`:      `5`,
	`{"type":"integer","maximum":-3,"multipleOf":5}`:              `-5`,
	`{"type":"number","exclusiveMinimum":0,"exclusiveMaximum":1}`: `0.5`,
	`{"type":"number","minimum":0.2,"exclusiveMaximum":0.3}`:      `0.2`,
	`{"minimum":2.5}`:                                             `2.5`,
	`{"type":"string","minLength":10}`:                            `"emulator.."`,
	`{"type":"string","maxLength":3}`:                             `"emu"`,
	`{"type":"string","format":"date-time"}`:                      `"2026-01-01T00:00:00Z"`,
	`{"type":"object","properties":{"a":{"type":"string"}}}`:      `{}`,
	`{"required":["a"]}`:                                          `{"a":"emulator"}`,
	`{"anyOf":[{"type":"integer"},{"type":"null"}]}`:              `0`,
	`{"oneOf":[false,{"type":"null"}]}`:                           `null`,
	`{"allOf":[{"required":["a"]},{"properties":{"a":{"type":"null"}},"required":["b"]}],"type":"object"}`:                                                     `{"a":null,"b":"emulator"}`,
	`{"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/b~1c"},"b/c":{"const":7}}}`:                                                                             `7`,
	`{"type":"object","required":["next"],"properties":{"next":{"anyOf":[{"$ref":"#"},{"type":"null"}]}}}`:                                                     `{"next":{"next":null}}`,
	`{"$ref":"#/$defs/list","$defs":{"list":{"type":"object","required":["tail"],"properties":{"tail":{"anyOf":[{"$ref":"#/$defs/list"},{"type":"null"}]}}}}}`: `{"tail":null}`,
	`{"type":"object","required":["kids"],"properties":{"kids":{"type":"array","items":{"$ref":"#"}}}}`:                                                        `{"kids":[]}`,
	`{"type":"object","required":["a"],"properties":{"a":{"type":"object","required":["b"],"properties":{"b":{"type":["integer","null"]}}}}}`:                  `{"a":{"b":0}}`,
}

func TestInstance(t *testing.T) {
	t.Parallel()
	for text, want := range schemas {
		schema := decode[map[string]any](t, text)
		if got := compact(instance(schema)); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
		if err := validate(t, text, want); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func validate(t *testing.T, schema, value string) error {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(schema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("schema.json")
	if err != nil {
		t.Fatalf("%s: %v", schema, err)
	}
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(value))
	if err != nil {
		t.Fatal(err)
	}
	return compiled.Validate(v)
}

// What has no small instance ends all the same.
func TestInstanceEnds(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{"type":"object","required":["a"],"properties":{"a":{"$ref":"#"}}}`,
		`{"$ref":"#"}`,
		`{"$ref":"#/nowhere"}`,
		`{"$ref":"https://example.com/"}`,
		`{"anyOf":[]}`,
		`{"type":"object","required":["a"],"properties":{"a":false}}`,
		`{"$defs":{"a":{"allOf":[{"$ref":"#/$defs/a"}]}},"$ref":"#/$defs/a"}`,
		`{"type":"array","minItems":100,"items":{"type":"array","minItems":100,"items":{"type":"array","minItems":100,"items":{}}}}`,
	} {
		if got := compact(instance(decode[map[string]any](t, text))); got != "{}" {
			t.Errorf("%s: %s", text, got)
		}
	}
}

func FuzzInstance(f *testing.F) {
	for text := range schemas {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var schema map[string]any
		if json.Unmarshal(text, &schema) != nil {
			return
		}
		first, second := compact(instance(schema)), compact(instance(schema))
		if first != second || !json.Valid([]byte(first)) {
			t.Errorf("%q, then %q", first, second)
		}
		lax(schema, nil)
	})
}
