//go:build unix && !solaris && !illumos && !aix

package lock

import (
	"errors"
	"os"
	"syscall"
)

// system asks for the lock of the whole file, which does not keep others from
// reading it.
// https://man7.org/linux/man-pages/man2/flock.2.html
func system(f *os.File, wait bool) (unlock func(), err error) {
	how := syscall.LOCK_EX
	if !wait {
		how |= syscall.LOCK_NB
	}
	fd := int(f.Fd())
	for err = syscall.EINTR; errors.Is(err, syscall.EINTR); {
		err = syscall.Flock(fd, how)
	}
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = ErrHeld
	}
	if !wait && (errors.Is(err, syscall.ENOTSUP) || errors.Is(err, syscall.ENOSYS) || errors.Is(err, syscall.ENOLCK)) {
		err = nil
	}
	return func() { _ = syscall.Flock(fd, syscall.LOCK_UN) }, err
}
