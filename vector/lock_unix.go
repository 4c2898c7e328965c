//go:build unix && !solaris && !illumos && !aix

package vector

import (
	"os"
	"syscall"
)

// lock waits until no other process, and no other opening in this one, holds the
// file. The system lets go of it when a process ends, however it does.
func lock(f *os.File) (unlock func(), err error) {
	fd := int(f.Fd())
	for {
		err = syscall.Flock(fd, syscall.LOCK_EX)
		if err != syscall.EINTR {
			return func() { _ = syscall.Flock(fd, syscall.LOCK_UN) }, err
		}
	}
}
