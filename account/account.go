package account

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/cognitiveservices/armcognitiveservices"

	"github.com/keyless-inference/action/wire"
)

// An Account is a resource of the type Microsoft.CognitiveServices/accounts.
// What Azure does not tell is the zero value.
//
// https://learn.microsoft.com/rest/api/aiservices/accountmanagement/accounts/get
type Account struct {
	ID           string // /subscriptions/…/accounts/NAME
	Subscription string // the id of the subscription, out of ID
	Group        string // the name of the resource group, out of ID
	Name         string
	Kind         string // OpenAI, AIServices, CognitiveServices and others
	Location     string // the region, such as westeurope
	SKU          string // S0

	Endpoint  string            // an address; of the kind AIServices not that of Azure OpenAI
	Endpoints map[string]string // further ones by what they serve
	Subdomain string            // "": it has none, and takes no Entra tokens then

	DisableLocalAuth bool // false: keys are taken

	PublicNetwork    string // Enabled, or Disabled: it answers in private networks alone
	NetworkDefault   string // Allow, or Deny: only those that rules name may come in
	AllowedAddresses []string
	PrivateEndpoints int
}

// servesOpenAI are the kinds of account that have OpenAI's models.
var servesOpenAI = []string{"OpenAI", "AIServices", "CognitiveServices"}

// Wanted reports whether the account answers at an endpoint, of which the host
// counts. "" means any account of a kind that serves Azure OpenAI.
func (a Account) Wanted(endpoint string) bool {
	if endpoint != "" {
		return a.at(Host(endpoint))
	}
	return slices.ContainsFunc(servesOpenAI, func(kind string) bool { return strings.EqualFold(kind, a.Kind) })
}

// Host is the host of a URL, with its port, in lower case; "" for what is no URL.
func Host(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Host)
}

// at reports whether an account answers at a host.
func (a Account) at(host string) bool {
	if host == "" {
		return false
	}
	if Host(a.Endpoint) == host {
		return true
	}
	for _, e := range a.Endpoints {
		if Host(e) == host {
			return true
		}
	}
	label, rest, _ := strings.Cut(host, ".")
	return a.Subdomain != "" && strings.EqualFold(label, a.Subdomain) && ownName(rest)
}

// ownName reports whether a domain is one below which accounts have names of
// their own.
func ownName(domain string) bool {
	for _, service := range []string{"openai", "cognitiveservices", "services.ai"} {
		for _, cloud := range []string{"azure.com", "azure.us", "azure.cn"} {
			if domain == service+"."+cloud {
				return true
			}
		}
	}
	return false
}

// accountOf makes an account of what the SDK read.
func accountOf(in armcognitiveservices.Account) Account {
	p := value(in.Properties)
	acl := value(p.NetworkACLs)
	a := Account{
		Name: value(in.Name), Kind: value(in.Kind), Location: value(in.Location), SKU: value(value(in.SKU).Name),
		Endpoint: value(p.Endpoint), Endpoints: values(p.Endpoints), Subdomain: value(p.CustomSubDomainName),
		DisableLocalAuth: value(p.DisableLocalAuth), PublicNetwork: string(value(p.PublicNetworkAccess)),
		NetworkDefault: string(value(acl.DefaultAction)), PrivateEndpoints: len(p.PrivateEndpointConnections),
	}
	for _, rule := range acl.IPRules {
		a.AllowedAddresses = append(a.AllowedAddresses, value(value(rule).Value))
	}
	a.place(value(in.ID))
	return a
}

// place takes an id apart. One that is none leaves the parts empty.
func (a *Account) place(id string) {
	a.ID = id
	parsed, err := arm.ParseResourceID(id)
	if err == nil {
		a.Subscription, a.Group, a.Name = parsed.SubscriptionID, parsed.ResourceGroupName, parsed.Name
	}
}

// value is what a pointer of the SDK's points to; the zero value for nil.
func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// values are those of a map of the SDK's, without those that are null.
func values(in map[string]*string) map[string]string {
	out := map[string]string{}
	for key, v := range in {
		if v != nil {
			out[key] = *v
		}
	}
	return out
}

// Subscriptions are the ids of those that the identity has a role in, anywhere
// below them.
func (c *Client) Subscriptions(ctx context.Context) (ids []string, err error) {
	ask := &call{Client: c, doing: "listing the subscriptions"}
	all, err := list[struct{ SubscriptionID string }](ctx, ask, ask.address("/subscriptions", "2022-12-01", nil))
	for _, s := range all {
		if wire.IsGUID(s.SubscriptionID) {
			ids = append(ids, s.SubscriptionID)
		}
	}
	return ids, err
}

// Accounts lists the accounts of a subscription, of all kinds. Who has a role at
// a single account may be refused the list; then the list of resources is asked,
// which has whatever the identity may read. Accounts that were found before an error
// are returned beside it.
func (c *Client) Accounts(ctx context.Context, subscription string) ([]Account, error) {
	ask := &call{Client: c, doing: "listing the accounts"}
	client, err := armcognitiveservices.NewAccountsClient(subscription, ask, ask.options())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", ask.doing, err)
	}
	all, err := collect(ctx, ask, client.NewListPager(nil), func(p armcognitiveservices.AccountsClientListResponse) (page []Account) {
		for _, a := range p.Value {
			page = append(page, accountOf(value(a)))
		}
		return page
	})
	var refused *Refusal
	if !errors.As(err, &refused) || refused.Status != http.StatusForbidden {
		return all, err
	}
	some, readErr := c.readable(ctx, client, subscription)
	if readErr != nil {
		return some, readErr
	}
	if len(some) == 0 {
		return nil, err
	}
	return some, nil
}

// readable are the accounts of a subscription that the identity may read one by one.
// Without the right to list resources there are none, which is no error.
func (c *Client) readable(ctx context.Context, client *armcognitiveservices.AccountsClient, subscription string) (found []Account, err error) {
	ask := &call{Client: c, doing: "listing the accounts"}
	resources, err := list[struct{ ID string }](ctx, ask, ask.address("/subscriptions/"+subscription+"/resources", "2021-04-01",
		url.Values{"$filter": {"resourceType eq 'Microsoft.CognitiveServices/accounts'"}}))
	if err != nil {
		return nil, nil
	}
	for _, r := range resources {
		a, err := c.Account(ctx, r.ID)
		if err != nil {
			return found, err
		}
		found = append(found, a)
	}
	return found, nil
}

// Account asks for one account by its id.
func (c *Client) Account(ctx context.Context, id string) (Account, error) {
	var at Account
	at.place(id)
	ask := &call{Client: c, doing: "asking for an account"}
	client, err := armcognitiveservices.NewAccountsClient(at.Subscription, ask, ask.options())
	if err == nil && (at.Subscription == "" || at.Group == "") {
		err = errors.New("its id is none of an account")
	}
	if err != nil {
		return Account{}, fmt.Errorf("%s: %w", ask.doing, err)
	}
	resp, err := client.Get(ctx, at.Group, at.Name, nil)
	if err != nil {
		return Account{}, ask.told(err)
	}
	return accountOf(resp.Account), nil
}

// Find finds the accounts that answer at an endpoint, in one subscription or, if that
// is "", in all that the identity sees. Without an endpoint they are all that serve
// Azure OpenAI. None is no error. The error joins those of the subscriptions that
// could not be looked through; what the others have is returned beside it.
func (c *Client) Find(ctx context.Context, endpoint, subscription string) (found []Account, err error) {
	subscriptions := []string{subscription}
	if subscription == "" {
		if subscriptions, err = c.Subscriptions(ctx); err != nil {
			return nil, err
		}
	}
	for _, s := range subscriptions {
		all, err1 := c.Accounts(ctx, s)
		err = errors.Join(err, err1)
		found = append(found, slices.DeleteFunc(all, func(a Account) bool { return !a.Wanted(endpoint) })...)
	}
	return found, err
}
