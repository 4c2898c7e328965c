package emulator

import (
	"strings"
	"testing"
)

func TestParseRules(t *testing.T) {
	t.Parallel()
	rules, err := ParseRules([]byte(`
- match: (?i)capital of (france|spain)
  deployment: gpt-4o-mini
  response: |
    Paris,
    or Madrid.
- match: ""
  response: ""
`))
	if err != nil || len(rules) != 2 {
		t.Fatalf("%v, %v", rules, err)
	}
	mini, five := Deployment{Name: "gpt-4o-mini"}, Deployment{Name: "gpt-5-mini"}
	if r := rules[0]; !r.matches(mini, "The CAPITAL of Spain?") || r.matches(five, "capital of spain") || r.matches(mini, "capital of Italy") || r.Response != "Paris,\nor Madrid.\n" {
		t.Errorf("%+v", r)
	}
	if r := rules[1]; !r.matches(five, "anything") || !r.matches(five, "") {
		t.Errorf("%+v", r)
	}
	for _, empty := range []string{"", "[]", "# nothing\n"} {
		if rules, err := ParseRules([]byte(empty)); err != nil || len(rules) != 0 {
			t.Errorf("%q: %v, %v", empty, rules, err)
		}
	}
}

func TestParseRulesErrors(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"- match: a\n  response: b\n- match: c\n  reponse: d\n": `[4:3] unknown field "reponse"`,
		"- match: a\n  response: b\n- match: c\n":               `[3:`,
		"- match: c\n": `a rule needs match and response`,
		"- match: a\n  response: b\n- match: (\n  response: d\n": `match: error parsing regexp: missing closing ): `,
		"match: a\nresponse: b\n":                                `[1:`,
		"- hello\n":                                              `[1:3]`,
		"- match: [\n":                                           `[1:`,
		"! 0":                                                    `gave up`,
		"- match: a\n  match: b\n  response: c":                  `already defined`,
	} {
		_, err := ParseRules([]byte(text))
		if err == nil || !strings.HasPrefix(err.Error(), "reading the emulator's rules: [") || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestRulesOrder(t *testing.T) {
	t.Parallel()
	rules, err := ParseRules([]byte("- {match: one, deployment: gpt-5-mini, response: first}\n- {match: one, response: second}\n"))
	if err != nil {
		t.Fatal(err)
	}
	m := serve(t, Config{Rules: rules})
	for deployment, want := range map[string]string{"gpt-4o-mini": "second", "gpt-5-mini": "first"} {
		a := decode[chatAnswer](t, m.chat(t, deployment, "one", "").body)
		if got := a.Choices[0].Message.Content; got != want {
			t.Errorf("%s: %q", deployment, got)
		}
	}
}

func FuzzParseRules(f *testing.F) {
	f.Add([]byte("- match: a\n  response: b\n"))
	f.Add([]byte("- match: (\n"))
	f.Add([]byte("! 0"))
	f.Add([]byte("&a [*a]"))
	f.Add([]byte("- [1, 2]\n- null\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		rules, err := ParseRules(text)
		if err != nil && rules != nil {
			t.Error("rules beside an error")
		}
		for _, r := range rules {
			r.matches(Deployment{}, "text")
		}
	})
}
