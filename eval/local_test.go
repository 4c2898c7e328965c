package eval

import (
	"math"
	"strings"
	"testing"
	"time"
)

func TestEvaluate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		evaluator string
		answer    Answer
		passed    bool
		details   string
	}{
		{"string: {equals: Yes}", Answer{Text: " Yes\n"}, true, `must be "Yes": found "Yes"`},
		{"string: {equals: Yes}", Answer{Text: "yes"}, false, `must be "Yes": found "yes"`},
		{"string: {equals: \"{{word}}\\n\"}", Answer{Text: "a.c"}, true, `must be "a.c": found "a.c"`},
		{"string: {contains: 'A.C'}", Answer{Text: "xxa.cxx"}, true, `must contain "A.C": found "xxa.cxx"`},
		{"string: {contains: '{{word}}'}", Answer{Text: "abc"}, false, `must contain "a.c": found "abc"`},
		{"string: {contains: '{{none}}', endsWith: c}", Answer{Text: "abc"}, true, `must contain "" and end with "c": found "abc"`},
		{"string: {contains: '{{word}}', equals: ''}", Answer{Text: "xa.c"}, true, `must contain "a.c": found "xa.c"`},
		{"string: {equals: '{{none}}'}", Answer{Text: "\n"}, true, `must be "": found ""`},
		{"string: {startsWith: \" hel\"}", Answer{Text: "Hello"}, true, `must start with "hel": found "Hello"`},
		{"string: {endsWith: \"O \"}", Answer{Text: "Hello"}, true, `must end with "O": found "Hello"`},
		{"string: {startsWith: H, contains: x, endsWith: y}", Answer{Text: "Hello"}, false, `must contain "x" and end with "y": found "Hello"`},
		{"string: {startsWith: H, endsWith: o}\n  not: true", Answer{Text: "Hello"}, false, `must not start with "H" and end with "o": found "Hello"`},
		{"string: {startsWith: H, endsWith: x}\n  not: true", Answer{Text: "Hello"}, true, `must not end with "x": found "Hello"`},
		{"string: {equals: a}", Answer{Text: strings.Repeat("long ", 100)}, false, `must be "a": found "` + strings.Repeat("long ", 40) + `…"`},

		{"regex: '^\\d+$'", Answer{Text: "42\n"}, true, `must match "^\d+$": found "42"`},
		{"regex: '^{{word}}$'", Answer{Text: "abc"}, false, `must match "^a\.c$": found "abc"`},
		{"regex: '^{{word}}$'", Answer{Text: "a.c"}, true, `must match "^a\.c$": found "a.c"`},
		{"regex: 'x{{{n}}}'", Answer{Text: "axxxb"}, true, `must match "x{3}": found "axxxb"`},
		{"regex: sorry\n  not: true", Answer{Text: "I am sorry"}, false, `must not match "sorry": found "I am sorry"`},

		{"json-schema: {type: object, required: [a]}", Answer{Text: `{"a":1}`}, true, "must fit the JSON Schema: it does"},
		{"json-schema: '{\"type\":\"object\"}'", Answer{Text: "```json\n{\"a\":\"```\"}\n```"}, true, "must fit the JSON Schema: it does"},
		{"json-schema: {type: object, required: [a]}", Answer{Text: "{}"}, false, "must fit the JSON Schema: at '': missing property 'a'"},
		{"json-schema: {type: object}", Answer{Text: "no"}, false, "must fit the JSON Schema: it is not JSON: invalid character 'o' in literal null (expecting 'u')"},

		{"max-tokens: 3", Answer{Text: "x", Tokens: 3}, true, "must have at most 3 tokens: it has 3"},
		{"max-tokens: 3", Answer{Text: "x", Tokens: 4}, false, "must have at most 3 tokens: it has 4"},
		{"max-tokens: 3", Answer{}, true, "must have at most 3 tokens: it has 0"},
		{"max-latency: 1.5", Answer{Latency: 1500 * time.Millisecond}, true, "must take at most 1.5s: it took 1.5s"},
		{"max-latency: 800ms", Answer{Latency: 801 * time.Millisecond}, false, "must take at most 800ms: it took 801ms"},

		{"json-path: {path: $.a}", Answer{Text: `{"a":null}`}, true, "must be JSON with $.a: $.a is null"},
		{"json-path: {path: $.a}", Answer{Text: `{"b":1}`}, false, "must be JSON with $.a: $.a is not there"},
		{"json-path: {path: $.a, exists: false}", Answer{Text: `{"b":1}`}, true, "must be JSON without $.a: $.a is not there"},
		{"json-path: {path: $.a, exists: false}", Answer{Text: `{"a":1}`}, false, "must be JSON without $.a: $.a is 1"},
		{"json-path: {path: $.a, exists: false}", Answer{Text: `none`}, false, "must be JSON without $.a: it is not JSON: invalid character 'o' in literal null (expecting 'u')"},
		{"json-path: {path: $.a, equals: 3}", Answer{Text: `{"a":3.0}`}, true, `must have $.a equal "3": $.a is 3.0`},
		{"json-path: {path: $.a, equals: 3}", Answer{Text: `{"a":"3.0"}`}, false, `must have $.a equal "3": $.a is "3.0"`},
		{"json-path: {path: $.a, equals: '3'}", Answer{Text: `{"a":"3"}`}, true, `must have $.a equal "3": $.a is "3"`},
		{"json-path: {path: $.a, equals: 12345678901234567890}", Answer{Text: `{"a":12345678901234567891}`}, false, `must have $.a equal "12345678901234567890": $.a is 12345678901234567891`},
		{"json-path: {path: $.a, equals: {y: 1, x: [2]}}", Answer{Text: `{"a":{"x": [2], "y":1}}`}, true, `must have $.a equal "{"y":1,"x":[2]}": $.a is {"x":[2],"y":1}`},
		{"json-path: {path: $.a, equals: [{y: 1}, b, 1.0]}", Answer{Text: `{"a":[{"y":1},"b",1.0]}`}, true, `must have $.a equal "[{"y":1},"b",1.0]": $.a is [{"y":1},"b",1.0]`},
		{"json-path: {path: $.a, equals: [1, 2]}", Answer{Text: `{"a":[2,1]}`}, false, `must have $.a equal "[1,2]": $.a is [2,1]`},
		{"json-path: {path: $.a, equals: 'true'}", Answer{Text: `{"a":true}`}, true, `must have $.a equal "true": $.a is true`},
		{"json-path: {path: $.a, equals: '{{word}}', contains: c}", Answer{Text: `{"a":"abc"}`}, false, `must have $.a equal "a.c": $.a is "abc"`},
		{"json-path: {path: $.a, matches: '^{{word}}'}", Answer{Text: `{"a":"a.cd"}`}, true, `must have $.a match "^a\.c": $.a is "a.cd"`},
		{"json-path: {path: '$[*].p', min: 1, max: 2.5}", Answer{Text: `[{"p":1},{"p":2}]`}, true, `must have $[*].p at least 1 and have $[*].p at most 2.5: $[*].p is 2 values: [1,2]`},
		{"json-path: {path: '$[*].p', min: 1, max: 2.5}", Answer{Text: `[{"p":0},{"p":2}]`}, false, `must have $[*].p at least 1: $[*].p is 2 values: [0,2]`},
		{"json-path: {path: '$.p', max: 2}", Answer{Text: `{"p":"1"}`}, false, `must have $.p at most 2: $.p is "1"`},
		{"json-path: {path: '$.p', max: 2}", Answer{Text: `{} {}`}, false, `must be JSON with $.p: it is not JSON: something follows the first value`},
		{"json-path: {path: '$.tags', contains: urgent}", Answer{Text: "```\n{\"tags\":[\"urgent\"]}\n```"}, true, `must have $.tags contain "urgent": $.tags is ["urgent"]`},
	} {
		e, row := one(t, "{word: a.c, n: 3, none: }", c.evaluator)
		got := e.Evaluate(row, c.answer)
		score := map[bool]float64{true: 1}[c.passed]
		if got.Passed != c.passed || got.Score != score || got.Details != c.details || got.Error != "" || got.Kind != e.Kind || got.EvaluatorName != e.Name {
			t.Errorf("%s of %q: %+v\nwant %v, %s", c.evaluator, c.answer.Text, got, c.passed, c.details)
		}
	}
}

func TestEvaluateErrors(t *testing.T) {
	t.Parallel()
	const many = "the path selects more than 1000000 values"
	for evaluator, want := range map[string]string{
		"max-tokens: 3": "the service did not say how many tokens the answer has",
		"embedding-similarity: {to: x, threshold: 1}": "this evaluator asks a model",
		"uses: github/fluency":                        "this evaluator asks a model",

		"{not: true, json-path: {path: '$..*..*..*..*'}}":                                many,
		"json-path: {path: '$" + strings.Repeat("..*", 40) + "', exists: false}":         many,
		"json-path: {path: '$..[" + strings.Repeat("*,", 400) + "*]'}":                   many,
		"json-path: {path: '$[" + strings.Repeat("*,", 400) + "*]', matches: '^\\[\\['}": "",
		"json-path: {path: '$[0]', exists: true}":                                        "",
	} {
		e, row := one(t, "{a: b}", evaluator)
		got := e.Evaluate(row, Answer{Text: strings.Repeat("[", 200) + strings.Repeat("1,", 5000) + "1" + strings.Repeat("]", 200)})
		if got.Error != want || want != "" && (got.Passed || got.Score != 0 || got.Details != "") {
			t.Errorf("%s: %+v, want %s", evaluator, got, want)
		}
	}
	// A row that Parse has not seen.
	e, _ := one(t, "{a: b}", "regex: '{{a}}'")
	if got := e.Evaluate(Row{}, Answer{}); got.Error == "" || got.Passed {
		t.Errorf("%+v", got)
	}
}

func TestCompared(t *testing.T) {
	t.Parallel()
	e, row := one(t, "{expected: Paris}", "embedding-similarity: {to: 'It is {{expected}}', threshold: 0.8, deployment: d}")
	if to, is := e.Texts(row, " Paris \n"); to != "It is Paris" || is != "Paris" || e.Near.Deployment != "d" || e.Name != "embedding-similarity" {
		t.Errorf("%q, %q", to, is)
	}
	for cosine, want := range map[float64]Evaluation{
		0.8:  {Score: 0.8, Passed: true, Details: "must be as near as 0.8: the cosine is 0.8000"},
		0.79: {Score: 0.79, Details: "must be as near as 0.8: the cosine is 0.7900"},
	} {
		want.EvaluatorName, want.Kind = e.Name, e.Kind
		if got := e.Compared(cosine); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
	if got := e.Compared(math.NaN()); got.Error == "" || got.Passed {
		t.Errorf("%+v", got)
	}
	e, _ = one(t, "{a: b}", "{not: true, embedding-similarity: {to: x, threshold: 0.8}}")
	if got := e.Compared(0.9); got.Passed || got.Score != 0.9 {
		t.Errorf("%+v", got)
	}
}

func BenchmarkEvaluate(b *testing.B) {
	s := parsed(b, file("[{word: a.c}]", "- {string: {contains: '{{word}}'}}\n- {regex: '^{{word}}'}\n- {json-path: {path: $.a, equals: x}}"))
	answer := Answer{Text: `{"a":"x"}`}
	for b.Loop() {
		for _, e := range s.Evaluators {
			e.Evaluate(s.Rows[0], answer)
		}
	}
}
