package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/keyless-inference/action/chain"
	"github.com/keyless-inference/action/sink"
	"github.com/keyless-inference/action/wire"
)

// marks are how the state of a link is shown.
var marks = map[chain.State]string{chain.Holds: "✓", chain.Broken: "✗", chain.Unjudged: "–"}

// A detail is something that is told of a link, under its name.
type detail struct{ name, text string }

// details are what is told of a link beside its one line: what was seen, and of a
// broken one why, and what mends it.
func details(l chain.Link) (all []detail) {
	for _, f := range l.Facts {
		all = append(all, detail{f.Name, f.Value})
	}
	if p := l.Problem; p != nil {
		for _, d := range []detail{{"why", p.Why}, {"fix", p.Fix}, {"code", p.Code}, {"page", p.Page}} {
			if d.text != "" {
				all = append(all, d)
			}
		}
	}
	return all
}

// WalkText writes a walk for a terminal or a log: a line for each link with ✓, ✗ or
// –, under it what was seen, and of a broken one why, what mends it, as a command and
// as a declaration, and the page that has more; at the end the verdict.
func WalkText(w io.Writer, r chain.Report) error {
	var b strings.Builder
	for _, l := range r.Links {
		fmt.Fprintf(&b, "%s %-14s %s\n", marks[l.State], l.Name, l.Says)
		for _, d := range details(l) {
			text := strings.ReplaceAll(strings.TrimRight(d.text, "\n"), "\n", "\n"+strings.Repeat(" ", 17))
			fmt.Fprintf(&b, "  %-14s %s\n", d.name, strings.ReplaceAll(text, "\n"+strings.Repeat(" ", 17)+"\n", "\n\n"))
		}
	}
	fmt.Fprintf(&b, "\n%s.\n", capital(r.Verdict()))
	_, err := io.WriteString(w, sink.Visible(wire.Redact(b.String())))
	return err
}

// The JSON of a walk; its names are an interface.
type (
	walkJSON struct {
		Works   bool       `json:"works"`
		Verdict string     `json:"verdict"`
		Links   []linkJSON `json:"links"`
	}
	linkJSON struct {
		Name    string       `json:"name"`
		State   chain.State  `json:"state"`
		Says    string       `json:"says"`
		Facts   []factJSON   `json:"facts,omitempty"`
		Refusal string       `json:"refusal,omitempty"`
		Problem *problemJSON `json:"problem,omitempty"`
	}
	factJSON struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	problemJSON struct {
		What string `json:"what"`
		Why  string `json:"why,omitempty"`
		Fix  string `json:"fix,omitempty"`
		Code string `json:"code,omitempty"`
		Page string `json:"page,omitempty"`
	}
)

// WalkJSON writes a walk for programs: {"works", "verdict", "links": [{"name",
// "state", "says", "facts", "refusal", "problem"}]}, with state one of holds, broken
// and unjudged.
func WalkJSON(w io.Writer, r chain.Report) error {
	out := walkJSON{Works: r.Works, Verdict: r.Verdict(), Links: []linkJSON{}}
	for _, l := range r.Links {
		link := linkJSON{Name: l.Name, State: l.State, Says: wire.Redact(l.Says), Refusal: l.Refusal}
		for _, f := range l.Facts {
			link.Facts = append(link.Facts, factJSON{f.Name, wire.Redact(f.Value)})
		}
		if p := l.Problem; p != nil {
			link.Problem = &problemJSON{wire.Redact(p.What), wire.Redact(p.Why), wire.Redact(p.Fix), wire.Redact(p.Code), p.Page}
		}
		out.Links = append(out.Links, link)
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(out)
}

// WalkSummary is the Markdown of a job summary: the verdict, a table of the links,
// and of each broken one why and what mends it, in at most limit bytes.
func WalkSummary(r chain.Report, limit int) string {
	text := "### Keyless Inference: doctor\n\n" + map[bool]string{true: "✅", false: "❌"}[r.Works] + " **" + capital(r.Verdict()) + "**.\n\n"
	var rows [][]string
	for _, l := range r.Links {
		rows = append(rows, []string{marks[l.State], l.Name, phrase(l.Says)})
	}
	text += grid([]string{"", "Link", "What"}, rows, len(rows), summaryLimit, "link")
	for _, l := range r.Broken() {
		text += brokenLink(l)
	}
	if len(text) > cmp.Or(limit, summaryLimit) {
		return ""
	}
	return text
}

// brokenLink is what is told of a broken link.
func brokenLink(l chain.Link) string {
	p := l.Problem
	text := fmt.Sprintf("#### ✗ %s\n\n%s\n\n", l.Name, sink.Inline(p.What))
	for why := range strings.Lines(p.Why) {
		text += sink.Inline(why) + "\n\n"
	}
	for _, block := range []struct{ language, text string }{{"sh", p.Fix}, {"", p.Code}} {
		if block.text != "" {
			text += sink.Code(block.language, wire.Redact(block.text)) + "\n\n"
		}
	}
	if p.Page != "" {
		text += "More: <" + p.Page + ">\n\n"
	}
	return text
}
