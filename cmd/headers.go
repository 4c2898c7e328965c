package cmd

import (
	"maps"
	"net/http"
	"regexp"
	"slices"

	"golang.org/x/net/http/httpguts"

	"github.com/keyless-inference/action/inference"
	"github.com/keyless-inference/action/prompt"
	"github.com/keyless-inference/action/wire"
)

// maxHeaders is how many custom headers Azure OpenAI takes before it answers
// 431.
const maxHeaders = 10

// headers reads the input custom-headers: a YAML map, of which JSON is a case.
// What a request's own headers are is [inference.CheckHeader]'s to say.
func headers(r *reader, input string) http.Header {
	fields, err := prompt.ParseMap("custom-headers", input)
	r.join(err)
	if len(fields) > maxHeaders {
		r.mistake("custom-headers", "has %d headers; the service takes %d", len(fields), maxHeaders)
	}
	h := http.Header{}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		own := inference.CheckHeader(name)
		switch value := fields[name]; {
		case !httpguts.ValidHeaderFieldName(name):
			r.mistake("custom-headers", "%q is not the name of a header", name)
		case own != nil:
			r.check("custom-headers", own)
		case !httpguts.ValidHeaderFieldValue(value):
			r.mistake("custom-headers", "the value of %s is not one line of text", name)
		default:
			h.Set(name, value)
		}
	}
	return h
}

var secretName = regexp.MustCompile(`(?i)key|token|secret|passw|auth|signature|cookie|credential`)

// secrets are the values of headers whose names look as if nobody should see
// them. A short value is left out: masking every "1" in the log would hide more
// than it protects, and the runner drops outputs that hold a masked word.
func secrets(h http.Header) (values []string) {
	for name := range h {
		if value := h.Get(name); secretName.MatchString(name) && len(value) >= wire.ShortestSecret {
			values = append(values, value)
		}
	}
	return values
}
