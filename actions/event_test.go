package actions

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

// The payloads are GitHub's, reduced to what is read and something beside it.
func TestEvent(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, payload, want string }{
		{"push", `{"ref":"refs/heads/main","head_commit":{"message":"m","author":{"name":"Mona","email":"m@x"}},"commits":[{"message":"one"},{"message":"","author":{"name":"Hubot"}},{"message":"two"}]}`, `
			0 head_commit.message=m head_commit.author.name=Mona head_commit.author.email=m@x
			commits[0].message=one commits[2].message=two commits[1].author.name=Hubot`},
		{
			"pull_request", `{"number":7,"pull_request":{"number":7,"title":"t","body":null,"head":{"ref":"b","repo":{"full_name":"octo/x"}},"base":{"ref":"main","repo":{"full_name":"octo/x"}}}}`,
			`7 pull_request.title=t pull_request.head.ref=b`,
		},
		{
			"pull_request", `{"pull_request":{"number":7,"head":{"label":"mona:b","repo":{"full_name":"mona/x","default_branch":"evil","description":"d"}},"base":{"repo":{"full_name":"octo/x"}}}}`,
			`fork 7 pull_request.head.label=mona:b pull_request.head.repo.default_branch=evil pull_request.head.repo.description=d`,
		},
		{"pull_request_target", `{"pull_request":{"number":7,"head":{"repo":{"full_name":"mona/x"}},"base":{"repo":{"full_name":"octo/x"}}}}`, `fork 7`},
		{"pull_request", `{"pull_request":{"number":7,"head":{"repo":null},"base":{"repo":{"full_name":"octo/x"}}}}`, `fork 7`},
		{"pull_request", `{"action":"edited","changes":{"title":{"from":"o"},"body":{"from":"p"}},"pull_request":{}}`, `0 changes.title.from=o changes.body.from=p`},
		{"pull_request_review", `{"review":{"body":"r"},"pull_request":{"number":8}}`, `8 review.body=r`},
		{
			"pull_request_review_comment", `{"comment":{"body":"c","path":"p","diff_hunk":"@@"},"pull_request":{"number":9}}`,
			`9 comment.body=c comment.path=p comment.diff_hunk=@@`,
		},
		{"issues", `{"issue":{"number":3,"title":"t","body":"b"}}`, `3 issue.title=t issue.body=b`},
		{"issue_comment", `{"issue":{"number":4,"pull_request":{"url":"https://x"}},"comment":{"body":"c"}}`, `4 comment.body=c`},
		{"discussion", `{"discussion":{"number":5,"title":"t","body":"b"}}`, `0 discussion.title=t discussion.body=b`},
		{"workflow_run", `{"workflow_run":{"head_branch":"h","display_title":"d","head_commit":{"message":"m"},"pull_requests":[{"number":11,"head":{"ref":"h"}},{"number":12}]}}`, `
			11 workflow_run.head_branch=h workflow_run.display_title=d workflow_run.head_commit.message=m
			workflow_run.pull_requests[0].head.ref=h`},
		{"workflow_run", `{"workflow_run":{"pull_requests":[],"head_repository":{"description":"d"}}}`, `0 workflow_run.head_repository.description=d`},
		{"workflow_run", `{"repository":{"id":1},"workflow_run":{"pull_requests":[{"number":21,"head":{"ref":"h"},"base":{"repo":{"id":2}}},{"number":22,"base":{"repo":{"id":1}}}]}}`, `
			22 workflow_run.pull_requests[0].head.ref=h`},
		{"release", `{"release":{"name":"n","body":"b"}}`, `0 release.name=n release.body=b`},
		{"gollum", `{"pages":[{"page_name":"p","title":"t"}]}`, `0 pages[0].page_name=p pages[0].title=t`},
		{"merge_group", `{"merge_group":{"head_commit":{"message":"m"}}}`, `0 merge_group.head_commit.message=m`},
		{"fork", `{"forkee":{"description":"d"}}`, `0 forkee.description=d`},
		{"workflow_dispatch", `{"inputs":{"x":"y"}}`, `0`},
		{"schedule", `{"schedule":"5 4 * * *"}`, `0`},
		{"", `null`, `0`},
		{"", `{"number":6}`, `6`},
		// None of these is what GitHub sends.
		{"", `{"pull_request":"x","issue":[],"number":"7","commits":{"*":1},"comment":{"body":["x"]},"pages":[1,null,"x",{"title":{}}]}`, `0`},
		{"", `{"pull_request":{"number":-1},"issue":{"number":1.5},"workflow_run":{"pull_requests":[null,{"number":1e300},{"number":2}]},"number":3}`, `2`},
		{"", `{"pull_request":{"head":{"repo":{"full_name":{}}},"base":{"repo":{"full_name":{}}}}}`, `0`},
		{"", `{"pull_request":{"head":{"repo":{"full_name":[]}},"base":{"repo":{"full_name":"x"}}}}`, `fork 0`},
	} {
		want := strings.Fields(c.want)
		file := write(t, filepath.Join(t.TempDir(), "event.json"), c.payload)
		r, _, _ := step(t, map[string]string{"GITHUB_EVENT_NAME": c.name, "GITHUB_ACTOR": "mona", "GITHUB_EVENT_PATH": file})
		e, err := r.Event()
		if got := told(e); err != nil || e.Name != c.name || e.Actor != "mona" || !reflect.DeepEqual(got, want) {
			t.Errorf("%s %s:\n%v, %v\nwant %v", c.name, c.payload, got, err, want)
		}
	}
}

// told is an event in the words of TestEvent's table.
func told(e Event) (words []string) {
	if e.Fork {
		words = append(words, "fork")
	}
	words = append(words, strconv.Itoa(e.Number))
	for _, text := range e.Texts {
		words = append(words, strings.TrimPrefix(text.Path, "github.event.")+"="+text.Value)
	}
	return words
}

func TestEventThatCannotBeRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, path := range map[string]string{
		"a folder":      dir,
		"no JSON":       write(t, filepath.Join(dir, "text"), "text"),
		"no object":     write(t, filepath.Join(dir, "list"), "[]"),
		"without end":   write(t, filepath.Join(dir, "half"), `{"issue":{"number":1`),
		"without depth": write(t, filepath.Join(dir, "deep"), strings.Repeat(`{"issue":`, 1<<20)),
	} {
		r, _, _ := step(t, map[string]string{"GITHUB_EVENT_NAME": "push", "GITHUB_EVENT_PATH": path})
		if e, err := r.Event(); err == nil || !reflect.DeepEqual(e, Event{Name: "push"}) {
			t.Errorf("%s: %+v, %v", name, e, err)
		}
	}
	for _, path := range []string{"", filepath.Join(dir, "missing")} {
		r, _, _ := step(t, map[string]string{"GITHUB_EVENT_NAME": "push", "GITHUB_EVENT_PATH": path})
		if e, err := r.Event(); err != nil || e.Name != "push" {
			t.Errorf("%q: %+v, %v", path, e, err)
		}
	}
}

// expression evaluates "github.event.a.b[0].c" over a payload.
func expression(payload any, path string) (any, error) {
	rest, ok := strings.CutPrefix(path, "github.event")
	for ok && rest != "" {
		end := strings.IndexAny(rest[1:], ".[") + 1
		if end == 0 {
			end = len(rest)
		}
		step := rest[1:end]
		if rest[0] == '[' {
			i, err := strconv.Atoi(strings.TrimSuffix(step, "]"))
			list, isList := payload.([]any)
			if err != nil || !isList || i >= len(list) {
				return nil, fmt.Errorf("%s in %s", step, path)
			}
			payload = list[i]
		} else {
			fields, _ := payload.(map[string]any)
			payload, ok = fields[step]
		}
		rest = rest[end:]
	}
	if !ok {
		return nil, fmt.Errorf("nothing is at %s", path)
	}
	return payload, nil
}

func FuzzEvent(f *testing.F) {
	f.Add([]byte(`{"number":7,"pull_request":{"number":7,"title":"t","head":{"ref":"b","repo":null},"base":{"repo":{"full_name":"octo/x"}}}}`))
	f.Add([]byte(`{"commits":[{"message":"one"},null,[{"message":"x"}]],"pages":[[]],"workflow_run":{"pull_requests":[{"number":1e9}]}}`))
	f.Add([]byte(`{"pull_request":{"head":{"repo":{"full_name":{}}},"base":{"repo":{"full_name":{}}}}}`))
	f.Add([]byte(`{"issue":{"number":-0.0,"title":["x"],"body":"\ud800"},"issue":null}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var e Event
		var payload map[string]any
		err := e.read(raw)
		if wrong := json.Unmarshal(raw, &payload); (wrong == nil) != (err == nil) {
			t.Fatalf("%v, but as JSON %v", err, wrong)
		}
		if e.Number < 0 || err != nil && !reflect.DeepEqual(e, Event{}) {
			t.Errorf("%+v, %v", e, err)
		}
		for _, text := range e.Texts {
			if v, err := expression(payload, text.Path); err != nil || v != text.Value || v == "" {
				t.Errorf("%+v is %#v, %v", text, v, err)
			}
		}
	})
}
