package emulator

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// What the settings of the account at the emulator's own address let through to
// Azure OpenAI: its network, its subdomain, and the roles of who asks.

// dataActions are what the operations take, and how they are called in a
// refusal; everything else, such as the list of models, takes a reader.
// https://learn.microsoft.com/azure/role-based-access-control/permissions/ai-machine-learning#microsoftcognitiveservices
var dataActions = map[string]string{
	"chat/completions": "Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action",
	"completions":      "Microsoft.CognitiveServices/accounts/OpenAI/deployments/completions/action",
	"embeddings":       "Microsoft.CognitiveServices/accounts/OpenAI/deployments/embeddings/action",
	"responses":        "Microsoft.CognitiveServices/accounts/OpenAI/responses/write",
	"":                 "Microsoft.CognitiveServices/accounts/OpenAI/models/read",
}

// An access is what is known of it before anybody asks. The zero value, that of
// an emulator without an account at its own address, lets everybody in.
type access struct {
	network *denial        // the answer to who is outside, if the account has an outside
	inside  []netip.Prefix // who is not
	missing *denial        // what a token is not good enough for, since there is no subdomain
	lacking map[string]bool
}

// access reads the settings of the first account at the emulator's own address.
func (c Config) access() access {
	i := slices.IndexFunc(c.Accounts, func(a Account) bool { return a.Endpoint == "" })
	if i < 0 {
		return access{}
	}
	a, found := c.Accounts[i], access{lacking: map[string]bool{}}
	switch {
	case a.disabled():
		found.network = &denial{http.StatusForbidden, gatewayError("403", noPublicAccess), nil}
	case a.NetworkACLs.denies():
		found.network = &denial{http.StatusForbidden, gatewayError("403", behindFirewall), nil}
		found.inside = a.NetworkACLs.prefixes()
	}
	if a.Subdomain == "" {
		found.missing = &denial{http.StatusBadRequest, gatewayError("BadRequest", noSubdomain), nil}
	}
	for _, action := range dataActions {
		found.lacking[action] = !c.mayDo(action, a.id())
	}
	return found
}

// mayDo is mayAt for data actions.
func (c Config) mayDo(action, scope string) bool {
	return c.has(scope, func(k knownRole) bool { return means(k.dataActions, action) })
}

// outside is the refusal of who comes from a network that the account does not
// let in, or nil. The service looks at that first.
func (a access) outside(r *http.Request) *denial {
	if a.network == nil {
		return nil
	}
	if from, err := netip.ParseAddrPort(r.RemoteAddr); err == nil &&
		slices.ContainsFunc(a.inside, func(p netip.Prefix) bool { return p.Contains(from.Addr().Unmap()) }) {
		return nil
	}
	return a.network
}

// forbids is the refusal of the principal who came with a good token, or nil.
func (a access) forbids(r *http.Request, to route, principal string) *denial {
	if a.missing != nil {
		return a.missing
	}
	action, ok := dataActions[to.operation]
	if !ok {
		action = dataActions[""]
	}
	if !a.lacking[action] {
		return nil
	}
	return &denial{http.StatusUnauthorized, gatewayError("PermissionDenied", lacks(principal, action, r.Method+" "+template(r.URL.Path))), notSet(r)}
}

// lacks is what the service says to who may not do something.
func lacks(principal, action, operation string) string {
	return fmt.Sprintf("The principal `%s` lacks the required data action `%s` to perform `%s` operation.", principal, action, operation)
}

// template is a path as the service quotes it: without the name of a deployment.
func template(path string) string {
	rest, ok := strings.CutPrefix(path, "/openai/deployments/")
	if !ok {
		return path
	}
	_, operation, _ := strings.Cut(rest, "/")
	return "/openai/deployments/{deployment-id}/" + operation
}

// NetworkACLs is an account's firewall.
type NetworkACLs struct {
	DefaultAction string   `yaml:"default-action"` // Allow or Deny; "" means Allow
	IPRules       []string `yaml:"ip-rules"`       // addresses and ranges that are let in all the same
}

func (n *NetworkACLs) denies() bool { return n != nil && strings.EqualFold(n.DefaultAction, "Deny") }

// prefixes are the rules that can be read.
func (n *NetworkACLs) prefixes() (all []netip.Prefix) {
	for _, rule := range n.IPRules {
		if p, err := prefix(rule); err == nil {
			all = append(all, p)
		}
	}
	return all
}

// prefix reads an address or a range of them.
func prefix(rule string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(rule); err == nil {
		return addr.Prefix(addr.BitLen())
	}
	return netip.ParsePrefix(rule)
}

// object is the firewall as Azure Resource Manager shows it.
func (n *NetworkACLs) object() object {
	rules := []object{}
	for _, rule := range n.IPRules {
		rules = append(rules, object{"value": rule})
	}
	action := "Allow"
	if n.denies() {
		action = "Deny"
	}
	return object{"defaultAction": action, "ipRules": rules, "virtualNetworkRules": []object{}}
}

// claimsChallenge tells the client that its tokens are revoked: only those are
// good that it asks for with these claims, or that a managed identity gets from
// now on.
// https://learn.microsoft.com/entra/identity/conditional-access/concept-continuous-access-evaluation
func claimsChallenge(e *Emulator, w http.ResponseWriter, r *http.Request) {
	e.revoked.CompareAndSwap(0, time.Now().Unix())
	setHeaders(w, r)
	e.challenge().write(w)
}

// challenge is the answer to a token that is revoked.
func (e *Emulator) challenge() *denial {
	claims := fmt.Sprintf(`{"access_token":{"nbf":{"essential":true,"value":"%d"}}}`, e.revoked.Load())
	return &denial{http.StatusUnauthorized, unauthorized, map[string]string{
		"WWW-Authenticate": `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", error="insufficient_claims", claims=` +
			strconv.Quote(base64.StdEncoding.EncodeToString([]byte(claims))),
	}}
}

// isRevoked reports whether a token is from before the challenge.
func (e *Emulator) isRevoked(c claims) bool {
	since, _ := c[claimSince].(float64)
	return int64(since) < e.revoked.Load()
}
