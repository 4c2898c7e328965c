package bulk

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/keyless-inference/action/wire"
)

// A Budget is the most that one run may spend; a zero field is no bound. What an
// earlier run spent, which this one goes on with, does not count.
type Budget struct {
	Tokens   int64 // of prompts and answers together, as the service counts them
	Requests int64 // HTTP requests, repetitions included
}

// A ledger keeps what is spent, and what may still be by what is under way.
type ledger struct {
	budget Budget

	mu       sync.Mutex
	spent    Budget
	reserved Budget
	settled  chan struct{} // closed at the next settling
}

// errBudget ends a run before it spends more.
var errBudget = errors.New("the budget is spent")

// reserve waits until tokens and a request fit into the budget, whatever becomes
// of what is under way, and takes them out of it. Where they will never fit it
// returns errBudget.
func (l *ledger) reserve(ctx context.Context, tokens int64) error {
	for {
		wait, err := l.try(tokens)
		if wait == nil {
			return err
		}
		select {
		case <-wait:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// try takes tokens and a request, or returns what to wait for.
func (l *ledger) try(tokens int64) (wait chan struct{}, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fits := func(used Budget) bool {
		return (l.budget.Tokens == 0 || used.Tokens+tokens <= l.budget.Tokens) &&
			(l.budget.Requests == 0 || used.Requests+1 <= l.budget.Requests)
	}
	switch {
	case fits(Budget{l.spent.Tokens + l.reserved.Tokens, l.spent.Requests + l.reserved.Requests}):
		l.reserved.Tokens += tokens
		l.reserved.Requests++
		return nil, nil
	case !fits(l.spent):
		return nil, errBudget
	}
	if l.settled == nil {
		l.settled = make(chan struct{})
	}
	return l.settled, nil
}

// settle replaces what was reserved by what was spent.
func (l *ledger) settle(reserved int64, spent Budget) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reserved.Tokens -= reserved
	l.reserved.Requests--
	l.spent.Tokens += spent.Tokens
	l.spent.Requests += spent.Requests
	if l.settled != nil {
		close(l.settled)
		l.settled = nil
	}
}

// problem tells that the run ended by its budget.
func (l *ledger) problem(unasked string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	bound := fmt.Sprintf("max-total-tokens is %d and %d are spent", l.budget.Tokens, l.spent.Tokens)
	if more := l.spent.Tokens - l.budget.Tokens; more > 0 {
		bound += fmt.Sprintf(", %d more than meant, by answers without a cap (`max-completion-tokens`)", more)
	}
	if l.budget.Requests > 0 && l.spent.Requests+1 > l.budget.Requests {
		bound = fmt.Sprintf("max-requests is %d and %d were sent", l.budget.Requests, l.spent.Requests)
	}
	return &wire.Problem{
		What: "the run stopped at its budget: " + unasked,
		Why:  bound + "; another request might have gone beyond",
		Fix:  "raise it, and say `resume: true` with the same `results-file`: what is answered is not asked again",
		Err:  errBudget,
	}
}
