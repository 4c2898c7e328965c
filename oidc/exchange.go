package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/keyless-inference/action/wire"
)

const exchanging = "exchanging GitHub's ID token for an Entra token"

// exchange gets a new token. Its retry loop is the only one on this way:
// azcore's own would send the same five-minute assertion again. passing says
// whether a failure may go away by itself.
func (c *Credential) exchange(ctx context.Context, opts policy.TokenRequestOptions) (token azcore.AccessToken, passing bool, err error) {
	var last *attempt
	unusable := false
	retry := wire.Retry{Attempts: 4, Base: time.Second, Cap: 8 * time.Second, Note: note(c.cfg.Log, exchanging)}
	attempts, err := retry.Do(ctx, func(ctx context.Context) (err error) {
		last = &attempt{credential: c}
		token, err = last.run(ctx, opts)
		if errors.Is(err, errUnusable) && !unusable {
			unusable = true
			return &wire.Passing{Err: err}
		}
		return err
	})
	if err == nil {
		return token, false, nil
	}
	passing = errors.As(err, new(*wire.Passing)) || errors.Is(err, errUnusable) || ctx.Err() != nil
	err = settled(err)
	if idErr := (*idTokenError)(nil); errors.As(err, &idErr) {
		return azcore.AccessToken{}, idErr.passing, idErr.err
	}
	return azcore.AccessToken{}, passing, c.problem(err, last.assertion, attempts)
}

// run makes the attempt: a new azidentity credential for it alone, whose cache,
// lock and early refresh are therefore never in play; [Credential] has its own.
func (a *attempt) run(ctx context.Context, opts policy.TokenRequestOptions) (azcore.AccessToken, error) {
	cfg := a.credential.cfg
	cred, err := azidentity.NewClientAssertionCredential(cfg.Tenant, cfg.Client, a.assert, &azidentity.ClientAssertionCredentialOptions{
		ClientOptions: azcore.ClientOptions{
			// azidentity insists on https; a's transport knows better for loopback.
			Cloud:     cloud.Configuration{ActiveDirectoryAuthorityHost: "https://" + a.credential.authority.Host},
			Retry:     policy.RetryOptions{MaxRetries: -1},
			Telemetry: policy.TelemetryOptions{ApplicationID: "keyless"},
			Transport: a,
		},
		DisableInstanceDiscovery: true,
	})
	if err != nil {
		return azcore.AccessToken{}, &localError{wire.RedactError(err)}
	}
	token, err := cred.GetToken(ctx, opts)
	if err == nil && token.Token != "" {
		return token, nil
	}
	return azcore.AccessToken{}, a.failure(err)
}

// assert is azidentity's callback for the assertion.
func (a *attempt) assert(ctx context.Context) (string, error) {
	token, err := a.credential.cfg.IDToken(ctx)
	if err == nil && token == "" {
		err = errors.New(asking + ": the token is empty")
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

// failure says why an attempt brought no token, from what its transport saw.
// azidentity's own error comes last: it may quote an answer with the access
// token in it, so it is used only when there was no answer.
func (a *attempt) failure(err error) error {
	switch {
	case a.idErr != nil:
		return a.idErr
	case a.err != nil:
		return wire.Fault(a.err)
	case a.status == 0:
		return &localError{wire.RedactError(err)}
	case a.status/100 == 2:
		return fmt.Errorf("%w: %s", errUnusable, whatIsMissing(a.body))
	}
	r := parseRefusal(a.status, []byte(a.secrets.CutWords(string(a.body))))
	if r.Passing() {
		return &wire.Passing{Err: r, Wait: wire.RetryAfter(a.header)}
	}
	return r
}

// A localError is azidentity's, made before anything was sent.
type localError struct{ error }

var errUnusable = errors.New("the answer has no usable token in it")

// whatIsMissing describes an answer of status 200 without quoting it.
func whatIsMissing(body []byte) string {
	var answer map[string]json.RawMessage
	if json.Unmarshal(body, &answer) != nil {
		return fmt.Sprintf("its %d bytes are not a JSON object", len(body))
	}
	if len(answer["access_token"]) <= len(`""`) {
		return "access_token is missing"
	}
	if answer["expires_in"] == nil && answer["expires_on"] == nil {
		return "expires_in is missing"
	}
	return "a field has an unexpected form"
}
