package account

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestAccountAt(t *testing.T) {
	t.Parallel()
	a := Account{
		Kind: "openai", Subdomain: "Mine", Endpoint: "https://westeurope.api.cognitive.microsoft.com/",
		Endpoints: map[string]string{"Speech": "https://private.example:8443/x"},
	}
	for host, want := range map[string]bool{
		"mine.openai.azure.com": true, "mine.services.ai.azure.com": true, "mine.cognitiveservices.azure.us": true, "westeurope.api.cognitive.microsoft.com": true, "private.example:8443": true,
		"mine.example.com": false, "other.openai.azure.com": false, "mine": false, "": false,
	} {
		if a.at(host) != want {
			t.Errorf("%s: %v", host, !want)
		}
	}
	for _, c := range []struct {
		a        Account
		endpoint string
		want     bool
	}{
		{Account{}, "no URL", false},
		{Account{}, "", false},
		{a, "", true},
		{a, "https://mine.openai.azure.com/openai/v1", true},
		{Account{Kind: "SpeechServices"}, "", false},
	} {
		if c.a.Wanted(c.endpoint) != c.want {
			t.Errorf("%q: %v", c.endpoint, !c.want)
		}
	}
}

const (
	atSubscription = "/subscriptions/" + subscription
	resource       = "?%24filter=resourceType%20eq%20%27Microsoft.CognitiveServices%2Faccounts%27&api-version=2021-04-01"
	accounts       = atSubscription + "/providers/Microsoft.CognitiveServices/accounts?api-version=2025-06-01"
	forbid         = `403 HTTP {"error":{"code":"AuthorizationFailed","message":"no"}}`
)

// contosoJSON is an account as Azure sends it, with what it leaves null.
const contosoJSON = `{"id":"` + accountID + `","name":"contoso","type":"Microsoft.CognitiveServices/accounts","kind":"OpenAI","location":"westeurope","etag":"x",
	"sku":{"name":"S0"},"identity":null,"properties":{"endpoint":"https://contoso.openai.azure.com/","customSubDomainName":"contoso","disableLocalAuth":null,
	"endpoints":{"OpenAI Language Model Instance API":"https://contoso.openai.azure.com/","Odd":null},"publicNetworkAccess":"Enabled",
	"networkAcls":{"defaultAction":"Deny","ipRules":[{"value":"198.51.100.7"}],"virtualNetworkRules":[]},"privateEndpointConnections":[{"id":"x"}],
	"provisioningState":"Succeeded","capabilities":[{"name":"CustomerManagedKey"}],"dateCreated":"2025-01-01T00:00:00.0000000Z"}}`

func TestFind(t *testing.T) {
	t.Parallel()
	want := contoso()
	want.SKU, want.Endpoint, want.Subdomain = "S0", "https://contoso.openai.azure.com/", "contoso"
	want.Endpoints = map[string]string{"OpenAI Language Model Instance API": want.Endpoint}
	want.PublicNetwork, want.NetworkDefault, want.AllowedAddresses, want.PrivateEndpoints = "Enabled", "Deny", []string{"198.51.100.7"}, 1
	speech := `{"id":"` + accountID + `-speech","kind":"SpeechServices","properties":{}}`
	for name, c := range map[string]struct {
		endpoint, subscription string
		answers                map[string]string
		found                  int
		wrong                  string
	}{
		"in all subscriptions": {"https://CONTOSO.openai.azure.com/openai/v1", "", map[string]string{
			"/subscriptions?api-version=2022-12-01": `{"value":[{"subscriptionId":"` + subscription + `"}]}`, accounts: `{"value":[` + speech + `,` + contosoJSON + `]}`,
		}, 1, ""},
		"in one": {"https://contoso.openai.azure.com", subscription, map[string]string{accounts: `{"value":[` + contosoJSON + `]}`}, 1, ""},
		"all that serve OpenAI": {"", subscription, map[string]string{
			accounts: `{"value":[` + speech + `,null],"nextLink":"https://management.azure.com/p2"}`, "/p2": `{"value":[` + contosoJSON + `]}`,
		}, 1, ""},
		"another's":  {"https://fabrikam.openai.azure.com", subscription, map[string]string{accounts: `{"value":[` + contosoJSON + `]}`}, 0, ""},
		"no account": {"", "", map[string]string{"/subscriptions?api-version=2022-12-01": `{"value":[]}`}, 0, ""},
		"with a role at the account alone": {"", subscription, map[string]string{
			accounts: forbid, atSubscription + "/resources" + resource: `{"value":[{"id":"` + accountID + `"}]}`, accountID + "?api-version=2025-06-01": contosoJSON,
		}, 1, ""},
		"with no role":        {"", subscription, map[string]string{accounts: forbid, atSubscription + "/resources" + resource: `{"value":[]}`}, 0, "listing the accounts: HTTP 403 AuthorizationFailed: no"},
		"with no role at all": {"", subscription, map[string]string{accounts: forbid, atSubscription + "/resources" + resource: forbid}, 0, "listing the accounts: HTTP 403 AuthorizationFailed: no"},
		"an id that is none":  {"", subscription, map[string]string{accounts: forbid, atSubscription + "/resources" + resource: `{"value":[{"id":"x"}]}`}, 0, "asking for an account: its id is none of an account"},
		"no subscriptions":    {"", "", map[string]string{"/subscriptions?api-version=2022-12-01": `401 HTTP {"error":{"code":"InvalidAuthenticationToken"}}`}, 0, "listing the subscriptions: HTTP 401 InvalidAuthenticationToken"},
		"not all subscriptions": {"", "", map[string]string{
			"/subscriptions?api-version=2022-12-01": `{"value":[{"subscriptionId":"` + subscription + `"},{"subscriptionId":"` + oid + `"}]}`, accounts: `{"value":[` + contosoJSON + `]}`,
			"/subscriptions/" + oid + "/providers/Microsoft.CognitiveServices/accounts?api-version=2025-06-01": `404 HTTP {"error":{"code":"SubscriptionNotFound"}}`,
		}, 1, "listing the accounts: HTTP 404 SubscriptionNotFound"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := client(t, answers(t, c.answers)).Find(t.Context(), c.endpoint, c.subscription)
			if len(got) != c.found || c.found == 1 && !reflect.DeepEqual(got[0], want) || (err == nil) != (c.wrong == "") || err != nil && err.Error() != c.wrong {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}

func TestRoles(t *testing.T) {
	t.Parallel()
	const (
		assigned = accountID + "/providers/Microsoft.Authorization/roleAssignments?%24filter=atScope%28%29%20and%20assignedTo%28%27" + oid + "%27%29&api-version=2022-04-01"
		defined  = atSubscription + "/providers/Microsoft.Authorization/roleDefinitions/"
	)
	c := client(t, answers(t, map[string]string{
		assigned:                             `{"value":[{"properties":{"scope":"` + atSubscription + `","roleDefinitionId":"` + defined + `a"}},{"properties":{"scope":"/","roleDefinitionId":"` + defined + `b"}}]}`,
		defined + "a?api-version=2022-04-01": `{"properties":{"roleName":"Reader","permissions":[{"actions":["*/read"],"notActions":[],"dataActions":["x/*"]}]}}`,
		defined + "b?api-version=2022-04-01": `404 HTTP {"error":{"code":"RoleDefinitionDoesNotExist"}}`,
	}))
	got, err := c.Roles(t.Context(), contoso(), oid)
	if err == nil || err.Error() != "asking for a role: HTTP 404 RoleDefinitionDoesNotExist" || len(got) != 1 || got[0].Name != "Reader" || got[0].Scope != atSubscription ||
		!got[0].Allows("Microsoft.CognitiveServices/accounts/read") || !got[0].AllowsData("X/y") || got[0].Allows("x/y") {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := c.Roles(t.Context(), contoso(), "x' or 'a' eq 'a"); err == nil {
		t.Error("anything is a principal")
	}
}

func TestActivity(t *testing.T) {
	t.Parallel()
	c := client(t, answersAny(`{"value":[{"eventTimestamp":"2026-11-01T10:00:00.5Z","caller":"`+oid+`","operationName":{"value":"a/b"},"status":{"value":"Succeeded"}},{"caller":"mona@contoso.com"}]}`))
	got, err := c.Activity(t.Context(), contoso())
	if err != nil || len(got) != 2 || !got[0].Application() || got[1].Application() || got[0].Operation != "a/b" || got[0].Status != "Succeeded" || got[0].Time.Day() != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}

const deploymentsJSON = `{"value":[
	{"id":"` + accountID + `/deployments/vectors","name":"vectors","sku":{"name":"Standard","capacity":120},"properties":{"model":{"format":"OpenAI","name":"text-embedding-3-small","version":"1"},
		"provisioningState":"Succeeded","capabilities":{"embeddings":"true","embeddingsMaxInputs":"2048"},"rateLimits":[{"key":"token","renewalPeriod":60,"count":120000}]}},
	{"id":"` + accountID + `/deployments/chat","name":"chat","sku":{"name":"GlobalStandard","capacity":10},"properties":{"model":{"format":"OpenAI","name":"gpt-4o-mini","version":"2024-07-18"},
		"versionUpgradeOption":"OnceNewDefaultVersionAvailable","currentCapacity":10,"raiPolicyName":"Microsoft.DefaultV2","provisioningState":"Succeeded",
		"capabilities":{"chatCompletion":"true","assistants":"false","maxContextToken":"128000","area":null},
		"rateLimits":[{"key":"request","renewalPeriod":10,"count":10},{"key":"token","renewalPeriod":60,"count":10000},{"key":"token","count":1},null]}},
	{"name":"bare"},null]}`

const modelsJSON = `{"format":"OpenAI","name":"gpt-4o-mini","version":"2024-07-18","isDefaultVersion":true,"lifecycleStatus":"GenerallyAvailable","maxCapacity":3,
	"capabilities":{"chatCompletion":"true","maxOutputToken":"16384"},"deprecation":{"inference":"2027-03-01T00:00:00Z"},
	"skus":[{"name":"GlobalStandard","usageName":"OpenAI.GlobalStandard.gpt-4o-mini","deprecationDate":"2027-02-01T00:00:00Z","capacity":{"default":10,"maximum":2000}},{"name":"Standard"},null]}`

func TestDeployments(t *testing.T) {
	t.Parallel()
	c := client(t, answers(t, map[string]string{
		accountID + "/deployments?api-version=2025-06-01": deploymentsJSON,
		accountID + "/models?api-version=2025-06-01":      `{"value":[` + modelsJSON + `,null]}`,
	}))
	got, err := c.Deployments(t.Context(), contoso())
	models, modelsErr := c.Models(t.Context(), contoso())
	if err != nil || modelsErr != nil || len(got) != 4 {
		t.Fatalf("%+v, %v, %v", got, err, modelsErr)
	}
	Retire(got, models)
	want := Deployment{
		Name: "chat", Format: "OpenAI", Model: "gpt-4o-mini", Version: "2024-07-18", SKU: "GlobalStandard", Capacity: 10, State: "Succeeded",
		Upgrade: "OnceNewDefaultVersionAvailable", Filter: "Microsoft.DefaultV2", TokensPerMinute: 10000, RequestsPerMinute: 60,
		Capabilities: Capabilities{"chatCompletion": "true", "assistants": "false", "maxContextToken": "128000"}, Retires: time.Date(2027, 2, 1, 0, 0, 0, 0, time.UTC),
	}
	if !reflect.DeepEqual(got[2], want) {
		t.Errorf("%+v", got[2])
	}
	can, told := got[2].Can("chatCompletion")
	cannot, _ := got[2].Can("assistants")
	if _, bare := got[1].Can("chatCompletion"); !can || !told || cannot || bare || len(got[2].Figures()) != 1 || strings.Join(got[2].Names(), " ") != "chatCompletion" {
		t.Errorf("%+v %+v", got[1], got[2].Capabilities)
	}
	if v := got[3]; v.Name != "vectors" || v.Capacity != 120 || v.TokensPerMinute != 120000 || v.RequestsPerMinute != 0 || !v.Retires.IsZero() {
		t.Errorf("%+v", v)
	}
	other := []Deployment{{Format: "openai", Model: "GPT-4o-mini", Version: "2024-07-18", SKU: "Standard"}, {Format: "OpenAI", Model: "gpt-4o-mini", Version: "1"}}
	Retire(other, models)
	if other[0].Retires.Month() != time.March || !other[1].Retires.IsZero() {
		t.Errorf("%+v", other)
	}
}

// A region lists a model for each kind of account and for each of its SKUs.
func TestAvailable(t *testing.T) {
	t.Parallel()
	const at = atSubscription + "/providers/Microsoft.CognitiveServices/locations/westeurope/models?api-version=2025-06-01"
	older := strings.ReplaceAll(strings.ReplaceAll(modelsJSON, "2024-07-18", "2024-05-01"), `"2027-03-01T00:00:00Z"`, `"2026-03-01"`)
	c := client(t, answers(t, map[string]string{at: `{"value":[
		{"kind":"OpenAI","skuName":"S0","model":` + modelsJSON + `},{"kind":"OpenAI","skuName":"F0","model":` + modelsJSON + `},
		{"kind":"AIServices","skuName":"S0","model":{"format":"Cohere","name":"other","version":"1"}},{"kind":"openai","model":` + older + `}]}`}))
	got, err := c.Available(t.Context(), contoso())
	if err != nil || len(got) != 2 || got[0].Version != "2024-05-01" || got[0].Retires.Year() != 2026 || !got[1].Default || got[1].Lifecycle != "GenerallyAvailable" {
		t.Fatalf("%+v, %v", got, err)
	}
	if s := got[1].SKUs; len(s) != 3 || s[0] != (ModelSKU{"GlobalStandard", time.Date(2027, 2, 1, 0, 0, 0, 0, time.UTC), 10, 2000}) || got[1].Figures()["maxOutputToken"] != "16384" {
		t.Errorf("%+v", s)
	}
	if _, err := c.Available(t.Context(), Account{Name: "x", Subscription: subscription}); err == nil {
		t.Error("an account is nowhere")
	}
}

func TestExplain(t *testing.T) {
	t.Parallel()
	about := About{
		Endpoint: "https://contoso.openai.azure.com", Subscription: subscription, Tenant: "dddddddd-cccc-4ddd-8eee-ffffffffffff",
		Client: "eeeeeeee-cccc-4ddd-8eee-ffffffffffff", Principal: oid, Account: contoso(),
	}
	for _, c := range []struct {
		code, message string
		about         About
		want          []string
	}{
		{"AuthorizationFailed", "The client may not.", about, []string{
			"listing the deployments: the identity may not read it (HTTP 400 AuthorizationFailed)\n  why: The client may not.",
			"az role assignment create --assignee-object-id " + oid + " --assignee-principal-type ServicePrincipal --role 'Cognitive Services OpenAI User' --scope " + accountID + "\n",
		}},
		{"AuthorizationFailed", "", About{Endpoint: "https://contoso.openai.azure.com", Client: "c"}, []string{
			`--assignee-object-id "$(az ad sp show --id c --query id --output tsv)" `, "--scope \"$(az cognitiveservices account list --query \"[?properties.customSubDomainName=='contoso'].id\" --output tsv)\"",
		}},
		{"AuthorizationFailed", "", About{Endpoint: "https://contoso.openai.azure.com", PrincipalType: "User"}, []string{
			`--assignee-object-id "$(az ad signed-in-user show --query id --output tsv)" --assignee-principal-type User --role`,
			"whose letter case counts", "az cognitiveservices account list --query '[].[id,",
		}},
		{"AuthorizationFailed", "", About{Principal: oid, PrincipalType: "$(x)"}, []string{"--assignee-object-id " + oid + " --assignee-principal-type ServicePrincipal "}},
		{"AuthorizationFailed", "", About{Endpoint: "https://$(x).openai.azure.com", Subscription: "$(y)", Client: "`z`"}, []string{"--id CLIENT_ID ", "--scope ACCOUNT_ID\n"}},
		{"InvalidAuthenticationTokenAudience", "wrong", about, []string{"for another service, or for another cloud", "fix: set the input environment"}},
		{"InvalidAuthenticationTokenTenant", "It must match the tenant 'https://sts.windows.net/" + oid + "/' associated", about, []string{"The subscription's is " + oid + ".", "of the tenant " + about.Tenant, "az account show --subscription " + subscription}},
		{"SubscriptionNotFound", "x", about, []string{"the subscription " + subscription + " is not there", "az account list"}},
		{"SomethingElse", "x", about, []string{"listing the deployments: HTTP 400 SomethingElse: x"}},
	} {
		err := c.about.Explain(errors.Join(&Refusal{Doing: "listing the deployments", Status: 400, Code: c.code, Message: c.message}))
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: no %q in\n%v", c.code, want, err)
			}
		}
		var r *Refusal
		if !errors.As(err, &r) || r.Code != c.code || strings.Contains(err.Error(), "$(x)") || strings.Contains(err.Error(), "$(y)") || strings.Contains(err.Error(), "`z`") {
			t.Errorf("%v", err)
		}
	}
	about.PrincipalType = "User"
	if p := about.problem(explanations[0], &Refusal{}, nil); !strings.Contains(p.Code, "principalType: 'User'") || strings.Contains(p.Fix, "letter case") {
		t.Errorf("%s\n%s", p.Fix, p.Code)
	}
	other := errors.New("other")
	if about.Explain(other) != other {
		t.Error("it explains what it does not know")
	}
	about.Account = Account{}
	if p := about.Missing(); !strings.HasPrefix(p.Error(), "finding the account: no account in the subscription "+subscription+" answers at contoso.openai.azure.com\n") || !strings.Contains(p.Code, "name: 'contoso'") || !strings.Contains(p.Code, "principalId: '"+oid+"'") {
		t.Errorf("%v\n%s", p, p.Code)
	}
	if p := (About{}).Missing(); p.What != "finding the account: no account that serves Azure OpenAI is in any subscription that the identity sees" {
		t.Error(p.What)
	}
}

// Every entry is whole: no placeholder stays, and all have a page.
func TestCatalogue(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, e := range Catalogue() {
		for _, name := range e.Names {
			if seen[name] || !strings.HasPrefix(name, "HTTP 4") {
				t.Errorf("%s is there twice, or no name", name)
			}
			seen[name] = true
		}
		text := e.Error()
		if strings.Contains(e.What, "HTTP") || strings.Contains(e.What, "listing") {
			t.Errorf("%s: its heading says %q", e.Names, e.What)
		}
		for _, field := range []string{e.Says, e.What, e.Why, e.Fix, e.Page} {
			if field == "" {
				t.Errorf("%s: a part is missing: %s", e.Names, text)
			}
		}
		for _, placeholder := range []string{"{doing}", "{brief}", "{message}", "{oid}", "{principal}", "{scope}", "{account}", "{subscription}", "{tenant}", "{wanted}", "{type}"} {
			if strings.Contains(text+e.Code, placeholder) {
				t.Errorf("%s: %s in %s", e.Names, placeholder, text)
			}
		}
	}
}
