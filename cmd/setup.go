package cmd

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"strings"

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
	Environment []string `group:"trust" help:"An environment of GitHub (no cloud) whose jobs are trusted; may be given several times."`
	PullRequest bool     `group:"trust" name:"pull-request" help:"Trust jobs for pull requests from the repository itself. Those from forks never get a token."`

	SubjectForm  string `group:"subject" default:"auto" help:"How subjects name the repository: names (repo:OWNER/NAME), immutable (repo:OWNER@1/NAME@2), or auto, as the repository's settings say, which takes a token. With owner-id and repository-id, auto is immutable."`
	GithubToken  string `group:"subject" name:"github-token" from:"GITHUB_TOKEN" help:"A token that may read the repository's Actions, for auto. On a laptop: $(gh auth token)."`
	OwnerID      string `group:"subject" name:"owner-id" from:"GITHUB_REPOSITORY_OWNER_ID" help:"The number of the repository's owner, for immutable without a token."`
	RepositoryID string `group:"subject" name:"repository-id" from:"GITHUB_REPOSITORY_ID" help:"The number of the repository, for immutable without a token."`
	Issuer       string `group:"subject" help:"Who signs GitHub's tokens, when the enterprise has an issuer of its own. By default as GITHUB_SERVER_URL says."`

	Identity string `group:"identity" default:"managed" help:"What the jobs are in Entra: managed, a user-assigned managed identity, or app, an app registration."`
	Name     string `group:"identity" help:"The name of that identity. By default one made of the repository's."`
	Role     string `group:"identity" default:"user" help:"What it may do at the account: user (Cognitive Services OpenAI User), or contributor (Cognitive Services OpenAI Contributor), which may upload files for batches."`
	KeepKeys bool   `group:"identity" help:"Leave out the last step, which turns the account's keys off, as long as somebody else uses one."`

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
	if len(plan.Refs) == 0 && branch == "" {
		branch = "main"
		r.note("the default branch is taken to be main, because GitHub did not tell; --branch says another one")
	}
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
		Refs: c.refs(r),
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
	return plan
}

// refs are what the flags trust. An environment with the name of a cloud is most
// likely a slip, because with the other commands environment is the cloud.
func (c *setupCommand) refs(r *reader) (all []setup.Ref) {
	for _, of := range []struct {
		kind  string
		names []string
	}{{setup.Branch, c.Branch}, {setup.Tag, c.Tag}, {setup.Environment, c.Environment}} {
		for _, name := range of.names {
			name = strings.TrimSpace(name)
			all = append(all, setup.Ref{Kind: of.kind, Name: name})
			if cloud, err := oidc.CloudNamed(name); err == nil && of.kind == setup.Environment && name != "" && r.text(c.Cloud, "") == "" {
				r.mistake("environment", "%q is a cloud, and here environment is one of GitHub's: give --cloud %s instead, or as well where GitHub has an environment of that name", name, cloud.Name)
			}
		}
	}
	if c.PullRequest {
		all = append(all, setup.Ref{Kind: setup.PullRequest})
	}
	return all
}
