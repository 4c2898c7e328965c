package cmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/keyless-inference/action/hub"
	"github.com/keyless-inference/action/setup"
	"github.com/keyless-inference/action/wire"
)

// A subjectSource is where the form of the subjects comes from: what the user
// said, and GitHub if there is a token.
type subjectSource struct {
	api     hub.API
	wanted  string     // auto, names or immutable
	offline setup.Form // without asking GitHub
	server  bool       // it is an Enterprise Server, which has no immutable subjects
	host    string     // of a GitHub that is not github.com, which gh must be told; else ""
}

func (c *setupCommand) repository(r *reader, server string) subjectSource {
	s := subjectSource{
		api:    hub.API{Base: cmp.Or(r.text("", "GITHUB_API_URL"), apiAt(server)), Token: r.text(c.GithubToken, "GITHUB_TOKEN")},
		wanted: r.oneOf("subject-form", c.SubjectForm, "auto", "names", "immutable"),
		server: strings.HasSuffix(setup.IssuerAt(server), "/_services/token"),
	}
	if u, err := url.Parse(server); err == nil && u.Hostname() != "github.com" {
		s.host = u.Host
	}
	if s.offline.Repository = r.required("repository", c.Repository, "GITHUB_REPOSITORY"); s.offline.Repository != "" {
		r.check("repository", hub.CheckRepository(s.offline.Repository))
	}
	c.numbers(r, &s)
	s.offline.Immutable = s.wanted == "immutable"
	switch {
	case s.offline.Immutable && s.server:
		r.mistake("subject-form", "a GitHub Enterprise Server has no immutable subjects: %s", s.host)
	case s.offline.Immutable && s.api.Token == "" && !s.numbered():
		r.mistake("subject-form", "immutable takes github-token, or owner-id and repository-id: %s shows them", s.showNumbers())
	}
	return s
}

// numbers reads those of the owner and the repository. The runner's variables are
// about the repository that its job belongs to, and no other.
func (c *setupCommand) numbers(r *reader, s *subjectSource) {
	own := strings.EqualFold(s.offline.Repository, r.text("", "GITHUB_REPOSITORY"))
	said := 0
	for _, id := range []struct {
		input, text, variable string
		into                  *int64
	}{
		{"owner-id", c.OwnerID, "GITHUB_REPOSITORY_OWNER_ID", &s.offline.OwnerID},
		{"repository-id", c.RepositoryID, "GITHUB_REPOSITORY_ID", &s.offline.RepositoryID},
	} {
		text := r.text(id.text, "")
		if own {
			text = r.text(id.text, id.variable)
		}
		if n := r.count(id.input, text); n != nil {
			*id.into = *n
		}
		if text != "" {
			said++
		}
	}
	switch given := r.text(c.OwnerID+c.RepositoryID, "") != ""; {
	case !given:
	case s.wanted == "names":
		r.note("owner-id and repository-id are ignored: subject-form is names")
	case s.wanted == "auto" && said < 2:
		r.mistake("owner-id, repository-id", "give both, or neither: %s shows them", s.showNumbers())
	case s.wanted == "auto":
		s.wanted = "immutable"
		r.note("owner-id and repository-id are given, so subjects are made with these numbers, as --subject-form immutable says")
	}
}

// numbered reports whether both numbers are known.
func (s subjectSource) numbered() bool { return s.offline.OwnerID != 0 && s.offline.RepositoryID != 0 }

// gh is a command line for gh, which goes to github.com unless it is told.
func (s subjectSource) gh(command, rest string) string {
	if s.host != "" {
		command += " --hostname " + s.host
	}
	return strings.TrimSpace("gh " + command + " " + rest)
}

func (s subjectSource) showNumbers() string {
	return s.gh("api", "repos/"+s.offline.Repository+" --jq '.owner.id, .id'")
}

// withToken is how to call setup so that it may ask.
func (s subjectSource) withToken() string {
	return `GITHUB_TOKEN="$(` + s.gh("auth token", "") + `)" keyless setup …`
}

// apiAt is where the API of a GitHub is.
//
// https://docs.github.com/enterprise-cloud@latest/admin/data-residency/network-details-for-ghecom
func apiAt(server string) string {
	u, err := url.Parse(server)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "github.com":
		return ""
	case strings.HasSuffix(u.Hostname(), ".ghe.com"):
		return "https://api." + u.Host
	}
	return u.Scheme + "://" + u.Host + "/api/v3"
}

// form is how subjects are written, and which branch is the default one, "" when
// GitHub did not tell. What was assumed becomes a note. A form that was said by
// hand does not depend on what GitHub tells, which is asked once, to compare.
func (s subjectSource) form(ctx context.Context, r *reader) (setup.Form, string, error) {
	if s.api.Token == "" {
		s.noteAssumed(r)
		return s.offline, "", nil
	}
	session, err := s.api.Open()
	if err != nil {
		return setup.Form{}, "", &usageError{fmt.Errorf("github-token: %w", err)}
	}
	if s.wanted != "auto" {
		session = session.Single()
	}
	repository, settings, err := s.ask(ctx, session)
	if err != nil {
		form, err := s.untold(r, repository, err)
		return form, repository.DefaultBranch, err
	}
	truth := s.truth(repository, settings)
	form := truth
	if s.wanted != "auto" {
		form = s.said(repository)
		form.Keys = truth.Keys
	}
	s.noteForm(r, form, truth)
	return form, repository.DefaultBranch, nil
}

// said is the form that was said by hand. GitHub knows the letter case of names,
// and the numbers that were not given.
func (s subjectSource) said(of hub.Repository) setup.Form {
	form := s.offline
	form.Repository = cmp.Or(of.Name, form.Repository)
	form.OwnerID, form.RepositoryID = cmp.Or(form.OwnerID, of.OwnerID), cmp.Or(form.RepositoryID, of.ID)
	return form
}

// untold is the form when GitHub refused to tell: what was said by hand, where
// that is enough.
func (s subjectSource) untold(r *reader, of hub.Repository, err error) (setup.Form, error) {
	form := s.said(of)
	var refused *hub.Refusal
	switch {
	case !errors.As(err, &refused) || refused.Kind == hub.Ended:
		return setup.Form{}, err
	case s.wanted == "auto", form.Immutable && (form.OwnerID == 0 || form.RepositoryID == 0):
		return setup.Form{}, s.explain(err)
	}
	r.note("subject-form %s is taken as it was said, and not compared with what the tokens of %s say: %s", s.wanted, form.Repository, wire.Line(err.Error(), 300))
	return form, nil
}

func (s subjectSource) ask(ctx context.Context, session *hub.Session) (hub.Repository, hub.SubjectSettings, error) {
	repository, err := session.Repository(ctx, s.offline.Repository)
	if err != nil {
		return repository, hub.SubjectSettings{}, err
	}
	if !strings.EqualFold(repository.Name, s.offline.Repository) {
		return repository, hub.SubjectSettings{}, fmt.Errorf("asking for the repository %s: GitHub answers for another one, %q", s.offline.Repository, wire.Line(repository.Name, 100))
	}
	settings, err := session.SubjectSettings(ctx, repository.Name)
	if err == nil && !isOf(settings.Prefix, repository) {
		err = fmt.Errorf("asking how subjects of %s begin: GitHub's answer is %q, which is no subject of that repository", repository.Name, wire.Line(settings.Prefix, 200))
	}
	return repository, settings, err
}

// isOf reports whether what subjects begin with names a repository, or its number, or
// its owner; "" says nothing.
func isOf(prefix string, of hub.Repository) bool {
	owner, _, _ := strings.Cut(of.Name, "/")
	for _, word := range []string{owner, strconv.FormatInt(of.OwnerID, 10), strconv.FormatInt(of.ID, 10)} {
		if strings.Contains(strings.ToLower(prefix), strings.ToLower(word)) {
			return true
		}
	}
	return prefix == ""
}

// numbered is since when new repositories have immutable subjects.
//
// https://docs.github.com/actions/reference/security/oidc#immutable-subject-claims
var numbered = time.Date(2026, 7, 15, 0, 0, 0, 0, time.UTC)

// truth is the form that the tokens have. The prefix that GitHub tells counts for
// more than its flag, which was seen to be false while subjects had numbers.
func (s subjectSource) truth(of hub.Repository, settings hub.SubjectSettings) setup.Form {
	return setup.Form{
		Repository: of.Name, OwnerID: of.OwnerID, RepositoryID: of.ID,
		Prefix: settings.Prefix, Keys: settings.Keys,
		Immutable: !s.server && (settings.Immutable || settings.Prefix == "" && !of.Created.Before(numbered)),
	}
}

// noteAssumed tells what was taken for granted without a token.
func (s subjectSource) noteAssumed(r *reader) {
	settings := s.gh("api", "repos/"+s.offline.Repository+"/actions/oidc/customization/sub")
	switch {
	case s.wanted != "auto":
	case s.server:
		r.note("there is no GitHub token, so the subjects of %s are taken not to be customized; this tells: %s; or let setup ask: %s", s.offline.Repository, settings, s.withToken())
	default:
		r.note("there is no GitHub token, so subjects are taken to name %s without numbers, which repositories made, renamed or transferred since 2026-07-15 don't; "+
			"this tells, in sub_claim_prefix: %s; or let setup ask: %s", s.offline.Repository, settings, s.withToken())
	}
}

// noteForm tells which form was taken, and warns of the other one: either way
// round, the mismatch is refused as AADSTS700213.
func (s subjectSource) noteForm(r *reader, form, truth setup.Form) {
	example := setup.Ref{Kind: setup.Branch, Name: "main"}
	got, wrong := form.Subject(example)
	sent, unknown := truth.Subject(example)
	switch {
	case wrong != nil || unknown != nil: // the plan's check tells
	case got != sent:
		r.note("subject-form makes credentials such as %s, but by its settings the tokens of %s say %s: Entra compares letter by letter and refuses that with AADSTS700213", got, form.Repository, sent)
	case len(form.Keys) > 0:
		r.note("the subjects of %s are customized (%s), and the credentials are made for that", form.Repository, strings.Join(form.Keys, ", "))
	case strings.Contains(got, "@"):
		r.note("subjects have numbers beside the names (%s): a credential with the names alone, as older guides show it, does not match", got)
	case !s.server: // which has no other form
		r.note("subjects have names alone (%s): a credential with numbers beside them, such as the Azure portal fills in, does not match until the repository is renamed, transferred or opted in", got)
	}
}

// explain says what to do when GitHub did not tell, and it takes that.
func (s subjectSource) explain(err error) error {
	return &wire.Problem{
		What: err.Error(),
		Why:  "whether the subjects of " + s.offline.Repository + " have numbers in them is one of its settings, and it decides what Entra must trust",
		Fix: "give a token that may read the repository and its Actions: " + s.withToken() + "\n" +
			"or say it by hand: GITHUB_TOKEN= keyless setup --subject-form names …, or --subject-form immutable --owner-id … --repository-id … (" + s.showNumbers() + ")",
		Page: "https://docs.github.com/rest/actions/oidc#get-the-customization-template-for-an-oidc-subject-claim-for-a-repository",
		Err:  err,
	}
}
