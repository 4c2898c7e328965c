package chain

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/keyless-inference/action/account"
	"github.com/keyless-inference/action/inference"
	"github.com/keyless-inference/action/oidc"
	"github.com/keyless-inference/action/wire"
)

// blames say which link is broken when the resource refuses a request. The first
// that fits counts.
var blames = []struct {
	link   string
	status int    // 0: any; below 10 the first digit alone
	words  string // in any case, in the code or the message
}{
	{"role", http.StatusUnauthorized, "permissiondenied"},
	{"endpoint", http.StatusUnauthorized, "subscription key"},
	{"token", http.StatusUnauthorized, ""},
	{"token", http.StatusBadRequest, "does not match resource"},
	{"endpoint", http.StatusBadRequest, "custom subdomain"},
	{"endpoint", http.StatusBadRequest, "api-version"},
	{"endpoint", http.StatusBadRequest, "api version"},
	{"deployment", http.StatusNotFound, "deploymentnotfound"},
	{"endpoint", http.StatusNotFound, ""},
	{"endpoint", http.StatusForbidden, ""},
	{"endpoint", 3, ""},
	{"endpoint", 2, ""}, // a page in place of an answer
	{"quota", http.StatusTooManyRequests, ""},
	{"capability", 0, ""},
}

// blamed reports whether what the request met is the fault of a link.
func (e *evidence) blamed(link string) bool { return e.culprit() == link }

// culprit is the link at which the request failed; "" where it did not, or was not
// sent.
func (e *evidence) culprit() string {
	refusal, refused := errors.AsType[*inference.ServiceError](e.askErr)
	switch {
	case e.askErr == nil || errors.Is(e.askErr, errNotAsked):
		return ""
	case !refused:
		return "endpoint" // no answer
	}
	said := strings.ToLower(refusal.Code + " " + refusal.Message)
	for _, b := range blames {
		if (b.status == 0 || b.status == refusal.Status || b.status < 10 && b.status == refusal.Status/100) && strings.Contains(said, b.words) {
			return b.link
		}
	}
	return ""
}

// passed reports whether the request got as far as to a deployment that exists:
// an answer, or a refusal by what comes behind it.
func (e *evidence) passed() bool {
	return !e.cfg.NoInference && (e.askErr == nil || e.blamed("capability") || e.blamed("quota"))
}

// unasked is why nothing is known of what comes behind the endpoint.
func (e *evidence) unasked() string {
	switch {
	case e.cfg.Deployment == "":
		return "no deployment is named: set deployment"
	case e.tokenErr != nil:
		return "there is no token to ask with"
	case e.cfg.NoInference:
		return "nothing was spent, and the control plane does not show it"
	}
	return "the request failed before"
}

// role judges whether the identity may use the deployment.
func (e *evidence) role() Link {
	allowed, known := e.allowed()
	switch {
	case e.blamed("role"):
		return broken(e.askErr, e.roleFacts()...)
	case e.passed():
		return holds("the identity may use the deployment", e.roleFacts()...)
	case known && allowed:
		return holds("a role allows it, by the control plane", e.roleFacts()...)
	case known:
		return broken(e.noRole(), e.roleFacts()...)
	}
	return unjudged(e.unasked())
}

// dataActions are what a role must allow, by API.
// https://learn.microsoft.com/azure/role-based-access-control/permissions/ai-machine-learning#microsoftcognitiveservices
var dataActions = map[string]string{
	inference.Chat:        "Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action",
	inference.Completions: "Microsoft.CognitiveServices/accounts/OpenAI/deployments/completions/action",
	inference.Embeddings:  "Microsoft.CognitiveServices/accounts/OpenAI/deployments/embeddings/action",
	inference.Responses:   "Microsoft.CognitiveServices/accounts/OpenAI/responses/write",
}

// allowed reports whether a role on the account allows the request, where the
// control plane shows the roles.
func (e *evidence) allowed() (yes, known bool) {
	if e.planeErr != nil || e.plane.rolesErr != nil {
		return false, false
	}
	return slices.ContainsFunc(e.plane.roles, func(r account.Role) bool { return r.AllowsData(dataActions[e.api()]) }), true
}

func (e *evidence) roleFacts() []Fact {
	var facts []Fact
	for _, r := range e.plane.roles {
		facts = append(facts, Fact{"role", wire.Line(r.Name+" at "+r.Scope, 300)})
	}
	return facts
}

// noRole is what the service would say of an identity without a role.
func (e *evidence) noRole() error {
	return e.cfg.Client.Explain(e.cfg.Deployment, &inference.ServiceError{
		Status: http.StatusUnauthorized, Code: "PermissionDenied",
		Message: "the control plane shows no role with the data action " + dataActions[e.api()] + " for the principal " + e.claims.ObjectID,
	})
}

// deployment judges whether there is a deployment of that name.
func (e *evidence) deployment() Link {
	d, known := e.deployed()
	switch {
	case e.cfg.Deployment == "" || e.culprit() == "" && e.askErr != nil && !known:
		return unjudged(e.unasked())
	case e.blamed("deployment"):
		return e.misnamed(e.askErr)
	case known && (e.passed() || e.cfg.NoInference || e.askErr != nil):
		return holds(wire.Line(d.Name, 100)+" is there", deploymentFacts(d)...)
	case e.passed():
		return holds(wire.Line(e.cfg.Deployment, 100)+" is there", Fact{"model", wire.Line(e.probe.Model, 100)})
	case e.planeErr == nil:
		return e.misnamed(e.cfg.Client.Explain(e.cfg.Deployment, &inference.ServiceError{Status: http.StatusNotFound, Code: "DeploymentNotFound", Message: "the control plane does not show it"}))
	}
	return unjudged(e.unasked())
}

// misnamed is a deployment that does not exist, beside those that do, as far as
// they are known; what was meant is mostly among them.
func (e *evidence) misnamed(err error) Link {
	if e.planeErr != nil {
		return broken(err)
	}
	link := broken(err, Fact{"deployments", e.names()})
	if near := e.nearest(); near != "" {
		link.Facts = append(link.Facts, Fact{"nearest", near})
		told := *link.Problem
		told.Fix = "deployment: " + near + "\nif that is what was meant, or another of those that exist:\n" + told.Fix
		link.Problem = &told
	}
	return link
}

func deploymentFacts(d account.Deployment) []Fact {
	return []Fact{
		{"model", wire.Line(strings.TrimSpace(d.Model+" "+d.Version), 100)},
		{"sku", wire.Line(fmt.Sprintf("%s, capacity %d", d.SKU, d.Capacity), 100)},
		{"limits", limits(d)},
		{"retires", date(d.Retires)},
		{"can", wire.Line(strings.Join(d.Names(), ", "), 300)},
	}
}

// limits are a deployment's rate limits; "" where it has none.
func limits(d account.Deployment) string {
	if d.TokensPerMinute == 0 && d.RequestsPerMinute == 0 {
		return ""
	}
	return fmt.Sprintf("%.0f tokens and %.0f requests a minute", d.TokensPerMinute, d.RequestsPerMinute)
}

func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

// capability judges whether the deployment answers the API that is asked.
func (e *evidence) capability() Link {
	d, _ := e.deployed()
	can, told := d.Can(capabilityOf(e.api()))
	switch {
	case e.blamed("capability"):
		return broken(e.askErr)
	case e.passed() && e.askErr == nil:
		return e.answered()
	case can:
		return holds("it can do "+e.api()+", by the control plane; nothing was asked", Fact{"api", e.api()})
	case told && e.cfg.NoInference:
		return broken(e.cfg.Client.Explain(e.cfg.Deployment, &inference.ServiceError{Status: http.StatusBadRequest, Code: "OperationNotSupported", Message: "the control plane shows that it can do " + wire.Line(strings.Join(d.Names(), ", "), 300)}))
	}
	return unjudged(e.unasked())
}

// answered tells of an answer.
func (e *evidence) answered() Link {
	says := fmt.Sprintf("%s answered", e.asked)
	if e.probe.Refused != "" {
		says += ", though it refuses the parameter " + wire.Line(e.probe.Refused, 100)
	}
	tokens := ""
	if e.probe.Tokens > 0 {
		tokens = strconv.FormatInt(e.probe.Tokens, 10)
	}
	return holds(says, Fact{"api", e.asked}, Fact{"model", wire.Line(e.probe.Model, 100)}, Fact{"took", max(e.probe.Total.Round(time.Millisecond), time.Millisecond).String()},
		Fact{"tokens", tokens}, Fact{"request-id", e.probe.RequestID})
}

// quota tells what the answer's headers say of the rate limits.
func (e *evidence) quota() Link {
	q := e.probe.Quota
	facts := holds("", Fact{"tokens left", ofLimit(q.RemainingTokens, q.LimitTokens)}, Fact{"requests left", ofLimit(q.RemainingRequests, q.LimitRequests)}).Facts
	switch {
	case e.blamed("quota"):
		return broken(e.askErr, facts...)
	case !e.passed():
		return unjudged(cmp.Or(map[bool]string{true: "nothing was spent"}[e.cfg.NoInference], e.unasked()))
	case len(facts) == 0:
		return unjudged("the answer says nothing about rate limits")
	}
	return holds("there is room", facts...)
}

// ofLimit is what is left of a limit; "" where the service does not say.
func ofLimit(left, limit int64) string {
	switch {
	case left < 0:
		return ""
	case limit < 0:
		return strconv.FormatInt(left, 10)
	}
	return fmt.Sprintf("%d of %d", left, limit)
}

// refusalOf is what the service calls its refusal.
func refusalOf(err error) string {
	if r, ok := errors.AsType[*oidc.Refusal](err); ok {
		if r.Code != 0 {
			return fmt.Sprintf("AADSTS%d", r.Code)
		}
		return strings.TrimSpace(fmt.Sprintf("HTTP %d %s", r.Status, r.Name))
	}
	if r, ok := errors.AsType[*inference.ServiceError](err); ok {
		return strings.TrimSpace(fmt.Sprintf("HTTP %d %s", r.Status, cmp.Or(r.Code, r.Type)))
	}
	return ""
}
