package emulator

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Azure Resource Manager, as far as accounts of Cognitive Services go. It only
// answers GET: keys can't be had here, since there are none.
// https://learn.microsoft.com/rest/api/azure/

// managementPage is how many items a page of a list has: few, so that paging
// shows.
const managementPage = 5

// An operation of Azure Resource Manager is served to who has its action at the
// scope that its path begins with.
type managed struct {
	path     *regexp.Regexp
	versions []string // the api-versions
	action   string   // "" for what everybody may do
	serve    func(*Emulator, *http.Request) (any, bool)
}

const (
	inSubscription = `(?i)^/subscriptions/(?P<subscription>[^/]+)`
	inGroup        = inSubscription + `/resourceGroups/(?P<group>[^/]+)`
	ofAccount      = inGroup + cognitive + `/accounts/(?P<account>[^/]+)`
	cognitive      = `/providers/Microsoft\.CognitiveServices`
	authorization  = `/providers/Microsoft\.Authorization`

	readsAccounts = "Microsoft.CognitiveServices/accounts/read"
)

// cognitiveVersions are the api-versions of accounts and all that is in them.
var cognitiveVersions = []string{"2024-10-01", "2025-06-01"}

// management is made when the first request comes: most runs of the program have none.
var management = sync.OnceValue(func() []managed {
	return []managed{
		{regexp.MustCompile(`(?i)^/subscriptions$`), []string{"2022-12-01"}, "", (*Emulator).subscriptions},
		{regexp.MustCompile(inSubscription + `/resources$`), []string{"2021-04-01"}, "", (*Emulator).resources},
		{regexp.MustCompile(inSubscription + cognitive + `/accounts$`), cognitiveVersions, readsAccounts, (*Emulator).accounts},
		{regexp.MustCompile(inGroup + cognitive + `/accounts$`), cognitiveVersions, readsAccounts, (*Emulator).accounts},
		{regexp.MustCompile(inSubscription + cognitive + `/locations/(?P<location>[^/]+)/models$`), cognitiveVersions, "Microsoft.CognitiveServices/locations/models/read", (*Emulator).locationModels},
		{regexp.MustCompile(inSubscription + `/providers/Microsoft\.Insights/eventtypes/management/values$`), []string{"2015-04-01"}, "", (*Emulator).events},
		{regexp.MustCompile(ofAccount + `$`), cognitiveVersions, readsAccounts, (*Emulator).account},
		{regexp.MustCompile(ofAccount + `/deployments$`), cognitiveVersions, "Microsoft.CognitiveServices/accounts/deployments/read", (*Emulator).deployments},
		{regexp.MustCompile(ofAccount + `/deployments/(?P<deployment>[^/]+)$`), cognitiveVersions, "Microsoft.CognitiveServices/accounts/deployments/read", (*Emulator).oneDeployment},
		{regexp.MustCompile(ofAccount + `/models$`), cognitiveVersions, "Microsoft.CognitiveServices/accounts/models/read", (*Emulator).accountModels},
		{regexp.MustCompile(ofAccount + authorization + `/roleAssignments$`), []string{"2022-04-01"}, "Microsoft.Authorization/roleAssignments/read", (*Emulator).assignments},
		{regexp.MustCompile(`(?i)^(?:/subscriptions/[^/]+)?` + authorization + `/roleDefinitions/(?P<role>[^/]+)$`), []string{"2022-04-01"}, "", (*Emulator).definition},
	}
})

func (e *Emulator) routeManagement() {
	for _, path := range []string{"GET /subscriptions", "GET /subscriptions/", "GET /providers/"} {
		e.mux.HandleFunc(path, e.faulty("management", e.manage))
	}
}

// manage answers any request to Azure Resource Manager.
func (e *Emulator) manage(w http.ResponseWriter, r *http.Request) {
	if no := e.admitManager(r); no != nil {
		no.write(w)
		return
	}
	to, ok := managedOf(r)
	if !ok {
		(&managementError{http.StatusNotFound, "InvalidResourceType", "The resource type could not be found."}).write(w)
		return
	}
	scope, _, _ := strings.Cut(r.URL.Path, "/providers/Microsoft.Authorization")
	switch version := r.URL.Query().Get("api-version"); {
	case version == "":
		(&managementError{http.StatusBadRequest, "MissingApiVersionParameter", "The api-version query parameter (?api-version=) is required for all requests."}).write(w)
	case !slices.Contains(to.versions, version):
		(&managementError{http.StatusBadRequest, "InvalidResourceType", "The api-version '" + version + "' is invalid here; the emulator knows '" + strings.Join(to.versions, "', '") + "'."}).write(w)
	case to.action != "" && !e.mayAt(to.action, scope):
		mayNot(e.principal(r), to.action, scope).write(w)
	default:
		e.answerManaged(w, r, to)
	}
}

func (e *Emulator) answerManaged(w http.ResponseWriter, r *http.Request, to managed) {
	switch v, ok := to.serve(e, r); v := v.(type) {
	case *managementError:
		v.write(w)
	case []object:
		writeJSON(w, http.StatusOK, managedPage(r, v))
	default:
		if !ok {
			(&managementError{http.StatusNotFound, "ResourceNotFound", "The Resource under '" + r.URL.Path + "' was not found."}).write(w)
			return
		}
		writeJSON(w, http.StatusOK, v)
	}
}

func managedOf(r *http.Request) (managed, bool) {
	for _, to := range management() {
		if m := to.path.FindStringSubmatch(r.URL.Path); m != nil {
			for i, name := range to.path.SubexpNames()[1:] {
				r.SetPathValue(name, m[i+1])
			}
			return to, true
		}
	}
	return managed{}, false
}

// A managementError is a refusal.
type managementError struct {
	status        int
	code, message string
}

func (m *managementError) write(w http.ResponseWriter) {
	if m.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer authorization_uri="https://login.windows.net/", error="invalid_token"`)
	}
	writeJSON(w, m.status, object{"error": object{"code": m.code, "message": m.message}})
}

// admitManager looks at the token as Azure Resource Manager does.
func (e *Emulator) admitManager(r *http.Request) *managementError {
	_, err := e.verifyAccess(r, managementAudiences)
	_, has := bearer(r)
	switch {
	case err == nil:
		return nil
	case !has:
		return &managementError{401, "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing."}
	case errors.Is(err, jwt.ErrTokenExpired):
		return &managementError{401, "ExpiredAuthenticationToken", "The access token expiry UTC time is earlier than current UTC time."}
	}
	if _, other := e.verifyAccess(r, audiences); other == nil {
		return &managementError{401, "InvalidAuthenticationTokenAudience", "The access token has been obtained for wrong audience or resource. It should exactly match with one of the allowed audiences 'https://management.core.windows.net/','https://management.core.windows.net','https://management.azure.com/','https://management.azure.com'."}
	}
	return &managementError{401, "InvalidAuthenticationToken", "The access token is invalid."}
}

func mayNot(principal, action, scope string) *managementError {
	return &managementError{http.StatusForbidden, "AuthorizationFailed", fmt.Sprintf(
		"The client '%s' with object id '%s' does not have authorization to perform action '%s' over scope '%s' or the scope is invalid. If access was recently granted, please refresh your credentials.",
		principal, principal, action, scope)}
}

// managedPage is a page of a list, with the link to the next.
func managedPage(r *http.Request, all []object) object {
	from, _ := strconv.Atoi(r.URL.Query().Get("$skiptoken"))
	from = max(0, min(from, len(all)))
	to := min(from+managementPage, len(all))
	page := object{"value": all[from:to]}
	if to < len(all) {
		next := *r.URL
		query := next.Query()
		query.Set("$skiptoken", strconv.Itoa(to))
		next.RawQuery = strings.ReplaceAll(query.Encode(), "+", "%20")
		page["nextLink"] = origin(r) + next.RequestURI()
	}
	return page
}

func (a Account) subscription() string { return cmp.Or(a.Subscription, DefaultSubscription) }

func (a Account) group() string { return cmp.Or(a.Group, "ai") }

func (a Account) groupID() string {
	return "/subscriptions/" + a.subscription() + "/resourceGroups/" + a.group()
}

// disabled reports whether only private endpoints lead to the account.
func (a Account) disabled() bool { return strings.EqualFold(a.PublicNetworkAccess, "Disabled") }

func (a Account) id() string {
	return a.groupID() + "/providers/Microsoft.CognitiveServices/accounts/" + a.Name
}

// object is an account as answers show it.
func (a Account) object(r *http.Request) object {
	endpoint := cmp.Or(a.Endpoint, origin(r)+"/")
	properties := object{"endpoint": endpoint, "provisioningState": "Succeeded", "endpoints": object{"OpenAI Language Model Instance API": endpoint}, "publicNetworkAccess": "Enabled"}
	if a.disabled() {
		properties["publicNetworkAccess"] = "Disabled"
	}
	if a.NetworkACLs != nil {
		properties["networkAcls"] = a.NetworkACLs.object()
	}
	if a.Subdomain != "" {
		properties["customSubDomainName"] = a.Subdomain
	}
	if a.DisableLocalAuth != nil {
		properties["disableLocalAuth"] = *a.DisableLocalAuth
	}
	return object{
		"id": a.id(), "name": a.Name, "type": "Microsoft.CognitiveServices/accounts", "location": location,
		"kind": cmp.Or(a.Kind, "OpenAI"), "sku": object{"name": "S0"}, "properties": properties,
	}
}

func (e *Emulator) subscriptions(*http.Request) (any, bool) {
	list, seen := []object{}, map[string]bool{}
	for _, a := range e.cfg.Accounts {
		if id := a.subscription(); !seen[id] && len(a.Roles) > 0 {
			seen[id] = true
			list = append(list, object{"id": "/subscriptions/" + id, "subscriptionId": id, "displayName": "Emulated", "state": "Enabled", "tenantId": e.cfg.Tenant})
		}
	}
	return list, true
}

// within are the accounts of the subscription that r's path names, and of the
// resource group if it names one.
func (e *Emulator) within(r *http.Request) (found []Account) {
	for _, a := range e.cfg.Accounts {
		group := cmp.Or(r.PathValue("group"), a.group())
		if strings.EqualFold(a.subscription(), r.PathValue("subscription")) && strings.EqualFold(a.group(), group) {
			found = append(found, a)
		}
	}
	return found
}

// resources lists what the application may read, and of that no properties.
func (e *Emulator) resources(r *http.Request) (any, bool) {
	list := []object{}
	for _, a := range e.within(r) {
		if o := a.object(r); e.mayAt("Microsoft.CognitiveServices/accounts/read", a.id()) {
			delete(o, "properties")
			list = append(list, o)
		}
	}
	return list, true
}

func (e *Emulator) accounts(r *http.Request) (any, bool) {
	list := []object{}
	for _, a := range e.within(r) {
		list = append(list, a.object(r))
	}
	return list, true
}

// accountOf is the account that an id names.
func (e *Emulator) accountOf(id string) (Account, bool) {
	i := slices.IndexFunc(e.cfg.Accounts, func(a Account) bool { return strings.EqualFold(a.id(), id) })
	if i < 0 {
		return Account{}, false
	}
	return e.cfg.Accounts[i], true
}

func (e *Emulator) account(r *http.Request) (any, bool) {
	a, ok := e.accountOf(r.URL.Path)
	return a.object(r), ok
}

// eventFilter is the one filter of the activity log that is known here.
// https://learn.microsoft.com/rest/api/monitor/activity-logs/list#uri-parameters
var eventFilter = regexp.MustCompile(`^eventTimestamp ge '([^']+)' and eventTimestamp le '([^']+)' and resourceUri eq '([^']+)'$`)

// events is the activity log of an account. Each operation has two entries: one
// when it begins, one when it ends.
func (e *Emulator) events(r *http.Request) (any, bool) {
	m := eventFilter.FindStringSubmatch(r.URL.Query().Get("$filter"))
	if m == nil {
		return &managementError{http.StatusBadRequest, "BadRequest", "The $filter query parameter is not valid."}, true
	}
	from, fromErr := time.Parse(time.RFC3339, m[1])
	if fromErr != nil || time.Since(from) > 90*24*time.Hour {
		return &managementError{http.StatusBadRequest, "BadRequest", "The start time cannot be more than 90 days in the past."}, true
	}
	const action = "Microsoft.Insights/eventtypes/values/read"
	if !e.mayAt(action, m[3]) {
		return mayNot(e.principal(r), action, m[3]), true
	}
	a, _ := e.accountOf(m[3])
	list := []object{}
	for _, k := range a.KeysListed {
		for _, status := range []string{"Started", "Succeeded"} {
			list = append(list, object{
				"eventTimestamp": time.Now().Add(-time.Duration(k.Days) * 24 * time.Hour).UTC().Format(time.RFC3339Nano), "caller": k.Caller,
				"operationName": object{"value": "Microsoft.CognitiveServices/accounts/listKeys/action", "localizedValue": "List keys"},
				"status":        object{"value": status}, "resourceId": a.id(),
			})
		}
	}
	return list, true
}
