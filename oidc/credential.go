package oidc

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/keyless-inference/action/wire"
)

// How long what is known stays good. All are measured from the moment that an
// exchange ends, but for refreshPause, which starts with the attempt.
const (
	spare         = 5 * time.Minute  // a token with no more than this left is not handed out again
	refreshPause  = 30 * time.Second // between two early refreshes
	refusedFor    = time.Minute      // a refusal that the same question would meet again
	disturbedFor  = 5 * time.Second  // a failure that may pass
	flightTimeout = 4 * time.Minute  // one flight: GitHub's token, the exchange, and all their retries
)

// Config says who the token is for and where it comes from. Tenant, Client and
// IDToken must be set.
type Config struct {
	Tenant string // the Entra tenant: a GUID or a domain
	Client string // the application (client) id of the app registration or managed identity: a GUID

	// Authority is where Entra is, as AZURE_AUTHORITY_HOST gives it: scheme and
	// host, https but for loopback addresses. "" means the public cloud.
	Authority string

	// IDToken returns a new ID token of the job, as [GitHub.IDToken] does. It
	// is called once for each attempt of an exchange, because an ID token
	// lives for five minutes only and the credential for hours.
	IDToken func(context.Context) (string, error)

	// Mask is called with an access token the moment it is received, before
	// anything else happens to it, by any number of goroutines. Nil does
	// nothing.
	Mask func(string)

	// Do sends a request to Authority and must not follow redirects. Nil means
	// one client of the package wire, which takes proxies and SSL_CERT_FILE
	// from the environment.
	Do func(*http.Request) (*http.Response, error)

	// Log is told in one line of each failed attempt that another one follows,
	// and of each early refresh that failed, by any number of goroutines. Nil
	// does nothing.
	Log func(string)
}

// A Credential exchanges ID tokens of GitHub for access tokens of Entra and
// keeps those in memory. It is an [azcore.TokenCredential], made by [New], and
// safe for concurrent use.
type Credential struct {
	cfg       Config
	authority *url.URL

	mu    sync.Mutex
	slots map[slotKey]*slot
}

var _ azcore.TokenCredential = (*Credential)(nil)

// New checks cfg and sends nothing. All mistakes are reported together.
func New(cfg Config) (*Credential, error) {
	if cfg.Authority == "" {
		cfg.Authority = clouds[0].Authority
	}
	authority, authorityErr := parseAuthority(cfg.Authority)
	var idTokenErr error
	if cfg.IDToken == nil {
		idTokenErr = errors.New("no source of ID tokens is set")
	}
	if err := errors.Join(CheckTenant(cfg.Tenant), CheckClient(cfg.Client), authorityErr, idTokenErr); err != nil {
		return nil, err
	}
	if cfg.Do == nil {
		cfg.Do = wire.Client().Do
	}
	return &Credential{cfg: cfg, authority: authority, slots: map[slotKey]*slot{}}, nil
}

// CheckAuthority reports why raw cannot be [Config.Authority]: not https (or
// plain http to loopback), or more than scheme and host.
func CheckAuthority(raw string) error {
	_, err := parseAuthority(raw)
	return err
}

func parseAuthority(raw string) (*url.URL, error) {
	u, err := wire.CheckURL(raw)
	if err != nil {
		return nil, fmt.Errorf("the authority: %w", err)
	}
	if strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("the authority %q has more than a host: give %s://%s (the tenant is an input of its own)",
			raw, u.Scheme, u.Host)
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
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
// A refusal is a [*wire.Problem] over a [*Refusal]; no error contains a token.
func (c *Credential) GetToken(ctx context.Context, opts policy.TokenRequestOptions) (azcore.AccessToken, error) {
	if err := c.checkOptions(opts); err != nil {
		return azcore.AccessToken{}, err
	}
	if ctx.Err() != nil {
		return azcore.AccessToken{}, fmt.Errorf("%s: %w", exchanging, context.Cause(ctx))
	}
	opts.TenantID = "" // azidentity would compare it letter by letter
	c.mu.Lock()
	token, f, err := c.look(ctx, opts)
	c.mu.Unlock()
	if f == nil {
		return token, err
	}
	select {
	case <-f.done:
		return f.token, f.err
	case <-ctx.Done():
		return azcore.AccessToken{}, fmt.Errorf("%s: %w", exchanging, context.Cause(ctx))
	}
}

func (c *Credential) checkOptions(opts policy.TokenRequestOptions) error {
	if len(opts.Scopes) == 0 {
		return errors.New(exchanging + ": no scope was asked for")
	}
	if opts.TenantID != "" && !strings.EqualFold(opts.TenantID, c.cfg.Tenant) {
		return fmt.Errorf("%s: the credential is for the tenant %s, not for %.100q", exchanging, c.cfg.Tenant, opts.TenantID)
	}
	return nil
}

// slotKey is everything that makes one token differ from another.
type slotKey struct {
	scopes string
	claims string
	cae    bool
}

// A slot is what is known about the tokens of one key.
type slot struct {
	token       azcore.AccessToken // the last one; zero if there was none
	nextRefresh time.Time          // no early refresh before this
	refusal     error              // why the last exchange failed; nil after a success
	refusedTill time.Time          // how long refusal answers in an exchange's stead
	flight      *flight            // the exchange that is under way; nil if none is
}

// A flight is one exchange that any number of callers wait for. Its results
// are set before done is closed.
type flight struct {
	done  chan struct{}
	token azcore.AccessToken
	err   error
}

// look finds, with c.mu held, what to tell a caller: a token, a remembered
// refusal, or the flight to wait for.
func (c *Credential) look(ctx context.Context, opts policy.TokenRequestOptions) (azcore.AccessToken, *flight, error) {
	s := c.slot(slotKey{strings.Join(opts.Scopes, " "), opts.Claims, opts.EnableCAE})
	now := time.Now()
	if s.token.ExpiresOn.Sub(now) > spare {
		due := !s.token.RefreshOn.IsZero() && !now.Before(s.token.RefreshOn)
		if due && s.flight == nil && !now.Before(s.nextRefresh) {
			s.nextRefresh = now.Add(refreshPause)
			c.takeOff(ctx, s, opts)
		}
		return s.token, nil, nil
	}
	if s.flight == nil && s.refusal != nil && now.Before(s.refusedTill) {
		return azcore.AccessToken{}, nil, s.refusal
	}
	if s.flight == nil {
		c.takeOff(ctx, s, opts)
	}
	return azcore.AccessToken{}, s.flight, nil
}

func (c *Credential) slot(key slotKey) *slot {
	s := c.slots[key]
	if s == nil {
		s = &slot{}
		c.slots[key] = s
	}
	return s
}

// takeOff starts s's flight, with c.mu held. The flight keeps the values of the
// first caller's context but not its end, since others will wait for it too.
func (c *Credential) takeOff(ctx context.Context, s *slot, opts policy.TokenRequestOptions) {
	f := &flight{done: make(chan struct{})}
	s.flight = f
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), flightTimeout)
	go func() {
		defer cancel()
		token, passing, err := c.exchange(ctx, opts)
		if left := c.land(s, f, token, passing, err); err != nil {
			c.logRefresh(left, err)
		}
	}()
}

// land records how a flight ended, lets its callers go, and returns how long
// the slot's token will live.
func (c *Credential) land(s *slot, f *flight, token azcore.AccessToken, passing bool, err error) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer close(f.done)
	now := time.Now()
	f.token, f.err, s.flight, s.refusal = token, err, nil, err
	switch {
	case err == nil:
		s.token = token
	case passing:
		s.refusedTill = now.Add(disturbedFor)
	default:
		s.refusedTill = now.Add(refusedFor)
	}
	return s.token.ExpiresOn.Sub(now)
}

// logRefresh tells of a failed exchange that no caller hears of, because the
// token at hand is good for left.
func (c *Credential) logRefresh(left time.Duration, err error) {
	if left > spare && c.cfg.Log != nil {
		c.cfg.Log(fmt.Sprintf("refreshing the Entra token early failed, the present one is good for another %s: %s",
			left.Round(time.Second), oneLine(err.Error())))
	}
}
