package vector

import (
	"os"
	"syscall"
	"unsafe"
)

// lock waits until no other process, and no other opening in this one, holds the
// file: a byte of it that is never there, so that reading goes on.
// https://learn.microsoft.com/windows/win32/api/fileapi/nf-fileapi-lockfileex
func lock(f *os.File) (unlock func(), err error) {
	const exclusive = 2
	kernel := syscall.NewLazyDLL("kernel32.dll")
	place := &syscall.Overlapped{OffsetHigh: 1 << 30}
	ok, _, err := kernel.NewProc("LockFileEx").Call(f.Fd(), exclusive, 0, 1, 0, uintptr(unsafe.Pointer(place)))
	if ok == 0 {
		return nil, err
	}
	return func() {
		_, _, _ = kernel.NewProc("UnlockFileEx").Call(f.Fd(), 0, 1, 0, uintptr(unsafe.Pointer(place)))
	}, nil
}
