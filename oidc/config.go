package oidc

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/keyless-inference/action/wire"
)

// Config says who the token is for and where it comes from. Which fields must be set
// depends on the mode.
type Config struct {
	// Mode is who asks for the token: one of [Modes], or "chain: " with several of
	// them in the order in which to try them. "" means [GitHubOIDC].
	Mode string

	// Tenant is the Entra tenant: a GUID or a domain. [GitHubOIDC] and
	// [WorkloadIdentity] need it; the command line tools take their own by
	// default; a managed identity has one anyway.
	Tenant string

	// Client is the application (client) id of the app registration or managed
	// identity: a GUID. [GitHubOIDC] and [WorkloadIdentity] need it. With
	// [ManagedIdentity] it chooses among the machine's, if neither
	// ResourceID nor ObjectID does; all three "" is the system-assigned one.
	Client string

	ResourceID string // of a managed identity: /subscriptions/…/userAssignedIdentities/NAME
	ObjectID   string // of a managed identity, a GUID; not beside ResourceID

	// TokenFile has the service account's token, for [WorkloadIdentity], as
	// AZURE_FEDERATED_TOKEN_FILE names it.
	TokenFile string

	// Authority is where Entra is, as AZURE_AUTHORITY_HOST gives it: scheme and
	// host, https but for loopback addresses. "" means the public cloud.
	Authority string

	// IDToken returns a new ID token of the job, as [GitHub.IDToken] does, for
	// [GitHubOIDC]. It is called once for each attempt of an exchange, because an
	// ID token lives for five minutes only and the credential for hours.
	IDToken func(context.Context) (string, error)

	// Getenv finds what the SDK's chain is told by variables:
	// AZURE_TOKEN_CREDENTIALS, and stored secrets, which are refused. Nil: nothing is
	// set.
	Getenv func(string) string

	// Mask is called with an access token the moment it is received, before
	// anything else happens to it, and with what the machine's identity service
	// is shown (IDENTITY_HEADER, MSI_SECRET, the key of Azure Arc) before that is
	// sent, by any number of goroutines. Nil does nothing.
	Mask func(string)

	// Do sends a request to Authority and must not follow redirects. Nil means
	// one client of the package wire, which takes proxies and SSL_CERT_FILE
	// from the environment.
	Do func(*http.Request) (*http.Response, error)

	// Local sends a request to the identity service of this machine and must not
	// follow redirects. Nil means a client of the package wire that uses no proxy:
	// that would answer with an identity of its own.
	Local func(*http.Request) (*http.Response, error)

	// Log is told in one line of each failed attempt that another one follows,
	// of each mode of a chain that gave no token, and of each early refresh that
	// failed, by any number of goroutines. Nil does nothing.
	Log func(string)

	authority *url.URL // Authority, read; nil if that can't be
}

// complete fills in the defaults.
func (cfg Config) complete() Config {
	if cfg.Authority == "" {
		cfg.Authority = clouds[0].Authority
	}
	cfg.authority, _ = parseAuthority(cfg.Authority)
	if cfg.Do == nil {
		cfg.Do = wire.Client().Do
	}
	if cfg.Local == nil {
		cfg.Local = localClient().Do
	}
	return cfg
}

// check reports what is no value of its field, whatever the mode.
func (cfg Config) check(modes []string) error {
	var mistakes []error
	for _, f := range []struct {
		value string
		check func(string) error
	}{
		{cfg.Tenant, CheckTenant},
		{cfg.Client, CheckClient},
		{cfg.ResourceID, CheckResourceID},
		{cfg.ObjectID, CheckObjectID},
		{cfg.Authority, CheckAuthority},
	} {
		if f.value != "" {
			mistakes = append(mistakes, f.check(f.value))
		}
	}
	if cfg.ResourceID != "" && cfg.ObjectID != "" {
		mistakes = append(mistakes, errors.New("a managed identity is chosen by its resource id or by its object id, not by both"))
	}
	if slices.Contains(modes, Default) {
		mistakes = append(mistakes, RefuseStoredSecret(cfg))
	}
	return errors.Join(mistakes...)
}

// needsApplication reports that tenant or client is missing.
func (cfg Config) needsApplication() error {
	var mistakes []error
	if cfg.Tenant == "" {
		mistakes = append(mistakes, CheckTenant(""))
	}
	if cfg.Client == "" {
		mistakes = append(mistakes, CheckClient(""))
	}
	return errors.Join(mistakes...)
}

var identityPath = regexp.MustCompile(`(?i)^/subscriptions/[0-9a-f-]{36}/resourceGroups/[^/?#]+/providers/Microsoft\.ManagedIdentity/userAssignedIdentities/[A-Za-z0-9_-]+$`)

// CheckResourceID reports why id cannot be the resource id of a user-assigned managed
// identity.
func CheckResourceID(id string) error {
	if identityPath.MatchString(id) {
		return nil
	}
	return fmt.Errorf("the resource id %.200q is not that of a user-assigned managed identity, as this prints it: "+
		"az identity show --name NAME --resource-group GROUP --query id -o tsv", id)
}

// CheckObjectID reports why id cannot be the object id of a managed identity, which is a
// GUID.
func CheckObjectID(id string) error {
	if wire.IsGUID(id) {
		return nil
	}
	return fmt.Errorf("the object id %s is not a GUID, as this prints it: "+
		"az identity show --name NAME --resource-group GROUP --query principalId -o tsv", given(id))
}

// CheckAuthority reports why raw cannot be [Config.Authority]: not https (or
// plain http to loopback), or more than scheme and host.
func CheckAuthority(raw string) error {
	_, err := parseAuthority(raw)
	return err
}

func parseAuthority(raw string) (*url.URL, error) {
	u, err := wire.CheckURL(raw)
	if err != nil {
		return nil, fmt.Errorf("the authority: %w", err)
	}
	if strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("the authority %q has more than a host: give %s://%s (the tenant is an input of its own)",
			raw, u.Scheme, u.Host)
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}
