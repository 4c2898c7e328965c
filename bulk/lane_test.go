package bulk

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/keyless-inference/action/inference"
	"github.com/keyless-inference/action/inference/pace"
)

func TestWhomAFailureConcerns(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		attempts int
		err      error
		want     int
	}{
		{1, nil, own},
		{0, errors.New("no token"), everyone},
		{0, fmt.Errorf("asking: %w", &pace.TooLargeError{Tokens: 2, Limit: 1}), own},
		{5, errors.New("reset"), passing},
		{1, &inference.ServiceError{Status: 404}, everyone},
		{5, &inference.ServiceError{Status: 503}, passing},
		{1, &inference.ServiceError{Status: 400}, own},
	} {
		if got := kindOf(test.attempts, test.err); got != test.want {
			t.Errorf("%d attempts, %v: %d, want %d", test.attempts, test.err, got, test.want)
		}
	}
}

func TestRoomForTexts(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		minute float64
		asked  bool
		want   int64
	}{
		{0, false, longestText},
		{0, true, mostTokens},
		{1000, true, 500},
		{20_000, true, longestText},
		{120_000, true, 15_000},
		{10_000_000, true, mostTokens},
	} {
		l := newLane(context.Background(), pace.Limits{Tokens: test.minute})
		l.asked = test.asked
		if got := l.room(); got != test.want {
			t.Errorf("at %.0f tokens a minute: %d, want %d", test.minute, got, test.want)
		}
	}
}
