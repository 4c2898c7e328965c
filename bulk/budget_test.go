package bulk

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestLedgerWaitsForWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &ledger{budget: Budget{Tokens: 100}}
		if err := l.reserve(t.Context(), 60); err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(time.Minute, func() { l.settle(60, Budget{Tokens: 30, Requests: 1}) })
		start := time.Now()
		if err := l.reserve(t.Context(), 70); err != nil || time.Since(start) != time.Minute {
			t.Errorf("reserve = %v after %s, want nil after a minute", err, time.Since(start))
		}
		l.settle(70, Budget{Tokens: 71, Requests: 1})
		if err := l.reserve(t.Context(), 1); !errors.Is(err, errBudget) {
			t.Errorf("reserve = %v, want %v", err, errBudget)
		}
	})
}

func TestLedgerCountsRepetitions(t *testing.T) {
	t.Parallel()
	l := &ledger{budget: Budget{Requests: 3}}
	if err := l.reserve(t.Context(), 1000); err != nil {
		t.Fatal(err)
	}
	l.settle(1000, Budget{Requests: 3})
	if err := l.reserve(t.Context(), 1); !errors.Is(err, errBudget) {
		t.Errorf("reserve = %v, want %v", err, errBudget)
	}
}

func TestLedgerObeysItsContext(t *testing.T) {
	t.Parallel()
	l := &ledger{budget: Budget{Requests: 1}}
	if err := l.reserve(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	reason := errors.New("enough")
	cancel(reason)
	if err := l.reserve(ctx, 1); !errors.Is(err, reason) {
		t.Errorf("reserve = %v, want %v", err, reason)
	}
}

func TestTimeline(t *testing.T) {
	t.Parallel()
	var line Timeline
	const length = 10 * time.Minute
	for at := time.Duration(0); at < length; at += time.Second {
		line.add(at, 1, 10)
	}
	done, tokens := 0, int64(0)
	for i := range line.Done {
		done += line.Done[i]
		tokens += line.Tokens[i]
	}
	if done != 600 || tokens != 6000 || len(line.Done) > mostParts || line.Every*time.Duration(len(line.Done)) < length {
		t.Errorf("%d parts of %s with %d requests and %d tokens", len(line.Done), line.Every, done, tokens)
	}
}
