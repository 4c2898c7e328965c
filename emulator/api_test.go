package emulator

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	gh "github.com/google/go-github/v62/github"
)

// A hub is GitHub's API as the client that everybody uses sees it, and as plain
// HTTP does.
type hub struct {
	e      *Emulator
	url    string
	client *gh.Client
}

func serveAPI(t *testing.T, cfg Config) hub {
	t.Helper()
	e, url := listen(t, cfg)
	return hub{e, url, clientFor(t, url)}
}

// clientFor is a new client: one that met a rate limit sends nothing until that
// has passed.
func clientFor(t *testing.T, url string) *gh.Client {
	t.Helper()
	client, err := gh.NewClient(&http.Client{Transport: plain.Transport, CheckRedirect: plain.CheckRedirect}).WithAuthToken(APIToken).WithEnterpriseURLs(url+restPath, url)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// do sends a request with the token, unless header says otherwise.
func (h hub) do(t *testing.T, method, path, body string, header ...string) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, h.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+APIToken)
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return model{}.do(t, req)
}

func TestAPIFrontDoor(t *testing.T) {
	t.Parallel()
	h := serveAPI(t, Config{})
	const list = restPath + "/repos/octo-org/octo-repo/issues/7/comments"
	for _, c := range []struct {
		name, header, value string
		status              int
		body                string
	}{
		{"bearer", "Authorization", "Bearer " + APIToken, 200, "[]"},
		{"token", "Authorization", "token " + APIToken, 200, "[]"},
		{"none", "Authorization", "", 401, `{"message":"Requires authentication","documentation_url":"https://docs.github.com/rest/issues/comments#list-issue-comments","status":"401"}`},
		{"wrong", "Authorization", "Bearer ghs_x", 401, `{"message":"Bad credentials","documentation_url":"https://docs.github.com/rest","status":"401"}`},
		{"basic", "Authorization", "Basic " + APIToken, 401, `{"message":"Bad credentials","documentation_url":"https://docs.github.com/rest","status":"401"}`},
		{"no agent", "User-Agent", "", 403, strings.TrimSpace(noUserAgent)},
	} {
		for _, path := range []string{list, graphqlPath} {
			r := h.do(t, "GET", path, "", c.header, c.value)
			if path == list && (r.status != c.status || strings.TrimSpace(r.body) != c.body) {
				t.Errorf("%s: %d %s", c.name, r.status, r.body)
			}
			if path == graphqlPath && c.status != 200 && r.status != c.status {
				t.Errorf("%s: GraphQL answers %d %s", c.name, r.status, r.body)
			}
		}
	}
}

func TestAPINotFound(t *testing.T) {
	t.Parallel()
	h := serveAPI(t, Config{})
	for _, path := range []string{
		"GET /", "GET /repos/octo-org/missing", "GET /repos/o/r/issues/0/comments", "GET /repos/o/r/issues/-1/comments",
		"GET /repos/o/r/issues/x/comments", "POST /repos/o/r/issues/99999999999999999999/comments",
		"GET /repos/octo-org/missing/issues/1/comments", "POST /repos/Octo-Org/Missing/issues/1/comments",
		"GET /repos/o/r/issues/comments/1", "PATCH /repos/o/r/issues/comments/99999999999999999999", "DELETE /repos/o/r/issues/comments/1",
		"GET /repositories/99/issues/1/comments", "GET /repositories/99999999999999999999/issues/1/comments",
		"PUT /repos/o/r/issues/1/comments", "GET /users/a--b-", "GET /users/a%20b", "GET /repos/o/r/issues/comments/comments",
	} {
		method, path, _ := strings.Cut(path, " ")
		r := h.do(t, method, restPath+path, `{"body":"x"}`)
		if got := decode[apiError](t, r.body); r.status != 404 || got.Message != "Not Found" || got.Status != "404" || !strings.HasPrefix(got.DocumentationURL, restDocs) {
			t.Errorf("%s %s: %d %s", method, path, r.status, r.body)
		}
	}
	if h.e.conversation.comments != nil {
		t.Errorf("there are comments: %v", h.e.conversation.comments)
	}
}

func TestAPIHeaders(t *testing.T) {
	t.Parallel()
	h := serveAPI(t, Config{})
	const list = "/repos/o/r/issues/1/comments"
	for i, want := range []struct{ method, path, permission, used, pool string }{
		{"GET", restPath + list, mayRead, "1", "core"},
		{"POST", restPath + list, mayWrite, "2", "core"},
		{"GET", restPath + "/users/mona", "", "3", "core"},
		{"GET", restPath + "/rate_limit", "", "3", "core"},
		{"GET", restPath + "/nothing", "", "4", "core"},
		{"POST", graphqlPath, "", "1", "graphql"},
	} {
		r := h.do(t, want.method, want.path, `{"body":"x"}`)
		used, _ := strconv.Atoi(want.used)
		reset, err := strconv.ParseInt(r.header.Get("x-ratelimit-reset"), 10, 64)
		if err != nil || time.Until(time.Unix(reset, 0)) < time.Hour-time.Minute || time.Until(time.Unix(reset, 0)) > time.Hour {
			t.Errorf("%d: reset at %d, %v", i, reset, err)
		}
		for name, value := range map[string]string{
			"x-ratelimit-limit": "1000", "x-ratelimit-used": want.used, "x-ratelimit-remaining": strconv.Itoa(1000 - used),
			"x-ratelimit-resource": want.pool, "x-accepted-github-permissions": want.permission, "content-type": "application/json; charset=utf-8",
		} {
			if got := r.header.Get(name); got != value {
				t.Errorf("%d: %s is %q, not %q", i, name, got, value)
			}
		}
		if id := r.header.Get("x-github-request-id"); !regexp.MustCompile(`^([0-9A-F]+:){4}[0-9A-F]+$`).MatchString(id) {
			t.Errorf("%d: request id %q", i, id)
		}
	}
}

// The allowance ends with its thousandth request, and is back after an hour.
func TestAllowance(t *testing.T) {
	t.Parallel()
	e := fresh(t, Config{})
	synctest.Test(t, func(t *testing.T) {
		send := func(method, path string) *httptest.ResponseRecorder {
			r := httptest.NewRequest(method, path, strings.NewReader(`{"query":"{viewer{login}}"}`))
			r.Header.Set("Authorization", "Bearer "+APIToken)
			r.Header.Set("User-Agent", "test")
			w := httptest.NewRecorder()
			e.ServeHTTP(w, r)
			return w
		}
		start := time.Now()
		for _, c := range []struct {
			method, path string
			status       int
			part         string
		}{
			{"GET", restPath + "/users/mona", 403, `"message":"API rate limit exceeded for installation ID 12345678."`},
			{"POST", graphqlPath, 200, `{"errors":[{"code":"graphql_rate_limit","message":"API rate limit already exceeded for installation ID 12345678.","type":"RATE_LIMIT"}]}`},
		} {
			for range hourly {
				if w := send(c.method, c.path); w.Code != 200 || strings.Contains(w.Body.String(), "RATE_LIMIT") {
					t.Fatalf("%d %s", w.Code, w.Body)
				}
			}
			w := send(c.method, c.path)
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.part) || w.Header().Get("X-RateLimit-Remaining") != "0" {
				t.Errorf("%d %s %v", w.Code, w.Body, w.Header())
			}
			if got := w.Header().Get("X-RateLimit-Reset"); got != strconv.FormatInt(start.Add(time.Hour).Unix(), 10) {
				t.Errorf("reset at %s", got)
			}
			if w := send("GET", restPath+"/rate_limit"); w.Code != 200 {
				t.Errorf("rate_limit is not free: %d", w.Code)
			}
		}
		time.Sleep(time.Hour)
		if w := send("GET", restPath+"/users/mona"); w.Code != 200 || w.Header().Get("X-RateLimit-Remaining") != "999" {
			t.Errorf("after an hour: %d %v", w.Code, w.Header())
		}
	})
}

func TestUsers(t *testing.T) {
	t.Parallel()
	h := serveAPI(t, Config{})
	for login, want := range map[string]struct {
		id             int64
		kind, node, at string
	}{
		"github-actions[bot]": {41898282, "Bot", "MDM6Qm90NDE4OTgyODI=", "/apps/github-actions"},
		"octocat":             {583231, "User", "MDQ6VXNlcjU4MzIzMQ==", "/octocat"},
	} {
		u, _, err := h.client.Users.Get(t.Context(), login)
		if err != nil || u.GetLogin() != login || u.GetID() != want.id || u.GetType() != want.kind || u.GetNodeID() != want.node || u.GetHTMLURL() != h.url+want.at {
			t.Errorf("%s: %v, %v", login, u, err)
		}
	}
	mona, _, err := h.client.Users.Get(t.Context(), "mona")
	again, _, _ := h.client.Users.Get(t.Context(), "Mona")
	if err != nil || mona.GetID() == 0 || mona.GetID() != again.GetID() {
		t.Errorf("%v, %v, %v", mona, again, err)
	}
	_, _, err = h.client.Users.Get(t.Context(), "")
	if no, ok := errors.AsType[*gh.ErrorResponse](err); !ok || no.Response.StatusCode != 403 || no.Message != "Resource not accessible by integration" {
		t.Errorf("the current user: %v", err)
	}
	limits, _, err := h.client.RateLimit.Get(t.Context())
	if err != nil || limits.GetCore().Limit != 1000 || limits.GetCore().Remaining != 995 || limits.GetGraphQL().Remaining != 1000 {
		t.Errorf("%v, %v", limits, err)
	}
}

func FuzzReadComment(f *testing.F) {
	for _, seed := range []string{`{"body":"x"}`, `{"body":null}`, `{"body":1}`, `{}`, `[]`, `null`, `{"body":" \n"}`, `{"body":"\ud83c"}`, "{\"body\":\"\xff\"}", `{"body":"x"}{`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		body, no, ok := readComment(httptest.NewRequest("POST", "/", strings.NewReader(string(raw))))
		if !ok {
			if no.status != 400 && no.status != 422 || no.body.(apiError).Message == "" {
				t.Errorf("%+v", no)
			}
			return
		}
		var sent struct{ Body string }
		if err := json.Unmarshal(raw, &sent); err != nil || strings.TrimSpace(body) == "" || units(body) > maxComment {
			t.Errorf("took %q from %q, %v", body, raw, err)
		}
	})
}

// The body reader does not read more than it may.
func TestLargeBody(t *testing.T) {
	t.Parallel()
	endless := io.LimitReader(zeros{}, maxBody+10)
	if _, no, ok := readObject(httptest.NewRequest("POST", "/", endless)); ok || no.status != 400 {
		t.Errorf("%v %+v", ok, no)
	}
	if n, _ := endless.Read(make([]byte, 20)); n != 10 {
		t.Errorf("%d bytes are left, not 10", n)
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { return len(b), nil }
