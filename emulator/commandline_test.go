package emulator

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// TestMain makes the test's own program what az and azd run.
func TestMain(m *testing.M) {
	url := os.Getenv("EMULATOR_TEST_COMMAND_LINE")
	if url == "" {
		os.Exit(m.Run())
	}
	resp, err := http.Post(url, "text/plain", strings.NewReader(os.Args[1]))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer resp.Body.Close()
	io.Copy(os.Stdout, resp.Body)
}

// Microsoft's own clients run az and azd.
func TestCommandLineTools(t *testing.T) {
	e, url := listen(t, Config{})
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, tool := range []string{"az", "azd"} {
		ask := "EMULATOR_TEST_COMMAND_LINE=" + url + CommandLinePath + " '" + program + "'"
		if err := os.WriteFile(filepath.Join(dir, tool), []byte(CommandLine(tool, ask)), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir+string(filepath.ListSeparator)+os.Getenv("PATH"))
	for _, c := range []struct{ tenant, fault, az, azd string }{
		{"", "", "", ""},
		{DefaultTenant, "", "", ""},
		{"contoso.example", "", "AADSTS90002", "AADSTS90002"},
		{"", "not-logged-in", "Please run 'az login'", "not logged in"},
		{"", "expired", "AADSTS700082", "AADSTS700082"},
		{"", "mfa", "AADSTS50076", "AADSTS50076"},
		{"", "garbage", "invalid character", "invalid character"},
		{"", "empty", "unexpected end", "unexpected end"},
	} {
		az, err := azidentity.NewAzureCLICredential(&azidentity.AzureCLICredentialOptions{TenantID: c.tenant})
		if err != nil {
			t.Fatal(err)
		}
		azd, err := azidentity.NewAzureDeveloperCLICredential(&azidentity.AzureDeveloperCLICredentialOptions{TenantID: c.tenant})
		if err != nil {
			t.Fatal(err)
		}
		for want, cred := range map[*string]azcore.TokenCredential{&c.az: az, &c.azd: azd} {
			if c.fault != "" {
				fail(t, e, "az", c.fault)
			}
			err := asUser(t, e, cred)
			if fine := err == nil; fine != (*want == "") || !fine && !strings.Contains(err.Error(), *want) {
				t.Errorf("%+v: %T: %v", c, cred, err)
			}
		}
	}
}

// asUser wants a token of the user's from cred, and returns its error.
func asUser(t *testing.T, e *Emulator, cred azcore.TokenCredential) error {
	t.Helper()
	token, err := cred.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{audiences[0] + "/.default"}})
	if err != nil {
		return err
	}
	c, err := e.verified(token.Token)
	if err != nil || c["oid"] != DefaultUserID || c["idtyp"] != "user" || c["scp"] == nil || c["upn"] == nil || c["appid"] == DefaultClient {
		t.Errorf("%v, %v", c, err)
	}
	return nil
}

func TestCommandLine(t *testing.T) {
	t.Parallel()
	e := fresh(t, Config{AccessTokenLife: time.Hour})
	for line, want := range map[string]string{
		"az account show": `"type": "user"`,
		"az account get-access-token -o json --resource https://management.azure.com/":  `"accessToken": "eyJ`,
		"az account get-access-token -o json":                                           "ERROR: the following arguments are required: --resource",
		"az account get-access-token --resource":                                        "ERROR: the following arguments are required: --resource",
		"az account get-access-token --resource https://graph.microsoft.com":            "ERROR: AADSTS500011",
		"azd auth token -o json --no-prompt --scope https://ai.azure.com/.default":      `"token": "eyJ`,
		"azd auth token -o json --scope https://ai.azure.com/.default --tenant-id none": "ERROR: AADSTS90002",
		"az group delete": "ERROR: the emulator does not know \"az group delete\"",
		"":                "ERROR: the emulator does not know \"\"",
	} {
		if got := e.commandLine(strings.Fields(line)); !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %s", line, got, want)
		}
	}
}

func FuzzCommandLine(f *testing.F) {
	e := fresh(f, Config{})
	f.Add("az account get-access-token --resource https://ai.azure.com")
	f.Add("azd auth token --scope --scope")
	f.Fuzz(func(t *testing.T, line string) {
		if got := e.commandLine(strings.Fields(line)); !strings.HasPrefix(got, CommandLineError) && !strings.HasPrefix(got, "{") {
			t.Errorf("%q: %s", line, got)
		}
	})
}
