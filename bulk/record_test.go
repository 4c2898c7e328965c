package bulk

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/keyless-inference/action/lock"
)

// results is a file with this content.
func results(t *testing.T, content string) *os.File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "results.jsonl")
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// reopened is the file as the next run opens it.
func reopened(t *testing.T, f *os.File) *os.File {
	t.Helper()
	f.Close()
	f, err := os.OpenFile(f.Name(), os.O_RDWR, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func content(t *testing.T, f *os.File) string {
	t.Helper()
	raw, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestRecordGoesOn(t *testing.T) {
	t.Parallel()
	whole := `{"id":"a","text":"<1>","key":"x"}` + "\n" + `{"id":"b","error":"busy","key":"x"}` + "\n"
	for _, half := range []string{"", "{", `{"id":"c","text":"12`, `{"id":"c","text":"12"`} {
		f := results(t, whole+half)
		var seen []string
		r, err := NewRecord(f, func(l Line) { seen = append(seen, l.ID) })
		if err != nil {
			t.Fatalf("behind %q: %v", half, err)
		}
		if got := strings.Join(seen, " "); got != "a b" || len(r.done) != 1 {
			t.Errorf("behind %q: saw %q and kept %d, want a b and 1", half, got, len(r.done))
		}
		for _, test := range []struct {
			id, key string
			done    bool
		}{{"a", "x", true}, {"a", "y", false}, {"b", "x", false}, {"c", "", false}} {
			if r.Done(test.id, test.key) != test.done {
				t.Errorf("behind %q: Done(%s, %s) is not %v", half, test.id, test.key, test.done)
			}
		}
		if err := r.Append(Line{ID: "b", Text: new(""), Key: "x"}); err != nil || !r.Done("b", "x") {
			t.Errorf("behind %q: an answer is not noted: %v", half, err)
		}
		if got := content(t, f); got != whole+`{"id":"b","text":"","key":"x"}`+"\n" {
			t.Errorf("behind %q the file is\n%s", half, got)
		}
	}
}

func TestRecordKeepsALineWithoutItsLineFeed(t *testing.T) {
	t.Parallel()
	const line = `{"id":"a","text":"1","key":"x"}`
	f := results(t, line)
	r, err := NewRecord(f, nil)
	if err != nil || !r.Done("a", "x") {
		t.Fatalf("it is not known: %v", err)
	}
	if err := r.Append(Line{ID: "b", Text: new("2")}); err != nil || content(t, f) != line+"\n"+`{"id":"b","text":"2"}`+"\n" {
		t.Errorf("%v, the file is\n%s", err, content(t, f))
	}
}

func TestRecordIsWrittenByOne(t *testing.T) {
	t.Parallel()
	f := results(t, `{"id":"a","te`)
	if _, err := NewRecord(f, nil); err != nil {
		t.Fatal(err)
	}
	other, err := os.OpenFile(f.Name(), os.O_RDWR, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if _, err := NewRecord(other, nil); !errors.Is(err, lock.ErrHeld) || err.Error() != "another run is writing it" {
		t.Errorf("the second run got %v", err)
	}
	f.Close()
	if _, err := NewRecord(other, nil); err != nil {
		t.Errorf("after the first: %v", err)
	}
}

func TestRecordRefusesWhatIsNoResult(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"not JSON", "", "null", `{"question":"1"}`} {
		f := results(t, `{"id":"a","text":"1"}`+"\n"+line+"\n"+`{"id":"b"`)
		before := content(t, f)
		_, err := NewRecord(f, nil)
		if err == nil || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("%q: %v, want an error about line 2", line, err)
		}
		if content(t, f) != before {
			t.Errorf("%q: a file that is not ours was changed", line)
		}
	}
	for _, foreign := range []string{"a note", "[1", `{"question":"1"}`, `{"id":1}`, `{"id":""}`, "\x00"} {
		f := results(t, foreign)
		if _, err := NewRecord(f, nil); err == nil || !strings.Contains(err.Error(), "line 1") || content(t, f) != foreign {
			t.Errorf("%q: %v, and it is now %q", foreign, err, content(t, f))
		}
	}
}

func TestRecordThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	f := results(t, "")
	r, err := NewRecord(f, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Append(Line{ID: "a", Text: new("1")}); err != nil {
		t.Fatal(err)
	}
	f.Close()
	for range 2 {
		if err := r.Append(Line{ID: "b", Text: new("2")}); err == nil || r.Done("b", "") {
			t.Errorf("Append to a closed file: %v, or it counts as done", err)
		}
	}
}

func TestRecordManyAtOnce(t *testing.T) {
	t.Parallel()
	f := results(t, "")
	r, err := NewRecord(f, nil)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range 200 {
		all.Go(func() {
			if err := r.Append(Line{ID: string(rune('a' + i)), Text: new(strings.Repeat("x", i*50))}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	again, err := NewRecord(reopened(t, f), nil)
	if err != nil || len(again.done) != 200 {
		t.Errorf("%d of 200 lines were found again: %v", len(again.done), err)
	}
}

func TestMerge(t *testing.T) {
	t.Parallel()
	a := results(t, `{"id":"1","text":"old"}`+"\n"+`{"id":"2","error":"busy"}`+"\n"+`{"id":"3","text":"kept"}`+"\n"+`{"id":"","batch":"x","state":"sent"}`+"\n")
	b := results(t, `{"id":"2","text":"mended"}`+"\n"+`{"id":"3","error":"later"}`+"\n"+`{"id":"4","error":"first"}`+"\n"+`{"id":"1","text":"new"}`+"\n"+`{"id":"4","error":"last"}`+"\n"+`{"id":"5","te`)
	var out bytes.Buffer
	got, err := Merge(&out, []*os.File{a, b})
	want := `{"id":"3","text":"kept"}` + "\n" + `{"id":"2","text":"mended"}` + "\n" + `{"id":"1","text":"new"}` + "\n" + `{"id":"4","error":"last"}` + "\n"
	if err != nil || out.String() != want || got != (Merged{Answered: 3, Failed: 1, Twice: 4}) {
		t.Errorf("Merge = %+v, %v:\n%swant\n%s", got, err, out.String(), want)
	}
}

// FuzzRecord cuts and spoils a results file: what is whole stays, byte for byte,
// and a file that was taken can be gone on with.
func FuzzRecord(f *testing.F) {
	f.Add([]byte(`{"id":"a","text":"1","key":"k"}` + "\n" + `{"id":"b","er`))
	f.Add([]byte("\n"))
	f.Add([]byte("null\n[]\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		file := results(t, string(raw))
		r, err := NewRecord(file, nil)
		if err != nil {
			if content(t, file) != string(raw) {
				t.Fatal("a file that was refused was changed")
			}
			return
		}
		kept := content(t, file)
		rest, had := bytes.CutPrefix(raw, []byte(kept))
		if whole := string(raw)+"\n" == kept; !whole && (!had || bytes.Contains(rest, []byte("\n"))) {
			t.Fatalf("of %q %q was kept", raw, kept)
		}
		if err := r.Append(Line{ID: "new", Text: new("\u2028<&>"), Key: "k"}); err != nil {
			t.Fatal(err)
		}
		again, err := NewRecord(reopened(t, file), nil)
		if err != nil || !again.Done("new", "k") || !strings.HasPrefix(content(t, file), kept) {
			t.Fatalf("the record can't be gone on with: %v", err)
		}
	})
}
