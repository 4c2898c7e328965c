package emulator

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	gh "github.com/google/go-github/v62/github"
)

// planted is n comments of mona on pull request 7.
func planted(n int) (all []Comment) {
	for i := range n {
		all = append(all, Comment{Number: 7, Author: "mona", Body: fmt.Sprint("planted ", i+1)})
	}
	return all
}

func TestCommentLife(t *testing.T) {
	t.Parallel()
	h := serveAPI(t, Config{})
	issues, ctx := h.client.Issues, t.Context()
	made, resp, err := issues.CreateComment(ctx, "octo-org", "octo-repo", 7, &gh.IssueComment{Body: new("Hello")})
	if err != nil || resp.StatusCode != http.StatusCreated || resp.Header.Get("Location") != made.GetURL() {
		t.Fatalf("%v, %v", resp, err)
	}
	id := made.GetID()
	if id != firstComment || made.GetUser().GetLogin() != "github-actions[bot]" || made.GetUser().GetType() != "Bot" || made.GetUser().GetID() != 41898282 ||
		made.GetURL() != fmt.Sprintf("%s/api/v3/repos/octo-org/octo-repo/issues/comments/%d", h.url, id) ||
		made.GetHTMLURL() != fmt.Sprintf("%s/octo-org/octo-repo/pull/7#issuecomment-%d", h.url, id) ||
		made.GetIssueURL() != h.url+"/api/v3/repos/octo-org/octo-repo/issues/7" || made.GetNodeID() != "IC_kwDOAAAASs8AAAABKgXyAQ" ||
		made.GetAuthorAssociation() != "NONE" || time.Since(made.GetCreatedAt().Time) > time.Minute || made.GetReactions().GetTotalCount() != 0 {
		t.Errorf("%v", made)
	}
	changed, _, err := issues.EditComment(ctx, "octo-org", "octo-repo", id, &gh.IssueComment{Body: new("Hello again")})
	if err != nil || changed.GetBody() != "Hello again" || changed.GetID() != id {
		t.Errorf("%v, %v", changed, err)
	}
	got, _, err := issues.GetComment(ctx, "Octo-Org", "OCTO-repo", id)
	if err != nil || got.GetBody() != "Hello again" || got.GetURL() != made.GetURL() {
		t.Errorf("%v, %v", got, err)
	}
	if _, _, err = issues.GetComment(ctx, "octo-org", "other", id); status(err) != 404 {
		t.Errorf("through another repository: %v", err)
	}
	if resp, err := issues.DeleteComment(ctx, "octo-org", "octo-repo", id); err != nil || resp.StatusCode != http.StatusNoContent {
		t.Errorf("%v, %v", resp, err)
	}
	if _, err := issues.DeleteComment(ctx, "octo-org", "octo-repo", id); status(err) != 404 {
		t.Errorf("deleted twice: %v", err)
	}
	next, _, err := issues.CreateComment(ctx, "octo-org", "octo-repo", 7, &gh.IssueComment{Body: new("Next")})
	if err != nil || next.GetID() != id+1 {
		t.Errorf("an id came twice: %v, %v", next, err)
	}
}

// status is that of the refusal that err is, or 0.
func status(err error) int {
	if no, ok := errors.AsType[*gh.ErrorResponse](err); ok {
		return no.Response.StatusCode
	}
	return 0
}

func TestCommentsOfOthers(t *testing.T) {
	t.Parallel()
	h := serveAPI(t, Config{
		Subject:  "repo:mona/site:pull_request",
		Comments: []Comment{{Number: 7, Author: "mallory", Body: "forged", Minimized: true, ID: 3}, {Number: 7, Body: "ours"}, {Repo: "o/r", Number: 7, Author: "mallory", Body: "elsewhere"}},
	})
	want := []Comment{
		{Repo: "mona/site", Number: 7, ID: firstComment, Author: "mallory", Body: "forged", Minimized: true},
		{Repo: "mona/site", Number: 7, ID: firstComment + 1, Author: viewer, Body: "ours"},
	}
	if got := h.e.CommentsOn("Mona/Site", 7); !slices.Equal(got, want) {
		t.Fatalf("%+v", got)
	}
	ctx := t.Context()
	_, _, err := h.client.Issues.EditComment(ctx, "mona", "site", firstComment, &gh.IssueComment{Body: new("mine now")})
	if status(err) != 403 || !strings.Contains(err.Error(), inaccessible) {
		t.Errorf("editing: %v", err)
	}
	if resp, err := h.client.Issues.DeleteComment(ctx, "mona", "site", firstComment); status(err) != 403 || resp.Header.Get("X-Accepted-GitHub-Permissions") != mayWrite {
		t.Errorf("deleting: %v", err)
	}
	if got := h.e.CommentsOn("mona/site", 7); !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
	if got := h.e.CommentsOn("mona/site", 8); got != nil {
		t.Errorf("%+v", got)
	}
}

func TestCommentBodies(t *testing.T) {
	t.Parallel()
	h := serveAPI(t, Config{Comments: []Comment{{Number: 7, Body: "ours"}}})
	validation := func(why string) string {
		return `{"message":"Validation Failed","errors":[{"code":"unprocessable","field":"data","message":"` + why + `","resource":"IssueComment"}],"documentation_url":`
	}
	const max = maxComment
	for body, want := range map[string]struct {
		status int
		part   string
	}{
		`{"body":"` + strings.Repeat("a", max) + `"}`:    {0, ""},
		`{"body":"` + strings.Repeat("🌈", max/2) + `"}`:  {0, ""},
		`{"body":"` + strings.Repeat("é", max) + `"}`:    {0, ""},
		`{"body":"` + strings.Repeat("a", max+1) + `"}`:  {422, validation("Body is too long (maximum is 65536 characters)")},
		`{"body":"` + strings.Repeat("🌈", max/2) + `a"}`: {422, validation("Body is too long (maximum is 65536 characters)")},
		`{"body":" \n\t"}`: {422, validation("Body cannot be blank")},
		`{"body":""}`:      {422, validation("Body cannot be blank")},
		`{}`:               {422, `{"message":"Invalid request.\n\n\"body\" wasn't supplied.","documentation_url":`},
		`{"body":null}`:    {422, `{"message":"Invalid request.\n\nFor 'properties/body', nil is not a string.","documentation_url":`},
		`{"body":1}`:       {422, `{"message":"Invalid request.\n\nFor 'properties/body', 1 is not a string.","documentation_url":`},
		`{"body":`:         {400, `{"message":"Problems parsing JSON","documentation_url":`},
		`[]`:               {400, `{"message":"Body should be a JSON object","documentation_url":`},
	} {
		for method, where := range map[string]struct {
			path, docs string
			status     int
		}{
			"POST":  {"7/comments", "create-an-issue-comment", 201},
			"PATCH": {fmt.Sprint("comments/", firstComment), "update-an-issue-comment", 200},
		} {
			r := h.do(t, method, restPath+"/repos/octo-org/octo-repo/issues/"+where.path, body)
			if want.status == 0 && r.status == where.status {
				continue
			}
			if r.status != want.status || !strings.HasPrefix(r.body, want.part+`"https://docs.github.com/rest/issues/comments#`+where.docs+`","status":"`) {
				t.Errorf("%s %.30s: %d %.300s", method, body, r.status, r.body)
			}
		}
	}
}

func TestPaging(t *testing.T) {
	t.Parallel()
	h := serveAPI(t, Config{Comments: planted(250)})
	for _, size := range []int{0, 1, 7, 30, 100} {
		opts := &gh.IssueListCommentsOptions{ListOptions: gh.ListOptions{PerPage: size}}
		var got []string
		for {
			list, resp, err := h.client.Issues.ListComments(t.Context(), "octo-org", "octo-repo", 7, opts)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range list {
				got = append(got, c.GetBody())
			}
			if opts.Page = resp.NextPage; opts.Page == 0 {
				break
			}
		}
		for i, body := range got {
			if body != fmt.Sprint("planted ", i+1) {
				t.Fatalf("%d a page: comment %d is %q", size, i+1, body)
			}
		}
		if len(got) != 250 {
			t.Errorf("%d a page: %d comments", size, len(got))
		}
	}
}

func TestLinkHeader(t *testing.T) {
	t.Parallel()
	h := serveAPI(t, Config{Comments: planted(250)})
	base := "<" + h.url + restPath + "/repositories/74/issues/7/comments?"
	for query, want := range map[string]struct {
		link  string
		first string
		n     int
	}{
		"":                      {base + `page=2>; rel="next", ` + base + `page=9>; rel="last"`, "planted 1", 30},
		"?per_page=100":         {base + `per_page=100&page=2>; rel="next", ` + base + `per_page=100&page=3>; rel="last"`, "planted 1", 100},
		"?per_page=100&page=2":  {base + `per_page=100&page=1>; rel="prev", ` + base + `per_page=100&page=3>; rel="next", ` + base + `per_page=100&page=3>; rel="last", ` + base + `per_page=100&page=1>; rel="first"`, "planted 101", 100},
		"?page=3&per_page=100":  {base + `page=2&per_page=100>; rel="prev", ` + base + `page=1&per_page=100>; rel="first"`, "planted 201", 50},
		"?page=7&per_page=100":  {base + `page=6&per_page=100>; rel="prev", ` + base + `page=3&per_page=100>; rel="last", ` + base + `page=1&per_page=100>; rel="first"`, "", 0},
		"?per_page=1000&a=%3E;": {base + `per_page=1000&a=%3E%3B&page=2>; rel="next", ` + base + `per_page=1000&a=%3E%3B&page=3>; rel="last"`, "planted 1", 100},
		"?page=0&per_page=x":    {base + `page=2&per_page=x>; rel="next", ` + base + `page=9&per_page=x>; rel="last"`, "planted 1", 30},
	} {
		r := h.do(t, "GET", restPath+"/repos/octo-org/octo-repo/issues/7/comments"+query, "")
		list := decode[[]*gh.IssueComment](t, r.body)
		if got := r.header.Get("Link"); got != want.link || r.status != 200 {
			t.Errorf("%s: %d\n%s\nwant\n%s", query, r.status, got, want.link)
		}
		if len(list) != want.n || want.n > 0 && list[0].GetBody() != want.first {
			t.Errorf("%s: %d comments, %v", query, len(list), list)
		}
	}
	for _, path := range []string{"/repos/octo-org/octo-repo/issues/8/comments", "/repos/octo-org/other/issues/7/comments?page=2"} {
		if r := h.do(t, "GET", restPath+path, ""); r.header.Get("Link") != "" || r.body != "[]\n" {
			t.Errorf("%s: %s %v", path, r.body, r.header)
		}
	}
}

// A client that follows the links comes through as well.
func TestFollowLinks(t *testing.T) {
	t.Parallel()
	h := serveAPI(t, Config{Comments: planted(61)})
	seen, next := 0, restPath+"/repos/octo-org/octo-repo/issues/7/comments"
	for next != "" {
		r := h.do(t, "GET", next, "")
		seen += len(decode[[]any](t, r.body))
		address, _, found := strings.Cut(r.header.Get("Link"), `>; rel="next"`)
		if !found {
			break
		}
		u, err := url.Parse(address[strings.LastIndex(address, "<")+1:])
		if err != nil {
			t.Fatal(err)
		}
		next = u.RequestURI()
	}
	if seen != 61 {
		t.Errorf("%d comments", seen)
	}
}

func TestCommentTimes(t *testing.T) {
	t.Parallel()
	keys, err := testKeys()
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		e := assemble(Config{Comments: []Comment{{Number: 1, Body: "x"}}}, keys.github, keys.entra)
		time.Sleep(time.Minute)
		r := httptest.NewRequest("PATCH", fmt.Sprint(restPath, "/repos/octo-org/octo-repo/issues/comments/", firstComment), strings.NewReader(`{"body":"y"}`))
		r.Header.Set("Authorization", "Bearer "+APIToken)
		r.Header.Set("User-Agent", "test")
		w := httptest.NewRecorder()
		e.ServeHTTP(w, r)
		if !strings.Contains(w.Body.String(), `"created_at":"2000-01-01T00:00:00Z"`) || !strings.Contains(w.Body.String(), `"updated_at":"2000-01-01T00:01:00Z"`) {
			t.Error(w.Body)
		}
	})
}

// Many clients at once: no comment is lost, no id given twice.
func TestCommentsConcurrently(t *testing.T) {
	t.Parallel()
	h := serveAPI(t, Config{})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 8 {
				made := h.do(t, "POST", fmt.Sprintf("%s/repos/o/r%d/issues/1/comments", restPath, i%3), `{"body":"x"}`)
				c := decode[gh.IssueComment](t, made.body)
				at := strings.TrimPrefix(c.GetURL(), h.url)
				h.do(t, "PATCH", at, `{"body":"y"}`)
				hide(t, h, c.GetNodeID())
				h.do(t, "GET", restPath+"/repos/o/r0/issues/1/comments", "")
				h.e.CommentsOn("o/r0", 1)
			}
		})
	}
	wg.Wait()
	ids := map[int64]bool{}
	for i := range 3 {
		for _, c := range h.e.CommentsOn(fmt.Sprint("o/r", i), 1) {
			if ids[c.ID] = true; c.Body != "y" || !c.Minimized {
				t.Errorf("%+v", c)
			}
		}
	}
	if len(ids) != 64 {
		t.Errorf("%d comments", len(ids))
	}
}
