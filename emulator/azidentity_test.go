package emulator

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// credential is Microsoft's own client, talking to e over TLS.
func credential(t *testing.T, cfg Config) (*Emulator, azcore.TokenCredential) {
	t.Helper()
	e := fresh(t, cfg)
	srv := httptest.NewTLSServer(e)
	t.Cleanup(srv.Close)
	cred, err := azidentity.NewClientAssertionCredential(DefaultTenant, DefaultClient, func(context.Context) (string, error) {
		return sign(e.github, e.idClaims(srv.URL+"/_services/token", DefaultAudience))
	}, &azidentity.ClientAssertionCredentialOptions{
		ClientOptions: policy.ClientOptions{
			Cloud:     cloud.Configuration{ActiveDirectoryAuthorityHost: srv.URL},
			Transport: srv.Client(),
			Retry:     policy.RetryOptions{MaxRetries: -1},
		},
		DisableInstanceDiscovery: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	return e, cred
}

func TestAzidentity(t *testing.T) {
	t.Parallel()
	e, cred := credential(t, Config{AccessTokenLife: 3 * time.Hour})
	options := policy.TokenRequestOptions{Scopes: []string{"https://ai.azure.com/.default"}}
	var first azcore.AccessToken
	for range 2 {
		token, err := cred.GetToken(t.Context(), options)
		if err != nil {
			t.Fatal(err)
		}
		if first.Token == "" {
			first = token
		}
		if token.Token != first.Token {
			t.Error("the token was not taken from the cache")
		}
	}
	if left := time.Until(first.ExpiresOn); left < 179*time.Minute || left > 180*time.Minute {
		t.Errorf("expires in %s", left)
	}
	if left := time.Until(first.RefreshOn); left < 89*time.Minute || left > 90*time.Minute {
		t.Errorf("refresh in %s", left)
	}
	r := httptest.NewRequest("POST", "/", nil)
	r.Header.Set("Authorization", "Bearer "+first.Token)
	if _, err := e.verifyAccess(r, audiences); err != nil {
		t.Error(err)
	}
}

func TestAzidentityRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		cfg    Config
		fault  string
		status int
		want   string
	}{
		{Config{FederatedSubject: "repo:o/r:pull_request"}, "", 401, "AADSTS700213"},
		{Config{Client: "99999999-2222-4333-8444-555555555555"}, "", 400, "AADSTS700016"},
		{Config{}, "AADSTS53003", 400, "AADSTS53003"},
		{Config{}, "AADSTS90033", 503, "AADSTS90033"},
		{Config{}, "empty", 0, ""},
		{Config{}, "garbage", 0, "expires_in"},
		{Config{}, "reset", 0, `Post "https://`}, // then EOF or a closed connection, as it happens
	} {
		e, cred := credential(t, c.cfg)
		if c.fault != "" {
			fail(t, e, "entra", c.fault)
		}
		_, err := cred.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{"https://ai.azure.com/.default"}})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v %s: %v, want %s", c.cfg, c.fault, err, c.want)
			continue
		}
		if c.status != 0 && !strings.Contains(err.Error(), fmt.Sprintf("RESPONSE %d", c.status)) {
			t.Errorf("%s: %v, want status %d", c.fault, err, c.status)
		}
	}
}

// TestAzidentityTenant shows that a wrong tenant is found out before an
// assertion is sent.
func TestAzidentityTenant(t *testing.T) {
	t.Parallel()
	_, cred := credential(t, Config{Tenant: "22222222-2222-4333-8444-555555555555"})
	_, err := cred.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{"https://ai.azure.com/.default"}})
	if err == nil || !strings.Contains(err.Error(), "AADSTS90002") || !strings.Contains(err.Error(), DefaultTenant) {
		t.Errorf("%v, want AADSTS90002 for %s", err, DefaultTenant)
	}
}
