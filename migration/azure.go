package migration

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"github.com/keyless-inference/action/account"
	"github.com/keyless-inference/action/migration/rule"
	"github.com/keyless-inference/action/wire"
)

// Azure is the source that asks Azure Resource Manager about accounts: whether
// they take keys, who may list these, and whether anybody did. It only ever
// reads, and never the keys themselves. Made by [NewAzure].
type Azure struct {
	cfg    AzureConfig
	client *account.Client
}

// AzureConfig says which accounts, and with whose eyes. Credential and one of
// Endpoint and Subscription must be set.
type AzureConfig struct {
	// Endpoint is that of an Azure OpenAI account, whose resource is looked for in
	// Subscription, or in all subscriptions that the identity sees.
	Endpoint string

	// Subscription is the id of a subscription. Without Endpoint all accounts in
	// it are looked at that serve Azure OpenAI.
	Subscription string

	// Management is where Azure Resource Manager is, and Scope what Credential is
	// asked for there. "" means what [account.Config] says.
	Management, Scope string

	// Credential gets the access tokens, and remembers them.
	Credential azcore.TokenCredential

	Do       func(*http.Request) (*http.Response, error) // sends a request and follows no redirect; nil means that of [wire.Client]
	Attempts int                                         // of each request, the first one included; 0 means 5
	Log      func(string)                                // is told of each failed attempt that another one follows; nil means nobody
	Timeout  time.Duration                               // of one Look as a whole; 0 means 5 minutes
	Asked    bool                                        // see [Status.Asked]
}

// NewAzure checks cfg and sends nothing. All mistakes are reported together.
func NewAzure(cfg AzureConfig) (*Azure, error) {
	client, err := account.New(account.Config{
		Management: cfg.Management, Scope: cfg.Scope, Credential: cfg.Credential, Do: cfg.Do, Attempts: cfg.Attempts, Log: cfg.Log,
	})
	if cfg.Subscription != "" {
		err = errors.Join(err, account.CheckSubscription(cfg.Subscription))
	}
	if cfg.Subscription == "" && cfg.Endpoint == "" {
		err = errors.Join(err, errors.New("there is neither an endpoint nor a subscription to look at"))
	}
	if cfg.Endpoint != "" && account.Host(cfg.Endpoint) == "" {
		err = errors.Join(err, fmt.Errorf("the endpoint %q is not a URL", wire.Line(cfg.Endpoint, 100)))
	}
	cfg.Timeout = cmp.Or(cfg.Timeout, 5*time.Minute)
	return &Azure{cfg, client}, err
}

// Look implements [Source].
func (a *Azure) Look(ctx context.Context) Result {
	ctx, cancel := context.WithTimeout(ctx, a.cfg.Timeout)
	defer cancel()
	principal, err := a.client.Principal(ctx)
	if err != nil {
		return Result{Statuses: []Status{a.status("accounts", Failed, "there is no token for Azure Resource Manager: "+err.Error())}}
	}
	found, result := a.find(ctx)
	parts := make([]Result, len(found))
	slot := make(chan struct{}, inFlight)
	var looking sync.WaitGroup
	for i, acc := range found {
		looking.Go(func() {
			slot <- struct{}{}
			defer func() { <-slot }()
			parts[i] = a.account(ctx, acc, principal)
		})
	}
	looking.Wait()
	for _, p := range parts {
		result.Findings = append(result.Findings, p.Findings...)
		result.Statuses = append(result.Statuses, p.Statuses...)
	}
	return result
}

// account looks at one account: its settings, the identity's roles on it, and
// its activity log.
func (a *Azure) account(ctx context.Context, acc account.Account, principal string) Result {
	result := Result{
		Findings: judgeAccount(acc),
		Statuses: []Status{a.status("account "+acc.Name, Looked, "disableLocalAuth and the custom subdomain")},
	}
	for _, part := range []struct {
		name  string
		needs string
		look  func(context.Context, account.Account, string) ([]Finding, string, error)
	}{
		{"roles of the identity on ", "Microsoft.Authorization/roleAssignments/read and roleDefinitions/read, which the role Cognitive Services OpenAI User at the account has", a.roles},
		{"activity log of ", "Microsoft.Insights/eventtypes/values/read, which the roles Reader and Monitoring Reader at the account have", a.activity},
	} {
		found, why, err := part.look(ctx, acc, principal)
		result.Findings = append(result.Findings, found...)
		if err != nil {
			result.Statuses = append(result.Statuses, a.failure(part.name+acc.Name, part.needs, err))
			continue
		}
		result.Statuses = append(result.Statuses, a.status(part.name+acc.Name, Looked, why))
	}
	return result
}

func (a *Azure) status(name string, state State, why string) Status {
	return Status{Name: "Azure: " + wire.Line(name, 200), State: state, Why: wire.Line(a.client.Cut(why), 700), Asked: a.cfg.Asked}
}

// failure is the status of something that could not be read.
func (a *Azure) failure(name, needs string, err error) Status {
	var r *account.Refusal
	switch {
	case !errors.As(err, &r):
		return a.status(name, Failed, err.Error())
	case r.Status == http.StatusForbidden:
		return a.status(name, Skipped, fmt.Sprintf("the identity may not read it (%s): it takes %s", r.Brief(), needs))
	case r.Status == http.StatusUnauthorized:
		return a.status(name, Failed, fmt.Sprintf("Azure Resource Manager does not accept the token (%s): check the inputs tenant-id and environment", r.Brief()))
	case r.Status == http.StatusNotFound:
		return a.status(name, Skipped, fmt.Sprintf("it is not there, or the identity can't see it (%s)", r.Brief()))
	}
	return a.status(name, Failed, err.Error())
}

// azureFinding makes a finding about something in Azure.
func azureFinding(id, place, message, fix, match string) Finding {
	r, _ := rule.ByID(id)
	f := Finding{Rule: id, Severity: r.Severity, Place: wire.Line(place, 300), Message: wire.Line(message, 500), Fix: wire.Line(fix, 700)}
	return f.Seal(match)
}
