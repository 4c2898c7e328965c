package setup

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The tests of this file let tools that are not ours judge the golden files. Where
// one is not installed its test is skipped:
//
//	shellcheck       a package of Debian and Homebrew
//	terraform        https://developer.hashicorp.com/terraform/install
//	Bicep and PowerShell, by the grammars of tree-sitter:
//	                 npm install --global --legacy-peer-deps tree-sitter@0.25 tree-sitter-bicep tree-sitter-powershell

// found is where a program is.
func found(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skip(name + " is not installed")
	}
	return path
}

// terraform is the program and the environment that it runs in: no configuration
// of whoever runs the tests, and no call home.
func terraform(t *testing.T) (tool string, env []string) {
	t.Helper()
	tool = found(t, "terraform")
	config := filepath.Join(t.TempDir(), "rc")
	if err := os.WriteFile(config, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return tool, append(os.Environ(), "TF_CLI_CONFIG_FILE="+config, "CHECKPOINT_DISABLE=1", "TF_DATA_DIR="+t.TempDir())
}

// decoded is what TestHCL lets terraform print, each text as hexadecimal digits.
func decoded(t *testing.T, out string) string {
	t.Helper()
	var b strings.Builder
	for one := range strings.SplitSeq(strings.Trim(strings.TrimSpace(out), `"`), "/") {
		raw, err := base64.StdEncoding.DecodeString(one)
		if err != nil {
			t.Fatalf("%q: %v", one, err)
		}
		fmt.Fprintf(&b, "%x\n", raw)
	}
	return b.String()
}

func goldens(t *testing.T, ext string) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*" + ext)
	if err != nil || len(files) < 3 {
		t.Fatal(files, err)
	}
	return files
}

// TestShellcheck leaves out its two guesses at what somebody meant who wrote ${a}
// or a typographic quote between single quotes: those are in a name on purpose.
func TestShellcheck(t *testing.T) {
	t.Parallel()
	args := append([]string{"--norc", "--severity=style", "--exclude=SC2016,SC1112"}, goldens(t, ".sh")...)
	if out, err := exec.Command(found(t, "shellcheck"), args...).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestTerraform has the syntax checked, the layout, and what belongs in which
// block. What the providers want takes their schemas, which take their registry.
func TestTerraform(t *testing.T) {
	t.Parallel()
	tool, env := terraform(t)
	for _, file := range goldens(t, ".tf") {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "setup.tf"), raw, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{{"fmt", "-check", "-diff"}, {"providers"}} {
			c := exec.Command(tool, args...)
			c.Dir, c.Env = dir, env
			if out, err := c.CombinedOutput(); err != nil {
				t.Errorf("%s: terraform %s: %v\n%s", file, args[0], err, out)
			}
		}
	}
}

// TestGrammars has the files of Bicep and PowerShell parsed, and every hostile
// text as a string of theirs.
func TestGrammars(t *testing.T) {
	t.Parallel()
	node := found(t, "node")
	modules, err := exec.Command(found(t, "npm"), "root", "--global").Output()
	if err != nil {
		t.Skip("npm does not say where its modules are")
	}
	args := append([]string{"testdata/parse.mjs", strings.TrimSpace(string(modules))}, append(goldens(t, ".bicep"), goldens(t, ".ps1")...)...)
	for ext, line := range map[string]func(string) string{
		// The grammar may begin a comment within a string, which Bicep does not.
		".bicep": func(s string) string { return "var x = " + strings.ReplaceAll(bicep(s), "/", "-") + "\n" },
		".ps1":   func(s string) string { return "$x = " + powershell(s) + "\n" },
	} {
		var b strings.Builder
		for _, s := range hostile {
			b.WriteString(line(s))
		}
		file := filepath.Join(t.TempDir(), "strings"+ext)
		if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, file)
	}
	out, err := exec.Command(node, args...).CombinedOutput()
	if bytes.Contains(out, []byte("is not installed")) {
		t.Skip(string(out))
	}
	if err != nil || len(out) > 0 {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestActionlint has the workflows linted.
func TestActionlint(t *testing.T) {
	t.Parallel()
	args := append([]string{"tool", "-modfile=../tools.mod", "actionlint", "-shellcheck=", "-pyflakes="}, goldens(t, ".yml")...)
	out, err := exec.Command("go", args...).CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("%v\n%s", err, out)
	}
}
