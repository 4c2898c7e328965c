package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/keyless-inference/action/chain"
	"github.com/keyless-inference/action/wire"
)

// walked is a walk whose broken links have hostile words in all their parts.
func walked() chain.Report {
	hostile := "eyJhbGciOi.eyJzdWIi.c2ln <img src=x> @octocat\x1b[31m `code`\n::set-output name=a::b"
	broken := func(name string) chain.Link {
		return chain.Link{
			Name: name, State: chain.Broken, Says: hostile, Refusal: hostile, Facts: []chain.Fact{{Name: "sent", Value: hostile}},
			Problem: &wire.Problem{What: hostile, Why: hostile, Fix: hostile + "\naz login", Code: "resource x 'y' = {\n}", Page: "https://example.com/page"},
		}
	}
	return chain.Report{Links: []chain.Link{
		{Name: "permissions", State: chain.Holds, Says: "it may"}, broken("exchange"), broken("endpoint"), {Name: "quota", State: chain.Unjudged, Says: "nothing was spent"},
	}}
}

// No form of a walk has a token in it, or what steers a terminal, and the summary has
// no live markup outside of code.
func TestWalkIsHarmless(t *testing.T) {
	t.Parallel()
	var text, program bytes.Buffer
	if err := WalkText(&text, walked()); err != nil {
		t.Fatal(err)
	}
	if err := WalkJSON(&program, walked()); err != nil {
		t.Fatal(err)
	}
	summary := WalkSummary(walked(), 0)
	for form, out := range map[string]string{"text": text.String(), "JSON": program.String(), "summary": summary} {
		if strings.Contains(out, "eyJ") || strings.Contains(out, "\x1b") {
			t.Errorf("the %s has a token or an escape in it:\n%s", form, out)
		}
	}
	inside := false
	for line := range strings.Lines(summary) {
		if strings.HasPrefix(line, "```") {
			inside = !inside
		} else if !inside && (strings.Contains(line, "<img") || strings.Contains(line, "@octocat")) {
			t.Errorf("alive in the summary: %s", line)
		}
	}
	for _, want := range []string{"| ✗ | exchange |", "```sh\naz login\n```", "```bicep\nresource x", "<https://example.com/page>"} {
		if !strings.Contains(summary, want) {
			t.Errorf("no %q in\n%s", want, summary)
		}
	}
}

// A summary that is too long says what it leaves out, as long as there is room for that.
func TestWalkSummaryFits(t *testing.T) {
	t.Parallel()
	whole := WalkSummary(walked(), 0)
	for limit := 1; limit <= len(whole)+leftOutRoom; limit += 7 {
		got := WalkSummary(walked(), limit)
		if len(got) > limit {
			t.Fatalf("%d bytes of at most %d", len(got), limit)
		}
		if got != "" && got != whole && !strings.Contains(got, "There was no room for what mends") {
			t.Fatalf("cut without a word at %d:\n%s", limit, got)
		}
	}
}
