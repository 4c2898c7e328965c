package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/keyless-inference/action/wire"
)

const (
	testToken = "ghs_0123456789abcdefghijklmnop"
	bot       = "github-actions[bot]"
)

// A remark is a comment on a fake GitHub.
type remark struct {
	ID     int64  `json:"id"`
	Node   string `json:"node_id"`
	Body   string `json:"body"`
	URL    string `json:"html_url"`
	User   person `json:"user"`
	hidden bool
}

type person struct {
	Login string `json:"login"`
	Type  string `json:"type"`
}

// A fault spoils one request of a kind.
type fault struct {
	on     string // the first word of the request as it is logged
	status int    // 0: the connection breaks
	header http.Header
	body   string
	late   bool    // the request has its effect before
	beside *remark // appears at the same time
}

// A fake is as much of GitHub as the comments of o/r#7 need.
type fake struct {
	t        testing.TB
	mu       sync.Mutex
	remarks  []*remark
	next     int64
	requests []string
	faults   []fault
	viewer   string
}

func newFake(t testing.TB, remarks ...*remark) *fake {
	f := &fake{t: t, next: 900, viewer: bot}
	for i, r := range remarks {
		if r.ID == 0 {
			r.ID = int64(11 + i)
		}
		r.Node, r.URL = fmt.Sprint("IC_", r.ID), fmt.Sprint("https://github.com/o/r/issues/7#issuecomment-", r.ID)
	}
	f.remarks = remarks
	return f
}

// by is a comment of somebody.
func by(login, kind, body string) *remark {
	return &remark{Body: body, User: person{login, kind}}
}

// mine is a comment that an earlier run made.
func mine(text string, part int) *remark { return by(bot, "Bot", text+marker("h", part)) }

func (f *fake) api() *GitHub {
	return &GitHub{Token: testToken, Repository: "o/r", Do: f.do}
}

func (f *fake) do(r *http.Request) (*http.Response, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if r.URL.Host != "api.github.com" || r.Header.Get("Authorization") != "Bearer "+testToken {
		f.t.Errorf("%s %s, Authorization %q", r.Method, r.URL, r.Header.Get("Authorization"))
	}
	sent := map[string]any{}
	if r.Body != nil {
		if err := json.NewDecoder(r.Body).Decode(&sent); err != nil {
			f.t.Error(err)
		}
	}
	name, act := f.route(r, sent)
	f.requests = append(f.requests, name)
	if i := slices.IndexFunc(f.faults, func(x fault) bool { return strings.HasPrefix(name, x.on) }); i >= 0 {
		x := f.faults[i]
		f.faults = slices.Delete(f.faults, i, i+1)
		if x.late {
			act()
		}
		if x.beside != nil {
			f.remarks = append(f.remarks, x.beside)
		}
		if x.status == 0 {
			return nil, fmt.Errorf("read tcp: %w", io.ErrUnexpectedEOF)
		}
		return reply(r, x.status, x.header, x.body), nil
	}
	status, header, body := act()
	text, _ := json.Marshal(body)
	return reply(r, status, header, string(text)), nil
}

func reply(r *http.Request, status int, header http.Header, body string) *http.Response {
	if header == nil {
		header = http.Header{}
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body)), Request: r}
}

// route returns a request as it is logged and what it does.
func (f *fake) route(r *http.Request, sent map[string]any) (name string, act func() (int, http.Header, any)) {
	const base = "/repos/o/r/issues/"
	id, _ := strconv.ParseInt(strings.TrimPrefix(r.URL.Path, base+"comments/"), 10, 64)
	body, _ := sent["body"].(string)
	switch r.Method + " " + r.URL.Path {
	case "GET " + base + "7/comments":
		page, _ := strconv.Atoi(r.URL.Query().Get("page"))
		return fmt.Sprint("list ", page), func() (int, http.Header, any) { return f.list(r, page) }
	case "POST " + base + "7/comments":
		return "create", func() (int, http.Header, any) { return f.create(body) }
	case "PATCH " + base + "comments/" + fmt.Sprint(id):
		return fmt.Sprint("edit ", id), func() (int, http.Header, any) { return f.edit(id, body) }
	case "DELETE " + base + "comments/" + fmt.Sprint(id):
		return fmt.Sprint("delete ", id), func() (int, http.Header, any) { return f.remove(id) }
	case "POST /graphql":
		return f.graphql(sent)
	}
	f.t.Errorf("unexpected: %s %s", r.Method, r.URL)
	return "unexpected", func() (int, http.Header, any) { return 404, nil, nil }
}

func (f *fake) list(r *http.Request, page int) (int, http.Header, any) {
	if r.URL.Query().Get("per_page") != "100" {
		f.t.Errorf("%s: pages are not of 100", r.URL)
	}
	header := http.Header{}
	from, to := min((page-1)*100, len(f.remarks)), min(page*100, len(f.remarks))
	if to < len(f.remarks) {
		header.Set("Link", fmt.Sprintf(`<https://api.github.com/repositories/1/issues/7/comments?per_page=100&page=%d>; rel="next"`, page+1))
	}
	return 200, header, append([]*remark{}, f.remarks[from:to]...)
}

func (f *fake) create(body string) (int, http.Header, any) {
	f.next++
	made := by(bot, "Bot", body)
	made.ID, made.Node, made.URL = f.next, fmt.Sprint("IC_", f.next), fmt.Sprint("https://github.com/o/r/issues/7#issuecomment-", f.next)
	f.remarks = append(f.remarks, made)
	return 201, nil, made
}

func (f *fake) find(id int64) int {
	i := slices.IndexFunc(f.remarks, func(r *remark) bool { return r.ID == id })
	if i >= 0 && f.remarks[i].User.Login != f.viewer {
		f.t.Errorf("comment %d is somebody else's", id)
	}
	return i
}

func (f *fake) edit(id int64, body string) (int, http.Header, any) {
	i := f.find(id)
	if i < 0 {
		return 404, nil, map[string]string{"message": "Not Found"}
	}
	f.remarks[i].Body = body
	return 200, nil, f.remarks[i]
}

func (f *fake) remove(id int64) (int, http.Header, any) {
	i := f.find(id)
	if i < 0 {
		return 404, nil, map[string]string{"message": "Not Found"}
	}
	f.remarks = slices.Delete(f.remarks, i, i+1)
	return 204, nil, nil
}

func (f *fake) graphql(sent map[string]any) (name string, act func() (int, http.Header, any)) {
	variables := sent["variables"].(map[string]any)
	if id, ok := variables["id"].(string); ok {
		if !strings.Contains(sent["query"].(string), "classifier:OUTDATED") {
			f.t.Error("not hidden as outdated")
		}
		number, _ := strconv.ParseInt(strings.TrimPrefix(id, "IC_"), 10, 64)
		return "hide " + strings.TrimPrefix(id, "IC_"), func() (int, http.Header, any) {
			f.remarks[f.find(number)].hidden = true
			return 200, nil, map[string]any{"data": map[string]any{}}
		}
	}
	ids := variables["ids"].([]any)
	return fmt.Sprint("whose ", len(ids)), func() (int, http.Header, any) {
		nodes := make([]any, len(ids))
		for i, id := range ids {
			for _, r := range f.remarks {
				if r.Node == id {
					nodes[i] = map[string]any{"id": id, "isMinimized": r.hidden}
				}
			}
		}
		return 200, nil, map[string]any{"data": map[string]any{"viewer": map[string]string{"login": f.viewer}, "nodes": nodes}}
	}
}

// show is the comments that are there, with the part that the marker tells.
func (f *fake) show() string {
	var all []string
	for _, r := range f.remarks {
		text, _, part, _ := unmarked(r.Body)
		one := fmt.Sprintf("%d:%s/%d", r.ID, strings.ReplaceAll(text, "\n", "~"), part)
		if r.hidden {
			one += " hidden"
		}
		all = append(all, one)
	}
	return strings.Join(all, ", ")
}

func (f *fake) log() string { return strings.Join(f.requests, ", ") }

// problem asserts that err is one, without the token.
func problem(t *testing.T, err error, words ...string) *wire.Problem {
	t.Helper()
	var p *wire.Problem
	if !errors.As(err, &p) {
		t.Fatalf("no problem: %v", err)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q is not in:\n%v", w, err)
		}
	}
	if strings.Contains(err.Error(), testToken) || strings.Contains(err.Error(), "{") {
		t.Errorf("a token or a placeholder is in:\n%v", err)
	}
	if p.What == "" || p.Why == "" || p.Fix == "" || strings.Contains(p.What, "\n") {
		t.Errorf("%+v", p)
	}
	return p
}
