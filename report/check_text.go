package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/keyless-inference/action/migration"
	"github.com/keyless-inference/action/sink"
)

// CheckText writes a report for a terminal: a line for each finding, as compilers
// write them, so that editors can jump there; what mends it below the first
// finding that is mended so; then the sources, and last the outcome. Nothing in
// it steers a terminal, and no line begins with a command of the runner.
func CheckText(w io.Writer, r migration.Report, o CheckOptions) error {
	b := bufio.NewWriter(w)
	told := map[string]bool{}
	for _, f := range r.Findings {
		fmt.Fprintf(b, "%s: %s: %s [%s]\n", where(f), f.Severity, terminal(f.Message), terminal(f.Rule))
		if !told[f.Fix] && f.Fix != "" {
			fmt.Fprintf(b, "    fix: %s\n", terminal(f.Fix))
		}
		told[f.Fix] = true
	}
	if len(r.Findings) > 0 {
		b.WriteString("\n")
	}
	textSources(b, r)
	if all := repositories(r); ofMany(all) {
		b.WriteString(progress(all) + ".\n")
	}
	if text := aside(r); text != "" {
		b.WriteString(text + "\n")
	}
	b.WriteString(strings.ToUpper(string(o.Outcome(r))) + ": " + o.Verdict(r) + ".\n")
	b.WriteString(next(o.Outcome(r)))
	if err := b.Flush(); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}

// mostLooked is how many sources are listed though there is nothing to say of
// them.
const mostLooked = 20

// mustLook marks a source that the check fails for.
const mustLook = " (required)"

// textSources writes a line for each source; of many, such as those of an
// organization, for those that were not looked at.
func textSources(w io.Writer, r migration.Report) {
	rest := 0
	for _, s := range r.Sources {
		if s.State == migration.Looked && len(r.Sources) > mostLooked {
			rest++
			continue
		}
		name := terminal(s.Name)
		if rank(s) == 0 {
			name += mustLook
		}
		fmt.Fprintf(w, "%-7s  %s\n", terminal(string(s.State)), strings.TrimSuffix(name+": "+terminal(s.Why), ": "))
	}
	if rest > 0 {
		fmt.Fprintf(w, "looked   %s\n", plural(rest, "source"))
	}
	if len(r.Sources) > 0 {
		fmt.Fprintln(w)
	}
}

// next is what to do after an outcome.
func next(outcome Outcome) string {
	switch outcome {
	case Found:
		return "What each rule means, with examples: " + ruleList + "\n" +
			"To allow one, put a comment behind it: keyless:allow RULE until=YYYY-MM-DD reason=…; or name its file in " + migration.IgnoreFile + ".\n" +
			"To pass what is there now, and fail for new ones only: --write-baseline FILE, then --baseline FILE.\n"
	case Incomplete:
		return "Give what the sources marked" + mustLook + " need, or accept it with --allow-incomplete.\n"
	}
	return ""
}

// where is the place of a finding at the start of a line.
func where(f migration.Finding) string {
	text := f.Where()
	if f.Repository != "" {
		text = f.Repository + ": " + text
	}
	if f.File != "" && f.Place != "" {
		text += " (" + f.Place + ")"
	}
	text = terminal(text)
	if strings.HasPrefix(text, ":") {
		text = "./" + text // the runner obeys "::" at the start of a line
	}
	return text
}

// terminal is text from outside on one line.
func terminal(text string) string {
	return strings.TrimSpace(sink.Log(strings.NewReplacer("\n", " ", "\r", " ", "\t", " ").Replace(text)))
}
