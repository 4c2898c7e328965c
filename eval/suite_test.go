package eval

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/keyless-inference/action/document"
	"github.com/keyless-inference/action/prompt"
)

// file is a prompt file with these rows and evaluators, both in YAML's flow style.
func file(rows, evaluators string) string {
	return "messages: [{role: user, content: ask}]\ntestData: " + rows + "\nevaluators:\n" + evaluators
}

// parsed is the suite of a file that has no mistakes.
func parsed(t testing.TB, src string) *Suite {
	t.Helper()
	s, err := Parse("f", []byte(src))
	if err != nil {
		t.Fatalf("%v in\n%s", err, src)
	}
	return s
}

// one is the only evaluator of a file whose only row is given.
func one(t testing.TB, row, evaluator string) (*Evaluator, Row) {
	t.Helper()
	s := parsed(t, file("["+row+"]", "- "+evaluator))
	return s.Evaluators[0], s.Rows[0]
}

func TestDocumentedFiles(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/documented/*.prompt.yml")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	want := map[string]string{
		"plain": "", "string": "string string string string", "llm": "llm", "schema": "string", "uses": "uses uses uses uses uses",
	}
	for _, name := range files {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		s, err := Parse(name, src)
		if err != nil {
			t.Error(err)
			continue
		}
		var kinds []string
		for _, e := range s.Evaluators {
			kinds = append(kinds, e.Kind)
			if e.Place.Line == 0 || e.Name == "" {
				t.Errorf("%s: %+v", name, e)
			}
		}
		base := strings.TrimSuffix(filepath.Base(name), ".prompt.yml")
		if got := strings.Join(kinds, " "); got != want[base] || (len(s.Rows) == 0) != (base == "plain") {
			t.Errorf("%s: evaluators %s, %d rows", name, got, len(s.Rows))
		}
	}
}

func TestRows(t *testing.T) {
	t.Parallel()
	s := parsed(t, "messages: [{role: user, content: ask}]\ntestData:\n"+
		"- &a {z: 1.10, b: true, n: ~, text: '01', list: [1, ~, {k: v}], map: {y: 0x1F, x: 'a<b'}, date: 2024-01-02}\n"+
		"- z:\n    more\n- *a\n")
	if len(s.Rows) != 3 {
		t.Fatalf("%d rows", len(s.Rows))
	}
	first := s.Rows[0]
	for name, want := range map[string]string{
		"z": "1.10", "b": "true", "n": "", "text": "01", "list": `[1,null,{"k":"v"}]`, "map": `{"y":31,"x":"a<b"}`, "date": "2024-01-02",
	} {
		if got, ok := first.Vars[name]; !ok || got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	const wantCase = `{"z":1.10,"b":true,"n":null,"text":"01","list":[1,null,{"k":"v"}],"map":{"y":31,"x":"a<b"},"date":"2024-01-02"}`
	if string(first.Case) != wantCase || !bytes.Equal(s.Rows[2].Case, first.Case) {
		t.Errorf("%s\n%s", first.Case, s.Rows[2].Case)
	}
	var places []document.Place
	for _, row := range s.Rows {
		places = append(places, row.Place)
	}
	if want := []document.Place{{Line: 3, Column: 3}, {Line: 4, Column: 3}, {Line: 6, Column: 3}}; !slices.Equal(places, want) || s.Rows[2].Number != 3 {
		t.Errorf("rows at %v, want %v", places, want)
	}
	for _, src := range []string{"messages: [{role: user, content: 'of {{x}}'}]", "messages: [{role: user, content: 'of {{x}}'}]\ntestData: []\nevaluators: "} {
		if s := parsed(t, src); s.Rows != nil || s.Evaluators != nil {
			t.Errorf("%s: %+v", src, s)
		}
	}
}

func TestMistakes(t *testing.T) {
	t.Parallel()
	const judge = "- {name: j, llm: {prompt: '{{completion}}', choices: "
	for _, c := range []struct{ what, src, want string }{
		{"a variable of a message", "messages:\n- role: user\n  content: 'of {{citi}} {{ citi }}'\ntestData:\n- city: a\n- {citi: b}", `f:5:3: row 1 has no value for {{citi}}, which the user message names in line 3; did you mean "city"?`},
		{"a variable of a criterion", file("[{a: b}]", "- name: e\n  string:\n    contains: '{{expected}}'"), "f:2:12: row 1 has no value for {{expected}}, which the evaluator e names in line 6"},
		{"a variable of a judge", file("[{a: b}]", "- {name: e, llm: {prompt: '{{completion}} {{b}}', choices: [{choice: x}]}}"), "f:2:12: row 1 has no value for {{b}}, which the evaluator e names in line 4"},
		{"what a built-in needs", file("[{input: b}]", "- {uses: github/similarity}"), "f:2:12: row 1 has no value for {{expected}}, which the evaluator github/similarity names in line 4; github/similarity reads {{input}} and {{expected}}: rename the column, or add it"},
		{"what a built-in needs and no row has", file("[{input: b, result: x}, {input: c, result: y}]", "- {name: e, uses: github/similarity}"), "f:4:19: no row has a value for {{expected}}, which the evaluator e names; github/similarity reads {{input}} and {{expected}}: rename the column, or add it"},
		{"what a built-in needs, by another name", file("[{Input: b}, {Input: c}]", "- {uses: github/relevance}"), `f:4:10: no row has a value for {{input}}, which the evaluator github/relevance names; did you mean "Input"?`},
		{"what a row alone lacks", file("[{input: b}, {question: c}]", "- {uses: github/relevance}"), `f:2:24: row 2 has no value for {{input}}, which the evaluator github/relevance names in line 4; github/relevance reads {{input}}: rename the column, or add it`},
		{"completion in a message", "messages: [{role: user, content: '{{completion}}'}]\ntestData: [{a: b}]", "f:1:35: {{completion}} is the model's answer, which only the prompt of a judge can name; the user message can't"},
		{"completion in a criterion", file("[{a: b}]", "- {string: {contains: '{{completion}}'}}"), "f:4:24: {{completion}} is the model's answer, which only the prompt of a judge can name; the evaluator string can't"},
		{"completion in a row", file("[{completion: b}]", "- {regex: x}"), "f:2:13: a row can't have the variable completion: in a judge's prompt {{completion}} is the model's answer; give it another name"},
		{"a name that is none", "messages: [{role: user, content: '{{my key}}'}]\ntestData: [{my key: b}, {my key: c}]", "f:2:13: row 1: the messages have {{my key}}, but a variable's name consists of letters, digits, _ . and - alone; give it another one"},
		{"no JSON", file("[{a: .nan}]", "- {regex: x}"), "f:2:16: JSON has no number .nan"},
		{"no method", file("[]", "- name: e"), "f:4:3: an evaluator needs one of string, llm, uses, regex, json-schema, json-path, max-tokens, max-latency or embedding-similarity"},
		{"two methods", file("[]", "- {name: e, regex: x, max-tokens: 1}"), "f:4:23: max-tokens excludes regex (line 4): give one of string, llm, uses, regex, json-schema, json-path, max-tokens, max-latency or embedding-similarity"},
		{"an unknown method", file("[]", "- {name: e, regexp: x}"), "f:4:3: an evaluator needs one of string, llm, uses, regex, json-schema, json-path, max-tokens, max-latency or embedding-similarity\nf:4:13: an evaluator has no key \"regexp\"; did you mean \"regex\"?"},
		{"an unknown uses", file("[]", "- {name: e, uses: github/similarty}"), `f:4:19: there is no evaluator "github/similarty"; did you mean "github/similarity"? (there are github/coherence, github/fluency, github/groundedness, github/relevance, github/similarity)`},
		{"another case", file("[]", "- {name: e, uses: GitHub/Fluency}"), `f:4:19: there is no evaluator "GitHub/Fluency"; did you mean "github/fluency"? (there are github/coherence, github/fluency, github/groundedness, github/relevance, github/similarity)`},
		{"the same name", file("[]", "- {regex: x}\n- {regex: y}"), `f:5:3: there are two evaluators called "regex"; give each a name of its own, by which results and thresholds tell them apart`},
		{"pass-score without a score", file("[]", "- {regex: x, pass-score: 1}"), "f:4:26: pass-score is for the scores of llm and uses; regex has none between passed and failed"},
		{"no criterion", file("[]", "- {string: {}}"), "f:4:12: string needs at least one of equals, contains, startsWith or endsWith"},
		{"an empty criterion", file("[]", "- {string: {contains: ''}}"), "f:4:12: string needs at least one of equals, contains, startsWith or endsWith"},
		{"no regular expression", file("[]", "- {regex: '('}"), "f:4:11: the pattern of the evaluator \"regex\" is no regular expression (https://github.com/google/re2/wiki/Syntax): error parsing regexp: missing closing ): `(`"},
		{"none with a value", file("[{n: 5}, {n: 5000}]", "- {regex: 'a{1,{{n}}}'}"), "f:4:11: the pattern of the evaluator \"regex\" is no regular expression with the values of row 2 (line 2): error parsing regexp: invalid repeat count: `{1,5000}`"},
		{"none without rows", file("[]", "- {regex: '({{n}}'}"), "f:4:11: the pattern of the evaluator \"regex\" is no regular expression (https://github.com/google/re2/wiki/Syntax): error parsing regexp: missing closing ): `(0`"},
		{"no schema", file("[]", "- {json-schema: {type: 5}}"), "f:4:17: json-schema: compiling the JSON schema:"},
		{"no schema's JSON", file("[]", "- {json-schema: '{'}"), "f:4:17: json-schema: reading the JSON schema: unexpected end of JSON input"},
		{"no schema's minimum", file("[]", "- {json-schema: {properties: {a: {minimum: x}}, required: 5}}"), "f:4:17: json-schema: compiling the JSON schema: at '/properties/a/minimum': got string, want number"},
		{"no schema of others", file("[]", "- {json-schema: {$ref: other.json}}"), `f:4:17: json-schema: compiling the JSON schema: failing loading "keyless:///other.json": the reference to keyless:///other.json is refused: a schema must not load others`},
		{"an empty text to contain", file("[{a: x}, {a: }]", "- {string: {contains: '{{a}}'}}"), `f:2:20: row 2: a is empty, so the evaluator "string" would pass every answer`},
		{"empty texts to begin and end with", file("[{a: ' ', b: }]", "- {name: e, not: true, string: {startsWith: '{{a}}', endsWith: '{{b}}{{a}} '}}"), `f:2:12: row 1: a and b are empty, so the evaluator "e" would fail every answer`},
		{"a text of white space", file("[{a: x}]", "- {string: {startsWith: ' '}}"), `f:4:3: the evaluator "string" has only white space to compare with, so it would pass every answer`},
		{"an empty pattern", file("[{a: }]", "- {regex: '{{a}}'}"), `f:2:12: row 1: a is empty, so the evaluator "regex" would pass every answer`},
		{"a pattern of which too little is left", file("[{a: }]", "- {regex: '(?i)^.*{{a}}'}"), `f:2:12: row 1: a is empty, so the evaluator "regex" would pass every answer`},
		{"an empty text in JSON", file("[{a: }]", "- {json-path: {path: $.x, contains: '{{a}}', matches: '{{a}}'}}"), `f:2:12: row 1: a is empty, so the evaluator "json-path" would pass every answer that has $.x`},
		{"a pass-score that no choice has", file("[]", judge+"[{choice: a, score: 2}, {choice: b, score: -1}]}, pass-score: 3}"), "f:4:116: pass-score is 3, and no choice scores more than 2, so nothing could reach it (scores go from -1 to 2)"},
		{"a grade for a pass-score", file("[]", "- {uses: github/fluency, pass-score: 4}"), "f:4:38: pass-score is 4, and no choice scores more than 1, so nothing could reach it (scores go from 0 to 1: 4 of 5 is 0.75)"},
		{"bounds that exclude each other", file("[]", "- {json-path: {path: $.x, min: 3, max: 2.5}}"), "f:4:32: no number is at least 3 (min) and at most 2.5 (max)"},
		{"no path", file("[]", "- {json-path: {path: items}}"), "f:4:22: a path begins with $ (the whole answer), as in $.items[0].name, and has at most 1,000 characters"},
		{"a filter", file("[]", "- {json-path: {path: '$.items[?@.x]'}}"), "f:4:22: in the path $.items[?@.x], at its character 8: filters (?) are not known here: compare the values that a path without one selects"},
		{"nothing to compare", file("[]", "- {json-path: {path: $.x, exists: false, equals: 5}}"), "f:4:35: exists: false says that there is no value, so nothing else can be said of it"},
		{"no number", file("[]", "- {max-tokens: many}"), `f:4:16: max-tokens must be a whole number from 1, not the text "many"`},
		{"no time", file("[]", "- {max-latency: soon}"), `f:4:17: max-latency must be a time above 0 such as 5s, 800ms or a number of seconds, not "soon"`},
		{"no time above 0", file("[]", "- {max-latency: 0}"), `f:4:17: max-latency must be a time above 0 such as 5s, 800ms or a number of seconds, not "0"`},
		{"no threshold", file("[]", "- {embedding-similarity: {to: a}}"), "f:4:26: embedding-similarity has no threshold"},
		{"a threshold too high", file("[]", "- {embedding-similarity: {to: a, threshold: 80}}"), "f:4:45: threshold must be a number from 0 to 1, not 80"},
		{"no choices", file("[]", judge+"[]}}"), "f:4:54: choices is empty"},
		{"the same choice", file("[]", judge+"[{choice: Good}, {choice: '**good**'}]}}"), `f:4:80: the choices "Good" and "**good**" are the same for the reading of a verdict, which knows no case and no layout`},
		{"the same number", file("[]", judge+"[{choice: 5}, {choice: 5.0}]}}"), `f:4:77: the choices "5" and "5.0" are the same for the reading of a verdict, which knows no case and no layout`},
		{"no word", file("[]", judge+"[{choice: '**'}]}}"), `f:4:64: the choice "**" has only signs that are taken for layout, so no verdict could name it`},
		{"two lines", file("[]", judge+"[{choice: \"a\\nb\"}]}}"), "f:4:64: a choice must be one line of at most 200 bytes, for the verdict is read from one"},
		{"a blind judge", file("[]", "- {name: e, llm: {prompt: Is it good?, choices: [{choice: a}]}}"), "f:4:27: the prompt of the judge does not name {{completion}}, so the judge would not see the answer"},
		{"several at once", "messages: [{role: usr, content: x}]\ntestData: [{completion: a}]\nevaluators: [{regex: '('}, {uses: x}]", "f:1:19: role must be system, user or assistant, not \"usr\"; did you mean \"user\"?\nf:2:13: a row can't have the variable completion: in a judge's prompt {{completion}} is the model's answer; give it another name\nf:3:22: the pattern of the evaluator \"regex\" is no regular expression (https://github.com/google/re2/wiki/Syntax): error parsing regexp: missing closing ): `(`\nf:3:35: there is no evaluator \"x\" (there are github/coherence, github/fluency, github/groundedness, github/relevance, github/similarity)"},
	} {
		_, err := Parse("f", []byte(c.src))
		if err == nil || err.Error() != c.want && !(strings.HasSuffix(c.want, ":") && strings.HasPrefix(err.Error(), c.want)) {
			t.Errorf("%s: got\n%v\nwant\n%s", c.what, err, c.want)
		}
	}
}

// TestSomethingToAskFor: conditions that empty values leave something of are none of
// those that every answer meets.
func TestSomethingToAskFor(t *testing.T) {
	t.Parallel()
	for _, e := range []string{
		"string: {equals: '{{a}}'}", "string: {contains: '{{a}}', endsWith: x}", "string: {contains: '{{a}} '}", "regex: '^{{a}}$'", "regex: 'x{{a}}'",
		"json-path: {path: $.x, equals: '{{a}}'}", "json-path: {path: $.x, contains: '{{a}}', min: 1}", "json-path: {path: $.x, contains: '{{a}}', exists: true}",
		"json-path: {path: $.x, exists: false}", "json-path: {path: $.x, min: 1, max: 1}",
	} {
		one(t, "{a: }", e)
	}
}

func TestHighest(t *testing.T) {
	t.Parallel()
	for evaluator, want := range map[string]float64{
		"uses: github/fluency": 1,
		"llm: {prompt: '{{completion}}', choices: [{choice: a, score: -2}, {choice: b, score: -1}]}":      -1,
		"{pass-score: 7, llm: {prompt: '{{completion}}', choices: [{choice: a, score: 7}, {choice: b}]}}": 7,
	} {
		if e, _ := one(t, "{input: x}", evaluator); e.Highest() != want {
			t.Errorf("%s: %v, not %v", evaluator, e.Highest(), want)
		}
	}
}

// A million missing values are told as few.
func TestManyMistakes(t *testing.T) {
	t.Parallel()
	var text, whole strings.Builder
	for range 200 {
		name := "a" + strings.Repeat("b", text.Len()%97)
		if !strings.Contains(whole.String(), " "+name+":") {
			whole.WriteString(", " + name + ": x")
		}
		text.WriteString("{{" + name + "}}")
	}
	rows := "- {x: y" + whole.String() + "}\n" + strings.Repeat("- {x: y}\n", 5000)
	_, err := Parse("f", []byte("messages: [{role: user, content: '"+text.String()+"'}]\ntestData:\n"+rows))
	if got := len(document.Errors(err)); got != document.MaxErrors+1 {
		t.Errorf("%d mistakes are told", got)
	}
}

func TestFits(t *testing.T) {
	t.Parallel()
	s := parsed(t, "messages: [{role: user, content: '{{a}}'}]\ntestData: [{a: 1, b: 2}, {a: 3}]")
	for text, want := range map[string]string{
		"{{a}}":             "",
		"nothing":           "",
		"{{a}} {{b}} {{b}}": "old:1:41: row 2 of the test data has no value for {{b}}",
		"{{c}}":             "old:1:35: row 1 of the test data has no value for {{c}}",
	} {
		p, err := prompt.Parse("old", []byte("messages: [{role: user, content: '"+text+"'}]"))
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if err := s.Fits(p); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/documented/*.prompt.yml")
	for _, name := range files {
		src, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	for _, e := range []string{
		"- {name: a, string: {equals: '{{x}}', contains: b}, not: true}", "- {regex: '^{{x}}+$'}", "- {json-schema: {type: object}}",
		"- {json-path: {path: '$..a[0:2][''b'']', min: 1, matches: '{{x}}'}}", "- {max-latency: 5s}\n- {max-tokens: 3}",
		"- {embedding-similarity: {to: '{{x}}', threshold: 0.5}}", "- {llm: {prompt: '{{completion}}', structured: true, choices: [{choice: a, score: 1}]}, pass-score: 0.5}",
		"- {uses: github/fluency}",
	} {
		f.Add([]byte(file("[&r {x: a.c}, *r, {x: [1], y: {z: ~}}]", e)))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		s, err := Parse("f", src)
		if (s == nil) == (err == nil) {
			t.Fatalf("suite %v, error %v", s, err)
		}
		for _, e := range document.Errors(err) {
			if e.File != "f" || e.Line < 0 || e.Column < 0 || e.Msg == "" {
				t.Errorf("bad place in %#v", e)
			}
		}
		if s != nil {
			runs(t, s)
		}
	})
}

// runs sees that a suite without mistakes has none when it runs.
func runs(t *testing.T, s *Suite) {
	for _, row := range s.Rows {
		if !json.Valid(row.Case) {
			t.Errorf("row %d is %s", row.Number, row.Case)
		}
		if _, err := s.Prompt.Expand(row.Vars); err != nil {
			t.Error(err)
		}
		for _, e := range s.Evaluators {
			switch {
			case e.Judge != nil:
				if _, err := e.Question(row, "answer"); err != nil {
					t.Error(err)
				}
				e.Judged("Score: 5", nil)
			case e.Near != nil:
				e.Texts(row, "answer")
				e.Compared(0.5)
			default:
				if got := e.Evaluate(row, Answer{Text: `{"a":[{"b":1}]}`, Tokens: 3}); got.Error != "" {
					t.Errorf("%+v", got)
				}
			}
		}
	}
	if err := s.Fits(s.Prompt); err != nil {
		t.Error(err)
	}
}
