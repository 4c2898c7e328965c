package oidc

import (
	"context"
	"errors"
	"net/url"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/keyless-inference/action/wire"
)

// A federation exchanges somebody else's statement, the assertion, for an Entra
// token: that of GitHub about a job, or that of a Kubernetes cluster about a pod.
type federation struct {
	cfg       Config
	authority *url.URL // cfg's, for short
	doing     string
	whose     string // the assertion's name in explanations
	assertion func(context.Context) (string, error)
}

const exchanging = "exchanging GitHub's ID token for an Entra token"

func openGitHub(cfg Config) (origin, error) {
	x := &federation{cfg, cfg.authority, exchanging, "GitHub's token", cfg.IDToken}
	var idTokenErr error
	if cfg.IDToken == nil {
		idTokenErr = errors.New("no source of ID tokens is set")
	}
	return origin{x.doing, x.exchange}, errors.Join(cfg.needsApplication(), idTokenErr)
}

// exchange gets a new token. Its retry loop is the only one on this way:
// azcore's own would send the same five-minute assertion again. passing says
// whether a failure may go away by itself.
func (x *federation) exchange(ctx context.Context, opts policy.TokenRequestOptions) (token azcore.AccessToken, passing bool, err error) {
	var last *attempt
	retry := wire.Retry{Attempts: 4, Base: time.Second, Cap: 8 * time.Second, Note: note(x.cfg.Log, x.doing)}
	attempts, err := retry.Do(ctx, once(func(ctx context.Context) (err error) {
		last = &attempt{federation: x, tap: tap{do: x.cfg.Do, mask: x.cfg.Mask}}
		token, err = last.run(ctx, opts)
		return err
	}))
	if err == nil {
		return token, false, nil
	}
	passing = mayPass(ctx, err)
	err = settled(err)
	if idErr := (*idTokenError)(nil); errors.As(err, &idErr) {
		return azcore.AccessToken{}, idErr.passing, idErr.err
	}
	return azcore.AccessToken{}, passing, x.problem(err, last.assertion, attempts)
}

// once lets an unusable answer be tried again one time.
func once(call func(context.Context) error) func(context.Context) error {
	unusable := false
	return func(ctx context.Context) error {
		err := call(ctx)
		if errors.Is(err, errUnusable) && !unusable {
			unusable = true
			return &wire.Passing{Err: err}
		}
		return err
	}
}

// mayPass reports whether the failure that ended a retry loop may go away by itself.
func mayPass(ctx context.Context, err error) bool {
	return errors.As(err, new(*wire.Passing)) || errors.Is(err, errUnusable) || ctx.Err() != nil
}

// An attempt is one try of an exchange.
type attempt struct {
	*federation
	tap

	assertion string        // what was sent
	idErr     *idTokenError // why there was none
}

// run makes the attempt: a new azidentity credential for it alone, whose cache,
// lock and early refresh are therefore never in play; [Credential] has its own.
func (a *attempt) run(ctx context.Context, opts policy.TokenRequestOptions) (azcore.AccessToken, error) {
	cred, err := azidentity.NewClientAssertionCredential(a.cfg.Tenant, a.cfg.Client, a.assert, &azidentity.ClientAssertionCredentialOptions{
		ClientOptions:            clientOptions(a.cfg, a),
		DisableInstanceDiscovery: true,
	})
	if err != nil {
		return azcore.AccessToken{}, &localError{wire.RedactError(err)}
	}
	token, err := cred.GetToken(ctx, opts)
	if err == nil && token.Token != "" {
		return token, nil
	}
	if a.idErr != nil {
		return azcore.AccessToken{}, a.idErr
	}
	return azcore.AccessToken{}, a.failure(err)
}

// clientOptions are those of every credential of azidentity that sends requests.
func clientOptions(cfg Config, transport policy.Transporter) azcore.ClientOptions {
	return azcore.ClientOptions{
		// azidentity insists on https; the transport knows better for loopback.
		Cloud:     cloud.Configuration{ActiveDirectoryAuthorityHost: "https://" + cfg.authority.Host},
		Retry:     policy.RetryOptions{MaxRetries: -1},
		Telemetry: policy.TelemetryOptions{ApplicationID: "keyless"},
		Transport: transport,
	}
}

// assert is azidentity's callback for the assertion.
func (a *attempt) assert(ctx context.Context) (string, error) {
	token, err := a.federation.assertion(ctx)
	if err == nil && token == "" {
		err = errors.New(a.doing + ": " + a.whose + " is empty")
	}
	if err != nil {
		// What may pass was already tried again where it happened.
		passing := errors.As(err, new(*wire.Passing)) || passes(err)
		a.idErr = &idTokenError{wire.RedactError(settled(err)), passing}
	}
	a.assertion = token
	a.secrets.Add(token)
	return token, err
}

// An idTokenError ends an exchange: there is nothing to exchange.
type idTokenError struct {
	err     error
	passing bool
}

func (e *idTokenError) Error() string { return e.err.Error() }

// passes reports whether an error of [GitHub.IDToken] may go away by itself.
func passes(err error) bool {
	var status *statusError
	if errors.As(err, &status) {
		return status.passing
	}
	return !errors.Is(err, ErrNoIdentity)
}
