package emulator

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

const (
	application = "keyless-emulator" // the display name of the one application
	principalID = DefaultObjectID    // the object id of its service principal
	jwtBearer   = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
)

// routeEntra serves Microsoft Entra. Its paths begin with the tenant, so
// it owns every path that no other service claims.
func (e *Emulator) routeEntra() {
	tenants := http.NewServeMux()
	tenants.HandleFunc("GET /{tenant}/v2.0/.well-known/openid-configuration", e.faulty(discoveryQueue, e.entraDiscovery))
	tenants.HandleFunc("GET /{tenant}/discovery/v2.0/keys", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, jwks(&e.entra.PublicKey))
	})
	tenants.HandleFunc("POST /{tenant}/oauth2/v2.0/token", e.faulty("entra", e.accessToken))
	e.mux.Handle("/", tenants)
}

// entraURL is the address under which Entra speaks of itself. It is https even
// when the emulator is served in plain text: Entra never is anything else, and
// Microsoft's libraries refuse an issuer whose scheme is not that of their
// authority, which must be https. Who puts plain http beneath such a library
// does so for these URLs too.
func entraURL(r *http.Request) string { return "https://" + r.Host + "/" + r.PathValue("tenant") }

func (e *Emulator) entraDiscovery(w http.ResponseWriter, r *http.Request) {
	if !e.isTenant(r.PathValue("tenant")) {
		refuse(w, r, 90002)
		return
	}
	writeJSON(w, http.StatusOK, discovery(r, entraURL(r)+"/oauth2/v2.0/token"))
}

// discovery is the provider metadata of OpenID Connect Discovery 1.0, section 3.
func discovery(r *http.Request, tokenEndpoint string) map[string]any {
	base := entraURL(r)
	return map[string]any{
		"issuer":                                base + "/v2.0",
		"authorization_endpoint":                base + "/oauth2/v2.0/authorize",
		"token_endpoint":                        tokenEndpoint,
		"token_endpoint_auth_methods_supported": []string{"private_key_jwt"},
		"jwks_uri":                              base + "/discovery/v2.0/keys",
		"response_types_supported":              []string{"code", "id_token"},
		"subject_types_supported":               []string{"pairwise"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"scopes_supported":                      []string{"openid", "profile", "email", "offline_access"},
	}
}

// isTenant and isClient ignore case, as Entra does with its own ids. What a
// federated credential expects is compared exactly.
func (e *Emulator) isTenant(id string) bool { return strings.EqualFold(id, e.cfg.Tenant) }
func (e *Emulator) isClient(id string) bool { return strings.EqualFold(id, e.cfg.Client) }

// accessToken exchanges a client assertion for an access token, by
// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow#third-case-access-token-request-with-a-federated-credential.
func (e *Emulator) accessToken(w http.ResponseWriter, r *http.Request) {
	if code := e.judge(r); code != 0 {
		refuse(w, r, code)
		return
	}
	token, err := e.issue(r)
	if err != nil {
		writeJSON(w, http.StatusInternalServerError, map[string]string{"error": "server_error", "error_description": err.Error()})
		return
	}
	w.Header().Set("Cache-Control", "no-store, no-cache")
	w.Header().Set("X-Ms-Request-Id", uuid.NewString())
	writeJSON(w, http.StatusOK, e.grant(token))
}

// issue makes the access token that r asks for.
func (e *Emulator) issue(r *http.Request) (string, error) {
	resource, _ := resourceOf(form(r).Get("scope"))
	c := e.accessClaims(resource, entraURL(r)+"/")
	if since := wantedSince(form(r).Get("claims")); since != 0 {
		c[claimSince] = since
	}
	return sign(e.entra, c)
}

// grant is the answer that carries token. Entra advises to refresh early, at
// half the life, once a life lasts two hours.
func (e *Emulator) grant(token string) map[string]any {
	life := int(e.cfg.AccessTokenLife.Seconds())
	answer := map[string]any{"token_type": "Bearer", "expires_in": life, "ext_expires_in": life, "access_token": token}
	if e.cfg.AccessTokenLife >= 2*time.Hour {
		answer["refresh_in"] = life / 2
	}
	return answer
}

func (e *Emulator) accessClaims(resource, issuer string) claims {
	now := time.Now()
	return claims{
		"aud":      resource,
		"iss":      issuer,
		"idp":      issuer,
		"iat":      now.Unix(),
		"nbf":      now.Unix(),
		"exp":      now.Add(e.cfg.AccessTokenLife).Unix(),
		"appid":    e.cfg.Client,
		"appidacr": "2", // the client proved itself with an assertion
		"idtyp":    "app",
		"oid":      principalID,
		"sub":      principalID,
		"tid":      e.cfg.Tenant,
		"uti":      uuid.NewString(),
		"ver":      "1.0",
	}
}

// judge returns the code of the first thing that is wrong with a token request,
// or 0. The issuer comes before the signature, since it says whose keys apply,
// and whether the resource exists in the tenant comes last.
func (e *Emulator) judge(r *http.Request) (code int) {
	if code = e.judgeRequest(r); code != 0 {
		return code
	}
	a, err := presented(form(r).Get("client_assertion"))
	if err != nil {
		return 50027
	}
	if code = e.judgeAssertion(r, a); code != 0 {
		return code
	}
	if resource, _ := resourceOf(form(r).Get("scope")); !slices.Contains(slices.Concat(audiences, managementAudiences), strings.TrimSuffix(resource, "/")) {
		return 500011
	}
	return 0
}

// judgeRequest looks at everything but the assertion.
func (e *Emulator) judgeRequest(r *http.Request) (code int) {
	f := form(r)
	_, badScope := resourceOf(f.Get("scope"))
	return first([]check{
		{90002, !e.isTenant(r.PathValue("tenant"))},
		{900144, missing(f) != ""},
		{70003, f.Get("grant_type") != "client_credentials"},
		{7000216, !f.Has("client_assertion")},
		{7000218, f.Get("client_assertion") == "" || f.Get("client_assertion_type") != jwtBearer},
		{badScope, badScope != 0},
		{700016, !e.isClient(f.Get("client_id"))},
		{70025, len(e.cfg.FederatedCredentials) == 0},
	})
}

// A check is an error code and whether it applies.
type check struct {
	code    int
	applies bool
}

// first is the code of the first check that applies, or 0.
func first(checks []check) (code int) {
	for _, c := range checks {
		if c.applies {
			return c.code
		}
	}
	return 0
}

// form is the request's body as a form, of at most 10 MB; what is no form is an
// empty one.
func form(r *http.Request) url.Values {
	if err := r.ParseForm(); err != nil {
		return url.Values{}
	}
	return r.PostForm
}

// missing names the first parameter that every token request needs and f lacks.
func missing(f url.Values) string {
	for _, name := range []string{"grant_type", "client_id", "scope"} {
		if f.Get(name) == "" {
			return name
		}
	}
	return ""
}

// resourceOf is the one resource that a scope such as
// "https://example.com/.default openid" asks for, or the code of what is wrong
// with the scope. The scopes of OpenID Connect are no resources.
func resourceOf(scope string) (resource string, code int) {
	asked := slices.DeleteFunc(strings.Fields(scope), func(s string) bool {
		return slices.Contains([]string{"openid", "profile", "email", "offline_access"}, s)
	})
	if len(asked) != 1 {
		return "", 70011
	}
	resource, ok := strings.CutSuffix(asked[0], "/.default")
	if !ok {
		return "", 1002012
	}
	return resource, 0
}

// An assertion is a client's ID token, as it says of itself.
type assertion struct {
	raw                       string
	issuer, subject, audience string
	from, until               time.Time // when it is valid; from is 1970 where the token does not say
}

// presented reads a token without verifying it. A token for several audiences
// is as malformed to Entra as one without an end.
func presented(raw string) (assertion, error) {
	c := claims{}
	if _, _, err := jwt.NewParser().ParseUnverified(raw, c); err != nil {
		return assertion{}, err
	}
	a := assertion{raw: raw, from: time.Unix(0, 0)}
	a.issuer, _ = c.GetIssuer()
	a.subject, _ = c.GetSubject()
	if nbf, err := c.GetNotBefore(); err == nil && nbf != nil {
		a.from = nbf.Time
	}
	exp, err := c.GetExpirationTime()
	aud, _ := c.GetAudience()
	if err != nil || exp == nil || len(aud) != 1 {
		return a, jwt.ErrTokenRequiredClaimMissing
	}
	a.until, a.audience = exp.Time, aud[0]
	return a, nil
}
