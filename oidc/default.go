package oidc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/keyless-inference/action/wire"
)

const (
	askingDefault = "asking the Azure SDK's default chain for an Entra token"
	defaultPage   = "https://learn.microsoft.com/azure/developer/go/sdk/authentication/credential-chains"
)

// A sdkChain is the SDK's own, which keeps the first credential that gave a token. A
// token of a managed identity comes from what azidentity remembers for all of the
// process until it has five minutes left: half of its time gone, an early refresh
// brings the same one again, which is good for as long as it says.
type sdkChain struct {
	cfg  Config
	cred azcore.TokenCredential
}

func openDefault(cfg Config) (origin, error) {
	c := &sdkChain{cfg: cfg}
	if cfg.authority == nil {
		return origin{}, nil // told by the check of the authority
	}
	if err := errors.Join(checkSelection(cfg.Getenv), checkFile(cfg.Getenv)); err != nil {
		return origin{}, err
	}
	cred, err := azidentity.NewDefaultAzureCredential(&azidentity.DefaultAzureCredentialOptions{
		ClientOptions: clientOptions(cfg, c), DisableInstanceDiscovery: true, TenantID: cfg.Tenant,
	})
	if err != nil {
		return origin{}, fmt.Errorf("%s: %w", askingDefault, wire.RedactError(err))
	}
	c.cred = cred
	return origin{askingDefault, c.get}, nil
}

// selections are what AZURE_TOKEN_CREDENTIALS may say: the links of the SDK's chain,
// all but the one that lives on stored secrets.
//
// https://learn.microsoft.com/azure/developer/go/sdk/authentication/credential-chains#how-to-customize-defaultazurecredential
var selections = []string{
	"dev", "prod", "WorkloadIdentityCredential", "ManagedIdentityCredential",
	"AzureCLICredential", "AzureDeveloperCLICredential", "AzurePowerShellCredential",
}

// checkFile refuses a service account's token that the chain would wait for.
func checkFile(getenv func(string) string) error {
	if getenv == nil {
		return nil
	}
	return tokenFile(getenv("AZURE_FEDERATED_TOKEN_FILE")).checkReadable()
}

func checkSelection(getenv func(string) string) error {
	const name = "AZURE_TOKEN_CREDENTIALS"
	if getenv == nil || getenv(name) == "" {
		return nil
	}
	selected := getenv(name)
	for i, s := range selections {
		if selected == s || i > 1 && strings.EqualFold(selected, s) { // the SDK wants dev and prod in lower case
			return nil
		}
	}
	p := &wire.Problem{
		What: fmt.Sprintf("choosing who asks Entra for a token: %s is %.100q", name, selected),
		Why:  "The Azure SDK reads this variable and knows no such link of its chain.",
		Fix:  "unset it, or set it to one of these: " + strings.Join(selections, ", "),
		Code: step + "env:\n    AZURE_TOKEN_CREDENTIALS: prod",
		Page: defaultPage,
	}
	if strings.EqualFold(selected, "EnvironmentCredential") {
		p.Why = "That link signs in with a client secret, a certificate or a password from the environment, and no stored secret is ever used."
	}
	return p
}

// get asks the chain. Of its links, only those that ask over the network can fail in
// passing.
func (c *sdkChain) get(ctx context.Context, opts policy.TokenRequestOptions) (token azcore.AccessToken, passing bool, err error) {
	var last *round
	retry := wire.Retry{Attempts: 4, Base: time.Second, Cap: 8 * time.Second, Note: note(c.cfg.Log, askingDefault)}
	attempts, err := retry.Do(ctx, once(func(ctx context.Context) (err error) {
		last = &round{tap: tap{mask: c.cfg.Mask}}
		token, err = c.cred.GetToken(context.WithValue(ctx, roundKey{}, last), opts)
		return last.outcome(token, err)
	}))
	if err == nil {
		last.received(token.Token) // unless the transport has seen it already
		return token, false, nil
	}
	return azcore.AccessToken{}, mayPass(ctx, err), c.problem(settled(err), last, attempts)
}

// A round is one attempt along the chain.
type round struct {
	tap
	sent       url.Values // to Entra, last; nil: nothing
	passedOver string     // what was made of an answer that would have ended the chain; "" for none
}

// roundKey is where a context has its round: the chain is one for all rounds.
type roundKey struct{}

// Do is the transport of the chain's links. It takes requests for a token of this
// machine's identity to this machine, those for one of Entra to the configured
// authority, and no others anywhere.
func (c *sdkChain) Do(r *http.Request) (*http.Response, error) {
	last, ok := r.Context().Value(roundKey{}).(*round)
	switch {
	case !ok:
		return nil, errors.New("a request that nobody has asked for")
	case asksForEndpoints(r):
		return discovery(r, c.cfg.authority, tenantIn(r.URL))
	case r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, tokenPath):
		return c.sendEntra(last, r)
	case onMachine(r.URL.Hostname()):
		last.do = c.cfg.Local
		resp, err := last.send(r, r.URL)
		return c.passOver(last, resp, err)
	}
	return nil, &foreignError{r.URL.Host}
}

// tenantIn is the first part of a path at Entra's.
func tenantIn(u *url.URL) string {
	tenant, _, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	return tenant
}

// sendEntra sends a request for a token, unless it would carry a stored secret.
func (c *sdkChain) sendEntra(last *round, r *http.Request) (*http.Response, error) {
	tenant := tenantIn(r.URL)
	if err := CheckTenant(tenant); err != nil {
		return nil, err
	}
	body, err := wire.ReadAll(r.Body, answerLimit)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil || form.Has("client_secret") || form.Has("password") {
		return nil, errors.New("a stored secret was about to be sent, and none is ever used")
	}
	last.sent = form
	last.secrets.Add(form.Get("client_assertion"))
	r = r.Clone(r.Context())
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	last.do = c.cfg.Do
	return last.send(r, endpoint(c.cfg.authority, tenant))
}

// passOver turns a refusal at the address of virtual machines into one that
// azidentity takes for the absence of a managed identity. It would stop there, at the
// 403 or 401 of somebody else's metadata service, or because AZURE_CLIENT_ID names an
// application that federates and is no identity of this machine; the links behind,
// such as the Azure CLI, would never be tried.
func (c *sdkChain) passOver(last *round, resp *http.Response, err error) (*http.Response, error) {
	v := visit{tap: tap{status: last.status, header: last.header, body: last.body}}
	if err != nil || last.at.Host != imds || last.status/100 == 2 || last.status == http.StatusGone || wire.PassingStatus(last.status) ||
		resp.Request.Header.Get("Metadata") == "" { // the probe, to which any answer will do
		return resp, err
	}
	last.passedOver = fmt.Sprintf("HTTP %d from %s, as a machine gives it that does not have the managed identity", last.status, imds)
	if !v.byAzure() {
		last.passedOver = fmt.Sprintf("HTTP %d from %s, which is not Azure's identity service", last.status, imds)
	}
	if c.cfg.Log != nil {
		c.cfg.Log(askingDefault + ": passing over " + last.passedOver)
	}
	return answer(resp.Request, http.StatusForbidden, http.Header{}, []byte("unreachable: "+last.passedOver)), nil
}

// outcome judges a round. The chain's own error lists its links; what was seen of
// the network says whether another round may end differently.
func (last *round) outcome(token azcore.AccessToken, err error) error {
	switch {
	case err == nil && token.Token != "":
		return nil
	case last.passedOver != "" || last.status == 0 && last.err == nil:
		return &chainError{last.lines(err), nil}
	}
	seen := last.failure(err)
	if last.status/100 == 2 {
		return seen // the chain's error may quote the answer
	}
	listed := &chainError{last.lines(err), settled(seen)}
	if p := (*wire.Passing)(nil); errors.As(seen, &p) && !unanswered(last.err) {
		return &wire.Passing{Err: listed, Wait: p.Wait}
	}
	return listed
}

// A chainError is what each link of the SDK's chain says, a line each.
type chainError struct {
	lines []string
	seen  error // why the last request brought no token; nil where there was none
}

func (e *chainError) Error() string { return strings.Join(e.lines, "\n") }
func (e *chainError) Unwrap() error { return e.seen }

// lines makes azidentity's list fit to be shown: without tokens, rulers and
// whatever a service may have put into its answer.
func (last *round) lines(err error) []string {
	if err == nil {
		err = errUnusable
	}
	var lines []string
	for line := range strings.Lines(last.secrets.Cut(err.Error())) {
		if line = strings.Trim(wire.Line(line, 300), "- "); line != "" && len(lines) < 30 {
			lines = append(lines, line)
		}
	}
	return lines
}

// problem explains a refusal by Entra, if that is what ended the chain, as it would in
// a mode of its own, and else shows what each link says.
func (c *sdkChain) problem(err error, last *round, attempts int) error {
	if r, ok := errors.AsType[*Refusal](err); ok && last.sent != nil && last.at.Host == c.cfg.authority.Host {
		x := &federation{cfg: c.cfg, authority: c.cfg.authority, doing: askingDefault, whose: "the service account's token"}
		x.cfg.Client, x.cfg.Tenant = last.sent.Get("client_id"), tenantIn(last.at)
		return x.refusalProblem(err, r, x.facts(last.sent.Get("client_assertion")), attempts)
	}
	p := &wire.Problem{
		What: askingDefault + ": none of its links has one" + after(attempts),
		Why:  err.Error(),
		Fix: "sign in with one of the tools that the chain tries:\n" + azureCLI.signIn(c.cfg) + "\n" + azureDeveloperCLI.signIn(c.cfg) + "\n" +
			"or choose the mode that is meant, which explains more, such as auth: " + AzureCLI + " or auth: " + ManagedIdentity,
		Page: defaultPage,
		Err:  err,
	}
	p.Code = declaredBy(p.Fix)
	if c.selected() != "" {
		p.Fix += "\nAZURE_TOKEN_CREDENTIALS leaves only " + c.selected() + "; unset it to try all links"
	}
	return p
}

func (c *sdkChain) selected() string {
	if c.cfg.Getenv == nil {
		return ""
	}
	return oneLine(c.cfg.Getenv("AZURE_TOKEN_CREDENTIALS"))
}
