package cmd

import (
	"bytes"
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// terminal is a writer that says that it is one.
type terminal struct{ bytes.Buffer }

func (*terminal) Stat() (os.FileInfo, error) { return device{}, nil }

type device struct{}

func (device) Name() string       { return "tty" }
func (device) Size() int64        { return 0 }
func (device) Mode() fs.FileMode  { return fs.ModeDevice | fs.ModeCharDevice }
func (device) ModTime() time.Time { return time.Time{} }
func (device) IsDir() bool        { return false }
func (device) Sys() any           { return nil }

func TestShown(t *testing.T) {
	t.Parallel()
	const text = "red: \x1b[31mred\x07 \u202eback\r\n"
	if got := shown(&terminal{}, text); got != "red: [31mred back\n" {
		t.Errorf("a terminal gets %q", got)
	}
	if got := shown(&bytes.Buffer{}, text); got != text {
		t.Errorf("a pipe gets %q", got)
	}
}

func TestShort(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "short", strings.Repeat("x", maxOutput), strings.Repeat("😀", maxOutput/2)} {
		if got := short(text); got != text {
			t.Errorf("%d bytes were cut to %d", len(text), len(got))
		}
	}
	for _, text := range []string{strings.Repeat("x", maxOutput+1), strings.Repeat("é", 2*maxOutput), "x" + strings.Repeat("😀", maxOutput)} {
		got := short(text)
		kept, whole := strings.CutSuffix(got, cutHere)
		if !whole || !strings.HasPrefix(text, kept) || !utf8.ValidString(kept) {
			t.Errorf("%d bytes became %d in a wrong way", len(text), len(got))
		}
		if n := len(utf16.Encode([]rune(kept))); n > maxOutput || n < maxOutput-1 {
			t.Errorf("%d UTF-16 units were kept of %d", n, maxOutput)
		}
	}
}
