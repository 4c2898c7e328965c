package migration_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/keyless-inference/action/emulator"
	"github.com/keyless-inference/action/hub"
	"github.com/keyless-inference/action/migration"
)

var sharedEmulatorKeys sync.Mutex // making keys is slow, and two at once starve the others

// A world is an emulator, and what it was asked for.
type world struct {
	url      string
	e        *emulator.Emulator
	mu       sync.Mutex
	requests []string
}

func newWorld(t *testing.T, cfg emulator.Config) *world {
	t.Helper()
	sharedEmulatorKeys.Lock()
	e, err := emulator.New(cfg)
	sharedEmulatorKeys.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{e: e}
	srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		w.requests = append(w.requests, r.Method+" "+r.URL.RequestURI())
		w.mu.Unlock()
		e.ServeHTTP(rw, r)
	}))
	t.Cleanup(srv.Close)
	w.url = srv.URL
	return w
}

func (w *world) api() hub.API {
	return hub.API{Base: w.url + "/api/v3", Token: emulator.APIToken, Attempts: 1}
}

// A job gets tokens of a scope, as a workflow's would.
type job struct {
	t     *testing.T
	url   string
	scope string // "": what is asked for
}

func (j job) GetToken(ctx context.Context, opts policy.TokenRequestOptions) (azcore.AccessToken, error) {
	id := answer[struct{ Value string }](j.t, ctx, "GET", j.url+"/_apis/pipelines/idtoken?api-version=2.0&audience="+url.QueryEscape(emulator.DefaultAudience), emulator.RequestToken, nil)
	access := answer[struct {
		Token string `json:"access_token"`
	}](j.t, ctx, "POST", j.url+"/"+emulator.DefaultTenant+"/oauth2/v2.0/token", "", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {emulator.DefaultClient}, "scope": {cmp.Or(j.scope, opts.Scopes[0])},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {id.Value},
	})
	return azcore.AccessToken{Token: access.Token, ExpiresOn: time.Now().Add(time.Hour)}, nil
}

func answer[T any](t *testing.T, ctx context.Context, method, address, bearer string, form url.Values) (out T) {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || json.Unmarshal(body, &out) != nil || resp.StatusCode != 200 {
		t.Fatalf("%s %s: %d %s %v", method, address, resp.StatusCode, body, err)
	}
	return out
}

func (w *world) azure(t *testing.T, change func(*migration.AzureConfig)) migration.Result {
	t.Helper()
	cfg := migration.AzureConfig{
		Endpoint: w.url, Management: w.url, Scope: "https://management.azure.com/.default", Credential: job{t: t, url: w.url}, Attempts: 1, Asked: true,
	}
	if change != nil {
		change(&cfg)
	}
	a, err := migration.NewAzure(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return a.Look(t.Context())
}

// show writes a result in lines: findings, then statuses.
func show(r migration.Result) string {
	var b strings.Builder
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "%s %s|%s|%s|%s\n", f.Rule, f.Severity, f.Repository, f.Message, f.Fix)
	}
	for _, s := range r.Statuses {
		fmt.Fprintf(&b, "%s: %s: %s\n", s.Name, s.State, s.Why)
	}
	return b.String()
}

func wantLines(t *testing.T, got string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains("\n"+got, "\n"+w) {
			t.Errorf("no line begins with %q in\n%s", w, got)
		}
	}
}

// everything is the permissions that all of GitHub's stores take.
var everything = []string{
	"actions=read", "secrets=read", "environments=read", "dependabot_secrets=read", "codespaces_secrets=write", "actions_variables=read",
	"organization_secrets=read", "organization_dependabot_secrets=read", "organization_codespaces_secrets=read",
}

// manyKeys is a list that takes three pages, with the only key at its end.
func manyKeys() (names []string) {
	for i := range 204 {
		names = append(names, fmt.Sprintf("SECRET_%03d", i))
	}
	return append(names, "AZURE_OPENAI_API_KEY")
}

func stocked() emulator.Config {
	return emulator.Config{
		Permissions: everything,
		Repositories: []emulator.Repository{
			{
				Name: "octo-org/octo-repo", Secrets: manyKeys(),
				DependabotSecrets: []string{"OPENAI_API_KEY", "NPM_TOKEN"}, CodespacesSecrets: []string{"AOAI_KEY"},
				Variables:    map[string]string{"AZURE_OPENAI_ENDPOINT": "https://x.openai.azure.com", "AZURE_OPENAI_KEY": "0123456789abcdef0123456789abcdef"},
				Environments: []emulator.Environment{{Name: "prod/eu 1", Secrets: []string{"OPENAI_KEY"}, Variables: map[string]string{"OPENAI_API_KEY": "short"}}, {Name: "test"}},
				Files:        map[string]string{"a/b.txt": "hello", "big.bin": strings.Repeat("x", 9<<20)},
			},
			{Name: "octo-org/second", Files: map[string]string{"c.txt": "second"}},
			{Name: "octo-org/empty"},
			{Name: "octo-org/old", Archived: true},
			{Name: "octo-org/fork", Fork: true},
			{Name: "other/x"},
		},
		Organizations: []emulator.Organization{{
			Name: "octo-org", Secrets: []string{"ORG_OPENAI_API_KEY"}, DependabotSecrets: []string{"ORG_AOAI_KEY"}, CodespacesSecrets: []string{"CI_GPT"}, Variables: map[string]string{"LEVEL": "high"},
		}},
	}
}

func TestGitHubStores(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stocked())
	names, err := migration.ParseNames("ci_*, NPM_?OKEN")
	if err != nil {
		t.Fatal(err)
	}
	g, err := migration.NewGitHub(migration.GitHubConfig{API: w.api(), Repository: "octo-org/octo-repo", Names: names, Asked: true})
	if err != nil {
		t.Fatal(err)
	}
	result := g.Look(t.Context())
	got := show(result)
	wantLines(t, got,
		"KL001 error||AZURE_OPENAI_API_KEY among the secrets of the repository has the name of a key (updated 2026-01-02)|gh secret delete AZURE_OPENAI_API_KEY --repo octo-org/octo-repo\n",
		"KL001 error||ORG_OPENAI_API_KEY among the secrets of the organization that the repository may read has the name of a key (updated 2026-01-02)|gh secret delete ORG_OPENAI_API_KEY --org octo-org\n",
		"KL001 error||OPENAI_API_KEY among the Dependabot secrets of the repository has the name of a key (updated 2026-01-02)|gh secret delete OPENAI_API_KEY --app dependabot --repo octo-org/octo-repo\n",
		"KL001 error||NPM_TOKEN among the Dependabot",
		"KL001 error||ORG_AOAI_KEY among the Dependabot secrets of the organization has the name of a key (updated 2026-01-02)|gh secret delete ORG_AOAI_KEY --app dependabot --org octo-org\n",
		"KL001 error||AOAI_KEY among the Codespaces secrets of the repository has the name of a key (updated 2026-01-02)|gh secret delete AOAI_KEY --app codespaces --repo octo-org/octo-repo\n",
		"KL001 error||CI_GPT among the Codespaces secrets of the organization has the name of a key (updated 2026-01-02)|gh secret delete CI_GPT --app codespaces --org octo-org\n",
		"KL002 error||AZURE_OPENAI_KEY among the variables of the repository ",
		"KL001 error||OPENAI_KEY among the secrets of the environment prod/eu 1 has the name of a key (updated 2026-01-02)|gh secret delete OPENAI_KEY --env 'prod/eu 1' --repo octo-org/octo-repo\n",
		"KL002 error||OPENAI_API_KEY among the variables of the environment prod/eu 1 has the name of a key (updated 2026-01-02)|gh variable delete OPENAI_API_KEY --env 'prod/eu 1' --repo octo-org/octo-repo; and regenerate",
		"GitHub: secrets of the repository: looked: 205 secrets\n",
		"GitHub: secrets of the organization that the repository may read: looked: 1 secret\n",
		"GitHub: variables of the environment test: looked: 0 variables\n",
		"GitHub: environments: looked: 2 environments\n",
	)
	if len(result.Findings) != 10 || len(result.Statuses) != 13 || strings.Contains(got, "89abcdef") {
		t.Errorf("%d findings, %d statuses:\n%s", len(result.Findings), len(result.Statuses), got)
	}
}

// The job's own token reads none of the stores, and each says what it takes.
func TestGitHubWithTheJobsToken(t *testing.T) {
	t.Parallel()
	cfg := stocked()
	cfg.Permissions = nil
	w := newWorld(t, cfg)
	g, err := migration.NewGitHub(migration.GitHubConfig{API: w.api(), Repository: "octo-org/octo-repo", Asked: true})
	if err != nil {
		t.Fatal(err)
	}
	result := g.Look(t.Context())
	got := show(result)
	wantLines(t, got,
		"GitHub: secrets of the repository: skipped: the token may not read it (HTTP 403: Resource not accessible by integration (https://docs.github.com/rest/actions)): it takes a token with Secrets: read (in actions/create-github-app-token: permission-secrets: read), or a classic token with the scope repo; the job's own GITHUB_TOKEN can't have it\n",
		"GitHub: Codespaces secrets of the repository: skipped: ",
		"GitHub: environments: skipped: ",
	)
	if len(result.Findings) != 0 || len(result.Statuses) != 9 || (migration.Report{Sources: result.Statuses}).Complete() {
		t.Error(got)
	}
}

func TestGitHubMissingRepository(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Config{})
	g, err := migration.NewGitHub(migration.GitHubConfig{API: w.api(), Repository: "octo-org/missing"})
	if err != nil {
		t.Fatal(err)
	}
	wantLines(t, show(g.Look(t.Context())), "GitHub: the repository octo-org/missing: skipped: there is nothing there that the token can see (HTTP 404)")
}

func TestOrganization(t *testing.T) {
	t.Parallel()
	w := newWorld(t, stocked())
	var mu sync.Mutex
	files := map[string]string{}
	o, err := migration.NewOrganization(migration.OrganizationConfig{API: w.api(), Name: "octo-org", Asked: true, Files: func(repository string) migration.Files {
		return migration.Files{
			File: func(name string, data []byte) {
				mu.Lock()
				defer mu.Unlock()
				files[repository+":"+name] = string(data)
			},
			Done: func() migration.Result {
				return migration.Result{Findings: []migration.Finding{{Rule: "KL301", File: "x"}}}
			},
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	result := o.Look(t.Context())
	got := show(result)
	wantLines(t, got,
		"KL001 error|octo-org|ORG_OPENAI_API_KEY among the secrets of the organization that the repository may read has the name of a key (updated 2026-01-02); 3 repositories may read it|",
		"KL001 error|octo-org|ORG_AOAI_KEY among the Dependabot secrets of the organization",
		"KL001 error|octo-org/octo-repo|AZURE_OPENAI_API_KEY among",
		"GitHub: repositories of octo-org: looked: 3 repositories; 1 archived and 1 fork left out\n",
		"octo-org/octo-repo: tree: looked: 1 file\n",
		"octo-org/octo-repo: tree: large files: skipped: longer than 8.0 MiB and not read: ",
		"octo-org/second: tree: looked: 1 file\n",
		"octo-org/empty: tree: looked: the repository is empty\n",
		"octo-org/second: GitHub: secrets of the repository: looked: 0 secrets\n",
	)
	if want := map[string]string{"octo-org/octo-repo:a/b.txt": "hello", "octo-org/second:c.txt": "second"}; !maps.Equal(files, want) {
		t.Errorf("%v", files)
	}
	if n := strings.Count(got, "ORG_OPENAI_API_KEY among"); n != 1 {
		t.Errorf("told %d times", n)
	}
}

func TestAzureAsItShouldBe(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Config{})
	result := w.azure(t, nil)
	got := show(result)
	wantLines(t, got,
		"Azure: account keyless-emulator: looked: disableLocalAuth and the custom subdomain\n",
		"Azure: roles of the identity on keyless-emulator: looked: 1 role assignment\n",
		"Azure: activity log of keyless-emulator: skipped: the identity may not read it (HTTP 403 AuthorizationFailed: The client ",
	)
	if len(result.Findings) != 0 || len(result.Statuses) != 3 || !strings.Contains(got, "Microsoft.Insights/eventtypes/values/read, which the roles Reader and Monitoring Reader") {
		t.Error(got)
	}
	w.onlyReads(t)
}

// onlyReads asserts that nothing but GET went to Azure, and listKeys nowhere.
func (w *world) onlyReads(t *testing.T) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range w.requests {
		if !strings.HasPrefix(r, "GET ") && !strings.Contains(r, "/oauth2/") || strings.Contains(strings.ToLower(r), "listkeys") {
			t.Error(r)
		}
	}
}

func TestAzureAsItShouldNotBe(t *testing.T) {
	t.Parallel()
	off := false
	w := newWorld(t, emulator.Config{Accounts: []emulator.Account{
		{
			Name: "bad", DisableLocalAuth: &off,
			Roles:      []emulator.RoleAssignment{{Role: "Contributor", Scope: "subscription"}, {Role: "Reader", Scope: "subscription"}, {Role: "Cognitive Services User"}, {Role: "Cognitive Services OpenAI User", Scope: "group"}},
			KeysListed: []emulator.KeysListed{{Days: 3, Caller: "mona@example.com"}, {Days: 30, Caller: "cccccccc-cccc-4ccc-8ccc-cccccccccccc"}},
		},
		{Name: "elsewhere", Subdomain: "elsewhere", Endpoint: "https://elsewhere.openai.azure.com/"},
		{Name: "absent", Subdomain: "absent", Endpoint: "https://absent.openai.azure.com/"},
		{Name: "speech", Kind: "SpeechServices", Endpoint: "https://speech.example/"},
		{Name: "a5", Subdomain: "a5", Endpoint: "https://a5.example/"},
		{Name: "a6", Subdomain: "a6", Kind: "AIServices", Endpoint: "https://a6.example/"},
	}})
	result := w.azure(t, nil)
	got := show(result)
	wantLines(t, got,
		"KL601 error||the account bad takes keys: disableLocalAuth is not true|az resource update --ids /subscriptions/"+emulator.DefaultSubscription+"/resourceGroups/ai/providers/Microsoft.CognitiveServices/accounts/bad --set properties.disableLocalAuth=true\n",
		"KL604 error||the account bad has no custom subdomain",
		"KL602 warning||the role Contributor holds for all of the subscription "+emulator.DefaultSubscription+", not only for the account bad|",
		"KL603 error||with the role Contributor at the subscription",
		"KL603 error||with the role Cognitive Services User at bad the identity may list or regenerate the keys of the account bad|",
		"KL602 warning||the role Cognitive Services OpenAI User holds for all of the resource group ai,",
		"KL605 warning||the keys of the account bad were listed in the last 90 days: 2 times, the last on ",
		"Azure: activity log of bad: looked: the last 90 days\n",
	)
	if len(result.Findings) != 7 || strings.Contains(got, "mona") || !strings.Contains(got, "by a person, the application cccccccc") {
		t.Error(got)
	}
	all := show(w.azure(t, func(c *migration.AzureConfig) { c.Endpoint, c.Subscription = "", emulator.DefaultSubscription }))
	wantLines(t, all, "Azure: account absent: looked", "Azure: account a6: looked", "KL601 error||the account absent takes keys")
	if strings.Contains(all, "speech") {
		t.Error(all)
	}
	w.onlyReads(t)
}

// Who has a role at the account alone finds it through the list of resources.
func TestAzureFindsWithARoleAtTheAccount(t *testing.T) {
	t.Parallel()
	on := true
	user := []emulator.RoleAssignment{{Role: "Cognitive Services OpenAI User"}}
	w := newWorld(t, emulator.Config{Accounts: []emulator.Account{
		{Name: "one", Subdomain: "one", Endpoint: "https://one.openai.azure.com/", DisableLocalAuth: &on, Roles: user},
		{Name: "two", Subdomain: "two", DisableLocalAuth: &on, Roles: user, Subscription: "99999999-8888-4777-8666-000000000002"},
		{Name: "hidden", Subdomain: "hidden", Endpoint: "https://hidden.openai.azure.com/"},
	}})
	for endpoint, want := range map[string]string{
		"https://one.openai.azure.com/openai/v1": "Azure: account one: looked",
		"https://ONE.services.ai.azure.com":      "Azure: account one: looked",
		w.url:                                    "Azure: account two: looked",
		"https://hidden.openai.azure.com":        "Azure: account at hidden.openai.azure.com: skipped: no account that the identity can see, in 2 subscriptions, answers there",
	} {
		got := show(w.azure(t, func(c *migration.AzureConfig) { c.Endpoint = endpoint }))
		wantLines(t, got, want)
	}
}

func TestAzureRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Config{})
	for fault, want := range map[string]string{
		"401":        "Azure: subscriptions: failed: Azure Resource Manager does not accept the token (HTTP 401 InvalidAuthenticationToken",
		"403":        "Azure: subscriptions: skipped: the identity may not read it (HTTP 403 AuthorizationFailed",
		"404":        "Azure: subscriptions: skipped: it is not there",
		"429":        "Azure: subscriptions: failed: listing the subscriptions: HTTP 429 SubscriptionRequestsThrottled",
		"503":        "Azure: subscriptions: failed: listing the subscriptions: HTTP 503\n",
		"garbage":    "Azure: subscriptions: failed: listing the subscriptions: what 127.0.0.1:",
		"redirect":   "Azure: subscriptions: failed: listing the subscriptions: HTTP 307\n",
		"reset":      "Azure: subscriptions: failed: listing the subscriptions: there is no answer from 127.0.0.1:",
		"other-host": "Azure: subscriptions: failed: listing the subscriptions: the list's next page is on another host, and the token is not sent there\n",
	} {
		if err := w.e.Fault("management", fault); err != nil {
			t.Fatal(err)
		}
		result := w.azure(t, nil)
		wantLines(t, show(result), want)
		if (migration.Report{Sources: result.Statuses}).Complete() {
			t.Errorf("%s: it counts as looked at", fault)
		}
	}
	got := show(w.azure(t, func(c *migration.AzureConfig) {
		c.Credential = job{t, w.url, "https://cognitiveservices.azure.com/.default"}
	}))
	wantLines(t, got, "Azure: subscriptions: failed: Azure Resource Manager does not accept the token (HTTP 401 InvalidAuthenticationTokenAudience")
}
