package account

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/keyless-inference/action/wire"
)

// An explanation is what people are told of a refusal. Its texts hold placeholders,
// which [About.fill] fills.
type explanation struct {
	status         int
	codes          []string // Azure's
	says           string   // Azure's own words
	what, why, fix string
	code, page     string
}

const (
	giveRole = "az role assignment create --assignee-object-id {principal} --assignee-principal-type {type} --role '" + UserRole + "' --scope {scope}"

	declareRole = `resource account 'Microsoft.CognitiveServices/accounts@2025-06-01' existing = {
  name: '{account}'
}

resource reads 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account.id, '{oid}', '` + UserRoleID + `')
  scope: account
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '` + UserRoleID + `')
    principalId: '{oid}'
    principalType: '{type}'
  }
}
`

	listSubscriptions = "az account list --query '[].{id:id,tenant:tenantId,name:name}' --output table"

	errorsPage = "https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors"
	rolesPage  = "https://learn.microsoft.com/azure/role-based-access-control/role-assignments-cli"
)

// explanations is the one place where words for Azure Resource Manager's codes live.
var explanations = []explanation{
	{
		status: http.StatusForbidden, codes: []string{"AuthorizationFailed"},
		says: "The client '<client-id>' with object id '<object-id>' does not have authorization to perform action 'Microsoft.CognitiveServices/accounts/read' over scope '<scope>' or the scope is invalid. If access was recently granted, please refresh your credentials.",
		what: "the identity may not read it",
		why:  "{message}\nTo read an account and its deployments takes a role there. The narrowest is " + UserRole + ", with which deployments can be asked as well.",
		fix:  giveRole + "\nand wait up to five minutes: a new role is not known everywhere at once",
		code: declareRole, page: rolesPage,
	},
	{
		status: http.StatusUnauthorized, codes: []string{"InvalidAuthenticationTokenAudience"},
		says: "The access token has been obtained for wrong audience or resource 'https://cognitiveservices.azure.com'. It should exactly match with one of the allowed audiences 'https://management.core.windows.net/','https://management.core.windows.net','https://management.azure.com/','https://management.azure.com'.",
		what: "the token is for another service, or for another cloud",
		why:  "{message}\nEach cloud's Resource Manager takes tokens for its own address alone.",
		fix:  "set the input environment to the cloud of the account: azurecloud, azureusgovernment or azurechinacloud",
		page: "https://learn.microsoft.com/entra/identity-platform/access-tokens#token-ownership",
	},
	{
		status: http.StatusUnauthorized, codes: []string{"InvalidAuthenticationTokenTenant"},
		says: "The access token is from the wrong issuer 'https://sts.windows.net/<tenant-id>/'. It must match the tenant 'https://sts.windows.net/<other-tenant-id>/' associated with this subscription. Please use the authority (URL) 'https://login.windows.net/<other-tenant-id>' to get the token.",
		what: "the subscription {subscription} belongs to another tenant than the identity",
		why:  "The token is of the tenant {tenant}. The subscription's is {wanted}.",
		fix:  "set the input tenant-id to what this prints, and client-id to an identity of that tenant:\naz account show --subscription {subscription} --query tenantId --output tsv",
		page: "https://learn.microsoft.com/azure/role-based-access-control/transfer-subscription",
	},
	{
		status: http.StatusUnauthorized, codes: []string{"ExpiredAuthenticationToken", "InvalidAuthenticationToken", "AuthenticationFailed"},
		says: "The access token expiry UTC time '<time>' is earlier than current UTC time '<time>'.",
		what: "the token is not accepted",
		why:  "{message}\nEvery run gets tokens of its own, so a clock is wrong, the cloud is another one, or something in between takes the header Authorization away.",
		fix:  "compare the machine's clock with the time of day (date -u), and check the inputs environment and tenant-id",
		page: errorsPage,
	},
	{
		status: http.StatusNotFound, codes: []string{"SubscriptionNotFound"},
		says: "The subscription '<subscription-id>' could not be found.",
		what: "the subscription {subscription} is not there, or is in another cloud or tenant",
		why:  "{message}\nThe identity is of the tenant {tenant}.",
		fix:  "set the input subscription-id to the id of one of these:\n" + listSubscriptions,
		page: "https://learn.microsoft.com/azure/azure-portal/get-subscription-tenant-id",
	},
	{
		status: http.StatusBadRequest, codes: []string{"InvalidSubscriptionId"},
		says: "The provided subscription identifier '<subscription-id>' is malformed or invalid.",
		what: "the subscription {subscription} is no id of one",
		why:  "{message}",
		fix:  "set the input subscription-id to the id of one of these:\n" + listSubscriptions,
		page: "https://learn.microsoft.com/azure/azure-portal/get-subscription-tenant-id",
	},
	{
		status: http.StatusNotFound, codes: []string{"ResourceNotFound", "ResourceGroupNotFound"},
		says: "The Resource 'Microsoft.CognitiveServices/accounts/<account>' under resource group '<resource-group>' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix",
		what: "the account is not there any more",
		why:  "{message}\nIt was listed a moment ago, so it was deleted or moved just now.",
		fix:  "run it again, or look which accounts there are:\naz cognitiveservices account list --query '[].id' --output tsv",
		page: "https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/error-not-found",
	},
	{
		status: http.StatusConflict, codes: []string{"MissingSubscriptionRegistration"},
		says: "The subscription is not registered to use namespace 'Microsoft.CognitiveServices'. See https://aka.ms/rps-not-found for how to register subscriptions.",
		what: "the subscription {subscription} has never had an account",
		why:  "{message}",
		fix:  "check the input subscription-id; or, to have accounts there:\naz provider register --subscription {subscription} --namespace Microsoft.CognitiveServices",
		page: "https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/error-register-resource-provider",
	},
	{
		status: http.StatusTooManyRequests, codes: []string{"SubscriptionRequestsThrottled", "TooManyRequests"},
		says: "Number of 'read' requests for subscription '<subscription-id>' actor '<object-id>' exceeded the limit. Please try again after '1' seconds after additional tokens are available.",
		what: "Azure Resource Manager has been asked too often",
		why:  "{message}\nThe limit is of the subscription and of the identity, with whatever else uses them.",
		fix:  "run it again in some minutes",
		page: "https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling",
	},
}

// About is what the control plane was asked about, as far as it is known: the values
// that explanations name.
type About struct {
	Endpoint     string // that the account was looked for at
	Subscription string // that it was looked for in
	Account      Account
	Tenant       string // of the identity
	Client       string // the identity's application (client) id
	Principal    string // its object id

	// PrincipalType is what kind of identity it is, as Azure calls it: User,
	// ServicePrincipal or Group. "" means ServicePrincipal, which managed identities
	// are as well.
	PrincipalType string
}

// Explain turns a [Refusal] into a [wire.Problem] over it, where its cause is
// known, and returns any other error as it is.
func (a About) Explain(err error) error {
	var r *Refusal
	if !errors.As(err, &r) {
		return err
	}
	i := slices.IndexFunc(explanations, func(e explanation) bool { return slices.Contains(e.codes, r.Code) })
	if i < 0 {
		return err
	}
	return a.problem(explanations[i], r, err)
}

func (a About) problem(e explanation, r *Refusal, err error) *wire.Problem {
	fill := a.fill(r)
	if strings.Contains(e.fix, "{scope}") {
		e.fix += a.findings()
	}
	return &wire.Problem{What: fill("{doing}: " + e.what + " ({brief})"), Why: fill(e.why), Fix: fill(e.fix), Code: fill(e.code), Page: e.page, Err: err}
}

// Missing is told where there is no account at About's endpoint, or none at all,
// among those that the identity may read.
func (a About) Missing() *wire.Problem {
	where := "in any subscription that the identity sees"
	if a.Subscription != "" {
		where = "in the subscription " + a.Subscription
	}
	what := "no account that serves Azure OpenAI is " + where
	if a.Endpoint != "" {
		what = "no account " + where + " answers at " + Host(a.Endpoint)
	}
	fill := a.fill(&Refusal{})
	return &wire.Problem{
		What: "finding the account: " + wire.Line(what, 300),
		Why:  "Azure lists only what an identity has a role at. Either it has none at the account, or the account is elsewhere: the input endpoint has a mistake in it, or the account is of another tenant or cloud.",
		Fix:  fill(giveRole + a.findings() + "\nor correct the inputs endpoint and subscription-id; these are all accounts:\naz cognitiveservices account list --query '[].{id:id,endpoint:properties.endpoint}' --output table"),
		Code: fill(declareRole), Page: rolesPage,
	}
}

var wantedTenant = regexp.MustCompile(`must match the tenant '?https://[A-Za-z0-9.-]+/([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})`)

// fill returns a function that puts values into a text of the table.
func (a About) fill(r *Refusal) func(string) string {
	oid := "OBJECT_ID"
	if wire.IsGUID(a.Principal) {
		oid = a.Principal
	}
	wanted := "another one"
	if m := wantedTenant.FindStringSubmatch(r.Message); m != nil {
		wanted = m[1]
	}
	brief := fmt.Sprintf("HTTP %d", r.Status)
	if r.Code != "" {
		brief += " " + r.Code
	}
	return strings.NewReplacer(
		"{doing}", r.Doing, "{brief}", brief, "{message}", cmp.Or(r.Message, "Azure gave no reason."),
		"{oid}", oid, "{principal}", a.principal(), "{type}", cmp.Or(plain(a.PrincipalType), "ServicePrincipal"), "{scope}", a.scope(), "{account}", cmp.Or(plain(a.Account.Name), a.subdomain(), "ACCOUNT"),
		"{subscription}", cmp.Or(plain(a.Account.Subscription), plain(a.Subscription), "SUBSCRIPTION_ID"),
		"{tenant}", cmp.Or(plain(a.Tenant), "TENANT_ID"), "{wanted}", wanted,
	).Replace
}

// principal is the identity's object id for a shell, or a command that finds it: a
// user is who is signed in where the command runs.
func (a About) principal() string {
	switch {
	case wire.IsGUID(a.Principal):
		return a.Principal
	case a.PrincipalType == "User":
		return `"$(az ad signed-in-user show --query id --output tsv)"`
	}
	return `"$(az ad sp show --id ` + cmp.Or(plain(a.Client), "CLIENT_ID") + ` --query id --output tsv)"`
}

// scope is the account's id for a shell, or a command that finds it.
func (a About) scope() string {
	if a.Account.ID != "" {
		return cmp.Or(plain(a.Account.ID), "ACCOUNT_ID")
	}
	name := a.subdomain()
	if name == "" {
		return "ACCOUNT_ID"
	}
	in := ""
	if plain(a.Subscription) != "" {
		in = " --subscription " + a.Subscription
	}
	return `"$(az cognitiveservices account list` + in + ` --query "[?properties.customSubDomainName=='` + name + `'].id" --output tsv)"`
}

// findings says what to do where the query in scope finds nothing: JMESPath has no
// comparison without letter case, and Azure keeps a subdomain as it was typed.
//
// https://jmespath.org/specification.html#built-in-functions
func (a About) findings() string {
	if !strings.Contains(a.scope(), "$(") {
		return ""
	}
	return "\nif nothing is found by that name, whose letter case counts, take the id out of this list:\n" +
		"az cognitiveservices account list --query '[].[id,properties.customSubDomainName]' --output table"
}

// subdomain is the name that an account's endpoint begins with; "" where it does
// not.
func (a About) subdomain() string {
	label, rest, _ := strings.Cut(Host(a.Endpoint), ".")
	if ownName(rest) {
		return plain(label)
	}
	return ""
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_./()-]+$`)

// plain lets nothing into a command that is more than a word, of the letters
// that Azure's names have. Parentheses, which names of resource groups may have,
// are quoted.
func plain(word string) string {
	switch {
	case !plainWord.MatchString(word):
		return ""
	case strings.ContainsAny(word, "()"):
		return "'" + word + "'"
	}
	return word
}

// Catalogue lists the refusals of Azure Resource Manager that are explained.
func Catalogue() (all []wire.Entry) {
	about := About{Tenant: "<tenant-id>", Client: "<client-id>"}
	for _, e := range explanations {
		r := &Refusal{Doing: "listing the accounts", Status: e.status, Code: e.codes[0], Message: e.says}
		entry := wire.Entry{Says: e.says, Problem: *about.problem(e, r, nil)}
		entry.What = about.fill(r)(e.what) // Names say the rest
		for _, code := range e.codes {
			entry.Names = append(entry.Names, fmt.Sprintf("HTTP %d %s", e.status, code))
		}
		all = append(all, entry)
	}
	return all
}
