package oidc

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/keyless-inference/action/wire"
)

// DefaultAudience is the audience of GitHub's token that Entra expects in the
// public cloud.
const DefaultAudience = "api://AzureADTokenExchange"

// A Cloud is one of the separate Azure clouds. They share no tenants, so a
// token of one is worth nothing in another.
//
// https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud
type Cloud struct {
	Name      string // as azure/login spells it, in lower case
	Authority string // where Entra hands out tokens
	Audience  string // the audience that Entra expects in GitHub's token
	Scope     string // the scope of Azure OpenAI

	Management string   // where Azure Resource Manager is
	Hosts      []string // how the names of hosts end that serve Azure OpenAI, each with a dot in front

	az    string // what the Azure CLI calls it
	alias string // another host of the same authority
}

// clouds are those of which everything is known. Of the clouds behind USNat and USSec
// no more than the audiences is public.
var clouds = []Cloud{
	{
		Name: "azurecloud", Authority: "https://login.microsoftonline.com",
		Audience: DefaultAudience, Scope: "https://cognitiveservices.azure.com/.default",
		Management: "https://management.azure.com",
		Hosts:      []string{".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com"},
		az:         "AzureCloud",
	},
	{
		Name: "azureusgovernment", Authority: "https://login.microsoftonline.us",
		Audience: "api://AzureADTokenExchangeUSGov", Scope: "https://cognitiveservices.azure.us/.default",
		Management: "https://management.usgovcloudapi.net",
		Hosts:      []string{".openai.azure.us", ".cognitiveservices.azure.us", ".services.ai.azure.us"},
		az:         "AzureUSGovernment",
	},
	{
		Name: "azurechinacloud", Authority: "https://login.chinacloudapi.cn",
		Audience: "api://AzureADTokenExchangeChina", Scope: "https://cognitiveservices.azure.cn/.default",
		Management: "https://management.chinacloudapi.cn",
		Hosts:      []string{".openai.azure.cn", ".cognitiveservices.azure.cn"},
		az:         "AzureChinaCloud",
		alias:      "login.partner.microsoftonline.cn",
	},
}

// Serves reports whether host, without a port, is one of Azure OpenAI's in this
// cloud. It says no to addresses, gateways and names of one's own, which may lead
// to any cloud: ask [CloudOf] whether a host belongs to another one.
func (c Cloud) Serves(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return slices.ContainsFunc(c.Hosts, func(ending string) bool { return strings.HasSuffix(host, ending) })
}

// CloudOf is the cloud whose Azure OpenAI answers at host; false where the name does
// not tell.
func CloudOf(host string) (Cloud, bool) {
	for _, c := range clouds {
		if c.Serves(host) {
			return c, true
		}
	}
	return Cloud{}, false
}

// Names that azure/login knows and this package refuses, with the reason.
var noClouds = map[string]string{
	"azurestack":       "an Azure Stack Hub has no Azure OpenAI and a sign-in address of its own",
	"azuregermancloud": "the German cloud was closed in 2021; its successors are regions of azurecloud",
}

// CloudNamed finds a cloud by the name that the input "environment" of
// azure/login@v2 gives it: azurecloud, azureusgovernment or azurechinacloud, in
// any letter case. "" means azurecloud.
func CloudNamed(name string) (Cloud, error) {
	for _, c := range clouds {
		if strings.EqualFold(name, c.Name) || name == "" {
			return c, nil
		}
	}
	const known = "azurecloud, azureusgovernment or azurechinacloud"
	if reason, ok := noClouds[strings.ToLower(name)]; ok {
		return Cloud{}, fmt.Errorf("the cloud %q is not supported: %s; use %s", name, reason, known)
	}
	return Cloud{}, fmt.Errorf("there is no cloud %q; use %s", name, known)
}

// CloudAt is the cloud whose sign-in host authority is, with that authority. A
// host that belongs to none is taken for a public cloud behind another name.
func CloudAt(authority string) Cloud {
	at := clouds[0]
	host := hostOf(authority)
	for _, c := range clouds {
		if host != "" && (host == hostOf(c.Authority) || host == c.alias) {
			at = c
		}
	}
	at.Authority = authority
	return at
}

// ManagementScope is the scope of Azure Resource Manager, wherever that is asked.
func (c Cloud) ManagementScope() string { return c.Management + "/.default" }

// ManagementAt is where to ask Azure Resource Manager: at the address that
// AZURE_RESOURCE_MANAGER_ENDPOINT gives, which may be the cloud's own or one on
// this machine, where an emulator is. A token for Resource Manager opens much
// more than one for Azure OpenAI, so it goes nowhere else. "" is the cloud's own.
func (c Cloud) ManagementAt(address string) (string, error) {
	if address == "" || strings.TrimRight(address, "/") == c.Management {
		return c.Management, nil
	}
	u, err := wire.CheckURL(address)
	if err != nil {
		return "", fmt.Errorf("the address of Azure Resource Manager: %w", err)
	}
	if !wire.Loopback(u.Hostname()) {
		return "", fmt.Errorf("the address of Azure Resource Manager is %s in %s; another one must be on this machine, as the emulator's is", c.Management, c.Name)
	}
	return u.Scheme + "://" + u.Host, nil
}

func hostOf(authority string) string {
	u, err := url.Parse(authority)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Hostname())
}

var domain = regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$`)

// CheckTenant reports why id cannot be a Microsoft Entra tenant, which is named
// by its GUID or by one of its domains. The collective names "common",
// "organizations" and "consumers" have no applications of their own and are
// refused.
func CheckTenant(id string) error {
	if wire.IsGUID(id) || len(id) <= 253 && domain.MatchString(id) {
		return nil
	}
	return fmt.Errorf("the tenant %s is neither a GUID nor a domain such as contoso.onmicrosoft.com; "+
		"this shows it: az account show --query tenantId -o tsv", given(id))
}

// CheckClient reports why id cannot be the application (client) id of an app
// registration or a managed identity, which is a GUID.
func CheckClient(id string) error {
	if wire.IsGUID(id) {
		return nil
	}
	return fmt.Errorf("the client id %s is not a GUID such as 00000000-0000-0000-0000-000000000000; "+
		"the portal shows it as \"Application (client) ID\" or, for a managed identity, \"Client ID\"", given(id))
}

// given quotes what a person typed, so that a stray space or line break shows.
func given(s string) string {
	if trimmed := strings.TrimSpace(s); trimmed != s && wire.IsGUID(trimmed) {
		return fmt.Sprintf("%q (with white space around it)", s)
	}
	return fmt.Sprintf("%.100q", s)
}
