package inference

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
)

// What mends a deployment that does not answer an API is what it does answer.
func TestWayOut(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		api        string
		known      Deployed
		want, code string
		not        []string
	}{
		"embeddings, asked for chat":    {Chat, Deployed{Able: []string{Embeddings}, SKU: "Standard"}, "a task with `embeddings:`", "config: TASKS.yml", []string{"`api: ", "mode: batch"}},
		"a batch deployment":            {Chat, Deployed{Able: []string{Chat}, SKU: "GlobalBatch"}, "say `mode: batch`", "mode: batch", []string{"`api: "}},
		"chat, asked for responses":     {Responses, Deployed{Able: []string{Chat}, SKU: "GlobalStandard"}, "set `api: chat`", "api: chat", []string{"embeddings", "batch", "responses"}},
		"both":                          {Completions, Deployed{Able: []string{Chat, Responses}, SKU: "Standard"}, "set `api: chat`", "api: responses", []string{"embeddings", "batch"}},
		"chat, asked for vectors":       {Embeddings, Deployed{Able: []string{Chat}, SKU: "Standard"}, "set `api: chat`", "api: chat", []string{"batch"}},
		"unknown":                       {Chat, Deployed{}, "a task with `embeddings:`", "# or another way", []string{"set `api: chat`"}},
		"unknown, asked for vectors":    {Embeddings, Deployed{}, "text-embedding-3-small", "", []string{"`api: "}},
		"unknown, but no batch":         {Chat, Deployed{SKU: "Standard"}, "set `api: responses`", "api: responses", []string{"batch"}},
		"nothing that is known of here": {Chat, Deployed{Able: []string{}, SKU: "Standard"}, "name a deployment of another model", "", []string{"`api: "}},
	} {
		client := serve().client()
		client.Deployed = c.known
		where, err := client.place()
		if err != nil {
			t.Fatal(err)
		}
		e := &errand{c: client, place: where, api: c.api, deployment: "mine", doing: "asking mine"}
		p := problem(t, e.explainRefusal(&ServiceError{Status: 400, Code: "OperationNotSupported"}, nil), c.want)
		if !strings.Contains(p.Code, c.code) || (c.code == "") != (p.Code == "") || c.code != "" && !strings.Contains(p.Code, "deployment: mine\n") {
			t.Errorf("%s: the code is %q", name, p.Code)
		}
		for _, not := range c.not {
			if strings.Contains(p.Fix+p.Code, not) {
				t.Errorf("%s: it speaks of %s: %s\n%s", name, not, p.Fix, p.Code)
			}
		}
	}
}

// Commands and Bicep name who was refused, and what kind of identity that is.
func TestPrincipal(t *testing.T) {
	t.Parallel()
	const other = "11111111-2222-4333-8444-555555555555"
	for name, c := range map[string]struct {
		id, kind, message string
		want, code        string
	}{
		"nothing known":    {"", "", "", `--assignee-object-id "$(az ad sp show --id ` + clientID + ` --query id --output tsv)" --assignee-principal-type ServicePrincipal`, "principalType: 'ServicePrincipal'"},
		"a user":           {oid, "User", "", "--assignee-object-id " + oid + " --assignee-principal-type User ", "principalType: 'User'"},
		"a user somewhere": {"", "User", "", `--assignee-object-id "$(az ad signed-in-user show --query id --output tsv)" --assignee-principal-type User `, "principalId: 'PRINCIPAL_OBJECT_ID'"},
		"as it is told":    {oid, "", "the principal `" + other + "` lacks it", "--assignee-object-id " + other + " ", "principalId: '" + other + "'"},
		"no words":         {"$(reboot)", "$(reboot)", "", `"$(az ad sp show --id `, "principalType: 'ServicePrincipal'"},
	} {
		client := serve().client()
		client.PrincipalID, client.PrincipalType = c.id, c.kind
		p := problem(t, client.Explain("gpt", &ServiceError{Status: 401, Code: "PermissionDenied", Message: c.message}), c.want)
		contains(t, p.Code, c.code)
		if strings.Contains(p.Fix+p.Code, "reboot") {
			t.Errorf("%s: %s", name, p.Fix)
		}
	}
	client := serve().client()
	client.PrincipalID, client.PrincipalType = oid, "User"
	problem(t, client.Explain("gpt", &ServiceError{Status: 401, Code: moreClaims}), "az ad user show --id "+oid+" --query accountEnabled")
}

// What is known of a deployment is declared, and a wait that the service asks for told.
func TestQuota(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := serve(answer(429, "application/json", `{"error":{"code":"429","message":"no more"}}`, "Retry-After: 20"))
		c := f.client()
		c.Attempts, c.Deployed = 1, Deployed{Model: "gpt-4o-mini", Version: "2024-07-18", SKU: "DataZoneStandard", Capacity: 30}
		_, err := c.Ask(t.Context(), ask())
		p := problem(t, err, "fix: wait 20s, as the service asks; lower the load")
		contains(t, p.Code, "name: 'gpt-4o-mini'", "version: '2024-07-18'", "name: 'DataZoneStandard'", "capacity: 60 // now 30\n")
	})
	c := serve().client()
	p := problem(t, c.Explain("gpt", &ServiceError{Status: http.StatusTooManyRequests}), "fix: lower the load")
	contains(t, p.Code, "name: 'MODEL'", "name: 'GlobalStandard'", "capacity: MORE_")
	p = problem(t, c.Explain("gpt", &ServiceError{Message: "token_limit_exceeded: no"}), "hold as many tokens")
	contains(t, p.Code, "name: 'gpt'\n", "name: 'GlobalBatch'", "capacity: MORE_")
}

// A name that is found by its letters may have been made with others.
func TestLetterCase(t *testing.T) {
	t.Parallel()
	c := serve().client()
	const words = "whose letter case counts"
	problem(t, c.Explain("gpt", &ServiceError{Status: 404, Code: "DeploymentNotFound"}), words, "az cognitiveservices account list --query '[].[name,")
	for _, endpoint := range []string{"https://gw.example", "http://127.0.0.1"} { // there is no name to be written in another way
		gateway := serve().client()
		gateway.Endpoint = endpoint
		if err := gateway.Explain("gpt", &ServiceError{Status: 404, Code: "DeploymentNotFound"}); strings.Contains(err.Error(), words) {
			t.Error(err)
		}
	}
	c.ResourceID = "/subscriptions/" + oid + "/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/a"
	if err := c.Explain("gpt", &ServiceError{Status: 404, Code: "DeploymentNotFound"}); strings.Contains(err.Error(), words) {
		t.Error(err)
	}
}

// The firewall's refusal stands with those of its status.
func TestFirewallsNames(t *testing.T) {
	t.Parallel()
	for _, e := range Catalogue() {
		if strings.Contains(e.What, "firewall") && strings.Join(e.Names, ", ") != "HTTP 403, HTTP 401" {
			t.Errorf("%q is called %q", e.What, e.Names)
		}
	}
}
