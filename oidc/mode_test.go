package oidc

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/keyless-inference/action/wire"
)

func TestParseMode(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"":                                   "github-oidc",
		"azure-cli":                          "azure-cli",
		" Azure-CLI\n":                       "azure-cli",
		"chain: azure-cli, managed-identity": "azure-cli managed-identity",
		"chain:default":                      "default",
		"CHAIN:github-oidc,workload-identity,azure-developer-cli": "github-oidc workload-identity azure-developer-cli",
	} {
		got, err := ParseMode(s)
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("ParseMode(%q) = %q, %v", s, got, err)
		}
	}
	for s, words := range map[string][]string{
		"azcli":                       {`"azcli"`, "did you mean azure-cli"},
		"AzureDeveloperCLICredential": {"did you mean", "azure-developer-cli"},
		"github":                      {"did you mean github-oidc?"},
		"oidc":                        {"did you mean github-oidc?"},
		"identity":                    {"managed-identity or workload-identity"},
		"workload-idenity":            {"workload-identity"},
		"xyz":                         {"there are github-oidc, azure-cli", "default, and \"chain: \""},
		"chain:":                      {"a mode is missing"},
		"chain: azure-cli,":           {"a mode is missing"},
		"chain: azure-cli, azure-cli": {`"azure-cli" twice`},
		"chain: azcli, xyz":           {"did you mean azure-cli", `no mode "xyz"`},
		"azure-cli, default":          {`begins with "chain:"`},
		"chain: chain: azure-cli":     {"there is no mode"},
	} {
		names, err := ParseMode(s)
		if err == nil {
			t.Errorf("ParseMode(%q) = %q", s, names)
			continue
		}
		wantWords(t, err.Error(), words...)
	}
	if all := Modes(); len(all) != 6 || !slices.Contains(all, Default) {
		t.Errorf("modes: %q", all)
	}
}

func FuzzParseMode(f *testing.F) {
	f.Add("chain: azure-cli, managed-identity")
	f.Add("azcli")
	f.Add("chain:,,")
	f.Fuzz(func(t *testing.T, s string) {
		names, err := ParseMode(s)
		for _, name := range names {
			if err == nil && !slices.Contains(Modes(), name) {
				t.Errorf("%q gives the mode %q", s, name)
			}
		}
		if err == nil && len(names) == 0 {
			t.Errorf("%q gives no mode and no mistake", s)
		}
	})
}

func variables(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i+1 < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

func TestNewByMode(t *testing.T) {
	t.Parallel()
	const identity = "/subscriptions/" + testTenant + "/resourceGroups/ai/providers/Microsoft.ManagedIdentity/userAssignedIdentities/runner-1"
	none := func(context.Context) (string, error) { return "", nil }
	tests := []struct {
		name  string
		cfg   Config
		words []string // of the mistakes; none: it is fine
	}{
		{"no mode", Config{Mode: "azcli", Tenant: "common"}, []string{"did you mean azure-cli", `"common"`}},
		{"GitHub", Config{Tenant: testTenant, Client: testClient, IDToken: none}, nil},
		{"GitHub, nothing set", Config{}, []string{"the tenant", "the client id", "no source of ID tokens"}},
		{"a tool needs nothing", Config{Mode: AzureCLI}, nil},
		{"a tool, with a senseless tenant", Config{Mode: AzureDeveloperCLI, Tenant: "a b"}, []string{`"a b"`}},
		{"the machine's own identity", Config{Mode: ManagedIdentity}, nil},
		{"an identity by its resource id", Config{Mode: ManagedIdentity, Client: testClient, ResourceID: identity}, nil},
		{"what is no identity", Config{Mode: ManagedIdentity, ResourceID: "/subscriptions/x"}, []string{"user-assigned managed identity", "az identity show"}},
		{"what is no object id", Config{Mode: ManagedIdentity, ObjectID: "me"}, []string{`"me"`, "principalId"}},
		{"two ids", Config{Mode: ManagedIdentity, ResourceID: identity, ObjectID: testClient}, []string{"not by both"}},
		{"a pod", Config{Mode: WorkloadIdentity, Tenant: testTenant, Client: testClient, TokenFile: "f"}, nil},
		{"no pod", Config{Mode: WorkloadIdentity, Tenant: testTenant}, []string{"AZURE_FEDERATED_TOKEN_FILE is not set", "azure.workload.identity/use", "the client id"}},
		{"default", Config{Mode: Default}, nil},
		{"default, one link", Config{Mode: Default, Getenv: variables("AZURE_TOKEN_CREDENTIALS", "azureclicredential")}, nil},
		{"default, no link", Config{Mode: Default, Getenv: variables("AZURE_TOKEN_CREDENTIALS", "cli")}, []string{`AZURE_TOKEN_CREDENTIALS is "cli"`, "AzureCLICredential", "unset it"}},
		{"default, the link of secrets", Config{Mode: Default, Getenv: variables("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential")}, []string{"no stored secret is ever used"}},
		{"a chain passes over what can't be opened", Config{Mode: "chain: workload-identity, azure-cli"}, nil},
		{"a chain of nothing", Config{Mode: "chain: workload-identity, github-oidc"}, []string{"AZURE_FEDERATED_TOKEN_FILE", "no source of ID tokens"}},
		{"a senseless value in a chain", Config{Mode: "chain: azure-cli, github-oidc", Client: "x"}, []string{`"x"`}},
	}
	for _, tt := range tests {
		_, err := New(tt.cfg)
		if (err == nil) != (tt.words == nil) {
			t.Errorf("%s: %v", tt.name, err)
		} else if err != nil {
			wantWords(t, err.Error(), tt.words...)
		}
	}
}

func TestStoredSecret(t *testing.T) {
	t.Parallel()
	if name := StoredSecret(nil); name != "" {
		t.Errorf("%q", name)
	}
	for _, name := range []string{"AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_PASSWORD"} {
		getenv := variables("AZURE_CLIENT_ID", testClient, name, "hush-hush")
		if got := StoredSecret(getenv); got != name {
			t.Errorf("%q, want %q", got, name)
		}
		for _, mode := range []string{Default, "chain: azure-cli, default"} {
			_, err := New(Config{Mode: mode, Client: testClient, Getenv: getenv})
			var p *wire.Problem
			if !errors.As(err, &p) || p.Page == "" {
				t.Fatalf("%s with %s: %v", mode, name, err)
			}
			wantWords(t, err.Error(), name+" is set", "unset "+name, "auth: github-oidc", "az ad app credential delete --id '"+testClient+"'")
			wantNoToken(t, err.Error(), "hush-hush")
		}
		if _, err := New(Config{Mode: AzureCLI, Getenv: getenv}); err != nil {
			t.Errorf("a mode that never looks at %s: %v", name, err)
		}
	}
}

// pod is a credential with a service account's token in a file.
func pod(t *testing.T, entra *service, token string) (*Credential, string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "token")
	if token != "" {
		writeFile(t, file, token)
	}
	c, _ := credential(t, entra, func(cfg *Config) { cfg.Mode, cfg.TokenFile = WorkloadIdentity, file })
	return c, file
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// The file is read for each exchange, for its token is replaced now and then.
func TestWorkloadIdentity(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		entra := serve(granted("access-1", 3600, 0), reply(503, ""), granted("access-2", 3600, 0))
		first, second := jwt(t, "system:serviceaccount:ai:runner", "n", 1), jwt(t, "system:serviceaccount:ai:runner", "n", 2)
		c, file := pod(t, entra, first+"\n")
		if got, err := c.GetToken(t.Context(), scope); err != nil || got.Token != "access-1" {
			t.Fatalf("%q, %v", got.Token, err)
		}
		time.Sleep(55 * time.Minute)
		writeFile(t, file, second)
		if got, err := c.GetToken(t.Context(), scope); err != nil || got.Token != "access-2" {
			t.Fatalf("%q, %v", got.Token, err)
		}
		if !strings.Contains(entra.forms[0], first) || !strings.Contains(entra.forms[2], second) {
			t.Error("another token than the file's was sent")
		}
	})
}

func TestWorkloadIdentityExplains(t *testing.T) {
	t.Parallel()
	entra := serve(denied(401, 700213, "invalid_client"))
	for name, tt := range map[string]struct {
		token string
		words []string
	}{
		"refused":    {jwt(t, "system:serviceaccount:ai:runner"), []string{"exchanging the service account's token for an Entra token: AADSTS700213", "system:serviceaccount:ai:runner"}},
		"no file":    {"", []string{"reading the service account's token", "cannot be used", "kubectl describe pod"}},
		"empty":      {" \n", []string{"the file is empty"}},
		"no token":   {"secret-but-no-token", []string{"three parts"}},
		"two tokens": {jwt(t, "s") + "\n" + jwt(t, "s"), []string{"cannot be used"}},
		"endless":    {strings.Repeat("x", tokenFileLimit+1), []string{"longer than"}},
	} {
		c, _ := pod(t, entra, tt.token)
		_, err := c.GetToken(t.Context(), scope)
		var p *wire.Problem
		if !errors.As(err, &p) || p.Fix == "" {
			t.Errorf("%s: %v", name, err)
			continue
		}
		wantWords(t, err.Error(), tt.words...)
		wantNoToken(t, err.Error(), "secret-but-no-token")
		if strings.Contains(err.Error(), "GitHub's") {
			t.Errorf("%s speaks of GitHub: %v", name, err)
		}
	}
	c, _ := credential(t, entra, func(cfg *Config) { cfg.Mode, cfg.TokenFile = WorkloadIdentity, t.TempDir() })
	if _, err := c.GetToken(t.Context(), scope); err == nil || !strings.Contains(err.Error(), "cannot be used") {
		t.Errorf("a folder: %v", err)
	}
}

func FuzzParseTokenFile(f *testing.F) {
	f.Add([]byte(jwt(f, "s") + "\n"))
	f.Add([]byte("a.b.c d"))
	f.Add([]byte{0xff, 0xfe})
	f.Fuzz(func(t *testing.T, raw []byte) {
		token, err := parseTokenFile(raw)
		if err == nil && (wire.CheckJWT(token) != nil || !strings.Contains(string(raw), token)) {
			t.Errorf("%q out of %q", token, raw)
		}
		if err != nil && len(token) > 20 && strings.Contains(err.Error(), token) {
			t.Errorf("%q is quoted: %v", token, err)
		}
	})
}

// A chain goes on after every kind of failure, tells each, and stays with the first
// that gave a token.
func TestChain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		entra := serve(denied(401, 700213, "invalid_client"), granted("access-1", 3600, 0), granted("access-2", 3600, 0))
		file := filepath.Join(t.TempDir(), "token")
		writeFile(t, file, jwt(t, "system:serviceaccount:ai:runner"))
		var notes []string
		c, src := credential(t, entra, func(cfg *Config) {
			cfg.Mode, cfg.TokenFile = "chain: workload-identity, github-oidc", file
			cfg.Log = func(s string) { notes = append(notes, s) }
		})
		for _, want := range []string{"access-1", "access-1"} {
			if got, err := c.GetToken(t.Context(), scope); err != nil || got.Token != want {
				t.Fatalf("%q, %v", got.Token, err)
			}
		}
		time.Sleep(time.Hour)
		if got, err := c.GetToken(t.Context(), scope); err != nil || got.Token != "access-2" {
			t.Fatalf("%q, %v", got.Token, err)
		}
		if src.calls() != 2 || entra.requests() != 3 {
			t.Errorf("%d ID tokens, %d exchanges: the first that gave a token is not kept", src.calls(), entra.requests())
		}
		if len(notes) != 1 || !strings.Contains(notes[0], "workload-identity gave no token, github-oidc is next") {
			t.Errorf("notes: %q", notes)
		}
	})
}

func TestChainListsFailures(t *testing.T) {
	t.Parallel()
	entra := serve(denied(401, 700213, "invalid_client"))
	c, _ := credential(t, entra, func(cfg *Config) { cfg.Mode = "chain: workload-identity, github-oidc" })
	_, err := c.GetToken(t.Context(), scope)
	var p *wire.Problem
	var r *Refusal
	if !errors.As(err, &p) || !errors.As(err, &r) {
		t.Fatal(err)
	}
	lines := strings.Split(p.Why, "\n")
	if len(lines) != 2 || !strings.HasPrefix(lines[0], "workload-identity: ") || !strings.HasPrefix(lines[1], "github-oidc: ") {
		t.Errorf("not a line for each: %q", lines)
	}
	wantWords(t, err.Error(), "asking workload-identity, github-oidc in turn", "AZURE_FEDERATED_TOKEN_FILE is not set", "AADSTS700213", "# github-oidc\n       # an app registration")
	if _, again := c.GetToken(t.Context(), scope); again != err || entra.requests() != 1 {
		t.Errorf("not remembered: %d requests", entra.requests())
	}
}
