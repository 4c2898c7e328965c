package chain

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/keyless-inference/action/account"
	"github.com/keyless-inference/action/document"
	"github.com/keyless-inference/action/oidc"
	"github.com/keyless-inference/action/wire"
)

// broken makes a link of an error that is told to people.
func broken(err error, facts ...Fact) Link {
	link := holds("", facts...)
	link.State, link.Refusal = Broken, refusalOf(err)
	if !errors.As(err, &link.Problem) {
		link.Problem = &wire.Problem{
			What: wire.Line(err.Error(), 300), Why: "It did not come to an end.", Fix: "run doctor again, with a longer timeout if that was over",
			Page: "https://learn.microsoft.com/azure/ai-foundry/openai/how-to/managed-identity", Err: err,
		}
	}
	link.Says = link.Problem.What
	return link
}

// retold is a broken link whose problem is told in other words.
func retold(link Link, tell func(*wire.Problem)) Link {
	p := *link.Problem
	tell(&p)
	link.Problem = &p
	return link
}

// ours are the links before the exchange, which only a job of GitHub has.
func (e *evidence) ours() (why string, ok bool) {
	if e.uses(oidc.GitHubOIDC) {
		return "", true
	}
	return "auth: " + strings.Join(e.cfg.Modes, ", ") + " takes no ID token of GitHub's", false
}

// elsewhere reports whether another way of a chain gave the token that the job has
// no ID token for.
func (e *evidence) elsewhere() bool {
	return e.tokenErr == nil && (e.cfg.NoIDToken != nil || e.idErr != nil)
}

const anotherWay = "github-oidc has no ID token here, and another way of the chain gave the Entra token"

// permissions judges whether the job may ask for an ID token.
func (e *evidence) permissions() Link {
	if why, ok := e.ours(); !ok {
		return unjudged(why, e.cfg.Job...)
	}
	if e.elsewhere() {
		return unjudged(anotherWay, e.cfg.Job...)
	}
	if e.cfg.NoIDToken != nil {
		return broken(e.cfg.NoIDToken, e.cfg.Job...)
	}
	return holds("the job may ask for an ID token", e.cfg.Job...)
}

// idToken judges GitHub's answer. The token itself is never shown.
func (e *evidence) idToken() Link {
	why, ok := e.ours()
	switch {
	case !ok:
		return unjudged(why)
	case e.elsewhere():
		return unjudged(anotherWay)
	case e.cfg.NoIDToken != nil:
		return unjudged("the job can't ask for one")
	case e.idErr != nil:
		return broken(e.idErr)
	}
	return holds("GitHub says who the job is", e.idFacts()...)
}

func (e *evidence) idFacts() []Fact {
	return []Fact{
		{"issuer", e.id.Issuer},
		{"subject", e.id.Subject},
		{"audience", strings.Join(e.id.Audience, " ")},
		{"form", oidc.SubjectForm(e.id.Subject)},
		{"lifetime", lifetime(e.id)},
	}
}

func lifetime(c wire.Claims) string {
	if c.IssuedAt.IsZero() || c.Expiry.IsZero() {
		return ""
	}
	return c.Expiry.Sub(c.IssuedAt).String()
}

// tenant judges whether the authority answers, and knows the tenant.
func (e *evidence) tenant() Link {
	facts := []Fact{{"authority", e.cfg.Identity.Authority}, {"tenant", e.cfg.Identity.Tenant}}
	switch {
	case e.cfg.Identity.Tenant == "" && e.federated():
		return unjudged("no tenant-id is given", facts[:1]...)
	case e.cfg.Identity.Tenant == "":
		return unjudged("no tenant is named: whoever gives the token knows it", facts[:1]...)
	case e.tenantErr != nil && e.tokenErr == nil:
		return unjudged("Entra did not tell of the tenant, but it gave a token: "+firstLine(e.tenantErr), facts...)
	case e.tenantErr != nil:
		return broken(e.tenantErr, facts...)
	}
	if !strings.EqualFold(e.tenantID, e.cfg.Identity.Tenant) {
		facts = append(facts, Fact{"id", e.tenantID})
	}
	return holds("Entra answers and knows the tenant", facts...)
}

// exchange judges whether there is an Entra token.
func (e *evidence) exchange() Link {
	facts := []Fact{{"auth", strings.Join(e.cfg.Modes, ", ")}}
	if e.federated() || e.uses(oidc.ManagedIdentity) {
		facts = append(facts, Fact{"client-id", e.cfg.Identity.Client})
	}
	switch {
	case errors.Is(e.tokenErr, errNotAsked) && e.noTenant():
		return unjudged("there is no tenant to ask", facts...)
	case errors.Is(e.tokenErr, errNotAsked):
		return unjudged("there is no ID token to exchange", facts...)
	case e.tokenErr != nil:
		return broken(e.tokenErr, append(facts, e.compared()...)...)
	}
	return holds("there is an Entra token", append(facts, e.registered()...)...)
}

// mismatches are the refusals about a subject that differs.
var mismatches = []int{70021, 700213, 7002138}

// compared shows what was sent beside what is registered, where that is known, or
// else beside what mostly is.
func (e *evidence) compared() (facts []Fact) {
	r, ok := errors.AsType[*oidc.Refusal](e.tokenErr)
	if !ok || e.cfg.Registered != "" || !slices.Contains(mismatches, r.Code) {
		return e.registered()
	}
	for _, like := range oidc.Lookalikes(e.id.Subject, e.cfg.Around) {
		facts = append(facts, Fact{"not-the-same", like.Registered + "\n" + strings.TrimRight(like.RegisteredMarks, " ") + "\n" + like.Differences[0].Kind})
	}
	if facts != nil {
		facts = append([]Fact{{"sent", e.id.Subject}, {"compare-it", "with the one that Azure shows, which is often one of these, and none of them matches:"}}, facts...)
	}
	return facts
}

// registered shows the subject that was sent beside the one that is registered, where
// that is known, and differs.
func (e *evidence) registered() []Fact {
	if e.cfg.Registered == "" || e.id.Subject == "" || e.cfg.Registered == e.id.Subject {
		return nil
	}
	return []Fact{{"compared", oidc.CompareSubjects(e.id.Subject, e.cfg.Registered).String()}}
}

// token judges Entra's token: whose it is, and whether the service takes it.
func (e *evidence) token() Link {
	if e.tokenErr != nil {
		return unjudged("there is none")
	}
	facts := []Fact{
		{"audience", strings.Join(e.claims.Audience, " ")},
		{"tenant", e.claims.Tenant},
		{"client-id", e.claims.AppID},
		{"object-id", e.claims.ObjectID},
		{"roles", strings.Join(e.claims.Roles, ", ")},
		{"valid-for", time.Until(e.granted.ExpiresOn).Round(time.Minute).String()},
	}
	if e.blamed("token") {
		return broken(e.askErr, facts...)
	}
	return holds("it is for "+strings.TrimSuffix(e.cfg.Scope, "/.default"), facts...)
}

// endpoint judges the way to the resource: its name, TLS, and the network rules
// before it.
func (e *evidence) endpoint() Link {
	facts := append([]Fact{{"endpoint", e.cfg.Client.Endpoint}}, e.reached.facts()...)
	switch {
	case e.reachErr != nil:
		return broken(e.reachErr, facts...)
	case e.blamed("endpoint"):
		return broken(e.askErr, append(facts, e.hidden()...)...)
	case e.knocked:
		return holds("it lets this machine in, and wants a token", facts...)
	case errors.Is(e.askErr, errNotAsked) && e.reached.proxy != "":
		return unjudged("requests go through a proxy, and none was sent", facts...)
	case errors.Is(e.askErr, errNotAsked):
		return holds("it can be reached; whether it lets this machine in was not tried", facts...)
	}
	return holds("it answers", facts...)
}

// hidden tells of a private endpoint whose name resolves to a public address here.
func (e *evidence) hidden() []Fact {
	if e.planeErr != nil || !strings.EqualFold(e.plane.account.PublicNetwork, "Disabled") || e.reached.private() || e.reached.proxy != "" {
		return nil
	}
	return []Fact{{"hint", "the account takes no requests from public networks, and its name resolves to a public address here: in its virtual network the private DNS zone privatelink.openai.azure.com must be linked"}}
}

// controlPlane tells what Azure Resource Manager shows. That the identity may not
// read it breaks nothing.
func (e *evidence) controlPlane() Link {
	switch {
	case errors.Is(e.planeErr, errNotAsked):
		return unjudged("there is no token to ask it with")
	case errors.Is(e.planeErr, errNoAccount):
		return unjudged(errNoAccount.Error() + ": it needs no more than the data role, but doctor can tell less")
	case e.planeErr != nil:
		return unjudged(closed(e.planeErr) + wire.Line(firstLine(e.planeErr), 300))
	}
	a := e.plane.account
	keys := "accepted; this turns them off: az resource update --ids " + wire.Quote(a.ID) + " --set properties.disableLocalAuth=true"
	if a.DisableLocalAuth {
		keys = "refused"
	}
	return holds("it shows the account "+wire.Line(a.Name, 100),
		Fact{"account", wire.Line(a.ID, 300)}, Fact{"region", wire.Line(a.Location, 100)}, Fact{"network", wire.Line(a.PublicNetwork, 100)},
		Fact{"keys", keys}, Fact{"deployments", e.names()})
}

// closed is why the control plane shows nothing.
func closed(err error) string {
	if r, ok := errors.AsType[*account.Refusal](err); ok && (r.Status == http.StatusForbidden || r.Status == http.StatusUnauthorized) {
		return "the identity may not read it, which is no fault: "
	}
	return "it could not be read, which is no fault: "
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

// names are those of the deployments that exist.
func (e *evidence) names() string {
	names := make([]string, len(e.plane.deployments))
	for i, d := range e.plane.deployments {
		names[i] = wire.Line(d.Name, 100)
	}
	if len(names) == 0 {
		return "(none)"
	}
	return strings.Join(names, ", ")
}

// nearest is the deployment whose name is most like the one that was asked for.
func (e *evidence) nearest() string {
	var names []string
	for _, d := range e.plane.deployments {
		names = append(names, d.Name)
	}
	return wire.Line(document.Nearest(e.cfg.Deployment, names), 100)
}
