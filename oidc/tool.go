package oidc

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/keyless-inference/action/wire"
)

// toolTimeout is how long a tool may take. Both start slowly in small containers, and
// ask Entra themselves, with retries of their own.
const toolTimeout = time.Minute

// A tool is a program that somebody has signed in with.
type tool struct {
	name    string // in full
	command string
	token   string // what prints a token; a scope follows
	login   string // what signs in
	tenant  string // login's flag for a tenant
	claims  string // login's flag for a challenge; "" if it has none
	cloud   string // what changes to another cloud; its name follows
	page    string // how to install it
	unknown string // what it says when nobody is signed in
	make    func(tenant string) (azcore.TokenCredential, error)
}

var azureCLI = tool{
	name: "Azure CLI", command: "az", token: "az account get-access-token --scope", login: "az login",
	tenant: " --tenant ", claims: " --claims-challenge ", cloud: "az cloud set --name ",
	page:    "https://learn.microsoft.com/cli/azure/install-azure-cli",
	unknown: "ERROR: Please run 'az login' to setup account.",
	make: func(tenant string) (azcore.TokenCredential, error) {
		return azidentity.NewAzureCLICredential(&azidentity.AzureCLICredentialOptions{TenantID: tenant})
	},
}

var azureDeveloperCLI = tool{
	name: "Azure Developer CLI", command: "azd", token: "azd auth token --scope", login: "azd auth login",
	tenant: " --tenant-id ", cloud: "azd config set cloud.name ",
	page:    "https://learn.microsoft.com/azure/developer/azure-developer-cli/install-azd",
	unknown: "ERROR: not logged in, run `azd auth login` to login",
	make: func(tenant string) (azcore.TokenCredential, error) {
		return azidentity.NewAzureDeveloperCLICredential(&azidentity.AzureDeveloperCLICredentialOptions{TenantID: tenant})
	},
}

func (t tool) doing() string { return "asking the " + t.name + " for an Entra token" }

func (t tool) open(cfg Config) (origin, error) {
	return origin{t.doing(), func(ctx context.Context, opts policy.TokenRequestOptions) (azcore.AccessToken, bool, error) {
		return t.get(ctx, cfg, opts)
	}}, nil
}

// get runs the tool once. It tries again by itself where that helps.
func (t tool) get(ctx context.Context, cfg Config, opts policy.TokenRequestOptions) (azcore.AccessToken, bool, error) {
	ctx, cancel := context.WithTimeout(ctx, toolTimeout)
	defer cancel()
	cred, err := t.make(cfg.Tenant)
	if err != nil {
		return azcore.AccessToken{}, false, fmt.Errorf("%s: %w", t.doing(), err)
	}
	token, err := cred.GetToken(ctx, opts)
	if err == nil && (token.Token == "" || !token.ExpiresOn.After(time.Now())) {
		err = errors.New("what it printed has no token in it that is still good")
	}
	if err != nil {
		return azcore.AccessToken{}, ctx.Err() != nil, t.problem(ctx, cfg, opts, err)
	}
	if cfg.Mask != nil {
		cfg.Mask(token.Token)
	}
	return token, false, nil
}

// problem explains a failure. All there is to tell them by is the tool's own words,
// for azidentity's errors have no more; but whether it is there at all can be seen.
func (t tool) problem(ctx context.Context, cfg Config, opts policy.TokenRequestOptions, err error) error {
	_, missing := exec.LookPath(t.command)
	seen := mishap{missing: missing != nil, late: ctx.Err() != nil, challenged: opts.Claims != "", words: t.words(err)}
	for _, x := range toolExplanations {
		if x.applies(t, seen) {
			p := x.problem(t, t.fill(cfg, opts, seen.words))
			p.Err = wire.RedactError(err)
			return p
		}
	}
	return err // not reached: the last one applies to all
}

// A mishap is what was seen of a tool that gave no token.
type mishap struct {
	missing, late, challenged bool
	words                     string // its own
}

// fill puts values into the texts of [toolExplanations].
func (t tool) fill(cfg Config, opts policy.TokenRequestOptions, words string) *strings.Replacer {
	return strings.NewReplacer("{name}", t.name, "{command}", t.command, "{page}", t.page, "{words}", words,
		"{token}", t.token+" "+wire.Quote(strings.Join(opts.Scopes, " ")), "{login}", t.signIn(cfg), "{challenge}", t.challenge(opts))
}

// A toolExplanation is what people are told of a tool that gave no token.
type toolExplanation struct {
	applies        func(tool, mishap) bool
	what, why, fix string
}

func (x toolExplanation) problem(t tool, fill *strings.Replacer) *wire.Problem {
	return &wire.Problem{What: t.doing() + ": " + fill.Replace(x.what), Why: strings.TrimSpace(fill.Replace(x.why)), Fix: fill.Replace(x.fix), Page: t.page}
}

// toolExplanations are tried in order; the last one applies to all.
var toolExplanations = []toolExplanation{
	{
		func(_ tool, m mishap) bool { return m.missing },
		"{command} is not installed here",
		"The {name} is not on the PATH of this process. In a container it is there only if the image has it.",
		"install it ({page}) and sign in:\n{login}",
	},
	{
		func(_ tool, m mishap) bool { return m.late },
		"{command} did not answer in time", "{words}", "see what it waits for:\n{token}",
	},
	{
		func(_ tool, m mishap) bool { return m.challenged },
		"Entra wants a new sign-in",
		"The service has refused the token before its time, by continuous access evaluation: a policy or the account has changed. {words}",
		"{login}{challenge}",
	},
	{
		func(t tool, m mishap) bool { return strings.Contains(m.words, t.login) },
		"nobody is signed in, or the sign-in has ended", "{words}", "{login}",
	},
	{
		func(tool, mishap) bool { return true },
		"{command} failed", "{words}", "see whether this prints a token:\n{token}",
	},
}

// words are the tool's own, without what azidentity puts around them.
func (t tool) words(err error) string {
	text, _, _ := strings.Cut(err.Error(), "To troubleshoot, visit ")
	if _, after, found := strings.Cut(text, "Credential: "); found {
		text = after
	}
	return oneLine(text)
}

// signIn is the command that signs in, to the cloud and tenant that are configured.
func (t tool) signIn(cfg Config) string {
	command := t.login
	if cfg.Tenant != "" {
		command += t.tenant + cfg.Tenant
	}
	if at := CloudAt(cfg.Authority); at.az != clouds[0].az {
		return t.cloud + at.az + "\n" + command
	}
	return command
}

// challenge is what signing in needs to be told to satisfy a challenge.
func (t tool) challenge(opts policy.TokenRequestOptions) string {
	if t.claims == "" || opts.Claims == "" {
		return ""
	}
	return t.claims + base64.StdEncoding.EncodeToString([]byte(opts.Claims))
}
