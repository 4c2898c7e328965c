package report

import (
	"cmp"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/keyless-inference/action/migration"
	"github.com/keyless-inference/action/migration/rule"
	"github.com/keyless-inference/action/sink"
)

// What GitHub's code scanning takes of one run; it refuses the whole file
// otherwise. See
// https://docs.github.com/code-security/code-scanning/troubleshooting-sarif-uploads/results-exceed-limit.
const (
	mostResults     = 25_000
	longestText     = 2_000   // UTF-16 units of a message; our own measure
	longestSARIFFix = 1 << 15 // bytes of new text; our own measure
)

// rulePages is where each rule has its page, ruleList the table of them.
const (
	rulePages = "https://github.com/keyless-inference/action/blob/main/docs/rules/"
	ruleList  = "https://github.com/keyless-inference/action/blob/main/docs/check.md#rules"
)

// SARIFOptions are what a SARIF file has to know beside the report.
type SARIFOptions struct {
	Version  string // of the program; "" is left out
	Category string // tells this run from others of the same commit; "" is "keyless-check" or "keyless-eval"

	// Anchor is the file in which code scanning shows what is in no file, such
	// as a secret on GitHub: it takes no result without one. The workflow that
	// runs the check is a good choice; "" is README.md.
	Anchor string
}

// SARIF writes a report as SARIF 2.1.0, for GitHub's code scanning and other
// readers (https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html).
// Columns are in UTF-16 code units; a finding whose columns are not known in
// those is shown at its line. Sources that were not looked at are notifications
// and make executionSuccessful false where they were asked for. Of more than
// 25,000 findings the gravest are written, and a notification counts the rest.
// What the baseline or a comment lets pass is not in it.
func SARIF(w io.Writer, r migration.Report, o SARIFOptions) error {
	o.Anchor = cmp.Or(o.Anchor, "README.md")
	results, left := o.results(r.Findings)
	run := o.run("keyless-check", "utf16CodeUnits", sarifRules())
	run.Invocations, run.Results = []sarifInvocation{invocation(r, left)}, results
	return run.write(w)
}

// run is a run without results. The category is the one that it has where none is
// given, columns the kind of those of its results.
func (o SARIFOptions) run(category, columns string, rules []sarifRule) sarifRun {
	return sarifRun{
		Tool:              sarifTool{sarifDriver{"Keyless Inference", o.Version, "https://github.com/keyless-inference/action", rules}},
		AutomationDetails: sarifID{cmp.Or(strings.TrimRight(o.Category, "/"), category) + "/"},
		ColumnKind:        columns,
	}
}

// write writes a file of this one run.
func (run sarifRun) write(w io.Writer) error {
	err := JSON(w, sarifLog{"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json", "2.1.0", []sarifRun{run}})
	if err != nil {
		return fmt.Errorf("writing the SARIF file: %w", err)
	}
	return nil
}

// sarifRules are all rules, whether something was found or not: code scanning
// lists them.
func sarifRules() (all []sarifRule) {
	for _, r := range rule.All() {
		page := rulePages + r.ID + ".md"
		help := r.Reason + "\n\nWhat to do: " + r.Fix
		all = append(all, sarifRule{
			ID: r.ID, Name: pascal(r.Name), HelpURI: page,
			ShortDescription:     sarifText{Text: r.Name},
			FullDescription:      sarifText{Text: r.Reason},
			Help:                 sarifText{help + "\n\n" + page, help + "\n\n[Examples, and how to allow it](" + page + ")"},
			DefaultConfiguration: sarifLevel{level(r.Severity)},
			Properties: sarifProperties{
				Tags: []string{"security", "credentials"}, Precision: "high",
				ProblemSeverity: problemSeverity(r.Severity), SecuritySeverity: securitySeverity(r),
			},
		})
	}
	return all
}

// pascal is a name as SARIF writes those of rules: "ClientMadeWithAKey".
func pascal(name string) string {
	var b strings.Builder
	for word := range strings.FieldsSeq(name) {
		word = strings.ReplaceAll(word, "'", "")
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

// level is a severity in SARIF's words.
func level(s rule.Severity) string {
	if s == rule.Info {
		return "note"
	}
	return cmp.Or(s.String(), "none")
}

// problemSeverity is a severity in code scanning's words.
func problemSeverity(s rule.Severity) string {
	if s == rule.Info {
		return "recommendation"
	}
	return s.String()
}

// securitySeverity is a rule's score, from which code scanning makes its words:
// above 9 is critical, from 7 on high, from 4 on medium. A key that lies open
// is critical.
func securitySeverity(r rule.Rule) string {
	switch {
	case r.Group == rule.Housework:
		return "3.0"
	case r.Severity == rule.Warning:
		return "5.0"
	case r.Group == rule.Rotate:
		return "9.1"
	}
	return "7.5"
}

// results are the findings, the gravest if there are too many, and how many are
// left out.
func (o SARIFOptions) results(findings []migration.Finding) (all []sarifResult, left int) {
	if left = max(0, len(findings)-mostResults); left > 0 {
		findings = slices.SortedStableFunc(slices.Values(findings), func(a, b migration.Finding) int { return cmp.Compare(b.Severity, a.Severity) })
	}
	index := map[string]int{}
	for i, r := range rule.All() {
		index[r.ID] = i
	}
	all = []sarifResult{}
	seen := map[string]int{}
	for _, f := range findings[:len(findings)-left] {
		key := f.Repository + " " + f.Fingerprint
		seen[key]++
		result := sarifResult{
			RuleID: f.Rule, Level: level(f.Severity), Message: sarifText{Text: sarifMessage(f)},
			Locations: []sarifLocation{o.location(f)}, Fixes: sarifFixes(f),
			// Those that are alike in one file are told apart by their number.
			PartialFingerprints: map[string]string{"keylessFingerprint/v1": f.Fingerprint + ":" + strconv.Itoa(seen[key])},
		}
		if i, known := index[f.Rule]; known {
			result.RuleIndex = &i
		}
		all = append(all, result)
	}
	return all, left
}

// sarifMessage is what code scanning shows of a finding.
func sarifMessage(f migration.Finding) string {
	text := f.Message
	if f.Place != "" {
		text = f.Place + ": " + text
	}
	if f.Fix != "" {
		text = strings.TrimRight(text, ". ") + ". " + f.Fix
	}
	return sarifPlain(text)
}

// sarifPlain is a text from outside as the message of a result. A reader makes
// links of [text](address) even in plain text.
func sarifPlain(text string) string {
	text, cut := sink.Cut(sink.Visible(text), longestText)
	if cut {
		text += "…"
	}
	return strings.ReplaceAll(text, "](", "] (")
}

// location is where a finding is: in its file, or in the anchor with the place
// as a logical location.
func (o SARIFOptions) location(f migration.Finding) sarifLocation {
	file, region := f.File, sarifRegion{StartLine: max(1, f.Line)}
	if f.UnitColumn > 0 && f.Line > 0 {
		region.StartColumn = f.UnitColumn
		if f.UnitEndColumn > 0 && (f.EndLine > f.Line || f.EndLine == f.Line && f.UnitEndColumn > f.UnitColumn) {
			region.EndLine, region.EndColumn = f.EndLine, f.UnitEndColumn
		}
	}
	var logical []sarifLogical
	if f.Place != "" {
		logical = []sarifLogical{{sink.Visible(f.Place), "resource"}}
	}
	if file == "" {
		file = o.Anchor
	} else if f.Repository != "" {
		file = f.Repository + "/" + file
	}
	return sarifLocation{sarifPhysical{artifact(file), region}, logical}
}

func artifact(file string) sarifArtifact { return sarifArtifact{pathURL(file), "%SRCROOT%"} }

// pathURL is a path as a relative reference of RFC 3986: every byte that is not
// plain is in percent encoding, a colon too, or it would begin with a scheme.
func pathURL(path string) string {
	segments := strings.Split(path, "/")
	for i, s := range segments {
		segments[i] = strings.ReplaceAll(url.PathEscape(s), ":", "%3A")
	}
	return strings.Join(segments, "/")
}

// sarifFixes are the finding's edits as one fix. Their places are in bytes, which
// need no agreement on what a column is.
func sarifFixes(f migration.Finding) []sarifFix {
	var changes []sarifChange
	size := 0
	for _, e := range f.Edits {
		size += len(e.Text)
		i := slices.IndexFunc(changes, func(c sarifChange) bool { return c.ArtifactLocation.URI == pathURL(e.File) })
		if i < 0 {
			i = len(changes)
			changes = append(changes, sarifChange{ArtifactLocation: artifact(e.File)})
		}
		changes[i].Replacements = append(changes[i].Replacements, sarifReplacement{sarifBytes{e.Start, e.End - e.Start}, sarifContent{e.Text}})
	}
	if changes == nil || size > longestSARIFFix {
		return nil
	}
	return []sarifFix{{sarifText{Text: sink.Visible(f.Fix)}, changes}}
}

// invocation tells what could not be looked at, and what found no room.
func invocation(r migration.Report, left int) sarifInvocation {
	in := sarifInvocation{ExecutionSuccessful: r.Complete()}
	for _, s := range r.Sources {
		if s.State == migration.Looked {
			continue
		}
		grave := "note"
		if s.Asked || s.State == migration.Failed {
			grave = "error"
		}
		text, _ := sink.Cut(sink.Visible(s.Name+" ("+string(s.State)+"): "+s.Why), longestText)
		in.Notifications = append(in.Notifications, sarifNotification{sarifText{Text: text}, grave})
	}
	in.Notifications = append(in.Notifications, leftOutOf(left, "findings")...)
	return in
}

// leftOutOf tells how many things found no room.
func leftOutOf(left int, noun string) []sarifNotification {
	if left == 0 {
		return nil
	}
	text := fmt.Sprintf("%s more %s are left out: code scanning takes %s", thousands(int64(left)), noun, thousands(mostResults))
	return []sarifNotification{{sarifText{Text: text}, "error"}}
}
