package emulator

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	gh "github.com/google/go-github/v62/github"
)

const onSeven = restPath + "/repos/octo-org/octo-repo/issues/7/comments"

func TestAPIFaults(t *testing.T) {
	t.Parallel()
	h := serveAPI(t, Config{})
	for code, want := range map[string]struct {
		status       int
		part         string
		header, says string
	}{
		"401":           {401, `{"message":"Bad credentials"`, "", ""},
		"403":           {403, `{"message":"Resource not accessible by integration"`, "X-Accepted-GitHub-Permissions", "issues=write; pull_requests=write"},
		"404":           {404, `{"message":"Not Found"`, "", ""},
		"500":           {500, `{"message":"Server Error"`, "", ""},
		"502":           {502, "<title>Unicorn! &middot; GitHub</title>", "Content-Type", "text/html; charset=utf-8"},
		"lost":          {502, "<title>Unicorn! &middot; GitHub</title>", "Content-Type", "text/html; charset=utf-8"},
		"secondary":     {403, `{"message":"You have exceeded a secondary rate limit. Please wait`, "Retry-After", "1"},
		"secondary-429": {429, `{"message":"You have exceeded a secondary rate limit. Please wait`, "Retry-After", "1"},
		"primary":       {403, `{"message":"API rate limit exceeded for installation ID 12345678."`, "X-RateLimit-Remaining", "0"},
		"primary-hour":  {403, `{"message":"API rate limit exceeded for installation ID 12345678."`, "X-RateLimit-Remaining", "0"},
		"garbage":       {200, "<!DOCTYPE html>", "Content-Type", "text/html; charset=utf-8"},
		"redirect":      {307, "", "Location", h.url + "/elsewhere"},
	} {
		for _, request := range []struct{ suffix, method, path string }{{"", "GET", onSeven}, {"-write", "POST", onSeven}, {"-graphql", "POST", graphqlPath}} {
			fail(t, h.e, "api", code+request.suffix)
			r := h.do(t, request.method, request.path, `{"body":"x","query":"{viewer{login}}"}`)
			if request.suffix == "-graphql" && strings.HasPrefix(code, "primary") {
				want.status, want.part = 200, `{"errors":[{"code":"graphql_rate_limit"`
			}
			if r.status != want.status || !strings.Contains(r.body, want.part) || r.header.Get(want.header) != want.says {
				t.Errorf("%s%s: %d %s %v", code, request.suffix, r.status, r.body, r.header)
			}
		}
	}
	fail(t, h.e, "api", "reset")
	if r := h.do(t, "GET", onSeven, ""); r.err == nil {
		t.Errorf("reset: %d %s", r.status, r.body)
	}
	if r := h.do(t, "POST", onSeven, `{"body":"x"}`); r.status != 201 {
		t.Errorf("after all faults: %d %s", r.status, r.body)
	}
	if have := len(apiFaults()); have != 3*13+2 {
		t.Errorf("%d faults: some are not tested", have)
	}
}

// Faults of writing let reading pass, those of GraphQL let REST pass.
func TestAPIFaultQueues(t *testing.T) {
	t.Parallel()
	h := serveAPI(t, Config{})
	for _, code := range []string{"422", "403-write", "graphql-error", "502-graphql"} {
		fail(t, h.e, "api", code)
	}
	for i, want := range []struct {
		method, path string
		status       int
		part         string
	}{
		{"GET", onSeven, 200, "[]"},
		{"POST", onSeven, 422, `"message":"Body is too long (maximum is 65536 characters)","resource":"IssueComment"}]`},
		{"POST", graphqlPath, 200, `"message":"Resource not accessible by integration","path":["viewer"],"type":"FORBIDDEN"}]}`},
		{"PATCH", restPath + "/repos/o/r/issues/comments/1", 403, inaccessible},
		{"POST", onSeven, 201, `"body":"x"`},
		{"POST", graphqlPath, 502, "Unicorn"},
		{"POST", graphqlPath, 200, `"login":"github-actions[bot]"`},
	} {
		if r := h.do(t, want.method, want.path, `{"body":"x","query":"{viewer{login}}"}`); r.status != want.status || !strings.Contains(r.body, want.part) {
			t.Errorf("%d: %d %s", i, r.status, r.body)
		}
	}
}

// A lost answer is one to a request that was carried out.
func TestLost(t *testing.T) {
	t.Parallel()
	h := serveAPI(t, Config{})
	fail(t, h.e, "api", "lost-write")
	if r := h.do(t, "POST", onSeven, `{"body":"x"}`); r.status != 502 || r.header.Get("Location") != "" {
		t.Errorf("%d %v", r.status, r.header)
	}
	if got := h.e.CommentsOn("octo-org/octo-repo", 7); len(got) != 1 {
		t.Fatalf("%+v", got)
	}
	fail(t, h.e, "api", "lost")
	if r := hide(t, h, h.e.conversation.comments[0].nodeID()); r.status != 502 {
		t.Errorf("%d %s", r.status, r.body)
	}
	if got := h.e.CommentsOn("octo-org/octo-repo", 7); !got[0].Minimized {
		t.Errorf("%+v", got)
	}
}

func TestPrimaryResets(t *testing.T) {
	t.Parallel()
	h := serveAPI(t, Config{})
	for code, want := range map[string]time.Duration{"primary": time.Second, "primary-hour": time.Hour} {
		fail(t, h.e, "api", code)
		before := time.Now().Add(want).Unix()
		r := h.do(t, "GET", onSeven, "")
		reset, err := strconv.ParseInt(r.header.Get("X-RateLimit-Reset"), 10, 64)
		if err != nil || reset < before || reset > time.Now().Add(want).Unix() || r.header.Get("X-RateLimit-Used") != "1000" {
			t.Errorf("%s: reset at %d, %v", code, reset, err)
		}
		if r := h.do(t, "GET", onSeven, ""); r.status != 200 || r.header.Get("X-RateLimit-Remaining") == "0" {
			t.Errorf("after %s: %d %v", code, r.status, r.header)
		}
	}
}

// An independent client tells the faults apart.
func TestAPIFaultsInClient(t *testing.T) {
	t.Parallel()
	h := serveAPI(t, Config{})
	list := func(code string) error {
		fail(t, h.e, "api", code)
		_, _, err := clientFor(t, h.url).Issues.ListComments(t.Context(), "octo-org", "octo-repo", 7, nil)
		return err
	}
	err := list("primary-hour")
	if limited, ok := errors.AsType[*gh.RateLimitError](err); !ok || limited.Rate.Limit != 1000 || time.Until(limited.Rate.Reset.Time) < 59*time.Minute {
		t.Errorf("primary-hour: %v", err)
	}
	err = list("secondary")
	if limited, ok := errors.AsType[*gh.AbuseRateLimitError](err); !ok || limited.GetRetryAfter() != time.Second {
		t.Errorf("secondary: %v", err)
	}
	for code, want := range map[string]int{"401": 401, "403": 403, "404": 404, "500": 500, "502": 502, "secondary-429": 429} {
		if err := list(code); status(err) != want {
			t.Errorf("%s: %v", code, err)
		}
	}
	for _, code := range []string{"garbage", "reset"} {
		if err := list(code); err == nil {
			t.Errorf("%s: no error", code)
		}
	}
	fail(t, h.e, "api", "422")
	_, _, err = h.client.Issues.CreateComment(t.Context(), "octo-org", "octo-repo", 7, &gh.IssueComment{Body: new("x")})
	if no, ok := errors.AsType[*gh.ErrorResponse](err); !ok || len(no.Errors) != 1 || no.Errors[0].Code != "unprocessable" || no.Errors[0].Message != "Body is too long (maximum is 65536 characters)" {
		t.Errorf("422: %v", err)
	}
}
