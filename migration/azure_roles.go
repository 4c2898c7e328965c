package migration

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/keyless-inference/action/account"
)

// Operations by which roles are judged, see
// https://learn.microsoft.com/azure/role-based-access-control/permissions/ai-machine-learning#microsoftcognitiveservices
var (
	keyActions   = []string{"Microsoft.CognitiveServices/accounts/listKeys/action", "Microsoft.CognitiveServices/accounts/regenerateKey/action"}
	writeActions = []string{"Microsoft.CognitiveServices/accounts/write", "Microsoft.CognitiveServices/accounts/delete", "Microsoft.CognitiveServices/accounts/deployments/write"}
	useActions   = []string{"Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action", "Microsoft.CognitiveServices/accounts/OpenAI/deployments/completions/action", "Microsoft.CognitiveServices/accounts/OpenAI/deployments/embeddings/action"}
)

// roles judges the roles that the identity has on an account, from wherever
// they come. A role that can only read is none of those that are too broad.
func (a *Azure) roles(ctx context.Context, acc account.Account, principal string) (found []Finding, why string, err error) {
	roles, err := a.client.Roles(ctx, acc, principal)
	kind, _ := a.client.PrincipalType(ctx) // the same token has told of the principal
	for _, r := range roles {
		found = append(found, judgeRole(acc, r, principal, kind)...)
	}
	return found, count(len(roles), "role assignment"), err
}

// judgeRole makes findings of a role that somebody has on an account.
func judgeRole(acc account.Account, r account.Role, principal, kind string) (found []Finding) {
	name, scope := r.Name, r.Scope
	place := fmt.Sprintf("role %s at %s", name, scopeName(scope))
	narrow := fmt.Sprintf("az role assignment create --assignee-object-id %s --assignee-principal-type %s --role 'Cognitive Services OpenAI User' --scope %s"+
		" && az role assignment delete --assignee %s --role %s --scope %s",
		principal, cmp.Or(kind, "ServicePrincipal"), shellWord(acc.ID), principal, shellWord(name), shellWord(scope))
	above := !strings.EqualFold(strings.TrimSuffix(scope, "/"), acc.ID)
	if above && (r.Allows(keyActions...) || r.Allows(writeActions...) || r.AllowsData(useActions...)) {
		found = append(found, azureFinding("KL602", place,
			fmt.Sprintf("the role %s holds for all of %s, not only for the account %s", name, scopeName(scope), acc.Name), narrow, name+scope))
	}
	if r.Allows(keyActions...) {
		found = append(found, azureFinding("KL603", place,
			fmt.Sprintf("with the role %s at %s the identity may list or regenerate the keys of the account %s", name, scopeName(scope), acc.Name), narrow, name+scope+acc.ID))
	}
	return found
}

// scopeName is a scope in words.
func scopeName(scope string) string {
	parts := strings.Split(strings.Trim(scope, "/"), "/")
	switch last := path.Base(scope); {
	case scope == "/" || scope == "":
		return "the whole tenant"
	case len(parts) == 2:
		return "the subscription " + last
	case len(parts) == 4 && strings.EqualFold(parts[0], "subscriptions"):
		return "the resource group " + last
	case len(parts) == 4 && strings.EqualFold(parts[2], "managementGroups"):
		return "the management group " + last
	default:
		return last
	}
}

// activity looks through an account's activity log for keys that were listed.
func (a *Azure) activity(ctx context.Context, acc account.Account, _ string) ([]Finding, string, error) {
	all, err := a.client.Activity(ctx, acc)
	if err != nil {
		return nil, "", err
	}
	listed := slices.DeleteFunc(all, func(e account.Event) bool {
		return !strings.EqualFold(e.Operation, keyActions[0]) || !strings.EqualFold(e.Status, "Succeeded")
	})
	return judgeEvents(acc, listed), fmt.Sprintf("the last %d days", account.ActivityDays), nil
}

// judgeEvents makes one finding of all times that an account's keys were listed.
// A person is not named, since logs are often public.
func judgeEvents(acc account.Account, listed []account.Event) []Finding {
	if len(listed) == 0 {
		return nil
	}
	var last time.Time
	callers := map[string]bool{}
	for _, e := range listed {
		if e.Time.After(last) {
			last = e.Time
		}
		callers[callerName(e)] = true
	}
	names := make([]string, 0, len(callers))
	for name := range callers {
		names = append(names, name)
	}
	slices.Sort(names)
	return []Finding{azureFinding("KL605", "activity log of the account "+acc.Name,
		fmt.Sprintf("the keys of the account %s were listed in the last %d days: %s, the last on %s, by %s",
			acc.Name, account.ActivityDays, count(len(listed), "time"), last.UTC().Format(time.DateOnly), strings.Join(names[:min(len(names), 5)], ", ")),
		"find out what did (az monitor activity-log list --resource-id "+shellWord(acc.ID)+" --offset 90d --query \"[?contains(operationName.value, 'listKeys')].caller\"), and change it to a token credential", acc.ID)}
}

func callerName(e account.Event) string {
	if e.Application() {
		return "the application " + e.Caller
	}
	return "a person"
}
