package emulator

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	armcognitive "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/cognitiveservices/armcognitiveservices"
)

// armFactory makes Microsoft's own clients of the control plane.
func armFactory(t *testing.T, cfg Config) *armcognitive.ClientFactory {
	t.Helper()
	e, cred := credential(t, cfg)
	srv := httptest.NewTLSServer(e)
	t.Cleanup(srv.Close)
	options := &arm.ClientOptions{ClientOptions: policy.ClientOptions{
		Transport: srv.Client(), Retry: policy.RetryOptions{MaxRetries: -1},
		Cloud: cloud.Configuration{Services: map[cloud.ServiceName]cloud.ServiceConfiguration{
			cloud.ResourceManager: {Endpoint: srv.URL, Audience: "https://management.azure.com"},
		}},
	}, DisableRPRegistration: true}
	f, err := armcognitive.NewClientFactory(DefaultSubscription, cred, options)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// all is every item of a list, page by page.
func all[P, T any](t *testing.T, pager *runtime.Pager[P], items func(P) []*T) (found []*T) {
	t.Helper()
	for pager.More() {
		page, err := pager.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, items(page)...)
	}
	return found
}

func TestControlPlane(t *testing.T) {
	t.Parallel()
	cfg, err := readResource(`
deployments:
- {name: my-mini, model: gpt-4o-mini, version: 2024-07-18, tpm: 30000, rpm: 300}
- {name: jobs, model: gpt-4o-mini, version: 2024-07-18, sku: GlobalBatch}
- {name: own, model: fine-tuned}
- {name: deep, model: gpt-5, version: 2025-08-07, kind: reasoning}
- {name: e, model: text-embedding-3-small, kind: embeddings}
- {name: f, model: text-embedding-3-large, kind: embeddings}
accounts:
- {name: here, subdomain: here, public-network-access: Disabled, network-acls: {default-action: Deny, ip-rules: [203.0.113.7]}, roles: [{role: Reader, scope: subscription}]}
- {name: there, subdomain: there, group: other, kind: AIServices, endpoint: https://there.openai.azure.com/}
`)
	if err != nil {
		t.Fatal(err)
	}
	f := armFactory(t, cfg)
	accounts := all(t, f.NewAccountsClient().NewListPager(nil), func(p armcognitive.AccountsClientListResponse) []*armcognitive.Account { return p.Value })
	inGroup := all(t, f.NewAccountsClient().NewListByResourceGroupPager("other", nil), func(p armcognitive.AccountsClientListByResourceGroupResponse) []*armcognitive.Account {
		return p.Value
	})
	if len(accounts) != 2 || len(inGroup) != 1 || *inGroup[0].Name != "there" || *inGroup[0].Kind != "AIServices" {
		t.Errorf("%d accounts, %d in the group", len(accounts), len(inGroup))
	}
	here, err := f.NewAccountsClient().Get(t.Context(), "ai", "here", nil)
	if err != nil {
		t.Fatal(err)
	}
	if p := here.Properties; *p.PublicNetworkAccess != "Disabled" || *p.NetworkACLs.DefaultAction != "Deny" || *p.NetworkACLs.IPRules[0].Value != "203.0.113.7" || *here.Location != "eastus2" {
		t.Errorf("%+v", p)
	}
	deployments := all(t, f.NewDeploymentsClient().NewListPager("ai", "here", nil), func(p armcognitive.DeploymentsClientListResponse) []*armcognitive.Deployment { return p.Value })
	if len(deployments) != 6 {
		t.Fatalf("%d deployments", len(deployments))
	}
	first := deployments[0]
	if p := first.Properties; *first.Name != "my-mini" || *first.SKU.Name != "GlobalStandard" || *first.SKU.Capacity != 30 || *p.Model.Name != "gpt-4o-mini" || *p.Model.Version != "2024-07-18" || *p.Model.Format != "OpenAI" ||
		*p.ProvisioningState != "Succeeded" || *p.Capabilities["chatCompletion"] != "true" || *p.RateLimits[0].Key != "request" || *p.RateLimits[0].Count != 300 || *p.RateLimits[1].Count != 30000 {
		t.Errorf("%+v %+v", first, p)
	}
	if p := deployments[1]; *p.SKU.Name != "GlobalBatch" || p.Properties.RateLimits != nil {
		t.Errorf("%+v", p)
	}
	if one, err := f.NewDeploymentsClient().Get(t.Context(), "ai", "here", "deep", nil); err != nil || *one.Properties.Model.Name != "gpt-5" {
		t.Errorf("%v", err)
	}
	if _, err := f.NewDeploymentsClient().Get(t.Context(), "ai", "here", "none", nil); err == nil || !strings.Contains(err.Error(), "ResourceNotFound") {
		t.Errorf("%v", err)
	}
	if elsewhere := all(t, f.NewDeploymentsClient().NewListPager("other", "there", nil), func(p armcognitive.DeploymentsClientListResponse) []*armcognitive.Deployment { return p.Value }); len(elsewhere) > 0 {
		t.Errorf("%d deployments elsewhere", len(elsewhere))
	}
	models := all(t, f.NewAccountsClient().NewListModelsPager("ai", "here", nil), func(p armcognitive.AccountsClientListModelsResponse) []*armcognitive.AccountModel { return p.Value })
	i := slices.IndexFunc(models, func(m *armcognitive.AccountModel) bool { return *m.Name == "fine-tuned" && *m.Version == "1" })
	if len(models) != len(offers)+1 || i < 0 {
		t.Fatalf("%d models", len(models))
	}
	if m := models[0]; *m.LifecycleStatus != "GenerallyAvailable" || *m.Deprecation.Inference != "2027-03-31T00:00:00Z" || *m.SKUs[1].Name != "GlobalStandard" || m.SKUs[1].DeprecationDate.Year() != 2027 || *m.SKUs[0].Capacity.Maximum != 1000 {
		t.Errorf("%+v", m)
	}
	for location, want := range map[string]int{"eastus2": len(models), "EastUS2": len(models), "westus": 0} {
		got := all(t, f.NewModelsClient().NewListPager(location, nil), func(p armcognitive.ModelsClientListResponse) []*armcognitive.Model { return p.Value })
		if len(got) != want || want > 0 && *got[0].Model.Name != "gpt-4o-mini" {
			t.Errorf("%s: %d models", location, len(got))
		}
	}
}

// The role at the account alone does not reach the region, and no role nothing.
func TestControlPlaneRefused(t *testing.T) {
	t.Parallel()
	f := armFactory(t, Config{})
	if got := all(t, f.NewDeploymentsClient().NewListPager("ai", "keyless-emulator", nil), func(p armcognitive.DeploymentsClientListResponse) []*armcognitive.Deployment { return p.Value }); len(got) != len(DefaultDeployments()) {
		t.Errorf("%d deployments", len(got))
	}
	if _, err := f.NewModelsClient().NewListPager("eastus2", nil).NextPage(t.Context()); err == nil || !strings.Contains(err.Error(), "locations/models/read") {
		t.Errorf("%v", err)
	}
	f = armFactory(t, account(t, "roles: []"))
	if _, err := f.NewDeploymentsClient().NewListPager("ai", "mine", nil).NextPage(t.Context()); err == nil || !strings.Contains(err.Error(), "AuthorizationFailed") {
		t.Errorf("%v", err)
	}
}
