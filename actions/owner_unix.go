//go:build unix

package actions

import (
	"io/fs"
	"syscall"
)

// owner returns the user and group that a file belongs to.
func owner(info fs.FileInfo) (uid, gid int, ok bool) {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(stat.Uid), int(stat.Gid), true
	}
	return 0, 0, false
}
