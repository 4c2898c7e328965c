package cmd

import (
	"net/http"
	"strings"

	"github.com/keyless-inference/action/inference"
)

// resourceInputs are the inputs that say where requests to a model go.
type resourceInputs struct {
	Endpoint      string   `group:"connection" from:"AZURE_OPENAI_ENDPOINT" help:"The resource's endpoint, such as https://my-resource.openai.azure.com, or a gateway in front of it."`
	APIVersion    string   `group:"connection" name:"api-version" from:"OPENAI_API_VERSION" help:"A dated API version, for the classic URLs. Without one the /openai/v1/ URLs are used."`
	CustomHeaders []string `group:"connection" help:"Further request headers, as a YAML or JSON map, for a gateway in front of the resource."`
}

// resource reads the inputs. The endpoint is "" where it is none.
func (c resourceInputs) resource(r *reader) (endpoint, version string, header http.Header) {
	if given := r.required("endpoint", c.Endpoint, "AZURE_OPENAI_ENDPOINT"); given != "" {
		root, err := inference.ParseEndpoint(given)
		r.check("endpoint", err)
		if err == nil {
			endpoint = root.String()
		}
	}
	return endpoint, r.text(c.APIVersion, "OPENAI_API_VERSION"), headers(r, strings.Join(c.CustomHeaders, "\n"))
}
