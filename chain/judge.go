package chain

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/keyless-inference/action/document"
	"github.com/keyless-inference/action/oidc"
	"github.com/keyless-inference/action/wire"
)

// broken makes a link of an error that is told to people.
func broken(err error, facts ...Fact) Link {
	link := holds("", facts...)
	link.State, link.Refusal = Broken, refusalOf(err)
	if !errors.As(err, &link.Problem) {
		link.Problem = &wire.Problem{What: wire.Line(err.Error(), 300), Err: err}
	}
	link.Says = link.Problem.What
	return link
}

// ours are the links before the exchange, which only a job of GitHub has.
func (e *evidence) ours() (why string, ok bool) {
	if e.uses(oidc.GitHubOIDC) {
		return "", true
	}
	return "auth is " + strings.Join(e.cfg.Modes, ", ") + ", which takes no ID token of GitHub's", false
}

// permissions judges whether the job may ask for an ID token.
func (e *evidence) permissions() Link {
	if why, ok := e.ours(); !ok {
		return unjudged(why, e.cfg.Job...)
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

func lifetime(c oidc.Claims) string {
	if c.IssuedAt.IsZero() || c.Expiry.IsZero() {
		return ""
	}
	return c.Expiry.Sub(c.IssuedAt).String()
}

// tenant judges whether the authority answers, and knows the tenant.
func (e *evidence) tenant() Link {
	facts := []Fact{{"authority", e.cfg.Identity.Authority}, {"tenant", e.cfg.Identity.Tenant}}
	switch {
	case e.cfg.Identity.Tenant == "":
		return unjudged("no tenant is named: whoever gives the token knows it", facts[:1]...)
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
	facts := []Fact{{"auth", strings.Join(e.cfg.Modes, ", ")}, {"client-id", e.cfg.Identity.Client}}
	switch {
	case errors.Is(e.tokenErr, errNotAsked):
		return unjudged("there is no ID token to exchange", facts...)
	case e.tokenErr != nil:
		return broken(e.tokenErr, append(facts, e.compared()...)...)
	}
	return holds("there is an Entra token", facts...)
}

// mismatches are the refusals about a subject, issuer or audience that differs.
var mismatches = []int{70021, 70025, 700211, 700212, 700213, 7002138}

// compared shows what was sent beside what is registered, where that is known, or
// else beside what mostly is.
func (e *evidence) compared() (facts []Fact) {
	r, ok := errors.AsType[*oidc.Refusal](e.tokenErr)
	if !ok || !slices.Contains(mismatches, r.Code) {
		return nil
	}
	if e.cfg.Registered != "" {
		return []Fact{{"compared", oidc.CompareSubjects(e.id.Subject, e.cfg.Registered).String()}}
	}
	if r.Code == 700211 || r.Code == 700212 {
		return nil
	}
	for _, like := range oidc.Lookalikes(e.id.Subject, e.cfg.Around) {
		facts = append(facts, Fact{"no match", like.Registered + "\n" + strings.TrimRight(like.RegisteredMarks, " ") + "\n" + like.Differences[0].Text})
	}
	return facts
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
		{"valid for", time.Until(e.granted.ExpiresOn).Round(time.Minute).String()},
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
	case e.askErr != nil && errors.Is(e.askErr, errNotAsked):
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
		return unjudged("the identity may not read it, which is no fault: " + wire.Line(firstLine(e.planeErr), 300))
	}
	a := e.plane.account
	keys := "are taken: az resource update --ids " + a.ID + " --set properties.disableLocalAuth=true"
	if a.DisableLocalAuth {
		keys = "are not taken"
	}
	return holds("it shows the account "+wire.Line(a.Name, 100),
		Fact{"account", wire.Line(a.ID, 300)}, Fact{"region", wire.Line(a.Location, 100)}, Fact{"network", wire.Line(a.PublicNetwork, 100)},
		Fact{"keys", keys}, Fact{"deployments", e.names()})
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
