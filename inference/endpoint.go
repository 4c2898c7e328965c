package inference

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/keyless-inference/action/wire"
)

// azureHosts are the suffixes of the hosts that a resource has when it has a
// custom subdomain, in the public cloud, in Azure Government and at 21Vianet:
// https://learn.microsoft.com/azure/ai-services/cognitive-services-custom-subdomains
var azureHosts = []string{
	".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com",
	".openai.azure.us", ".cognitiveservices.azure.us", ".services.ai.azure.us",
	".openai.azure.cn", ".cognitiveservices.azure.cn",
}

// foreignHosts are addresses that people paste and that are no resource: a
// token must not go there.
var foreignHosts = map[string]string{
	"api.openai.com":                "this is OpenAI's own service, which knows API keys alone and no Entra tokens",
	"models.github.ai":              "GitHub Models was retired; use your own Azure OpenAI resource",
	"models.inference.ai.azure.com": "GitHub Models was retired; use your own Azure OpenAI resource",
	"ai.azure.com":                  "this is the Foundry portal",
	"oai.azure.com":                 "this is the Azure OpenAI portal",
	"portal.azure.com":              "this is the Azure portal",
	"management.azure.com":          "this is the Azure Resource Manager",
}

var (
	// routes is what may follow the root in a pasted address: the /openai/v1
	// of the documentation, or a whole operation as the portal shows it.
	routes = regexp.MustCompile(`(?i)/openai(/(v1|deployments|responses)(/.*)?)?$`)
	// siblings are other front doors of the same Foundry resource: a project's
	// endpoint and the model inference API.
	siblings = regexp.MustCompile(`(?i)^/(api/projects/[^/]+|models)$`)
	regional = regexp.MustCompile(`\.api\.cognitive\.(microsoft\.com|microsoft\.us|azure\.cn)$`)
)

// ParseEndpoint returns the root of the Azure OpenAI resource, or of the
// gateway in front of it, that raw stands for: without a trailing slash, query
// or fragment. It takes the root, the root with /openai or /openai/v1, a whole
// operation's address as the portal shows it (deployment and api-version in it
// are ignored), and on services.ai.azure.com a project's endpoint. A gateway
// may have a path of its own; a resource has none.
//
// Plain http is for loopback hosts alone. A regional host, which refuses Entra
// tokens, and well-known hosts that are no resource are errors with their
// reason; the former is a [wire.Problem].
func ParseEndpoint(raw string) (*url.URL, error) {
	u, err := wire.CheckURL(strings.TrimSpace(raw))
	if err != nil {
		return nil, err
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if strings.ContainsAny(host, "<>*{}$") {
		return nil, fmt.Errorf("%q still has a placeholder in it: put the name of your resource there", raw)
	}
	if why, ok := foreignHosts[host]; ok {
		return nil, fmt.Errorf("%q is no Azure OpenAI resource: %s (expected an address such as https://my-resource.openai.azure.com)", host, why)
	}
	if regional.MatchString(host) {
		return nil, regionalEndpoint(host)
	}
	if err := checkQuery(u); err != nil {
		return nil, err
	}
	path := strings.TrimRight(routes.ReplaceAllString(strings.TrimRight(u.Path, "/"), ""), "/")
	if azureHost(host) {
		path = siblings.ReplaceAllString(path, "")
		if path != "" {
			return nil, fmt.Errorf("the path %q is no part of it; use https://%s", path, u.Host)
		}
	}
	return &url.URL{Scheme: u.Scheme, Host: strings.ToLower(u.Host), Path: path}, nil
}

// checkQuery allows the api-version that a pasted operation carries: other
// queries, a subscription key say, would be dropped in silence.
func checkQuery(u *url.URL) error {
	for name := range u.Query() {
		if name != "api-version" {
			return fmt.Errorf("the query parameter %q is no part of it; send what a gateway needs as a custom header", name)
		}
	}
	return nil
}

func azureHost(host string) bool {
	return slices.ContainsFunc(azureHosts, func(suffix string) bool { return strings.HasSuffix(host, suffix) })
}

// resourceName is the resource's custom subdomain, the first label of the host
// on Azure, and "" behind a gateway or on loopback, where it cannot be told.
func resourceName(root *url.URL) string {
	if root == nil || !azureHost(root.Hostname()) {
		return ""
	}
	name, _, _ := strings.Cut(root.Hostname(), ".")
	return name
}

func regionalEndpoint(host string) error {
	return &wire.Problem{
		What: fmt.Sprintf("%q is the shared host of a region", host),
		Why:  "Entra tokens are accepted only on a resource's own subdomain",
		Fix: "give the resource a subdomain, once, and use it as the endpoint:\n" +
			"az cognitiveservices account update --name RESOURCE --resource-group RESOURCE_GROUP --custom-domain NAME\n" +
			"endpoint: https://NAME.openai.azure.com",
		Code: strings.TrimRight(strings.ReplaceAll(subdomain, "{account}", "RESOURCE"), "\n"),
		Page: pageSubdomain,
	}
}
