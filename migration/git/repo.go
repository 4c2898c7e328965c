// Package git reads a git repository without running git: its objects, what
// first brought them in, and which files of the work tree are its own.
//
// A repository is looked at that somebody else made. Its configuration may name
// programs that git would start, its owner may be another user, and its files may
// point out of the workspace. Nothing here starts a program, follows a
// configuration or opens a file other than through an [os.Root], so none of that
// matters. It is also several times as fast as asking git for one object after
// the other: see forest.
//
// What git keeps, and how: https://git-scm.com/docs/gitrepository-layout
package git

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"github.com/keyless-inference/action/wire"
)

var (
	// ErrNone tells that there is no repository.
	ErrNone = errors.New("no git repository")

	// ErrOutside tells that the repository is outside of the workspace.
	ErrOutside = errors.New("the git repository is outside of the workspace")
)

// mostWorkers bounds the memory: each holds a few objects and their bases.
const mostWorkers = 8

// A Repo is a repository, open for reading. Its methods may be called from
// several goroutines.
type Repo struct {
	root *os.Root
	own  string // the folder with HEAD and index, below root
	main string // the folder with objects and refs: the same but in a linked work tree
	hash int    // bytes of an ID

	bare    bool
	packs   []*pack
	workers int

	reftable bool // branches are kept in a way that is not read here

	// Shallow and Partial tell that the clone lacks commits, or lacks objects
	// that git would fetch when it needs them.
	Shallow, Partial bool

	// Missing says in words what else can't be read: one line each.
	Missing []string
}

// Open opens the repository of the work tree in the folder dir below root, or
// the bare repository there. The error is ErrNone, ErrOutside or says what is
// damaged.
func Open(root *os.Root, dir string) (*Repo, error) {
	own, err := gitDir(root, dir)
	if err != nil {
		return nil, err
	}
	r := &Repo{root: root, own: own, main: own, bare: own == path.Clean(dir), hash: 20, workers: min(runtime.GOMAXPROCS(0), mostWorkers)}
	if text, err := r.text(own, "commondir"); err == nil {
		if r.main, err = inside(root, own, text); err != nil {
			return nil, err
		}
	}
	if _, err := root.Stat(path.Join(r.main, "objects")); err != nil {
		return nil, ErrNone
	}
	r.configure()
	r.openPacks()
	return r, nil
}

// Close closes the files of the repository.
func (r *Repo) Close() {
	for _, p := range r.packs {
		p.file.Close()
	}
}

// gitDir finds the folder that HEAD is in: .git, what the file .git names, or the
// folder itself.
func gitDir(root *os.Root, dir string) (string, error) {
	name := path.Join(dir, ".git")
	info, err := root.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return bareDir(root, dir)
	case err != nil: // a symbolic link that leaves the workspace, among others
		return "", fmt.Errorf("%w: %s", ErrOutside, wire.Line(name, 100))
	case info.IsDir():
		return name, nil
	}
	text, err := readText(root, name)
	if err != nil {
		return "", err
	}
	target, ok := strings.CutPrefix(text, "gitdir: ")
	if !ok {
		return "", ErrNone
	}
	return inside(root, dir, target)
}

func bareDir(root *os.Root, dir string) (string, error) {
	for _, name := range []string{"HEAD", "objects", "refs"} {
		if _, err := root.Stat(path.Join(dir, name)); err != nil {
			return "", ErrNone
		}
	}
	return dir, nil
}

// inside is where a path leads that stands in a file of the folder dir, if that
// is below root.
func inside(root *os.Root, dir, target string) (string, error) {
	target = filepath.ToSlash(target)
	if path.IsAbs(target) || filepath.IsAbs(target) {
		top, err := filepath.Abs(root.Name())
		if err != nil {
			return "", err
		}
		rel, err := filepath.Rel(top, filepath.FromSlash(target))
		if err != nil {
			return "", ErrOutside
		}
		target = filepath.ToSlash(rel)
	} else {
		target = path.Join(dir, target)
	}
	if target = path.Clean(target); !fs.ValidPath(target) {
		return "", fmt.Errorf("%w: it is in %s", ErrOutside, wire.Line(target, 200))
	}
	if info, err := root.Stat(target); err != nil || !info.IsDir() {
		return "", ErrNone
	}
	return target, nil
}

// configure reads the few settings that say how objects are stored. What the
// file includes is not read: git itself takes these from this file alone.
// https://git-scm.com/docs/repository-version
func (r *Repo) configure() {
	text := r.setting("config")
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.ToLower(strings.TrimSpace(line)), "=")
		value = strings.Trim(strings.TrimSpace(value), `"`)
		switch strings.TrimSpace(key) {
		case "objectformat":
			if value == "sha256" {
				r.hash = 32
			}
		case "promisor", "partialclone":
			r.Partial = value != "false"
		case "refstorage":
			r.reftable = value == "reftable"
		}
	}
	r.Shallow = r.setting("shallow") != ""
	if r.setting("objects/info/alternates") != "" {
		r.missing("it borrows objects from another repository (objects/info/alternates), which is not followed")
	}
}

// setting is what a file says of how the repository is stored; "" if there is no
// such file. One that can't be read could say that much is not here.
func (r *Repo) setting(name string) string {
	text, err := r.text(r.main, name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		r.missing("its file %s can't be read: %s", name, wire.Line(err.Error(), 200))
	}
	return text
}

func (r *Repo) missing(format string, args ...any) {
	r.Missing = append(r.Missing, fmt.Sprintf(format, args...))
}

// openPacks opens every pack that has an index.
func (r *Repo) openPacks() {
	dir := path.Join(r.main, "objects/pack")
	names, err := r.list(dir)
	if err != nil {
		r.missing("the folder objects/pack can't be read: %s", wire.Line(err.Error(), 200))
	}
	for _, name := range names {
		stem, isIndex := strings.CutSuffix(name, ".idx")
		if strings.HasSuffix(name, ".promisor") {
			r.Partial = true
		}
		if pack, ok := strings.CutSuffix(name, ".pack"); ok && !slices.Contains(names, pack+".idx") {
			r.missing("the pack %s has no index; see git index-pack", wire.Line(pack, 60))
		}
		if !isIndex {
			continue
		}
		p, err := r.openPack(path.Join(dir, stem))
		if err != nil {
			r.missing("the pack %s can't be read: %s", wire.Line(stem, 60), wire.Line(err.Error(), 200))
			continue
		}
		r.packs = append(r.packs, p)
	}
}

func (r *Repo) openPack(stem string) (*pack, error) {
	index, err := readSized(r.root, stem+".idx", 8+1024, packIndexSize(r.hash))
	if err != nil {
		return nil, err
	}
	file, size, err := OpenFile(r.root, stem+".pack")
	if err != nil {
		return nil, err
	}
	p, err := openPack(file, size, index, r.hash)
	if err != nil {
		file.Close()
	}
	return p, err
}

// list are the names in a folder; none if there is no such folder.
func (r *Repo) list(dir string) ([]string, error) {
	f, err := r.root.Open(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.Readdirnames(-1)
}

// text is what a small file of the repository holds, without white space around
// it.
func (r *Repo) text(dir, name string) (string, error) { return readText(r.root, path.Join(dir, name)) }

func readText(root *os.Root, name string) (string, error) {
	b, err := ReadFile(root, name, 8<<20)
	return string(bytes.TrimSpace(b)), err
}

// errNotRegular tells that a name is that of a folder, a pipe or a device.
var errNotRegular = errors.New("it is no regular file")

// OpenFile opens a regular file below root, and tells its size. Neither a
// symbolic link out of root nor a pipe that nobody writes to can hold it up.
func OpenFile(root *os.Root, name string) (*os.File, int64, error) {
	f, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		f.Close()
		return nil, 0, cmp.Or(err, errNotRegular)
	}
	return f, info.Size(), nil
}

// readSized reads a regular file below root, if begin, its first n bytes, says
// that one of its size makes sense: nobody should need a gigabyte of memory for
// an index that is one of nothing.
func readSized(root *os.Root, name string, n int, sound func(begin []byte, size int64) error) ([]byte, error) {
	f, size, err := OpenFile(root, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	begin, err := readAt(f, 0, n, nil)
	if err == nil {
		err = sound(begin, size)
	}
	if err != nil {
		return nil, err
	}
	return readAt(f, 0, int(size), nil)
}

// ReadFile reads a regular file below root of at most limit bytes.
func ReadFile(root *os.Root, name string, limit int64) ([]byte, error) {
	f, size, err := OpenFile(root, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if size > limit {
		return nil, fmt.Errorf("it is longer than the %d bytes that are read", limit)
	}
	b := make([]byte, size)
	n, err := io.ReadFull(f, b)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = nil // it became shorter
	}
	return b[:n], err
}

// Resolve finds the commit that a name means: the digits of an ID, HEAD, a branch
// or a tag, in the order of https://git-scm.com/docs/gitrevisions
func (r *Repo) Resolve(name string) (ID, error) {
	if id, err := ParseID(name); err == nil {
		return r.peel(id)
	}
	if r.reftable {
		return ID{}, fmt.Errorf("%w: branches in the format reftable are not read here", ErrUnknown)
	}
	for _, prefix := range []string{"", "refs/", "refs/tags/", "refs/heads/", "refs/remotes/"} {
		if id, ok := r.ref(prefix+name, 0); ok {
			return r.peel(id)
		}
	}
	return ID{}, fmt.Errorf("%w: %s", ErrUnknown, wire.Line(name, 100))
}

// ErrUnknown tells that the repository has no such commit.
var ErrUnknown = errors.New("the clone has no such commit")

// ref reads one reference, and the one that it names.
func (r *Repo) ref(name string, depth int) (ID, bool) {
	if !fs.ValidPath(name) || depth > 5 {
		return ID{}, false
	}
	for _, dir := range []string{r.own, r.main} {
		text, err := r.text(dir, name)
		if err != nil {
			continue
		}
		if target, symbolic := strings.CutPrefix(text, "ref: "); symbolic {
			return r.ref(strings.TrimSpace(target), depth+1)
		}
		id, err := ParseID(text)
		return id, err == nil
	}
	return r.packedRef(name)
}

// packedRef looks into packed-refs: lines of an ID and a name.
func (r *Repo) packedRef(name string) (ID, bool) {
	f, _, err := OpenFile(r.root, path.Join(r.main, "packed-refs"))
	if err != nil {
		return ID{}, false
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if digits, found := strings.CutSuffix(lines.Text(), " "+name); found {
			id, err := ParseID(digits)
			return id, err == nil
		}
	}
	return ID{}, false
}

// peel goes from a tag to the commit that it names.
func (r *Repo) peel(id ID) (ID, error) {
	in := r.reader()
	for range 10 {
		kind, data, err := in.read(id)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return ID{}, fmt.Errorf("%w: %s", ErrUnknown, id.Short())
		case err != nil:
			return ID{}, err
		case kind == Commit:
			return id, nil
		case kind != Tag:
			return ID{}, fmt.Errorf("%w: %s is a %s", ErrUnknown, id.Short(), kind)
		}
		line, _, _ := bytes.Cut(data, []byte("\n"))
		if id, err = ParseID(strings.TrimPrefix(string(line), "object ")); err != nil {
			return ID{}, err
		}
	}
	return ID{}, fmt.Errorf("%w: %s is a tag of a tag of a tag", ErrUnknown, id.Short())
}

// Bare reports whether the repository has no work tree: it is in the very folder
// that was opened.
func (r *Repo) Bare() bool { return r.bare }

// Exclude is what the repository ignores beside what .gitignore files say.
// https://git-scm.com/docs/gitignore#_description
func (r *Repo) Exclude() string {
	text, _ := ReadFile(r.root, path.Join(r.main, "info/exclude"), 1<<20)
	return string(text)
}
