package emulator

import (
	"reflect"
	"strings"
	"testing"
)

func TestParseRules(t *testing.T) {
	t.Parallel()
	_, rules, err := ParseResource([]byte(`
rules:
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
	for _, empty := range []string{"", "{}", "# nothing\n", "rules: []"} {
		if deployments, rules, err := ParseResource([]byte(empty)); err != nil || rules != nil || deployments != nil {
			t.Errorf("%q: %v, %v, %v", empty, deployments, rules, err)
		}
	}
}

func TestParseDeployments(t *testing.T) {
	t.Parallel()
	got, _, err := ParseResource([]byte("deployments:\n- {name: mini, tpm: 10000, rpm: 60}\n- {name: deep, model: gpt-5, version: 2025-08-07, kind: reasoning, context: 9, efforts: [low]}\n"))
	want := []Deployment{
		{Name: "mini", Model: "mini", TPM: 10000, RPM: 60},
		{Name: "deep", Model: "gpt-5", Version: "2025-08-07", Kind: Reasoning, Context: 9, Efforts: []string{"low"}},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestParseResourceErrors(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"rules:\n- match: a\n  response: b\n- match: c\n  reponse: d\n": `[5:3] unknown field "reponse"`,
		"rules:\n- match: a\n  response: b\n- match: c\n":               `[4:`,
		"rules:\n- match: c\n": `a rule needs match and response`,
		"rules:\n- match: a\n  response: b\n- match: (\n  response: d\n": `match: error parsing regexp: missing closing ): `,
		"- match: a\n  response: b\n":                                    `[1:`,
		"rules:\n- hello\n":                                              `[2:3]`,
		"rules:\n- match: [\n":                                           `[2:`,
		"! 0":                                                            `[1:`,
		"rules: ! 0":                                                     `gave up`,
		"rules:\n- match: a\n  match: b\n  response: c":                  `already defined`,
		"deployments:\n- model: x\n":                                     `[2:8] a deployment needs a name`,
		"deployments:\n- {name: x, kind: chats}\n":                       `there is no kind "chats"`,
		"deployments:\n- {name: x, tpm: -1}\n":                           `can't be below 0`,
		"deployments:\n- {name: x, tmp: 1}\n":                            `unknown field "tmp"`,
	} {
		_, _, err := ParseResource([]byte(text))
		if err == nil || !strings.HasPrefix(err.Error(), "reading the emulator's resource: [") || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestRulesOrder(t *testing.T) {
	t.Parallel()
	_, rules, err := ParseResource([]byte("rules:\n- {match: one, deployment: gpt-5-mini, response: first}\n- {match: one, response: second}\n"))
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

func FuzzParseResource(f *testing.F) {
	f.Add([]byte("rules:\n- match: a\n  response: b\n"))
	f.Add([]byte("rules:\n- match: (\n"))
	f.Add([]byte("! 0"))
	f.Add([]byte("&a [*a]"))
	f.Add([]byte("deployments:\n- [1, 2]\n- null\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		deployments, rules, err := ParseResource(text)
		if err != nil && (rules != nil || deployments != nil) {
			t.Error("a resource beside an error")
		}
		for _, r := range rules {
			r.matches(Deployment{}, "text")
		}
	})
}
