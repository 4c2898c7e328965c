package oidc

import (
	"fmt"
	"regexp"
	"strings"
)

// The beginnings of a subject's last part and what they mean. GitHub takes the
// first that applies: environment, pull request, ref.
//
// https://docs.github.com/en/actions/reference/security/oidc#example-subject-claims
var subjectForms = []struct{ prefix, meaning string }{
	{"environment:", "The job names an environment, so the subject has that and not the branch: a credential for a branch does not match."},
	{"pull_request", "The job runs for a pull request, so the subject names no branch: a credential for a branch does not match."},
	{"ref:refs/heads/", "The job names no environment, so the subject has the branch: a credential for an environment or a pull request does not match."},
	{"ref:refs/tags/", "The job runs for a tag, so the subject has the tag: a credential for a branch does not match."},
}

var (
	repoSubject = regexp.MustCompile(`(?s)^repo:([^:/]+)/([^:]+):(.+)$`)
	immutable   = regexp.MustCompile(`^[^@]+@\d+$`)
)

// subjectHint says what kind of subject this is, which is what a federated
// credential that does not match mostly gets wrong.
func subjectHint(subject string) string {
	m := repoSubject.FindStringSubmatch(subject)
	if m == nil {
		return "The subject does not have the form that GitHub uses by itself: the organization or repository has customized it, " +
			"and the credential must have it letter by letter."
	}
	owner, repo, rest := m[1], m[2], m[3]
	hint := "Between repository and branch stands what a customized subject adds, and the credential must have it letter by letter."
	for _, f := range subjectForms {
		if strings.HasPrefix(rest, f.prefix) {
			hint = f.meaning
			break
		}
	}
	if immutable.MatchString(owner) && immutable.MatchString(repo) {
		return hint + fmt.Sprintf(" It names owner and repository with their numbers (%s/%s), as GitHub does for repositories "+
			"created, renamed or transferred after 2026-07-15: a credential with the names alone does not match.", owner, repo)
	}
	return hint + " It names owner and repository without their numbers: a credential of the form owner@id/repo@id does not match."
}
