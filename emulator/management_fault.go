package emulator

import "net/http"

// managementFaults are how Azure Resource Manager, or what is in front of it,
// fails. other-host is a list whose next page is elsewhere.
func managementFaults() map[string]fault {
	refusal := func(status int, code, message, after string) fault {
		return func(_ *Emulator, w http.ResponseWriter, _ *http.Request) {
			if after != "" {
				w.Header().Set("Retry-After", after)
			}
			(&managementError{status, code, message}).write(w)
		}
	}
	return map[string]fault{
		"401":        refusal(401, "InvalidAuthenticationToken", "The access token is invalid.", ""),
		"403":        refusal(403, "AuthorizationFailed", "The client does not have authorization to perform the action.", ""),
		"404":        refusal(404, "SubscriptionNotFound", "The subscription could not be found.", ""),
		"429":        refusal(429, "SubscriptionRequestsThrottled", "Number of requests for subscription exceeded the limit.", "1"),
		"500":        refusal(500, "InternalServerError", "Encountered internal server error.", ""),
		"503":        verbatim(http.StatusServiceUnavailable, "text/html; charset=utf-8", "<h2>Our services aren't available right now</h2>\n"),
		"garbage":    verbatim(http.StatusOK, "text/html; charset=utf-8", signInPage),
		"redirect":   redirect,
		"reset":      reset,
		"other-host": verbatim(http.StatusOK, "application/json", `{"value":[],"nextLink":"https://management.invalid/subscriptions?api-version=2022-12-01"}`),
	}
}
