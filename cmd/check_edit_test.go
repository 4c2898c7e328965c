package cmd

import (
	"bytes"
	"testing"
)

func FuzzChanged(f *testing.F) {
	for _, pair := range [][2]string{
		{"", ""},
		{"a\n", ""},
		{"", "a\n"},
		{"a\nb\nc\n", "a\nB\nc\n"},
		{"a\nb\nc", "a\nb\nd"},
		{"a\na\na\n", "a\na\n"},
		{"a\na\n", "a\na\na\n"},
		{"ab\nab", "ab\nab\nab"},
		{"x\r\ny\r\n", "x\r\nz\r\ny\r\n"},
	} {
		f.Add(pair[0], pair[1])
	}
	f.Fuzz(func(t *testing.T, before, after string) {
		start, end := changed([]byte(before), []byte(after))
		if start > 0 && before[start-1] != '\n' {
			t.Errorf("%q: it starts within a line, at %d", before, start)
		}
		if end < len(before) && before[end-1] != '\n' {
			t.Errorf("%q: it ends within a line, at %d", before, end)
		}
		text := after[start : len(after)-(len(before)-end)]
		if got := before[:start] + text + before[end:]; got != after {
			t.Errorf("%q with [%d:%d] replaced by %q is %q, not %q", before, start, end, text, got, after)
		}
		if bytes.Equal([]byte(before), []byte(after)) && start != len(before) && text != before[start:end] {
			t.Errorf("%q: nothing changes, but [%d:%d] does", before, start, end)
		}
	})
}
