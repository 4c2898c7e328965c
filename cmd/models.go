package cmd

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/keyless-inference/action/account"
	"github.com/keyless-inference/action/actions"
	"github.com/keyless-inference/action/report"
	"github.com/keyless-inference/action/wire"
)

// modelsCommand is "keyless models".
type modelsCommand struct {
	Endpoint       string `group:"account" from:"AZURE_OPENAI_ENDPOINT" help:"The endpoint whose account is looked at, such as https://my-resource.openai.azure.com."`
	SubscriptionID string `group:"account" name:"subscription-id" from:"AZURE_SUBSCRIPTION_ID" help:"The subscription that the account is in. Without endpoint, all accounts in it that serve Azure OpenAI."`
	Available      bool   `group:"results" help:"List what the account's region offers as well. It takes a role at the subscription; without one, what the account may deploy is listed."`
	JSON           bool   `group:"results" name:"json" help:"Print JSON instead of tables."`
	identityInputs
}

// modelsTimeout is how long all that is asked for may take.
const modelsTimeout = 5 * time.Minute

// run prints the deployments of an account, and what could be deployed. Standard
// output is for that alone, since people redirect it into files: a mask has a token in
// it. A runner listens to standard error as well.
func (c *modelsCommand) run(ctx context.Context, p Process, _ *actions.Runner, r *reader) error {
	runner := actions.New(r.getenv, p.Stderr, p.Stderr)
	defer runner.Close()
	client, about, err := c.plan(runner, r)
	r.warn(runner)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, modelsTimeout)
	defer cancel()
	all, err := c.look(ctx, runner, client, about)
	if err != nil {
		return err
	}
	if c.JSON {
		return report.ModelsJSON(p.Stdout, all, time.Now())
	}
	return report.ModelsText(p.Stdout, all, time.Now())
}

// plan checks the inputs. What the look is about goes into its errors.
func (c *modelsCommand) plan(runner *actions.Runner, r *reader) (*account.Client, account.About, error) {
	about := account.About{Endpoint: r.text(c.Endpoint, "AZURE_OPENAI_ENDPOINT"), Subscription: r.text(c.SubscriptionID, "AZURE_SUBSCRIPTION_ID")}
	if about.Endpoint == "" && about.Subscription == "" {
		r.mistake("endpoint", "is required, or subscription-id (or set AZURE_OPENAI_ENDPOINT or AZURE_SUBSCRIPTION_ID)")
	}
	if about.Endpoint != "" && account.Host(about.Endpoint) == "" {
		r.mistake("endpoint", "%q is not a URL such as https://my-resource.openai.azure.com", wire.Line(about.Endpoint, 100))
	}
	if about.Subscription != "" {
		r.check("subscription-id", account.CheckSubscription(about.Subscription))
	}
	id := c.identity(r)
	id.at(r, about.Endpoint)
	about.Tenant, about.Client = id.config.Tenant, id.config.Client
	cfg := id.management(r)
	event := event(runner, r)
	if err := r.err(); err != nil {
		return nil, about, err
	}
	credential, err := id.credential(runner, r.getenv, event)
	if err != nil {
		return nil, about, err
	}
	cfg.Credential, cfg.Log = credential, func(s string) { runner.Logf("%s", s) }
	client, err := account.New(cfg)
	return client, about, err
}

// management is where the control plane of the identity's cloud is. An emulator's
// is elsewhere, which AZURE_RESOURCE_MANAGER_ENDPOINT says.
func (id identity) management(r *reader) account.Config {
	const variable = "AZURE_RESOURCE_MANAGER_ENDPOINT"
	management, err := id.cloud.ManagementAt(r.text("", variable))
	r.check(variable, err)
	return account.Config{Management: management, Scope: id.cloud.ManagementScope(), Do: id.do}
}

// look finds the accounts and lists their models.
func (c *modelsCommand) look(ctx context.Context, runner *actions.Runner, client *account.Client, about account.About) (all []report.AccountModels, err error) {
	if about.Principal, err = client.Principal(ctx); err != nil {
		return nil, err
	}
	about.PrincipalType, _ = client.PrincipalType(ctx) // the same token has told of the principal
	found, err := client.Find(ctx, about.Endpoint, about.Subscription)
	switch {
	case len(found) == 0 && err != nil:
		return nil, about.Explain(err)
	case len(found) == 0:
		return nil, about.Missing()
	case err != nil:
		runner.Warningf("some subscriptions could not be looked through: %v", err)
	case len(found) > 1 && about.Endpoint != "":
		runner.Warningf("%d accounts answer at %s, so it is no endpoint of one account: give each a subdomain of its own (az cognitiveservices account update --custom-domain NAME), without which it takes no Entra tokens", len(found), about.Endpoint)
	}
	for _, a := range found {
		about.Account = a
		one, err := c.models(ctx, runner, client, a)
		if err != nil {
			return nil, about.Explain(err)
		}
		all = append(all, one)
	}
	return all, nil
}

// models lists the models of one account. The deployments are what matters:
// without the rest there is a warning.
func (c *modelsCommand) models(ctx context.Context, runner *actions.Runner, client *account.Client, a account.Account) (one report.AccountModels, err error) {
	one.Account = a
	if one.Deployments, err = client.Deployments(ctx, a); err != nil {
		return one, err
	}
	models, err := client.Models(ctx, a)
	if err != nil {
		runner.Warningf("without the models of the account %s no date of retirement is known: %v", a.Name, err)
	}
	account.Retire(one.Deployments, models)
	if !c.Available {
		return one, nil
	}
	one.Available, err = client.Available(ctx, a)
	var refused *account.Refusal
	if errors.As(err, &refused) && refused.Status == http.StatusForbidden && len(models) > 0 {
		runner.Warningf("the identity may not list what %s offers, which takes a role at the subscription, such as Reader; in its place this lists what the account %s may deploy", a.Location, a.Name)
		one.Available, err = models, nil
	}
	if err == nil && one.Available == nil {
		one.Available = []account.Model{}
	}
	return one, err
}
