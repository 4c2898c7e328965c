package setup

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
)

// scope is a plan as templates see it.
func (p Plan) scope() (scope, error) {
	credentials, err := p.credentials()
	in, gives := clouds[p.Cloud], roleIDs[p.Role]
	environments := p.named(Environment)
	return scope{
		"Repository": p.Form.Repository, "Repo": p.repo(),
		"Name": p.Name, "App": p.Identity == App,
		"Credentials": credentials, "CredentialNames": names(credentials),
		"Issuer": p.Issuer, "Audience": p.Audience,
		"Role": gives.Name, "RoleID": gives.ID, "KeepKeys": p.KeepKeys,
		"Endpoint": p.Endpoint, "Subdomain": p.subdomain(), "Deployment": p.Deployment,
		"Account": p.Account, "ResourceGroup": p.ResourceGroup,
		"Subscription": p.Subscription, "Location": p.Location,
		"CLI": in.CLI, "Terraform": in.Terraform, "Directory": in.Directory,

		// The workflow's. Jobs in no environment are Outside.
		"Cloud":    strings.TrimPrefix(p.Cloud, "azurecloud"), // "" for the public one
		"Branches": p.named(Branch), "Tags": p.named(Tag),
		"PullRequest": len(p.named(PullRequest)) > 0,
		"Outside":     len(environments) < len(p.Refs), "Environments": environments,
	}, err
}

// repo is the repository as gh names it.
func (p Plan) repo() string {
	if u, err := url.Parse(p.Server); err == nil && u.Host != "github.com" && u.Host != "" {
		return u.Host + "/" + p.Form.Repository
	}
	return p.Form.Repository
}

// credentials are one for each of the refs.
func (p Plan) credentials() (all []scope, err error) {
	var made []credential
	longest := 0
	for _, r := range p.Refs {
		subject, err := p.Form.Subject(r)
		if err != nil {
			return nil, err
		}
		c := newCredential(r, p.Issuer, subject)
		made, longest = append(made, c), max(longest, len(c.Name))
	}
	for _, c := range made {
		parameters, err := c.parameters(p.Issuer, p.Audience)
		if err != nil {
			return nil, err
		}
		all = append(all, scope{
			"Name": c.Name, "Subject": c.Subject, "Parameters": parameters,
			"Padding": strings.Repeat(" ", longest-len(c.Name)), // so that what follows the names is in line
		})
	}
	return all, nil
}

// names are those of the credentials.
func names(credentials []scope) (all []string) {
	for _, c := range credentials {
		all = append(all, fmt.Sprint(c["Name"]))
	}
	return all
}

// parameters are a credential as az ad takes it.
func (c credential) parameters(issuer, audience string) (string, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(struct {
		Name      string   `json:"name"`
		Issuer    string   `json:"issuer"`
		Subject   string   `json:"subject"`
		Audiences []string `json:"audiences"`
	}{c.Name, issuer, c.Subject, []string{audience}})
	return strings.TrimSpace(b.String()), err
}

// named are the names of the refs of a kind. Those of branches and tags are as
// filters have them, which make the workflow start where it is trusted.
func (p Plan) named(kind string) (names []string) {
	for _, r := range p.Refs {
		switch {
		case r.Kind != kind:
		case r.ref() != "":
			names = append(names, pattern(r.Name))
		default:
			names = append(names, r.Name)
		}
	}
	return names
}

// pattern is a name in a filter, where some of what git allows in it has a meaning.
//
// https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet
func pattern(name string) string {
	return strings.NewReplacer("+", `\+`, "!", `\!`, "]", `\]`).Replace(name)
}
