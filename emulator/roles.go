package emulator

import (
	"regexp"
	"slices"
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
		[]string{"Microsoft.CognitiveServices/accounts/OpenAI/*/read", "Microsoft.CognitiveServices/accounts/OpenAI/deployments/completions/action", "Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action", "Microsoft.CognitiveServices/accounts/OpenAI/deployments/embeddings/action"},
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
	for _, a := range e.cfg.Accounts {
		for _, given := range a.Roles {
			if covers(a.scopeOf(given), scope) && roles[given.Role].may(action) {
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
	means := func(pattern string) bool {
		return regexp.MustCompile(`(?i)^` + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, `.*`) + `$`).MatchString(action)
	}
	return slices.ContainsFunc(k.actions, means) && !slices.ContainsFunc(k.notActions, means)
}
