package setup

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/keyless-inference/action/wire"
)

// The kinds of a [Ref].
const (
	Branch      = "branch"
	Tag         = "tag"
	Environment = "environment"
	PullRequest = "pull-request"
)

// A Ref is where jobs run that are trusted: on a branch or a tag, in an
// environment of GitHub, or for pull requests from the repository itself, which
// have no Name. A job in an environment has a subject with that alone, whatever
// its branch.
type Ref struct{ Kind, Name string }

func (r Ref) String() string { return strings.TrimSpace(r.Kind + " " + r.Name) }

// ref is the claim of that name, "" where there is none.
func (r Ref) ref() string {
	switch r.Kind {
	case Branch:
		return "refs/heads/" + r.Name
	case Tag:
		return "refs/tags/" + r.Name
	}
	return ""
}

// context is how GitHub's own subjects end.
//
// https://docs.github.com/actions/reference/security/oidc#example-subject-claims
func (r Ref) context() string {
	switch r.Kind {
	case Environment:
		return "environment:" + escaped(r.Name)
	case PullRequest:
		return "pull_request"
	}
	return "ref:" + escaped(r.ref())
}

// escaped is a value as a subject has it, whose parts are told apart by colons.
func escaped(value string) string { return strings.ReplaceAll(value, ":", "%3A") }

// check reports why there can be no such ref. Git's rules are those of
// https://git-scm.com/docs/git-check-ref-format; what GitHub allows in the name
// of an environment is written nowhere but for its length.
func (r Ref) check() error {
	switch {
	case r.Kind == PullRequest:
		return nil
	case strings.TrimSpace(r.Name) == "":
		return fmt.Errorf("%s: the name is empty", r.Kind)
	case !printable(r.Name):
		return fmt.Errorf("%s: %q has a character in it that no line can show", r.Kind, wire.Line(r.Name, 100))
	case strings.Contains(r.Name, "${{"):
		return fmt.Errorf("%s: %q would be an expression in a workflow", r.Kind, wire.Line(r.Name, 100))
	case r.Kind == Environment:
		return r.checkEnvironment()
	case strings.HasPrefix(r.Name, "refs/"):
		return fmt.Errorf("%s: give the name alone, without refs/heads/ or refs/tags/: %q", r.Kind, wire.Line(r.Name, 100))
	case strings.ContainsAny(r.Name, "*?["):
		return fmt.Errorf("%s: %q is a pattern, and a federated credential has none: name each %s, or trust an environment (--environment), whose rules say which branches may use it", r.Kind, wire.Line(r.Name, 100), r.Kind)
	case strings.ContainsAny(r.Name, ` ~^:\`), odd.MatchString(r.Name):
		return fmt.Errorf("%s: git allows no %s %q", r.Kind, r.Kind, wire.Line(r.Name, 100))
	}
	return nil
}

func (r Ref) checkEnvironment() error {
	if len([]rune(r.Name)) > 255 {
		return fmt.Errorf("environment: %q is longer than the 255 characters that GitHub allows", wire.Line(r.Name, 100))
	}
	return nil
}

// odd finds what git refuses in a name besides some characters.
var odd = regexp.MustCompile(`^@$|\.\.|@\{|//|^/|/$|(^|/)\.|\.(/|$)|\.lock(/|$)|^-`)

// printable reports whether each character of s shows, so that it can stand in a
// comment, which ends with its line.
func printable(s string) bool {
	return strings.ToValidUTF8(s, "") == s && !strings.ContainsFunc(s, func(c rune) bool { return !unicode.IsPrint(c) })
}

// A Form is how the tokens of a repository write their subject. Its zero value but
// for the Repository is GitHub's form with names alone.
type Form struct {
	Repository   string // OWNER/NAME, in GitHub's own letter case
	OwnerID      int64  // for Immutable and for Keys that need it; 0 when it is not known
	RepositoryID int64

	// Immutable subjects have a number beside each name, repo:OWNER@1/NAME@2, as
	// those of repositories made, renamed or transferred since 2026-07-15.
	Immutable bool

	Prefix string   // how a subject begins, as GitHub tells it; it wins over the rest. "" for unknown
	Keys   []string // the claims of a customized subject; nil for GitHub's own form
}

// repo is the first part, repo:OWNER/NAME or with numbers.
func (f Form) repo() (string, error) {
	switch owner, name, _ := strings.Cut(f.Repository, "/"); {
	case f.Prefix != "":
		return f.Prefix, nil
	case !f.Immutable:
		return "repo:" + f.Repository, nil
	case f.OwnerID == 0 || f.RepositoryID == 0:
		return "", errors.New("a subject with numbers takes those of the owner and of the repository")
	default:
		return fmt.Sprintf("repo:%s@%d/%s@%d", owner, f.OwnerID, name, f.RepositoryID), nil
	}
}

// Subject is what the tokens of jobs at a ref have as their subject. It fails
// where that is not known before a job runs: a customized subject may have claims
// such as the person who started it.
func (f Form) Subject(r Ref) (string, error) {
	repo, err := f.repo()
	if err != nil {
		return "", err
	}
	if len(f.Keys) == 0 {
		return repo + ":" + r.context(), nil
	}
	var parts, unknown []string
	for _, key := range f.Keys {
		switch part, known := f.claim(key, repo, r); {
		case known:
			parts = append(parts, part)
		default:
			unknown = append(unknown, wire.Line(key, 50))
		}
	}
	if unknown != nil {
		return "", fmt.Errorf("the subject of %s's tokens is customized and has claims that are not known for %s before a job runs: %s "+
			"(run a job once: where its subject is not trusted, keyless doctor shows it with the command that trusts it)",
			f.Repository, r, strings.Join(unknown, ", "))
	}
	return strings.Join(parts, ":"), nil
}

// claim is the part of a customized subject that a key stands for.
//
// https://docs.github.com/actions/reference/security/oidc#customizing-the-subject-claims-for-an-organization-or-repository
func (f Form) claim(key, repo string, r Ref) (part string, known bool) {
	owner, _, _ := strings.Cut(f.Repository, "/")
	number := func(id int64) string { return strings.TrimPrefix(strconv.FormatInt(id, 10), "0") }
	switch key {
	case "repo":
		return repo, true
	case "context":
		return r.context(), true
	}
	value := map[string]string{
		"repository": f.Repository, "repository_owner": owner,
		"repository_id": number(f.RepositoryID), "repository_owner_id": number(f.OwnerID),
		"ref": r.ref(),
	}
	if r.Kind == Environment {
		value["environment"] = r.Name
	}
	if refType := (map[string]string{Branch: "branch", Tag: "tag"})[r.Kind]; refType != "" {
		value["ref_type"] = refType
	}
	return key + ":" + escaped(value[key]), value[key] != ""
}

// A credential is one federated credential.
type credential struct{ Name, Subject string }

// unnamed is what the name of a credential may not have.
var unnamed = regexp.MustCompile(`[^A-Za-z0-9]+`)

// newCredential names a credential after its ref, so that people know it again, and
// after what it trusts, so that two never share a name, and the same one always
// has the same. Azure allows 3 to 120 letters, digits, dashes and underscores.
func newCredential(r Ref, issuer, subject string) credential {
	slug := strings.Trim(unnamed.ReplaceAllString(r.Name, "-"), "-")
	sum := sha256.Sum256([]byte(issuer + "\x00" + subject))
	name := slices.DeleteFunc([]string{r.Kind, strings.Trim(slug[:min(len(slug), 60)], "-"), fmt.Sprintf("%x", sum[:4])}, func(s string) bool { return s == "" })
	return credential{strings.Join(name, "-"), subject}
}
