package emulator

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	gh "github.com/google/go-github/v62/github"
)

// shop is a world in which GitHub stores something everywhere.
func shop(permissions ...string) Config {
	return Config{
		Permissions: permissions,
		Repositories: []Repository{
			{
				Name: "octo-org/octo-repo", Secrets: []string{"a", "b", "c"}, DependabotSecrets: []string{"d"}, CodespacesSecrets: []string{"e"}, Variables: map[string]string{"v": "1"},
				Environments: []Environment{{Name: "prod/eu", Secrets: []string{"f"}, Variables: map[string]string{"w": "2"}}},
				Files:        map[string]string{"x/y.txt": "content"},
			},
			{Name: "octo-org/old", Archived: true},
		},
		Organizations: []Organization{{Name: "octo-org", Secrets: []string{"g"}, DependabotSecrets: []string{"h"}, CodespacesSecrets: []string{"i"}, Variables: map[string]string{"u": "3"}}},
	}
}

// storePaths are all lists, by the permissions that they take and what each holds.
var storePaths = []struct{ path, permissions, holds string }{
	{"/repos/octo-org/octo-repo/actions/secrets", "secrets=read", `"A"`},
	{"/repos/octo-org/octo-repo/actions/organization-secrets", "secrets=read", `"G"`},
	{"/repos/octo-org/octo-repo/dependabot/secrets", "dependabot_secrets=read", `"D"`},
	{"/repos/octo-org/octo-repo/codespaces/secrets", "codespaces_secrets=write", `"E"`},
	{"/repos/octo-org/octo-repo/actions/variables", "actions_variables=read", `"value":"1"`},
	{"/repos/octo-org/octo-repo/actions/organization-variables", "actions_variables=write", `"value":"3"`},
	{"/repos/octo-org/octo-repo/environments", "actions=read", `"prod/eu"`},
	{"/repos/octo-org/octo-repo/environments/prod%2Feu/secrets", "secrets=read environments=read", `"F"`},
	{"/repositories/74/environments/prod%2Feu/secrets", "secrets=read environments=read", `"F"`},
	{"/repos/octo-org/octo-repo/environments/prod%2Feu/variables", "actions_variables=read environments=read", `"value":"2"`},
	{"/orgs/octo-org/actions/secrets", "organization_secrets=read", `"G"`},
	{"/orgs/octo-org/dependabot/secrets", "organization_dependabot_secrets=read", `"H"`},
	{"/orgs/octo-org/codespaces/secrets", "organization_codespaces_secrets=read", `"I"`},
	{"/orgs/octo-org/repos", "", `"full_name":"octo-org/old"`},
	{"/repos/octo-org/octo-repo", "", `"type":"Organization"`},
}

// A token reads a store when it has all the permissions that this takes, and
// hears which they are when it lacks one.
func TestStoresWantPermissions(t *testing.T) {
	t.Parallel()
	for _, c := range storePaths {
		wanted := strings.Fields(c.permissions)
		r := serveAPI(t, shop(wanted...)).do(t, "GET", restPath+c.path, "")
		if r.status != http.StatusOK || !strings.Contains(r.body, c.holds) {
			t.Errorf("%s: %d %s", c.path, r.status, r.body)
		}
		for i := range wanted {
			lacks := append(append([]string{}, wanted[:i]...), wanted[i+1:]...)
			r := serveAPI(t, shop(lacks...)).do(t, "GET", restPath+c.path, "")
			name, _, _ := strings.Cut(wanted[i], "=")
			if r.status != http.StatusForbidden || decode[apiError](t, r.body).Message != inaccessible || !strings.Contains(r.header.Get("X-Accepted-GitHub-Permissions"), name) {
				t.Errorf("%s without %s: %d %s %v", c.path, wanted[i], r.status, r.body, r.header)
			}
		}
	}
}

func TestStoresNotFound(t *testing.T) {
	t.Parallel()
	h := serveAPI(t, shop("secrets=read", "environments=read", "organization_secrets=read", "actions=read"))
	for _, path := range []string{
		"/repos/octo-org/missing", "/repos/octo-org/missing/actions/secrets", "/repos/octo-org/octo-repo/environments/none/secrets",
		"/orgs/octocat/actions/secrets", "/repos/octo-org/old/tarball", "/repositories/999/environments/prod/secrets", "/repos/octo-org/missing/environments",
	} {
		if r := h.do(t, "GET", restPath+path, ""); r.status != http.StatusNotFound {
			t.Errorf("%s: %d %s", path, r.status, r.body)
		}
	}
	if r := h.do(t, "GET", restPath+"/repos/any/thing/actions/secrets", ""); r.status != http.StatusOK || !strings.Contains(r.body, `"total_count":0`) {
		t.Errorf("%d %s", r.status, r.body)
	}
}

func TestStoresPages(t *testing.T) {
	t.Parallel()
	h := serveAPI(t, shop("secrets=read"))
	var names []string
	for page := 1; page != 0; {
		some, resp, err := h.client.Actions.ListRepoSecrets(t.Context(), "octo-org", "octo-repo", &gh.ListOptions{Page: page, PerPage: 2})
		if err != nil || some.TotalCount != 3 {
			t.Fatal(some, err)
		}
		for _, s := range some.Secrets {
			names = append(names, s.Name)
		}
		page = resp.NextPage
	}
	if strings.Join(names, "") != "ABC" {
		t.Error(names)
	}
}

// The archive is elsewhere, and takes no token but its own.
func TestArchive(t *testing.T) {
	t.Parallel()
	h := serveAPI(t, shop())
	link, _, err := h.client.Repositories.GetArchiveLink(t.Context(), "octo-org", "octo-repo", gh.Tarball, nil, 0)
	if err != nil || link.Query().Get("token") == "" {
		t.Fatal(link, err)
	}
	status, body := ask(t, "GET", link.String(), "")
	zip, err := gzip.NewReader(strings.NewReader(body))
	if err != nil || status != http.StatusOK {
		t.Fatal(status, err)
	}
	found := map[string]string{}
	for in := tar.NewReader(zip); ; {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		var content bytes.Buffer
		content.ReadFrom(in)
		found[h.Name] = content.String()
	}
	if found["octo-org-octo-repo-3f2c1b0/x/y.txt"] != "content" {
		t.Errorf("%q", found)
	}
	if status, _ := ask(t, "GET", link.String(), APIToken); status != http.StatusBadRequest {
		t.Errorf("with the API's token: %d", status)
	}
	link.RawQuery = ""
	if status, _ := ask(t, "GET", link.String(), ""); status != http.StatusNotFound {
		t.Errorf("without a token: %d", status)
	}
}
