package actions

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/keyless-inference/action/wire"
)

// A Workspace is the folder that relative paths in inputs mean: the checkout
// under GitHub Actions, else the current folder. No relative path leads out of
// it, neither through ".." nor through a symbolic link; an absolute path is
// taken at its word.
type Workspace struct {
	dir   string            // absolute, as this process sees it
	host  string            // the same folder as the runner's host sees it; "" when unknown
	temps map[string]string // the runner's temporary folder: the host's path to this process's
}

// Workspace finds the folder. Inside a container action the workspace is
// mounted at another path than the host's, and the runner translates only
// inputs that are a path as a whole; so a host path inside a longer input is
// understood here ($RUNNER_WORKSPACE/<repository>, and runner.temp beside it).
func (r *Runner) Workspace() (*Workspace, error) {
	dir := "."
	if v := r.getenv("GITHUB_WORKSPACE"); r.OnGitHub() && v != "" {
		dir = v
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("finding the workspace: %w", err)
	}
	w := &Workspace{dir: dir}
	if outer, repo := r.getenv("RUNNER_WORKSPACE"), r.getenv("GITHUB_REPOSITORY"); r.OnGitHub() && outer != "" && repo != "" {
		w.host = filepath.Join(outer, filepath.Base(repo))
		if temp := r.getenv("RUNNER_TEMP"); temp != "" { // beside the folder of all workspaces
			w.temps = map[string]string{filepath.Join(filepath.Dir(outer), "_temp"): temp}
		}
	}
	return w, nil
}

// Rel returns path as it is known inside the workspace, with forward slashes,
// and whether it lies there at all by its spelling. A relative path always
// does: [Workspace.ReadFile] and [Workspace.Create] see to it.
func (w *Workspace) Rel(path string) (string, bool) {
	if !filepath.IsAbs(path) {
		return filepath.ToSlash(filepath.Clean(path)), true
	}
	for _, base := range []string{w.dir, w.host} {
		if base == "" {
			continue
		}
		if rel, err := filepath.Rel(base, path); err == nil && filepath.IsLocal(rel) {
			return filepath.ToSlash(rel), true
		}
	}
	return path, false
}

// MaxFile is the most that [Workspace.ReadFile] reads: 16 MiB, several times
// what the largest model takes.
const MaxFile = 16 << 20

// ReadFile reads a regular file of at most [MaxFile] bytes. Its errors do not
// name path, which the caller knows as the user wrote it.
func (w *Workspace) ReadFile(path string) ([]byte, error) {
	f, err := w.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := wire.ReadAll(f, MaxFile)
	if err != nil {
		return nil, err
	}
	return b, nil
}

// here is a path in the runner's temporary folder as this process sees it, and
// any other path unchanged.
func (w *Workspace) here(path string) string {
	for host, here := range w.temps {
		if rest, under := strings.CutPrefix(path, host+string(filepath.Separator)); under {
			return filepath.Join(here, rest)
		}
	}
	return path
}

// readable says why what stat found cannot be read.
func (w *Workspace) readable(info fs.FileInfo, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return missing{w.dir}
	case escapes(err):
		return errLeadsOut
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return errors.New("this is not a regular file")
	}
	return nil
}

// missing is the error of a file that is not there. It is [fs.ErrNotExist].
type missing struct{ workspace string }

func (m missing) Error() string {
	return "there is no such file (in a job, actions/checkout fills the workspace, " + m.workspace + "; a container action sees that and runner.temp, and nothing else of the machine)"
}

func (missing) Unwrap() error { return fs.ErrNotExist }

var errLeadsOut = errors.New("this leads out of the workspace: give a path inside it, or an absolute path")

// local refuses a relative path that is spelled to leave the workspace; one
// that leaves it through a symbolic link is refused by [os.Root].
func local(rel string) error {
	if filepath.IsLocal(filepath.FromSlash(rel)) {
		return nil
	}
	return errLeadsOut
}

// escapes reports whether err is [os.Root]'s refusal of a path that leads out of
// it, the only failure of a path there that does not come from the system.
func escapes(err error) bool {
	var failed *fs.PathError
	return errors.As(err, &failed) && !errors.As(err, new(syscall.Errno)) && !errors.Is(err, fs.ErrNotExist)
}

// Dir is the folder itself: an absolute path, as this process sees it.
func (w *Workspace) Dir() string { return w.dir }

// Folder is a workspace that is no job's: a folder that the user named.
func Folder(dir string) *Workspace {
	if abs, err := filepath.Abs(dir); err == nil {
		dir = abs
	}
	return &Workspace{dir: dir}
}
