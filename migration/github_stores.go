package migration

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/google/go-github/v62/github"

	"github.com/keyless-inference/action/migration/rule"
	"github.com/keyless-inference/action/wire"
)

// An item is a secret, or a variable with its value.
type item struct {
	name, value string
	updated     time.Time
	visibility  string // of one of an organization: all, private or selected
}

// A store is one place where GitHub keeps secrets or variables.
type store struct {
	name     string // "secrets of the repository"
	needs    permission
	remove   string // the command that deletes one: {name}, {env}, {owner} and {repo} are filled in
	variable bool   // whether it has values to see
	wide     bool   // whether only organizations have it
	optional bool   // whether only an organization has it, and a check is complete without it
	env      string
	list     lister
}

type lister func(context.Context, *github.Client, place, github.ListOptions) ([]item, *github.Response, error)

// A permission is what a token needs, under its three names.
type permission struct {
	fine    string // of a fine-grained token or an app
	app     string // the input of actions/create-github-app-token; "" when it has none
	classic string // the scope of a classic token; "" when none is needed
}

func (p permission) String() string {
	text := "it takes a token with " + p.fine
	switch {
	case p.app != "":
		text += " (in actions/create-github-app-token: " + p.app + ")"
	case p.classic != "":
		text += " (of a GitHub App that has it; actions/create-github-app-token gives all that the app has when no permission- input is set)"
	}
	if p.classic != "" {
		text += ", or a classic token with the scope " + p.classic + "; the job's own GITHUB_TOKEN can't have it"
	}
	return text
}

var (
	readSecrets   = permission{"Secrets: read", "permission-secrets: read", "repo"}
	readVariables = permission{"Variables: read", "", "repo"}
)

// stores are those of every repository.
//
// https://docs.github.com/rest/authentication/permissions-required-for-fine-grained-personal-access-tokens
var stores = []store{
	{
		name: "secrets of the repository", needs: readSecrets, remove: "gh secret delete {name} --repo {owner}/{repo}",
		list: secretsOf(func(ctx context.Context, c *github.Client, p place, o *github.ListOptions) (*github.Secrets, *github.Response, error) {
			return c.Actions.ListRepoSecrets(ctx, p.owner, p.repo, o)
		}),
	},
	{
		name: "secrets of the organization that the repository may read", needs: readSecrets, remove: "gh secret delete {name} --org {owner}", wide: true,
		list: secretsOf(func(ctx context.Context, c *github.Client, p place, o *github.ListOptions) (*github.Secrets, *github.Response, error) {
			return c.Actions.ListRepoOrgSecrets(ctx, p.owner, p.repo, o)
		}),
	},
	{
		name: "Dependabot secrets of the repository", remove: "gh secret delete {name} --app dependabot --repo {owner}/{repo}",
		needs: permission{"Dependabot secrets: read", "permission-dependabot-secrets: read", "repo"},
		list: secretsOf(func(ctx context.Context, c *github.Client, p place, o *github.ListOptions) (*github.Secrets, *github.Response, error) {
			return c.Dependabot.ListRepoSecrets(ctx, p.owner, p.repo, o)
		}),
	},
	{
		name: "Dependabot secrets of the organization", remove: "gh secret delete {name} --app dependabot --org {owner}", wide: true, optional: true,
		needs: permission{"the organization's Dependabot secrets: read", "", "admin:org"},
		list: secretsOf(func(ctx context.Context, c *github.Client, p place, o *github.ListOptions) (*github.Secrets, *github.Response, error) {
			return c.Dependabot.ListOrgSecrets(ctx, p.owner, o)
		}),
	},
	{
		name: "Codespaces secrets of the repository", remove: "gh secret delete {name} --app codespaces --repo {owner}/{repo}",
		needs: permission{"Codespaces secrets: write (to list their names, too)", "", "repo"},
		list: secretsOf(func(ctx context.Context, c *github.Client, p place, o *github.ListOptions) (*github.Secrets, *github.Response, error) {
			return c.Codespaces.ListRepoSecrets(ctx, p.owner, p.repo, o)
		}),
	},
	{
		name: "Codespaces secrets of the organization", remove: "gh secret delete {name} --app codespaces --org {owner}", wide: true, optional: true,
		needs: permission{"the organization's Codespaces secrets: read", "", "admin:org"},
		list: secretsOf(func(ctx context.Context, c *github.Client, p place, o *github.ListOptions) (*github.Secrets, *github.Response, error) {
			return c.Codespaces.ListOrgSecrets(ctx, p.owner, o)
		}),
	},
	{
		name: "variables of the repository", needs: readVariables, remove: "gh variable delete {name} --repo {owner}/{repo}", variable: true,
		list: variablesOf(func(ctx context.Context, c *github.Client, p place, o *github.ListOptions) (*github.ActionsVariables, *github.Response, error) {
			return c.Actions.ListRepoVariables(ctx, p.owner, p.repo, o)
		}),
	},
	{
		name: "variables of the organization that the repository may read", needs: readVariables, remove: "gh variable delete {name} --org {owner}", variable: true, wide: true,
		list: variablesOf(func(ctx context.Context, c *github.Client, p place, o *github.ListOptions) (*github.ActionsVariables, *github.Response, error) {
			return c.Actions.ListRepoOrgVariables(ctx, p.owner, p.repo, o)
		}),
	},
}

// environmentStores are those of every environment, whose name follows theirs.
var environmentStores = []store{
	{
		name: "secrets of the environment", remove: "gh secret delete {name} --env {env} --repo {owner}/{repo}",
		needs: permission{"Secrets: read and Environments: read", "permission-secrets: read and permission-environments: read", "repo"},
		list: secretsOf(func(ctx context.Context, c *github.Client, p place, o *github.ListOptions) (*github.Secrets, *github.Response, error) {
			return c.Actions.ListEnvSecrets(ctx, int(p.id), p.env, o)
		}),
	},
	{
		name: "variables of the environment", remove: "gh variable delete {name} --env {env} --repo {owner}/{repo}", variable: true,
		needs: permission{"Variables: read and Environments: read", "", "repo"},
		list: variablesOf(func(ctx context.Context, c *github.Client, p place, o *github.ListOptions) (*github.ActionsVariables, *github.Response, error) {
			return c.Actions.ListEnvVariables(ctx, p.owner, p.repo, p.env, o)
		}),
	},
}

// secretsOf makes a lister of one of the library's, whose lists of secrets have
// one type.
func secretsOf(list func(context.Context, *github.Client, place, *github.ListOptions) (*github.Secrets, *github.Response, error)) lister {
	return func(ctx context.Context, c *github.Client, p place, page github.ListOptions) (items []item, _ *github.Response, _ error) {
		found, resp, err := list(ctx, c, p, &page)
		if found != nil {
			for _, s := range found.Secrets {
				items = append(items, item{name: s.Name, updated: s.UpdatedAt.Time, visibility: s.Visibility})
			}
		}
		return items, resp, err
	}
}

// variablesOf is the same for variables.
func variablesOf(list func(context.Context, *github.Client, place, *github.ListOptions) (*github.ActionsVariables, *github.Response, error)) lister {
	return func(ctx context.Context, c *github.Client, p place, page github.ListOptions) (items []item, _ *github.Response, _ error) {
		found, resp, err := list(ctx, c, p, &page)
		if found != nil {
			for _, v := range found.Variables {
				items = append(items, item{v.Name, v.Value, v.GetUpdatedAt().Time, v.GetVisibility()})
			}
		}
		return items, resp, err
	}
}

// escape makes one segment of a path of an environment's name: "prod/eu" is one
// name. The library puts names into paths as they are.
func escape(name string) string { return url.PathEscape(name) }

func (s store) noun() string {
	if s.variable {
		return "variable"
	}
	return "secret"
}

// judge makes a finding of an item that is a key.
func (s store) judge(at place, names Names, it item) (Finding, bool) {
	what := verdict{}
	switch {
	case s.variable:
		what = names.judge(it.name, it.value)
	case names.Match(it.name):
		what.found = "has the name of a key"
	}
	if what.found == "" {
		return Finding{}, false
	}
	name := wire.Line(it.name, 100)
	f := Finding{Rule: "KL001", Severity: rule.Error, Place: s.name + ": " + name}
	f.Message = wire.Line(fmt.Sprintf("%s among the %s %s%s", name, s.name, what.found, it.dated()), 700)
	f.Fix = s.command(at, it.name)
	if s.variable {
		f.Rule = "KL002"
		f.Fix += "; and regenerate the key: whoever sees variables or logs has it"
	}
	return f.Seal(name + " " + what.seal), true
}

// dated says when an item was last changed, and who may read it.
func (it item) dated() string {
	text := ""
	if !it.updated.IsZero() {
		text = " (updated " + it.updated.UTC().Format(time.DateOnly) + ")"
	}
	if it.visibility == "selected" {
		text += "; selected repositories may read it"
	}
	return text
}

// command is the one that deletes an item, to be run in a shell.
func (s store) command(at place, name string) string {
	return strings.NewReplacer(
		"{name}", shellWord(name), "{env}", shellWord(s.env), "{owner}", at.owner, "{repo}", at.repo,
	).Replace(s.remove)
}

// shellWord quotes a word for a POSIX shell where it needs that.
func shellWord(word string) string {
	word = wire.Line(word, 255)
	if word != "" && strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./") == "" {
		return word
	}
	return wire.Quote(word)
}
