package oidc

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// How long what is known stays good. All are measured from the moment that an
// exchange ends, but for refreshPause, which starts with the attempt.
const (
	spare         = 5 * time.Minute  // a token with no more than this left is not handed out again
	refreshPause  = 30 * time.Second // between two early refreshes
	refusedFor    = time.Minute      // a refusal that the same question would meet again
	disturbedFor  = 5 * time.Second  // a failure that may pass
	flightTimeout = 4 * time.Minute  // one flight: what it needs first, the exchange, and all their retries
)

// A Credential gets access tokens of Entra in one of the [Modes] and keeps them in
// memory. It is an [azcore.TokenCredential], made by [New], and safe for
// concurrent use.
type Credential struct {
	cfg    Config
	origin origin

	// slots is replaced as a whole when one is added, under mu, so that whoever
	// finds a good token there takes no lock.
	slots atomic.Pointer[map[slotKey]*slot]
	mu    sync.Mutex
}

var _ azcore.TokenCredential = (*Credential)(nil)

// New checks cfg and sends nothing. All mistakes are reported together.
func New(cfg Config) (*Credential, error) {
	names, modeErr := ParseMode(cfg.Mode)
	cfg = cfg.complete()
	from, openErr := open(cfg, names)
	if err := errors.Join(modeErr, cfg.check(names), openErr); err != nil {
		return nil, err
	}
	c := &Credential{cfg: cfg, origin: from}
	c.slots.Store(&map[slotKey]*slot{})
	return c, nil
}

// GetToken returns an access token for opts.Scopes.
//
// A token with more than five minutes left is returned from memory. Past the
// refresh time that Entra gave it, it is still returned at once, while one
// refresh at most every 30 seconds is tried in the background. Otherwise all
// callers of the moment share one exchange, which tries 408, 429, 5xx, network
// faults and (once) unusable answers again with a new ID token. A caller whose
// ctx ends leaves at once; the exchange goes on for the others, for 4 minutes
// at most. A failure is remembered, so that many callers do not repeat it: for
// a minute, or for 5 seconds when it may pass.
//
// opts.Claims are the claims of a challenge by which a service has refused a token
// before its time (continuous access evaluation). A token that was not asked for
// with them is then passed over, and the new one takes its place for everybody who
// asks for the scope. Such challenges come only to tokens that were asked for with
// opts.EnableCAE, which should always be set.
//
// What a person can act on is a [*wire.Problem], over a [*Refusal] where Entra or the
// machine's identity service refused; no error contains a token.
func (c *Credential) GetToken(ctx context.Context, opts policy.TokenRequestOptions) (azcore.AccessToken, error) {
	if err := c.checkOptions(opts); err != nil {
		return azcore.AccessToken{}, err
	}
	if ctx.Err() != nil {
		return azcore.AccessToken{}, fmt.Errorf("%s: %w", c.origin.doing, context.Cause(ctx))
	}
	opts.TenantID = "" // azidentity would compare it letter by letter
	key := slotKey{strings.Join(opts.Scopes, " "), opts.EnableCAE}
	if token, ok := c.warm(key, opts.Claims); ok {
		return token, nil
	}
	token, f, err := c.look(ctx, key, opts)
	if f == nil {
		return token, err
	}
	select {
	case <-f.done:
		return f.token, f.err
	case <-ctx.Done():
		return azcore.AccessToken{}, fmt.Errorf("%s: %w", c.origin.doing, context.Cause(ctx))
	}
}

func (c *Credential) checkOptions(opts policy.TokenRequestOptions) error {
	if len(opts.Scopes) == 0 {
		return errors.New(c.origin.doing + ": no scope was asked for")
	}
	if opts.TenantID != "" && !strings.EqualFold(opts.TenantID, c.cfg.Tenant) {
		tenant := "the tenant " + c.cfg.Tenant
		if c.cfg.Tenant == "" {
			tenant = "the tenant that its identity is in"
		}
		return fmt.Errorf("%s: the credential is for %s, not for %.100q", c.origin.doing, tenant, opts.TenantID)
	}
	return nil
}
