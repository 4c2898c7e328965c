package main

import (
	"bytes"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/keyless-inference/action/cmd"
	"github.com/keyless-inference/action/emulator"
)

// TestExamples evaluates the prompt files of docs/examples/eval with the answers
// that stand beside them. All rows pass, as the file of answers promises.
func TestExamples(t *testing.T) {
	t.Parallel()
	const folder = "docs/examples/eval"
	raw, err := os.ReadFile(filepath.Join(folder, "emulator.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var cfg emulator.Config
	if err := cfg.ReadResource(raw); err != nil {
		t.Fatal(err)
	}
	e, err := emulator.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(e)
	defer server.Close()
	workspace := t.TempDir()
	if err := os.CopyFS(workspace, os.DirFS(folder)); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	p := cmd.Process{
		Args: []string{"eval", "*.prompt.yml"}, Environ: append(cfg.Env(server.URL), "GITHUB_ACTIONS=true", "GITHUB_WORKSPACE="+workspace),
		Stdin: strings.NewReader(""), Stdout: &said, Stderr: io.Discard,
	}
	if code := p.Run(t.Context()); code != 0 || !strings.Contains(said.String(), "8 of 8") {
		t.Errorf("exit code %d\n%s", code, said.String())
	}
}
