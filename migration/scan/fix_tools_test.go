package scan

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// fixChecks are the tools that read what is rewritten, by the file's extension.
// Each gets the name of a file, and is left out where it isn't installed.
var fixChecks = map[string][]string{
	".py":  {"python3", "-c", "import ast, sys; ast.parse(open(sys.argv[1], encoding='utf-8').read())"},
	".js":  {"node", "--check"},
	".mjs": {"node", "--check"},
	".cjs": {"node", "--check"},
	".tf":  {"terraform", "fmt", "-check", "-diff"},
	".yml": {"go", "tool", "-modfile=../../tools.mod", "actionlint", "-shellcheck=", "-pyflakes="},
}

// TestFixedParses: the languages' own tools read what is rewritten, and terraform
// has nothing to format where it had nothing before.
func TestFixedParses(t *testing.T) {
	t.Parallel()
	for _, name := range golden(t, "../testdata/flagged") {
		data, err := os.ReadFile("../testdata/flagged/" + name + ".fixed")
		ext := strings.Replace(filepath.Ext(name), ".yaml", ".yml", 1)
		check := fixChecks[ext]
		if err != nil || check == nil {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before, err := os.ReadFile("../testdata/flagged/" + name)
			if err != nil {
				t.Fatal(err)
			}
			if out, ok := checked(t, check, ext, before); !ok {
				t.Skipf("it was no better before: %s", out)
			}
			if out, ok := checked(t, check, ext, data); !ok {
				t.Errorf("%s\n%s", out, data)
			}
		})
	}
}

// checked reports what a tool says of a text, and whether it accepts it.
func checked(t *testing.T, check []string, ext string, data []byte) (string, bool) {
	t.Helper()
	if _, err := exec.LookPath(check[0]); err != nil {
		t.Skip(err)
	}
	file := filepath.Join(t.TempDir(), "fixed"+ext)
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), check[0], append(check[1:len(check):len(check)], file)...).CombinedOutput()
	return string(out), err == nil
}

// TestFixedCompiles: go vet accepts what is rewritten, where the modules that it
// needs are in the cache.
func TestFixedCompiles(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("compiles Azure's libraries")
	}
	dir := t.TempDir()
	// This module's own versions, so that as little as possible is missing.
	mod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	sum, err := os.ReadFile("../../go.sum")
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "go.mod"), append(mod, "\nrequire github.com/Azure/azure-sdk-for-go/sdk/ai/azopenai v0.7.2\n"...))
	write(t, filepath.Join(dir, "go.sum"), sum)
	for _, name := range golden(t, "../testdata/flagged") {
		if data, err := os.ReadFile("../testdata/flagged/" + name + ".fixed"); err == nil && strings.HasSuffix(name, ".go") {
			write(t, filepath.Join(dir, name), data)
		}
	}
	if out, err := goCommand(t, dir, "list", "-deps", "-f", "{{if .Error}}{{.Error}}{{end}}", "./..."); err != nil {
		t.Skipf("modules are missing: %s", out)
	}
	if out, err := goCommand(t, dir, "vet", "./..."); err != nil {
		t.Errorf("%s", out)
	}
}

func write(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// goCommand runs go in a folder, with what is in the module cache alone.
func goCommand(t *testing.T, dir string, args ...string) ([]byte, error) {
	t.Helper()
	c := exec.CommandContext(t.Context(), "go", args...)
	c.Dir = dir
	c.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOSUMDB=off", "GOWORK=off")
	return c.CombinedOutput()
}
