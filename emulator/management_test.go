package emulator

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"
)

const managementScope = "https://management.azure.com"

// manager asks Azure Resource Manager of an emulator.
func manager(t *testing.T, cfg Config) (e *Emulator, get func(path, version, filter string) (int, string)) {
	t.Helper()
	e, address := listen(t, cfg)
	token := accessFor(t, e, managementScope)
	return e, func(path, version, filter string) (int, string) {
		query := url.Values{"api-version": {version}}
		if filter != "" {
			query.Set("$filter", filter)
		}
		if version == "" {
			query.Del("api-version")
		}
		return ask(t, "GET", address+path+"?"+query.Encode(), token)
	}
}

func TestManagementTokens(t *testing.T) {
	t.Parallel()
	e, address := listen(t, Config{})
	for _, c := range []struct{ token, want string }{
		{"", "AuthenticationFailed"},
		{"eyJ", "InvalidAuthenticationToken"},
		{accessFor(t, e, "https://cognitiveservices.azure.com"), "InvalidAuthenticationTokenAudience"},
		{accessFor(t, e, managementScope+"/"), `"subscriptionId"`},
		{accessFor(t, e, "https://management.core.windows.net/"), `"subscriptionId"`},
	} {
		status, body := ask(t, "GET", address+"/subscriptions?api-version=2022-12-01", c.token)
		if !strings.Contains(body, c.want) || (status == 200) != strings.Contains(c.want, "subscription") {
			t.Errorf("%d %s, want %s", status, body, c.want)
		}
	}
}

func TestManagement(t *testing.T) {
	t.Parallel()
	_, get := manager(t, Config{})
	sub := "/subscriptions/" + DefaultSubscription
	account := sub + "/resourceGroups/ai/providers/Microsoft.CognitiveServices/accounts/keyless-emulator"
	ago := func(days int) string {
		return fmt.Sprintf("eventTimestamp ge '%s' and eventTimestamp le '%s' and resourceUri eq '%s'",
			time.Now().AddDate(0, 0, -days).UTC().Format(time.RFC3339), time.Now().UTC().Format(time.RFC3339), account)
	}
	const log, mine = "/providers/Microsoft.Insights/eventtypes/management/values", "atScope() and assignedTo('" + principalID + "')"
	for _, c := range []struct {
		path, version, filter string
		status                int
		want                  string
	}{
		{"/subscriptions", "2022-12-01", "", 200, DefaultSubscription},
		{"/subscriptions", "", "", 400, "MissingApiVersionParameter"},
		{"/subscriptions", "2000-01-01", "", 400, "2022-12-01"},
		{sub + "/nothing", "2022-12-01", "", 404, "InvalidResourceType"},
		{sub + "/providers/Microsoft.CognitiveServices/accounts", "2024-10-01", "", 403, "AuthorizationFailed"},
		{sub + "/resources", "2021-04-01", "", 200, account},
		{account, "2024-10-01", "", 200, `"disableLocalAuth":true`},
		{"/subscriptions/" + strings.ToUpper(strings.TrimPrefix(account, "/subscriptions/")), "2024-10-01", "", 200, `"customSubDomainName":"keyless-emulator"`},
		{account + "x", "2024-10-01", "", 403, "accounts/read"},
		{account + "/providers/Microsoft.Authorization/roleAssignments", "2022-04-01", mine, 200, "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd"},
		{account + "/providers/Microsoft.Authorization/roleAssignments", "2022-04-01", "principalId eq '" + principalID + "'", 200, "5e0bd9bd"},
		{account + "/providers/Microsoft.Authorization/roleAssignments", "2022-04-01", "atScope() and assignedTo('" + DefaultUserID + "')", 200, `"principalId":"` + DefaultUserID + `","principalType":"User"`},
		{account + "/providers/Microsoft.Authorization/roleAssignments", "2022-04-01", "assignedTo('x')", 200, `{"value":[]}`},
		{sub + "/providers/Microsoft.Authorization/roleDefinitions/5e0bd9bd-7b93-4f28-af87-19fc36ad61bd", "2022-04-01", "", 200, "Cognitive Services OpenAI User"},
		{"/providers/Microsoft.Authorization/roleDefinitions/none", "2022-04-01", "", 404, "ResourceNotFound"},
		{sub + log, "2015-04-01", ago(1), 403, "Microsoft.Insights/eventtypes/values/read"},
		{sub + log, "2015-04-01", ago(91), 400, "90 days"},
		{sub + log, "2015-04-01", "", 400, "$filter"},
	} {
		if status, body := get(c.path, c.version, c.filter); status != c.status || !strings.Contains(body, c.want) {
			t.Errorf("%s %s: %d %s, want %d %s", c.path, c.filter, status, body, c.status, c.want)
		}
	}
}

// A list has pages, and who may read the subscription sees all accounts.
func TestManagementPages(t *testing.T) {
	t.Parallel()
	var cfg Config
	for i := range 12 {
		cfg.Accounts = append(cfg.Accounts, Account{Name: fmt.Sprint("a", i), Roles: []RoleAssignment{{Role: "Reader", Scope: "subscription"}}, KeysListed: []KeysListed{{Days: 3, Caller: "mona@example.com"}}})
	}
	e, address := listen(t, cfg)
	token := accessFor(t, e, managementScope)
	next, pages, accounts := address+"/subscriptions/"+DefaultSubscription+"/providers/Microsoft.CognitiveServices/accounts?api-version=2024-10-01", 0, 0
	for ; next != ""; pages++ {
		_, body := ask(t, "GET", next, token)
		page := decode[struct {
			Value    []object
			NextLink string
		}](t, body)
		accounts, next = accounts+len(page.Value), page.NextLink
	}
	if pages != 3 || accounts != 12 {
		t.Errorf("%d accounts on %d pages", accounts, pages)
	}
}

// Keys can't be listed here.
func TestManagementListsNoKeys(t *testing.T) {
	t.Parallel()
	e, address := listen(t, Config{})
	status, body := ask(t, "POST", address+"/subscriptions/"+DefaultSubscription+"/resourceGroups/ai/providers/Microsoft.CognitiveServices/accounts/keyless-emulator/listKeys?api-version=2024-10-01", accessFor(t, e, managementScope))
	if status < 400 {
		t.Errorf("%d %s", status, body)
	}
}

func TestReadWorld(t *testing.T) {
	t.Parallel()
	cfg, err := readResource(`
permissions: [secrets=read]
repositories:
- name: o/r
  archived: true
  secrets: [A]
  variables: {V: x}
  environments: [{name: e, secrets: [B]}]
  files: {a.txt: hello}
organizations: [{name: o, dependabot-secrets: [C]}]
accounts:
- name: mine
  disable-local-auth: false
  roles: [{role: Reader, scope: subscription}]
  keys-listed: [{days: 2, caller: x}]
`)
	if err != nil || cfg.Permissions[0] != "secrets=read" || !cfg.Repositories[0].Archived || cfg.Repositories[0].Environments[0].Secrets[0] != "B" || cfg.Repositories[0].Files["a.txt"] != "hello" ||
		cfg.Organizations[0].DependabotSecrets[0] != "C" || *cfg.Accounts[0].DisableLocalAuth || cfg.Accounts[0].Roles[0].Scope != "subscription" || cfg.Accounts[0].KeysListed[0].Days != 2 {
		t.Errorf("%+v, %v", cfg, err)
	}
	for text, want := range map[string]string{
		"repositories: [{secrets: [A]}]":                                 "a name is missing",
		"accounts: [{name: x, key: y}]":                                  "unknown field",
		"accounts: [{name: x, public-network-access: no}]":               "public-network-access is Enabled or Disabled",
		"accounts: [{name: x, network-acls: {default-action: Refuse}}]":  "default-action is Allow or Deny, not \"Refuse\"",
		"accounts: [{name: x, network-acls: {ip-rules: [10.0.0.0/33]}}]": `"10.0.0.0/33" is no address`,
		"federated-credentials: [{subjekt: x}]":                          "unknown field",
		"oidc: {use-immutable: true}":                                    "unknown field",
		"accounts: [{name: x, roles: [{role: King}]}]":                   `there is no role "King", but Azure AI User, Cognitive Services Contributor,`,
	} {
		if _, err := readResource(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
