package report

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/keyless-inference/action/wire"
)

// post posts "a", or does what else mode asks for, and returns how
// long that took.
func post(t *testing.T, g *GitHub, mode string) (Posted, time.Duration, error) {
	t.Helper()
	start := time.Now()
	posted, err := g.Post(t.Context(), Comment{Number: 7, Header: "h", Mode: mode, Parts: []string{"a"}})
	return posted, time.Since(start), err
}

func header(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h.Set(pairs[i], pairs[i+1])
	}
	return h
}

// in is the reset of a primary limit that is so far away.
func in(d time.Duration) string { return fmt.Sprint(time.Now().Add(d).Unix()) }

const secondaryLimit = `{"message":"You have exceeded a secondary rate limit.","documentation_url":"https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"}`

// What passes is tried again, as late as GitHub asks for.
func TestRetries(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		faults    func() []fault
		requests  string
		low, high time.Duration
	}{
		"502 while listing": {
			func() []fault { return []fault{{on: "list", status: 502}, {on: "list", status: 503}} },
			"list 1, list 1, list 1, whose 1, edit 11", 1500 * time.Millisecond, 3 * time.Second,
		},
		"a broken connection": {
			func() []fault { return []fault{{on: "whose"}, {on: "edit"}} },
			"list 1, whose 1, whose 1, edit 11, edit 11", time.Second, 2 * time.Second,
		},
		"Retry-After of a busy server": {
			func() []fault {
				return []fault{{on: "edit", status: 503, header: header("Retry-After", "20")}, {on: "edit", status: 503, header: header("Retry-After", "20")}}
			},
			"list 1, whose 1, edit 11, edit 11, edit 11", 40 * time.Second, 44 * time.Second,
		},
		"primary limit, 403": {
			func() []fault {
				return []fault{{on: "list", status: 403, header: header("X-RateLimit-Limit", "1000", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", in(30*time.Second))}}
			},
			"list 1, list 1, whose 1, edit 11", 31 * time.Second, 35 * time.Second,
		},
		"primary limit, 429": {
			func() []fault {
				return []fault{{on: "edit", status: 429, header: header("X-RateLimit-Remaining", "0", "X-RateLimit-Reset", in(30*time.Second))}}
			},
			"list 1, whose 1, edit 11, edit 11", 31 * time.Second, 35 * time.Second,
		},
		"a reset that is over": {
			func() []fault {
				return []fault{{on: "list", status: 403, header: header("X-RateLimit-Remaining", "0", "X-RateLimit-Reset", in(-time.Hour))}}
			},
			"list 1, list 1, whose 1, edit 11", time.Second, 1100 * time.Millisecond,
		},
		"secondary limit with advice": {
			func() []fault {
				return []fault{{on: "edit", status: 403, header: header("Retry-After", "7"), body: secondaryLimit}}
			},
			"list 1, whose 1, edit 11, edit 11", 7 * time.Second, 8 * time.Second,
		},
		"secondary limit without advice, beside a primary reset in an hour that means nothing": {
			func() []fault {
				return []fault{{on: "edit", status: 403, header: header("X-RateLimit-Remaining", "900", "X-RateLimit-Reset", in(time.Hour)), body: secondaryLimit}}
			},
			"list 1, whose 1, edit 11, edit 11", time.Minute, 66 * time.Second,
		},
		"429 without advice": {
			func() []fault { return []fault{{on: "edit", status: 429}} },
			"list 1, whose 1, edit 11, edit 11", time.Minute, 66 * time.Second,
		},
		"GraphQL's rate limit": {
			func() []fault {
				return []fault{{
					on: "whose", status: 200, header: header("X-RateLimit-Remaining", "0", "X-RateLimit-Reset", in(10*time.Second)),
					body: `{"errors":[{"type":"RATE_LIMITED","message":"API rate limit exceeded"}]}`,
				}}
			},
			"list 1, whose 1, whose 1, edit 11", 11 * time.Second, 13 * time.Second,
		},
		"an accident within GraphQL": {
			func() []fault {
				return []fault{{on: "whose", status: 200, body: `{"data":null,"errors":[{"message":"Something went wrong"}]}`}}
			},
			"list 1, whose 1, whose 1, edit 11", 500 * time.Millisecond, time.Second,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFake(t, mine("x", 1))
				f.faults = c.faults()
				g, logged := f.api(), 0
				g.Log = func(string) { logged++ }
				posted, took, err := post(t, g, "")
				if err != nil || posted.ID != 11 || took < c.low || took > c.high {
					t.Errorf("%+v, %v after %v", posted, err, took)
				}
				if f.log() != c.requests || logged == 0 || len(f.faults) > 0 {
					t.Errorf("%d lines logged, asked for %s", logged, f.log())
				}
			})
		})
	}
}

// A comment whose making was not confirmed is looked for before it is made
// again.
func TestLostAnswers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		mode     string
		there    []*remark
		faults   []fault
		requests string
		left     string
	}{
		"made": {
			"", nil,
			[]fault{{on: "create", late: true}},
			"list 1, create, list 1, whose 1", "901:a/1",
		},
		"made, 502": {
			"", nil,
			[]fault{{on: "create", late: true, status: 502}},
			"list 1, create, list 1, whose 1", "901:a/1",
		},
		"not made": {
			"", nil,
			[]fault{{on: "create", status: 502}},
			"list 1, create, list 1, create", "901:a/1",
		},
		"made, and looking fails too": {
			"", nil,
			[]fault{{on: "create", late: true}, {on: "whose"}},
			"list 1, create, list 1, whose 1, list 1, whose 1", "901:a/1",
		},
		"refused, so not made": {
			"", nil,
			[]fault{{on: "create", status: 429}},
			"list 1, create, create", "901:a/1",
		},
		"the old one, though it says the same, is not taken for the new one": {
			"recreate",
			[]*remark{mine("a", 1)},
			[]fault{{on: "create"}},
			"list 1, whose 1, create, list 1, whose 1, create, delete 11", "901:a/1",
		},
		"the new one beside the old one": {
			"recreate",
			[]*remark{mine("a", 1)},
			[]fault{{on: "create", late: true}},
			"list 1, whose 1, create, list 1, whose 2, delete 11", "901:a/1",
		},
		"somebody else wrote the same in between": {
			"",
			[]*remark{by("mona", "User", "a"+marker("h", 1))},
			[]fault{{on: "create"}},
			"list 1, whose 1, create, list 1, whose 1, create", "11:a/1, 901:a/1",
		},
		"another run made its own in between": {
			"", nil,
			[]fault{{on: "create", beside: &remark{ID: 20, Node: "IC_20", Body: "b" + marker("h", 1), User: person{bot, "Bot"}}}},
			"list 1, create, list 1, whose 1, create", "20:b/1, 901:a/1",
		},
		"deleted": {
			"delete",
			[]*remark{mine("a", 1)},
			[]fault{{on: "delete", late: true}},
			"list 1, whose 1, delete 11, delete 11", "",
		},
		"deleted by a person in between": {
			"",
			[]*remark{mine("x", 1)},
			[]fault{{on: "edit", status: 404}},
			"list 1, whose 1, edit 11, create", "11:x/1, 901:a/1",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFake(t, c.there...)
				f.faults = c.faults
				posted, _, err := post(t, f.api(), c.mode)
				if err != nil || posted.ID == 0 || f.log() != c.requests || f.show() != c.left {
					t.Errorf("%+v, %v: asked for %s; left %s", posted, err, f.log(), f.show())
				}
			})
		})
	}
}

// A wait beyond the deadline is not begun, and the error says until when.
func TestDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t, mine("x", 1))
		f.faults = []fault{{on: "edit", status: 403, header: header("X-RateLimit-Remaining", "0", "X-RateLimit-Reset", in(time.Hour))}}
		g := f.api()
		g.Timeout = 90 * time.Second
		_, took, err := post(t, g, "")
		var wait *wire.WaitError
		if took != 0 || !errors.As(err, &wait) || wait.Left != 90*time.Second {
			t.Errorf("%v after %v", err, took)
		}
		problem(t, err, "o/r#7", "editing the comment: the token's hourly rate limit is used up (HTTP 403)",
			"wait until 2000-01-01T01:00:01Z", "Only 1m30s were left")
	})
}

// A server that never answers costs requestTimeout an attempt and the deadline
// altogether.
func TestSilence(t *testing.T) {
	t.Parallel()
	silent := func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	synctest.Test(t, func(t *testing.T) {
		_, took, err := post(t, &GitHub{Token: testToken, Repository: "o/r", Do: silent}, "")
		if took != 2*time.Minute {
			t.Errorf("%v", took)
		}
		problem(t, err, "listing the comments: the time for it is over")
	})
	synctest.Test(t, func(t *testing.T) {
		_, took, err := post(t, &GitHub{Token: testToken, Repository: "o/r", Do: silent, Attempts: 2}, "")
		if took < time.Minute || took > 62*time.Second {
			t.Errorf("%v", took)
		}
		problem(t, err, "there is no answer from api.github.com (2 attempts)", "no answer within 30s")
	})
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		_, err := (&GitHub{Token: testToken, Repository: "o/r", Do: silent}).Post(ctx, Comment{Number: 7, Parts: []string{"a"}})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
	})
}

// What fails halfway tells of what is there.
func TestHalfway(t *testing.T) {
	t.Parallel()
	f := newFake(t, mine("x", 1))
	f.faults = []fault{{on: "create", status: 422, body: `{"message":"Validation Failed"}`}}
	posted, err := f.api().Post(t.Context(), Comment{Number: 7, Header: "h", Parts: []string{"a", "b"}})
	if posted.ID != 11 || posted.URL == "" || posted.Action != "" {
		t.Errorf("%+v", posted)
	}
	problem(t, err, "creating a comment: GitHub does not take the text (HTTP 422)")
}

// recreate keeps the old comment when the new one cannot be made.
func TestRecreateLosesNothing(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"recreate", "hide-and-recreate"} {
		f := newFake(t, mine("x", 1))
		f.faults = []fault{{on: "create", status: 403}}
		if _, err := f.api().Post(t.Context(), Comment{Number: 7, Header: "h", Mode: mode, Parts: []string{"a"}}); err == nil || f.show() != "11:x/1" {
			t.Errorf("%s: %v: %s", mode, err, f.show())
		}
	}
}

// Every kind of refusal has a remedy, and the row is filled in.
func TestExplained(t *testing.T) {
	t.Parallel()
	const accepted = "X-Accepted-GitHub-Permissions"
	for name, c := range map[string]struct {
		fault fault
		want  []string
	}{
		"401": {
			fault{status: 401, body: `{"message":"Bad credentials"}`},
			[]string{"GitHub does not accept the token (HTTP 401)", "GitHub's words: Bad credentials.", "github-token"},
		},
		"403 with the permission": {
			fault{status: 403, header: header(accepted, "pull_requests=write"), body: `{"message":"Resource not accessible by integration"}`},
			[]string{
				"not allowed to do that (HTTP 403)", "Resource not accessible by integration", "It takes a token with pull-requests: write.",
				"permissions:\n         pull-requests: write\n", "docs/forks.md", "Dependabot",
			},
		},
		"403 with alternatives": {
			fault{status: 403, header: header(accepted, "issues=write; pull_requests=write"), body: `{}`},
			[]string{"issues: write or pull-requests: write", "\n         issues: write # on an issue\n         pull-requests: write # on a pull request\n"},
		},
		"403 without the permission": {
			fault{status: 403, header: header(accepted, "x: y\nrun: z=evil"), body: `no JSON`},
			[]string{"permissions:\n         pull-requests: write # on a pull request\n         issues: write # on an issue\n"},
		},
		"locked": {
			fault{status: 403, body: `{"message":"Unable to create comment because issue is locked."}`},
			[]string{"the conversation is locked (HTTP 403)", "unlock the conversation of o/r#7"},
		},
		"blocked is not locked": {
			fault{status: 403, body: `{"message":"User is blocked"}`},
			[]string{"not allowed to do that"},
		},
		"404": {
			fault{status: 404, body: `{"message":"Not Found"}`},
			[]string{"there is no o/r#7 that the token can see (HTTP 404)", "comment-number"},
		},
		"410": {
			fault{status: 410, body: `{"message":"Issues are disabled for this repo"}`},
			[]string{"o/r#7 is gone (HTTP 410)", "Issues are disabled for this repo"},
		},
		"422": {
			fault{status: 422, body: `{"message":"Validation Failed","errors":[{"resource":"IssueComment","code":"unprocessable","field":"data","message":"Body is too long (maximum is 65536 characters)"}]}`},
			[]string{"GitHub does not take the text (HTTP 422)", "Body is too long (maximum is 65536 characters)"},
		},
		"301": {
			fault{status: 301, header: header("Location", "https://api.github.com/repositories/1/issues/7/comments")},
			[]string{"the repository was renamed or moved (HTTP 301)", "the token is not sent there"},
		},
		"307": {
			fault{status: 307, header: header("Location", "https://evil.example/")},
			[]string{"the repository was renamed or moved (HTTP 307)"},
		},
		"502": {
			fault{status: 502, body: `<html>Unicorn!</html>`},
			[]string{"GitHub is busy or disturbed (HTTP 502)", "githubstatus.com"},
		},
		"a primary limit": {
			fault{status: 403, header: header("X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "9223372036854775807")},
			[]string{"hourly rate limit is used up (HTTP 403)", "wait until 2100-01-01T00:00:0"},
		},
		"a secondary limit": {
			fault{status: 429, header: header("Retry-After", "86400"), body: secondaryLimit},
			[]string{"GitHub asks to slow down (secondary rate limit) (HTTP 429)", "You have exceeded a secondary rate limit"},
		},
		"another status": {
			fault{status: 451, body: `{"message":"Repository access blocked"}`},
			[]string{"GitHub refused (HTTP 451)", "Repository access blocked"},
		},
		"202": {
			fault{status: 202, body: `{}`},
			[]string{"is not GitHub's API (HTTP 202)"},
		},
		"a login page": {
			fault{status: 200, body: `<html>Sign in</html>`},
			[]string{"what api.github.com answers is not GitHub's API (HTTP 200)", "no proxy answers"},
		},
		"no answer": {
			fault{},
			[]string{"there is no answer from api.github.com", "unexpected EOF", "HTTPS_PROXY"},
		},
		"hostile words": {
			fault{status: 403, body: `{"message":"\u001b[31m` + testToken + `\n::set-output name=x::{place} \u202e eyJabc.def"}`},
			[]string{"GitHub's words: [31m[secret] ::set-output"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, mine("x", 1))
			c.fault.on = "list"
			f.faults = []fault{c.fault}
			g := f.api()
			g.Attempts = 1
			_, _, err := post(t, g, "")
			if name == "hostile words" { // which are quoted as they are
				if strings.ContainsAny(err.Error(), "\x1b\u202e") || strings.Contains(err.Error(), testToken) || strings.Contains(err.Error(), "eyJ") {
					t.Errorf("%q", err)
				}
				return
			}
			p := problem(t, err, c.want...)
			if !strings.HasPrefix(p.What, "commenting on o/r#7: listing the comments: ") || f.log() != "list 1" {
				t.Errorf("%v: %s", err, f.log())
			}
		})
	}
}

// GraphQL refuses with status 200.
func TestGraphQLRefusals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ on, body, want string }{
		{"whose", `{"errors":[{"type":"FORBIDDEN","message":"Resource not accessible by integration"}]}`, "asking whose comments these are: the token is not allowed"},
		{"whose", `{"errors":[{"type":"INSUFFICIENT_SCOPES","message":"no"}]}`, "permissions:\n         pull-requests: write # on a pull request"},
		{"hide", `{"data":{"minimizeComment":null},"errors":[{"type":"FORBIDDEN","message":"no"}]}`, "hiding the old comment: the token is not allowed"},
		{"hide", `{"errors":[{"type":"UNPROCESSABLE","message":"not that"}]}`, "UNPROCESSABLE not that"},
		{"whose", `{"data":{"viewer":null}}`, "is not GitHub's API"},
		{"whose", `{"data":{"viewer":{"login":"x"},"nodes":[]}}`, "is not GitHub's API"},
	} {
		f := newFake(t, mine("x", 1))
		f.faults = []fault{{on: c.on, status: 200, body: c.body}}
		_, _, err := post(t, f.api(), "hide")
		problem(t, err, c.want)
	}
	f := newFake(t, mine("x", 1), mine("y", 2))
	f.faults = []fault{
		{on: "whose", status: 200, body: `{"data":{"viewer":{"login":"` + bot + `"},"nodes":[null,{"id":"IC_12","isMinimized":false}]},"errors":[{"type":"NOT_FOUND","message":"gone","path":["nodes",0]}]}`},
		{on: "hide", status: 200, body: `{"data":{"minimizeComment":null},"errors":[{"type":"NOT_FOUND","message":"gone"}]}`},
	}
	if posted, _, err := post(t, f.api(), "hide"); err != nil || posted.Action != "hidden" || f.log() != "list 1, whose 2, hide 12" {
		t.Errorf("%+v, %v: %s", posted, err, f.log())
	}
}

// A name that does not exist is not asked for again.
func TestFinalFaults(t *testing.T) {
	t.Parallel()
	calls := 0
	g := &GitHub{Token: testToken, Repository: "o/r", Do: func(*http.Request) (*http.Response, error) {
		calls++
		return nil, &net.DNSError{Name: "api.github.com", Err: "no such host", IsNotFound: true}
	}}
	if _, _, err := post(t, g, ""); calls != 1 || !strings.Contains(problem(t, err).Why, "no such host") {
		t.Errorf("%d calls: %v", calls, err)
	}
}

// An answer without an end does not fill the memory.
func TestEndlessAnswer(t *testing.T) {
	t.Parallel()
	g := &GitHub{Token: testToken, Repository: "o/r", Do: func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(endless{}), Request: r}, nil
	}}
	_, _, err := post(t, g, "")
	problem(t, err, "is not GitHub's API", "longer than the 67108864 bytes")
}

type endless struct{}

func (endless) Read(b []byte) (int, error) { return len(b), nil }

func TestAddresses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ api, graphql, repository, token, want string }{
		{"", "", "o/r", testToken, "https://api.github.com/ https://api.github.com/graphql"},
		{"https://api.github.com", "https://api.github.com/graphql", "o/r", testToken, "https://api.github.com/ https://api.github.com/graphql"},
		{"https://ghes.example/api/v3", "", "o/r", testToken, "https://ghes.example/api/v3/ https://ghes.example/api/graphql"},
		{"https://api.octo.ghe.com/", "", "o/r", testToken, "https://api.octo.ghe.com/ https://api.octo.ghe.com/graphql"},
		{"https://ghes.example/api/v3/?x#y", "https://ghes.example/api/graphql", "o/r", testToken, "https://ghes.example/api/v3/ https://ghes.example/api/graphql"},
		{"http://127.0.0.1:1/api/v3", "", "o/r.x-_", testToken, "http://127.0.0.1:1/api/v3/ http://127.0.0.1:1/api/graphql"},
		{"https://ghes.example/api/v3", "https://api.github.com/graphql", "o/r", testToken, "one host only"},
		{"http://ghes.example/api/v3", "", "o/r", testToken, "GITHUB_API_URL"},
		{"", "http://api.github.com/graphql", "o/r", testToken, "GITHUB_GRAPHQL_URL"},
		{"", "", "o", testToken, "written owner/name"},
		{"", "", "o/..", testToken, "written owner/name"},
		{"", "", "o/r/../../x", testToken, "written owner/name"},
		{"", "", "o/r?x=", testToken, "written owner/name"},
		{"", "", "o/r", "", "no GitHub token"},
		{"http://ghes.example", "", "", "", "GITHUB_API_URL: \"http://ghes.example\" would send a token in clear text: use https (plain http is for loopback addresses only)\nthere is no GitHub token (input github-token, or GITHUB_TOKEN)\nthere is no repository (set GITHUB_REPOSITORY to owner/name)"},
		{"", "", "o/r", "secret-token\nX: y", "the GitHub token has a blank"},
	} {
		g := &GitHub{API: c.api, GraphQL: c.graphql, Repository: c.repository, Token: c.token}
		s, err := g.session(Comment{})
		got := fmt.Sprint(err)
		if err == nil {
			got = s.Base.String() + " " + s.graphql
		}
		if !strings.Contains(got, c.want) || strings.Contains(got, "secret-token") {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

// Over a real connection, to an Enterprise Server, and with no redirect followed.
func TestEnterpriseServer(t *testing.T) {
	t.Parallel()
	var paths []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		paths = append(paths, r.Method+" "+r.URL.Path)
		switch {
		case r.Header.Get("Authorization") != "Bearer "+testToken:
			w.WriteHeader(401)
		case r.Method == http.MethodGet:
			io.WriteString(w, `[{"id":5,"node_id":"n","body":"x\n<!-- keyless-inference: part 1 -->","user":{"login":"mona","type":"User"}}]`)
		case r.URL.Path == "/api/graphql":
			io.WriteString(w, `{"data":{"viewer":{"login":"mona"},"nodes":[{"id":"n","isMinimized":false}]}}`)
		default:
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}
	}))
	defer srv.Close()
	g := &GitHub{API: srv.URL + "/api/v3", Token: testToken, Repository: "o/r"}
	_, err := g.Post(t.Context(), Comment{Number: 7, Parts: []string{"a"}})
	problem(t, err, "editing the comment: the repository was renamed or moved (HTTP 307)")
	if got := strings.Join(paths, ", "); got != "GET /api/v3/repos/o/r/issues/7/comments, POST /api/graphql, PATCH /api/v3/repos/o/r/issues/comments/5" {
		t.Error(got)
	}
}

// The log tells of attempts in single lines without the token.
func TestLogOfAttempts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		f.faults = []fault{{on: "list", status: 503, header: header("Retry-After", "2"), body: `{"message":"busy\n::error::` + testToken + `"}`}}
		g := f.api()
		var lines []string
		g.Log = func(line string) { lines = append(lines, line) }
		if _, _, err := post(t, g, ""); err != nil {
			t.Fatal(err)
		}
		const want = "GitHub: listing the comments: HTTP 503: busy ::error::[secret]: attempt 1 of 5 failed, the next one is in 2"
		if len(lines) != 1 || !strings.HasPrefix(lines[0], want) {
			t.Errorf("%q", lines)
		}
	})
}
