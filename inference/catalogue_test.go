package inference

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// leftover is a placeholder that nothing was put in place of.
var leftover = regexp.MustCompile(`\{[a-z]+\}`)

func TestCatalogue(t *testing.T) {
	t.Parallel()
	all := Catalogue()
	if len(all) != len(causes) || len(all) < 25 {
		t.Fatalf("%d entries", len(all))
	}
	for _, e := range all {
		text := e.What + e.Why + e.Fix + e.Code
		if e.What == "" || e.Why == "" || e.Fix == "" || e.Names[0] == "" || leftover.MatchString(text) || leftover.MatchString(e.Says) {
			t.Errorf("a part is missing or a placeholder was left: %+v", e)
		}
		if !strings.HasPrefix(e.Page, "https://learn.microsoft.com/") {
			t.Errorf("%s: the page is %q", e.Names, e.Page)
		}
		if e.Code != "" && !strings.HasPrefix(e.Code, "resource account '") && !strings.HasPrefix(e.Code, "// among the properties of the account") && !strings.HasPrefix(e.Code, "- uses: ") {
			t.Errorf("%s: the code is neither Bicep nor a step: %s", e.Names, e.Code)
		}
	}
}

// What a row says is what its row fits: nothing before it takes its words.
func TestCausesAreReached(t *testing.T) {
	t.Parallel()
	for i, c := range causes {
		for says := range strings.SplitSeq(c.says, "\n") {
			e := &ServiceError{Status: c.status, Code: c.code, Message: says}
			if c.status < 10 && c.status > 0 {
				e.Status = c.status*100 + 3
			}
			first := slices.IndexFunc(causes, func(c cause) bool { return c.fits(e, causes[i].api) })
			if c.says != "" && first != i {
				t.Errorf("%s (%q) is told as %q, not as %q", c.name(), says, causes[first].what, c.what)
			}
		}
	}
}

// The code of a problem has the values of its run in it, and nothing foreign.
func TestDeclared(t *testing.T) {
	t.Parallel()
	body := "{\"error\":{\"code\":\"PermissionDenied\",\"message\":\"The principal `" + oid + "` lacks the required data action `Microsoft.CognitiveServices/accounts/OpenAI/x`\"}}"
	_, err := serve(refusal(401, body)).client().Ask(t.Context(), ask())
	p := problem(t, err, "no role")
	contains(t, p.Code, "name: 'contoso'", "principalId: '"+oid+"'", "scope: account", "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd")
	if p.Page != pageRoles {
		t.Errorf("the page is %s", p.Page)
	}
	_, err = serve(refusal(401, strings.Replace(body, "accounts/OpenAI/", "accounts/AIServices/", 1))).client().Ask(t.Context(), ask())
	contains(t, problem(t, err, "Foundry").Fix, `--role "Azure AI User" --assignee-object-id `+oid)
	q := ask()
	q.Deployment = "it's'; }"
	f := serve(refusal(404, `{"error":{"code":"DeploymentNotFound","message":"no"}}`))
	c := f.client()
	c.Endpoint = "https://gw.example"
	_, err = c.Ask(t.Context(), q)
	p = problem(t, err, "no deployment of that name")
	contains(t, p.Code, "name: 'RESOURCE'", "name: 'DEPLOYMENT'")
}

func TestExplain(t *testing.T) {
	t.Parallel()
	c := serve().client()
	told := &ServiceError{Status: 401, Code: "PermissionDenied", Message: "no role for the principal " + oid}
	p := problem(t, c.Explain("gpt", told), "asking gpt at contoso.openai.azure.com: the identity has no role on the resource (HTTP 401, PermissionDenied)")
	contains(t, p.Fix, "--assignee-object-id "+oid)
	problem(t, c.Explain("gpt", &ServiceError{Status: 400, Code: "OperationNotSupported"}), "set `api: responses`", "or set `api: chat`", "a task with `embeddings:`", "`mode: batch`")
	c.Endpoint = "https://api.openai.com"
	if err := c.Explain("gpt", told); err == nil || !strings.Contains(err.Error(), "the endpoint") {
		t.Errorf("got %v", err)
	}
}

// Where the account is known, the commands name it.
func TestCommandsNameTheAccount(t *testing.T) {
	t.Parallel()
	const id = "/subscriptions/99999999-8888-4777-8666-555555555555/resourceGroups/ai.eu/providers/Microsoft.CognitiveServices/accounts/kiosk"
	for given, want := range map[string][3]string{
		id:                        {"--scope " + id, "--name kiosk --resource-group ai.eu --subscription 99999999-8888-4777-8666-555555555555 --output table", "name: 'kiosk'"},
		id + "$(reboot)":          {`--scope "$(az cognitiveservices account list`, "--name contoso --resource-group \"$(", "name: 'contoso'"},
		"/subscriptions/x; y/z/a": {`--scope "$(az cognitiveservices account list`, "--name contoso", "name: 'contoso'"},
	} {
		c := serve().client()
		c.ResourceID = given
		role := problem(t, c.Explain("gpt", &ServiceError{Status: 401, Code: "PermissionDenied"}))
		names := problem(t, c.Explain("gpt", &ServiceError{Status: 404, Code: "DeploymentNotFound"}))
		contains(t, role.Fix, want[0])
		contains(t, names.Fix, want[1])
		contains(t, role.Code, want[2])
		if strings.Contains(role.Fix+names.Fix+role.Code, "reboot") {
			t.Errorf("%s: %s", given, role.Fix)
		}
	}
}
