package cmd

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/keyless-inference/action/emulator"
)

// On GitHub, standard output is the list alone: what is told to the runner, masks
// with tokens in them above all, goes to standard error.
func TestModelsAreAloneOnStandardOutput(t *testing.T) {
	t.Parallel()
	e, err := emulator.New(emulator.Config{})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(e)
	defer s.Close()
	for _, args := range [][]string{{"models", "--json", "--available"}, {"models", "--available"}} {
		var stdout, stderr strings.Builder
		code := Process{
			Args: args, Environ: append(emulator.Config{}.Env(s.URL), "GITHUB_ACTIONS=true"), Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr,
		}.Run(t.Context())
		if code != exitOK || strings.Contains(stdout.String(), "::") || strings.Contains(stdout.String(), "eyJ") || !strings.Contains(stdout.String(), "gpt-4o-mini") {
			t.Errorf("%d %s\n%s", code, stdout.String(), stderr.String())
		}
		if !strings.Contains(stderr.String(), "::add-mask::eyJ") || !strings.Contains(stderr.String(), "::warning") {
			t.Errorf("%s", stderr.String())
		}
		if args[1] == "--json" && !json.Valid([]byte(stdout.String())) {
			t.Errorf("%s", stdout.String())
		}
	}
}
