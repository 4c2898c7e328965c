package oidc

import (
	"strings"
	"testing"
)

func TestCloudNamed(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, authority, audience, scope string }{
		{"", "https://login.microsoftonline.com", "api://AzureADTokenExchange", "https://cognitiveservices.azure.com/.default"},
		{"azurecloud", "https://login.microsoftonline.com", "api://AzureADTokenExchange", "https://cognitiveservices.azure.com/.default"},
		{"AzureUSGovernment", "https://login.microsoftonline.us", "api://AzureADTokenExchangeUSGov", "https://cognitiveservices.azure.us/.default"},
		{"AZURECHINACLOUD", "https://login.chinacloudapi.cn", "api://AzureADTokenExchangeChina", "https://cognitiveservices.azure.cn/.default"},
	}
	for _, tt := range tests {
		c, err := CloudNamed(tt.name)
		if err != nil || c.Authority != tt.authority || c.Audience != tt.audience || c.Scope != tt.scope {
			t.Errorf("CloudNamed(%q) = %+v, %v", tt.name, c, err)
		}
	}
	for name, word := range map[string]string{"AzureStack": "Stack Hub", "azuregermancloud": "closed", "azure": "there is no cloud \"azure\""} {
		c, err := CloudNamed(name)
		if err == nil {
			t.Errorf("CloudNamed(%q) = %+v", name, c)
			continue
		}
		wantWords(t, err.Error(), word, "azurecloud, azureusgovernment or azurechinacloud")
	}
}

func TestCloudOf(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]string{
		"contoso.openai.azure.com":           "azurecloud",
		"Contoso.Services.AI.Azure.com.":     "azurecloud",
		"contoso.cognitiveservices.azure.us": "azureusgovernment",
		"contoso.openai.azure.cn":            "azurechinacloud",
		"openai.azure.com":                   "",
		"contoso.openai.azure.com.evil.shop": "",
		"contosoopenai.azure.com":            "",
		"gateway.contoso.com":                "",
		"127.0.0.1":                          "",
		"":                                   "",
	} {
		c, known := CloudOf(host)
		if c.Name != want || known != (want != "") {
			t.Errorf("CloudOf(%q) = %q, %v", host, c.Name, known)
		}
	}
	public, _ := CloudNamed("")
	if !public.Serves("contoso.openai.azure.com") || public.Serves("contoso.openai.azure.us") {
		t.Error("the public cloud serves its own hosts alone")
	}
	if c := CloudAt("https://login.partner.microsoftonline.cn"); c.Name != "azurechinacloud" || c.Authority != "https://login.partner.microsoftonline.cn" {
		t.Errorf("China's newer authority: %+v", c)
	}
}

func TestCheckIDs(t *testing.T) {
	t.Parallel()
	tests := []struct {
		id             string
		tenant, client bool
	}{
		{testTenant, true, true},
		{strings.ToUpper(testClient), true, true},
		{"contoso.onmicrosoft.com", true, false},
		{"contoso.com", true, false},
		{"", false, false},
		{"common", false, false},
		{"organizations", false, false},
		{"contoso", false, false},
		{testTenant + "\n", false, false},
		{" " + testTenant, false, false},
		{"{" + testTenant + "}", false, false},
		{"contoso.com/../evil", false, false},
		{"evil.com?x=.com", false, false},
		{"10.0.0.1", false, false},
		{strings.Repeat("a.", 200) + "com", false, false},
	}
	for _, tt := range tests {
		if err := CheckTenant(tt.id); (err == nil) != tt.tenant {
			t.Errorf("CheckTenant(%q) = %v", tt.id, err)
		}
		if err := CheckClient(tt.id); (err == nil) != tt.client {
			t.Errorf("CheckClient(%q) = %v", tt.id, err)
		}
	}
	wantWords(t, CheckClient("my-app").Error(), `"my-app"`, "GUID")
	wantWords(t, CheckTenant(testTenant+"\n").Error(), `555\n"`, "white space")
}

func TestManagementAt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ cloud, address, want, wrong string }{
		{"", "", "https://management.azure.com", ""},
		{"azureusgovernment", "https://management.usgovcloudapi.net/", "https://management.usgovcloudapi.net", ""},
		{"", "http://127.0.0.1:8089/", "http://127.0.0.1:8089", ""},
		{"", "https://localhost:1", "https://localhost:1", ""},
		{"", "https://management.azure.com.example", "", "on this machine"},
		{"", "https://management.chinacloudapi.cn", "", "on this machine"},
		{"", "http://management.azure.com", "", "clear text"},
	} {
		cloud, err := CloudNamed(c.cloud)
		if err != nil {
			t.Fatal(err)
		}
		got, err := cloud.ManagementAt(c.address)
		if c.wrong == "" && (err != nil || got != c.want) || c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)) {
			t.Errorf("%+v: %q, %v", c, got, err)
		}
	}
}
