package oidc

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/keyless-inference/action/wire"
)

// sdk is a credential of mode default on a machine with these variables, and with
// the tools in a folder of the test's own, where there are none.
func sdk(t *testing.T, entra, local *service, vars ...string) (*Credential, *[]string) {
	t.Helper()
	for _, name := range []string{"AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_FEDERATED_TOKEN_FILE", "AZURE_CLIENT_SECRET"} {
		t.Setenv(name, "") // so that the test's end restores it: to the SDK an empty one is set
		os.Unsetenv(name)
	}
	for i := 0; i+1 < len(vars); i += 2 {
		t.Setenv(vars[i], vars[i+1])
	}
	notes := &[]string{}
	c, _ := credential(t, entra, func(cfg *Config) {
		cfg.Mode, cfg.Local, cfg.Client, cfg.IDToken = Default, local.Do, "", nil
		cfg.Getenv = variables(vars...)
		cfg.Log = func(s string) { *notes = append(*notes, s) }
	})
	return c, notes
}

// What answers at the address of virtual machines without being Azure's, or does not
// know AZURE_CLIENT_ID, does not keep the Azure CLI from being tried.
func TestDefaultPassesOver(t *testing.T) {
	for name, tt := range map[string]struct {
		answer func(*http.Request) (*http.Response, error)
		note   string
	}{
		"elsewhere 403":    {reply(403, "no"), "HTTP 403 from 169.254.169.254, which is not Azure's"},
		"elsewhere 401":    {reply(401, ""), "HTTP 401 from 169.254.169.254, which is not Azure's"},
		"elsewhere 404":    {reply(404, "<html>"), "HTTP 404 from"},
		"unknown identity": {notFound(), "does not have the managed identity"},
		"nobody":           {nobodyThere, ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := tools(t, "az", `echo '{"accessToken":"from-az","expires_on":4102444800}'`)
			c, notes := sdk(t, serve(broken(errors.New("not expected"))), serve(tt.answer), "AZURE_CLIENT_ID", testClient, "PATH", dir)
			got, err := c.GetToken(t.Context(), only())
			if err != nil || got.Token != "from-az" {
				t.Fatalf("%q, %v", got.Token, err)
			}
			if text := strings.Join(*notes, "\n"); !strings.Contains(text, tt.note) || tt.note == "" && text != "" {
				t.Errorf("notes: %s", text)
			}
		})
	}
}

func TestDefaultListsLinks(t *testing.T) {
	c, _ := sdk(t, serve(broken(errors.New("not expected"))), serve(nobodyThere), "PATH", tools(t, "", ""))
	_, err := c.GetToken(t.Context(), only())
	var p *wire.Problem
	if !errors.As(err, &p) {
		t.Fatal(err)
	}
	wantWords(t, err.Error(), askingDefault, "EnvironmentCredential: missing environment variable", "WorkloadIdentityCredential: ",
		"ManagedIdentityCredential: ", "AzureCLICredential: executable not found", "AzurePowerShellCredential: ", "az login --tenant "+testTenant, "azd auth login")
}

// In a pod the chain exchanges the file's token, at the configured authority alone.
func TestDefaultWorkloadIdentity(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	writeFile(t, file, jwt(t, "system:serviceaccount:ai:runner"))
	entra := serve(granted("access", 3600, 0))
	c, _ := sdk(t, entra, serve(nobodyThere), "AZURE_CLIENT_ID", testClient, "AZURE_TENANT_ID", testTenant,
		"AZURE_FEDERATED_TOKEN_FILE", file, "AZURE_REGIONAL_AUTHORITY_NAME", "westeurope", "AZURE_AUTHORITY_HOST", "https://evil.example")
	if got, err := c.GetToken(t.Context(), only()); err != nil || got.Token != "access" {
		t.Fatalf("%q, %v", got.Token, err)
	}
	for _, r := range entra.seen {
		if r.URL.String() != "https://login.microsoftonline.com/"+testTenant+"/oauth2/v2.0/token" {
			t.Errorf("a request went to %s", r.URL)
		}
	}
	entra = serve(denied(401, 700213, "invalid_client"))
	c, _ = sdk(t, entra, serve(nobodyThere), "AZURE_CLIENT_ID", testClient, "AZURE_TENANT_ID", testTenant, "AZURE_FEDERATED_TOKEN_FILE", file)
	_, err := c.GetToken(t.Context(), only())
	var r *Refusal
	if !errors.As(err, &r) || r.Code != 700213 || entra.requests() != 1 {
		t.Errorf("%d requests, %v", entra.requests(), err)
	}
	wantWords(t, err.Error(), askingDefault+": AADSTS700213", "system:serviceaccount:ai:runner", "federated-credential create --id '"+testClient)
	entra = serve(reply(200, `{"access_token":"opaque-secret"`))
	c, _ = sdk(t, entra, serve(nobodyThere), "AZURE_CLIENT_ID", testClient, "AZURE_TENANT_ID", testTenant, "AZURE_FEDERATED_TOKEN_FILE", file)
	_, err = c.GetToken(t.Context(), only())
	if err == nil {
		t.Fatal("an answer that was cut is a token")
	}
	for e := err; e != nil; e = errors.Unwrap(e) {
		wantNoToken(t, e.Error(), "opaque-secret")
	}
}

// A secret that the variables of this process have, and those that were handed in
// do not, is not sent either.
func TestDefaultSendsNoSecret(t *testing.T) {
	entra := serve(granted("access", 3600, 0))
	c, _ := sdk(t, entra, serve(nobodyThere), "PATH", tools(t, "", ""))
	t.Setenv("AZURE_CLIENT_ID", testClient)
	t.Setenv("AZURE_TENANT_ID", testTenant)
	t.Setenv("AZURE_CLIENT_SECRET", "hush-hush")
	c, err := New(c.cfg)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.GetToken(t.Context(), only())
	if err == nil || entra.requests() != 0 {
		t.Fatalf("%d requests, %v", entra.requests(), err)
	}
	wantWords(t, err.Error(), "a stored secret was about to be sent")
	wantNoToken(t, err.Error(), "hush-hush")
}

func TestDefaultTriesAgain(t *testing.T) {
	t.Setenv("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential")
	synctest.Test(t, func(t *testing.T) {
		local := serve(reply(500, ""), granted("access", 3600, 0))
		c, _ := credential(t, serve(nobodyThere), func(cfg *Config) { cfg.Mode, cfg.Local = Default, local.Do })
		if got, err := c.GetToken(t.Context(), only()); err != nil || got.Token != "access" {
			t.Errorf("%q, %v", got.Token, err)
		}
	})
}

// Whatever else the SDK may come to ask for, it is not sent.
func TestDefaultPins(t *testing.T) {
	t.Parallel()
	c := &sdkChain{cfg: Config{Authority: "https://login.microsoftonline.us"}.complete()}
	round := context.WithValue(t.Context(), roundKey{}, &round{})
	for _, target := range []string{"https://evil.example/", "http://10.0.0.4/msi/token", "https://login.microsoft.com/common/discovery/instance"} {
		for _, ctx := range []context.Context{round, t.Context()} {
			r, _ := http.NewRequestWithContext(ctx, "GET", target, nil)
			if _, err := c.Do(r); err == nil {
				t.Errorf("%s was asked", target)
			}
		}
	}
	r, _ := http.NewRequestWithContext(round, "POST", "https://login.microsoftonline.us/common/oauth2/v2.0/token", strings.NewReader("x=y"))
	if _, err := c.Do(r); err == nil {
		t.Error("no tenant was asked")
	}
}
