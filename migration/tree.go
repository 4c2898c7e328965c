package migration

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/keyless-inference/action/migration/git"
)

const (
	// wholeLimit is the size of the largest file of which all is looked at, in
	// bytes. In a larger one only keys are looked for, a window after the other.
	wholeLimit = 5 << 20

	// mostReaders bounds the memory: each holds a file.
	mostReaders = 8

	// sizeLimit is the size of the largest file that is read at all.
	sizeLimit = 512 << 20
)

// Tree is the source that looks at the files of a checkout: what git tracks, and
// what it would take up. Nothing outside of the checkout is read.
type Tree struct {
	Root    string
	Paths   []string // gitignore syntax: what is looked at; empty for everything
	Exclude []string // gitignore syntax: what is not
	Asked   bool     // see [Status.Asked]

	// Texts looks at each file; its Ignore also says what need not be read.
	Texts *Texts
}

// Look implements [Source].
func (t *Tree) Look(ctx context.Context) Result {
	root, err := os.OpenRoot(t.Root)
	if err != nil {
		return Result{Statuses: []Status{{Name: "tree", State: Failed, Why: "opening the checkout: " + reason(err), Asked: t.Asked}}}
	}
	defer root.Close()
	listed := listFiles(ctx, root, t.skips())
	var seen sight
	var next atomic.Int64
	var reading sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), mostReaders) {
		reading.Go(func() {
			r := treeReader{root: root, texts: t.Texts, sight: &seen}
			for i := next.Add(1) - 1; i < int64(len(listed.files)) && ctx.Err() == nil; i = next.Add(1) - 1 {
				r.file(ctx, listed.files[i])
			}
		})
	}
	reading.Wait()
	result := t.Texts.Done()
	result.Statuses = append(t.statuses(ctx, listed, &seen), result.Statuses...)
	return result
}

// skips tells which files and folders are not looked at.
func (t *Tree) skips() func(name string) bool {
	outside := Outside(t.Paths, t.Exclude)
	return func(name string) bool { return outside(name) || t.Texts.Ignore.Excludes(name) }
}

// Outside tells which files are not looked at: those that exclude names, and
// where paths names any, all others. Both have the syntax of .gitignore. A path
// that ends with a slash is that of a directory.
func Outside(paths, exclude []string) func(name string) bool {
	only, not := ParsePatterns(strings.Join(paths, "\n")), ParsePatterns(strings.Join(exclude, "\n"))
	return func(name string) bool {
		if len(not.list) > 0 && not.Match(name) {
			return true
		}
		return len(only.list) > 0 && !strings.HasSuffix(name, "/") && !only.Match(name)
	}
}

// A sight is what was seen of the files.
type sight struct {
	files, bytes, pointers atomic.Int64

	mutex  sync.Mutex
	large  []string // not read
	long   []string // in which only keys are looked for
	unread []string // with the reason
}

func (s *sight) note(to *[]string, text string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	*to = append(*to, text)
}

// A treeReader reads one file after the other. Each goroutine has one.
type treeReader struct {
	root  *os.Root
	texts *Texts
	*sight
	space []byte
}

func (r *treeReader) file(ctx context.Context, name string) {
	f, size, err := git.OpenFile(r.root, name)
	if err != nil {
		r.note(&r.unread, quoted(name)+": "+reason(err))
		return
	}
	defer f.Close()
	switch {
	case size > sizeLimit:
		r.note(&r.large, quoted(name))
	case size > wholeLimit:
		err = r.windows(ctx, f, name)
	default:
		err = r.whole(f, name, int(size))
	}
	if err != nil {
		r.note(&r.unread, quoted(name)+": "+reason(err))
	}
}

// pointer begins a file that stands for one in Git LFS.
// https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
const pointer = "version https://git-lfs.github.com/spec/v"

var errGrew = errors.New("it grew while it was read")

// whole looks at all of a file.
func (r *treeReader) whole(f io.Reader, name string, size int) error {
	r.room(size + 1)
	n, err := io.ReadFull(f, r.space[:size+1])
	switch {
	case err == nil:
		return errGrew
	case err != io.EOF && err != io.ErrUnexpectedEOF:
		return err
	}
	data := r.space[:n]
	r.files.Add(1)
	r.bytes.Add(int64(n))
	if n < 1024 && bytes.HasPrefix(data, []byte(pointer)) {
		r.pointers.Add(1)
		return nil
	}
	r.texts.File(name, data)
	return nil
}

func (r *treeReader) room(n int) {
	if len(r.space) < n {
		r.space = make([]byte, max(n, 64<<10, min(2*len(r.space), wholeLimit+1)))
	}
}

// windows looks for keys in a large file, in pieces that overlap, so that none is
// cut in two.
func (r *treeReader) windows(ctx context.Context, f io.Reader, name string) error {
	const overlap = 4 << 10
	r.room(wholeLimit)
	w := window{name: name, line: 1}
	kept := 0
	for ctx.Err() == nil {
		n, err := io.ReadFull(f, r.space[kept:wholeLimit])
		last := err == io.EOF || err == io.ErrUnexpectedEOF
		if err != nil && !last {
			return err
		}
		r.bytes.Add(int64(n))
		data := r.space[:kept+n]
		if kept == 0 && !binary(data) {
			r.note(&r.long, quoted(name))
		}
		end := len(data)
		if !last {
			end -= overlap / 2
		}
		r.texts.add(w.look(data, end, r.texts), 0)
		if last {
			r.files.Add(1)
			return nil
		}
		w.move(data, end-overlap/2)
		kept = copy(r.space, data[end-overlap/2:])
	}
	return ctx.Err()
}

// A window is a piece of a file.
type window struct {
	name   string
	begin  int // matches before it are those of the piece before
	line   int // the line at its start, from 1
	before int // how much of that line is before it, in bytes
}

// look finds the keys that begin before end.
func (w *window) look(data []byte, end int, texts *Texts) (found []Finding) {
	for _, m := range texts.keys()(w.name, data) {
		texts.crowded(m, w.name)
		if m.Start < w.begin || m.Start >= end {
			continue
		}
		if m.Line == 1 {
			m.Column += w.before
		}
		if m.EndLine == 1 {
			m.EndColumn += w.before
		}
		m.Line, m.EndLine = m.Line+w.line-1, m.EndLine+w.line-1
		f := finding(m, w.name)
		f.Line, f.Column, f.EndLine, f.EndColumn = m.Line, m.Column, m.EndLine, m.EndColumn
		found = append(found, f)
	}
	return found
}

// move begins the next piece n bytes on, half of the overlap before the first
// match that is its own.
func (w *window) move(data []byte, n int) {
	const overlap = 4 << 10
	w.begin = overlap / 2
	w.line += bytes.Count(data[:n], []byte("\n"))
	if last := bytes.LastIndexByte(data[:n], '\n'); last >= 0 {
		w.before = n - last - 1
	} else {
		w.before += n
	}
}

// statuses says what was looked at, and what was not.
func (t *Tree) statuses(ctx context.Context, l *listing, s *sight) []Status {
	all := []Status{{Name: "tree", State: Looked, Why: count(int(s.files.Load()), "file") + ", " + size(s.bytes.Load()), Asked: t.Asked}}
	if err := ctx.Err(); err != nil {
		all[0].State, all[0].Why = Failed, "it took too long: only "+all[0].Why+" were looked at"
	} else if len(l.files) == 0 && len(t.Paths) > 0 {
		all[0].State, all[0].Why = Failed, "no file is one of those that paths names: "+some(strings.Split(strings.TrimSpace(strings.Join(t.Paths, "\n")), "\n"))
	} else if len(l.files) == 0 && (len(t.Exclude) > 0 || !t.Texts.Ignore.empty()) {
		all[0].State, all[0].Why = Failed, "no file is left to look at: exclude or "+IgnoreFile+" leaves all of them out"
	} else if len(l.files) == 0 && !l.known {
		all[0].State, all[0].Why = Failed, "there is nothing here to look at: check out the repository first (uses: actions/checkout), or begin in its folder"
	}
	if named := t.unmatched(l.files); all[0].State == Looked && len(named) > 0 {
		all = append(all, Status{Name: "tree: paths", State: Failed, Why: "no file is one of those that paths names: " + some(named), Asked: t.Asked})
	}
	unread := append(l.unlisted, s.unread...)
	for _, part := range []struct {
		name  string
		state State
		names []string
		why   string
	}{
		{"tree: what can't be read", Failed, unread, "%s; mend it, or name it in exclude"},
		{"tree: git", Skipped, l.unindexed, "what git ignores is looked at as well, for want of an index: %s"},
		{"tree: large files", Failed, s.large, "longer than " + size(sizeLimit) + " and not read: %s; name them in exclude"},
		{"tree: long files", Skipped, s.long, "longer than " + size(wholeLimit) + ", so only literal keys are looked for in %s"},
		{"tree: sparse checkout", Skipped, l.sparse, "not checked out: %s; remove sparse-checkout from actions/checkout, or run: git sparse-checkout disable"},
		{"tree: submodules", Skipped, l.absent, "not checked out: %s; set submodules: true in actions/checkout"},
	} {
		if len(part.names) > 0 {
			all = append(all, Status{Name: part.name, State: part.state, Why: fmt.Sprintf(part.why, some(part.names)), Asked: t.Asked && part.state == Failed})
		}
	}
	if n := int(s.pointers.Load()); n > 0 {
		all = append(all, Status{Name: "tree: Git LFS", State: Skipped, Why: count(n, "LFS pointer") + " not fetched; set lfs: true in actions/checkout"})
	}
	return all
}

// unmatched are the paths that were asked for and name no file.
func (t *Tree) unmatched(files []string) (named []string) {
	for line := range strings.Lines(strings.Join(t.Paths, "\n")) {
		line = strings.TrimSpace(line)
		if pattern := ParsePatterns(line); line != "" && !strings.HasPrefix(line, "!") && len(pattern.list) > 0 && !slices.ContainsFunc(files, pattern.Match) {
			named = append(named, line)
		}
	}
	return named
}

// some are the first few of many names.
func some(names []string) string {
	const few = 3
	if len(names) <= few {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:few], ", "), len(names)-few)
}

// size is a number of bytes as people write it.
func size(bytes int64) string {
	switch {
	case bytes >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(bytes)/(1<<20))
	case bytes >= 1<<10:
		return fmt.Sprintf("%.1f KiB", float64(bytes)/(1<<10))
	}
	return count(int(bytes), "byte")
}
