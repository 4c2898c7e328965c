package emulator

import (
	"cmp"
	"net/http"
	"strings"
)

// What Azure Resource Manager shows of deployments and models. Dates, versions of
// models that nobody has deployed and limits are invented.
// https://learn.microsoft.com/rest/api/aiservices/accountmanagement/deployments

// An offer is a model that the region has.
type offer struct {
	name, version string
	kind          Kind
	status        string // GenerallyAvailable, Preview, Deprecating
	retires       string // the date on which it ends
	isDefault     bool
	skus          []string
}

var (
	everySKU   = []string{"Standard", "GlobalStandard", "DataZoneStandard", "GlobalBatch", "ProvisionedManaged"}
	globalSKUs = []string{"GlobalStandard", "DataZoneStandard"}
	oneSKU     = []string{"Standard"}
)

// offers are the models of [DefaultDeployments] and some that have no deployment
// there.
var offers = []offer{
	{"gpt-4o-mini", "2024-07-18", Chat, "GenerallyAvailable", "2027-03-31", true, everySKU},
	{"gpt-4o", "2024-08-06", Chat, "Deprecating", "2026-12-31", false, everySKU},
	{"gpt-4o", "2024-11-20", Chat, "GenerallyAvailable", "2027-03-31", true, everySKU},
	{"gpt-4.1", "2025-04-14", Chat, "GenerallyAvailable", "2027-04-14", true, globalSKUs},
	{"gpt-4.1-mini", "2025-04-14", Chat, "GenerallyAvailable", "2027-04-14", true, globalSKUs},
	{"gpt-5-mini", "2025-08-07", Reasoning, "GenerallyAvailable", "2027-08-07", true, globalSKUs},
	{"gpt-5", "2025-08-07", Reasoning, "GenerallyAvailable", "2027-08-07", true, globalSKUs},
	{"gpt-5-codex", "2025-09-15", ResponsesOnly, "Preview", "2027-09-15", true, globalSKUs},
	{"gpt-35-turbo-instruct", "0914", Completions, "Deprecating", "2026-12-31", true, oneSKU},
	{"text-embedding-3-small", "1", Embeddings, "GenerallyAvailable", "2027-04-30", true, everySKU},
	{"text-embedding-3-large", "1", Embeddings, "GenerallyAvailable", "2027-04-30", true, everySKU},
	{"text-embedding-ada-002", "2", Embeddings, "GenerallyAvailable", "2027-04-30", true, oneSKU},
}

// offered are offers, and what the account has deployed besides.
func (e *Emulator) offered() []offer {
	all := append([]offer(nil), offers...)
	known := map[string]bool{}
	for _, o := range all {
		known[o.name+" "+o.version] = true
	}
	for _, d := range e.cfg.Deployments {
		o := offer{d.Model, d.version(), d.kind(), "GenerallyAvailable", "2027-12-31", false, everySKU}
		if key := o.name + " " + o.version; !known[key] {
			known[key] = true
			all = append(all, o)
		}
	}
	return all
}

// version is the model's version, which every model has in Azure.
func (d Deployment) version() string { return cmp.Or(d.Version, "1") }

// deployed finds the account in r's path and reports whether it has the
// configured deployments: those are at the emulator's own address.
func (e *Emulator) deployed(r *http.Request) (a Account, own, ok bool) {
	id, _, _ := cutLast(r.URL.Path, "/deployments")
	a, ok = e.accountOf(id)
	return a, a.Endpoint == "", ok
}

// cutLast is [strings.Cut] at the last sep, without case.
func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(strings.ToLower(s), sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

func (e *Emulator) deployments(r *http.Request) (any, bool) {
	a, own, ok := e.deployed(r)
	list := []object{}
	if own {
		for _, d := range e.cfg.Deployments {
			list = append(list, d.object(a))
		}
	}
	return list, ok
}

func (e *Emulator) oneDeployment(r *http.Request) (any, bool) {
	a, own, ok := e.deployed(r)
	for _, d := range e.cfg.Deployments {
		if ok && own && strings.EqualFold(d.Name, r.PathValue("deployment")) {
			return d.object(a), true
		}
	}
	return nil, false
}

// object is a deployment of a as answers show it.
func (d Deployment) object(a Account) object {
	capacity := max(1, d.TPM/1000)
	properties := object{
		"model":                object{"format": "OpenAI", "name": d.Model, "version": d.version()},
		"provisioningState":    "Succeeded",
		"versionUpgradeOption": "OnceNewDefaultVersionAvailable",
		"raiPolicyName":        "Microsoft.DefaultV2",
		"currentCapacity":      capacity,
		"capabilities":         d.kind().capabilities(),
	}
	if limits := d.limits(); limits != nil {
		properties["rateLimits"] = limits
	}
	return object{
		"id": a.id() + "/deployments/" + d.Name, "name": d.Name, "type": "Microsoft.CognitiveServices/accounts/deployments",
		"sku": object{"name": cmp.Or(d.SKU, "GlobalStandard"), "capacity": capacity}, "properties": properties,
	}
}

// limits are nil where the deployment has none, as on no real one.
func (d Deployment) limits() (all []object) {
	for _, l := range []struct {
		key            string
		count, seconds int
	}{{"request", d.RPM, 60}, {"token", d.TPM, 60}} {
		if l.count > 0 {
			all = append(all, object{"key": l.key, "renewalPeriod": l.seconds, "count": l.count})
		}
	}
	return all
}

// capabilities are strings, also those that are true.
func (k Kind) capabilities() object {
	is := map[Kind][]string{
		Chat: {"chatCompletion", "responses", "jsonSchemaResponse"}, Reasoning: {"chatCompletion", "responses", "jsonSchemaResponse"},
		ResponsesOnly: {"responses"}, Completions: {"completion"}, Embeddings: {"embeddings"},
	}
	all := object{}
	for _, name := range is[k] {
		all[name] = "true"
	}
	return all
}

// accountModels are what an account may deploy: what its region has.
func (e *Emulator) accountModels(r *http.Request) (any, bool) {
	id, _, _ := cutLast(r.URL.Path, "/models")
	_, ok := e.accountOf(id)
	list := []object{}
	for _, o := range e.offered() {
		list = append(list, o.object())
	}
	return list, ok
}

// locationModels are what a region has: nothing but in the one that there is.
func (e *Emulator) locationModels(r *http.Request) (any, bool) {
	list := []object{}
	if strings.EqualFold(r.PathValue("location"), location) {
		for _, o := range e.offered() {
			list = append(list, object{"kind": "OpenAI", "skuName": "S0", "description": "", "model": o.object()})
		}
	}
	return list, true
}

func (o offer) object() object {
	skus := []object{}
	for _, name := range o.skus {
		skus = append(skus, object{
			"name": name, "usageName": "OpenAI." + name + "." + o.name, "deprecationDate": o.retires + "T00:00:00Z",
			"capacity":   object{"default": 10, "minimum": 1, "maximum": 1000, "step": 1},
			"rateLimits": []object{{"key": "request", "renewalPeriod": 10, "count": 1}, {"key": "token", "renewalPeriod": 60, "count": 1000}},
		})
	}
	return object{
		"format": "OpenAI", "name": o.name, "version": o.version, "isDefaultVersion": o.isDefault,
		"lifecycleStatus": o.status, "maxCapacity": 1000, "capabilities": o.kind.capabilities(),
		"deprecation": object{"inference": o.retires + "T00:00:00Z"}, "skus": skus,
	}
}
