package cmd

import (
	"context"
	"fmt"
	"time"

	"github.com/keyless-inference/action/bulk"
	"github.com/keyless-inference/action/inference/pace"
)

// paceInputs bound a run of many requests.
type paceInputs struct {
	MaxConcurrency    string `group:"pace" help:"The most requests at the same time. As many as the deployment bears by default, which is found out."`
	RequestsPerMinute string `group:"pace" help:"The most requests a minute to each deployment, where that is less than its quota."`
	TokensPerMinute   string `group:"pace" help:"The most tokens a minute of each deployment, where that is less than its quota."`
	MaxRequests       string `group:"pace" help:"The most requests of the run; it makes no more then. Repetitions count, and what is under way may still be repeated."`
	MaxTotalTokens    string `group:"pace" help:"The most tokens of the run, of prompts and answers together. It stops before it spends more."`
	RunTimeout        string `group:"pace" help:"How long the whole run may take, such as 5h30m; timeout is for each request. Without limit by default."`
}

// A pacing is these bounds, checked.
type pacing struct {
	limits     pace.Limits
	budget     bulk.Budget
	runTimeout time.Duration // 0: none
}

// pacing reads the inputs.
func (c *paceInputs) pacing(r *reader) (p pacing) {
	count := func(name, input string) int64 {
		if n := r.count(name, input); n != nil {
			return *n
		}
		return 0
	}
	p.limits = pace.Limits{
		Concurrency: int(count("max-concurrency", c.MaxConcurrency)),
		Requests:    float64(count("requests-per-minute", c.RequestsPerMinute)),
		Tokens:      float64(count("tokens-per-minute", c.TokensPerMinute)),
	}
	p.budget = bulk.Budget{Tokens: count("max-total-tokens", c.MaxTotalTokens), Requests: count("max-requests", c.MaxRequests)}
	if c.RunTimeout != "" {
		p.runTimeout = r.duration("run-timeout", c.RunTimeout)
	}
	return p
}

// within bounds the time of the run.
func (p pacing) within(ctx context.Context) (context.Context, context.CancelFunc) {
	if p.runTimeout == 0 {
		return ctx, func() {}
	}
	return context.WithTimeoutCause(ctx, p.runTimeout, fmt.Errorf("the run-timeout of %s is over", p.runTimeout))
}
