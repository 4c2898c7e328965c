package oidc

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
)

// subjectForms are the beginnings of a subject's last part and what they mean.
// GitHub takes the first that applies: environment, pull request, ref.
//
// https://docs.github.com/en/actions/reference/security/oidc#example-subject-claims
var subjectForms = []struct{ prefix, name, meaning string }{
	{"environment:", "environment", "The job names an environment, so the subject has that and not the branch: a credential for a branch does not match."},
	{"pull_request", "pull request", "The job runs for a pull request, so the subject names no branch: a credential for a branch does not match."},
	{"ref:refs/heads/", "branch", "The job names no environment, so the subject has the branch: a credential for an environment or a pull request does not match."},
	{"ref:refs/tags/", "tag", "The job runs for a tag, so the subject has the tag: a credential for a branch does not match."},
}

// customizedForm is the name of what begins like none of them.
const customizedForm = "customized form"

var (
	repoSubject    = regexp.MustCompile(`(?s)^repo:([^:/]+)/([^:]+):(.+)$`)
	numbered       = regexp.MustCompile(`^([^@]+)(@[0-9A-Z_]+)$`) // capitals: see [Lookalikes]
	serviceAccount = regexp.MustCompile(`^system:serviceaccount:([^:]+):([^:]+)$`)
)

// A subject is one that begins with a repository, taken apart: joined, its parts
// are the text again.
type subject struct {
	owner, ownerID string // the id with its "@", as of GitHub's immutable subjects; "" for none
	repo, repoID   string
	prefix, value  string // the form, such as "ref:refs/heads/", and what stands behind it
	form           string // the form's name in words
}

// parseSubject is not ok for a subject that does not begin with a repository.
func parseSubject(text string) (s subject, ok bool) {
	m := repoSubject.FindStringSubmatch(text)
	if m == nil {
		return subject{}, false
	}
	s = subject{owner: m[1], repo: m[2], value: m[3], form: customizedForm}
	if owner, repo := numbered.FindStringSubmatch(m[1]), numbered.FindStringSubmatch(m[2]); owner != nil && repo != nil {
		s.owner, s.ownerID, s.repo, s.repoID = owner[1], owner[2], repo[1], repo[2]
	}
	for _, f := range subjectForms {
		if value, found := strings.CutPrefix(m[3], f.prefix); found {
			s.prefix, s.value, s.form = f.prefix, value, f.name
			break
		}
	}
	return s, true
}

func (s subject) immutable() bool { return s.ownerID != "" }

// parts are the pieces that can be compared one by one.
func (s subject) parts() []string {
	return []string{"repo:", s.owner, s.ownerID, "/", s.repo, s.repoID, ":", s.prefix, s.value}
}

func (s subject) String() string { return strings.Join(s.parts(), "") }

// subjectHint says what kind of subject this is, which is what a federated
// credential that does not match mostly gets wrong.
func subjectHint(text string) string {
	if m := serviceAccount.FindStringSubmatch(text); m != nil {
		return fmt.Sprintf("It is that of the service account %q in the namespace %q: a credential for another of either does not match.", m[2], m[1])
	}
	s, ok := parseSubject(text)
	if !ok {
		return "The subject does not have the form that GitHub uses by itself: the organization or repository has customized it, " +
			"and the credential must have it letter by letter."
	}
	hint := "Between repository and branch stands what a customized subject adds, and the credential must have it letter by letter."
	for _, f := range subjectForms {
		if s.form == f.name {
			hint = f.meaning
		}
	}
	if s.immutable() {
		return hint + fmt.Sprintf(" It names owner and repository with their numbers (%s/%s), as GitHub does for repositories "+
			"created, renamed or transferred after 2026-07-15: a credential with the names alone does not match.", s.owner+s.ownerID, s.repo+s.repoID)
	}
	return hint + " It names owner and repository without their numbers: a credential of the form owner@id/repo@id does not match."
}

// Surroundings are what is known of a job beside its subject. What is "" stands in
// capitals in [Lookalikes].
type Surroundings struct {
	Repository   string // owner/name, for a subject that does not say it
	OwnerID      string // the numbers of owner and repository
	RepositoryID string
	Branch       string
	Environment  string
}

// Lookalikes are the subjects that people mostly register for a job with the
// subject sent, and that do not match it, each compared with it: the form with
// the numbers of owner and repository or without, and those of the other events.
// Nil when nothing is known of the repository.
func Lookalikes(sent string, around Surroundings) (all []Comparison) {
	like, ok := parseSubject(sent)
	if !ok {
		if like, ok = parseSubject("repo:" + around.Repository + ":" + subjectForms[2].prefix + cmp.Or(around.Branch, "BRANCH")); !ok {
			return nil
		}
	}
	other := like
	if like.immutable() {
		other.ownerID, other.repoID = "", ""
	} else {
		other.ownerID, other.repoID = "@"+cmp.Or(around.OwnerID, "OWNER_ID"), "@"+cmp.Or(around.RepositoryID, "REPOSITORY_ID")
	}
	values := []string{cmp.Or(around.Environment, "ENVIRONMENT"), "", cmp.Or(around.Branch, "BRANCH")}
	candidates := []subject{like, other}
	for i, value := range values {
		with := like
		with.prefix, with.value = subjectForms[i].prefix, value
		if with.prefix != like.prefix {
			candidates = append(candidates, with)
		}
	}
	for _, c := range candidates {
		if registered := c.String(); registered != sent {
			all = append(all, CompareSubjects(sent, registered))
		}
	}
	return all
}

// SubjectForm says in a few words what kind of subject this is: whether it names
// owner and repository with their numbers, which GitHub calls immutable, and for
// what.
func SubjectForm(text string) string {
	s, ok := parseSubject(text)
	switch {
	case !ok:
		return "customized"
	case s.immutable():
		return s.form + ", immutable (owner@id/repository@id)"
	}
	return s.form + ", with the names of owner and repository alone"
}
