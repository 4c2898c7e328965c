package account_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/keyless-inference/action/account"
	"github.com/keyless-inference/action/emulator"
)

// A job gets tokens of the emulator's, as a workflow's would.
type job struct {
	t   *testing.T
	url string
}

func (j job) GetToken(ctx context.Context, opts policy.TokenRequestOptions) (azcore.AccessToken, error) {
	id := j.ask(ctx, "GET", "/_apis/pipelines/idtoken?api-version=2.0&audience="+url.QueryEscape(emulator.DefaultAudience), nil)
	access := j.ask(ctx, "POST", "/"+emulator.DefaultTenant+"/oauth2/v2.0/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {emulator.DefaultClient}, "scope": opts.Scopes,
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {id["value"].(string)},
	})
	return azcore.AccessToken{Token: access["access_token"].(string), ExpiresOn: time.Now().Add(time.Hour)}, nil
}

func (j job) ask(ctx context.Context, method, path string, form url.Values) (out map[string]any) {
	j.t.Helper()
	r, err := http.NewRequestWithContext(ctx, method, j.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		j.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Authorization", "Bearer "+emulator.RequestToken)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		j.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || json.Unmarshal(body, &out) != nil || resp.StatusCode != http.StatusOK {
		j.t.Fatalf("%s %s: %d %s %v", method, path, resp.StatusCode, body, err)
	}
	return out
}

func listen(t *testing.T, cfg emulator.Config) (*emulator.Emulator, *account.Client, string) {
	t.Helper()
	e, err := emulator.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(e)
	t.Cleanup(s.Close)
	c, err := account.New(account.Config{Management: s.URL, Scope: "https://management.azure.com/.default", Credential: job{t, s.URL}, Attempts: 1})
	if err != nil {
		t.Fatal(err)
	}
	return e, c, s.URL
}

// With a role at its account alone, an identity finds it, and reads all of it but
// the activity log and the region.
func TestWithTheNarrowestRole(t *testing.T) {
	t.Parallel()
	e, c, address := listen(t, emulator.Config{})
	found, err := c.Find(t.Context(), address, "")
	if err != nil || len(found) != 1 || !found[0].DisableLocalAuth || found[0].Subdomain == "" || found[0].Subscription != emulator.DefaultSubscription {
		t.Fatalf("%+v, %v", found, err)
	}
	a := found[0]
	deployments, err := c.Deployments(t.Context(), a)
	models, modelsErr := c.Models(t.Context(), a)
	if err != nil || modelsErr != nil || len(deployments) == 0 || len(models) == 0 {
		t.Fatalf("%+v, %v; %d models, %v", deployments, err, len(models), modelsErr)
	}
	account.Retire(deployments, models)
	for _, d := range deployments {
		if d.Model == "" || d.SKU == "" || d.Capacity == 0 || d.State != "Succeeded" || len(d.Names()) == 0 || d.Retires.IsZero() {
			t.Errorf("%+v", d)
		}
	}
	principal, err := c.Principal(t.Context())
	roles, rolesErr := c.Roles(t.Context(), a, principal)
	if err != nil || rolesErr != nil || len(roles) != 1 || roles[0].Name != account.UserRole || roles[0].Scope != a.ID ||
		!roles[0].AllowsData("Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action") || roles[0].Allows("Microsoft.CognitiveServices/accounts/listKeys/action") {
		t.Errorf("%+v, %v, %v", roles, err, rolesErr)
	}
	_, activityErr := c.Activity(t.Context(), a)
	_, regionErr := c.Available(t.Context(), a)
	for _, err := range []error{activityErr, regionErr} {
		var r *account.Refusal
		if !errors.As(err, &r) || r.Status != http.StatusForbidden || r.Code != "AuthorizationFailed" {
			t.Errorf("%v", err)
		}
	}
	if err := e.Fault("management", "redirect"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Deployments(t.Context(), a); err == nil || err.Error() != "listing the deployments: HTTP 307" {
		t.Error(err)
	}
}

// A reader of the subscription sees what the region offers.
func TestAvailableToAReader(t *testing.T) {
	t.Parallel()
	_, c, _ := listen(t, emulator.Config{Accounts: []emulator.Account{{Name: "a", Roles: []emulator.RoleAssignment{{Role: "Reader", Scope: "subscription"}}}}})
	found, err := c.Find(t.Context(), "", emulator.DefaultSubscription)
	if err != nil || len(found) != 1 {
		t.Fatalf("%+v, %v", found, err)
	}
	models, err := c.Available(t.Context(), found[0])
	if err != nil || len(models) == 0 {
		t.Fatalf("%+v, %v", models, err)
	}
	for _, m := range models {
		if m.Name == "" || m.Version == "" || len(m.SKUs) == 0 || m.Lifecycle == "" {
			t.Errorf("%+v", m)
		}
	}
}
