package cmd

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/keyless-inference/action/prompt"
)

// maxHeaders is how many custom headers Azure OpenAI takes before it answers
// 431.
const maxHeaders = 10

// reserved headers are set by this program, and by nobody else.
var reserved = []string{"authorization", "api-key", "host", "content-length", "content-type", "transfer-encoding"}

// headers reads the input custom-headers: a YAML map, of which JSON is a case.
// Authorization and api-key are refused: the one is the token's place, the
// other a key's.
func headers(r *reader, input string) http.Header {
	fields, err := prompt.ParseMap("custom-headers", input)
	if err != nil {
		r.mistakes = append(r.mistakes, err)
	}
	if len(fields) > maxHeaders {
		r.mistake("custom-headers", "has %d headers; the service takes %d", len(fields), maxHeaders)
	}
	h := http.Header{}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		switch value := fields[name]; {
		case !httpguts.ValidHeaderFieldName(name):
			r.mistake("custom-headers", "%q is not the name of a header", name)
		case slices.Contains(reserved, strings.ToLower(name)):
			r.mistake("custom-headers", "%s is refused: the Entra token is the only credential that is ever sent", name)
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
// them.
func secrets(h http.Header) (values []string) {
	for name := range h {
		if secretName.MatchString(name) {
			values = append(values, h.Get(name))
		}
	}
	return values
}
