// Package migration finds out whether a team's move away from API keys is
// complete. It looks for keys of Azure OpenAI and OpenAI, and for what uses
// them or could, in several places:
//
//   - the tree: the files of a checkout;
//   - the history: every object that git still has;
//   - the job: the environment of the running process;
//   - GitHub: the names of secrets, and variables;
//   - Azure: whether the account still takes keys, and who could list them.
//
// Each is a Source, in a file of its own. Check asks all of them and puts
// together a Report: what was found, and for each source whether it could be
// looked at. A report without findings proves something only about the sources
// that were: see Report.Complete.
package migration

import (
	"context"
	"sync"

	"github.com/keyless-inference/action/migration/rule"
	"github.com/keyless-inference/action/migration/scan"
)

// A Source is one place where evidence is looked for.
type Source interface {
	// Look looks, until ctx ends. It says of everything that it should have
	// looked at whether it could.
	Look(ctx context.Context) Result
}

// A Result is what a source found, and what it looked at.
type Result struct {
	Findings []Finding
	Statuses []Status
	Ignored  int // findings that a comment or .keylessignore allows; not in Findings
}

// A State is what became of a source.
type State string

const (
	Looked  State = "looked"  // all of it was looked at
	Skipped State = "skipped" // it was not looked at, for a reason that Why gives
	Failed  State = "failed"  // it was tried, and some or all of it could not be seen
)

// A Status says what became of a source, or of a part of one.
type Status struct {
	Name  string `json:"name"` // such as "tree" or "GitHub: secrets of the environment production"
	State State  `json:"state"`

	// Why says, of a source that was not looked at, why, and what it needs:
	// a permission, a depth, an input. Of one that was, how much it was: "312 files".
	Why string `json:"why"`

	// Asked tells that the user named the source, so that without it the check
	// is not complete.
	Asked bool `json:"-"`
}

// A Report is the outcome of a check.
type Report struct {
	Findings []Finding `json:"findings"`
	Sources  []Status  `json:"sources"`

	// Old counts findings that the baseline has, Ignored those that a comment or
	// .keylessignore allows. Neither are in Findings. Gone are the entries of the
	// baseline that nothing matches any more.
	Old     int     `json:"old"`
	Ignored int     `json:"ignored"`
	Gone    []Entry `json:"gone,omitempty"`

	// Outside tells which files the check was told to leave alone, so that a
	// baseline keeps what it has of them; nil means none.
	Outside func(file string) bool `json:"-"`
}

// Check asks all sources, each in a goroutine of its own, and puts their
// findings in order.
func Check(ctx context.Context, sources ...Source) Report {
	results := make([]Result, len(sources))
	var looking sync.WaitGroup
	for i, source := range sources {
		looking.Go(func() { results[i] = source.Look(ctx) })
	}
	looking.Wait()
	report := Report{Findings: []Finding{}, Sources: []Status{}}
	for _, r := range results {
		report.Findings = append(report.Findings, r.Findings...)
		report.Sources = append(report.Sources, r.Statuses...)
		report.Ignored += r.Ignored
	}
	sortFindings(report.Findings)
	report.redact()
	return report
}

// redact takes the keys out of what people have named after them: files,
// branches, variables.
func (r Report) redact() {
	for i := range r.Findings {
		f := &r.Findings[i]
		if scan.Redact(f.File) != f.File && f.Place == "" {
			f.Place = "a file named after a key" // nobody finds it by what is shown
		}
		for _, text := range []*string{&f.File, &f.Place, &f.Message, &f.Fix, &f.Repository} {
			*text = scan.Redact(*text)
		}
	}
	for i := range r.Sources {
		s := &r.Sources[i]
		s.Name, s.Why = scan.Redact(s.Name), scan.Redact(s.Why)
	}
}

// Complete reports whether every source that the user asked for was looked at.
func (r Report) Complete() bool {
	for _, s := range r.Sources {
		if s.Asked && s.State != Looked {
			return false
		}
	}
	return true
}

// Count is the number of findings at or above a severity.
func (r Report) Count(least rule.Severity) (n int) {
	for _, f := range r.Findings {
		if f.Severity >= least {
			n++
		}
	}
	return n
}
