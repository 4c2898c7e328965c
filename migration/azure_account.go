package migration

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
)

// An account is a resource of the type Microsoft.CognitiveServices/accounts.
//
// https://learn.microsoft.com/rest/api/aiservices/accountmanagement/accounts/get
type account struct {
	ID, Kind   string
	Properties struct {
		DisableLocalAuth    bool // absent means false: keys are taken
		CustomSubDomainName string
		Endpoint            string
		Endpoints           map[string]string
	}
}

const accountVersion = "2024-10-01"

// servesOpenAI are the kinds of account that have OpenAI's models.
var servesOpenAI = []string{"OpenAI", "AIServices", "CognitiveServices"}

func (a account) name() string { return path.Base(a.ID) }

// at reports whether an account answers at a host.
func (a account) at(host string) bool {
	if hostOf(a.Properties.Endpoint) == host {
		return true
	}
	for _, e := range a.Properties.Endpoints {
		if hostOf(e) == host {
			return true
		}
	}
	label, rest, _ := strings.Cut(host, ".")
	return a.Properties.CustomSubDomainName != "" && strings.EqualFold(label, a.Properties.CustomSubDomainName) && ownName(rest)
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

// judge makes findings of an account's settings.
func (a account) judge() (found []Finding) {
	place := "account " + a.name()
	if !a.Properties.DisableLocalAuth {
		found = append(found, azureFinding("KL601", place,
			fmt.Sprintf("the account %s takes keys: disableLocalAuth is not true", a.name()),
			"az resource update --ids "+shellWord(a.ID)+" --set properties.disableLocalAuth=true", a.ID))
	}
	if a.Properties.CustomSubDomainName == "" {
		found = append(found, azureFinding("KL604", place,
			fmt.Sprintf("the account %s has no custom subdomain, so it takes no Entra tokens", a.name()),
			fmt.Sprintf("az cognitiveservices account update %s --custom-domain %s", a.words(), shellWord(a.name())), a.ID))
	}
	return found
}

// words name the account to az, whose commands for accounts take no --ids. See
// https://learn.microsoft.com/cli/azure/cognitiveservices/account.
func (a account) words() string {
	id := strings.Split(a.ID+"////", "/") // "", subscriptions, ID, resourceGroups, NAME, …
	return fmt.Sprintf("--subscription %s --resource-group %s --name %s", shellWord(id[2]), shellWord(id[4]), shellWord(a.name()))
}

// find finds the accounts to look at. The result tells of what could not be
// looked through.
func (a *Azure) find(ctx context.Context) (found []account, result Result) {
	subscriptions, err := a.subscriptions(ctx)
	if err != nil {
		return nil, Result{Statuses: []Status{a.failure("subscriptions", "a role at the account, such as Cognitive Services OpenAI User", err)}}
	}
	for _, s := range subscriptions {
		some, err := a.accounts(ctx, s)
		if err != nil {
			result.Statuses = append(result.Statuses, a.failure("accounts of the subscription "+s, "Microsoft.CognitiveServices/accounts/read, which the role Cognitive Services OpenAI User has", err))
		}
		found = append(found, slices.DeleteFunc(some, func(acc account) bool { return !a.wants(acc) })...)
	}
	if len(found) == 0 && len(result.Statuses) == 0 {
		result.Statuses = []Status{a.none(len(subscriptions))}
	}
	return found, result
}

// none is the status when there is no account: nothing to look at in a
// subscription, or a mistake in the endpoint.
func (a *Azure) none(subscriptions int) Status {
	if a.cfg.Endpoint == "" {
		return a.status("accounts of the subscription "+a.cfg.Subscription, Looked, "0 accounts")
	}
	return a.status("account at "+hostOf(a.cfg.Endpoint), Skipped, fmt.Sprintf(
		"no account that the identity can see, in %s, answers there: give the identity the role Cognitive Services OpenAI User at the account, or set subscription-id and check the input endpoint",
		count(subscriptions, "subscription")))
}

// wants reports whether an account is one that was asked for.
func (a *Azure) wants(acc account) bool {
	if a.cfg.Endpoint != "" {
		return acc.at(hostOf(a.cfg.Endpoint))
	}
	return slices.ContainsFunc(servesOpenAI, func(kind string) bool { return strings.EqualFold(kind, acc.Kind) })
}

// subscriptions are the ids of those to look through.
func (a *Azure) subscriptions(ctx context.Context) (ids []string, err error) {
	if a.cfg.Subscription != "" {
		return []string{a.cfg.Subscription}, nil
	}
	type subscription struct{ SubscriptionID, State string }
	all, err := list[subscription](ctx, a.arm, "listing the subscriptions", "/subscriptions", "2022-12-01", nil)
	for _, s := range all {
		if guid.MatchString(s.SubscriptionID) {
			ids = append(ids, s.SubscriptionID)
		}
	}
	return ids, err
}

// accounts lists the accounts of a subscription. Who has a role at a single
// account may be refused the list; then the list of resources is asked, which
// has whatever the identity may read.
func (a *Azure) accounts(ctx context.Context, subscription string) ([]account, error) {
	const doing = "listing the accounts"
	all, err := list[account](ctx, a.arm, doing, "/subscriptions/"+subscription+"/providers/Microsoft.CognitiveServices/accounts", accountVersion, nil)
	var r *armRefusal
	if !errors.As(err, &r) || r.status != http.StatusForbidden {
		return all, err
	}
	some, listErr := list[struct{ ID string }](ctx, a.arm, doing, "/subscriptions/"+subscription+"/resources", "2021-04-01",
		url.Values{"$filter": {"resourceType eq 'Microsoft.CognitiveServices/accounts'"}})
	if listErr != nil || len(some) == 0 {
		return nil, err
	}
	all = nil
	for _, s := range some {
		acc, err := get[account](ctx, a.arm, "asking for an account", s.ID, accountVersion, nil)
		if err != nil {
			return all, err
		}
		all = append(all, acc)
	}
	return all, nil
}
