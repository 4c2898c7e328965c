package migration

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"
)

const authorizationVersion = "2022-04-01"

// A role is a role's definition.
//
// https://learn.microsoft.com/azure/role-based-access-control/role-definitions
type role struct {
	Properties struct {
		RoleName    string
		Permissions []rights
	}
}

type rights struct{ Actions, NotActions, DataActions, NotDataActions []string }

// Operations by which roles are judged, see
// https://learn.microsoft.com/azure/role-based-access-control/permissions/ai-machine-learning#microsoftcognitiveservices
var (
	keyActions   = []string{"Microsoft.CognitiveServices/accounts/listKeys/action", "Microsoft.CognitiveServices/accounts/regenerateKey/action"}
	writeActions = []string{"Microsoft.CognitiveServices/accounts/write", "Microsoft.CognitiveServices/accounts/delete", "Microsoft.CognitiveServices/accounts/deployments/write"}
	useActions   = []string{"Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action", "Microsoft.CognitiveServices/accounts/OpenAI/deployments/completions/action", "Microsoft.CognitiveServices/accounts/OpenAI/deployments/embeddings/action"}
)

// may reports whether a role allows any of some operations on the account.
func (r role) may(operations []string) bool {
	return r.allows(operations, func(p rights) (yes, no []string) { return p.Actions, p.NotActions })
}

// mayUse is the same for what the account serves.
func (r role) mayUse(operations []string) bool {
	return r.allows(operations, func(p rights) (yes, no []string) { return p.DataActions, p.NotDataActions })
}

// allows adds up the rights: what is excluded from one of them, another may
// give.
func (r role) allows(operations []string, of func(rights) (yes, no []string)) bool {
	for _, p := range r.Properties.Permissions {
		yes, no := of(p)
		for _, op := range operations {
			if anyMatches(yes, op) && !anyMatches(no, op) {
				return true
			}
		}
	}
	return false
}

func anyMatches(patterns []string, operation string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return matches(p, operation) })
}

// matches reports whether an operation is one that a pattern means, in which "*"
// stands for any characters and letter case for nothing.
func matches(pattern, operation string) bool {
	pattern, operation = strings.ToLower(pattern), strings.ToLower(operation)
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == operation
	}
	first, last := parts[0], parts[len(parts)-1]
	if len(operation) < len(first)+len(last) || !strings.HasPrefix(operation, first) || !strings.HasSuffix(operation, last) {
		return false
	}
	rest := operation[len(first) : len(operation)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		_, after, ok := strings.Cut(rest, part)
		if !ok {
			return false
		}
		rest = after
	}
	return true
}

// An assignment gives a role to somebody at a scope.
type assignment struct {
	Properties struct{ Scope, RoleDefinitionID, PrincipalID string }
}

// roles judges the roles that the identity has on an account, from wherever
// they come. A role that can only read is none of those that are too broad.
func (a *Azure) roles(ctx context.Context, acc account, principal string) (found []Finding, why string, err error) {
	if principal == "" {
		return nil, "", errors.New("the token does not say whose it is (it has no claim oid)")
	}
	all, err := list[assignment](ctx, a.arm, "listing the role assignments", acc.ID+"/providers/Microsoft.Authorization/roleAssignments", authorizationVersion,
		url.Values{"$filter": {"atScope() and assignedTo('" + principal + "')"}})
	if err != nil {
		return nil, "", err
	}
	for _, as := range all {
		r, err := get[role](ctx, a.arm, "asking for a role", as.Properties.RoleDefinitionID, authorizationVersion, nil)
		if err != nil {
			return found, "", err
		}
		found = append(found, judgeRole(acc, as, r, principal)...)
	}
	return found, count(len(all), "role assignment"), nil
}

// judgeRole makes findings of a role that somebody has on an account.
func judgeRole(acc account, as assignment, r role, principal string) (found []Finding) {
	name, scope := r.Properties.RoleName, as.Properties.Scope
	place := fmt.Sprintf("role %s at %s", name, scopeName(scope))
	narrow := fmt.Sprintf("az role assignment create --assignee-object-id %s --assignee-principal-type ServicePrincipal --role 'Cognitive Services OpenAI User' --scope %s"+
		" && az role assignment delete --assignee %s --role %s --scope %s",
		principal, shellWord(acc.ID), principal, shellWord(name), shellWord(scope))
	above := !strings.EqualFold(strings.TrimSuffix(scope, "/"), acc.ID)
	if above && (r.may(keyActions) || r.may(writeActions) || r.mayUse(useActions)) {
		found = append(found, azureFinding("KL602", place,
			fmt.Sprintf("the role %s holds for all of %s, not only for the account %s", name, scopeName(scope), acc.name()), narrow, name+scope))
	}
	if r.may(keyActions) {
		found = append(found, azureFinding("KL603", place,
			fmt.Sprintf("with the role %s at %s the identity may list or regenerate the keys of the account %s", name, scopeName(scope), acc.name()), narrow, name+scope+acc.ID))
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

// logDays is how far back the activity log goes.
// https://learn.microsoft.com/azure/azure-monitor/platform/activity-log#retention-period
const logDays = 90

// An event is one of the activity log.
type event struct {
	EventTimestamp        time.Time
	Caller                string
	OperationName, Status struct{ Value string }
}

// activity looks through an account's activity log for keys that were listed.
func (a *Azure) activity(ctx context.Context, acc account, _ string) ([]Finding, string, error) {
	const stamp = "2006-01-02T15:04:05Z"
	now := time.Now().UTC()
	all, err := list[event](ctx, a.arm, "reading the activity log", "/subscriptions/"+subscriptionOf(acc.ID)+"/providers/Microsoft.Insights/eventtypes/management/values", "2015-04-01",
		url.Values{
			"$filter": {fmt.Sprintf("eventTimestamp ge '%s' and eventTimestamp le '%s' and resourceUri eq '%s'",
				now.AddDate(0, 0, -logDays).Add(time.Minute).Format(stamp), now.Format(stamp), strings.ReplaceAll(acc.ID, "'", "''"))},
			"$select": {"eventTimestamp,caller,operationName,status"},
		})
	if err != nil {
		return nil, "", err
	}
	listed := slices.DeleteFunc(all, func(e event) bool {
		return !strings.EqualFold(e.OperationName.Value, keyActions[0]) || !strings.EqualFold(e.Status.Value, "Succeeded")
	})
	return judgeEvents(acc, listed), fmt.Sprintf("the last %d days", logDays), nil
}

func subscriptionOf(id string) string {
	_, rest, _ := strings.Cut(id, "/subscriptions/")
	subscription, _, _ := strings.Cut(rest, "/")
	return subscription
}

// judgeEvents makes one finding of all times that an account's keys were listed.
// A person is not named, since logs are often public.
func judgeEvents(acc account, listed []event) []Finding {
	if len(listed) == 0 {
		return nil
	}
	var last time.Time
	callers := map[string]bool{}
	for _, e := range listed {
		if e.EventTimestamp.After(last) {
			last = e.EventTimestamp
		}
		callers[callerName(e.Caller)] = true
	}
	names := make([]string, 0, len(callers))
	for name := range callers {
		names = append(names, name)
	}
	slices.Sort(names)
	return []Finding{azureFinding("KL605", "activity log of the account "+acc.name(),
		fmt.Sprintf("the keys of the account %s were listed in the last %d days: %s, the last on %s, by %s",
			acc.name(), logDays, count(len(listed), "time"), last.UTC().Format(time.DateOnly), strings.Join(names[:min(len(names), 5)], ", ")),
		"find out what did (az monitor activity-log list --resource-id "+shellWord(acc.ID)+" --offset 90d --query \"[?contains(operationName.value, 'listKeys')].caller\"), and change it to a token credential", acc.ID)}
}

func callerName(caller string) string {
	if guid.MatchString(caller) {
		return "the application " + caller
	}
	return "a person"
}
