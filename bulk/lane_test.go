package bulk

import (
	"context"
	"errors"
	"fmt"
	"strings"
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
		{5, &inference.ServiceError{Status: 429}, passing},
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
		if test.asked {
			l.answers = 1
		}
		if got := l.room(); got != test.want {
			t.Errorf("at %.0f tokens a minute: %d, want %d", test.minute, got, test.want)
		}
	}
}

// TestStrikes: a deployment that refuses for ever is left, one that answers others is not.
func TestStrikes(t *testing.T) {
	t.Parallel()
	busy, gone := &inference.ServiceError{Status: 429}, &inference.ServiceError{Status: 404}
	for _, test := range []struct {
		what   string
		judge  func(*lane)
		closed bool
	}{
		{"refused for ever", func(l *lane) { strike(l, mostStrikes, busy) }, true},
		{"once less", func(l *lane) { strike(l, mostStrikes-1, busy) }, false},
		{"an answer between", func(l *lane) { strike(l, 4, busy); l.judge(1, 0, nil); strike(l, 4, busy) }, false},
		{"others were answered since", func(l *lane) {
			l.judge(1, 0, nil)
			for range 2 * mostStrikes {
				l.judge(5, 0, busy)
			}
		}, false},
		{"the first one", func(l *lane) { strike(l, 1, gone) }, true},
		{"gone after an answer", func(l *lane) { l.judge(1, 0, nil); strike(l, 1, gone) }, false},
		{"gone for good", func(l *lane) { l.judge(1, 0, nil); strike(l, mostStrikes, gone) }, true},
	} {
		l := newLane(t.Context(), pace.Limits{})
		test.judge(l)
		if closed := l.ctx.Err() != nil; closed != test.closed {
			t.Errorf("%s: closed is %v", test.what, closed)
		}
	}
}

func strike(l *lane, n int, err error) {
	for range n {
		l.judge(5, l.answered(), err)
	}
}

// TestOneAtATime: requests go out in the order of the file.
func TestOneAtATime(t *testing.T) {
	t.Parallel()
	var tasks, want strings.Builder
	lines := strings.Join(strings.Split(`{"n":1} {"n":2} {"n":3} {"n":4} {"n":5} {"n":6} {"n":7} {"n":8} {"n":9}`, " "), "_")
	for _, id := range []string{"a", "b", "c"} {
		fmt.Fprintf(&tasks, "  - {id: %s, prompt: '%[1]s{{n}}', jsonl: '%s.jsonl'}\n", id, lines)
		for i := range 9 {
			fmt.Fprintf(&want, "%s%d ", id, i+1)
		}
	}
	s := &service{}
	r, _ := s.run(t, tasks.String(), "")
	r.Limits.Concurrency = 1
	if err := r.Do(t.Context()); err != nil || strings.Join(s.prompts, " ")+" " != want.String() {
		t.Errorf("%v, asked %q", err, s.prompts)
	}
}
