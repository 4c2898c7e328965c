package migration

import (
	"context"
	"fmt"
	"slices"

	"github.com/keyless-inference/action/account"
)

// judgeAccount makes findings of an account's settings.
func judgeAccount(a account.Account) (found []Finding) {
	place := "account " + a.Name
	if !a.DisableLocalAuth {
		found = append(found, azureFinding("KL601", place,
			fmt.Sprintf("the account %s takes keys: disableLocalAuth is not true", a.Name),
			"az resource update --ids "+shellWord(a.ID)+" --set properties.disableLocalAuth=true", a.ID))
	}
	if a.Subdomain == "" {
		found = append(found, azureFinding("KL604", place,
			fmt.Sprintf("the account %s has no custom subdomain, so it takes no Entra tokens", a.Name),
			fmt.Sprintf("az cognitiveservices account update %s --custom-domain %s", accountWords(a), shellWord(a.Name)), a.ID))
	}
	return found
}

// accountWords name an account to az, whose commands for accounts take no --ids. See
// https://learn.microsoft.com/cli/azure/cognitiveservices/account.
func accountWords(a account.Account) string {
	return fmt.Sprintf("--subscription %s --resource-group %s --name %s", shellWord(a.Subscription), shellWord(a.Group), shellWord(a.Name))
}

// find finds the accounts to look at. The result tells of what could not be
// looked through.
func (a *Azure) find(ctx context.Context) (found []account.Account, result Result) {
	subscriptions, err := a.subscriptions(ctx)
	if err != nil {
		return nil, Result{Statuses: []Status{a.failure("subscriptions", "a role at the account, such as Cognitive Services OpenAI User", err)}}
	}
	for _, s := range subscriptions {
		some, err := a.client.Accounts(ctx, s)
		if err != nil {
			result.Statuses = append(result.Statuses, a.failure("accounts of the subscription "+s, "Microsoft.CognitiveServices/accounts/read, which the role Cognitive Services OpenAI User has", err))
		}
		found = append(found, slices.DeleteFunc(some, func(acc account.Account) bool { return !acc.Wanted(a.cfg.Endpoint) })...)
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
	return a.status("account at "+account.Host(a.cfg.Endpoint), Skipped, fmt.Sprintf(
		"no account that the identity can see, in %s, answers there: give the identity the role Cognitive Services OpenAI User at the account, or set subscription-id and check the input endpoint",
		count(subscriptions, "subscription")))
}

// subscriptions are the ids of those to look through.
func (a *Azure) subscriptions(ctx context.Context) ([]string, error) {
	if a.cfg.Subscription != "" {
		return []string{a.cfg.Subscription}, nil
	}
	return a.client.Subscriptions(ctx)
}
