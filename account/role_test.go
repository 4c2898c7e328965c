package account

import (
	"regexp"
	"strings"
	"testing"
)

func TestMatches(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, operation string
		want               bool
	}{
		{"*", "Microsoft.CognitiveServices/accounts/listKeys/action", true},
		{"Microsoft.CognitiveServices/*", "Microsoft.CognitiveServices/accounts/listKeys/action", true},
		{"microsoft.cognitiveservices/accounts/listkeys/ACTION", "Microsoft.CognitiveServices/accounts/listKeys/action", true},
		{"*/action", "Microsoft.CognitiveServices/accounts/listKeys/action", true},
		{"*/read", "Microsoft.CognitiveServices/accounts/listKeys/action", false},
		{"Microsoft.CognitiveServices/*/read", "Microsoft.CognitiveServices/accounts/read", true},
		{"Microsoft.*/accounts/*/action", "Microsoft.CognitiveServices/accounts/listKeys/action", true},
		{"Microsoft.Cog*/x/*/action", "Microsoft.CognitiveServices/accounts/listKeys/action", false},
		{"a*a", "a", false},
		{"a*a", "aa", true},
		{"a**b", "aXb", true},
		{"", "", true},
		{"", "a", false},
		{"a*b*c", "abbc", true},
		{"a*bc*c", "abc", false},
	} {
		if matches(c.pattern, c.operation) != c.want {
			t.Errorf("%q for %q: %v", c.pattern, c.operation, !c.want)
		}
	}
}

// An expression says the same.
func FuzzMatches(f *testing.F) {
	f.Add("Microsoft.CognitiveServices/*/action", "Microsoft.CognitiveServices/accounts/listKeys/action")
	f.Add("a*b**c", "aXbYc")
	f.Fuzz(func(t *testing.T, pattern, operation string) {
		p, op := strings.ToLower(pattern), strings.ToLower(operation)
		e, err := regexp.Compile(`(?s)^` + strings.ReplaceAll(regexp.QuoteMeta(p), `\*`, `.*`) + `$`)
		if err != nil {
			return
		}
		if want := e.MatchString(op); matches(pattern, operation) != want {
			t.Errorf("%q for %q: not %v", pattern, operation, want)
		}
	})
}

func TestRoleRights(t *testing.T) {
	t.Parallel()
	keys := []string{"Microsoft.CognitiveServices/accounts/listKeys/action", "Microsoft.CognitiveServices/accounts/regenerateKey/action"}
	contributor := Rights{Actions: []string{"*"}, NotActions: []string{"Microsoft.Authorization/*/Write"}}
	barred := Rights{Actions: []string{"Microsoft.CognitiveServices/*"}, NotActions: []string{"*/listKeys/action", "*/regenerateKey/action"}}
	for name, c := range map[string]struct {
		rights []Rights
		want   bool
	}{
		"contributor":           {[]Rights{contributor}, true},
		"barred":                {[]Rights{barred}, false},
		"barred, and given":     {[]Rights{barred, {Actions: []string{"*/listkeys/action"}}}, true},
		"only one is barred":    {[]Rights{{Actions: []string{"*"}, NotActions: []string{"*/listKeys/action"}}}, true},
		"reader":                {[]Rights{{Actions: []string{"*/read"}}}, false},
		"nothing":               {nil, false},
		"as a data action only": {[]Rights{{DataActions: []string{"*"}}}, false},
	} {
		r := Role{Rights: c.rights}
		if r.Allows(keys...) != c.want {
			t.Errorf("%s: %v", name, !c.want)
		}
	}
}

func TestRoleData(t *testing.T) {
	t.Parallel()
	const chat = "Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action"
	for name, c := range map[string]struct {
		rights Rights
		want   bool
	}{
		"by name":             {Rights{DataActions: []string{chat}}, true},
		"by pattern":          {Rights{DataActions: []string{"Microsoft.CognitiveServices/*"}}, true},
		"taken out":           {Rights{DataActions: []string{"Microsoft.CognitiveServices/*"}, NotDataActions: []string{"*/completions/action"}}, false},
		"on the control side": {Rights{Actions: []string{"*"}}, false},
	} {
		if got := (Role{Rights: []Rights{c.rights}}).AllowsData(chat); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
