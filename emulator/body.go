package emulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
)

// maxBody is how many bytes of a request's body are read, but for the upload of
// a file.
const maxBody = 32 << 20

// params are a request's body, taken apart once.
type params struct {
	fields map[string]json.RawMessage // but for those that are null, which is the same as not sending them
	body   []byte                     // the whole; nil if something of it was null

	// texts are the strings of an "input", where [quickParams] has read it: the
	// field is then an empty list.
	texts []string
}

// unparsable refuses a body that is no JSON object.
func unparsable() *denial {
	return modelRefusal("We could not parse the JSON body of your request.", "", "")
}

// readBody reads all of a body, of at most maxBody bytes.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, *denial) {
	var body bytes.Buffer
	body.Grow(int(min(max(r.ContentLength, 0), maxBody)) + bytes.MinRead)
	_, err := io.Copy(&body, http.MaxBytesReader(w, r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, &denial{http.StatusRequestEntityTooLarge, gatewayError("413", "Request body is too large"), nil}
	case err != nil:
		return nil, unparsable()
	}
	return body.Bytes(), nil
}

func readParams(body []byte) (params, *denial) {
	p := params{body: body}
	if json.Unmarshal(body, &p.fields) != nil || p.fields == nil {
		return p, unparsable()
	}
	n := len(p.fields)
	maps.DeleteFunc(p.fields, func(_ string, v json.RawMessage) bool { return string(v) == "null" })
	if len(p.fields) < n {
		p.body = nil
	}
	return p, nil
}

// text is the parameter's value where that is a string, else "".
func (p params) text(name string) string {
	var s string
	if json.Unmarshal(p.fields[name], &s) != nil {
		return ""
	}
	return s
}

// into decodes the whole body. What has the wrong type is refused.
func (p params) into(v any) *denial {
	body, err := p.body, error(nil)
	if body == nil {
		body, err = json.Marshal(p.fields)
	}
	if err == nil {
		err = json.Unmarshal(body, v)
	}
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrong):
		return modelRefusal("Invalid type for '"+wrong.Field+"': got "+wrong.Value+" instead.", wrong.Field, "invalid_type")
	case err != nil:
		return unparsable()
	}
	return nil
}

func (p params) has(name string) bool { return p.fields[name] != nil }

// number is the parameter's value where that is a number, else 0.
func (p params) number(name string) float64 {
	var f float64
	if json.Unmarshal(p.fields[name], &f) != nil {
		return 0
	}
	return f
}
