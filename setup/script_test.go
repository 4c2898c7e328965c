package setup

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The programs that a script calls, as scripts that note their arguments, one a
// line, and answer as far as the script listens. What was created is there the
// next time.
const fakeAz = `#!/bin/sh
for a in az "$@"; do printf '%s\n' "$a"; done >>"$CALLS"; echo >>"$CALLS"
case "$1 $2 $3" in
  'cloud show --query') echo "$CLOUD";;
  'account show --query') echo 'the tenant';;
  'resource list --resource-type' | 'cognitiveservices account list') printf '%s\n' $ACCOUNTS;;
  'resource show --ids') echo 'from the account';;
  'identity show --name') echo 'the identity';;
  'identity federated-credential list') printf '%s' "$OTHERS";;
  'ad app list') [ ! -e app ] || echo 'the app';;
  'ad app create') touch app; echo 'the app';;
  'ad app federated-credential') case "$*" in
      *' show '*) [ -e credential ];;
      *' list '*) ;;
      *) touch credential;;
    esac;;
  'ad sp show') [ -e sp ] && echo 'the principal';;
  'ad sp create') touch sp;;
esac
`

const fakeGh = `#!/bin/sh
for a in gh "$@"; do printf '%s\n' "$a"; done >>"$CALLS"; echo >>"$CALLS"
case "$1 $2" in
  'run list') [ -n "$PASSED" ] || exit 1; echo "$PASSED";;
esac
`

// run runs a golden script in dir, perhaps with an argument, with what it calls
// played, and returns the calls.
func run(t *testing.T, dir, script string, env ...string) (calls [][]string, out string, err error) {
	t.Helper()
	bash := found(t, "bash")
	for name, text := range map[string]string{"az": fakeAz, "gh": fakeGh} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	script, argument, _ := strings.Cut(script, " ")
	path, err := filepath.Abs(filepath.Join("testdata", script))
	if err != nil {
		t.Fatal(err)
	}
	record := filepath.Join(t.TempDir(), "calls")
	c := exec.Command(bash, append([]string{path}, strings.Fields(argument)...)...)
	c.Dir = dir
	c.Env = append([]string{"PATH=" + dir + ":" + os.Getenv("PATH"), "CALLS=" + record}, env...)
	raw, err := c.CombinedOutput()
	called, _ := os.ReadFile(record)
	for call := range strings.SplitSeq(strings.TrimSpace(string(called)), "\n\n") {
		calls = append(calls, strings.Split(call, "\n"))
	}
	return calls, string(raw), err
}

// after is the argument behind an option, in the calls that begin with words.
func after(calls [][]string, words, option string) (all []string) {
	for _, call := range calls {
		if i := slices.Index(call, option); i >= 0 && i+1 < len(call) && strings.HasPrefix(strings.Join(call, " "), words) {
			all = append(all, call[i+1])
		}
	}
	return all
}

// TestScript runs the golden scripts: their arguments arrive as they were meant,
// and a second run updates where the first one created.
func TestScript(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	env := []string{"CLOUD=AzureUSGovernment", "ACCOUNTS=/subscriptions/x/accounts/my-account"}
	calls, out, err := run(t, dir, "app.sh", env...)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	const subject = `repo:Octo-Org@1/octo.repo@2:environment:prod%3A it's ${a} %{b} \"c\" \\d ‘e’`
	for _, want := range []struct{ words, option, value string }{
		{"az account set", "--subscription", "11111111-2222-3333-4444-555555555555"},
		{"az resource list", "--resource-group", "my-(group)"},
		{"az role assignment create", "--scope", "/subscriptions/x/accounts/my-account"},
		{"az role assignment create", "--assignee-object-id", "the principal"},
		{"gh variable set AZURE_CLIENT_ID", "--body", "the app"},
		{"gh variable set AZURE_TENANT_ID", "--body", "the tenant"},
		{"gh variable set AZURE_OPENAI_ENDPOINT", "--body", "https://gateway.example.com/ai's"},
		{"gh variable set AZURE_OPENAI_DEPLOYMENT", "--repo", "octo.ghe.com/Octo-Org/octo.repo"},
	} {
		if got := after(calls, want.words, want.option); !slices.Equal(got, []string{want.value}) {
			t.Errorf("%s %s %q, want %q", want.words, want.option, got, want.value)
		}
	}
	if all := after(calls, "az ad app federated-credential", "--parameters"); len(all) != 5 || !strings.Contains(all[1], subject) {
		t.Errorf("%q", all)
	}
	workflow, err := os.ReadFile(filepath.Join(dir, ".github", "workflows", "keyless.yml"))
	want, goldenErr := os.ReadFile("testdata/app.yml")
	if err != nil || goldenErr != nil || string(workflow) != string(want) {
		t.Errorf("the workflow is\n%s", workflow)
	}
	if len(after(calls, "az resource update", "--set")) != 0 {
		t.Error("keys were to stay")
	}
	if !strings.Contains(out, "keyless.yml is new: commit it") {
		t.Error(out)
	}
	again, out, err := run(t, dir, "app.sh", env...)
	if !strings.Contains(out, "keyless.yml was there and is kept as it is") || strings.Contains(out, "is new") || strings.Contains(out, "Trusted from before") {
		t.Error(out)
	}
	if err != nil || after(again, "az ad app create", "--display-name") != nil || len(after(again, "az ad app federated-credential update", "--parameters")) != 5 {
		t.Errorf("the second run: %v\n%s\n%q", err, out, again)
	}
}

func TestScriptOfAManagedIdentity(t *testing.T) {
	t.Parallel()
	calls, out, err := run(t, t.TempDir(), "managed.sh", "CLOUD=AzureCloud", "ACCOUNTS=/a")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []struct{ words, option, value string }{
		{"az cognitiveservices account list", "--query", "[?properties.customSubDomainName=='my-resource'].id"},
		{"az identity create", "--resource-group", "from the account"},
		{"az identity federated-credential create", "--subject", "repo:my-org/my-repo:ref:refs/heads/main"},
		{"az identity federated-credential create", "--issuer", "https://token.actions.githubusercontent.com"},
		{"az role assignment create", "--role", "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd"},
		{"az identity federated-credential list", "--query", "[?!contains(['branch-main-67250266'], name)].[name, subject]"},
	} {
		if got := after(calls, want.words, want.option); !slices.Equal(got, []string{want.value}) {
			t.Errorf("%s %s %q, want %q", want.words, want.option, got, want.value)
		}
	}
}

// Keys are turned off when somebody says so, and only after the workflow has passed.
func TestScriptTurnsKeysOff(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		script, passed, want string
		off                  bool
	}{
		"the first run":    {"managed.sh", "", "Keys are still on. When that has passed", false},
		"nobody says so":   {"managed.sh", "https://github.com/run/1", "Keys are still on. When that has passed", false},
		"nothing is shown": {"managed.sh keys-off", "", "Keys stay on: the workflow has not passed yet", false},
		"shown and said":   {"managed.sh keys-off", "https://github.com/run/1", "Keys are off. The chain was proved by https://github.com/run/1", true},
		"something else":   {"managed.sh --keys-off", "https://github.com/run/1", "This takes nothing, or keys-off", false},
		"kept":             {"app.sh keys-off", "https://github.com/run/1", "Then, to see keyless doctor", false},
	} {
		cloud := map[bool]string{true: "AzureUSGovernment", false: "AzureCloud"}[strings.HasPrefix(c.script, "app")]
		calls, out, err := run(t, t.TempDir(), c.script, "CLOUD="+cloud, "ACCOUNTS=/a", "PASSED="+c.passed)
		off := slices.Equal(after(calls, "az resource update --ids /a", "--set"), []string{"properties.disableLocalAuth=true"})
		if fails := strings.HasPrefix(c.want, "Keys stay") || strings.HasPrefix(c.want, "This"); (err != nil) != fails || off != c.off || !strings.Contains(out, c.want) {
			t.Errorf("%s: %v, off: %v\n%s", name, err, off, out)
		}
	}
}

// What an earlier script trusted is told, since no later one withdraws it.
func TestScriptTellsOtherTrust(t *testing.T) {
	t.Parallel()
	_, out, err := run(t, t.TempDir(), "managed.sh", "CLOUD=AzureCloud", "ACCOUNTS=/a", "OTHERS=branch-old-1\trepo:o/r:ref:refs/heads/old")
	if err != nil || !strings.Contains(out, "az identity federated-credential delete withdraws it:\nbranch-old-1\trepo:o/r:ref:refs/heads/old\n") {
		t.Errorf("%v\n%s", err, out)
	}
}

// A script stops before it has made anything when it is in the wrong cloud or does
// not find exactly one account.
func TestScriptStops(t *testing.T) {
	t.Parallel()
	for want, env := range map[string][]string{
		"Run this first: az cloud set --name AzureCloud && az login": {"CLOUD=AzureUSGovernment", "ACCOUNTS=/a"},
		"There is no such account":                                   {"CLOUD=AzureCloud", "ACCOUNTS="},
		"There are several such accounts":                            {"CLOUD=AzureCloud", "ACCOUNTS=/a /b"},
	} {
		calls, out, err := run(t, t.TempDir(), "managed.sh", env...)
		if err == nil || !strings.Contains(out, want) || strings.Contains(fmt.Sprint(calls), "create") {
			t.Errorf("%s: %v\n%s\n%q", want, err, out, calls)
		}
	}
}
