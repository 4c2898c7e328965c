//go:build unix

package oidc

import (
	"errors"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/keyless-inference/action/wire"
)

// What is no regular file may never end, or wait for somebody who writes: nobody
// waits for it, in the SDK's chain either.
func TestTokenFileIsNoPipe(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{pipe, t.TempDir(), "/dev/null"} {
		c, _ := credential(t, serve(nobodyThere), func(cfg *Config) { cfg.Mode, cfg.TokenFile = WorkloadIdentity, name })
		wantRefused(t, name, func() error {
			_, err := c.GetToken(t.Context(), scope)
			return err
		})
		wantRefused(t, name, func() error {
			_, err := New(Config{Mode: Default, Getenv: variables("AZURE_FEDERATED_TOKEN_FILE", name)})
			return err
		})
	}
}

func wantRefused(t *testing.T, name string, call func() error) {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- call() }()
	select {
	case err := <-done:
		if p := (*wire.Problem)(nil); !errors.As(err, &p) {
			t.Fatalf("%s: %v", name, err)
		}
		wantWords(t, err.Error(), readingToken, name, "it is no regular file")
	case <-time.After(5 * time.Second):
		t.Fatalf("%s is waited for", name)
	}
}
