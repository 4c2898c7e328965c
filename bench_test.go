package main

import (
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/keyless-inference/action/cmd"
	"github.com/keyless-inference/action/emulator"
)

// BenchmarkRun is a whole keyless run without the start of a process: inputs,
// GitHub's token, Entra's token, a streamed answer, the file, the outputs. The
// emulator is in the same process, so its work counts too. bench/run measures
// the program as users start it.
func BenchmarkRun(b *testing.B) {
	e, err := emulator.New(emulator.Config{})
	if err != nil {
		b.Fatal(err)
	}
	server := httptest.NewServer(e)
	defer server.Close()
	env := append((emulator.Config{}).Env(server.URL), "GITHUB_ACTIONS=true", "GITHUB_WORKSPACE="+b.TempDir(), "INPUT_RESPONSE-FILE=answer.txt")
	p := cmd.Process{
		Args: []string{"run", "--prompt", "Hello"}, Environ: env,
		Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: io.Discard,
	}
	b.ReportAllocs()
	for b.Loop() {
		if code := p.Run(b.Context()); code != 0 {
			b.Fatalf("exit code %d", code)
		}
	}
}
