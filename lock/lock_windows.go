package lock

import (
	"errors"
	"os"
	"syscall"
	"unsafe"
)

// system asks for the lock of a byte that is never there, so that reading goes on.
// https://learn.microsoft.com/windows/win32/api/fileapi/nf-fileapi-lockfileex
func system(f *os.File, wait bool) (unlock func(), err error) {
	const exclusive, atOnce = 2, 1
	const violation = syscall.Errno(33) // ERROR_LOCK_VIOLATION
	how := uintptr(exclusive)
	if !wait {
		how |= atOnce
	}
	kernel := syscall.NewLazyDLL("kernel32.dll")
	place := &syscall.Overlapped{OffsetHigh: 1 << 30}
	ok, _, err := kernel.NewProc("LockFileEx").Call(f.Fd(), how, 0, 1, 0, uintptr(unsafe.Pointer(place)))
	if ok == 0 {
		if !wait && (errors.Is(err, violation) || errors.Is(err, syscall.ERROR_IO_PENDING)) {
			err = ErrHeld
		}
		return nil, err
	}
	return func() {
		_, _, _ = kernel.NewProc("UnlockFileEx").Call(f.Fd(), 0, 1, 0, uintptr(unsafe.Pointer(place)))
	}, nil
}
