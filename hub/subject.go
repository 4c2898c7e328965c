package hub

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/google/go-github/v62/github"
)

// A Repository is what GitHub tells of one that others build names from.
type Repository struct {
	Name          string // OWNER/NAME, in GitHub's own letter case, which a subject has
	ID            int64  // these two stay when the names change
	OwnerID       int64
	DefaultBranch string
	Created       time.Time // the zero time when GitHub does not say
}

// Repository asks for a repository by its name, OWNER/NAME. A token may do so that
// may read the repository at all. Its error is a [*Refusal].
func (s *Session) Repository(ctx context.Context, name string) (found Repository, err error) {
	owner, short, _ := strings.Cut(name, "/")
	err = s.Try(ctx, "reading the repository "+name, func(ctx context.Context, c *github.Client) (*github.Response, error) {
		r, resp, err := c.Repositories.Get(ctx, owner, short)
		if err == nil && (r.GetFullName() == "" || r.GetID() == 0 || r.GetOwner().GetID() == 0) {
			return nil, ErrNoAnswer
		}
		found = Repository{r.GetFullName(), r.GetID(), r.GetOwner().GetID(), r.GetDefaultBranch(), r.GetCreatedAt().Time}
		return resp, err
	})
	return found, err
}

// SubjectSettings are how a repository's OIDC tokens name their subject.
//
// https://docs.github.com/rest/actions/oidc#get-the-customization-template-for-an-oidc-subject-claim-for-a-repository
type SubjectSettings struct {
	UseDefault bool     // the subject is GitHub's own form; Keys is nil then
	Immutable  bool     // GitHub says that names stand beside their numbers. It was seen to be false where they did.
	Prefix     string   // how a subject of GitHub's own form begins, such as repo:octo-org@1/octo-repo@2; "" when GitHub does not say
	Keys       []string // the claims that a customized subject has, in their order; nil when it is GitHub's own form
}

// SubjectSettings asks how the tokens of a repository, OWNER/NAME, name their
// subject. A repository that leaves it to its organization has the settings of
// that. It takes a token that may read the repository's Actions, and for the
// organization's part read:org. Its error is a [*Refusal].
func (s *Session) SubjectSettings(ctx context.Context, repository string) (SubjectSettings, error) {
	said, err := s.template(ctx, "reading how the OIDC tokens of "+repository+" name their subject", "repos/"+repository)
	if err != nil {
		return SubjectSettings{}, err
	}
	settings := SubjectSettings{UseDefault: said.UseDefault, Immutable: said.Immutable, Prefix: strings.TrimSuffix(said.Prefix, ":")}
	switch {
	case said.UseDefault:
		return settings, nil
	case len(said.Keys) > 0:
		settings.Keys = said.Keys
		return settings, nil
	}
	owner, _, _ := strings.Cut(repository, "/")
	said, err = s.template(ctx, "reading how the OIDC tokens of "+owner+" name their subject", "orgs/"+owner)
	if r := (*Refusal)(nil); errors.As(err, &r) && r.Status == http.StatusNotFound {
		err = nil // a user, or an organization that has customized nothing
	}
	if err != nil {
		return SubjectSettings{}, err
	}
	settings.UseDefault, settings.Keys = len(said.Keys) == 0, said.Keys
	return settings, nil
}

// A template is GitHub's answer. The library's own type lacks what came in 2026.
type template struct {
	UseDefault bool     `json:"use_default"`
	Immutable  bool     `json:"use_immutable_subject"`
	Prefix     string   `json:"sub_claim_prefix"`
	Keys       []string `json:"include_claim_keys"`
}

func (s *Session) template(ctx context.Context, doing, of string) (said template, err error) {
	err = s.Try(ctx, doing, func(ctx context.Context, c *github.Client) (*github.Response, error) {
		said = template{}
		r, err := c.NewRequest(http.MethodGet, of+"/actions/oidc/customization/sub", nil)
		if err != nil {
			return nil, fmt.Errorf("making the request: %w", err)
		}
		return c.Do(ctx, r, &said)
	})
	return said, err
}
