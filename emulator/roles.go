package emulator

import (
	"cmp"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A knownRole is one of Azure's built-in roles, shortened to what matters here.
// https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/ai-machine-learning
type knownRole struct {
	id                               string
	actions, notActions, dataActions []string
}

var roles = map[string]knownRole{
	"Cognitive Services OpenAI User": {
		"5e0bd9bd-7b93-4f28-af87-19fc36ad61bd",
		[]string{"Microsoft.CognitiveServices/*/read", "Microsoft.Authorization/roleAssignments/read", "Microsoft.Authorization/roleDefinitions/read"},
		nil,
		[]string{"Microsoft.CognitiveServices/accounts/OpenAI/*/read", "Microsoft.CognitiveServices/accounts/OpenAI/deployments/completions/action", "Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action", "Microsoft.CognitiveServices/accounts/OpenAI/deployments/embeddings/action", "Microsoft.CognitiveServices/accounts/OpenAI/responses/*"},
	},
	"Cognitive Services OpenAI Contributor": {
		"a001fd3d-188f-4b5d-821b-7da978bf7442",
		[]string{"Microsoft.CognitiveServices/*/read", "Microsoft.CognitiveServices/accounts/deployments/write", "Microsoft.CognitiveServices/accounts/deployments/delete", "Microsoft.Authorization/roleAssignments/read", "Microsoft.Authorization/roleDefinitions/read"},
		nil,
		[]string{"Microsoft.CognitiveServices/accounts/OpenAI/*"},
	},
	"Azure AI User": {
		"53ca6127-db72-4b80-b1b0-d745d6d5456d",
		[]string{"Microsoft.CognitiveServices/*/read", "Microsoft.Authorization/roleAssignments/read"},
		nil,
		[]string{"Microsoft.CognitiveServices/*"},
	},
	"Cognitive Services User": {
		"a97b65f3-24c7-4388-baec-2e87135dc908",
		[]string{"Microsoft.CognitiveServices/*/read", "Microsoft.CognitiveServices/accounts/listkeys/action", "Microsoft.Authorization/roleAssignments/read"},
		nil,
		[]string{"Microsoft.CognitiveServices/*"},
	},
	"Cognitive Services Contributor": {
		"25fbc0a9-bd7c-42a3-aa1a-3b75d497ee68",
		[]string{"Microsoft.CognitiveServices/*", "Microsoft.Authorization/*/read"},
		nil, nil,
	},
	"Contributor": {
		"b24988ac-6180-42a0-ab88-20f7382dd24c",
		[]string{"*"},
		[]string{"Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write", "Microsoft.Authorization/elevateAccess/Action"},
		nil,
	},
	"Owner":             {"8e3af657-a8ff-443c-a75c-2fe8c4bcb635", []string{"*"}, nil, nil},
	"Reader":            {"acdd72a7-3385-48ef-bd42-f606fba81ae7", []string{"*/read"}, nil, nil},
	"Monitoring Reader": {"43d0d8ad-25c7-4714-9337-8ba259a9fe05", []string{"*/read", "Microsoft.OperationalInsights/workspaces/search/action"}, nil, nil},
}

// mayAt reports whether the application has an action at a scope, by a role
// there or above.
func (e *Emulator) mayAt(action, scope string) bool {
	return e.cfg.has(scope, func(k knownRole) bool { return k.may(action) })
}

// has reports whether the application has a role of this sort at a scope.
func (c Config) has(scope string, is func(knownRole) bool) bool {
	for _, a := range c.Accounts {
		for _, given := range a.Roles {
			if covers(a.scopeOf(given), scope) && is(roles[given.Role]) {
				return true
			}
		}
	}
	return false
}

// covers reports whether what holds at a scope holds at a place below it.
func covers(scope, place string) bool {
	scope, place = strings.ToLower(strings.TrimSuffix(scope, "/")), strings.ToLower(place)
	return scope == place || strings.HasPrefix(place, scope+"/")
}

func (k knownRole) may(action string) bool {
	return means(k.actions, action) && !means(k.notActions, action)
}

// means reports whether one of the patterns, in which a star is anything, stands
// for action.
func means(patterns []string, action string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		return regexp.MustCompile(`(?i)^` + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, `.*`) + `$`).MatchString(action)
	})
}

// principal is the object id of who asks, by the token: the application, or the user
// who is logged in to az.
func (e *Emulator) principal(r *http.Request) string {
	if token, ok := bearer(r); ok {
		if c, err := e.verified(token); err == nil && c["oid"] == DefaultUserID {
			return DefaultUserID
		}
	}
	return principalID
}

// assignees are those who have the roles, and what they are.
var assignees = map[string]string{principalID: "ServicePrincipal", DefaultUserID: "User"}

// assignee is whom a filter of role assignments is about; "" if about nobody here.
func (e *Emulator) assignee(r *http.Request) string {
	who := e.principal(r)
	for filter := range strings.SplitSeq(r.URL.Query().Get("$filter"), " and ") {
		m := assigneeFilter.FindStringSubmatch(filter)
		if m == nil {
			return ""
		}
		who = cmp.Or(m[1]+m[2], who)
	}
	return who
}

var assigneeFilter = regexp.MustCompile(`^(?:|atScope\(\)|assignedTo\('([^']+)'\)|principalId eq '([^']+)')$`)

// assignments lists the roles at an account and above it. Both filters that are
// documented may be joined by "and".
// https://learn.microsoft.com/azure/role-based-access-control/role-assignments-list-rest
func (e *Emulator) assignments(r *http.Request) (any, bool) {
	id, _, _ := strings.Cut(r.URL.Path, "/providers/Microsoft.Authorization")
	a, ok := e.accountOf(id)
	if !ok {
		return nil, false
	}
	who := e.assignee(r)
	if assignees[who] == "" {
		return []object{}, true
	}
	list := []object{}
	for i, given := range a.Roles {
		list = append(list, object{
			"id": a.scopeOf(given) + "/providers/Microsoft.Authorization/roleAssignments/" + strconv.Itoa(i),
			"properties": object{
				"scope": a.scopeOf(given), "principalId": who, "principalType": assignees[who],
				"roleDefinitionId": "/subscriptions/" + a.subscription() + "/providers/Microsoft.Authorization/roleDefinitions/" + url.PathEscape(roles[given.Role].id),
			},
		})
	}
	return list, true
}

// scopeOf is where an assignment holds.
func (a Account) scopeOf(given RoleAssignment) string {
	switch given.Scope {
	case "", "account":
		return a.id()
	case "group":
		return a.groupID()
	case "subscription":
		return "/subscriptions/" + a.subscription()
	}
	return given.Scope
}

func (e *Emulator) definition(r *http.Request) (any, bool) {
	for name, known := range roles {
		if strings.EqualFold(known.id, r.PathValue("role")) {
			return object{"id": r.URL.Path, "name": known.id, "properties": object{
				"roleName": name, "type": "BuiltInRole", "permissions": []object{{
					"actions": known.actions, "notActions": known.notActions, "dataActions": known.dataActions, "notDataActions": []string{},
				}},
			}}, true
		}
	}
	return nil, false
}
