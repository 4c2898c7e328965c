package cmd

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/keyless-inference/action/emulator"

	"github.com/keyless-inference/action/wire"
)

// emulated starts the command with a free port and returns what it prints to be
// exported, and what ends it.
func emulated(t *testing.T, args ...string) (vars map[string]string, stop func() (code int, told string)) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	read, write := io.Pipe()
	var told bytes.Buffer
	code := make(chan int, 1)
	go func() {
		code <- Process{Args: append([]string{"emulate", "--port", "0"}, args...), Stdin: strings.NewReader(""), Stdout: write, Stderr: &told}.Run(ctx)
		write.Close()
	}()
	vars = map[string]string{}
	for lines := bufio.NewScanner(read); vars["GITHUB_TOKEN"] == "" && lines.Scan(); {
		name, value, _ := strings.Cut(strings.TrimPrefix(lines.Text(), "export "), "=")
		vars[name] = strings.Trim(value, "'")
	}
	return vars, func() (int, string) {
		cancel()
		return <-code, told.String()
	}
}

// The files of the machine are there before anybody is told of the emulator.
func TestEmulateMachine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, tools := filepath.Join(dir, "token"), filepath.Join(dir, "bin")
	vars, stop := emulated(t, "--managed-identity", "App-Service", "--token-file", file, "--service-account", "build:agent", "--az", tools)
	token, err := os.ReadFile(file)
	if err != nil || strings.Count(string(token), ".") != 2 || vars["AZURE_FEDERATED_TOKEN_FILE"] != file {
		t.Errorf("%s, %v, %v", token, err, vars)
	}
	if vars["IDENTITY_HEADER"] != emulator.IdentityHeader || !strings.HasPrefix(vars["IDENTITY_ENDPOINT"], vars["AZURE_OPENAI_ENDPOINT"]+"/") {
		t.Errorf("%v", vars)
	}
	port := vars["AZURE_OPENAI_ENDPOINT"][strings.LastIndex(vars["AZURE_OPENAI_ENDPOINT"], ":")+1:]
	for _, tool := range []string{"az", "azd"} {
		script, err := os.ReadFile(filepath.Join(tools, tool))
		if err != nil || !strings.Contains(string(script), " emulate --port "+port+" --answer \""+tool+" $*\")") {
			t.Errorf("%s, %v", script, err)
		}
	}
	for line, want := range map[string]string{
		"az account show": `"tenantId": "` + emulator.DefaultTenant,
		"az account get-access-token --resource https://management.azure.com": `"accessToken": "eyJ`,
		"az login": emulator.CommandLineError,
	} {
		var out bytes.Buffer
		code := Process{Args: []string{"emulate", "--port", port, "--answer", line}, Stdin: strings.NewReader(""), Stdout: &out, Stderr: io.Discard}.Run(t.Context())
		if code != 0 || !strings.Contains(out.String(), want) {
			t.Errorf("%s: %d %s", line, code, out.String())
		}
	}
	if code, told := stop(); code != 0 || strings.Contains(told, string(token)) {
		t.Errorf("%d: %s", code, told)
	}
}

func TestEmulateMachineMistakes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--managed-identity", "vm"}, 2, "managed-identity: "},
		{[]string{"--service-account", "runner"}, 2, `service-account: "runner" is not NAMESPACE:NAME`},
		{[]string{"--token-file", "/nowhere/at/all"}, 1, "writing the pod's token: "},
		{[]string{"--az", "/dev/null/bin"}, 1, "writing az and azd: "},
		{[]string{"--port", "1", "--answer", "az account show"}, 1, "does keyless emulate run on port 1?"},
	} {
		var told bytes.Buffer
		code := Process{Args: append([]string{"emulate", "--port", "0"}, c.args...), Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: &told}.Run(t.Context())
		if code != c.code || !strings.Contains(told.String(), c.want) {
			t.Errorf("%v: %d %s", c.args, code, told.String())
		}
	}
}

// A pod's token is replaced before it ends, and no more once the emulator does.
func TestEmulateKeepsToken(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "token")
	synctest.Test(t, func(t *testing.T) {
		e, err := emulator.New(emulator.Config{})
		if err != nil {
			t.Fatal(err)
		}
		done, err := (&emulateCommand{TokenFile: file}).machine(t.Context(), e, "http://127.0.0.1:1")
		if err != nil {
			t.Fatal(err)
		}
		read := func() string {
			synctest.Wait()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
		first := read()
		time.Sleep(47 * time.Minute)
		if read() != first {
			t.Error("another token after 47 minutes")
		}
		time.Sleep(2 * time.Minute)
		second := read()
		if second == first {
			t.Error("the same token after 49 minutes")
		}
		done()
		time.Sleep(time.Hour)
		if read() != second {
			t.Error("another token after the end")
		}
	})
}

func TestQuoted(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{"/bin/keyless": "'/bin/keyless'", "/it's here/k": `'/it'\''s here/k'`} {
		if got := wire.Quote(word); got != want {
			t.Errorf("%s, not %s", got, want)
		}
	}
}
