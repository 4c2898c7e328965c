package oidc

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Claims are what a token says about itself. They are decoded and NOT
// verified: good for explaining a refusal, never for trusting anyone.
type Claims struct {
	Issuer   string    // iss
	Subject  string    // sub
	Audience []string  // aud, which may be one string or a list
	IssuedAt time.Time // iat; the zero time when it is missing or senseless
	Expiry   time.Time // exp; likewise
}

// ParseClaims decodes the claims of a JSON Web Token in its compact form
// (RFC 7519), without looking at its signature. No error contains any part of
// the token.
func ParseClaims(token string) (Claims, error) {
	if err := checkJWT(token); err != nil {
		return Claims{}, fmt.Errorf("decoding a token: %w", err)
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(strings.Split(token, ".")[1], "="))
	if err != nil {
		return Claims{}, errors.New("decoding a token: its payload is not base64url")
	}
	var raw struct {
		Issuer   string   `json:"iss"`
		Subject  string   `json:"sub"`
		Audience audience `json:"aud"`
		IssuedAt seconds  `json:"iat"`
		Expiry   seconds  `json:"exp"`
	}
	if json.Unmarshal(payload, &raw) != nil {
		return Claims{}, errors.New("decoding a token: its payload is not a JSON object of claims")
	}
	return Claims{raw.Issuer, raw.Subject, raw.Audience, raw.IssuedAt.time(), raw.Expiry.time()}, nil
}

// checkJWT reports why token does not have the form of a signed JSON Web
// Token: three non-empty parts of base64url with dots between them.
func checkJWT(token string) error {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return fmt.Errorf("a JSON Web Token has three parts, this text has %d", len(parts))
	}
	for _, part := range parts {
		if part == "" || strings.ContainsFunc(part, notBase64URL) {
			return errors.New("a part of the JSON Web Token is empty or not base64url")
		}
	}
	return nil
}

func notBase64URL(r rune) bool {
	return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_' || r == '=')
}

// audience is a list that may be written as one string (RFC 7519, section 4.1.3).
type audience []string

func (a *audience) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*a = audience{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(a))
}

// seconds is a NumericDate (RFC 7519, section 2), which may have a fraction.
type seconds float64

func (s seconds) time() time.Time {
	const year9999 = 253402300799
	if s <= 0 || s > year9999 {
		return time.Time{}
	}
	return time.Unix(int64(s), 0).UTC()
}
