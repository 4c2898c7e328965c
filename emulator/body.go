package emulator

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
)

// maxBody is how many bytes of a request's body are read.
const maxBody = 32 << 20

// params are a request's body, taken apart once.
type params map[string]json.RawMessage

func readParams(w http.ResponseWriter, r *http.Request) (params, *denial) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, &denial{http.StatusRequestEntityTooLarge, gatewayError("413", "Request body is too large"), nil}
	}
	var p params
	if err != nil || json.Unmarshal(body, &p) != nil || p == nil {
		return nil, modelRefusal("We could not parse the JSON body of your request.", "", "")
	}
	for k, v := range p {
		if string(v) == "null" { // is the same as not sending it
			delete(p, k)
		}
	}
	return p, nil
}

// text is the parameter's value where that is a string, else "".
func (p params) text(name string) string {
	var s string
	if json.Unmarshal(p[name], &s) != nil {
		return ""
	}
	return s
}

// into decodes the whole body. What has the wrong type is refused.
func (p params) into(v any) *denial {
	b, err := json.Marshal(p)
	if err == nil {
		err = json.Unmarshal(b, v)
	}
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrong):
		return modelRefusal("Invalid type for '"+wrong.Field+"': got "+wrong.Value+" instead.", wrong.Field, "invalid_type")
	case err != nil:
		return modelRefusal("We could not parse the JSON body of your request.", "", "")
	}
	return nil
}

func (p params) has(name string) bool { return p[name] != nil }

// number is the parameter's value where that is a number, else 0.
func (p params) number(name string) float64 {
	var f float64
	if json.Unmarshal(p[name], &f) != nil {
		return 0
	}
	return f
}
