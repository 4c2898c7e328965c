// Package lock keeps two processes from writing one file. The operating system
// holds the lock for the opening of the file, and lets go of it when that is closed
// or the process ends, however it does. Who does not ask for the lock is not kept
// from anything. Not every system has such locks; then all are granted.
package lock

import (
	"errors"
	"fmt"
	"os"
)

// ErrHeld says that another process, or another opening in this one, holds the file.
var ErrHeld = errors.New("another run is writing it")

// Wait waits until nobody else holds f, and holds it until unlock is called.
func Wait(f *os.File) (unlock func(), err error) { return hold(f, true) }

// Try holds f until unlock is called or f is closed. Where somebody else holds it
// the error is [ErrHeld]. A file system that knows no locks lets everybody in.
func Try(f *os.File) (unlock func(), err error) { return hold(f, false) }

func hold(f *os.File, wait bool) (func(), error) {
	unlock, err := system(f, wait)
	switch {
	case errors.Is(err, ErrHeld):
		return nil, ErrHeld
	case err != nil:
		return nil, fmt.Errorf("locking %s: %w", f.Name(), err)
	}
	return unlock, nil
}
