package setup

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/keyless-inference/action/wire"
)

// What a [Plan] can make the identity.
const (
	Managed = "managed" // a user-assigned managed identity, which takes no right in the directory
	App     = "app"     // an app registration
)

// roleIDs are the built-in roles that a plan can give, by their short names.
//
// https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/ai-machine-learning
var roleIDs = map[string]role{
	"user":        {"Cognitive Services OpenAI User", "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd"},
	"contributor": {"Cognitive Services OpenAI Contributor", "a001fd3d-188f-4b5d-821b-7da978bf7442"},
}

type role struct{ Name, ID string }

// A cloud is what the tools call one, by the name that azure/login gives it.
type cloud struct {
	CLI       string // az, and PowerShell
	Terraform string
	Directory string // the same, for the provider of Entra
	domain    string // of its services
}

var clouds = map[string]cloud{
	"azurecloud":        {"AzureCloud", "public", "global", "azure.com"},
	"azureusgovernment": {"AzureUSGovernment", "usgovernment", "usgovernmentl4", "azure.us"},
	"azurechinacloud":   {"AzureChinaCloud", "china", "china", "azure.cn"},
}

// A Plan is what to set up. Its words come from users: [Plan.Check] says what is
// wrong with them.
type Plan struct {
	Form   Form   // of the subjects, and which repository
	Refs   []Ref  // what is trusted: 1 to 20
	Server string // where GitHub is; "" means https://github.com
	Issuer string // of its tokens; "" means that of Server

	Identity string // Managed or App; "" means Managed
	Name     string // of the identity; "" means one made of the repository's
	Role     string // user, or contributor, which may upload files for batches as well; "" means user
	KeepKeys bool   // leave out the step that turns keys off, for whoever still uses one

	Endpoint   string // the account's address, such as https://my-resource.openai.azure.com
	Deployment string

	// Where the account is. Scripts find what is "" by the endpoint; Bicep and
	// Terraform ask for it.
	Account, ResourceGroup, Subscription, Location string

	Cloud    string // as azure/login spells it, in lower case; "" means azurecloud
	Audience string // what Entra expects in GitHub's token; it must be set
}

// credentialLimit is how many federated credentials an identity can have, and
// textLimit how long each of their three texts can be.
//
// https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations
const (
	credentialLimit = 20
	textLimit       = 600
)

// withDefaults fills in what "" stands for.
func (p Plan) withDefaults() Plan {
	set := func(field *string, value string) {
		if *field == "" {
			*field = value
		}
	}
	set(&p.Server, "https://github.com")
	p.Server = strings.TrimRight(p.Server, "/")
	set(&p.Issuer, IssuerAt(p.Server))
	set(&p.Identity, Managed)
	name := "keyless-" + strings.Trim(unnamed.ReplaceAllString(p.Form.Repository, "-"), "-")
	set(&p.Name, strings.TrimRight(name[:min(len(name), 120)], "-"))
	set(&p.Role, "user")
	set(&p.Cloud, "azurecloud")
	p.Endpoint = strings.TrimRight(p.Endpoint, "/")
	return p
}

// IssuerAt is who signs the OIDC tokens of a GitHub: github.com, an enterprise at
// ghe.com, or an Enterprise Server, which Entra must reach. An enterprise that has
// given itself an issuer of its own has another one.
//
// https://docs.github.com/enterprise-cloud@latest/actions/reference/security/oidc
func IssuerAt(server string) string {
	u, err := url.Parse(server)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "github.com":
		return "https://token.actions.githubusercontent.com"
	case strings.HasSuffix(u.Hostname(), ".ghe.com"):
		return "https://token.actions." + u.Host
	}
	return "https://" + u.Host + "/_services/token"
}

var (
	repositoryName = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9_.-]*/[A-Za-z0-9_.-]+$`)
	guid           = regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)
)

// shapes are what Azure allows in names.
//
// https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
var shapes = []struct {
	input       string
	of          func(Plan) string
	least, most int            // characters; counted here, since a count makes an expression long to compile
	shape       *regexp.Regexp // of them all
	says        string
}{
	{"account", func(p Plan) string { return p.Account }, 2, 64, regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]*$`), "2 to 64 letters, digits, dashes, dots and underscores"},
	{"resource-group", func(p Plan) string { return p.ResourceGroup }, 1, 90, regexp.MustCompile(`^[\pL\pN_().-]*[\pL\pN_()-]$`), "at most 90 letters, digits, dashes, dots, parentheses and underscores, and ends with no dot"},
	{"subscription-id", func(p Plan) string { return p.Subscription }, 36, 36, guid, "a GUID (az account show --query id -o tsv)"},
	{"location", func(p Plan) string { return p.Location }, 2, 51, regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9 ]*$`), "a region such as swedencentral"},
	{"name", func(p Plan) string { return p.Name }, 3, 120, regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]*$`), "3 to 120 letters, digits, dashes and underscores"},
	{"deployment", func(p Plan) string { return p.Deployment }, 1, 64, regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]*$`), "at most 64 letters, digits, dashes, dots and underscores"},
}

// mistakes are what is wrong with a plan.
type mistakes []error

func (m *mistakes) add(format string, args ...any) { *m = append(*m, fmt.Errorf(format, args...)) }

// Check reports everything that is wrong with p, each mistake under the name of
// the flag that it is in.
func (p Plan) Check() error {
	p = p.withDefaults()
	var m mistakes
	if !repositoryName.MatchString(p.Form.Repository) {
		m.add("repository: %q is no repository: it is written owner/name", wire.Line(p.Form.Repository, 100))
	}
	for _, w := range []struct {
		input, word string
		known       []string
	}{
		{"identity", p.Identity, []string{Managed, App}},
		{"role", p.Role, slices.Sorted(maps.Keys(roleIDs))},
		{"cloud", p.Cloud, slices.Sorted(maps.Keys(clouds))},
	} {
		if !slices.Contains(w.known, w.word) {
			m.add("%s: %q is not one of %s", w.input, wire.Line(w.word, 100), strings.Join(w.known, ", "))
		}
	}
	for _, s := range shapes {
		value := s.of(p)
		n := utf8.RuneCountInString(value)
		if value != "" && (n < s.least || n > s.most || !s.shape.MatchString(value)) {
			m.add("%s: %q is not %s", s.input, wire.Line(value, 100), s.says)
		}
	}
	if p.Deployment == "" {
		m.add("deployment: is required (or set AZURE_OPENAI_DEPLOYMENT)")
	}
	m.checkEndpoint(p)
	m.checkTrust(p)
	return errors.Join(m...)
}

// checkEndpoint wants an address, and either one that tells which account it is
// or the names.
func (m *mistakes) checkEndpoint(p Plan) {
	if p.Endpoint == "" {
		m.add("endpoint: is required (or set AZURE_OPENAI_ENDPOINT), such as https://my-resource.openai.azure.com")
		return
	}
	u, err := wire.CheckURL(p.Endpoint)
	switch {
	case err != nil:
		m.add("endpoint: %w", err)
	case !printable(p.Endpoint):
		m.add("endpoint: %q has a character in it that no line can show", wire.Line(p.Endpoint, 100))
	case p.elsewhere() != "":
		m.add("endpoint: %s is in %s, and this is for %s: give --cloud %[2]s, or the endpoint of an account in %[3]s", u.Host, p.elsewhere(), p.Cloud)
	case p.subdomain() == "" && (p.Account == "" || p.ResourceGroup == ""):
		m.add("endpoint: %s does not say which account it is, in %s: name it with --account and --resource-group", u.Host, p.Cloud)
	}
}

// elsewhere is the other cloud that the endpoint's name belongs to; "" when it
// belongs to none, or to the plan's own.
func (p Plan) elsewhere() string {
	u, err := url.Parse(p.Endpoint)
	if err != nil {
		return ""
	}
	for name, c := range clouds {
		if _, served := c.serves(u.Hostname()); served && name != p.Cloud {
			return name
		}
	}
	return ""
}

// subdomain is what the account's custom subdomain is called, by which it can be
// found; "" when the endpoint is a gateway's.
func (p Plan) subdomain() string {
	u, err := url.Parse(p.Endpoint)
	if err != nil {
		return ""
	}
	label, served := clouds[p.Cloud].serves(u.Hostname())
	if !served || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return ""
	}
	return label
}

// serves is the part of a host's name before that of a service of the cloud.
//
// https://learn.microsoft.com/azure/ai-services/cognitive-services-custom-subdomains
func (c cloud) serves(host string) (label string, served bool) {
	label, rest, _ := strings.Cut(strings.ToLower(host), ".")
	return label, slices.Contains([]string{"openai." + c.domain, "cognitiveservices." + c.domain, "services.ai." + c.domain}, rest)
}

// checkTrust wants subjects that are known, none twice, and no more than fit.
func (m *mistakes) checkTrust(p Plan) {
	if !fits(p.Audience) {
		m.add("audience: %q is not 1 to %d characters of one line", wire.Line(p.Audience, 100), textLimit)
	}
	if u, err := url.Parse(p.Issuer); err != nil || u.Scheme != "https" || u.Host == "" || strings.HasSuffix(p.Issuer, "/") || !fits(p.Issuer) {
		m.add("issuer: %q is not an https address of at most %d characters without a slash at its end", wire.Line(p.Issuer, 100), textLimit)
	}
	if len(p.Refs) == 0 || len(p.Refs) > credentialLimit {
		m.add("branch, tag, environment, pull-request: an identity trusts 1 to %d subjects, not %d; one environment can stand for many branches", credentialLimit, len(p.Refs))
	}
	seen := map[string]Ref{}
	for _, r := range p.Refs {
		if err := r.check(); err != nil {
			m.add("%w", err)
			continue
		}
		subject, err := p.Form.Subject(r)
		switch other, twice := seen[subject]; {
		case twice && other == r:
			m.add("%s: %s is named twice", r.Kind, r)
		case twice:
			m.add("%s: %s has the same subject as %s, %s", r.Kind, r, other, wire.Line(subject, 200))
		}
		switch {
		case err != nil:
			m.add("%s: %w", r.Kind, err)
		case !fits(subject):
			m.add("%s: the subject %q is not 1 to %d characters of one line", r.Kind, wire.Line(subject, 100), textLimit)
		default:
			seen[subject] = r
		}
	}
}

// fits reports whether a federated credential can hold a text.
func fits(text string) bool { return text != "" && len(text) <= textLimit && printable(text) }
