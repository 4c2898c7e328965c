package migration

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"

	"github.com/keyless-inference/action/migration/git"
	"github.com/keyless-inference/action/migration/scan"
	"github.com/keyless-inference/action/wire"
)

// A listing is the files that belong to a tree: those that git tracks, and those
// that it would take up because nothing ignores them. A folder within it that is
// a repository of its own, such as a submodule, is listed by its own rules.
type listing struct {
	root  *os.Root
	skips func(name string) bool // a folder's name ends with a slash

	known bool // root is a git repository
	files []string

	absent    []string // submodules that are not checked out
	sparse    []string // files that are not, since the checkout is sparse
	unlisted  []string // folders that can't be read, with the reason
	unindexed []string // repositories whose index can't be read, with the reason
}

// deepest is how many folders may be within each other.
const deepest = 300

// listFiles lists what is in root.
func listFiles(ctx context.Context, root *os.Root, skips func(name string) bool) *listing {
	l := &listing{root: root, skips: skips}
	l.repository(ctx, "", 0)
	return l
}

// repository lists the folder dir, which is a work tree or just a folder, within
// so many others.
func (l *listing) repository(ctx context.Context, dir string, depth int) {
	w := &walk{listing: l, ctx: ctx, top: dir, ignored: &Patterns{}, tracked: map[string]bool{}, folders: map[string]bool{}}
	repo, err := git.Open(l.root, path.Join(dir, "."))
	switch {
	case err == nil && repo.Bare(): // or just a folder with files that are called as those of one
		defer repo.Close()
		l.known, w.ignored = true, nil
	case err == nil:
		defer repo.Close()
		l.known = true
		w.read(repo)
	default: // without an index nobody knows which ignored files are tracked
		w.ignored = nil
		if !errors.Is(err, git.ErrNone) {
			l.note(&l.unindexed, path.Join(dir, ".git"), err)
		}
	}
	w.folder(dir, depth)
}

func (l *listing) note(to *[]string, name string, err error) {
	*to = append(*to, quoted(name)+": "+reason(err))
}

// A walk goes through the folders of one repository.
type walk struct {
	*listing
	ctx     context.Context
	top     string
	ignored *Patterns
	tracked map[string]bool // files
	folders map[string]bool // with a tracked file below
}

// read takes up what the repository says of its files.
func (w *walk) read(repo *git.Repo) {
	tracked, err := repo.Tracked()
	if err != nil { // then nothing is ignored, so that no tracked file is missed
		w.note(&w.unindexed, path.Join(w.top, ".git"), err)
		w.ignored = nil
		return
	}
	for _, t := range tracked {
		name := path.Join(w.top, t.Path)
		w.tracked[name] = true
		for dir := path.Dir(name); dir != "." && !w.folders[dir]; dir = path.Dir(dir) {
			w.folders[dir] = true
		}
		if t.Submodule {
			w.folders[name] = true
			if _, err := w.root.Lstat(path.Join(name, ".git")); err != nil && !w.skips(name+"/") {
				w.absent = append(w.absent, quoted(name))
			}
		} else if t.Sparse && !w.skips(name) && !w.there(name) {
			w.sparse = append(w.sparse, quoted(name))
		}
	}
	w.ignored.Add(w.top, repo.Exclude())
}

// there reports whether a name is that of something.
func (w *walk) there(name string) bool {
	_, err := w.root.Lstat(name)
	return err == nil
}

// folder lists one folder and those below it.
func (w *walk) folder(dir string, depth int) {
	if w.ctx.Err() != nil {
		return
	}
	entries, err := w.entries(dir)
	if err == nil && depth > deepest {
		err = errDeep
	}
	if err != nil {
		w.note(&w.unlisted, dir, err)
		return
	}
	for _, e := range entries {
		if e.Name() == ".git" && dir != w.top {
			w.repository(w.ctx, dir, depth+1)
			return
		}
	}
	defer w.gitignore(dir, entries)()
	for _, e := range entries {
		w.entry(path.Join(dir, e.Name()), e, depth)
	}
}

var errDeep = errors.New("it is deeper than 300 folders")

func (w *walk) entries(dir string) ([]fs.DirEntry, error) {
	f, err := w.root.Open(path.Join(dir, "."))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.ReadDir(-1)
}

// gitignore takes up the .gitignore of a folder, and returns what drops it again.
func (w *walk) gitignore(dir string, entries []fs.DirEntry) func() {
	const longest = 1 << 20
	if w.ignored == nil {
		return func() {}
	}
	before := len(w.ignored.list)
	for _, e := range entries {
		if e.Name() == ".gitignore" && e.Type().IsRegular() {
			text, _ := git.ReadFile(w.root, path.Join(dir, ".gitignore"), longest)
			w.ignored.Add(dir, string(text))
		}
	}
	return func() { w.ignored.list = w.ignored.list[:before] }
}

// entry lists a file, or what is in a folder. Symbolic links, pipes and devices
// are no content: what a link within the tree leads to is listed itself.
func (w *walk) entry(name string, e fs.DirEntry, depth int) {
	switch {
	case e.Name() == ".git":
	case e.IsDir():
		if !w.skips(name+"/") && (w.folders[name] || !w.ignores(name+"/")) {
			w.folder(name, depth+1)
		}
	case e.Type().IsRegular():
		if !w.skips(name) && (w.tracked[name] || !w.ignores(name)) {
			w.files = append(w.files, name)
		}
	}
}

// ignores reports whether git ignores a name. A folder within a tracked one may
// be ignored, so all names above it are asked for as well.
func (w *walk) ignores(name string) bool {
	return w.ignored != nil && len(w.ignored.list) > 0 && w.ignored.Match(name)
}

// reason is an error in one line, without the names that the caller gives.
func reason(err error) string {
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		err = p.Err
	}
	return wire.Line(err.Error(), 200)
}

// quoted is a path for a message.
func quoted(name string) string {
	if name == "" {
		return "the root"
	}
	return line(name, 200)
}

// line is words from outside in one line without keys, at most n characters long.
func line(words string, n int) string { return wire.Line(scan.Redact(words), n) }
