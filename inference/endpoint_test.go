package inference

import (
	"net/url"
	"strings"
	"testing"

	"github.com/keyless-inference/action/wire"
)

func TestParseEndpoint(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"https://contoso.openai.azure.com":                                                                      endpoint,
		"  https://contoso.openai.azure.com/\n":                                                                 endpoint,
		"https://Contoso.OpenAI.azure.com/openai":                                                               endpoint,
		"https://contoso.openai.azure.com/openai/":                                                              endpoint,
		"https://contoso.openai.azure.com/openai/v1":                                                            endpoint,
		"https://contoso.openai.azure.com/openai/v1/":                                                           endpoint,
		"https://contoso.openai.azure.com/openai/v1/chat/completions":                                           endpoint,
		"https://contoso.openai.azure.com/openai/deployments/g/chat/completions?api-version=2025-01-01-preview": endpoint,
		"https://contoso.openai.azure.com/openai/responses?api-version=2025-04-01-preview":                      endpoint,
		"https://contoso.cognitiveservices.azure.com/":                                                          "https://contoso.cognitiveservices.azure.com",
		"https://contoso.services.ai.azure.com/api/projects/p1":                                                 "https://contoso.services.ai.azure.com",
		"https://contoso.services.ai.azure.com/api/projects/p1/openai/v1/":                                      "https://contoso.services.ai.azure.com",
		"https://contoso.services.ai.azure.com/models":                                                          "https://contoso.services.ai.azure.com",
		"https://contoso.openai.azure.us/":                                                                      "https://contoso.openai.azure.us",
		"https://contoso.openai.azure.cn":                                                                       "https://contoso.openai.azure.cn",
		"https://gw.azure-api.net/team/ai":                                                                      "https://gw.azure-api.net/team/ai",
		"https://gw.azure-api.net/team/ai/openai/v1/":                                                           "https://gw.azure-api.net/team/ai",
		"https://gw.example:8443/openai":                                                                        "https://gw.example:8443",
		"http://127.0.0.1:8080/":                                                                                "http://127.0.0.1:8080",
		"http://localhost:8080/openai/v1":                                                                       "http://localhost:8080",
		"http://[::1]:8080":                                                                                     "http://[::1]:8080",
	} {
		u, err := ParseEndpoint(raw)
		if err != nil || u.String() != want {
			t.Errorf("%q: %v, %v; want %s", raw, u, err, want)
		}
	}
}

func TestParseEndpointRefuses(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"":                                                 "not an absolute URL",
		"contoso":                                          "not an absolute URL",
		"http://contoso.openai.azure.com":                  "clear text",
		"https://user:pw@contoso.example":                  "user name",
		"https://api.openai.com/v1":                        "API keys alone",
		"https://models.github.ai/inference":               "GitHub Models was retired",
		"https://ai.azure.com/resource/x":                  "portal",
		"https://contoso.openai.azure.com/some/path":       "use https://contoso.openai.azure.com",
		"https://gw.example/ai?subscription-key=0123456":   "subscription-key",
		"https://eastus.api.cognitive.microsoft.com/":      "--custom-domain",
		"https://usgovvirginia.api.cognitive.microsoft.us": "--custom-domain",
	} {
		u, err := ParseEndpoint(raw)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, %v; want %q", raw, u, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "0123456") {
			t.Errorf("%q: the key is in the error %v", raw, err)
		}
	}
}

func TestResourceName(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]string{
		"contoso.openai.azure.com": "contoso", "c.services.ai.azure.com": "c", "gw.azure-api.net": "", "127.0.0.1": "",
	} {
		if got := resourceName(&url.URL{Host: host}); got != want {
			t.Errorf("%s: %q, want %q", host, got, want)
		}
	}
}

func FuzzEndpoint(f *testing.F) {
	for _, s := range []string{endpoint, "https://gw/openai/openai/v1/", "http://[::1]:1/", "https://a.services.ai.azure.com/api/projects/p", "https://x/%2e%2e/openai?api-version=1", "https://x/a?b=c#d"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		u, err := ParseEndpoint(raw)
		if err != nil {
			return
		}
		if u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.HasSuffix(u.Path, "/") {
			t.Errorf("%q became %q", raw, u)
		}
		if u.Scheme != "https" && !wire.Loopback(u.Hostname()) {
			t.Errorf("%q became %q, in clear text", raw, u)
		}
	})
}
