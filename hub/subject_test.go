package hub

import (
	"errors"
	"net/http"
	"reflect"
	"testing"
)

func TestSubjectSettings(t *testing.T) {
	t.Parallel()
	const repo, org = "/repos/octo-org/octo-repo/actions/oidc/customization/sub", "/orgs/octo-org/actions/oidc/customization/sub"
	type answers map[string]*http.Response
	for name, c := range map[string]struct {
		answers answers
		want    SubjectSettings
		kind    string
	}{
		"GitHub's own form":         {answers{repo: reply(200, `{"use_default":true}`)}, SubjectSettings{UseDefault: true}, ""},
		"with numbers":              {answers{repo: reply(200, `{"use_default":true,"use_immutable_subject":false,"sub_claim_prefix":"repo:octo-org@1/octo-repo@2"}`)}, SubjectSettings{UseDefault: true, Prefix: "repo:octo-org@1/octo-repo@2"}, ""},
		"a prefix with a colon":     {answers{repo: reply(200, `{"use_default":true,"use_immutable_subject":true,"sub_claim_prefix":"repo:o@1/r@2:"}`)}, SubjectSettings{UseDefault: true, Immutable: true, Prefix: "repo:o@1/r@2"}, ""},
		"claims of its own":         {answers{repo: reply(200, `{"use_default":false,"include_claim_keys":["repo","context"]}`)}, SubjectSettings{Keys: []string{"repo", "context"}}, ""},
		"the organization's":        {answers{repo: reply(200, `{"use_default":false}`), org: reply(200, `{"include_claim_keys":["repository_owner_id"]}`)}, SubjectSettings{Keys: []string{"repository_owner_id"}}, ""},
		"no organization":           {answers{repo: reply(200, `{"use_default":false}`), org: reply(404, `{"message":"Not Found"}`)}, SubjectSettings{UseDefault: true}, ""},
		"the organization is quiet": {answers{repo: reply(200, `{"use_default":false}`), org: reply(403, `{"message":"Must have admin rights"}`)}, SubjectSettings{}, "403"},
		"not allowed":               {answers{repo: reply(403, `{"message":"Resource not accessible by integration"}`)}, SubjectSettings{}, "403"},
		"no JSON":                   {answers{repo: reply(200, `<html>`)}, SubjectSettings{}, Unreadable},
	} {
		s := open(t, func(r *http.Request) (*http.Response, error) {
			if r.Method != http.MethodGet || c.answers[r.URL.Path] == nil {
				t.Errorf("%s: %s %s", name, r.Method, r.URL)
			}
			return c.answers[r.URL.Path], nil
		})
		got, err := s.SubjectSettings(t.Context(), "octo-org/octo-repo")
		if kind := kindOf(err); kind != c.kind || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func kindOf(err error) string {
	if r := (*Refusal)(nil); errors.As(err, &r) {
		return r.Kind
	}
	return ""
}

func TestRepository(t *testing.T) {
	t.Parallel()
	body := `{"id":2,"full_name":"Octo-Org/octo-repo","owner":{"id":1},"default_branch":"trunk","created_at":"2026-08-01T00:00:00Z"}`
	s := open(t, func(r *http.Request) (*http.Response, error) {
		if r.URL.Path != "/repos/octo-org/octo-repo" {
			t.Error(r.URL)
		}
		return reply(200, body), nil
	})
	got, err := s.Repository(t.Context(), "octo-org/octo-repo")
	if err != nil || got.Name != "Octo-Org/octo-repo" || got.ID != 2 || got.OwnerID != 1 || got.DefaultBranch != "trunk" || got.Created.Year() != 2026 {
		t.Errorf("%+v, %v", got, err)
	}
	body = `{}`
	if _, err := s.Repository(t.Context(), "octo-org/octo-repo"); kindOf(err) == "" {
		t.Errorf("an empty answer passes: %v", err)
	}
}
