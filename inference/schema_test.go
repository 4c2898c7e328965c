package inference

import (
	"strings"
	"testing"
)

const (
	personSchema = `{"type":"object","properties":{"zeta":{"type":"string"},"alpha":{"type":"array","items":{"type":"object","properties":{"n":{"type":"integer"}},"required":["n"]}}},"required":["zeta"],"additionalProperties":false}`
	wrapped      = `{"name":"person","strict":true,"description":"A person.","schema":` + personSchema + `}`
)

func mustSchema(t testing.TB, raw string) *Schema {
	t.Helper()
	s, err := ParseSchema([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestParseSchema(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		personSchema: `{"name":"answer","schema":` + personSchema + `}`,
		wrapped:      `{"name":"person","description":"A person.","strict":true,"schema":` + personSchema + `}`,
		`{"type":"json_schema","json_schema":` + wrapped + `}`: `{"name":"person","description":"A person.","strict":true,"schema":` + personSchema + `}`,
	} {
		s := mustSchema(t, raw)
		if got, want := string(s.chatFormat()), `{"json_schema":`+want+`,"type":"json_schema"}`; got != want {
			t.Errorf("chat:\n%s\nwant\n%s", got, want)
		}
		if got, want := string(s.responsesFormat()), `{"type":"json_schema",`+want[1:]; got != want {
			t.Errorf("responses:\n%s\nwant\n%s", got, want)
		}
	}
}

func TestParseSchemaRefuses(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		``:                                       "unexpected end",
		`{"type":`:                               "unexpected end",
		`[]`:                                     "not a JSON object",
		`"x"`:                                    "not a JSON object",
		`{"type":7}`:                             "type",
		`{"$ref":"https://example.com/s.json"}`:  "https://example.com/s.json is refused",
		`{"$ref":"file:///etc/passwd"}`:          "file:///etc/passwd is refused",
		`{"$ref":"other.json"}`:                  "other.json is refused",
		`{"$schema":"https://example.com/meta"}`: "https://example.com/meta",
		`{"name":"two words","schema":{}}`:       `"two words"`,
		`{"name":"x","schema":{"type":"strin"}}`: "type",
		`{"name":"x","strict":"yes","schema":{}}`:          "strict",
		`{"a":"` + strings.Repeat("x", schemaLimit) + `"}`: "longer than",
	} {
		s, err := ParseSchema([]byte(raw))
		if err == nil {
			t.Errorf("%.60s: accepted as %s", raw, s.wrapper.Schema)
		} else if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "keyless://") && !strings.Contains(want, "other") {
			t.Errorf("%.60s: %v, want %q in it", raw, err, want)
		}
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	s := mustSchema(t, personSchema)
	for text, want := range map[string]string{
		`{"zeta":"x","alpha":[{"n":1}]}`:             "",
		" {\"zeta\":\"x\"}\n":                        "",
		`{"zeta":"x","alpha":[{"n":1},{"n":"two"}]}`: "/alpha/1/n",
		`{"alpha":[]}`:                               "zeta",
		`{"zeta":"x","more":1}`:                      "more",
		`{"zeta":"x"} {}`:                            "not JSON",
		"```json\n{\"zeta\":\"x\"}\n```":             "not JSON",
		`{"zeta":"x"`:                                "not JSON",
		``:                                           "not JSON",
	} {
		err := s.Validate(text)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
		if err != nil && strings.ContainsAny(err.Error(), "\n") {
			t.Errorf("%q: the reason has more than one line: %v", text, err)
		}
	}
}

func TestStructuredAnswer(t *testing.T) {
	t.Parallel()
	f := serve(says(`{"zeta":"x"}`))
	q := ask()
	q.Schema = mustSchema(t, wrapped)
	got, err := f.client().Ask(t.Context(), q)
	if err != nil || got.Repaired || got.Attempts != 1 {
		t.Fatalf("got %+v, %v", got, err)
	}
	contains(t, f.seen[0].raw, `"response_format":{"json_schema":{"name":"person"`, `"schema":`+personSchema)

	f = serve(responseEvents(`{"type":"response.output_text.delta","delta":"{\"zeta\":\"x\"}"}`, completedEvent()))
	q.API = Responses
	if _, err := f.client().Ask(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	contains(t, f.seen[0].raw, `"text":{"format":{"type":"json_schema","name":"person"`, `"schema":`+personSchema)
}

func TestRepair(t *testing.T) {
	t.Parallel()
	q := ask()
	q.Schema = mustSchema(t, wrapped)
	f := serve(says(`{"zeta":7}`), says(`{"zeta":"x"}`))
	c := f.client()
	var notes []string
	c.Log = func(s string) { notes = append(notes, s) }
	got, err := c.Ask(t.Context(), q)
	if err != nil || got.Text != `{"zeta":"x"}` || !got.Repaired || got.Attempts != 2 || got.Usage.Total != 42 {
		t.Fatalf("got %+v, %v", got, err)
	}
	if len(notes) != 1 || !strings.Contains(notes[0], "/zeta") {
		t.Errorf("notes %q", notes)
	}
	turns := f.seen[1].body["messages"].([]any)
	if len(turns) != 4 || turns[2].(map[string]any)["content"] != `{"zeta":7}` || turns[2].(map[string]any)["role"] != "assistant" {
		t.Errorf("the repair turn was %v", turns)
	}
	contains(t, turns[3].(map[string]any)["content"].(string), "/zeta", "got number, want string")

	f = serve(says(`{"zeta":7}`), says(`{"zeta":8}`))
	got, err = f.client().Ask(t.Context(), q)
	problem(t, err, "does not fit the required format", "/zeta", "after asking for a repair")
	if len(f.seen) != 2 || got.Text != `{"zeta":8}` || got.Usage.Total != 42 {
		t.Errorf("%d requests, %+v", len(f.seen), got)
	}

	f = serve(says(`{"zeta":7}`), refusal(401, `{}`))
	got, err = f.client().Ask(t.Context(), q)
	if problem(t, err, "HTTP 401"); got.Text != `{"zeta":7}` || got.FinishReason != "stop" || got.Attempts != 2 {
		t.Errorf("the first answer is lost: %+v", got)
	}

	f = serve(events(chunk(`{"zeta":`), lengthChunk))
	_, err = f.client().Ask(t.Context(), q)
	if problem(t, err, "cut it off", "max-completion-tokens"); len(f.seen) != 1 {
		t.Errorf("%d requests, want 1: a repair would be cut as well", len(f.seen))
	}
}

func TestJSONObject(t *testing.T) {
	t.Parallel()
	q := ask()
	q.Format = JSONObject
	f := serve(says(`[1]`), says(`null`))
	_, err := f.client().Ask(t.Context(), q)
	problem(t, err, "not a JSON object")
	contains(t, f.seen[0].raw, `"response_format":{"type":"json_object"}`)
	f = serve(says(`{"a":1}`))
	if _, err := f.client().Ask(t.Context(), q); err != nil || len(f.seen) != 1 {
		t.Errorf("%d requests, %v", len(f.seen), err)
	}
}

func FuzzSchema(f *testing.F) {
	for _, s := range []string{personSchema, wrapped, `{"$ref":"#"}`, `{"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/a"}}}`, `{"pattern":"(a+)+$"}`, `true`} {
		f.Add([]byte(s), `{"zeta":"x"}`)
	}
	f.Fuzz(func(t *testing.T, raw []byte, text string) {
		s, err := ParseSchema(raw)
		if err != nil {
			return
		}
		if len(s.chatFormat()) == 0 || len(s.responsesFormat()) == 0 {
			t.Errorf("%q is accepted and cannot be sent", raw)
		}
		_ = s.Validate(text)
	})
}
