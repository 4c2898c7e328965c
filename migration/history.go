package migration

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/keyless-inference/action/migration/git"
	"github.com/keyless-inference/action/migration/rule"
	"github.com/keyless-inference/action/migration/scan"
)

// History is the source that looks for literal keys in what git keeps: every
// version of every file, and the messages of commits and tags.
type History struct {
	Root string

	// All looks at everything that git still has, on whatever branch or on none.
	// Otherwise it is what the commits from Base to Head brought in, as in a pull
	// request: an ID or the name of a branch or tag each. An empty Head means
	// HEAD. Without All and Base the source is skipped.
	All        bool
	Base, Head string

	Asked  bool    // see [Status.Asked]
	Ignore *Ignore // nil ignores nothing
	Keys   Scanner // nil means scan.Keys
}

// Look implements [Source].
func (h *History) Look(ctx context.Context) Result {
	if !h.All && h.Base == "" {
		return h.result(Skipped, "no pull request or push says which commits are new; history: true looks at all of them")
	}
	root, err := os.OpenRoot(h.Root)
	if err != nil {
		return h.result(Failed, "opening the checkout: "+reason(err))
	}
	defer root.Close()
	repo, err := git.Open(root, ".")
	switch {
	case errors.Is(err, git.ErrNone):
		return h.result(Failed, "there is no git repository in the checkout; actions/checkout makes one when the runner has git")
	case err != nil:
		return h.result(Failed, reason(err)+"; check the folder that it belongs to")
	}
	defer repo.Close()
	d := &dig{History: h, repo: repo, keys: scanner(h.Keys, scan.Keys)}
	return d.look(ctx)
}

func (h *History) result(state State, why string) Result {
	return Result{Statuses: []Status{{Name: "history", State: state, Why: why, Asked: h.Asked}}}
}

// A dig is one look at a repository.
type dig struct {
	*History
	repo *git.Repo
	keys Scanner

	mutex sync.Mutex
	hits  []hit
	keep  int  // keys in hits
	more  int  // beyond mostKept
	cut   bool // not all trees were looked at for where the keys came from
}

// A hit is an object with keys in it.
type hit struct {
	id      git.ID
	kind    git.Kind
	message string // "commit message", or "message of the tag NAME"; "" for a file
	found   []scan.Match
}

// mostKept is how many findings are told of, which bounds the memory. Whoever has
// more needs no longer list; GitHub takes as many in one SARIF file.
const mostKept = 25_000

func (d *dig) look(ctx context.Context) Result {
	seen, notes, err := d.read(ctx)
	if err != nil && ctx.Err() == nil {
		return d.result(Failed, reason(err))
	}
	result := d.result(Looked, fmt.Sprintf("%s, %s", count(int(seen.Objects), "object"), size(seen.Bytes)))
	if notes = append(notes, d.lacks(ctx, seen)...); len(notes) > 0 {
		result = d.result(Failed, strings.Join(notes, "; ")+" ("+result.Statuses[0].Why+" were looked at)")
	}
	if !d.All {
		result.Statuses[0].Name = newCommits
		result.Statuses = append(result.Statuses, Status{Name: "history", State: Skipped, Why: "only the new commits were looked at; history: true looks at all of them"})
	}
	if seen.Large > 0 {
		result.Statuses = append(result.Statuses, Status{Name: "history: large objects", State: Skipped, Why: fmt.Sprintf("%s above %s not read", count(int(seen.Large), "object"), size(git.Limit))})
	}
	result.Findings, result.Ignored, err = d.findings(ctx)
	if err != nil {
		result.Statuses[0].State, result.Statuses[0].Why = Failed, "finding out where the keys came from: "+reason(err)
	} else if d.cut {
		result.Statuses = append(result.Statuses, Status{Name: "history: first commits", State: Skipped, Why: "there are too many versions of the folders with keys: some keys came in earlier than is said here"})
	}
	return result
}

// newCommits is the status of what a pull request or a push brings in.
const newCommits = "history: new commits"

// read looks at all objects, or at those of the range.
func (d *dig) read(ctx context.Context) (seen git.Count, notes []string, err error) {
	if d.All {
		seen, err = d.repo.Objects(ctx, d.object, git.Commit, git.Blob, git.Tag)
		return seen, nil, err
	}
	base, err := d.repo.Resolve(d.Base)
	if err != nil {
		return d.withoutBase(ctx, err)
	}
	head, err := d.repo.Resolve(cmp.Or(d.Head, "HEAD"))
	if err != nil {
		return seen, nil, err
	}
	span, err := d.repo.Range(ctx, base, head)
	if err != nil {
		return seen, nil, err
	}
	if span.Cut {
		notes = append(notes, "some of the new commits are not in this clone; "+deepen)
	}
	seen, err = d.repo.Some(ctx, slices.Concat(span.Commits, span.Blobs), d.object)
	return seen, notes, err
}

const deepen = "set fetch-depth: 0 in actions/checkout, or run: git fetch --unshallow"

// withoutBase looks, in a shallow clone that doesn't have the base, at what there
// is: that is little, and the pull request is among it.
func (d *dig) withoutBase(ctx context.Context, err error) (git.Count, []string, error) {
	if !errors.Is(err, git.ErrUnknown) || !d.repo.Shallow {
		return git.Count{}, nil, err
	}
	seen, err := d.repo.Objects(ctx, d.object, git.Commit, git.Blob, git.Tag)
	note := fmt.Sprintf("the commit that the new ones come after, %s, is not in this clone; %s", line(d.Base, 100), deepen)
	return seen, []string{note}, err
}

// lacks says what could not be seen, and how it could.
func (d *dig) lacks(ctx context.Context, seen git.Count) []string {
	notes := slices.Clone(d.repo.Missing)
	if d.repo.Shallow && d.All {
		notes = append(notes, "the clone is shallow, so older commits are not in it; "+deepen)
	}
	if d.repo.Partial {
		notes = append(notes, "the clone is partial, so some versions of files are not in it; remove filter: from actions/checkout, or clone without --filter")
	}
	if seen.Damaged > 0 && !d.repo.Partial {
		notes = append(notes, count(int(seen.Damaged), "object")+" can't be read; see git fsck")
	}
	if d.more > 0 {
		notes = append(notes, count(d.more, "more finding")+" are not listed")
	}
	if ctx.Err() != nil {
		notes = append(notes, "it took too long")
	}
	return notes
}

// object looks at one object.
func (d *dig) object(o git.Object) {
	var found []scan.Match
	for _, m := range d.keys("", o.Data) {
		if !m.Key.IsZero() {
			m.What = line(m.What, 100)
			found = append(found, m)
		}
	}
	if found == nil {
		return
	}
	h := hit{o.ID, o.Kind, "", found}
	switch o.Kind {
	case git.Commit:
		h.message = "commit message"
	case git.Tag:
		h.message = "message of the tag " + line(tagName(o.Data), 100)
	}
	d.mutex.Lock()
	defer d.mutex.Unlock()
	n := min(len(found), mostKept-d.keep)
	d.keep += n
	d.more += len(found) - n
	if h.found = slices.Clip(found[:n]); n > 0 {
		d.hits = append(d.hits, h)
	}
}

// tagName is what an annotated tag calls itself.
func tagName(tag []byte) string {
	head, _, _ := bytes.Cut(tag, []byte("\n\n"))
	for line := range bytes.Lines(head) {
		if name, ok := bytes.CutPrefix(line, []byte("tag ")); ok {
			return string(bytes.TrimSpace(name))
		}
	}
	return "without a name"
}

// A trace is one key in one file, or in one message, over all commits.
type trace struct {
	git.Origin
	kind  git.Kind
	match scan.Match
}

// findings tells of each key in each file once, with the first commit of all
// versions of the file that have it.
func (d *dig) findings(ctx context.Context) (found []Finding, ignored int, err error) {
	var ids []git.ID
	for _, h := range d.hits {
		if h.kind == git.Blob {
			ids = append(ids, h.id)
		}
	}
	var origins map[git.ID]git.Origin
	if len(ids) > 0 {
		var whole bool
		origins, whole, err = d.repo.Origins(ctx, ids)
		d.cut = !whole
	}
	slices.SortFunc(d.hits, func(a, b hit) int { return bytes.Compare(a.id[:], b.id[:]) })
	type key struct{ path, rule, key string }
	traces := map[key]trace{}
	for _, h := range d.hits {
		from := d.origin(h, origins)
		for _, m := range h.found {
			k := key{from.Path, m.Rule, m.Key.Fingerprint()}
			before, known := traces[k]
			traces[k] = trace{from, h.kind, m}.merge(before, known)
		}
	}
	for _, t := range traces {
		if d.Ignore.Ignores(Finding{Rule: historyRule, File: t.Path}) {
			ignored++
		} else {
			found = append(found, t.finding())
		}
	}
	return found, ignored, err
}

// origin is where a hit comes from; the path of a message is what it is.
func (d *dig) origin(h hit, origins map[git.ID]git.Origin) git.Origin {
	switch h.kind {
	case git.Blob:
		from := origins[h.id]
		from.Path = cmp.Or(from.Path, "object "+h.id.Short())
		return from
	case git.Commit:
		from, _ := d.repo.Commit(h.id)
		from.Path = h.message
		return from
	}
	return git.Origin{Path: h.message}
}

// merge keeps the older of two traces of the same key in the same file.
func (t trace) merge(other trace, known bool) trace {
	if !known {
		return t
	}
	first := t
	if t.Commit.IsZero() || !other.Commit.IsZero() && other.Date.Before(t.Date) {
		first = other
	}
	first.InHead = t.InHead || other.InHead
	return first
}

const historyRule = "KL404"

func (t trace) finding() Finding {
	r, _ := rule.ByID(historyRule)
	f := Finding{Rule: historyRule, Severity: cmp.Or(t.match.Severity, rule.Error), Place: t.Path, Fix: r.Fix}
	f = f.Seal(t.match.Key.Fingerprint())
	name := line(t.match.Key.Cut(t.Path), 200)
	f.Place = t.commit() + ": " + name
	kind, _ := rule.ByID(t.match.Rule)
	f.Message = fmt.Sprintf("%s %s in %s%s", kind.Name, t.match.Key, name, t.since())
	if t.InHead {
		f.Fix += " It is in HEAD still: remove it there as well."
	}
	return f
}

// commit names the first commit.
func (t trace) commit() string {
	if t.Commit.IsZero() {
		return "git"
	}
	return "commit " + t.Commit.Short()
}

// since says when the key came in, and whether it is still there.
func (t trace) since() string {
	switch {
	case t.kind == git.Tag:
		return ""
	case t.Commit.IsZero():
		return ", which no commit has"
	}
	still := ""
	if t.InHead {
		still = ", and still in HEAD"
	}
	return fmt.Sprintf(", first in commit %s of %s by %s%s", t.Commit.Short(), t.Date.Format("2006-01-02"), cmp.Or(line(t.match.Key.Cut(t.Author), 60), "nobody"), still)
}
