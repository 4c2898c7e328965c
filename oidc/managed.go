package oidc

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/keyless-inference/action/wire"
)

const askingMachine = "asking this machine for the token of its managed identity"

// A machine has a managed identity, or several.
type machine struct {
	cfg Config
	id  azidentity.ManagedIDKind // nil: the system-assigned one
}

func openManagedIdentity(cfg Config) (origin, error) {
	m := &machine{cfg: cfg}
	switch {
	case cfg.ResourceID != "":
		m.id = azidentity.ResourceID(cfg.ResourceID)
	case cfg.ObjectID != "":
		m.id = azidentity.ObjectID(cfg.ObjectID)
	case cfg.Client != "":
		m.id = azidentity.ClientID(cfg.Client)
	}
	return origin{askingMachine, m.get}, nil
}

// get asks up to six times, for half a minute to a minute: an identity service that
// is being updated answers 410 for up to 70 seconds.
//
// https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token#retry-guidance
func (m *machine) get(ctx context.Context, opts policy.TokenRequestOptions) (token azcore.AccessToken, passing bool, err error) {
	var last *visit
	retry := wire.Retry{Attempts: 6, Base: 2 * time.Second, Cap: 30 * time.Second, Note: note(m.cfg.Log, askingMachine)}
	attempts, err := retry.Do(ctx, once(func(ctx context.Context) (err error) {
		last = &visit{tap: tap{do: m.cfg.Local, mask: m.cfg.Mask}}
		token, err = m.ask(ctx, last, opts)
		return err
	}))
	if err == nil {
		return token, false, nil
	}
	return azcore.AccessToken{}, mayPass(ctx, err), m.problem(settled(err), last, attempts)
}

// anew makes azidentity ask the machine: it remembers tokens of managed identities for
// all of the process, by the identity and the scope, and would answer an early refresh
// with the token that is to be replaced. Of a challenge's claims it only sees that there
// are some, so these, which claim nothing, keep it from its memory. [Credential] has one.
const anew = "{}"

// ask makes one attempt. The machine may remember tokens too, a virtual machine for as
// long as a day: what a challenge brings can be the token that was refused.
func (m *machine) ask(ctx context.Context, v *visit, opts policy.TokenRequestOptions) (azcore.AccessToken, error) {
	cred, err := azidentity.NewManagedIdentityCredential(&azidentity.ManagedIdentityCredentialOptions{
		ClientOptions: clientOptions(m.cfg, v), ID: m.id,
	})
	if err != nil {
		return azcore.AccessToken{}, &localError{wire.RedactError(err)}
	}
	opts.Claims = cmp.Or(opts.Claims, anew)
	token, err := cred.GetToken(ctx, opts)
	if err == nil && token.Token != "" {
		return token, nil
	}
	return azcore.AccessToken{}, v.failure(err)
}

// A visit is one attempt at the machine's identity service.
type visit struct {
	tap
	challenged bool // by Azure Arc, which wants a file read
}

// Do is the transport that azidentity sends the attempt through.
func (v *visit) Do(r *http.Request) (*http.Response, error) {
	if v.err = checkLocal(r.URL); v.err != nil {
		return nil, v.err
	}
	resp, err := v.send(r, r.URL)
	v.challenged = v.challenged || v.byArc()
	return resp, err
}

// failure says why there is no token. What answers at the address is not always
// Azure: other clouds and Docker Desktop have services there as well, and trying
// those again changes nothing.
func (v *visit) failure(err error) error {
	why := v.tap.failure(err)
	switch {
	case errors.As(v.err, new(*foreignError)), v.status != 0 && v.status/100 != 2 && !v.byAzure(), unanswered(v.err):
		return settled(why)
	case v.challenged && (v.status == http.StatusUnauthorized || v.token != ""):
		// azidentity can't read the file, or the agent gave the token of another
		// identity than it was asked for.
		return &arcError{v.secrets.CutError(err)}
	case v.status == http.StatusNotFound || v.status == http.StatusGone:
		return &wire.Passing{Err: why, Wait: wire.RetryAfter(v.header)}
	}
	return why
}

// byAzure reports whether the last answer has the form of Azure's identity services:
// an OAuth error, App Service's statusCode and message, or Arc's challenge.
func (v *visit) byAzure() bool {
	var answer struct {
		Error   json.RawMessage `json:"error"`
		Message json.RawMessage `json:"message"`
	}
	_ = json.Unmarshal(v.body, &answer) // what is no JSON leaves them empty
	return len(answer.Error)+len(answer.Message) > 0 || v.status == http.StatusTooManyRequests || v.status >= 500 ||
		v.byArc()
}

// byArc reports whether the last answer is Arc's challenge.
func (v *visit) byArc() bool {
	return v.status == http.StatusUnauthorized && strings.Contains(v.header.Get("Www-Authenticate"), "Basic realm=")
}

// unanswered reports whether nobody took the call.
func unanswered(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// An arcError is azidentity's, after an answer that was not the last word.
type arcError struct{ error }

// identity is the identity in words.
func (m *machine) identity() string {
	switch m.id.(type) {
	case azidentity.ClientID:
		return "the managed identity with the client id " + m.id.String()
	case azidentity.ObjectID:
		return "the managed identity with the object id " + m.id.String()
	case azidentity.ResourceID:
		return "the managed identity " + m.id.String()
	}
	return "a system-assigned managed identity"
}

// assign is the command that gives the machine the identity.
func (m *machine) assign() string {
	const assign = "az vm identity assign --resource-group GROUP --name VM"
	switch m.id.(type) {
	case azidentity.ClientID:
		return assign + ` --identities "$(az identity list --query "[?clientId=='` + strings.ToLower(m.id.String()) + `'].id" --output tsv)"`
	case azidentity.ObjectID:
		return assign + ` --identities "$(az identity list --query "[?principalId=='` + strings.ToLower(m.id.String()) + `'].id" --output tsv)"`
	case azidentity.ResourceID:
		return assign + " --identities " + wire.Quote(m.id.String())
	}
	return assign
}

// problem explains what ended the last attempt.
func (m *machine) problem(err error, v *visit, attempts int) error {
	x := machineCause(v, err)
	host := imds
	if v.at != nil {
		host = v.at.Host
	}
	p := x.problem(m.fill(host, fmt.Sprint(v.status)))
	p.What, p.Err = p.What+after(attempts), err
	p.Why = strings.TrimSpace(p.Why + "\n" + oneLine("What was seen: "+err.Error()))
	return p
}

// fill puts values into the texts of [machineExplanations].
func (m *machine) fill(host, status string) *strings.Replacer {
	return strings.NewReplacer("{host}", host, "{identity}", m.identity(), "{assign}", m.assign(), "{status}", status)
}

// problem is what x tells, with the placeholders filled.
func (x machineExplanation) problem(fill *strings.Replacer) *wire.Problem {
	return &wire.Problem{
		What: askingMachine + ": " + fill.Replace(x.what), Why: fill.Replace(x.why), Fix: fill.Replace(x.fix), Code: declaredBy(x.fix),
		Page: "https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token",
	}
}

// machineCause finds the explanation; the last one fits everything.
func machineCause(v *visit, err error) machineExplanation {
	for _, x := range machineExplanations {
		if x.applies(v, err) {
			return x
		}
	}
	return machineExplanations[len(machineExplanations)-1]
}

type machineExplanation struct {
	applies        func(*visit, error) bool
	what, why, fix string // with {host}, {identity}, {assign} and {status} to be filled
}

const elsewhere = "run the job on a runner in Azure that has the identity, or choose another mode, such as auth: " + GitHubOIDC

const showIdentities = "these show what the machine has, and give it the identity " +
	"(az vmss, az webapp and az containerapp have the same commands):\n" +
	"az vm identity show --resource-group GROUP --name VM\n{assign}"

// machineExplanations are tried in order.
//
// https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token#error-handling
var machineExplanations = []machineExplanation{
	{
		func(_ *visit, err error) bool { return errors.As(err, new(*foreignError)) },
		"it would be asked for at another machine",
		"IDENTITY_ENDPOINT or MSI_ENDPOINT leads away from this machine.",
		"leave IDENTITY_ENDPOINT and MSI_ENDPOINT as Azure sets them, and unset what somebody else has set",
	},
	{
		func(_ *visit, err error) bool { return errors.As(err, new(*localError)) },
		"the request could not be made",
		"IDENTITY_ENDPOINT, IDENTITY_HEADER, MSI_ENDPOINT and the like decide which service is asked. Service Fabric is not supported.",
		"leave these variables as Azure sets them; a service that has one identity only takes no client-id, resource-id or object-id",
	},
	{
		func(_ *visit, err error) bool { return errors.As(err, new(*arcError)) },
		"Azure Arc gave no token",
		"Azure Arc proves by a file below /var/opt/azcmagent/tokens that who asks may; only members of the group himds can read it. " +
			"Only newer agents know identities besides the system-assigned one.",
		"make the runner's user a member of the group and start the runner anew:\nsudo usermod --append --groups himds \"$(id --user --name)\"\n" +
			"and take out client-id, resource-id and object-id if the agent does not know them",
	},
	{
		func(v *visit, _ error) bool { return v.status == 0 },
		"there is none here, {host} does not answer",
		"Virtual machines of Azure have a service for that at this address. Runners that GitHub hosts, laptops and other clouds have none.",
		elsewhere,
	},
	{
		func(v *visit, err error) bool { return v.status/100 == 2 },
		"{host} answered without a usable token",
		"What answers there may be something else than Azure's identity service.",
		elsewhere,
	},
	{
		func(v *visit, _ error) bool { return !v.byAzure() },
		"{host} answered with HTTP {status}, and not as Azure does",
		"Other clouds, Docker Desktop and some firewalls have a service of their own at this address.",
		elsewhere,
	},
	{
		func(v *visit, _ error) bool { return v.status == http.StatusBadRequest && v.says("multiple") },
		"this machine has several identities and none is chosen",
		"Without a system-assigned identity, one of several has to be named.",
		"set one of the inputs client-id, resource-id and object-id; this shows the identities:\n" +
			"az vm identity show --resource-group GROUP --name VM --query userAssignedIdentities",
	},
	{
		func(v *visit, _ error) bool {
			return v.status == http.StatusBadRequest && v.says("invalid_resource", "aadsts500011")
		},
		"the scope is not known",
		"Entra does not know whom the token would be for in the identity's tenant.",
		"take the input scope out, and check the input environment",
	},
	{
		func(v *visit, _ error) bool {
			return v.status == http.StatusBadRequest || v.status == http.StatusNotFound
		},
		"this machine does not have {identity}",
		"An identity can be asked for only where it was assigned to the machine; AZURE_CLIENT_ID names one too, if client-id does not.",
		showIdentities,
	},
	{
		func(v *visit, _ error) bool { return v.status == http.StatusUnauthorized },
		"{host} does not take this process for one of the machine's",
		"IDENTITY_HEADER, or MSI_SECRET, is what shows it; the value changes whenever the machine starts.",
		"leave IDENTITY_ENDPOINT and IDENTITY_HEADER as Azure sets them, and hand them on to this process",
	},
	{
		func(v *visit, _ error) bool { return v.status == http.StatusForbidden },
		"{host} forbids it",
		"A firewall, or a policy of the cluster or host, keeps this process from the machine's identity.",
		"let the runner reach http://{host}; in a cluster, choose auth: " + WorkloadIdentity,
	},
	{
		func(*visit, error) bool { return true },
		"{host} is busy or disturbed, HTTP {status}",
		"",
		"run the job again",
	},
}

// says reports whether the last answer has one of these words in it.
func (v *visit) says(words ...string) bool {
	r := parseRefusal(v.status, v.body)
	text := strings.ToLower(r.Name + " " + r.Description)
	for _, w := range words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}
