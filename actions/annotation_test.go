package actions

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf16"
)

func TestAnnotationsAreCounted(t *testing.T) {
	t.Parallel()
	for told, want := range map[int]struct {
		annotations int
		last        string
	}{
		0:  {0, ""},
		1:  {1, "error 1."},
		9:  {9, "error 9."},
		10: {10, "error 10."},
		11: {10, "2 more errors are in the log of this step"},
		12: {10, "3 more errors are in the log of this step"},
		99: {10, "90 more errors are in the log of this step"},
	} {
		r, out, _ := step(t, nil)
		for i := range told {
			r.Errorf(Position{File: "a.yml", Line: i + 1}, "error %d.", i+1)
		}
		r.Warningf("apart")
		r.Close()
		got := slices.DeleteFunc(obeyed(out.String()), func(c command) bool { return c.name != "error" })
		if len(got) != want.annotations || len(got) > 0 && got[len(got)-1].data != want.last {
			t.Errorf("%d errors: %q", told, got)
		}
		if strings.Count(out.String(), "::warning::apart\n") != 1 {
			t.Errorf("%d errors: the warning is not itself in %s", told, out)
		}
		at := 0 // all are told, once, in order
		for i := range told {
			message := fmt.Sprintf("error %d.", i+1)
			next := strings.Index(out.String(), message)
			if next < at || strings.Count(out.String(), message) != 1 {
				t.Errorf("%d errors: %q is not where it should be, once, in\n%s", told, message, out)
			}
			at = next
		}
	}
}

func TestAnnotationsThatLostTheirPlace(t *testing.T) {
	t.Parallel()
	r, out, _ := step(t, nil)
	for range maxAnnotations - 1 {
		r.Warningf("shown")
	}
	out.Reset()
	r.Warningf("tenth\n::error::x")
	if out.Len() != 0 {
		t.Errorf("the tenth was told at once: %q", out)
	}
	r.Warningf("eleventh")
	r.Close()
	r.Close()
	r.Warningf("late")
	want := "keyless: warning: tenth\n       | ::error::x\nkeyless: warning: eleventh\n" +
		"::warning::2 more warnings are in the log of this step\nkeyless: warning: late\n"
	if out.String() != want {
		t.Errorf("got %q", out)
	}
}

func TestAnnotationsAreNotCountedOnATerminal(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	r := New(env(nil), io.Discard, &log)
	for range 25 {
		r.Errorf(Position{}, "x")
	}
	r.Close()
	if want := strings.Repeat("keyless: error: x\n", 25); log.String() != want {
		t.Errorf("got %q", log.String())
	}
}

func TestLongAnnotation(t *testing.T) {
	t.Parallel()
	for text, whole := range map[string]bool{
		strings.Repeat("x", maxMessage):              true,
		strings.Repeat("x", maxMessage+1):            false,
		strings.Repeat("\U0001f600", maxMessage/2):   true,
		strings.Repeat("\U0001f600", maxMessage/2+1): false,
		strings.Repeat("a line\n", 1000):             false,
		strings.Repeat("\x1b", 600):                  false, // eight characters each where they are shown
	} {
		r, out, _ := step(t, nil)
		r.Errorf(Position{}, "%s", text)
		got := obeyed(out.String())
		if len(got) != 1 || len(utf16.Encode([]rune(got[0].data))) > maxMessage {
			t.Fatalf("the runner would cut %q", got)
		}
		shown := strings.ReplaceAll(text, "\x1b", "<U+001B>")
		head, cut := strings.CutSuffix(got[0].data, wholeInLog)
		if cut == whole || !strings.HasPrefix(shown, head) || len(head) < len(shown)*3/4 && len(head) < 3*maxMessage/4 {
			t.Errorf("annotated %q", got[0].data)
		}
		note := "keyless: error: " + strings.ReplaceAll(shown, "\n", "\n       | ") + "\n"
		if strings.Contains(out.String(), note) == whole {
			t.Errorf("the log is %q", out)
		}
	}
}

func TestAnnotationsFromManyGoroutines(t *testing.T) {
	t.Parallel()
	r, out, _ := step(t, nil)
	var group sync.WaitGroup
	for i := range 40 {
		group.Go(func() {
			r.Errorf(Position{}, "<%d>", i)
			r.Logf("note")
		})
	}
	group.Wait()
	r.Close()
	if got := obeyed(out.String()); len(got) != maxAnnotations || got[9].data != "31 more errors are in the log of this step" {
		t.Errorf("got %q", got)
	}
	for i := range 40 {
		if message := fmt.Sprintf("<%d>", i); strings.Count(out.String(), message) != 1 {
			t.Errorf("%s is missing or told twice", message)
		}
	}
}

// gone is a log that nobody can write to.
type gone struct{}

func (gone) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestALogThatIsGoneFailsNothing(t *testing.T) {
	t.Parallel()
	r := New(env(map[string]string{"GITHUB_ACTIONS": "true"}), gone{}, gone{})
	for range maxAnnotations + 1 {
		r.Errorf(Position{}, "x")
	}
	r.Mask("secret")
	r.Fence("x", "y")
	r.Close()
}
