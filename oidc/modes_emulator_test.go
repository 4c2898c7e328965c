package oidc_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/keyless-inference/action/emulator"
	"github.com/keyless-inference/action/oidc"
	"github.com/keyless-inference/action/wire"
)

// asVM has the emulator at the address of every virtual machine's identity service.
func asVM(t *testing.T, e *emulator.Emulator, cfg oidc.Config) *oidc.Credential {
	t.Helper()
	srv := httptest.NewServer(e)
	t.Cleanup(srv.Close)
	at, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Local = func(r *http.Request) (*http.Response, error) {
		if r.URL.Host != "169.254.169.254" {
			t.Errorf("asked %s", r.URL)
		}
		there := *r.URL
		there.Host = at.Host
		r.URL = &there
		return wire.Client().Do(r)
	}
	cred, err := oidc.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return cred
}

// azidentity remembers tokens of managed identities for all of the process, so each
// test asks for another identity or scope.
func TestEmulatedVirtualMachine(t *testing.T) {
	t.Parallel()
	e := emulate(t, emulator.Config{})
	cred := asVM(t, e, oidc.Config{Mode: oidc.ManagedIdentity, ResourceID: emulator.DefaultIdentity})
	token, err := cred.GetToken(t.Context(), scope)
	if err != nil {
		t.Fatal(err)
	}
	claims, err := wire.ParseClaims(token.Token)
	if err != nil || claims.AppID == "" || claims.ObjectID == "" || claims.Tenant == "" {
		t.Errorf("%+v, %v", claims, err)
	}
	cred = asVM(t, e, oidc.Config{Mode: oidc.ManagedIdentity, Client: "99999999-2222-4333-8444-555555555555"})
	_, err = cred.GetToken(t.Context(), scope)
	if err == nil || !strings.Contains(err.Error(), "this machine does not have the managed identity with the client id 99999999") {
		t.Errorf("another machine's identity: %v", err)
	}
	cred = asVM(t, e, oidc.Config{Mode: oidc.ManagedIdentity})
	_, err = cred.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{"https://nobody.example/.default"}})
	if err == nil || !strings.Contains(err.Error(), "the scope is not known") {
		t.Errorf("a scope that is none: %v", err)
	}
}

func TestEmulatedAppService(t *testing.T) {
	e := emulate(t, emulator.Config{})
	srv := httptest.NewServer(e)
	defer srv.Close()
	for _, line := range (emulator.Config{ManagedIdentity: "app-service"}).Env(srv.URL) {
		if name, value, _ := strings.Cut(line, "="); strings.HasPrefix(name, "IDENTITY_") {
			t.Setenv(name, value)
		}
	}
	cred, err := oidc.New(oidc.Config{Mode: oidc.ManagedIdentity})
	if err != nil {
		t.Fatal(err)
	}
	opts := policy.TokenRequestOptions{Scopes: []string{"https://management.azure.com/.default"}, EnableCAE: true}
	if _, err := cred.GetToken(t.Context(), opts); err != nil {
		t.Error(err)
	}
	t.Setenv("IDENTITY_HEADER", "stale")
	opts.Claims = "{}" // so that the token in memory does not do
	if cred, err = oidc.New(oidc.Config{Mode: oidc.ManagedIdentity}); err != nil {
		t.Fatal(err)
	}
	if _, err = cred.GetToken(t.Context(), opts); err == nil || !strings.Contains(err.Error(), "does not take this process") {
		t.Errorf("with the header of another machine: %v", err)
	}
}

func TestEmulatedPod(t *testing.T) {
	t.Parallel()
	e := emulate(t, emulator.Config{})
	srv := httptest.NewServer(e)
	t.Cleanup(srv.Close)
	token, err := e.PodToken(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte(token), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{}
	for _, line := range (emulator.Config{}).Env(srv.URL) {
		name, value, _ := strings.Cut(line, "=")
		env[name] = value
	}
	cred, err := oidc.New(oidc.Config{
		Mode: oidc.WorkloadIdentity, Tenant: env["AZURE_TENANT_ID"], Client: env["AZURE_CLIENT_ID"], Authority: env["AZURE_AUTHORITY_HOST"], TokenFile: file,
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cred.GetToken(t.Context(), scope); err != nil {
		t.Error(err)
	}
}
