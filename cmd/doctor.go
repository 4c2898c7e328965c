package cmd

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/keyless-inference/action/actions"
	"github.com/keyless-inference/action/chain"
	"github.com/keyless-inference/action/inference"
	"github.com/keyless-inference/action/oidc"
	"github.com/keyless-inference/action/report"
)

// doctorCommand is "keyless doctor": its fields are the inputs of doctor/action.yml.
type doctorCommand struct {
	resourceInputs
	Deployment     string `group:"connection" from:"AZURE_OPENAI_DEPLOYMENT" help:"The name of the Azure OpenAI deployment."`
	API            string `group:"connection" help:"How the deployment is asked: chat, responses, completions or embeddings. By default as the control plane says that it can be, else chat."`
	SubscriptionID string `group:"connection" name:"subscription-id" from:"AZURE_SUBSCRIPTION_ID" help:"The subscription that the resource is in. By default all that the identity sees are looked through."`

	identityInputs
	Scope   string `group:"identity" help:"The scope of the Entra token. The cloud's own by default: https://cognitiveservices.azure.com/.default."`
	Subject string `group:"identity" help:"The subject of the federated credential, as Azure shows it. Where Entra finds no match it is compared, letter by letter, with the one that GitHub sends."`

	Timeout     string `group:"results" default:"2m" help:"How long the whole walk may take: 90s, 2m; a bare number is seconds."`
	NoInference bool   `group:"results" help:"Spend nothing: judge the role, the deployment and what it can do by what the control plane shows."`
	JSON        bool   `group:"results" name:"json" help:"Print the walk as JSON instead of text."`
	Summary     bool   `group:"results" default:"true" help:"Show the walk in the job summary."`
}

// doctorOutputs are those of doctor/action.yml.
func doctorOutputs() []output[chain.Report] {
	return []output[chain.Report]{
		{Output{"works", "true if an inference call would work, else false."}, func(r chain.Report) string { return strconv.FormatBool(r.Works) }},
		{Output{"broken", "The links that are broken, with commas between: permissions, id-token, tenant, exchange, token, endpoint, role, deployment, capability or quota."}, func(r chain.Report) string {
			var names []string
			for _, l := range r.Broken() {
				names = append(names, l.Name)
			}
			return strings.Join(names, ",")
		}},
		{Output{"json", "The whole walk as JSON."}, func(r chain.Report) string {
			var text bytes.Buffer
			if err := report.WalkJSON(&text, r); err != nil {
				return ""
			}
			return text.String()
		}},
	}
}

// run walks the chain and shows it.
func (c *doctorCommand) run(ctx context.Context, p Process, runner *actions.Runner, r *reader) error {
	cfg, timeout := c.config(runner, r), r.duration("timeout", c.Timeout)
	r.warn(runner)
	if err := r.err(); err != nil {
		return err
	}
	within, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("the timeout of %s is over", timeout))
	defer cancel()
	walk := chain.Walk(within, cfg)
	if ctx.Err() != nil {
		return fmt.Errorf("walking the chain: %w", context.Cause(ctx))
	}
	return c.deliver(p, runner, walk)
}

// config reads the inputs.
func (c *doctorCommand) config(runner *actions.Runner, r *reader) chain.Config {
	id, happened := c.identity(r), event(runner, r)
	endpoint, version, header := c.resource(r)
	if c.Scope == "" {
		id.at(r, endpoint)
	}
	log := func(s string) { runner.Logf("%s", s) }
	cfg := chain.Config{
		Modes: id.modes, Identity: id.config, Scope: cmp.Or(r.text(c.Scope, ""), id.cloud.Scope),
		Job: job(r, happened), Around: around(r), Registered: strings.TrimSpace(c.Subject),
		Account:      id.management(r),
		Subscription: r.text(c.SubscriptionID, "AZURE_SUBSCRIPTION_ID"),
		Client:       &inference.Client{Endpoint: endpoint, APIVersion: version, Header: header, ClientID: id.config.Client, PrincipalType: id.kind(), Do: id.do},
		Roots:        id.roots, Deployment: r.text(c.Deployment, "AZURE_OPENAI_DEPLOYMENT"),
		API:         r.oneOf("api", c.API, "", inference.Chat, inference.Responses, inference.Completions, inference.Embeddings),
		NoInference: c.NoInference,
	}
	cfg.Identity.Mask, cfg.Identity.Log = runner.Mask, log
	cfg.Account.Log, cfg.Account.Attempts = log, 2 // it can be done without
	if slices.Contains(id.modes, oidc.GitHubOIDC) {
		github, missing := id.github(runner, r.getenv, happened)
		if cfg.NoIDToken = missing; missing == nil {
			cfg.Identity.IDToken = github.IDToken
		}
	}
	for _, secret := range secrets(header) {
		runner.Mask(secret)
	}
	return cfg
}

// job is what decides the subject of a job's ID token.
func job(r *reader, e actions.Event) []chain.Fact {
	return []chain.Fact{
		{Name: "event", Value: e.Name},
		{Name: "actor", Value: e.Actor},
		{Name: "repository", Value: r.text("", "GITHUB_REPOSITORY")},
		{Name: "ref", Value: r.text("", "GITHUB_REF")},
	}
}

// around is what a job's subject might have had in it, and has not.
func around(r *reader) oidc.Surroundings {
	branch := r.text("", "GITHUB_HEAD_REF") // of a pull request
	if name, ok := strings.CutPrefix(r.text("", "GITHUB_REF"), "refs/heads/"); ok {
		branch = name
	}
	return oidc.Surroundings{
		Repository: r.text("", "GITHUB_REPOSITORY"), OwnerID: r.text("", "GITHUB_REPOSITORY_OWNER_ID"), RepositoryID: r.text("", "GITHUB_REPOSITORY_ID"),
		Branch: branch,
	}
}

// deliver shows a walk: on GitHub as annotations, in the log and in the summary, else
// on standard output.
func (c *doctorCommand) deliver(p Process, runner *actions.Runner, walk chain.Report) error {
	write := report.WalkText
	if c.JSON {
		write = report.WalkJSON
	}
	var text bytes.Buffer
	if err := write(&text, walk); err != nil {
		return fmt.Errorf("writing the walk: %w", err)
	}
	if !runner.OnGitHub() {
		if _, err := io.Copy(p.Stdout, &text); err != nil {
			return fmt.Errorf("writing the walk: %w", err)
		}
		return verdict(walk)
	}
	for _, l := range walk.Broken() {
		runner.Annotate(actions.Annotation{Level: actions.Error, Title: "doctor: " + l.Name, Text: l.Problem.Error()})
	}
	runner.Fence("The walk", text.String())
	if err := setOutputs(runner, doctorOutputs(), walk); err != nil {
		return err
	}
	if c.Summary {
		if err := runner.Summary(report.WalkSummary(walk, max(1, runner.SummaryRoom()))); err != nil {
			return err
		}
	}
	return verdict(walk)
}

// verdict fails unless an inference call would work.
func verdict(walk chain.Report) error {
	if walk.Works {
		return nil
	}
	return &failedCheck{walk.Verdict()}
}
