package wire

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Claims are what a token says about itself. They are decoded and NOT
// verified: good for explaining a refusal, never for trusting anyone.
//
// Tenant and those below it are Entra's and "" in tokens of others.
//
// https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
type Claims struct {
	Issuer    string    // iss
	Subject   string    // sub
	Audience  []string  // aud, which may be one string or a list
	IssuedAt  time.Time // iat; the zero time when it is missing or senseless
	NotBefore time.Time // nbf; likewise
	Expiry    time.Time // exp; likewise

	Tenant   string   // tid: the tenant that the identity is in
	ObjectID string   // oid: the service principal or user, whom roles are assigned to
	AppID    string   // appid, or azp in newer tokens: the application's client id
	Roles    []string // roles: those of applications; Azure's roles are in no token
	Kind     string   // app or user, by idtyp or else by what only a user's tokens have; "" where nothing tells
}

// PrincipalType is what Azure calls the kind of identity that a role is assigned to:
// User or ServicePrincipal, which managed identities are as well; "" where the token
// does not tell.
//
// https://learn.microsoft.com/azure/role-based-access-control/role-assignments-template
func (c Claims) PrincipalType() string {
	return map[string]string{"app": "ServicePrincipal", "user": "User"}[c.Kind]
}

// kindOf tells whose token it is. The claim idtyp is optional; a user's name, and a
// scope that a user has consented to, are in no application's token.
//
// https://learn.microsoft.com/entra/identity-platform/optional-claims-reference
func kindOf(idtyp, name, scope string) string {
	switch {
	case idtyp != "":
		return idtyp
	case name != "" || scope != "":
		return "user"
	}
	return ""
}

// ParseClaims decodes the claims of a JSON Web Token in its compact form
// (RFC 7519), without looking at its signature. No error contains any part of
// the token.
func ParseClaims(token string) (Claims, error) {
	if err := CheckJWT(token); err != nil {
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
		From     seconds  `json:"nbf"`
		Expiry   seconds  `json:"exp"`
		Tenant   string   `json:"tid"`
		ObjectID string   `json:"oid"`
		AppID    string   `json:"appid"`
		Party    string   `json:"azp"`
		Roles    []string `json:"roles"`
		Kind     string   `json:"idtyp"`
		Name     string   `json:"upn"`
		Scope    string   `json:"scp"`
	}
	if json.Unmarshal(payload, &raw) != nil {
		return Claims{}, errors.New("decoding a token: its payload is not a JSON object of claims")
	}
	return Claims{
		Issuer: raw.Issuer, Subject: raw.Subject, Audience: raw.Audience,
		IssuedAt: raw.IssuedAt.time(), NotBefore: raw.From.time(), Expiry: raw.Expiry.time(),
		Tenant: raw.Tenant, ObjectID: raw.ObjectID, AppID: cmp.Or(raw.AppID, raw.Party), Roles: raw.Roles,
		Kind: kindOf(raw.Kind, raw.Name, raw.Scope),
	}, nil
}

// CheckJWT reports why token does not have the form of a signed JSON Web
// Token: three non-empty parts of base64url with dots between them.
func CheckJWT(token string) error {
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
