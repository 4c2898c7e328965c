package actions

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/keyless-inference/action/wire"
)

// A Workspace is the folder that relative paths in inputs mean: the checkout
// under GitHub Actions, else the current folder. No relative path leads out of
// it, neither through ".." nor through a symbolic link; an absolute path is
// taken at its word.
type Workspace struct {
	dir  string // absolute, as this process sees it
	host string // the same folder as the runner's host sees it; "" when unknown
}

// Workspace finds the folder. Inside a container action the workspace is
// mounted at another path than the host's, and the runner translates only
// inputs that are a path as a whole; so a host path inside a longer input is
// understood here ($RUNNER_WORKSPACE/<repository>).
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

// ReadFile reads a regular file of at most [MaxFile] bytes.
func (w *Workspace) ReadFile(path string) ([]byte, error) {
	open, stat := os.Open, os.Stat
	rel, inside := w.Rel(path)
	if inside {
		if err := local(rel); err != nil {
			return nil, err
		}
		root, err := os.OpenRoot(w.dir)
		if err != nil {
			return nil, err
		}
		defer root.Close()
		open, stat, path = root.Open, root.Stat, filepath.FromSlash(rel)
	}
	if info, err := stat(path); err != nil { // before it is opened: a pipe would be waited for
		return nil, err
	} else if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	f, err := open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := wire.ReadAll(f, MaxFile)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return b, nil
}

// local refuses a relative path that is spelled to leave the workspace; one
// that leaves it through a symbolic link is refused by [os.Root].
func local(rel string) error {
	if filepath.IsLocal(filepath.FromSlash(rel)) {
		return nil
	}
	return errors.New("this leads out of the workspace: give a path inside it, or an absolute path")
}
