package inference

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/keyless-inference/action/wire"
)

const (
	schemaLimit = 1 << 20 // bytes of a schema
	// schemaURL is where a schema pretends to be, so that its references have
	// a base that is neither a file nor a server.
	schemaURL = "keyless:///json-schema"
	// schemaName is what a schema without a name is called on the wire.
	schemaName = "answer"
)

// nameRule is the service's for a schema's name.
var nameRule = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// A Schema is a JSON Schema that an answer must fit, compiled once and safe for
// concurrent use. Make it with [ParseSchema].
type Schema struct {
	wrapper  schemaWrapper
	compiled *jsonschema.Schema
}

// schemaWrapper is the shape in which the service takes a schema. The schema
// itself stays as it was written: models fill properties in its order.
type schemaWrapper struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Strict      *bool           `json:"strict,omitempty"`
	Schema      json.RawMessage `json:"schema"`
}

// Properties are the names of the properties that the schema declares at its top,
// sorted; none where it declares them in another way, as by a reference.
func (s *Schema) Properties() []string {
	var top struct{ Properties map[string]json.RawMessage }
	if json.Unmarshal(s.wrapper.Schema, &top) != nil {
		return nil
	}
	return slices.Sorted(maps.Keys(top.Properties))
}

// ParseSchema reads a JSON Schema, or one in the wrapper of response_format:
// {"name", "strict", "schema"}, itself perhaps under "json_schema". A bare one
// is sent as "answer" and not strict, since strict mode takes only a part of
// JSON Schema; see
// https://learn.microsoft.com/azure/ai-foundry/openai/how-to/structured-outputs.
//
// Drafts 4 to 2020-12 are known, the last one being assumed where $schema is
// missing. References must stay inside: nothing is loaded from a file or the
// network. At most 1 MiB is taken.
func ParseSchema(raw []byte) (*Schema, error) {
	if len(raw) > schemaLimit {
		return nil, fmt.Errorf("reading the JSON schema: it is longer than %d bytes", schemaLimit)
	}
	w, err := unwrapSchema(raw)
	if err != nil {
		return nil, fmt.Errorf("reading the JSON schema: %w", err)
	}
	compiled, err := compileSchema(w.Schema)
	if err != nil {
		return nil, fmt.Errorf("compiling the JSON schema: %w", err)
	}
	return &Schema{w, compiled}, nil
}

func unwrapSchema(raw []byte) (schemaWrapper, error) {
	w := schemaWrapper{Name: schemaName}
	var outer struct {
		JSONSchema json.RawMessage `json:"json_schema"`
		Schema     json.RawMessage `json:"schema"`
	}
	if !json.Valid(raw) {
		return w, jsonSyntax(raw)
	}
	if !bytes.HasPrefix(bytes.TrimSpace(raw), []byte("{")) {
		return w, errors.New("it is not a JSON object")
	}
	_ = json.Unmarshal(raw, &outer) // valid JSON; what does not fit stays empty
	if outer.JSONSchema != nil {
		raw = outer.JSONSchema
		outer.Schema = nil
		_ = json.Unmarshal(raw, &outer)
	}
	if outer.Schema == nil {
		w.Schema = raw
		return w, nil
	}
	if err := json.Unmarshal(raw, &w); err != nil {
		return w, err
	}
	if !nameRule.MatchString(w.Name) {
		return w, fmt.Errorf("its name %q must be 1 to 64 letters, digits, _ or -", w.Name)
	}
	return w, nil
}

func jsonSyntax(raw []byte) error {
	var v any
	return json.Unmarshal(raw, &v)
}

func compileSchema(raw []byte) (*jsonschema.Schema, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.UseLoader(noLoader{})
	if err := c.AddResource(schemaURL, doc); err != nil {
		return nil, err
	}
	compiled, err := c.Compile(schemaURL)
	if err != nil {
		return nil, errors.New(strings.ReplaceAll(strings.ReplaceAll(err.Error(), schemaURL, ""), "\n", " "))
	}
	return compiled, nil
}

// noLoader refuses every reference that leaves the schema.
type noLoader struct{}

func (noLoader) Load(url string) (any, error) {
	return nil, fmt.Errorf("the reference to %s is refused: a schema must not load others", url)
}

// Validate reports why text is not one JSON value that fits the schema: the
// path of each part that fails, as a JSON pointer, and what is wrong there. It
// returns nil when text fits.
func (s *Schema) Validate(text string) error {
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		return fmt.Errorf("it is not JSON: %w", err)
	}
	if err := s.compiled.Validate(v); err != nil {
		return errors.New(flatten(err))
	}
	return nil
}

// flatten is the library's tree of reasons in one line, without the first one,
// which repeats where the schema is.
func flatten(err error) string {
	lines := strings.Split(err.Error(), "\n")
	if len(lines) > 1 {
		lines = lines[1:]
	}
	for i, line := range lines {
		lines[i] = strings.TrimPrefix(strings.TrimSpace(line), "- ")
	}
	return wire.Line(strings.Join(lines, "; "), 1000)
}

// chatFormat is the response_format of chat completions.
func (s *Schema) chatFormat() json.RawMessage {
	b, _ := json.Marshal(map[string]any{"type": "json_schema", "json_schema": s.wrapper}) // a valid schema marshals
	return b
}

// responsesFormat is the text.format of the Responses API, which has the
// wrapper's fields beside the type.
func (s *Schema) responsesFormat() json.RawMessage {
	b, _ := json.Marshal(struct {
		Type string `json:"type"`
		schemaWrapper
	}{"json_schema", s.wrapper})
	return b
}

// Validate reports why text is not the structured answer that q asked for; nil when
// it is, or when text was asked for. [Client.Ask] does it; of the results of a batch
// only the caller knows what was asked.
func (q Request) Validate(text string) error {
	switch q.format() {
	case JSONSchema:
		return q.Schema.Validate(text)
	case JSONObject:
		var object map[string]json.RawMessage
		if err := json.Unmarshal([]byte(text), &object); err != nil {
			return fmt.Errorf("it is not a JSON object: %w", err)
		}
		if object == nil {
			return errors.New("it is null, not a JSON object")
		}
	}
	return nil
}
