package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/keyless-inference/action/chain"
	"github.com/keyless-inference/action/sink"
	"github.com/keyless-inference/action/wire"
)

// marks are how the state of a link is shown.
var marks = map[chain.State]string{chain.Holds: "✓", chain.Broken: "✗", chain.Unjudged: "–"}

// redacted is a walk without tokens in any of its texts, whoever has put them there.
func redacted(r chain.Report) chain.Report {
	r.Links = slices.Clone(r.Links)
	for i := range r.Links {
		l := &r.Links[i]
		l.Says, l.Refusal, l.Facts = wire.Redact(l.Says), wire.Redact(l.Refusal), slices.Clone(l.Facts)
		for j := range l.Facts {
			l.Facts[j].Value = wire.Redact(l.Facts[j].Value)
		}
		if p := l.Problem; p != nil {
			l.Problem = &wire.Problem{What: wire.Redact(p.What), Why: wire.Redact(p.Why), Fix: wire.Redact(p.Fix), Code: wire.Redact(p.Code), Page: p.Page}
		}
	}
	return r
}

// A detail is something that is told of a link, under its name.
type detail struct{ name, text string }

// details are what is told of a link beside its one line: what was seen, and of a
// broken one why, and what mends it.
func details(l chain.Link) (all []detail) {
	for _, f := range l.Facts {
		all = append(all, detail{f.Name, f.Value})
	}
	if p := l.Problem; p != nil {
		for _, d := range []detail{{"why", sink.Wrap(p.Why, readable)}, {"fix", p.Fix}, {"code", p.Code}, {"page", p.Page}} {
			if d.text != "" {
				all = append(all, d)
			}
		}
	}
	return all
}

// readable is how many characters a line has that is read, not typed.
const readable = 100

// WalkText writes a walk for a terminal or a log: a line for each link with ✓, ✗ or
// –, under it what was seen, and of a broken one why, what mends it, as a command and
// as a declaration, and the page that has more; at the end the verdict.
func WalkText(w io.Writer, r chain.Report) error {
	var b strings.Builder
	for _, l := range redacted(r).Links {
		fmt.Fprintf(&b, "%s %-14s %s\n", marks[l.State], l.Name, l.Says)
		for _, d := range details(l) {
			text := strings.ReplaceAll(strings.TrimRight(d.text, "\n"), "\n", "\n"+strings.Repeat(" ", 17))
			fmt.Fprintf(&b, "  %-14s %s\n", d.name, strings.ReplaceAll(text, "\n"+strings.Repeat(" ", 17)+"\n", "\n\n"))
		}
	}
	fmt.Fprintf(&b, "\n%s.\n", capital(r.Verdict()))
	_, err := io.WriteString(w, sink.Visible(b.String()))
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
	for _, l := range redacted(r).Links {
		link := linkJSON{Name: l.Name, State: l.State, Says: l.Says, Refusal: l.Refusal}
		for _, f := range l.Facts {
			link.Facts = append(link.Facts, factJSON(f))
		}
		if p := l.Problem; p != nil {
			link.Problem = &problemJSON{p.What, p.Why, p.Fix, p.Code, p.Page}
		}
		out.Links = append(out.Links, link)
	}
	return JSON(w, out)
}

// WalkSummary is the Markdown of a job summary: the verdict, a table of the links,
// and of each broken one why and what mends it, in at most limit bytes.
func WalkSummary(r chain.Report, limit int) string {
	r = redacted(r)
	text := "### Keyless Inference: doctor\n\n" + map[bool]string{true: "✅", false: "❌"}[r.Works] + " **" + capital(r.Verdict()) + "**.\n\n"
	var rows [][]string
	for _, l := range r.Links {
		rows = append(rows, []string{marks[l.State], l.Name, phrase(l.Says)})
	}
	text += grid([]string{"", "Link", "What"}, rows, len(rows), summaryLimit, "link")
	room := cmp.Or(limit, summaryLimit) - leftOutRoom
	for i, l := range r.Broken() {
		more := brokenLink(l)
		if len(text)+len(more) > room {
			text += fmt.Sprintf("*There was no room for what mends %s: see the log.*\n", plural(len(r.Broken())-i, "link"))
			break
		}
		text += more
	}
	if len(text) > room+leftOutRoom {
		return ""
	}
	return text
}

// brokenLink is what is told of a broken link: what was seen, why, and what mends it.
func brokenLink(l chain.Link) string {
	p := l.Problem
	var facts strings.Builder
	for _, f := range l.Facts {
		fmt.Fprintf(&facts, "%-14s %s\n", f.Name, strings.ReplaceAll(f.Value, "\n", "\n"+strings.Repeat(" ", 15)))
	}
	steps := []wire.Step{{Text: p.What}, {Language: "text", Text: facts.String()}}
	for why := range strings.Lines(p.Why) {
		steps = append(steps, wire.Step{Text: why})
	}
	steps = append(append(steps, wire.Steps(p.Fix)...), wire.Step{Language: language(p.Code), Text: p.Code})
	var b strings.Builder
	fmt.Fprintf(&b, "#### ✗ %s\n\n", l.Name)
	for _, s := range steps {
		switch {
		case s.Text == "":
		case s.Language == "":
			b.WriteString(sink.Inline(s.Text) + "\n\n")
		default:
			b.WriteString(sink.Code(s.Language, s.Text) + "\n\n")
		}
	}
	if p.Page != "" {
		b.WriteString("More: <" + p.Page + ">\n\n")
	}
	return b.String()
}

// language is what a declaration is written in: a part of a workflow begins with its
// key or a dash.
func language(code string) string {
	if first, _, _ := strings.Cut(code, "\n"); strings.HasPrefix(first, "- ") || strings.HasSuffix(first, ":") {
		return "yaml"
	}
	return "bicep"
}
