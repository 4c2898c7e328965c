package emulator

import (
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// claims are what a token says, by the names of its payload.
type claims = jwt.MapClaims

// sign makes a JSON Web Token (RFC 7519) of c, signed with RS256 and naming its
// key as [jwks] does.
func sign(key *rsa.PrivateKey, c claims) (string, error) {
	t := jwt.NewWithClaims(jwt.SigningMethodRS256, c)
	t.Header["kid"] = keyID(&key.PublicKey)
	s, err := t.SignedString(key)
	if err != nil {
		return "", fmt.Errorf("signing a token: %w", err)
	}
	return s, nil
}

// verify returns the claims of a token that key has signed with RS256. What
// else makes a token good is up to options.
func verify(key *rsa.PublicKey, token string, options ...jwt.ParserOption) (claims, error) {
	c := claims{}
	options = append(options, jwt.WithValidMethods([]string{"RS256"}))
	_, err := jwt.NewParser(options...).ParseWithClaims(token, c, func(*jwt.Token) (any, error) { return key, nil })
	return c, err
}

// audiences are the resources that Entra issues tokens for here and that the
// Azure OpenAI half accepts: Cognitive Services and Azure AI in the public, the
// US government and the Chinese cloud.
var audiences = []string{
	"https://cognitiveservices.azure.com", "https://ai.azure.com",
	"https://cognitiveservices.azure.us", "https://ai.azure.us",
	"https://cognitiveservices.azure.cn", "https://ai.azure.cn",
}

// managementAudiences are those of Azure Resource Manager in the same clouds; the
// public one has two names.
var managementAudiences = []string{
	"https://management.azure.com", "https://management.core.windows.net",
	"https://management.usgovcloudapi.net", "https://management.chinacloudapi.cn",
}

// verifyAccess returns the claims of the request's bearer token when this
// emulator's Entra half issued it for one of accepted (a slash at the end is
// allowed) in the configured tenant, and it is valid now. The error says what
// is wrong with it, which the real service does not tell.
func (e *Emulator) verifyAccess(r *http.Request, accepted []string) (claims, error) {
	token, ok := bearer(r)
	if !ok {
		return nil, errors.New("no bearer token")
	}
	c, err := e.verified(token)
	if err != nil {
		return nil, fmt.Errorf("reading the access token: %w", err)
	}
	aud, err := c.GetAudience()
	if err != nil || len(aud) != 1 || !slices.Contains(accepted, strings.TrimSuffix(aud[0], "/")) {
		return nil, fmt.Errorf("the access token is for %q", aud)
	}
	if c["tid"] != e.cfg.Tenant {
		return nil, fmt.Errorf("the access token is of tenant %v", c["tid"])
	}
	return c, nil
}

// A goodToken is what a token says that was once verified, and until when that
// is worth anything.
type goodToken struct {
	claims claims
	until  time.Time
}

// verified returns the claims of an access token that this emulator has signed.
// It verifies each signature once: that costs more than a small answer.
func (e *Emulator) verified(token string) (claims, error) {
	if known, ok := e.tokens.Load(token); ok && time.Now().Before(known.(goodToken).until) {
		return known.(goodToken).claims, nil
	}
	c, err := verify(&e.entra.PublicKey, token, jwt.WithExpirationRequired())
	if err != nil {
		e.tokens.Delete(token)
		return nil, err
	}
	if until, err := c.GetExpirationTime(); err == nil {
		e.tokens.Store(token, goodToken{c, until.Time})
	}
	return c, nil
}

// bearer is the token of the Authorization header (RFC 6750, section 2.1).
func bearer(r *http.Request) (token string, ok bool) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return token, strings.EqualFold(scheme, "Bearer") && token != ""
}

// keyID is the key's thumbprint (RFC 7638).
func keyID(key *rsa.PublicKey) string {
	e, n := jwkNumbers(key)
	sum := sha256.Sum256([]byte(`{"e":"` + e + `","kty":"RSA","n":"` + n + `"}`))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// jwks is the set of keys (RFC 7517) that a verifier of key's tokens fetches.
func jwks(key *rsa.PublicKey) map[string]any {
	e, n := jwkNumbers(key)
	return map[string]any{"keys": []map[string]string{
		{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": keyID(key), "n": n, "e": e},
	}}
}

func jwkNumbers(key *rsa.PublicKey) (e, n string) {
	enc := base64.RawURLEncoding.EncodeToString
	return enc(big.NewInt(int64(key.E)).Bytes()), enc(key.N.Bytes())
}
