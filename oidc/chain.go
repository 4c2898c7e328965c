package oidc

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/keyless-inference/action/wire"
)

// A link is one mode of a chain. What it lacks makes it fail when its turn comes, and
// not the whole chain: on a laptop there is no token file, in a pod no az.
type link struct {
	name string
	origin
	lacks error // why it could not be opened; nil if it could
}

// A chain is several modes in the order in which its writer wants them tried. The
// SDK's own stops at failures of some kinds and goes on after others; this one goes
// on after all of them, and says so.
type chain struct {
	cfg   Config
	doing string
	links []link

	mu   sync.Mutex
	used *link // the first that gave a token: an identity is not changed in mid-run
}

func openChain(cfg Config, links []link) (origin, error) {
	names := make([]string, len(links))
	lacks := make([]error, len(links))
	usable := false
	for i, l := range links {
		names[i], lacks[i] = l.name, l.lacks
		usable = usable || l.lacks == nil
	}
	c := &chain{cfg: cfg, links: links, doing: "asking " + strings.Join(names, ", ") + " in turn for an Entra token"}
	if !usable {
		return origin{}, errors.Join(lacks...)
	}
	return origin{c.doing, c.get}, nil
}

func (c *chain) get(ctx context.Context, opts policy.TokenRequestOptions) (azcore.AccessToken, bool, error) {
	used, token, passing, err := c.first(ctx, opts)
	if used != nil {
		return used.get(ctx, opts)
	}
	return token, passing, err
}

// first tries the links until one gives a token, or returns the one that did
// before. Who comes at the same time waits for the outcome.
func (c *chain) first(ctx context.Context, opts policy.TokenRequestOptions) (used *link, token azcore.AccessToken, passing bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.used != nil {
		return c.used, token, false, nil
	}
	var failures []error
	for i := range c.links {
		token, mayPass, err := c.links[i].try(ctx, opts)
		if err == nil {
			c.used = &c.links[i]
			return nil, token, false, nil
		}
		failures, passing = append(failures, err), passing || mayPass
		c.log(i, err)
	}
	return nil, token, passing, c.problem(failures)
}

func (l *link) try(ctx context.Context, opts policy.TokenRequestOptions) (azcore.AccessToken, bool, error) {
	if l.lacks != nil {
		return azcore.AccessToken{}, false, l.lacks
	}
	return l.get(ctx, opts)
}

// log tells that another identity is about to be tried, which should never happen
// behind somebody's back.
func (c *chain) log(i int, err error) {
	if c.cfg.Log != nil && i+1 < len(c.links) {
		c.cfg.Log(fmt.Sprintf("%s gave no token, %s is next: %s", c.links[i].name, c.links[i+1].name, oneLine(whatOf(err))))
	}
}

// problem has a line for each link, and what each would take.
func (c *chain) problem(failures []error) error {
	var why, fix []string
	for i, err := range failures {
		name := c.links[i].name
		why = append(why, name+": "+oneLine(whatOf(err)))
		if p := (*wire.Problem)(nil); errors.As(err, &p) && p.Fix != "" {
			fix = append(fix, "# "+name+"\n"+p.Fix)
		}
	}
	return &wire.Problem{
		What: c.doing + ": none of them has one",
		Why:  strings.Join(why, "\n"),
		Fix:  "mend one of these:\n" + strings.Join(fix, "\n"),
		Err:  errors.Join(failures...),
	}
}

// whatOf is an error in short.
func whatOf(err error) string {
	if p := (*wire.Problem)(nil); errors.As(err, &p) {
		return p.What
	}
	return wire.RedactError(err).Error()
}
