package oidc

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/keyless-inference/action/wire"
)

// tools is a folder for PATH with a script in it, or nothing. What the script uses
// besides the shell is there as well.
func tools(t *testing.T, name, script string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the tools are shell scripts here")
	}
	dir := t.TempDir()
	if name != "" {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const good = `[ -z "$OUT" ] || echo "$0 $*" >> "$OUT"
echo '{"accessToken":"from-tool","token":"from-tool","expires_on":4102444800,"expiresOn":"2100-01-01T00:00:00Z"}'`

// ask is a call of GetToken in a mode that runs a script.
func ask(t *testing.T, mode, command, script string, claims string) (string, []string, error) {
	t.Helper()
	t.Setenv("PATH", tools(t, command, script))
	var masked []string
	c, err := New(Config{Mode: mode, Tenant: testTenant, Mask: func(s string) { masked = append(masked, s) }})
	if err != nil {
		t.Fatal(err)
	}
	opts := scope
	opts.Claims = claims
	for range 2 {
		token, err := c.GetToken(t.Context(), opts)
		if err != nil {
			return "", masked, err
		}
		if token.Token != "from-tool" {
			t.Errorf("%q", token.Token)
		}
	}
	return "from-tool", masked, nil
}

func TestTools(t *testing.T) {
	for mode, command := range map[string]string{
		AzureCLI:          "az get-access-token -o json --resource https://cognitiveservices.azure.com --tenant " + testTenant,
		AzureDeveloperCLI: "azd auth token -o json --no-prompt --scope " + testScope + " --tenant-id " + testTenant,
	} {
		name, args, _ := strings.Cut(command, " ")
		out := filepath.Join(t.TempDir(), "out")
		t.Setenv("OUT", out)
		if _, masked, err := ask(t, mode, name, good, ""); err != nil || len(masked) != 1 || masked[0] != "from-tool" {
			t.Errorf("%s: masked %q, %v", mode, masked, err)
		}
		ran, err := os.ReadFile(out)
		if err != nil || strings.Count(string(ran), "\n") != 1 || !strings.Contains(string(ran), args) {
			t.Errorf("%s ran %q, %v", mode, ran, err)
		}
	}
}

func TestToolsExplain(t *testing.T) {
	for name, tt := range map[string]struct {
		mode, command, script, claims string
		words                         []string
	}{
		"no az":          {AzureCLI, "", "", "", []string{"az is not installed here", "install-azure-cli", "az login --tenant " + testTenant}},
		"no azd":         {AzureDeveloperCLI, "", "", "", []string{"azd is not installed here", "azd auth login --tenant-id " + testTenant}},
		"not signed in":  {AzureCLI, "az", `echo "ERROR: Please run 'az login' to setup account." >&2; exit 1`, "", []string{"nobody is signed in", "az login --tenant " + testTenant}},
		"azd not either": {AzureDeveloperCLI, "azd", "echo '{\"type\":\"consoleMessage\",\"data\":{\"message\":\"\\nERROR: not logged in, run `azd auth login` to login\\n\"}}' >&2; exit 1", "", []string{"nobody is signed in", "azd auth login"}},
		"other":          {AzureCLI, "az", `echo "ERROR: out of disk, see eyJhbGciOi.eyJz.c2ln" >&2; exit 3`, "", []string{"az failed", "out of disk, see [token]", "az account get-access-token --scope '" + testScope + "'"}},
		"senseless":      {AzureCLI, "az", `echo '<html>'`, "", []string{"az failed"}},
		"nothing":        {AzureCLI, "az", `echo '{}'`, "", []string{"az failed"}},
		"expired":        {AzureCLI, "az", `echo '{"accessToken":"opaque-secret","expires_on":1}'`, "", []string{"no token in it that is still good"}},
		"challenge":      {AzureCLI, "az", good, `{"a":1}`, []string{"wants a new sign-in", "az login --tenant " + testTenant + " --claims-challenge eyJh"}},
		"azd, challenge": {AzureDeveloperCLI, "azd", `echo "no" >&2; exit 1`, `{"a":1}`, []string{"wants a new sign-in", "azd auth login --tenant-id " + testTenant}},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := ask(t, tt.mode, tt.command, tt.script, tt.claims)
			var p *wire.Problem
			if !errors.As(err, &p) || p.Fix == "" || p.Page == "" {
				t.Fatalf("%v", err)
			}
			wantWords(t, p.What+"\n"+p.Why+"\n"+p.Fix, tt.words...)
			for e := err; e != nil; e = errors.Unwrap(e) {
				wantNoToken(t, e.Error(), "opaque-secret")
			}
		})
	}
}

func TestToolsSignIn(t *testing.T) {
	t.Parallel()
	gov := Config{Authority: "https://login.microsoftonline.us"}
	if got := azureCLI.signIn(gov); got != "az cloud set --name AzureUSGovernment\naz login" {
		t.Error(got)
	}
	if got := azureDeveloperCLI.signIn(gov); got != "azd config set cloud.name AzureUSGovernment\nazd auth login" {
		t.Error(got)
	}
}
