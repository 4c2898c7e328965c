package cmd

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/keyless-inference/action/emulator"
)

func TestEmulateMistakes(t *testing.T) {
	t.Parallel()
	var out, told bytes.Buffer
	code := Process{
		Args:  []string{"emulate", "--port", "0", "--chaos", "1.5", "--seed", "-1", "--batch-time", "soon"},
		Stdin: strings.NewReader(""), Stdout: &out, Stderr: &told,
	}.Run(t.Context())
	for _, want := range []string{
		`chaos: "1.5" is not a number from 0 to 1`, `seed: "-1" is not a whole number of at least 0`, `batch-time: "soon" is not a time`,
	} {
		if code != 2 || out.Len() > 0 || !strings.Contains(told.String(), want) {
			t.Errorf("%d, %q, want %s", code, told.String(), want)
		}
	}
}

// What was asked is in the record as soon as it is over, and nothing is told on
// standard error.
func TestEmulateRecord(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "record.jsonl")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	read, write := io.Pipe()
	var told bytes.Buffer
	code := make(chan int)
	go func() {
		code <- Process{
			Args:  []string{"emulate", "--port", "0", "--quiet", "--record", name, "--chaos", "1", "--seed", "1"},
			Stdin: strings.NewReader(""), Stdout: write, Stderr: &told,
		}.Run(ctx)
	}()
	url := ""
	for lines := bufio.NewScanner(read); !strings.HasPrefix(lines.Text(), "export GITHUB_TOKEN=") && lines.Scan(); {
		if value, ok := strings.CutPrefix(lines.Text(), "export AZURE_OPENAI_ENDPOINT="); ok {
			url = strings.Trim(value, "'")
		}
	}
	if resp, err := http.Get(url + "/openai/v1/models"); err == nil {
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
	cancel()
	if n := <-code; n != 0 || strings.Contains(told.String(), "/openai/") {
		t.Errorf("exit code %d, %s", n, told.String())
	}
	text, err := os.ReadFile(name)
	var s emulator.Served
	if err != nil || bytes.Count(text, []byte("\n")) != 1 || json.Unmarshal(text, &s) != nil || s.Outcome == emulator.Answered || s.Operation != "models" {
		t.Errorf("%s, %v", text, err)
	}
}
