package migration

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/keyless-inference/action/migration/scan"
	"github.com/keyless-inference/action/wire"
)

const (
	baselineVersion = 1
	largestBaseline = 16 << 20 // bytes: about 100,000 entries
)

// A Baseline is the findings that were there when a team began, which a check
// lets pass. It knows them by rule, path and what was matched, not by line or
// commit, so moves within a file and squashes keep it, and another key in the
// place of an old one is new. The zero value is an empty one.
type Baseline struct{ Entries []Entry }

// An Entry is one finding of a baseline, or several that are alike in one file.
type Entry struct {
	Repository  string `json:"repository,omitempty"` // as in Finding
	Where       string `json:"where"`                // the file, or the place; for people
	Rule        string `json:"rule"`
	Fingerprint string `json:"fingerprint"`
	Count       int    `json:"count,omitempty"` // 0 means 1
}

// ReadBaseline reads a baseline, at most 16 MiB. name is that of the file, for
// errors, which are of type [wire.Problem].
func ReadBaseline(name string, r io.Reader) (Baseline, error) {
	var file struct {
		Version  int     `json:"version"`
		Findings []Entry `json:"findings"`
	}
	text, err := wire.ReadAll(r, largestBaseline)
	if err == nil { // what is gone is told of, so no entry may quote a key
		err = json.Unmarshal([]byte(scan.Redact(string(text))), &file)
	}
	switch {
	case err != nil:
		return Baseline{}, badBaseline(name, err, err.Error())
	case file.Version != baselineVersion:
		return Baseline{}, badBaseline(name, nil, fmt.Sprintf("its version is %d; this program knows version %d", file.Version, baselineVersion))
	}
	for i, e := range file.Findings {
		if e.Fingerprint == "" || e.Rule == "" || e.Count < 0 {
			return Baseline{}, badBaseline(name, nil, fmt.Sprintf("entry %d lacks a rule or a fingerprint, or has a negative count", i+1))
		}
	}
	return Baseline{merged(file.Findings)}, nil
}

func badBaseline(name string, err error, why string) error {
	return &wire.Problem{
		What: "reading the baseline " + name + ": it can't be used",
		Why:  why,
		Fix:  "Take the file from the repository's history, or write it anew with keyless check --write-baseline " + name + ", which lets all present findings pass.",
		Err:  err,
	}
}

// WriteTo writes the baseline as JSON with one entry a line, in the order of
// repository, place and rule, so that two branches seldom change the same lines.
func (b Baseline) WriteTo(w io.Writer) (int64, error) {
	var text bytes.Buffer
	fmt.Fprintf(&text, "{\n  \"version\": %d,\n  \"findings\": [", baselineVersion)
	for i, e := range merged(b.Entries) {
		line, err := json.Marshal(e)
		if err != nil {
			return 0, fmt.Errorf("writing the baseline: %w", err)
		}
		text.WriteString(strings.Repeat(",", min(i, 1)) + "\n    ")
		text.Write(line)
	}
	text.WriteString("\n  ]\n}\n")
	return text.WriteTo(w)
}

// merged are the entries in order, one for all that are alike.
func merged(entries []Entry) (all []Entry) {
	sorted := slices.SortedFunc(slices.Values(entries), func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.Repository, b.Repository), cmp.Compare(a.Where, b.Where), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Fingerprint, b.Fingerprint))
	})
	for _, e := range sorted {
		n := max(1, e.Count)
		e.Count = 0
		if last := len(all) - 1; last >= 0 && all[last].same(e) {
			all[last].Count = max(1, all[last].Count) + n
			continue
		}
		if n > 1 {
			e.Count = n
		}
		all = append(all, e)
	}
	return all
}

// same reports whether two entries differ in their count alone.
func (e Entry) same(other Entry) bool {
	e.Count, other.Count = 0, 0
	return e == other
}

// entry is the entry of a finding.
func (f Finding) entry() Entry {
	return Entry{Repository: f.Repository, Where: cmp.Or(f.File, f.Place), Rule: f.Rule, Fingerprint: f.Fingerprint}
}

// identity is what a finding and its entry have in common.
type identity struct{ repository, fingerprint string }

func (e Entry) identity() identity { return identity{e.Repository, e.Fingerprint} }

// Apply takes the findings from the report that the baseline has, and counts
// them in Old. Of findings that are alike in one file, as many pass as the
// baseline counts; what is more is new. Gone are the entries that nothing matched,
// as far as their sources were looked at.
func (r Report) Apply(b Baseline) Report {
	left := map[identity]int{}
	for _, e := range b.Entries {
		left[e.identity()] += max(1, e.Count)
	}
	found := r.Findings
	r.Findings, r.Gone = []Finding{}, nil
	for _, f := range found {
		if id := f.entry().identity(); left[id] > 0 {
			left[id]--
			r.Old++
		} else {
			r.Findings = append(r.Findings, f)
		}
	}
	for _, e := range merged(b.Entries) {
		n := min(left[e.identity()], max(1, e.Count))
		if n == 0 || !r.looked(e) {
			continue
		}
		left[e.identity()] -= n
		if e.Count = n; n == 1 {
			e.Count = 0
		}
		r.Gone = append(r.Gone, e)
	}
	return r
}

// Baseline is the baseline of the report's findings. What an old one has from
// sources that were not looked at this time stays in it. The report must be as
// Check gave it, before Apply.
func (r Report) Baseline(old Baseline) Baseline {
	var b Baseline
	for _, f := range r.Findings {
		b.Entries = append(b.Entries, f.entry())
	}
	for _, e := range old.Entries {
		if !r.looked(e) {
			b.Entries = append(b.Entries, e)
		}
	}
	return Baseline{merged(b.Entries)}
}

// sourceOf is how the names of the sources begin that find a rule, by the
// beginning of its id; the first that fits counts. The rest is the tree's.
var sourceOf = []struct{ rule, source string }{
	{"KL0", "github"}, {"KL2", "job"}, {"KL404", "history"}, {"KL6", "azure"}, {"", "tree"},
}

// looked reports whether everything was looked at where an entry could be found:
// its file is none that was left out, and of its source all parts were seen that
// it could be in, and at least one.
func (r Report) looked(e Entry) (one bool) {
	i := slices.IndexFunc(sourceOf, func(s struct{ rule, source string }) bool { return strings.HasPrefix(e.Rule, s.rule) })
	source := sourceOf[i].source
	if source == "tree" && r.Outside != nil && r.Outside(e.Where) {
		return false
	}
	for _, s := range r.Sources {
		part, ok := s.part(e, source)
		switch {
		case !ok:
		case s.State == Failed, s.State == Skipped && (part == "" || source == "github" || source == "azure"):
			return false
		case s.State == Looked:
			one = true
		}
	}
	return one
}

// part is what of a source a status is about, "" for all of it, and whether an
// entry could be found there. In a report about several repositories the names of
// statuses begin with theirs; what belongs to an organization is seen through its
// repositories.
func (s Status) part(e Entry, source string) (part string, ok bool) {
	name := s.Name
	if e.Repository != "" {
		of, rest, _ := strings.Cut(name, ": ")
		owner, _, _ := strings.Cut(of, "/")
		switch {
		case strings.EqualFold(of, e.Repository), strings.EqualFold(owner, e.Repository):
			name = rest
		case source != "github" || strings.Contains(e.Repository, "/"):
			return "", false
		}
	}
	name, part, _ = strings.Cut(name, ": ")
	if !strings.EqualFold(name, source) {
		return "", false
	}
	store := strings.Contains(part, "secrets of ") || strings.Contains(part, "variables of ")
	return part, !store || strings.HasPrefix(e.Where, part+": ")
}
