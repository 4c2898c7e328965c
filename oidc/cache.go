package oidc

import (
	"context"
	"fmt"
	"maps"
	"sync/atomic"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// slotKey is what makes one token differ from another for good.
type slotKey struct {
	scopes string
	cae    bool
}

// A slot is what is known about the tokens of one key. All but held is guarded by
// [Credential.mu].
type slot struct {
	held    atomic.Pointer[held] // the last token; nil if there was none
	flights map[string]*flight   // the exchanges that are under way, by the claims they ask with
	refusal refusal
}

// A held is a token. It is replaced, never changed.
type held struct {
	token   azcore.AccessToken
	claims  string    // that it was asked for with
	since   time.Time // when it was received
	refresh time.Time // when to try an early refresh; the zero time: never
}

// hold keeps a token from now on. Some origins have a cache of their own, which hands
// out what is due for a refresh already: that is not tried more often than others.
func hold(token azcore.AccessToken, claims string, now time.Time) *held {
	h := &held{token, claims, now, token.RefreshOn}
	if soonest := now.Add(refreshPause); !h.refresh.IsZero() && h.refresh.Before(soonest) {
		h.refresh = soonest
	}
	return h
}

// serves reports whether h is good for a caller who has been challenged with
// claims, or not at all. Who comes with the claims of an older token has been refused
// that one.
func (h *held) serves(claims string, now time.Time) bool {
	return h != nil && (claims == "" || claims == h.claims && now.Sub(h.since) < refreshPause) && h.token.ExpiresOn.Sub(now) > spare
}

// due reports whether somebody should try an early refresh.
func (h *held) due(now time.Time) bool { return !h.refresh.IsZero() && !now.Before(h.refresh) }

// A refusal is a failure that answers in an exchange's stead for a while.
type refusal struct {
	claims string // that the exchange asked with
	err    error  // nil after a success
	till   time.Time
}

// A flight is one exchange that any number of callers wait for. Its results
// are set before done is closed.
type flight struct {
	claims string
	before *held // what the slot held when the flight took off
	done   chan struct{}
	token  azcore.AccessToken
	err    error
}

// warm finds a good token without taking a lock, for callers by the thousand.
func (c *Credential) warm(key slotKey, claims string) (azcore.AccessToken, bool) {
	s := (*c.slots.Load())[key]
	if s == nil {
		return azcore.AccessToken{}, false
	}
	h, now := s.held.Load(), time.Now()
	if !h.serves(claims, now) || h.due(now) {
		return azcore.AccessToken{}, false
	}
	return h.token, true
}

// look finds what to tell a caller: a token, a remembered refusal, or the
// flight to wait for.
func (c *Credential) look(ctx context.Context, key slotKey, opts policy.TokenRequestOptions) (azcore.AccessToken, *flight, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.slot(key)
	now := time.Now()
	if h := s.held.Load(); h.serves(opts.Claims, now) {
		if h.due(now) {
			c.refresh(ctx, s, opts, now)
		}
		return h.token, nil, nil
	}
	if f := s.flights[opts.Claims]; f != nil {
		return azcore.AccessToken{}, f, nil
	}
	if r := s.refusal; r.err != nil && r.claims == opts.Claims && now.Before(r.till) {
		return azcore.AccessToken{}, nil, r.err
	}
	return azcore.AccessToken{}, c.takeOff(ctx, s, opts), nil
}

// slot finds or adds a slot, with c.mu held.
func (c *Credential) slot(key slotKey) *slot {
	all := *c.slots.Load()
	if s := all[key]; s != nil {
		return s
	}
	more := maps.Clone(all)
	more[key] = &slot{flights: map[string]*flight{}}
	c.slots.Store(&more)
	return more[key]
}

// refresh starts an early refresh, with c.mu held, and puts the next one off. Who comes
// with claims is served for less time than a refresh is put off, so opts has none.
func (c *Credential) refresh(ctx context.Context, s *slot, opts policy.TokenRequestOptions, now time.Time) {
	later := *s.held.Load()
	later.refresh = now.Add(refreshPause)
	s.held.Store(&later)
	if s.flights[""] == nil {
		c.takeOff(ctx, s, opts)
	}
}

// takeOff starts a flight, with c.mu held. The flight keeps the values of the
// first caller's context but not its end, since others will wait for it too.
func (c *Credential) takeOff(ctx context.Context, s *slot, opts policy.TokenRequestOptions) *flight {
	f := &flight{claims: opts.Claims, before: s.held.Load(), done: make(chan struct{})}
	s.flights[f.claims] = f
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), flightTimeout)
	go func() {
		defer cancel()
		token, passing, err := c.origin.get(ctx, opts)
		if left := c.land(s, f, token, passing, err); err != nil && f.claims == "" {
			c.logRefresh(left, err)
		}
	}()
	return f
}

// land records how a flight ended, lets its callers go, and returns how long
// the slot's token will live.
func (c *Credential) land(s *slot, f *flight, token azcore.AccessToken, passing bool, err error) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer close(f.done)
	now := time.Now()
	delete(s.flights, f.claims)
	f.token, f.err, s.refusal = token, err, refusal{f.claims, err, now.Add(refusedFor)}
	if passing {
		s.refusal.till = now.Add(disturbedFor)
	}
	h := s.held.Load()
	if err == nil && !f.overtaken(h) {
		h = hold(token, f.claims, now)
		s.held.Store(h)
	}
	if h == nil {
		return 0
	}
	return h.token.ExpiresOn.Sub(now)
}

// overtaken reports whether h was asked for with claims after f took off: what f
// brings was asked for without them and is likely refused already.
func (f *flight) overtaken(h *held) bool {
	return f.claims == "" && h != nil && h.claims != "" && (f.before == nil || f.before.token.Token != h.token.Token)
}

// logRefresh tells of a failed exchange that no caller hears of, because the
// token at hand is good for left.
func (c *Credential) logRefresh(left time.Duration, err error) {
	if left > spare && c.cfg.Log != nil {
		c.cfg.Log(fmt.Sprintf("refreshing the Entra token early failed, the present one is good for another %s: %s",
			left.Round(time.Second), oneLine(err.Error())))
	}
}
