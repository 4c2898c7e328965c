package cmd

import (
	"context"
	"os"
	"time"

	"github.com/keyless-inference/action/actions"
	"github.com/keyless-inference/action/hub"
	"github.com/keyless-inference/action/migration"
	"github.com/keyless-inference/action/oidc"
	"github.com/keyless-inference/action/wire"
)

// The sources of a check, made out of the inputs. Each returns what says why it
// is not looked at, where that is known beforehand.

// absent is a source that is not looked at.
type absent migration.Status

func (a absent) Look(context.Context) migration.Result {
	return migration.Result{Statuses: []migration.Status{migration.Status(a)}}
}

// skipped is a source that cannot be looked at, or that nobody asked for.
func (l *looker) skipped(name, why string) migration.Source {
	return absent{Name: name, State: migration.Skipped, Why: why, Asked: l.asked[name]}
}

func (l *looker) tree() migration.Source {
	return &migration.Tree{Root: l.ws.Dir(), Paths: l.Paths, Exclude: l.Exclude, Asked: true, Texts: l.texts()}
}

// texts are what looks at the files of one repository.
func (l *looker) texts() *migration.Texts {
	return &migration.Texts{Ignore: l.ignore, Today: time.Now()}
}

func (l *looker) history() migration.Source {
	if l.none {
		return l.skipped("history", "the input history is false")
	}
	return &migration.History{Root: l.ws.Dir(), All: l.all, Base: l.event.Base, Ignore: l.ignore, Asked: l.all || l.asked["history"]}
}

func (l *looker) job() migration.Source {
	return &migration.Job{Environ: l.p.Environ, Names: l.names, Mask: l.runner.Mask, Asked: true}
}

// api is GitHub, as the job knows it. Not every command has a token for it.
func (l *looker) api() hub.API {
	return hub.API{
		Base:  l.r.text("", "GITHUB_API_URL"),
		Token: l.r.text(l.GithubToken, "GITHUB_TOKEN"),
		Log:   func(s string) { l.runner.Logf("%s", s) },
	}
}

func (l *looker) github() migration.Source {
	cfg := migration.GitHubConfig{API: l.api(), Repository: l.r.text("", "GITHUB_REPOSITORY"), Names: l.names, Asked: l.asked["github"]}
	switch {
	case cfg.API.Token == "":
		return l.skipped("github", "there is no token: github-token takes that of a GitHub App with the permissions secrets: read and variables: read")
	case cfg.Repository == "":
		return l.skipped("github", "GITHUB_REPOSITORY is not set: it says which repository, as OWNER/NAME")
	}
	l.runner.Mask(cfg.API.Token)
	source, err := migration.NewGitHub(cfg)
	l.r.check("github-token", err)
	return source
}

func (l *looker) azure() migration.Source {
	endpoint, subscription := l.r.text(l.Endpoint, "AZURE_OPENAI_ENDPOINT"), l.r.text(l.SubscriptionID, "AZURE_SUBSCRIPTION_ID")
	if endpoint == "" && subscription == "" {
		return l.skipped("azure", "neither endpoint nor subscription-id says which account")
	}
	named := l.r.text(l.ClientID, "AZURE_CLIENT_ID") != "" && l.r.text(l.TenantID, "AZURE_TENANT_ID") != ""
	if chosen := l.r.text(l.Auth, ""); l.asked["azure"] || named || chosen != "" && chosen != oidc.GitHubOIDC {
		return l.account(endpoint, subscription)
	}
	return l.skipped("azure", "there is no identity to ask with: client-id and tenant-id name one that may read the account")
}

// account looks at the account with the job's identity.
func (l *looker) account(endpoint, subscription string) migration.Source {
	id := l.identity(l.r)
	arm := id.management(l.r)
	credential, err := id.credential(l.runner, l.r.getenv, l.event)
	if err != nil {
		return l.skipped("azure", wire.Line(err.Error(), 500))
	}
	source, err := migration.NewAzure(migration.AzureConfig{
		Endpoint: endpoint, Subscription: subscription, Management: arm.Management, Scope: arm.Scope, Credential: credential, Do: arm.Do,
		Log: func(s string) { l.runner.Logf("%s", s) }, Asked: l.asked["azure"],
	})
	l.r.check("azure", err)
	return source
}

// organization are the repositories of an organization, or of the checkouts in
// a folder.
func (l *looker) organization(org string) []migration.Source {
	if info, err := os.Stat(org); err == nil && info.IsDir() {
		return l.checkouts(org)
	}
	api := l.api()
	if api.Token == "" {
		l.r.mistake("github-token", "is required with org (or set GITHUB_TOKEN): a token that may read the repositories of %s (a folder of checkouts needs none, but there is no folder %q)", org, org)
		return nil
	}
	l.runner.Mask(api.Token)
	source, err := migration.NewOrganization(migration.OrganizationConfig{
		API: api, Name: org, Names: l.names, Asked: true,
		Files: func(string) migration.Files { return l.download() },
	})
	l.r.check("org", err)
	return []migration.Source{source}
}

// download takes the files of one repository, whose own ignore file may come
// anywhere among them.
func (l *looker) download() migration.Files {
	texts, outside := &migration.Texts{Today: time.Now()}, migration.Outside(l.Paths, l.Exclude)
	var ignore *migration.Ignore
	var wrong error
	return migration.Files{
		File: func(name string, data []byte) {
			if name == migration.IgnoreFile {
				ignore, wrong = migration.ParseIgnore(name, data)
			}
			if !outside(name) {
				texts.File(name, data)
			}
		},
		Done: func() migration.Result {
			result := texts.Done().Without(ignore)
			if wrong != nil {
				result.Statuses = append(result.Statuses, migration.Status{Name: "tree: " + migration.IgnoreFile, State: migration.Failed, Why: wire.Line(wrong.Error(), 500), Asked: true})
			}
			return result
		},
	}
}

// checkouts are those in a folder, each with its own ignore file.
func (l *looker) checkouts(folder string) []migration.Source {
	return []migration.Source{&migration.Checkouts{Folder: folder, Asked: true, Sources: func(dir string) ([]migration.Source, error) {
		one := *l
		one.r = &reader{getenv: l.r.getenv}
		one.ws = actions.Folder(dir)
		one.ignore, one.event = readIgnore(one.r, one.ws), actions.Event{}
		sources := []migration.Source{one.tree()}
		if l.all {
			sources = append(sources, one.history())
		}
		return sources, one.r.err()
	}}}
}
