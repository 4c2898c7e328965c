package migration

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/keyless-inference/action/migration/rule"
	"github.com/keyless-inference/action/wire"
)

// Azure is the source that asks Azure Resource Manager about accounts: whether
// they take keys, who may list these, and whether anybody did. It only ever
// reads, and never the keys themselves. Made by [NewAzure].
type Azure struct {
	cfg AzureConfig
	arm *arm
}

// AzureConfig says which accounts, and with whose eyes. Token and one of
// Endpoint and Subscription must be set.
type AzureConfig struct {
	// Endpoint is that of an Azure OpenAI account, whose resource is looked for in
	// Subscription, or in all subscriptions that the identity sees.
	Endpoint string

	// Subscription is the id of a subscription. Without Endpoint all accounts in
	// it are looked at that serve Azure OpenAI.
	Subscription string

	// Management is where Azure Resource Manager is; "" means
	// https://management.azure.com.
	Management string

	// Token returns an access token for Management. It is called once a request.
	Token func(context.Context) (string, error)

	Do       func(*http.Request) (*http.Response, error) // sends a request and follows no redirect; nil means that of [wire.Client]
	Attempts int                                         // of each request, the first one included; 0 means 5
	Log      func(string)                                // is told of each failed attempt that another one follows; nil means nobody
	Timeout  time.Duration                               // of one Look as a whole; 0 means 5 minutes
	Asked    bool                                        // see [Status.Asked]
}

var guid = regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)

// NewAzure checks cfg and sends nothing. All mistakes are reported together.
func NewAzure(cfg AzureConfig) (*Azure, error) {
	a, err := newARM(cfg)
	if cfg.Subscription != "" && !guid.MatchString(cfg.Subscription) {
		err = errors.Join(err, fmt.Errorf("the subscription id %q is not a GUID; this shows it: az account show --query id -o tsv", wire.Line(cfg.Subscription, 100)))
	}
	if cfg.Subscription == "" && cfg.Endpoint == "" {
		err = errors.Join(err, errors.New("there is neither an endpoint nor a subscription to look at"))
	}
	if cfg.Endpoint != "" && hostOf(cfg.Endpoint) == "" {
		err = errors.Join(err, fmt.Errorf("the endpoint %q is not a URL", wire.Line(cfg.Endpoint, 100)))
	}
	if cfg.Token == nil {
		err = errors.Join(err, errors.New("no source of tokens is set"))
	}
	cfg.Timeout = cmp.Or(cfg.Timeout, 5*time.Minute)
	return &Azure{cfg, a}, err
}

// hostOf is the host of a URL, with its port, in lower case; "" for what is no
// URL.
func hostOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Host)
}

// Look implements [Source].
func (a *Azure) Look(ctx context.Context) Result {
	ctx, cancel := context.WithTimeout(ctx, a.cfg.Timeout)
	defer cancel()
	token, err := a.cfg.Token(ctx)
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
			parts[i] = a.account(ctx, acc, principalOf(token))
		})
	}
	looking.Wait()
	for _, p := range parts {
		result.Findings = append(result.Findings, p.Findings...)
		result.Statuses = append(result.Statuses, p.Statuses...)
	}
	return result
}

// principalOf is the object id of whom a token is for, from its claim oid. It
// is decoded and not verified, since it only narrows what is asked for.
func principalOf(token string) string {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return ""
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	var claims struct{ Oid string }
	if err != nil || json.Unmarshal(payload, &claims) != nil || !guid.MatchString(claims.Oid) {
		return ""
	}
	return claims.Oid
}

// account looks at one account: its settings, the identity's roles on it, and
// its activity log.
func (a *Azure) account(ctx context.Context, acc account, principal string) Result {
	result := Result{
		Findings: acc.judge(),
		Statuses: []Status{a.status("account "+acc.name(), Looked, "disableLocalAuth and the custom subdomain")},
	}
	for _, part := range []struct {
		name  string
		needs string
		look  func(context.Context, account, string) ([]Finding, string, error)
	}{
		{"roles of the identity on ", "Microsoft.Authorization/roleAssignments/read and roleDefinitions/read, which the role Cognitive Services OpenAI User at the account has", a.roles},
		{"activity log of ", "Microsoft.Insights/eventtypes/values/read, which the roles Reader and Monitoring Reader at the account have", a.activity},
	} {
		found, why, err := part.look(ctx, acc, principal)
		result.Findings = append(result.Findings, found...)
		if err != nil {
			result.Statuses = append(result.Statuses, a.failure(part.name+acc.name(), part.needs, err))
			continue
		}
		result.Statuses = append(result.Statuses, a.status(part.name+acc.name(), Looked, why))
	}
	return result
}

func (a *Azure) status(name string, state State, why string) Status {
	return Status{Name: "Azure: " + wire.Line(name, 200), State: state, Why: wire.Line(a.arm.secrets.Cut(why), 700), Asked: a.cfg.Asked}
}

// failure is the status of something that could not be read.
func (a *Azure) failure(name, needs string, err error) Status {
	var r *armRefusal
	switch {
	case !errors.As(err, &r):
		return a.status(name, Failed, err.Error())
	case r.status == http.StatusForbidden:
		return a.status(name, Skipped, fmt.Sprintf("the identity may not read it (%s): it takes %s", r.brief(), needs))
	case r.status == http.StatusUnauthorized:
		return a.status(name, Failed, fmt.Sprintf("Azure Resource Manager does not accept the token (%s): check the inputs tenant-id and environment", r.brief()))
	case r.status == http.StatusNotFound:
		return a.status(name, Skipped, fmt.Sprintf("it is not there, or the identity can't see it (%s)", r.brief()))
	}
	return a.status(name, Failed, err.Error())
}

// azureFinding makes a finding about something in Azure.
func azureFinding(id, place, message, fix, match string) Finding {
	r, _ := rule.ByID(id)
	f := Finding{Rule: id, Severity: r.Severity, Place: wire.Line(place, 300), Message: wire.Line(message, 500), Fix: wire.Line(fix, 700)}
	return f.Seal(match)
}
