package task

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/keyless-inference/action/document"
)

func TestLines(t *testing.T) {
	t.Parallel()
	const src = "\xEF\xBB\xBF{\"a\":\"x\\ny\"}\r\n\n  \t\n{\"b\" : 1.50, \"c\": true, \"d\": null, \"e\":{\"f\": [1]}, \"id\": \"\\u00e9\"}"
	var got []string
	for l, err := range lines("f", strings.NewReader(src)) {
		if err != nil {
			t.Fatal(err)
		}
		id, err := l.id()
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprint(l.number), id)
		for _, p := range l.props {
			got = append(got, p.name, p.text(), fmt.Sprint(l.wrongAt(p.at, "").Column))
		}
	}
	want := []string{"1", "1", "a", "x\ny", "2", "4", "é", "b", "1.50", "2", "c", "true", "14", "d", "null", "25", "e", `{"f": [1]}`, "36", "id", "é", "52"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// A line may be as long as the limit, and no longer.
func TestLongLines(t *testing.T) {
	t.Parallel()
	frame := `{"a":""}`
	fits := strings.Replace(frame, `""`, `"`+strings.Repeat("x", MaxLine-len(frame))+`"`, 1)
	for _, c := range []struct{ src, want string }{
		{fits + "\n{}\n", ""},
		{fits, ""},
		{"{}\n" + fits + " \n", "f:2:1: the line has more than 16 MiB"},
		{"{}\n" + fits + " ", "f:2:1: the line has more than 16 MiB"},
	} {
		var last error
		n := 0
		for _, err := range lines("f", strings.NewReader(c.src)) {
			last = err
			n++
		}
		if c.want == "" && last != nil || c.want != "" && (last == nil || last.Error() != c.want) {
			t.Errorf("%d lines, %v; want %q", n, last, c.want)
		}
	}
}

func TestBrokenReader(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken disk")
	r := io.MultiReader(strings.NewReader("{}\n{}\n"), iotest.ErrReader(broken))
	n := 0
	for _, err := range lines("f", r) {
		if n++; n == 3 && (err == nil || err.Error() != "f:3:1: reading the line: broken disk" || !errors.Is(err, broken)) {
			t.Error(err)
		}
	}
	if n != 3 {
		t.Errorf("%d lines", n)
	}
}

// FuzzLines compares each line with what encoding/json makes of it.
func FuzzLines(f *testing.F) {
	f.Add([]byte("\xEF\xBB\xBF{\"id\":1,\"text\":\"x\"}\r\n\r\n{\"a\":[{\"b\":null}]}"))
	f.Add([]byte("{\"a\":1,\"a\":2}\n[]\n{\"a\"\n\"\xff\"\n{\"id\":{}}"))
	f.Fuzz(func(t *testing.T, src []byte) {
		texts := strings.Split(strings.TrimPrefix(string(src), "\uFEFF"), "\n")
		for l, err := range lines("f", strings.NewReader(string(src))) {
			var wrong *document.Error
			if err != nil {
				if !errors.As(err, &wrong) || wrong.Line < 1 || wrong.Line > len(texts) || wrong.Column < 1 {
					t.Errorf("bad error %#v", err)
				}
				continue
			}
			var want map[string]json.RawMessage
			if err := json.Unmarshal([]byte(texts[l.number-1]), &want); err != nil || len(want) != len(l.props) {
				t.Fatalf("line %d %q: %v, %d properties", l.number, texts[l.number-1], err, len(l.props))
			}
			for _, p := range l.props {
				if string(want[p.name]) != string(p.value) {
					t.Errorf("%q is %s, want %s", p.name, p.value, want[p.name])
				}
			}
			if id, err := l.id(); err == nil && id == "" {
				t.Error("no id")
			}
			if m := l.metadata(); m != nil && !json.Valid(m) {
				t.Errorf("metadata %s", m)
			}
		}
	})
}
