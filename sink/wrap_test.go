package sink

import (
	"strings"
	"testing"
)

func TestWrap(t *testing.T) {
	t.Parallel()
	long := strings.TrimSpace(strings.Repeat("word ", 50))
	for line := range strings.Lines(Wrap(long+"\n"+strings.Repeat("x", 300), 100)) {
		if n := len(line); n > 101 && !strings.HasPrefix(line, "xxx") {
			t.Errorf("%d characters: %s", n, line)
		}
	}
	if got := strings.Join(strings.Fields(Wrap(long, 100)), " "); got != long {
		t.Errorf("words were lost: %s", got)
	}
}
