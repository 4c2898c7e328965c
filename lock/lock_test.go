package lock

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func open(t *testing.T, path string) *os.File {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func TestOneHolds(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x")
	a, b := open(t, path), open(t, path)
	unlock, err := Try(a)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Try(b); !errors.Is(err, ErrHeld) {
		t.Errorf("the second got %v, want %v", err, ErrHeld)
	}
	unlock()
	if _, err := Try(b); err != nil {
		t.Errorf("after the first let go: %v", err)
	}
	b.Close()
	if unlock, err = Wait(a); err != nil {
		t.Errorf("after the second was closed: %v", err)
	}
	unlock()
	a.Close()
	if _, err := Try(a); err == nil || errors.Is(err, ErrHeld) {
		t.Errorf("a closed file: %v", err)
	}
}
