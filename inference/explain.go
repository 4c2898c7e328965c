package inference

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/keyless-inference/action/wire"
)

func (c cause) fits(e *ServiceError, api string) bool {
	return (c.status == 0 || c.status == e.Status || c.or == e.Status && c.or != 0 || c.status < 10 && c.status == e.Status/100) &&
		(c.code == "" || c.code == e.Code || c.code == e.Type) &&
		(c.api == "" || c.api == api) &&
		strings.Contains(strings.ToLower(e.Code+" "+e.Message), c.words)
}

// explainRefusal makes of e what a person can act on.
func (e *errand) explainRefusal(refusal *ServiceError, err error) error {
	for _, c := range causes {
		if c.fits(refusal, e.api) {
			p := c.problem(e.fill(refusal))
			p.What, p.Err = e.where(p.What+e.particulars(refusal)), err
			if name := resourceName(e.root); name != "" && strings.Contains(p.Fix, byName+name) {
				p.Fix += otherName
			}
			return &p
		}
	}
	return err // not reached: the last cause fits all
}

// Explain is what Ask would tell of a refusal that asking deployment has met, or
// would meet: a [wire.Problem] over it. An endpoint that cannot be one is told in
// its stead.
func (c *Client) Explain(deployment string, refusal *ServiceError) error {
	where, err := c.place()
	if err != nil {
		return fmt.Errorf("the endpoint: %w", err)
	}
	e := &errand{c: c, place: where, deployment: deployment, doing: "asking " + wire.Line(deployment, 100)}
	return c.secrets.CutError(e.explainRefusal(refusal, refusal))
}

// problem is what c tells, with the placeholders filled.
func (c cause) problem(fill func(string) string) wire.Problem {
	return wire.Problem{What: fill(c.what), Why: fill(c.why), Fix: fill(c.fix), Code: strings.TrimRight(fill(c.declared), "\n"), Page: c.page}
}

// problem is a [wire.Problem] that says whom was asked.
func (e *errand) problem(what, why, fix string, err error) *wire.Problem {
	return &wire.Problem{What: e.where(what), Why: why, Fix: fix, Page: pageReference, Err: err}
}

func (e *errand) where(what string) string {
	return fmt.Sprintf("%s at %s: %s", e.doing, e.root.Host, what)
}

// particulars are what support asks for.
func (e *errand) particulars(refusal *ServiceError) string {
	var all []string
	if refusal.Streamed {
		all = append(all, "an error inside the stream")
	} else if refusal.Status != 0 {
		all = append(all, "HTTP "+strconv.Itoa(refusal.Status))
	}
	if code := cmp.Or(refusal.Code, refusal.Type); code != "" && code != strconv.Itoa(refusal.Status) {
		all = append(all, code)
	}
	if e.tries > 1 {
		all = append(all, fmt.Sprintf("%d attempts", e.tries))
	}
	if refusal.RequestID != "" {
		all = append(all, "request id "+refusal.RequestID)
	}
	if len(all) == 0 {
		return ""
	}
	return " (" + strings.Join(all, ", ") + ")"
}

var (
	audienceWord  = regexp.MustCompile(`audience is incorrect \(([^)]*)\)`)
	audienceURL   = regexp.MustCompile(`^https://[A-Za-z0-9.-]+$`)
	principalWord = regexp.MustCompile("principal [`'\"]?([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})")
	plainWord     = regexp.MustCompile(`^[\w.-]+$`)
)

// fill returns a function that puts the values of this errand and of a refusal into
// a text of [causes], in one go: a value that looks like a placeholder stays as it is.
func (e *errand) fill(refusal *ServiceError) func(string) string {
	message := cmp.Or(refusal.Message, "the service gave no reason")
	if refusal.Message == "" && refusal.body != "" {
		message = fmt.Sprintf("its answer begins %q", refusal.body)
	}
	audience := "https://cognitiveservices.azure.com"
	if m := audienceWord.FindStringSubmatch(refusal.Message); m != nil && audienceURL.MatchString(m[1]) {
		audience = m[1]
	}
	who, at, d, way := e.principal(refusal.Message), e.resource(), e.c.Deployed, e.wayOut()
	return strings.NewReplacer(
		"{message}", message,
		"{audience}", audience,
		"{principal}", who.id,
		"{oid}", who.oid,
		"{type}", who.kind,
		"{showprincipal}", who.show,
		"{client}", shellWord(e.c.ClientID, "CLIENT_ID"),
		"{ingroup}", at.inGroup,
		"{scope}", at.scope,
		"{name}", cmp.Or(at.name, "RESOURCE"),
		"{group}", cmp.Or(at.group, "RESOURCE_GROUP"),
		"{account}", cmp.Or(at.name, shellWord(resourceName(e.root), "RESOURCE")),
		"{deployment}", wire.Line(e.deployment, 100),
		"{deploymentname}", shellWord(e.deployment, "DEPLOYMENT"),
		"{location}", cmp.Or(wire.Line(refusal.location, 100), "nowhere"),
		"{categories}", listCategories(refusal.Filtered),
		"{param}", cmp.Or(refusal.Param, "that the message names"),
		"{otherapi}", way.words,
		"{otherway}", way.declared,
		"{model}", shellWord(d.Model, "MODEL"),
		"{version}", shellWord(d.Version, "VERSION"),
		"{sku}", shellWord(d.SKU, "GlobalStandard"),
		"{batchsku}", shellWord(d.SKU, "GlobalBatch"),
		"{morecapacity}", d.moreCapacity(),
		"{wait}", waited(advice(refusal)),
	).Replace
}

// waited is the wait that the service wants.
func waited(wait time.Duration) string {
	if wait <= 0 {
		return ""
	}
	return fmt.Sprintf("wait %s, as the service asks; ", max(wait, time.Second).Round(time.Second))
}

// A principal is how commands name the identity.
type principal struct{ id, oid, kind, show string }

// principal is the identity by the object id that the service names, or that is known;
// else by a query that finds it: a user is who is signed in where the command runs.
func (e *errand) principal(message string) principal {
	p := principal{
		id: `"$(az ad sp show --id ` + shellWord(e.c.ClientID, "CLIENT_ID") + ` --query id --output tsv)"`, oid: "PRINCIPAL_OBJECT_ID",
		kind: shellWord(e.c.PrincipalType, "ServicePrincipal"), show: "az ad sp show --id " + shellWord(e.c.ClientID, "CLIENT_ID"),
	}
	if p.kind == "User" {
		p.id, p.show = `"$(az ad signed-in-user show --query id --output tsv)"`, "az ad user show --id "+shellWord(e.c.PrincipalID, "USER_ID")
	}
	if m := principalWord.FindStringSubmatch("principal " + e.c.PrincipalID); m != nil {
		p.id, p.oid = m[1], m[1]
	}
	if m := principalWord.FindStringSubmatch(message); m != nil {
		p.id, p.oid = m[1], m[1]
	}
	return p
}

// A resource is how commands name the account.
type resource struct{ inGroup, scope, name, group string }

// plainID is the id of an account that a shell takes for one word.
var plainID = regexp.MustCompile(`(?i)^/subscriptions/([\w-]+)/resourceGroups/([\w.-]+)/providers/Microsoft\.CognitiveServices/accounts/([\w.-]+)$`)

// resource is the account by its id or else, since neither its name nor its group
// are known then, by a query that finds it by the subdomain of the endpoint.
func (e *errand) resource() resource {
	if m := plainID.FindStringSubmatch(e.c.ResourceID); m != nil {
		return resource{fmt.Sprintf("--name %s --resource-group %s --subscription %s", m[3], m[2], m[1]), e.c.ResourceID, m[3], m[2]}
	}
	return foundBy(shellWord(resourceName(e.root), "RESOURCE"))
}

// A query by a subdomain misses one that was made with capital letters: JMESPath has
// no comparison without letter case, hosts have no case, and Azure keeps the subdomain
// as it was typed.
//
// https://jmespath.org/specification.html#built-in-functions
const (
	byName    = "properties.customSubDomainName=='"
	otherName = "\nif nothing is found by that name, whose letter case counts, take name, group and id out of this list:\n" +
		"az cognitiveservices account list --query '[].[name,resourceGroup,id,properties.customSubDomainName]' --output table"
)

func foundBy(subdomain string) resource {
	find := `"$(az cognitiveservices account list --query "[?` + byName + subdomain + `'].%s" --output tsv)"`
	return resource{inGroup: "--name " + subdomain + " --resource-group " + fmt.Sprintf(find, "resourceGroup"), scope: fmt.Sprintf(find, "id")}
}

// shellWord lets nothing into a command that is more than a word.
func shellWord(s, placeholder string) string {
	if plainWord.MatchString(s) {
		return s
	}
	return placeholder
}

// explain turns the failure of an errand into what is told of it.
func (e *errand) explain(err error) error {
	var told *wire.Problem
	var wait *wire.WaitError
	var service *ServiceError
	var own foreign
	switch {
	case err == nil:
		return nil
	case errors.As(err, &own):
		return own.err
	case errors.As(err, &told):
		return err
	case errors.As(err, &wait):
		return e.explainWait(wait)
	case errors.Is(err, errTimeout):
		return e.explainTimeout(err)
	case errors.As(err, &service):
		return e.explainRefusal(service, err)
	}
	return e.explainRest(err)
}
