package hub

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-github/v62/github"
)

const testToken = "ghs_0123456789abcdefghijklmnop"

func open(t *testing.T, do func(*http.Request) (*http.Response, error)) *Session {
	t.Helper()
	s, err := API{Token: testToken, Do: do, Attempts: 1}.Open()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func reply(status int, body string, header ...string) *http.Response {
	h := http.Header{}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}
}

func labels(ctx context.Context, c *github.Client, page github.ListOptions) ([]string, *github.Response, error) {
	all, resp, err := c.Issues.ListLabels(ctx, "o", "r", &page)
	var names []string
	for _, l := range all {
		names = append(names, l.GetName())
	}
	return names, resp, err
}

// Every page is asked for, on the host of the API whatever the links say, and a
// list that leads in a circle or nowhere ends.
func TestList(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		next  func(page int) int
		pages int
		wrong bool
	}{
		"three pages": {func(p int) int { return min(p+1, 3) * (1 - p/3) }, 3, false},
		"a circle":    {func(p int) int { return 3 - p }, 2, false},
		"itself":      {func(p int) int { return p }, 1, false},
		"far away":    {func(p int) int { return 1_000_000 }, 1, true},
		"without end": {func(p int) int { return p + 1 }, 1000, true},
	} {
		var asked []string
		s := open(t, func(r *http.Request) (*http.Response, error) {
			page, _ := strconv.Atoi(r.URL.Query().Get("page"))
			if r.URL.Host != "api.github.com" || r.URL.Query().Get("per_page") != "100" {
				t.Error(r.URL)
			}
			asked = append(asked, r.URL.Query().Get("page"))
			header := []string{"Link", fmt.Sprintf(`<https://evil.example/x?page=%d>; rel="next"`, c.next(page))}
			if c.next(page) == 0 {
				header = nil
			}
			return reply(200, fmt.Sprintf(`[{"name":"l%d"}]`, page), header...), nil
		})
		got, err := List(t.Context(), s, "listing", labels)
		if (err != nil) != c.wrong || len(asked) != c.pages || len(got) != c.pages {
			t.Errorf("%s: %d pages, %d items, %v", name, len(asked), len(got), err)
		}
	}
}

func TestFetch(t *testing.T) {
	t.Parallel()
	s := open(t, func(r *http.Request) (*http.Response, error) {
		if r.Header.Get("Authorization") != "" {
			t.Error("the token goes along")
		}
		if r.URL.Path == "/gone" {
			return reply(404, ""), nil
		}
		return reply(200, "content"), nil
	})
	for address, want := range map[string]string{
		"https://codeload.github.com/x": "content", "https://codeload.github.com/gone": "404", "http://codeload.github.com/x": Unreadable, "": Unreadable, "https://u:p@x/": Unreadable,
	} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		body, err := s.Fetch(t.Context(), "downloading", u)
		var r *Refusal
		if errors.As(err, &r) {
			got = r.Kind
		} else if b, err := io.ReadAll(body); err == nil {
			got = string(b)
		}
		if got != want {
			t.Errorf("%q: %q, %v", address, got, err)
		}
	}
}

func TestAccepted(t *testing.T) {
	t.Parallel()
	r := &Refusal{Header: http.Header{"X-Accepted-Github-Permissions": {"pull_requests=write; issues=read, X=y z=evil"}}}
	if got := fmt.Sprint(r.Accepted()); got != "[{pull-requests write} {issues read}]" {
		t.Error(got)
	}
	if new(Refusal).Accepted() != nil {
		t.Error("it made some up")
	}
}

func TestChecks(t *testing.T) {
	t.Parallel()
	for name, ok := range map[string]bool{"o/r": true, "o/r.x-_": true, "": false, "o": false, "o/..": false, "o/r/x": false, "o/r?x": false, "../r": false} {
		if (CheckRepository(name) == nil) != ok {
			t.Errorf("%q: %v", name, !ok)
		}
	}
	for name, ok := range map[string]bool{"octo-org": true, "o_1": true, "": false, "..": false, "o/r": false, "o r": false, "-x": true} {
		if (CheckOwner(name) == nil) != ok {
			t.Errorf("%q: %v", name, !ok)
		}
	}
	_, err := API{Base: "http://ghes.example", Token: "secret token"}.Open()
	if err == nil || strings.Count(err.Error(), "\n") != 1 || strings.Contains(err.Error(), "secret") {
		t.Error(err)
	}
}
