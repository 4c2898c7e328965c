package migration

import (
	"bytes"
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/keyless-inference/action/migration/rule"
	"github.com/keyless-inference/action/migration/scan"
	"github.com/keyless-inference/action/wire"
)

// A Scanner finds matches in one text: [scan.Text] or [scan.Keys].
type Scanner func(name string, data []byte) []scan.Match

// Texts looks at the files that it is given, by any number of goroutines, and
// gathers what is found. Set the fields before the first.
type Texts struct {
	Ignore *Ignore   // nil ignores nothing
	Today  time.Time // for keyless:allow; see Allow

	Text, Keys Scanner // nil means scan.Text and scan.Keys

	mutex  sync.Mutex
	result Result
	more   int      // findings beyond mostKept
	full   []string // files with more than can be listed
}

// beginning is how much of a file decides whether it is binary, in bytes, as in
// git: https://git-scm.com/docs/gitattributes#_marking_files_as_binary
const beginning = 8000

// binary reports whether data is no text: it has a NUL near its beginning, and no
// byte order mark of UTF-16.
func binary(data []byte) bool {
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		return false
	}
	return bytes.IndexByte(data[:min(len(data), beginning)], 0) >= 0
}

// File looks at one file, of which it keeps nothing. In what is no text it looks
// for keys alone. name is the path below the root, with slashes.
func (t *Texts) File(name string, data []byte) {
	look := t.text()
	if binary(data) {
		look = t.keys()
	}
	found := inName(name)
	for _, m := range look(name, data) {
		f := finding(m, name).At(data, m)
		f.with = m.With
		found = append(found, f)
		t.crowded(m, name)
	}
	kept, allowed := Allow(found, name, data, t.Today)
	t.add(kept, allowed)
}

// alone drops the findings that take another file's, where that has none.
func alone(all []Finding) []Finding {
	has := map[string]bool{}
	for _, f := range all {
		has[f.File] = has[f.File] || f.with == ""
	}
	return slices.DeleteFunc(all, func(f Finding) bool { return f.with != "" && !has[f.with] })
}

// inName finds the keys in a path.
func inName(name string) (found []Finding) {
	for _, m := range scan.Keys("", []byte(name)) {
		m.What = "in the name of the file"
		found = append(found, finding(m, name))
	}
	return found
}

// crowded notes a file that has more matches than are listed.
func (t *Texts) crowded(m scan.Match, name string) {
	if !m.More {
		return
	}
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.full = append(t.full, quoted(name))
}

func (t *Texts) text() Scanner { return scanner(t.Text, scan.Text) }
func (t *Texts) keys() Scanner { return scanner(t.Keys, scan.Keys) }

func scanner(given, standard Scanner) Scanner {
	if given == nil {
		return standard
	}
	return given
}

// add takes findings up, but for those that .keylessignore names.
func (t *Texts) add(found []Finding, allowed int) {
	if len(found)+allowed == 0 {
		return
	}
	kept := slices.DeleteFunc(found, t.Ignore.Ignores)
	t.mutex.Lock()
	defer t.mutex.Unlock()
	n := max(0, min(len(kept), mostKept-len(t.result.Findings)))
	t.more += len(kept) - n
	t.result.Findings = append(t.result.Findings, kept[:n]...)
	t.result.Ignored += allowed + len(found) - len(kept)
}

// Without is the result without what an ignore file names, which is counted.
func (r Result) Without(ignore *Ignore) Result {
	kept := slices.DeleteFunc(slices.Clone(r.Findings), ignore.Ignores)
	r.Ignored += len(r.Findings) - len(kept)
	r.Findings = kept
	return r
}

// Done is what was found. Its statuses say whether that is all there is.
func (t *Texts) Done() Result {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	result := t.result
	result.Findings = alone(slices.Clone(result.Findings))
	if t.more > 0 {
		result.Statuses = append(result.Statuses, Status{Name: "tree: findings", State: Failed, Asked: true, Why: count(t.more, "more finding") + " are not listed; mend those that are, or name files in exclude"})
	}
	if len(t.full) > 0 {
		result.Statuses = append(result.Statuses, Status{Name: "tree: findings", State: Failed, Asked: true, Why: "more in one file than is listed: " + some(t.full) + "; mend it, or name it in exclude"})
	}
	return result
}

// finding is a match as a finding in a file.
func finding(m scan.Match, file string) Finding {
	r, _ := rule.ByID(m.Rule)
	f := Finding{
		Rule: m.Rule, Severity: cmp.Or(m.Severity, r.Severity), File: file,
		Message: r.Name, Fix: r.Fix,
	}
	match := m.What
	if m.What != "" {
		f.Message += ": " + wire.Line(scan.RedactHex(m.What), 200)
	}
	if !m.Key.IsZero() {
		f.Message += " " + m.Key.String()
		match = m.Key.Fingerprint()
	}
	return f.Seal(match)
}
