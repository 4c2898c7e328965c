package account

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/keyless-inference/action/wire"
)

// Config says where Azure Resource Manager is and who asks. Credential must be
// set.
type Config struct {
	// Management is where Azure Resource Manager is: scheme and host, https but
	// for loopback addresses. "" means https://management.azure.com.
	Management string

	// Scope is what Credential is asked for. "" means Management's own: its
	// address with /.default behind it.
	Scope string

	// Credential gets the access tokens. It is asked once a request, so it should
	// remember them.
	Credential azcore.TokenCredential

	Do       func(*http.Request) (*http.Response, error) // sends a request and follows no redirect; nil means that of [wire.Client]
	Attempts int                                         // of each request, the first one included; 0 means 5
	Log      func(string)                                // is told of each failed attempt that another one follows; nil means nobody
}

// A Client asks Azure Resource Manager. It is made by [New] and safe for
// concurrent use.
type Client struct {
	cfg     Config
	base    *url.URL // scheme and host
	secrets wire.Secrets
}

// New checks cfg and sends nothing. All mistakes are reported together.
func New(cfg Config) (*Client, error) {
	c := &Client{cfg: cfg}
	base, err := wire.CheckURL(cmp.Or(cfg.Management, "https://management.azure.com"))
	if err != nil {
		err = fmt.Errorf("the address of Azure Resource Manager: %w", err)
	} else {
		c.base = &url.URL{Scheme: base.Scheme, Host: base.Host}
		c.cfg.Scope = cmp.Or(cfg.Scope, c.base.String()+"/.default")
	}
	if cfg.Credential == nil {
		err = errors.Join(err, errors.New("no source of tokens is set"))
	}
	if err != nil {
		return nil, err
	}
	c.cfg.Attempts = cmp.Or(cfg.Attempts, 5)
	if cfg.Do == nil {
		c.cfg.Do = wire.Client().Do
	}
	return c, nil
}

// Cut returns text with every token cut out that was sent so far.
func (c *Client) Cut(text string) string { return c.secrets.Cut(text) }

// Principal is the object id of whom the credential's tokens are for, from the
// claim oid; "" where a token has none. It is decoded and not verified, since it only
// narrows what is asked for. The error is the credential's.
func (c *Client) Principal(ctx context.Context) (string, error) {
	told, err := c.claims(ctx)
	if !wire.IsGUID(told.ObjectID) {
		return "", err
	}
	return told.ObjectID, err
}

// PrincipalType is what Azure calls the kind of that identity: User or
// ServicePrincipal; "" where its tokens do not tell. It is as good as Principal.
//
// https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
func (c *Client) PrincipalType(ctx context.Context) (string, error) {
	told, err := c.claims(ctx)
	return told.PrincipalType(), err
}

// claims are what the credential's token says of whom it is for; none of a token that
// can't be read.
func (c *Client) claims(ctx context.Context) (wire.Claims, error) {
	token, err := c.cfg.Credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{c.cfg.Scope}, EnableCAE: true})
	if err != nil {
		return wire.Claims{}, wire.RedactError(err)
	}
	c.secrets.Add(token.Token)
	told, _ := wire.ParseClaims(token.Token)
	return told, nil
}

// CheckSubscription reports why id can't be that of a subscription, which is a
// GUID.
func CheckSubscription(id string) error {
	if wire.IsGUID(id) {
		return nil
	}
	return fmt.Errorf("the subscription id %q is not a GUID; this shows it: az account show --query id -o tsv", wire.Line(id, 100))
}
