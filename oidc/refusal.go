package oidc

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"

	"github.com/keyless-inference/action/wire"
)

// A Refusal is Entra's answer when it does not hand out a token. It is under
// the [*wire.Problem] that people see, for callers that branch:
//
//	if r, ok := errors.AsType[*oidc.Refusal](err); ok && r.Code == 700213 { ... }
//
// Entra's codes may change and are good for hints; Status and Name are the
// contract (RFC 6749, section 5.2).
//
// https://learn.microsoft.com/en-us/entra/identity-platform/reference-error-codes
type Refusal struct {
	Status        int    // HTTP status
	Name          string // OAuth error, such as "invalid_client"; "" if there was none
	Code          int    // the number after AADSTS; 0 if there was none
	Description   string // Entra's words in one line, without tokens
	TraceID       string // what Microsoft's support asks for
	CorrelationID string // likewise
}

// Error names the code and status, and gives Entra's words.
func (r *Refusal) Error() string {
	text := r.label()
	if r.Description != "" {
		text += ": " + r.Description
	}
	return wire.Redact(text)
}

// label is the refusal in short: "AADSTS700213 (invalid_client, HTTP 401)".
func (r *Refusal) label() string {
	status := fmt.Sprintf("HTTP %d", r.Status)
	if r.Name != "" {
		status = r.Name + ", " + status
	}
	if r.Code == 0 {
		return status
	}
	return fmt.Sprintf("AADSTS%d (%s)", r.Code, status)
}

// Passing reports whether the same request may be answered another way later:
// by the HTTP status, or by one of the OAuth errors that say so.
func (r *Refusal) Passing() bool {
	return wire.PassingStatus(r.Status) || r.Name == "temporarily_unavailable" || r.Name == "server_error"
}

var aadsts = regexp.MustCompile(`^AADSTS(\d{1,9})\b`)

// parseRefusal reads an error answer. It never fails: what is no JSON, such as
// a proxy's page, becomes the description.
func parseRefusal(status int, body []byte) *Refusal {
	var raw struct {
		Error         string `json:"error"`
		Description   string `json:"error_description"`
		Codes         []int  `json:"error_codes"`
		TraceID       string `json:"trace_id"`
		CorrelationID string `json:"correlation_id"`
	}
	// A field of an unexpected type leaves the others readable.
	if err := json.Unmarshal(body, &raw); err != nil && !errors.As(err, new(*json.UnmarshalTypeError)) {
		return &Refusal{Status: status, Description: oneLine(string(body))}
	}
	r := &Refusal{
		Status:        status,
		Name:          oneLine(raw.Error),
		Description:   oneLine(raw.Description),
		TraceID:       oneLine(raw.TraceID),
		CorrelationID: oneLine(raw.CorrelationID),
	}
	if len(raw.Codes) > 0 && raw.Codes[0] > 0 {
		r.Code = raw.Codes[0]
	} else if m := aadsts.FindStringSubmatch(r.Description); m != nil {
		r.Code, _ = strconv.Atoi(m[1]) // nine digits at most
	}
	return r
}
