package emulator

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

func readResource(text string) (cfg Config, err error) {
	err = cfg.ReadResource([]byte(text))
	return cfg, err
}

func TestReadRules(t *testing.T) {
	t.Parallel()
	cfg, err := readResource(`
rules:
- match: (?i)capital of (france|spain)
  deployment: gpt-4o-mini
  response: |
    Paris,
    or Madrid.
- match: ""
  response: ""
`)
	if err != nil || len(cfg.Rules) != 2 {
		t.Fatalf("%+v, %v", cfg, err)
	}
	mini, five := Deployment{Name: "gpt-4o-mini"}, Deployment{Name: "gpt-5-mini"}
	if r := cfg.Rules[0]; !r.matches(mini, "The CAPITAL of Spain?") || r.matches(five, "capital of spain") || r.matches(mini, "capital of Italy") || r.Response != "Paris,\nor Madrid.\n" {
		t.Errorf("%+v", r)
	}
	if r := cfg.Rules[1]; !r.matches(five, "anything") || !r.matches(five, "") {
		t.Errorf("%+v", r)
	}
	for _, empty := range []string{"", "{}", "# nothing\n", "rules: []"} {
		if cfg, err := readResource(empty); err != nil || !reflect.DeepEqual(cfg, Config{}) {
			t.Errorf("%q: %+v, %v", empty, cfg, err)
		}
	}
}

func TestReadDeployments(t *testing.T) {
	t.Parallel()
	got, err := readResource("deployments:\n- {name: mini, tpm: 10000, rpm: 60}\n- {name: deep, model: gpt-5, version: 2025-08-07, kind: reasoning, context: 9, efforts: [low]}\n" +
		"- {name: vectors, kind: embeddings, window: minute, rpm-window: 10, headers: low, old-wording: true}\n- {name: jobs, sku: GlobalBatch, enqueued: 5, latency: 1.5s}\n" +
		"refuse-embeddings: true\nbatch-old-style: true\n")
	want := []Deployment{
		{Name: "mini", Model: "mini", TPM: 10000, RPM: 60},
		{Name: "deep", Model: "gpt-5", Version: "2025-08-07", Kind: Reasoning, Context: 9, Efforts: []string{"low"}},
		{Name: "vectors", Model: "vectors", Kind: Embeddings, Window: "minute", RPMWindow: 10, Headers: "low", OldWording: true},
		{Name: "jobs", Model: "jobs", SKU: "GlobalBatch", Enqueued: 5, Latency: 1500 * time.Millisecond},
	}
	if err != nil || !reflect.DeepEqual(got.Deployments, want) || !got.RefuseEmbeddings || !got.BatchOldStyle {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestReadComments(t *testing.T) {
	t.Parallel()
	cfg, err := readResource("comments:\n- {number: 7, author: mona, body: Hello, repo: o/r, minimized: true}\n- number: 8\n  body: |\n    ours\n")
	want := []Comment{{Repo: "o/r", Number: 7, Author: "mona", Body: "Hello", Minimized: true}, {Number: 8, Body: "ours\n"}}
	if err != nil || !reflect.DeepEqual(cfg.Comments, want) {
		t.Fatalf("%+v, %v", cfg.Comments, err)
	}
	e := fresh(t, cfg)
	want = []Comment{{Repo: "octo-org/octo-repo", Number: 8, ID: firstComment + 1, Author: viewer, Body: "ours\n"}}
	if got := e.CommentsOn("octo-org/octo-repo", 8); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
}

func TestReadResourceErrors(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"rules:\n- match: a\n  response: b\n- match: c\n  reponse: d\n": `[5:3] unknown field "reponse"`,
		"rules:\n- match: a\n  response: b\n- match: c\n":               `[4:`,
		"rules:\n- match: c\n": `a rule needs match and response, or`,
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
		"deployments:\n- {name: x, sku: Batch}\n":                        `there is no sku "Batch", but [Standard`,
		"deployments:\n- {name: x, window: hour}\n":                      `there is no window "hour", but [bucket minute]`,
		"deployments:\n- {name: x, headers: odd}\n":                      `there is no headers "odd", but [none negative low]`,
		"deployments:\n- {name: x, rpm-window: 61}\n":                    `rpm-window is at most 60 seconds`,
		"deployments:\n- {name: x, latency: -1s}\n":                      `a latency can't be below 0`,
		"deployments:\n- {name: x, latency: soon}\n":                     `invalid duration`,
		"deployments:\n- {name: x, tmp: 1}\n":                            `unknown field "tmp"`,
		"comments:\n- {body: x}\n":                                       `[2:3] a comment needs a number above 0 and a body`,
		"comments:\n- {number: 7}\n":                                     `a comment needs a number above 0 and a body`,
		"comments:\n- {number: 7, body: x, id: 5}\n":                     `unknown field "id"`,
	} {
		_, err := readResource(text)
		if err == nil || !strings.HasPrefix(err.Error(), "reading the emulator's resource: [") || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestRulesOrder(t *testing.T) {
	t.Parallel()
	cfg, err := readResource("rules:\n- {match: one, deployment: gpt-5-mini, response: first}\n- {match: one, response: second}\n")
	if err != nil {
		t.Fatal(err)
	}
	m := serve(t, cfg)
	for deployment, want := range map[string]string{"gpt-4o-mini": "second", "gpt-5-mini": "first"} {
		a := decode[chatAnswer](t, m.chat(t, deployment, "one", "").body)
		if got := a.Choices[0].Message.Content; got != want {
			t.Errorf("%s: %q", deployment, got)
		}
	}
}

func FuzzReadResource(f *testing.F) {
	f.Add([]byte("rules:\n- match: a\n  response: b\n"))
	f.Add([]byte("rules:\n- match: (\n"))
	f.Add([]byte("! 0"))
	f.Add([]byte("&a [*a]"))
	f.Add([]byte("deployments:\n- [1, 2]\n- null\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		cfg, err := readResource(string(text))
		if err != nil && !reflect.DeepEqual(cfg, Config{}) {
			t.Error("a resource beside an error")
		}
		for _, r := range cfg.Rules {
			r.matches(Deployment{}, "text")
		}
	})
}
