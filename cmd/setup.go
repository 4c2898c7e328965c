package cmd

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/keyless-inference/action/actions"
	"github.com/keyless-inference/action/hub"
	"github.com/keyless-inference/action/inference"
	"github.com/keyless-inference/action/oidc"
	"github.com/keyless-inference/action/setup"
	"github.com/keyless-inference/action/wire"
)

// setupCommand is "keyless setup". Here environment is GitHub's, as in a workflow.
type setupCommand struct {
	Format     string `default:"az" help:"What to print: az (a script for bash and the Azure CLI), bicep, terraform, powershell, or workflow (a file for .github/workflows alone)."`
	Repository string `from:"GITHUB_REPOSITORY" help:"The repository that becomes keyless, as OWNER/NAME."`

	Branch      []string `group:"trust" help:"A branch whose jobs are trusted; may be given several times. Without any of these four, the default branch."`
	Tag         []string `group:"trust" help:"A tag whose jobs are trusted; may be given several times."`
	Environment []string `group:"trust" help:"An environment of GitHub whose jobs are trusted; may be given several times."`
	PullRequest bool     `group:"trust" name:"pull-request" help:"Trust jobs for pull requests from the repository itself. Those from forks never get a token."`

	SubjectForm  string `group:"subject" default:"auto" help:"How subjects name the repository: names (repo:OWNER/NAME), immutable (repo:OWNER@1/NAME@2), or auto, as the repository's settings say, which takes a token."`
	GithubToken  string `group:"subject" name:"github-token" from:"GITHUB_TOKEN" help:"A token that may read the repository's Actions, for auto. On a laptop: $(gh auth token)."`
	OwnerID      string `group:"subject" name:"owner-id" from:"GITHUB_REPOSITORY_OWNER_ID" help:"The number of the repository's owner, for immutable without a token."`
	RepositoryID string `group:"subject" name:"repository-id" from:"GITHUB_REPOSITORY_ID" help:"The number of the repository, for immutable without a token."`
	Issuer       string `group:"subject" help:"Who signs GitHub's tokens, when the enterprise has an issuer of its own. By default as GITHUB_SERVER_URL says."`

	Identity string `group:"identity" default:"managed" help:"What the jobs are in Entra: managed, a user-assigned managed identity, or app, an app registration."`
	Name     string `group:"identity" help:"The name of that identity. By default one made of the repository's."`
	Role     string `group:"identity" default:"user" help:"What it may do at the account: user (Cognitive Services OpenAI User), or contributor (Cognitive Services OpenAI Contributor), which may upload files for batches."`
	KeepKeys bool   `group:"identity" help:"Leave the account's keys on, as long as somebody else uses one."`

	Endpoint       string `group:"azure" from:"AZURE_OPENAI_ENDPOINT" help:"The account's endpoint, such as https://my-resource.openai.azure.com."`
	Deployment     string `group:"azure" from:"AZURE_OPENAI_DEPLOYMENT" help:"The deployment that the workflow asks."`
	Account        string `group:"azure" help:"The account's name. Scripts find it by the endpoint; Bicep and Terraform ask for it."`
	ResourceGroup  string `group:"azure" help:"Its resource group, found the same way."`
	SubscriptionID string `group:"azure" name:"subscription-id" from:"AZURE_SUBSCRIPTION_ID" help:"Its subscription. By default the one that az or PowerShell is in."`
	Location       string `group:"azure" help:"The region of a managed identity. By default the account's."`
	Cloud          string `group:"azure" help:"The cloud: azurecloud (the default), azureusgovernment or azurechinacloud."`
}

// run prints what to run, and runs nothing. Standard output is the text alone.
func (c *setupCommand) run(ctx context.Context, p Process, _ *actions.Runner, r *reader) error {
	format := r.oneOf("format", c.Format, setup.Formats()...)
	plan := c.plan(r)
	github := c.repository(r, plan.Server)
	r.join(trial(plan, github.offline.Repository).Check())
	if err := r.err(); err != nil {
		return err
	}
	github.api.Log = func(s string) { fmt.Fprintf(p.Stderr, "keyless: %s\n", s) }
	form, branch, err := github.form(ctx, r)
	if err != nil {
		return err
	}
	plan.Form = form
	if len(plan.Refs) == 0 {
		plan.Refs = []setup.Ref{{Kind: setup.Branch, Name: branch}}
	}
	var text bytes.Buffer
	if err := plan.Write(&text, format); err != nil {
		return &usageError{err}
	}
	for _, note := range r.notes {
		fmt.Fprintf(p.Stderr, "keyless: note: %s\n", note)
	}
	_, err = p.Stdout.Write(text.Bytes())
	return err
}

// trial is plan with something in place of what is not known before GitHub is
// asked, and of what was told as a mistake already.
func trial(plan setup.Plan, repository string) setup.Plan {
	plan.Form.Repository = "owner/name"
	if hub.CheckRepository(repository) == nil {
		plan.Form.Repository = repository
	}
	if len(plan.Refs) == 0 {
		plan.Refs = []setup.Ref{{Kind: setup.Branch, Name: "main"}}
	}
	if plan.Endpoint == "" {
		plan.Endpoint, plan.Account, plan.ResourceGroup = "https://example.com", cmp.Or(plan.Account, "account"), cmp.Or(plan.ResourceGroup, "group")
	}
	return plan
}

// plan is all that the flags say but for the form of the subjects.
func (c *setupCommand) plan(r *reader) setup.Plan {
	cloud, err := oidc.CloudNamed(r.text(c.Cloud, ""))
	r.check("cloud", err)
	plan := setup.Plan{
		Server: r.text("", "GITHUB_SERVER_URL"), Issuer: r.text(c.Issuer, ""),
		Identity: r.oneOf("identity", c.Identity, setup.Managed, setup.App), Name: r.text(c.Name, ""),
		Role: r.oneOf("role", c.Role, "user", "contributor"), KeepKeys: c.KeepKeys,
		Deployment: r.text(c.Deployment, "AZURE_OPENAI_DEPLOYMENT"),
		Account:    r.text(c.Account, ""), ResourceGroup: r.text(c.ResourceGroup, ""),
		Subscription: r.text(c.SubscriptionID, "AZURE_SUBSCRIPTION_ID"), Location: r.text(c.Location, ""),
		Cloud: cloud.Name, Audience: cmp.Or(cloud.Audience, oidc.DefaultAudience), // of no cloud: that is told already
	}
	if plan.Server != "" {
		_, err := wire.CheckURL(plan.Server)
		r.check("GITHUB_SERVER_URL", err)
	}
	if raw := r.required("endpoint", c.Endpoint, "AZURE_OPENAI_ENDPOINT"); raw != "" {
		u, err := inference.ParseEndpoint(raw)
		r.check("endpoint", err)
		if err == nil {
			plan.Endpoint = u.String()
		}
	}
	for _, of := range []struct {
		kind  string
		names []string
	}{{setup.Branch, c.Branch}, {setup.Tag, c.Tag}, {setup.Environment, c.Environment}} {
		for _, name := range of.names {
			plan.Refs = append(plan.Refs, setup.Ref{Kind: of.kind, Name: strings.TrimSpace(name)})
		}
	}
	if c.PullRequest {
		plan.Refs = append(plan.Refs, setup.Ref{Kind: setup.PullRequest})
	}
	return plan
}

// A subjectSource is where the form of the subjects comes from: what the user
// said, and GitHub if there is a token.
type subjectSource struct {
	api     hub.API
	wanted  string     // auto, names or immutable
	offline setup.Form // without asking GitHub
	server  bool       // it is an Enterprise Server, which has no immutable subjects
}

func (c *setupCommand) repository(r *reader, server string) subjectSource {
	s := subjectSource{
		api:    hub.API{Base: cmp.Or(r.text("", "GITHUB_API_URL"), apiAt(server)), Token: r.text(c.GithubToken, "GITHUB_TOKEN")},
		wanted: r.oneOf("subject-form", c.SubjectForm, "auto", "names", "immutable"),
		server: strings.HasSuffix(setup.IssuerAt(server), "/_services/token"),
	}
	if s.offline.Repository = r.required("repository", c.Repository, "GITHUB_REPOSITORY"); s.offline.Repository != "" {
		r.check("repository", hub.CheckRepository(s.offline.Repository))
	}
	for _, id := range []struct {
		input, text, variable string
		into                  *int64
	}{
		{"owner-id", c.OwnerID, "GITHUB_REPOSITORY_OWNER_ID", &s.offline.OwnerID},
		{"repository-id", c.RepositoryID, "GITHUB_REPOSITORY_ID", &s.offline.RepositoryID},
	} {
		if n := r.count(id.input, r.text(id.text, id.variable)); n != nil {
			*id.into = *n
		}
	}
	s.offline.Immutable = s.wanted == "immutable"
	if s.offline.Immutable && s.api.Token == "" && (s.offline.OwnerID == 0 || s.offline.RepositoryID == 0) {
		r.mistake("subject-form", "immutable takes github-token, or owner-id and repository-id: gh api repos/%s --jq '.owner.id, .id' shows them", s.offline.Repository)
	}
	return s
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

// form is how subjects are written, and which branch is the default one. What was
// assumed becomes a note.
func (s subjectSource) form(ctx context.Context, r *reader) (setup.Form, string, error) {
	if s.api.Token == "" {
		s.noteAssumed(r)
		return s.offline, "main", nil
	}
	session, err := s.api.Open()
	if err != nil {
		return setup.Form{}, "", &usageError{fmt.Errorf("github-token: %w", err)}
	}
	repository, settings, err := s.ask(ctx, session)
	if err != nil {
		return setup.Form{}, "", s.explain(err)
	}
	truth := s.truth(repository, settings)
	form := truth
	if s.wanted != "auto" {
		form.Prefix, form.Immutable = "", s.wanted == "immutable"
	}
	noteForm(r, form, truth)
	return form, cmp.Or(repository.DefaultBranch, "main"), nil
}

func (s subjectSource) ask(ctx context.Context, session *hub.Session) (hub.Repository, hub.SubjectSettings, error) {
	repository, err := session.Repository(ctx, s.offline.Repository)
	if err != nil {
		return repository, hub.SubjectSettings{}, err
	}
	settings, err := session.SubjectSettings(ctx, repository.Name)
	return repository, settings, err
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
	if s.wanted == "auto" {
		r.note("there is no GitHub token, so subjects are taken to name %s without numbers, which repositories made, renamed or transferred since 2026-07-15 don't; "+
			"this tells, in sub_claim_prefix: gh api repos/%[1]s/actions/oidc/customization/sub; or let setup ask: GITHUB_TOKEN=\"$(gh auth token)\" keyless setup …", s.offline.Repository)
	}
}

// noteForm tells which form was taken, and warns of the other one: either way
// round, the mismatch is refused as AADSTS700213.
func noteForm(r *reader, form, truth setup.Form) {
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
	default:
		r.note("subjects have names alone (%s): a credential with numbers beside them, such as the Azure portal fills in, does not match until the repository is renamed, transferred or opted in", got)
	}
}

// explain says what to do when GitHub did not tell.
func (s subjectSource) explain(err error) error {
	var refused *hub.Refusal
	if !errors.As(err, &refused) || refused.Kind == hub.Ended {
		return err
	}
	return &wire.Problem{
		What: err.Error(),
		Why:  "whether the subjects of " + s.offline.Repository + " have numbers in them is one of its settings, and it decides what Entra must trust",
		Fix: "give a token that may read the repository and its Actions: GITHUB_TOKEN=\"$(gh auth token)\" keyless setup …\n" +
			"or give none (GITHUB_TOKEN= --github-token ''), and say it by hand: --subject-form names, or immutable with --owner-id and --repository-id",
		Page: "https://docs.github.com/rest/actions/oidc#get-the-customization-template-for-an-oidc-subject-claim-for-a-repository",
		Err:  err,
	}
}
