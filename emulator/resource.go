package emulator

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// ReadResource sets what an Azure OpenAI resource has, what stands on pull
// requests, and what GitHub and Azure Resource Manager know, from a YAML map:
//
//	deployments:                       # instead of DefaultDeployments
//	  - name: my-mini
//	    model: gpt-4o-mini             # the name, unless it is given
//	    kind: chat                     # or reasoning, responses, completions, embeddings
//	    tpm: 10000
//	    rpm: 60
//	    window: minute                 # and the other fields of Deployment, in small letters
//	refuse-embeddings: true            # /openai/v1/embeddings takes no tokens of Entra
//	batch-old-style: true
//	rules:
//	  - match: (?i)capital of france   # a regular expression, RE2 syntax
//	    deployment: my-mini            # optional
//	    response: Paris                # or responses: [Paris, Lyon], or status: 500
//	comments:
//	  - number: 7
//	    author: mona                   # github-actions[bot], unless it is given
//	    body: Hello
//	    repo: octo-org/octo-repo       # the subject's, unless it is given
//	    minimized: false
//	permissions: [secrets=read]        # of GitHub's token, besides those of a job's
//	repositories:
//	  - name: octo-org/octo-repo
//	    secrets: [AZURE_OPENAI_API_KEY]
//	    variables: {NAME: value}
//	    environments: [{name: production, secrets: [KEY]}]
//	organizations: [{name: octo-org, secrets: [KEY]}]
//	accounts:                          # instead of DefaultAccounts
//	  - name: my-openai
//	    subdomain: my-openai
//	    disable-local-auth: true
//	    public-network-access: Disabled
//	    network-acls: {default-action: Deny, ip-rules: [203.0.113.0/24]}
//	    roles: [{role: Reader, scope: subscription}]
//	    keys-listed: [{days: 3, caller: mona@example.com}]
//	federated-credentials:             # instead of one that matches GitHub's tokens, and one the cluster's
//	  - {name: main, issuer: "", subject: "repo:octo-org/octo-repo:ref:refs/heads/main", audience: api://AzureADTokenExchange}
//	oidc: {use-default: true, immutable: false, prefix: "repo:octo-org/octo-repo", keys: []}
//
// An empty document says nothing: Deployments is then nil. Unknown keys, missing
// ones and expressions that do not compile are errors that name line and column,
// and leave c as it is.
func (c *Config) ReadResource(text []byte) (err error) {
	defer func() { // the library panics on a tag where it expects a list, as in "! 0"
		if p := recover(); p != nil {
			err = fmt.Errorf("reading the emulator's resource: [1:1] the YAML parser gave up: %v", p)
		}
	}()
	var written struct {
		Deployments []deploymentNode
		Rules       []ruleNode
		Comments    []commentNode

		Permissions   []string
		Repositories  []named[Repository]
		Organizations []named[Organization]
		Accounts      []named[Account]

		FederatedCredentials []FederatedCredential `yaml:"federated-credentials"`
		OIDC                 *OIDCSettings         `yaml:"oidc"`

		RefuseEmbeddings bool `yaml:"refuse-embeddings"`
		BatchOldStyle    bool `yaml:"batch-old-style"`
	}
	err = yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(&written)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("reading the emulator's resource: %s", yaml.FormatError(err, false, false))
	}
	if err := checkAccounts(written.Accounts); err != nil {
		return fmt.Errorf("reading the emulator's resource: %w", err)
	}
	c.Deployments, c.Rules, c.Comments = nil, nil, nil
	for _, w := range written.Deployments {
		c.Deployments = append(c.Deployments, w.deployment)
	}
	for _, w := range written.Rules {
		c.Rules = append(c.Rules, w.rule)
	}
	for _, w := range written.Comments {
		c.Comments = append(c.Comments, w.comment)
	}
	c.Permissions, c.RefuseEmbeddings, c.BatchOldStyle = written.Permissions, written.RefuseEmbeddings, written.BatchOldStyle
	c.FederatedCredentials, c.OIDC = written.FederatedCredentials, written.OIDC
	c.Repositories, c.Organizations, c.Accounts = values(written.Repositories), values(written.Organizations), values(written.Accounts)
	return nil
}

// A named is something as it is written that needs a name, and knows its place.
type named[T any] struct{ value T }

// UnmarshalYAML implements [yaml.NodeUnmarshaler].
func (v *named[T]) UnmarshalYAML(n ast.Node) error {
	var w struct {
		Name string `yaml:"name"`
	}
	if err := yaml.NodeToValue(n, &w); err != nil {
		return err
	}
	if w.Name == "" {
		return at(n, "a name is missing")
	}
	return yaml.NodeToValue(n, &v.value, yaml.Strict())
}

// checkAccounts refuses roles that nobody knows, and networks that cannot be.
func checkAccounts(accounts []named[Account]) error {
	for _, a := range accounts {
		for _, given := range a.value.Roles {
			if _, ok := roles[given.Role]; !ok {
				return fmt.Errorf("account %s: there is no role %q, but %s", a.value.Name, given.Role, names(roles))
			}
		}
		if err := a.value.checkNetwork(); err != nil {
			return fmt.Errorf("account %s: %w", a.value.Name, err)
		}
	}
	return nil
}

func (a Account) checkNetwork() error {
	acls := cmp.Or(a.NetworkACLs, &NetworkACLs{})
	for _, word := range []struct {
		key, value string
		known      []string
	}{
		{"public-network-access", a.PublicNetworkAccess, []string{"", "Enabled", "Disabled"}},
		{"default-action", acls.DefaultAction, []string{"", "Allow", "Deny"}},
	} {
		if !slices.Contains(word.known, word.value) {
			return fmt.Errorf("%s is %s, not %q", word.key, strings.Join(word.known[1:], " or "), word.value)
		}
	}
	for _, rule := range acls.IPRules {
		if _, err := prefix(rule); err != nil {
			return fmt.Errorf("ip-rules: %q is no address and no range of them", rule)
		}
	}
	return nil
}

func values[T any](all []named[T]) (list []T) {
	for _, v := range all {
		list = append(list, v.value)
	}
	return list
}

// A deploymentNode is a deployment as it is written, which knows its place.
type deploymentNode struct{ deployment Deployment }

// UnmarshalYAML implements [yaml.NodeUnmarshaler].
func (d *deploymentNode) UnmarshalYAML(n ast.Node) error {
	if err := yaml.NodeToValue(n, &d.deployment, yaml.Strict()); err != nil {
		if e := yaml.Error(nil); !errors.As(err, &e) { // one about a duration has no place
			err = at(n, "%w", err)
		}
		return err
	}
	switch kinds := []Kind{Chat, Reasoning, ResponsesOnly, Completions, Embeddings}; {
	case d.deployment.Name == "":
		return at(n, "a deployment needs a name")
	case !slices.Contains(kinds, d.deployment.kind()):
		return at(n, "there is no kind %q, but %v", d.deployment.Kind, kinds)
	case min(d.deployment.TPM, d.deployment.RPM, d.deployment.Context, d.deployment.Enqueued, d.deployment.RPMWindow) < 0:
		return at(n, "tpm, rpm, rpm-window, context and enqueued can't be below 0")
	case d.deployment.Latency < 0:
		return at(n, "a latency can't be below 0")
	case d.deployment.RPMWindow > 60:
		return at(n, "rpm-window is at most 60 seconds")
	}
	for _, word := range []struct {
		key, value string
		known      []string
	}{
		{"sku", d.deployment.SKU, skus},
		{"window", d.deployment.Window, []string{"bucket", "minute"}},
		{"headers", d.deployment.Headers, []string{"none", "negative", "low"}},
	} {
		if word.value != "" && !slices.Contains(word.known, word.value) {
			return at(n, "there is no %s %q, but %v", word.key, word.value, word.known)
		}
	}
	if d.deployment.Model == "" {
		d.deployment.Model = d.deployment.Name
	}
	return nil
}

// at is an error that begins with the place of n.
func at(n ast.Node, format string, args ...any) error {
	pos := n.GetToken().Position
	return fmt.Errorf("[%d:%d] "+format, append([]any{pos.Line, pos.Column}, args...)...)
}

// A commentNode is a comment as it is written, which knows its place.
type commentNode struct{ comment Comment }

// UnmarshalYAML implements [yaml.NodeUnmarshaler].
func (c *commentNode) UnmarshalYAML(n ast.Node) error {
	if err := yaml.NodeToValue(n, &c.comment, yaml.Strict()); err != nil {
		return err
	}
	if c.comment.Number < 1 || c.comment.Body == "" {
		return at(n, "a comment needs a number above 0 and a body")
	}
	return nil
}
