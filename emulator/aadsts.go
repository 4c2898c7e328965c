package emulator

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// A refusal is what Entra answers beside its AADSTS code.
type refusal struct {
	status  int
	err     string // the error code of OAuth 2.0 (RFC 6749, section 5.2) or one of Entra's own
	message string // with {placeholders} that [fill] knows
}

// refusals are Entra's answers by AADSTS code. The codes and their meaning are
// listed at https://learn.microsoft.com/entra/identity-platform/reference-error-codes;
// the texts are those that users see. Where it is not known which HTTP status
// and error a code comes with, this is the usual pair of its kind.
var refusals = map[int]refusal{
	// The request.
	900144:  {400, "invalid_request", "The request body must contain the following parameter: '{missing}'."},
	70003:   {400, "unsupported_grant_type", "The app requested an unsupported grant type '{grant}'."},
	7000216: {401, "invalid_client", "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type."},
	7000218: {401, "invalid_client", "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."},
	70011:   {400, "invalid_scope", "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope {scope} is not valid."},
	1002012: {400, "invalid_scope", "The provided value for scope {scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI)."},
	500011:  {400, "invalid_resource", "The resource principal named {resource} was not found in the tenant named {tenant}. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant."},
	650057:  {400, "invalid_resource", "Invalid resource. The client has requested access to a resource which is not listed in the requested permissions in the client's application registration. Client app ID: {client}({name}). Resource value from request: {resource}."},
	100007:  {400, "invalid_request", "AAD Regional ONLY supports auth either for MSIs OR for requests from MSAL using SN+I for 1P apps or 3P apps onboarded to regional."},

	// The tenant and the application.
	90002:   {400, "invalid_tenant", "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant."},
	90038:   {400, "invalid_request", "The specified tenant '{tenant}' belongs to the National Cloud 'microsoftonline.us'. Current cloud instance '{host}' does not federate with it."},
	900382:  {400, "invalid_request", "Confidential Client is not supported in Cross Cloud request."},
	700016:  {400, "unauthorized_client", "Application with identifier '{client}' was not found in the directory '{tenant}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant."},
	70001:   {400, "unauthorized_client", "Application with identifier '{client}' is disabled or was not found in the directory '{tenant}'."},
	7000112: {400, "unauthorized_client", "Application '{client}'({name}) is disabled."},
	7000215: {401, "invalid_client", "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{client}'."},
	7000222: {401, "invalid_client", "The provided client secret keys for app '{client}' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds."},

	// The federated credential against the assertion.
	70025:   {401, "invalid_client", "The client '{client}'({name}) has no configured federated identity credentials."},
	70021:   {400, "invalid_request", "No matching federated identity record found for presented assertion. Assertion Issuer: '{iss}'. Assertion Subject: '{sub}'. Assertion Audience: '{aud}'. " + federation},
	700211:  {401, "invalid_client", "No matching federated identity record found for presented assertion issuer '{iss}'. " + recheck},
	700212:  {401, "invalid_client", "No matching federated identity record found for presented assertion audience '{aud}'. " + recheck},
	700213:  {401, "invalid_client", "No matching federated identity record found for presented assertion subject '{sub}'. " + recheck},
	7002138: {401, "invalid_client", "No matching federated identity record found for presented assertion subject '{sub}'. The subject matches with case-insensitive comparison, but not with case-sensitive comparison. " + recheck},
	7002381: {401, "invalid_client", "Federated identity credentials issued by '{iss}' for applications or managed identities registered in this tenant must contain the enterprise claim with value 'octo-enterprise' but actual value is ''."},
	700222:  {401, "invalid_client", "AAD-issued tokens may not be used for federated identity flows."},
	700223:  {401, "invalid_client", "Federated identity credentials are constrained by a policy of the tenant."},
	700238:  {401, "invalid_client", "Tokens issued by issuer '{iss}' may not be used for federated identity credential flows for applications or managed identities registered in this tenant."},

	// The assertion itself.
	50027:  {400, "invalid_request", "JWT token is invalid or malformed."},
	50013:  {400, "invalid_grant", "Assertion failed signature validation. [Reason - The key was not found.]"},
	500133: {400, "invalid_grant", "Assertion is not within its valid time range. Ensure that the access token is not expired before using it for user assertion, or request a new token."},
	700024: {401, "invalid_client", "Client assertion is not within its valid time range. Current time: {now}, assertion valid from {from}, expiry time of assertion {until}. Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials ."},
	700027: {401, "invalid_client", "Client assertion failed signature validation."},
	50166:  {400, "invalid_request", "Request to External OIDC endpoint failed."},
	501661: {400, "invalid_request", "Request to External OIDC endpoint failed."},
	90061:  {400, "invalid_request", "Request to External OIDC endpoint failed."},

	// Policy and load.
	53003:  {400, "invalid_grant", "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance."},
	530032: {400, "invalid_grant", "Access has been blocked by the security policy of the tenant."},
	50196:  {400, "invalid_grant", "The server terminated an operation because it encountered a client request loop. Please contact your app vendor."},
	50033:  {503, "temporarily_unavailable", "A transient error has occurred. Please try again."},
	90012:  {503, "temporarily_unavailable", "The request has timed out."},
	90033:  {503, "temporarily_unavailable", "A transient error has occurred. Please try again."},
	90055:  {429, "temporarily_unavailable", "There are too many incoming requests for the tenant."},
}

const (
	federation = "https://learn.microsoft.com/entra/workload-id/workload-identity-federation"
	recheck    = "Check your federated identity credential Subject, Audience and Issuer against the presented assertion. " + federation
)

// refuse answers in the shape of Entra's errors, described at
// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow#error-response-1.
func refuse(w http.ResponseWriter, r *http.Request, code int) {
	trace, correlation := uuid.NewString(), uuid.NewString()
	if id, err := uuid.Parse(r.Header.Get("Client-Request-Id")); err == nil {
		correlation = id.String()
	}
	now := time.Now().UTC().Format("2006-01-02 15:04:05Z")
	w.Header().Set("Cache-Control", "no-store, no-cache")
	w.Header().Set("X-Ms-Request-Id", trace)
	writeJSON(w, refusals[code].status, map[string]any{
		"error": refusals[code].err,
		"error_description": fmt.Sprintf("AADSTS%d: %s Trace ID: %s Correlation ID: %s Timestamp: %s",
			code, fill(refusals[code].message, r), trace, correlation, now),
		"error_codes":    []int{code},
		"timestamp":      now,
		"trace_id":       trace,
		"correlation_id": correlation,
		"error_uri":      "https://" + r.Host + "/error?code=" + strconv.Itoa(code),
	})
}

// fill replaces the placeholders of a message by what the request says, for
// Entra quotes the presented assertion and not what it would have expected.
func fill(message string, r *http.Request) string {
	f := form(r)
	a, _ := presented(f.Get("client_assertion"))
	resource, _ := resourceOf(f.Get("scope"))
	stamp := func(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.0000000Z") }
	return strings.NewReplacer(
		"{missing}", missing(f), "{grant}", f.Get("grant_type"), "{scope}", f.Get("scope"), "{resource}", resource,
		"{tenant}", r.PathValue("tenant"), "{host}", r.Host, "{client}", f.Get("client_id"), "{name}", application,
		"{iss}", a.issuer, "{sub}", a.subject, "{aud}", a.audience,
		"{now}", stamp(time.Now()), "{from}", stamp(a.from), "{until}", stamp(a.until),
	).Replace(message)
}

// entraFaults are the codes of [refusals] under the names that users know
// ("AADSTS700213"), and failures of the service and of what is in front of it.
// All strike the token endpoint but http-token-endpoint, which makes the
// openid-configuration name one that would get the assertion in clear text, and
// those that end in -discovery, which are answers to who asks for that.
func entraFaults() map[string]fault {
	faults := map[string]fault{
		"429":                 throttled,
		"500":                 verbatim(http.StatusInternalServerError, "text/html; charset=utf-8", "<h2>Our services aren't available right now</h2>\n"),
		"503":                 verbatim(http.StatusServiceUnavailable, "text/html; charset=utf-8", "<h2>Our services aren't available right now</h2>\n"),
		"empty":               verbatim(http.StatusOK, "application/json; charset=utf-8", ""),
		"garbage":             endless,
		"redirect":            redirect,
		"reset":               reset,
		"http-token-endpoint": clearText,
	}
	for code := range refusals {
		faults["AADSTS"+strconv.Itoa(code)] = func(_ *Emulator, w http.ResponseWriter, r *http.Request) { refuse(w, r, code) }
	}
	for _, code := range []string{"429", "500", "503", "empty", "redirect", "reset", "AADSTS90002", "AADSTS90038", "AADSTS900382"} {
		faults[code+"-discovery"] = faults[code]
	}
	faults["garbage-discovery"] = verbatim(http.StatusOK, "text/html; charset=utf-8", signInPage)
	return faults
}

func throttled(_ *Emulator, w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Retry-After", "1")
	refuse(w, r, 90055)
}

// endless hands out a good token without saying how long it lives: a client
// that prints what it could not read prints a secret.
func endless(e *Emulator, w http.ResponseWriter, r *http.Request) {
	token, err := e.issue(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"token_type": "Bearer", "access_token": token})
}

// clearText names a token endpoint on a host that does not exist (RFC 6761,
// section 6.4).
func clearText(_ *Emulator, w http.ResponseWriter, r *http.Request) {
	writeJSON(w, http.StatusOK, discovery(r, "http://entra.invalid/"+r.PathValue("tenant")+"/oauth2/v2.0/token"))
}
