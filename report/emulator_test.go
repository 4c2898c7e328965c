package report

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/keyless-inference/action/emulator"
)

const emulated = "octo-org/octo-repo"

// onEmulator is a client of an emulator, without a network in between, so that
// time can be a fake one.
func onEmulator(t *testing.T, there ...emulator.Comment) (*emulator.Emulator, *GitHub) {
	t.Helper()
	e, err := emulator.New(emulator.Config{Comments: there})
	if err != nil {
		t.Fatal(err)
	}
	do := func(r *http.Request) (*http.Response, error) {
		w := httptest.NewRecorder()
		e.ServeHTTP(w, r)
		resp := w.Result()
		resp.Request = r
		return resp, nil
	}
	return e, &GitHub{API: "http://localhost/api/v3", GraphQL: "http://localhost/api/graphql", Token: emulator.APIToken, Repository: emulated, Do: do}
}

// told is what the emulated pull request shows.
func told(e *emulator.Emulator) string {
	var all []string
	for _, c := range e.CommentsOn(emulated, 7) {
		text, _, part, _ := unmarked(c.Body)
		one := fmt.Sprintf("%s/%d", strings.ReplaceAll(text, "\n", "~"), part)
		if c.Minimized {
			one += " hidden"
		}
		all = append(all, one)
	}
	return strings.Join(all, ", ")
}

// The life of a sticky comment, from run to run.
func TestEmulatedLife(t *testing.T) {
	t.Parallel()
	e, g := onEmulator(t)
	for _, run := range []struct {
		c            Comment
		action, want string
	}{
		{Comment{Mode: "only-update", Parts: []string{"a"}}, "skipped", ""},
		{Comment{Parts: []string{"a"}}, "created", "a/1"},
		{Comment{Parts: []string{"b", "c"}}, "updated", "b/1, c/2"},
		{Comment{Parts: []string{"b", "c"}, SkipUnchanged: true}, "unchanged", "b/1, c/2"},
		{Comment{Mode: "append", Parts: []string{"d"}}, "appended", "b/1, c~~d/2"},
		{Comment{Mode: "only-create", Parts: []string{"e"}}, "skipped", "b/1, c~~d/2"},
		{Comment{Mode: "hide-and-recreate", Parts: []string{"f"}}, "recreated", "b/1 hidden, c~~d/2 hidden, f/1"},
		{Comment{Mode: "recreate", Parts: []string{"g"}}, "recreated", "b/1 hidden, c~~d/2 hidden, g/1"},
		{Comment{Mode: "hide"}, "hidden", "b/1 hidden, c~~d/2 hidden, g/1 hidden"},
		{Comment{Mode: "hide"}, "skipped", "b/1 hidden, c~~d/2 hidden, g/1 hidden"},
		{Comment{Parts: []string{strings.Repeat("😀", 3)}}, "created", "b/1 hidden, c~~d/2 hidden, g/1 hidden, 😀😀😀/1"},
		{Comment{Mode: "delete"}, "deleted", "b/1 hidden, c~~d/2 hidden, g/1 hidden"},
	} {
		run.c.Number, run.c.Header = 7, "a--> b"
		posted, err := g.Post(t.Context(), run.c)
		if err != nil || posted.Action != run.action || told(e) != run.want {
			t.Fatalf("%+v: %+v, %v; left %s", run.c, posted, err, told(e))
		}
	}
}

// Ours is found on the third page, behind forgeries, and nothing else changes.
func TestEmulatedCrowd(t *testing.T) {
	t.Parallel()
	var there []emulator.Comment
	for range 249 {
		there = append(there, emulator.Comment{Number: 7, Author: "mallory", Body: "forged" + marker("h", 1)})
	}
	there = append(there, emulator.Comment{Number: 7, Body: "x" + marker("h", 1)})
	e, g := onEmulator(t, there...)
	before := strings.TrimSuffix(told(e), "x/1")
	posted, err := g.Post(t.Context(), Comment{Number: 7, Header: "h", Parts: []string{"a"}})
	all := e.CommentsOn(emulated, 7)
	if err != nil || posted.Action != "updated" || posted.ID != all[249].ID || told(e) != before+"a/1" {
		t.Errorf("%+v, %v", posted, err)
	}
}

// A part as long as one can be is taken, behind the longest marker.
func TestEmulatedLength(t *testing.T) {
	t.Parallel()
	e, g := onEmulator(t)
	_, err := g.Post(t.Context(), Comment{Number: 7, Header: strings.Repeat("/", MaxHeader), Parts: []string{strings.Repeat("😀", MaxPart/2)}})
	if err != nil || len(e.CommentsOn(emulated, 7)) != 1 {
		t.Error(err)
	}
}

// Every fault that the emulator knows is overcome or explained, and no comment
// comes twice.
func TestEmulatedFaults(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{
		"500": "", "502": "", "502-write": "", "502-graphql": "",
		"lost": "", "lost-write": "", "lost-graphql": "",
		"primary": "", "primary-write": "", "primary-graphql": "",
		"secondary": "", "secondary-write": "", "secondary-429": "", "secondary-429-write": "",
		"401":           "does not accept the token",
		"403-write":     "issues: write or pull-requests: write",
		"404":           "there is no " + emulated + "#7",
		"422":           "GitHub does not take the text",
		"garbage-write": "is not GitHub's API",
		"redirect":      "renamed or moved",
		"primary-hour":  "hourly rate limit",
		"graphql-error": "the token is not allowed",
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				e, g := onEmulator(t, emulator.Comment{Number: 7, Body: "x" + marker("h", 1)})
				if err := e.Fault("api", code); err != nil {
					t.Fatal(err)
				}
				_, err := g.Post(t.Context(), Comment{Number: 7, Header: "h", Mode: "recreate", Parts: []string{"a"}})
				switch {
				case want != "":
					problem(t, err, want)
				case err != nil || told(e) != "a/1":
					t.Errorf("%v; left %s", err, told(e))
				}
			})
		})
	}
}
