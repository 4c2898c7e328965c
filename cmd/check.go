package cmd

import (
	"context"
	"fmt"

	"github.com/keyless-inference/action/actions"
	"github.com/keyless-inference/action/migration"
)

// checkCommand is "keyless check": its fields are the inputs of check/action.yml.
type checkCommand struct {
	Paths   []string `group:"tree" help:"Files and folders to look at, one a line, as .gitignore writes them. The whole checkout by default."`
	Exclude []string `group:"tree" help:"Files and folders to leave out, one a line, as .gitignore writes them."`

	Sources string `group:"sources" help:"What must be looked at: some of tree, history, job, github and azure, with commas between. One that can't be looked at then fails the check. By default everything that can be looked at is, and only tree and job have to be."`
	History string `group:"sources" help:"true: look for keys in everything that git still has, which takes fetch-depth: 0 in actions/checkout; false: in nothing. By default in the commits of the pull request or push."`

	GithubToken    string `group:"github" name:"github-token" from:"GITHUB_TOKEN" action:"${{ github.token }}" help:"The token that the names of secrets and variables are listed with. The job's own may not list them: give that of a GitHub App with permission to read secrets and variables."`
	SecretNames    string `group:"github" help:"Further names of secrets and variables that are keys, with * for any characters, blanks or commas between."`
	Org            string `group:"github" help:"Look at all repositories of this organization instead of this one; or the path of a folder with a checkout in each of its folders."`
	Endpoint       string `group:"azure" from:"AZURE_OPENAI_ENDPOINT" help:"The endpoint whose account in Azure is looked at, such as https://my-resource.openai.azure.com."`
	SubscriptionID string `group:"azure" name:"subscription-id" from:"AZURE_SUBSCRIPTION_ID" help:"The subscription that the account is in. Without endpoint, all accounts in it that serve Azure OpenAI."`
	identityInputs

	Severity        string `group:"results" default:"warning" help:"The least severity that fails the check: error, warning or info."`
	Baseline        string `group:"results" help:"A file with findings that pass, made by write-baseline; new ones fail."`
	WriteBaseline   string `group:"results" help:"Write all present findings to this file as a baseline, and pass."`
	AllowIncomplete bool   `group:"results" help:"Pass even if a source that must be looked at could not be."`
	SarifFile       string `group:"results" name:"sarif-file" help:"Write the findings to this file as SARIF 2.1.0, for github/codeql-action/upload-sarif."`
	CSVFile         string `group:"results" name:"csv-file" help:"Write the findings to this file as CSV."`
	JSON            bool   `group:"results" name:"json" help:"Print the report as JSON instead of text."`
	Summary         bool   `group:"results" default:"true" help:"Show the findings in the job summary."`

	Fix   bool `group:"fix" help:"Show how files can be changed so that they need no key, as a diff."`
	Write bool `group:"fix" help:"With fix: change the files."`
}

// run looks everywhere, and hands on what was found.
func (c *checkCommand) run(ctx context.Context, p Process, runner *actions.Runner, r *reader) error {
	plan, err := c.plan(p, runner, r)
	r.warn(runner)
	if err != nil {
		return err
	}
	defer plan.writes.discard()
	report := plan.look(ctx)
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("checking: %w", context.Cause(ctx))
	}
	return plan.deliver(runner, p, report)
}

// look asks all sources. What is in no file the ignore file names by its rule.
func (plan *checkPlan) look(ctx context.Context) migration.Report {
	report := migration.Check(ctx, plan.sources...)
	report.Outside = migration.Outside(plan.in.Paths, plan.in.Exclude)
	wanted := migration.Result{Findings: report.Findings, Ignored: report.Ignored}.Without(plan.ignore)
	report.Findings, report.Ignored = wanted.Findings, wanted.Ignored
	return report
}
