package inference

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/keyless-inference/action/wire"
)

// A ServiceError is a refusal by the service, or by a gateway before it, in its
// own words. Errors of [Client.Ask] hold it for errors.As.
type ServiceError struct {
	Status    int    // the HTTP status; for an error inside a stream the one it would have outside
	Code      string // such as DeploymentNotFound; often "", or the status as text
	Type      string // such as invalid_request_error; often ""
	Param     string // the parameter at fault; often ""
	Message   string // "" when the body could not be read as an error
	RequestID string
	Streamed  bool       // it came inside a stream that had begun with 200
	Filtered  []Category // the verdicts on a filtered prompt

	body     string // the first visible characters, when Message is ""
	location string // the host that a redirect pointed to
	claims   string // that the token should have had, as JSON; "" where that is not the matter
	header   http.Header
}

func (e *ServiceError) Error() string {
	where := fmt.Sprintf("HTTP %d", e.Status)
	if e.Streamed {
		where = "an error inside the stream"
	}
	if code := cmp.Or(e.Code, e.Type); code != "" && code != strconv.Itoa(e.Status) {
		where += " " + code
	}
	switch {
	case e.Message != "":
		return where + ": " + e.Message
	case e.body != "":
		return fmt.Sprintf("%s: %q", where, e.body)
	}
	return where
}

// claim takes note of a claims challenge, which says more than the body does.
func (e *ServiceError) claim(claims string) {
	if claims != "" {
		e.claims, e.Code = claims, moreClaims
	}
}

// text decodes what should be a string and is a number or null now and then.
type text string

func (t *text) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) == nil {
		*t = text(s)
	} else if n := json.Number(""); json.Unmarshal(b, &n) == nil {
		*t = text(n)
	}
	return nil
}

// detail is an error object in every spelling that was seen: the live service
// writes innererror and content_filter_result, its OpenAPI file inner_error and
// content_filter_results.
type detail struct {
	Code, Message, Type, Param text
	InnerError                 json.RawMessage `json:"innererror"`
	InnerSpec                  json.RawMessage `json:"inner_error"`
	Filters                    json.RawMessage `json:"content_filters"`
}

// filtered are the categories that the filter objects of d blame.
func (d detail) filtered() []Category {
	all := annotations(string(d.Filters), verdicts)
	for _, raw := range []json.RawMessage{d.InnerError, d.InnerSpec} {
		var inner struct {
			Result  json.RawMessage `json:"content_filter_result"`
			Results json.RawMessage `json:"content_filter_results"`
		}
		_ = json.Unmarshal(raw, &inner) // what has another shape blames nothing
		all = append(append(all, verdicts(string(inner.Result))...), verdicts(string(inner.Results))...)
	}
	return blocked(all)
}

// ParseError reads the body of a refusal. It never fails: a body in no known
// shape is quoted instead.
func ParseError(status int, header http.Header, body []byte) *ServiceError {
	e := &ServiceError{Status: status, header: header, RequestID: requestID(header)}
	if u, err := url.Parse(header.Get("Location")); err == nil {
		e.location = u.Host
	}
	d := decodeDetail(body)
	e.Code, e.Type, e.Param = wire.Line(string(d.Code), 100), wire.Line(string(d.Type), 100), wire.Line(string(d.Param), 100)
	e.Message = wire.Line(string(d.Message), 2000)
	e.Filtered = d.filtered()
	if e.Message == "" {
		e.body = wire.Line(string(body), 200)
	}
	return e
}

// decodeDetail finds the error object: under "error", alone or in a list, or
// flat at the top as the gateway writes it.
func decodeDetail(body []byte) detail {
	var d detail
	body = first(body)
	var envelope struct{ Error json.RawMessage }
	if json.Unmarshal(body, &envelope) != nil {
		return d
	}
	raw := first(envelope.Error)
	if len(raw) == 0 || string(raw) == "null" {
		raw = body
	}
	if json.Unmarshal(raw, &d) != nil {
		d = detail{}
		_ = json.Unmarshal(raw, &d.Message) // "error": "words"
	}
	return d
}

// first is the first element of a JSON list, and anything else unchanged.
func first(raw []byte) []byte {
	var list []json.RawMessage
	if bytes.HasPrefix(bytes.TrimSpace(raw), []byte("[")) && json.Unmarshal(raw, &list) == nil && len(list) > 0 {
		return list[0]
	}
	return raw
}

// streamStatus is the HTTP status that an error inside a stream would have had
// outside: https://learn.microsoft.com/azure/ai-foundry/openai/how-to/responses
var streamStatus = map[string]int{
	"too_many_requests": 429, "no_capacity": 429, "rate_limit_exceeded": 429, "RateLimitReached": 429,
	"server_error": 500, "model_error": 500, "timeout": 408, "Timeout": 408,
	"forbidden": 403, "user_error": 400, "content_filter": 400,
}

// parseStreamError reads an error that arrived in a stream; one of an unknown
// kind counts as final.
func parseStreamError(header http.Header, data []byte) *ServiceError {
	e := ParseError(http.StatusBadRequest, header, data)
	e.Streamed = true
	for _, word := range []string{e.Type, e.Code} {
		if status, ok := streamStatus[word]; ok {
			e.Status = status
		} else if n, err := strconv.Atoi(word); err == nil && n >= 400 && n <= 599 {
			e.Status = n
		}
	}
	return e
}

// classify marks e as passing, with the wait that the service wants, unless
// another attempt must meet it again.
func classify(e *ServiceError) error {
	if wire.PassingStatus(e.Status) || e.Status == http.StatusConflict {
		return &wire.Passing{Err: e, Wait: advice(e)}
	}
	return e
}

// requestID is the id that Azure's support asks for.
func requestID(h http.Header) string {
	id := cmp.Or(h.Get("Apim-Request-Id"), h.Get("X-Request-Id"), h.Get("X-Ms-Request-Id"))
	return wire.Line(id, 100)
}
