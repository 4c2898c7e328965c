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
	if e.cfg.NoInference && (refusal.Status == http.StatusNotFound || strings.Contains(said, "permissiondenied")) {
		return "" // the list of models, which a gateway need not have nor a role allow
	}
	for _, b := range blames {
		if (b.status == 0 || b.status == refusal.Status || b.status < 10 && b.status == refusal.Status/100) && strings.Contains(said, b.words) {
			if e.cfg.NoInference && (b.link == "capability" || b.link == "quota") {
				return "endpoint" // no deployment was asked
			}
			return b.link
		}
	}
	return ""
}

// passed reports whether the request got as far as to a deployment that exists: an
// answer, or a refusal by the model or its quota. That the service failed shows nothing.
func (e *evidence) passed() bool {
	refusal, refused := errors.AsType[*inference.ServiceError](e.askErr)
	switch {
	case e.cfg.NoInference:
		return false
	case e.askErr == nil || e.blamed("quota"):
		return true
	}
	return refused && e.blamed("capability") && refusal.Status/100 == 4 && refusal.Status != http.StatusRequestTimeout
}

// unasked is why nothing is known of what comes behind the endpoint.
func (e *evidence) unasked() string {
	switch {
	case e.cfg.Deployment == "":
		return "no deployment is named: set deployment"
	case e.tokenErr != nil:
		return "there is no token to ask with"
	case e.cfg.NoInference:
		return "nothing was spent"
	}
	return "the request failed before"
}

// role judges whether the identity may use the deployment.
func (e *evidence) role() Link {
	allowed, known := e.allowed()
	switch {
	case e.blamed("role") && known && allowed:
		return e.tooEarly()
	case e.blamed("role"):
		return broken(e.askErr, e.roleFacts()...)
	case e.passed():
		return holds("the identity may use the deployment", e.roleFacts()...)
	case known && allowed:
		return holds("a role allows it, by the control plane", e.roleFacts()...)
	case known:
		link := e.foretold("no role of the identity allows the request", &inference.ServiceError{
			Status: http.StatusUnauthorized, Code: "PermissionDenied", Message: "the data action " + dataActions[e.api()] + " for the principal " + e.claims.ObjectID,
		})
		link.Facts = holds("", e.roleFacts()...).Facts
		return link
	}
	return unjudged(e.unasked())
}

// tooEarly is a role that the control plane shows and the resource does not know yet.
func (e *evidence) tooEarly() Link {
	return retold(broken(e.askErr, e.roleFacts()...), func(p *wire.Problem) {
		p.Why += "\nThe control plane shows a role that allows it. The resource learns of a new one within 5 minutes, at times later."
		p.Fix = "wait some minutes, and run doctor again; only if it stays so:\n" + p.Fix
	})
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

// foretold is a link that the control plane shows to be broken, told as what a request
// would meet.
func (e *evidence) foretold(what string, refusal *inference.ServiceError) Link {
	link := retold(broken(e.cfg.Client.Explain(e.cfg.Deployment, refusal)), func(p *wire.Problem) {
		p.What, p.Err = what+" (by the control plane; nothing was asked)", nil
	})
	link.Says, link.Refusal = link.Problem.What, ""
	return link
}

// deployment judges whether there is a deployment of that name.
func (e *evidence) deployment() Link {
	d, known := e.deployed()
	switch {
	case e.cfg.Deployment == "":
		return unjudged(e.unasked())
	case e.blamed("deployment"):
		return e.misnamed(broken(e.askErr))
	case known && !e.passed() && unready(d) != "":
		return broken(e.unusable(d), deploymentFacts(d)...)
	case known:
		return holds(wire.Line(d.Name, 100)+" is there", deploymentFacts(d)...)
	case e.passed():
		return holds(wire.Line(e.cfg.Deployment, 100)+" is there", Fact{"model", wire.Line(e.probe.Model, 100)})
	case e.planeErr == nil:
		return e.misnamed(e.foretold("there is no deployment "+wire.Line(e.cfg.Deployment, 100), &inference.ServiceError{Status: http.StatusNotFound, Code: "DeploymentNotFound"}))
	}
	return unjudged(e.unasked())
}

// unready is why a deployment that is there can't answer, as the control plane shows it;
// "" where it can.
func unready(d account.Deployment) string {
	switch {
	case d.State != "" && !strings.EqualFold(d.State, "Succeeded"):
		return "its state is " + wire.Line(d.State, 50)
	case !d.Retires.IsZero() && d.Retires.Before(time.Now()):
		return "its model retired on " + date(d.Retires)
	case strings.Contains(strings.ToLower(d.SKU), "batch"):
		return "its SKU is " + wire.Line(d.SKU, 50) + ", which answers batches alone"
	}
	return ""
}

// unusable explains a deployment that can't answer.
func (e *evidence) unusable(d account.Deployment) error {
	show := "az cognitiveservices account deployment list --name " + wire.Quote(e.plane.account.Name) + " --resource-group " + wire.Quote(e.plane.account.Group) + " --output table"
	return &wire.Problem{
		What: "looking at the deployment " + wire.Line(d.Name, 100) + ": it can't answer",
		Why:  "The control plane shows that " + unready(d) + ".",
		Fix:  "wait until it is ready, name another deployment, or make one with a model that is offered (keyless models --available); these exist:\n" + show,
		Page: "https://learn.microsoft.com/azure/ai-foundry/openai/how-to/create-resource",
	}
}

// misnamed is a deployment that does not exist, beside those that do, as far as
// they are known; what was meant is mostly among them.
func (e *evidence) misnamed(link Link) Link {
	if e.planeErr != nil {
		return link
	}
	link.Facts = append(link.Facts, Fact{"deployments", e.names()})
	if near := e.nearest(); near != "" {
		link.Facts = append(link.Facts, Fact{"nearest", near})
		return retold(link, func(p *wire.Problem) {
			p.Fix = "set deployment to the nearest name, if that is what was meant, or to another of those that exist:\n" + p.Fix
		})
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
		return holds("it can do "+e.api()+", by the control plane; "+e.unasked(), Fact{"api", e.api()})
	case told && e.culprit() == "":
		return e.foretold("the deployment does not answer "+e.api(), &inference.ServiceError{
			Status: http.StatusBadRequest, Code: "OperationNotSupported", Message: "the control plane shows that it can do " + wire.Line(strings.Join(d.Names(), ", "), 300),
		})
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
	facts := holds("", Fact{"tokens-left", ofLimit(q.RemainingTokens, q.LimitTokens)}, Fact{"requests-left", ofLimit(q.RemainingRequests, q.LimitRequests)}).Facts
	switch {
	case e.blamed("quota"):
		return broken(e.askErr, facts...)
	case !e.passed():
		return unjudged(e.unasked())
	case len(facts) == 0:
		return unjudged("the answer says nothing about rate limits")
	}
	if q.RemainingTokens == 0 || q.RemainingRequests == 0 {
		return holds("the request was answered, and for now nothing is left", facts...)
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
