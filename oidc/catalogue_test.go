package oidc

import (
	"slices"
	"strings"
	"testing"

	"github.com/keyless-inference/action/wire"
)

func TestCatalogue(t *testing.T) {
	t.Parallel()
	codes := 0
	for _, e := range Catalogue() {
		text := e.What + e.Why + e.Fix + e.Code + e.Says
		if e.What == "" || e.Fix == "" || len(e.Names) == 0 || placeholder.MatchString(text) || strings.Contains(text, "{Whose}") {
			t.Errorf("a part is missing or a placeholder was left: %+v", e)
		}
		if strings.HasPrefix(e.Names[0], "AADSTS") {
			codes += len(e.Names)
			wantWords(t, e.Says, e.Names...)
		}
		if !strings.HasPrefix(e.Page, "https://") {
			t.Errorf("%s has no page", e.Names)
		}
	}
	if c := declaredBy(NoIdentity(Job{Actions: true}).(*wire.Problem).Fix); !strings.Contains(c, "id-token: write") || declaredBy("x") != "" {
		t.Errorf("the permission is declared as %q", c)
	}
	if codes < 35 {
		t.Errorf("only %d codes of Entra", codes)
	}
}

// No code has two explanations, of which the second would never be told.
func TestCodesAreOnce(t *testing.T) {
	t.Parallel()
	var seen []int
	for _, x := range explanations {
		for _, s := range x.says {
			if slices.Contains(seen, s.code) {
				t.Errorf("AADSTS%d is there twice", s.code)
			}
			seen = append(seen, s.code)
		}
	}
}

// Each mode has its problems in the catalogue, and what each tool says to who has not
// signed in.
func TestCatalogueHasTheModes(t *testing.T) {
	t.Parallel()
	for mode, want := range map[string][]string{
		AzureCLI:          {"az is not installed here", "nobody is signed in", "az login --tenant <tenant-id>", "Please run 'az login'"},
		AzureDeveloperCLI: {"azd is not installed here", "azd auth login --tenant-id <tenant-id>", "not logged in"},
		ManagedIdentity:   {"there is none here", "client id <client-id>", "auth: github-oidc", "clientId=='<client-id>'"},
		WorkloadIdentity:  {"AZURE_FEDERATED_TOKEN_FILE is not set", "azure.workload.identity/use", "\"<file>\" cannot be used", "fsGroup"},
		Default:           {"AZURE_TOKEN_CREDENTIALS is \"<value>\"", "none of its links has one", "AZURE_TOKEN_CREDENTIALS: prod"},
	} {
		var text strings.Builder
		for _, e := range Catalogue() {
			if e.Names[0] == mode {
				text.WriteString(e.Says + "\n" + e.What + "\n" + e.Why + "\n" + e.Fix + "\n" + e.Code + "\n")
			}
		}
		wantWords(t, text.String(), want...)
	}
}
