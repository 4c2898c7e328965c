package cmd

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
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
	if got := shown(&terminal{}, text); got != "red: <U+001B>[31mred<U+0007> <U+202E>back\n" {
		t.Errorf("a terminal gets %q", got)
	}
	if got := shown(&bytes.Buffer{}, text); got != text {
		t.Errorf("a pipe gets %q", got)
	}
}

func TestLadder(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "short", strings.Repeat("x", maxOutputs), strings.Repeat("😀", maxOutputs/2)} {
		if l := newLadder(text, false, nil); l.response != text || l.truncated {
			t.Errorf("%d bytes were cut to %d", len(text), len(l.response))
		}
	}
	for _, text := range []string{strings.Repeat("x", maxOutputs+1), strings.Repeat("é", 2*maxOutputs), "x" + strings.Repeat("😀", maxOutputs)} {
		l := newLadder(text, false, nil)
		kept, whole := strings.CutSuffix(l.response, cutHere)
		if !whole || !l.truncated || !strings.HasPrefix(text, kept) || !utf8.ValidString(kept) {
			t.Errorf("%d bytes became %d in a wrong way", len(text), len(l.response))
		}
		if n := len(utf16.Encode([]rune(l.response))); n > maxOutputs || n < maxOutputs-1 {
			t.Errorf("%d UTF-16 units were kept of %d", n, maxOutputs)
		}
	}
}

// TestLadderOfFields: what does not fit is left out whole, and told.
func TestLadderOfFields(t *testing.T) {
	t.Parallel()
	big := strings.Repeat("x", 150_000)
	text := `{"small":"a","big":"` + big + `","more":"` + strings.Repeat("y", 80_000) + `","last":[1, 2]}`
	l := newLadder(text, true, fields(text, nil))
	var names []string
	for _, f := range l.fields {
		names = append(names, f.name)
	}
	if got := strings.Join(names, " "); got != "small big last" || l.json != "" {
		t.Errorf("the outputs are %q", got)
	}
	if got := strings.Join(l.leftOut, " "); got != "more json" {
		t.Errorf("left out are %q", got)
	}
}

func TestFields(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]field{
		`{"severity":"high","n":1.50,"ok":true,"none":null}`: {{"severity", "high"}, {"n", "1.50"}, {"ok", "true"}, {"none", ""}},
		`{"list":[1, "a"],"map":{"b": {}}}`:                  {{"list", `[1,"a"]`}, {"map", `{"b":{}}`}},
		`{"response":"x","Outcome":"y","comment-id":"z"}`:    {{"answer-response", "x"}, {"answer-Outcome", "y"}, {"answer-comment-id", "z"}},
		`{"a b":1,"a-b":2,"A_b":3,"a.b":4}`:                  {{"a-b", "1"}, {"answer-a-b", "2"}, {"A_b", "3"}, {"answer-a-b-2", "4"}},
		`{"x<<EOF\nresponse":"y","":1,"1st":2,"-d":3}`:       {{"x--EOF-response", "y"}, {"_", "1"}, {"_1st", "2"}, {"_-d", "3"}},
		`{"é":"\u0041"}`: {{"_-", "A"}},
		`[1]`:            nil,
		`"text"`:         nil,
		``:               nil,
	} {
		if got := fields(text, []string{"verdict"}); !slices.Equal(got, want) {
			t.Errorf("%s became %v", text, got)
		}
	}
}

// BenchmarkFields: names that all collide take no longer than others.
func BenchmarkFields(b *testing.B) {
	var text strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&text, "%c%q:1", "{,"[min(i, 1)], string(rune(0x4e00+i)))
	}
	text.WriteString("}")
	for b.Loop() {
		if got := fields(text.String(), nil); len(got) != 20_000 {
			b.Fatal(len(got))
		}
	}
}

// FuzzFields: whatever a model answers, no property takes the name of an output
// of ours or of another, and every name is one.
func FuzzFields(f *testing.F) {
	f.Add(`{"response":1,"RESPONSE":2,"answer-response":3,"a=b\nc<<d":4}`)
	name := regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`)
	f.Fuzz(func(t *testing.T, text string) {
		taken := map[string]bool{}
		for _, o := range Actions()[0].Outputs {
			taken[o.Name] = true
		}
		for _, field := range fields(text, []string{"a"}) {
			lower := strings.ToLower(field.name)
			if !name.MatchString(field.name) || taken[lower] {
				t.Errorf("%q made the output %q", text, field.name)
			}
			taken[lower] = true
		}
	})
}
