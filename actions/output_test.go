package actions

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// outputsOf reads an output file as GitHub's runner does (FileCommandManager.cs
// in actions/runner): NAME=VALUE or NAME<<WORD and lines up to WORD, whichever
// sign comes first; empty lines between them are skipped; else it is an error.
func outputsOf(file string) (map[string]string, error) {
	got := map[string]string{}
	lines := strings.Split(strings.TrimSuffix(file, "\n"), "\n")
	for i := 0; i < len(lines); i++ {
		if lines[i] == "" {
			continue
		}
		equals, heredoc := strings.Index(lines[i], "="), strings.Index(lines[i], "<<")
		switch {
		case equals > 0 && (heredoc < 0 || equals < heredoc):
			got[lines[i][:equals]] = lines[i][equals+1:]
		case heredoc > 0 && heredoc+2 < len(lines[i]):
			name, word := lines[i][:heredoc], lines[i][heredoc+2:]
			first := i + 1
			for i++; i < len(lines) && lines[i] != word; i++ {
			}
			if i == len(lines) {
				return got, fmt.Errorf("%s does not end", name)
			}
			got[name] = strings.Join(lines[first:i], "\n")
		default:
			return got, fmt.Errorf("line %d is no output: %q", i+1, lines[i])
		}
	}
	return got, nil
}

func FuzzSetOutput(f *testing.F) {
	f.Add("two", "x", "plain")
	f.Add("EOF", "_GitHubActionsFileCommandDelimeter_\nevil=1", "evil<<E\n1\nE\nEOF\n")
	f.Add("a<b", "", "\r\n\r")
	f.Add("a=b\nevil", "\n", "\n\n")
	f.Fuzz(func(t *testing.T, name, one, two string) {
		r, _, dir := step(t, nil)
		if err := r.SetOutput("1", one); err != nil {
			t.Fatal(err)
		}
		want := map[string]string{"1": one}
		if err := r.SetOutput(name, two); err == nil {
			want[name] = two
		}
		file, err := os.ReadFile(filepath.Join(dir, "outputs"))
		got, wrong := outputsOf(string(file))
		if err := errors.Join(err, wrong); err != nil {
			t.Fatal(err)
		}
		if len(got) != len(want) || got["1"] != want["1"] || got[name] != want[name] {
			t.Errorf("wrote %q, the runner reads %q", want, got)
		}
	})
}

func TestSetOutputFails(t *testing.T) {
	t.Parallel()
	r, _, dir := step(t, nil)
	for _, name := range []string{"", "a=b", "a<<b", "a\nb", "a\rb"} {
		if err := r.SetOutput(name, "y"); err == nil {
			t.Errorf("%q was taken as a name", name)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "outputs"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := r.SetOutput("x", "y"); err == nil || !strings.Contains(err.Error(), "GITHUB_OUTPUT") {
		t.Errorf("got %v", err)
	}
}
