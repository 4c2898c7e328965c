package report

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/keyless-inference/action/account"
)

var modelsDay = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// someModels are two accounts: one as it comes, and one whose names are hostile.
func someModels() []AccountModels {
	date := func(text string) time.Time {
		t, _ := time.Parse(time.DateOnly, text)
		return t
	}
	chat := account.Capabilities{"chatCompletion": "true", "responses": "true", "assistants": "false", "maxOutputToken": "16384"}
	return []AccountModels{
		{
			Account: account.Account{ID: "/subscriptions/s/x/contoso", Name: "contoso", Kind: "OpenAI", Location: "westeurope", Endpoint: "https://contoso.openai.azure.com/"},
			Deployments: []account.Deployment{
				{Name: "chat", Format: "OpenAI", Model: "gpt-4o-mini", Version: "2024-07-18", SKU: "GlobalStandard", Capacity: 1500, TokensPerMinute: 1.5e6, RequestsPerMinute: 15000, State: "Succeeded", Capabilities: chat, Retires: date("2027-02-19")},
				{Name: "later", Format: "OpenAI", Model: "gpt-5", Version: "1", SKU: "DataZoneStandard", Capacity: 10, State: "Succeeded", Retires: date("2027-02-20")},
				{Name: "old", Format: "OpenAI", Model: "ada", Version: "2", SKU: "Standard", Capacity: 1, TokensPerMinute: 1000, RequestsPerMinute: 6, State: "Disabled", Retires: date("2026-11-21")},
				{Name: "soon", Format: "OpenAI", Model: "ada", Version: "3", SKU: "Standard", Capacity: 1, State: "Creating", Retires: date("2026-11-22")},
			},
			Available: []account.Model{
				{Format: "OpenAI", Name: "gpt-5", Version: "1", Default: true, Lifecycle: "GenerallyAvailable", SKUs: []account.ModelSKU{{Name: "GlobalStandard", Usual: 10, Most: 1000, Retires: date("2028-01-01")}, {Name: "Standard"}}, Capabilities: chat},
				{Format: "OpenAI", Name: "gpt-6", Version: "1", Lifecycle: "Preview", Retires: date("2027-01-01")},
			},
		},
		{
			Account:     account.Account{Name: "evil\n::error::x", Kind: "\x1b[31m", Location: "##[error]"},
			Deployments: []account.Deployment{{Name: "::add-mask::x", Model: "a\tb\nc", Version: "\u202e##[error]"}},
			Available:   []account.Model{},
		},
		{Account: account.Account{Name: "empty"}},
	}
}

func TestModelsText(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := ModelsText(&b, someModels(), modelsDay); err != nil {
		t.Fatal(err)
	}
	const want = `account   contoso
kind      OpenAI
region    westeurope
endpoint  https://contoso.openai.azure.com/
id        /subscriptions/s/x/contoso

DEPLOYMENT  MODEL        VERSION     SKU               CAPACITY  TOKENS/MIN  REQUESTS/MIN  STATE      RETIRES                    CAPABILITIES
chat        gpt-4o-mini  2024-07-18  GlobalStandard    1,500     1,500,000   15,000        Succeeded  2027-02-19 (!) in 90 days  chatCompletion responses
later       gpt-5        1           DataZoneStandard  10        -           -             Succeeded  2027-02-20                 -
old         ada          2           Standard          1         1,000       6             Disabled   2026-11-21 (!) retired     -
soon        ada          3           Standard          1         -           -             Creating   2026-11-22 (!) in 1 day    -

available in westeurope:

MODEL  VERSION  DEFAULT  LIFECYCLE           RETIRES                    SKUS                     CAPABILITIES
gpt-5  1        yes      GenerallyAvailable  -                          GlobalStandard Standard  chatCompletion responses
gpt-6  1        -        Preview             2027-01-01 (!) in 41 days  -                        -

account   evil ::error::x
kind      <U+001B>[31m
region    # #[error]

DEPLOYMENT       MODEL  VERSION             SKU  CAPACITY  TOKENS/MIN  REQUESTS/MIN  STATE  RETIRES  CAPABILITIES
./::add-mask::x  a b c  <U+202E># #[error]  -    -         -           -             -      -        -

available in # #[error]:

no models

account   empty

no deployments
`
	if b.String() != want {
		t.Errorf("%s", b.String())
	}
}

func TestModelsJSON(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := ModelsJSON(&b, someModels(), modelsDay); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Accounts []struct {
			Name, Location string
			Deployments    []map[string]any
			Available      []map[string]any
		}
	}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	first, evil, empty := got.Accounts[0], got.Accounts[1], got.Accounts[2]
	if d := first.Deployments[0]; d["tokensPerMinute"] != 1.5e6 || d["retires"] != "2027-02-19" || d["retiring"] != true || len(d["capabilities"].([]any)) != 2 || d["figures"].(map[string]any)["maxOutputToken"] != "16384" {
		t.Errorf("%v", d)
	}
	if d := first.Deployments[1]; d["retires"] != "2027-02-20" || d["retiring"] != false || d["tokensPerMinute"] != nil || len(d["capabilities"].([]any)) != 0 {
		t.Errorf("%v", d)
	}
	if m := first.Available[0]; m["default"] != true || m["skus"].([]any)[0].(map[string]any)["retires"] != "2028-01-01" {
		t.Errorf("%v", m)
	}
	if evil.Location != "##[error]" || evil.Available == nil || empty.Available != nil || empty.Deployments == nil || strings.Contains(b.String(), "##[") {
		t.Errorf("%s", b.String())
	}
}

// Whatever Azure calls things, no line is a command of the runner or steers a
// terminal, and JSON says the same.
func FuzzModels(f *testing.F) {
	f.Add("::add-mask::x", "##[error]", "\x1b[31m\n")
	f.Fuzz(func(t *testing.T, name, model, version string) {
		all := []AccountModels{{
			Account: account.Account{Name: name, Location: model}, Deployments: []account.Deployment{{Name: name, Model: model, Version: version}},
			Available: []account.Model{{Name: model, Version: version}},
		}}
		var text, list bytes.Buffer
		if ModelsText(&text, all, modelsDay) != nil || ModelsJSON(&list, all, modelsDay) != nil {
			t.Fatal("it is not written")
		}
		for line := range strings.Lines(text.String() + list.String()) {
			if strings.HasPrefix(strings.TrimSpace(line), "::") || strings.Contains(line, "##[") {
				t.Errorf("%q", line)
			}
		}
		if strings.ContainsAny(text.String(), "\x1b\r\u202e") || !json.Valid(list.Bytes()) {
			t.Errorf("%q %q", text.String(), list.String())
		}
	})
}
