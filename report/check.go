package report

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/keyless-inference/action/migration"
	"github.com/keyless-inference/action/migration/rule"
)

// CheckOptions are what the outcome of a migration check depends on, and where
// its files can be seen.
type CheckOptions struct {
	Threshold       rule.Severity // from which findings fail the check; 0 is rule.Warning
	AllowIncomplete bool          // pass, though a source that was asked for was not looked at

	// Server, Repository and Commit make links to the files: https://github.com,
	// ORG/NAME and a hash. Without them files are named only.
	Server, Repository, Commit string

	Limit int // bytes of the summary; 0 is 1 MiB, more than which GitHub drops
}

// An Outcome is what a check comes to. Its text is an output of the action.
type Outcome string

const (
	Passed     Outcome = "passed"     // nothing at or above the threshold, in all that was asked for
	Found      Outcome = "findings"   // findings at or above the threshold
	Incomplete Outcome = "incomplete" // none, but not all could be looked at
)

// Outcome is what a report comes to.
func (o CheckOptions) Outcome(r migration.Report) Outcome {
	switch {
	case r.Count(o.threshold()) > 0:
		return Found
	case !o.AllowIncomplete && !r.Complete():
		return Incomplete
	}
	return Passed
}

func (o CheckOptions) threshold() rule.Severity { return cmp.Or(o.Threshold, rule.Warning) }

// tally is how many findings there are of each severity, such as "2 errors, 1
// warning"; "" for none.
func tally(findings []migration.Finding) string {
	count := map[rule.Severity]int{}
	for _, f := range findings {
		count[f.Severity]++
	}
	var parts []string
	for _, s := range []struct {
		severity rule.Severity
		name     string
	}{{rule.Error, "error"}, {rule.Warning, "warning"}, {rule.Info, "note"}} {
		if n := count[s.severity]; n > 0 {
			parts = append(parts, plural(n, s.name))
		}
	}
	return strings.Join(parts, ", ")
}

// plural is a number and a noun.
func plural(n int, noun string) string {
	switch {
	case n == 1:
		return "1 " + noun
	case strings.HasSuffix(noun, "y"):
		noun = strings.TrimSuffix(noun, "y") + "ie"
	}
	return thousands(int64(n)) + " " + noun + "s"
}

// unseen are the sources that were not looked at, those that were asked for
// first.
func unseen(r migration.Report) (all []migration.Status) {
	for _, s := range r.Sources {
		if s.State != migration.Looked {
			all = append(all, s)
		}
	}
	slices.SortStableFunc(all, func(a, b migration.Status) int { return cmp.Compare(rank(a), rank(b)) })
	return all
}

// rank is lower the more a source matters.
func rank(s migration.Status) int {
	switch {
	case s.State != migration.Looked && s.Asked:
		return 0
	case s.State == migration.Failed:
		return 1
	case s.State == migration.Skipped:
		return 2
	}
	return 3
}

// Verdict is the outcome in one line of plain words, without a full stop.
func (o CheckOptions) Verdict(r migration.Report) string {
	missing := 0
	for _, s := range r.Sources {
		if rank(s) == 0 {
			missing++
		}
	}
	gap := plural(missing, "source") + " that the check was asked for could not be looked at"
	switch failing := r.Count(o.threshold()); {
	case failing > 0 && missing > 0:
		return fmt.Sprintf("%s at or above %s, and %s", plural(failing, "finding"), o.threshold(), gap)
	case failing > 0:
		return fmt.Sprintf("%s at or above %s", plural(failing, "finding"), o.threshold())
	case missing > 0:
		return fmt.Sprintf("nothing at or above %s was found where the check could look, but %s", o.threshold(), gap)
	case len(r.Findings) > 0:
		return fmt.Sprintf("nothing at or above %s; %s below it", o.threshold(), tally(r.Findings))
	case r.Old+r.Ignored > 0:
		return "nothing was found but what the baseline, comments or " + migration.IgnoreFile + " let pass"
	}
	return "no key, and nothing that uses one, was found"
}

// aside is what the baseline and comments let pass, in a sentence; "" for nothing.
func aside(r migration.Report) string {
	var parts []string
	if r.Old > 0 {
		parts = append(parts, plural(r.Old, "finding")+" of the baseline")
	}
	if r.Ignored > 0 {
		parts = append(parts, thousands(int64(r.Ignored))+" that comments or "+migration.IgnoreFile+" allow")
	}
	var text string
	if parts != nil {
		text = "Not counted: " + strings.Join(parts, "; ") + "."
	}
	if n := len(r.Gone); n > 0 {
		text += " " + plural(n, "entry") + " of the baseline " + map[bool]string{true: "is", false: "are"}[n == 1] + " mended, and can go: write it anew with --write-baseline."
	}
	return strings.TrimSpace(text)
}

// A repository is what a report about an organization says of one of them.
type repository struct {
	name     string
	findings []migration.Finding
	unseen   []migration.Status
	looked   bool // it has sources of its own; else it is the organization
}

// ofRepository is how the name of a repository's source begins, on GitHub or in a
// folder of checkouts.
var ofRepository = regexp.MustCompile(`^(?:([\w.-]+/[\w.-]+): |(.+?): (?:tree|history)(?::|$))`)

// repositories are those of a report about an organization, by name: all that
// have a source of their own, or findings. Of another report there is one, whose
// name is "".
func repositories(r migration.Report) (all []repository) {
	index := map[string]int{}
	at := func(name string) *repository {
		i, known := index[name]
		if !known {
			i = len(all)
			index[name] = i
			all = append(all, repository{name: name})
		}
		return &all[i]
	}
	for _, f := range r.Findings {
		one := at(f.Repository)
		one.findings = append(one.findings, f)
	}
	org := slices.ContainsFunc(r.Findings, func(f migration.Finding) bool { return f.Repository != "" })
	for _, s := range r.Sources {
		m := ofRepository.FindStringSubmatch(s.Name)
		org = org || m != nil
		if m == nil {
			continue
		}
		name := m[1] + m[2]
		one := at(name)
		one.looked = true
		if s.State != migration.Looked {
			s.Name = strings.TrimPrefix(s.Name, name+": ")
			one.unseen = append(one.unseen, s)
		}
	}
	if !org {
		return []repository{{findings: r.Findings, unseen: unseen(r)}}
	}
	slices.SortStableFunc(all, func(a, b repository) int { return cmp.Compare(a.name, b.name) })
	return all
}

// missing reports whether a source of the repository that was asked for was not
// looked at.
func (one repository) missing() bool {
	return slices.ContainsFunc(one.unseen, func(s migration.Status) bool { return s.Asked })
}

// ofMany reports whether a report is about an organization.
func ofMany(all []repository) bool { return len(all) != 1 || all[0].name != "" }

// through counts the repositories of an organization, and those of them that were
// looked at completely and have no finding.
func through(repositories []repository) (done, all int) {
	for _, one := range repositories {
		if one.looked {
			all++
		}
		if one.looked && !one.missing() && len(one.findings) == 0 {
			done++
		}
	}
	return done, all
}

// progress says how many repositories are through, without a full stop.
func progress(repositories []repository) string {
	done, all := through(repositories)
	return fmt.Sprintf("%s of %s looked at completely and without a finding", thousands(int64(done)), plural(all, "repository"))
}
