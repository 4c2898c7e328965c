package setup

import (
	"regexp"
	"strings"
	"testing"
)

func TestSubject(t *testing.T) {
	t.Parallel()
	names := Form{Repository: "octo-org/octo-repo", OwnerID: 12, RepositoryID: 34}
	numbers := names
	numbers.Immutable = true
	keys := func(f Form, keys ...string) Form { f.Keys = keys; return f }
	for _, c := range []struct {
		form        Form
		ref         Ref
		want, wrong string
	}{
		{names, Ref{Branch, "main"}, "repo:octo-org/octo-repo:ref:refs/heads/main", ""},
		{names, Ref{Tag, "v1/a"}, "repo:octo-org/octo-repo:ref:refs/tags/v1/a", ""},
		{names, Ref{PullRequest, ""}, "repo:octo-org/octo-repo:pull_request", ""},
		{names, Ref{Environment, "eu:prod one"}, "repo:octo-org/octo-repo:environment:eu%3Aprod one", ""},
		{numbers, Ref{Branch, "main"}, "repo:octo-org@12/octo-repo@34:ref:refs/heads/main", ""},
		{Form{Repository: "o/r", Immutable: true}, Ref{Branch, "main"}, "", "takes those of the owner"},
		{Form{Repository: "o/r", Prefix: "repo:O@1/R@2"}, Ref{Tag, "v1"}, "repo:O@1/R@2:ref:refs/tags/v1", ""},
		{keys(names, "repo", "context"), Ref{PullRequest, ""}, "repo:octo-org/octo-repo:pull_request", ""},
		{keys(numbers, "repo", "ref_type"), Ref{Tag, "v1"}, "repo:octo-org@12/octo-repo@34:ref_type:tag", ""},
		{keys(names, "repository_owner_id", "repository_id", "environment"), Ref{Environment, "a:b"}, "repository_owner_id:12:repository_id:34:environment:a%3Ab", ""},
		{keys(names, "repository", "repository_owner", "ref"), Ref{Branch, "main"}, "repository:octo-org/octo-repo:repository_owner:octo-org:ref:refs/heads/main", ""},
		{keys(names, "ref", "repo", "actor"), Ref{Environment, "x"}, "", "for environment x before a job runs: ref, actor "},
		{keys(names, "environment", "ref_type"), Ref{PullRequest, ""}, "", "for pull-request before a job runs: environment, ref_type "},
		{keys(Form{Repository: "o/r"}, "repository_id"), Ref{Branch, "main"}, "", "repository_id"},
		{keys(names, "job_workflow_ref", ""), Ref{Branch, "main"}, "", "job_workflow_ref, "},
	} {
		got, err := c.form.Subject(c.ref)
		if got != c.want || (err == nil) != (c.wrong == "") || err != nil && !strings.Contains(err.Error(), c.wrong) {
			t.Errorf("%+v, %v: %q, %v", c.form, c.ref, got, err)
		}
	}
}

func TestRefCheck(t *testing.T) {
	t.Parallel()
	for ref, wrong := range map[Ref]string{
		{Branch, "main"}:                        "",
		{Branch, "feature/a-b_c.d+e#1"}:         "",
		{Branch, "größe"}:                       "",
		{Tag, "v1.0.0"}:                         "",
		{PullRequest, ""}:                       "",
		{Environment, "Prod: 'EU', 1 🗝"}:        "",
		{Branch, "a${{b}}"}:                     "an expression",
		{Branch, ""}:                            "empty",
		{Branch, "refs/heads/main"}:             "without refs/heads/",
		{Branch, "release/*"}:                   "is a pattern",
		{Tag, "v?"}:                             "is a pattern",
		{Branch, "a b"}:                         "git allows no",
		{Branch, "a..b"}:                        "git allows no",
		{Branch, ".a"}:                          "git allows no",
		{Branch, "a/.b"}:                        "git allows no",
		{Branch, "a.lock"}:                      "git allows no",
		{Branch, "a.lock/b"}:                    "git allows no",
		{Branch, "/a"}:                          "git allows no",
		{Branch, "a//b"}:                        "git allows no",
		{Branch, "a@{1}"}:                       "git allows no",
		{Branch, "@"}:                           "git allows no",
		{Branch, "-a"}:                          "git allows no",
		{Branch, "a:b"}:                         "git allows no",
		{Tag, `a\b`}:                            "git allows no",
		{Branch, "a\nb"}:                        "no line can show",
		{Environment, "a\u2028b"}:               "no line can show",
		{Environment, "a\u202eb"}:               "no line can show",
		{Environment, "\xff"}:                   "no line can show",
		{Environment, " "}:                      "empty",
		{Environment, strings.Repeat("é", 256)}: "255",
		{Environment, "${{ github.event.issue.title }}"}: "expression",
		{Environment, strings.Repeat("é", 255)}:          "",
	} {
		err := ref.check()
		if (err == nil) != (wrong == "") || err != nil && !strings.Contains(err.Error(), wrong) {
			t.Errorf("%q: %v", ref, err)
		}
	}
}

// Names of credentials are such as Azure takes, differ where what is trusted does,
// and stay the same otherwise: a script that is run again makes no second one.
func FuzzCredential(f *testing.F) {
	shape := regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{2,119}$`)
	f.Add("main", "prod: it's", "repo:o/r:x")
	f.Add(strings.Repeat("a-", 300), "--", "")
	f.Fuzz(func(t *testing.T, branch, environment, subject string) {
		one, other := newCredential(Ref{Branch, branch}, "https://i", subject), newCredential(Ref{Environment, environment}, "https://i", subject+"x")
		if !shape.MatchString(one.Name) || !shape.MatchString(other.Name) || one.Name == other.Name {
			t.Errorf("%q, %q", one.Name, other.Name)
		}
		if one != newCredential(Ref{Branch, branch}, "https://i", subject) || one.Name == newCredential(Ref{Branch, branch}, "https://j", subject).Name {
			t.Errorf("%q depends on something else, or not on the issuer", one.Name)
		}
	})
}
