//go:build unix

package main

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/keyless-inference/action/emulator"
)

// TestCancelledRun sends SIGTERM, as a cancelled workflow does, while requests are
// under way: the answers that are about to come are waited for, everything is
// written, and the program has gone within five seconds, although one request never
// gets an answer.
func TestCancelledRun(t *testing.T) {
	t.Parallel()
	const before = 6 // requests at the time of the signal
	cfg := emulator.Config{Delay: 50 * time.Millisecond}
	e, err := emulator.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Fault("openai", "stall"); err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int64
	enough := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/chat/completions") && asked.Add(1) == before {
			close(enough)
		}
		e.ServeHTTP(w, r)
	}))
	defer server.Close()
	defer server.CloseClientConnections()

	dir := t.TempDir()
	binary := filepath.Join(dir, "keyless")
	for name, content := range map[string]string{
		"inference.yml": `{defaults: {deployment: gpt-4o-mini}, tasks: [{id: lines, prompt: "{{n}}", jsonl: lines.jsonl}]}`,
		"lines.jsonl":   strings.Repeat("{\"n\": 1}\n", 1000),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(os.Args[0], binary); err != nil {
		t.Fatal(err)
	}
	var told bytes.Buffer
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c := exec.CommandContext(ctx, binary, "run", "--config", "inference.yml", "--results-file", "results.jsonl", "--max-concurrency", "3")
	c.Dir, c.Stderr = dir, &told
	c.Env = append(append(os.Environ(), "STORY_RECORD="+dir), cfg.Env(server.URL)...)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	<-enough
	if err := c.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	late := time.AfterFunc(5*time.Second, cancel)
	_ = c.Wait()
	if !late.Stop() || c.ProcessState.ExitCode() != 1 {
		t.Fatalf("the program did not end by itself within 5 s, or ended with %d: %s", c.ProcessState.ExitCode(), told.String())
	}
	raw, err := os.ReadFile(filepath.Join(dir, "results.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	answers, sum := bytes.Count(raw, []byte(`,"finish-reason":"stop"`)), e.Summary()
	if answers != sum.Answered || answers < before-3 || !bytes.HasSuffix(raw, []byte("\n")) {
		t.Errorf("the emulator answered %d requests, of which %d are in the results:\n%s", sum.Answered, answers, raw)
	}
	if !strings.Contains(told.String(), "requests were not made") {
		t.Errorf("the program told: %s", told.String())
	}
}
