package emulator

import (
	"maps"
	"net/http"
	"strconv"
	"time"
)

// The queues of faults that wait for one sort of request to GitHub's API.
const (
	writeQueue   = "api write"   // POST, PATCH and DELETE on the REST API
	graphqlQueue = "api graphql" // GraphQL
)

// unicorn is the page of a 502, shortened.
const unicorn = "<!DOCTYPE html>\n<html>\n  <head>\n    <title>Unicorn! &middot; GitHub</title>\n  </head>\n  <body>\n" +
	"    <p><strong>We had issues producing the response to your request.</strong></p>\n  </body>\n</html>\n"

const secondaryLimit = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."

// apiFaults is how GitHub's API fails. Each fault that any request may meet is
// there three times: "502" spoils the next request whatever it is, "502-write"
// the next that writes, "502-graphql" the next to GraphQL.
func apiFaults() map[string]fault {
	common := map[string]fault{
		"401":           apiFault(badCredentials()),
		"403":           apiFault(lackingPermission()),
		"404":           apiFault(apiNotFound().documented(restDocs)),
		"500":           apiFault(apiRefusal(http.StatusInternalServerError, "Server Error").documented(restDocs)),
		"502":           apiFault(apiAnswer{status: http.StatusBadGateway, body: unicorn}),
		"lost":          lost,
		"primary":       exhausted(time.Second),
		"primary-hour":  exhausted(time.Hour),
		"secondary":     apiFault(tooFast(http.StatusForbidden)),
		"secondary-429": apiFault(tooFast(http.StatusTooManyRequests)),
		"garbage":       verbatim(http.StatusOK, "text/html; charset=utf-8", signInPage),
		"redirect":      redirect,
		"reset":         reset,
	}
	f := maps.Clone(common)
	for code, strike := range common {
		f[code+"-write"], f[code+"-graphql"] = strike, strike
	}
	f["422"] = apiFault(tooLongComment().documented(restDocs + "/issues/comments#create-an-issue-comment"))
	f["graphql-error"] = apiFault(graphqlErrors(object{
		"type": "FORBIDDEN", "message": inaccessible, "path": []string{"viewer"},
		"extensions": object{"saml_failure": false}, "locations": []object{{"line": 1, "column": 1}},
	}))
	return f
}

func apiFault(a apiAnswer) fault {
	return func(e *Emulator, w http.ResponseWriter, r *http.Request) {
		e.apiHeaders(w, r)
		a.write(w)
	}
}

// lackingPermission is what a job without "pull-requests: write" meets.
// https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api#resource-not-accessible
func lackingPermission() apiAnswer {
	a := forbidden().documented(restDocs + "/issues/comments#create-an-issue-comment")
	a.header = map[string]string{"X-Accepted-GitHub-Permissions": mayWrite}
	return a
}

// exhausted is the primary rate limit with an hour that ends in wait, less what
// whole seconds lose.
func exhausted(wait time.Duration) fault {
	return func(e *Emulator, w http.ResponseWriter, r *http.Request) {
		a := allowanceSpent(r)
		a.header = map[string]string{
			"X-RateLimit-Remaining": "0",
			"X-RateLimit-Used":      strconv.Itoa(hourly),
			"X-RateLimit-Reset":     strconv.FormatInt(time.Now().Add(wait).Unix(), 10),
		}
		apiFault(a)(e, w, r)
	}
}

// tooFast is the secondary rate limit, which leaves the primary one's headers
// as they are.
// https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
func tooFast(status int) apiAnswer {
	a := apiRefusal(status, secondaryLimit).
		documented("https://docs.github.com/free-pro-team@latest/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits")
	a.header = map[string]string{"Retry-After": "1"}
	return a
}

// lost does what it is asked for, and then fails as a 502 does: who asks again
// does it twice.
func lost(e *Emulator, w http.ResponseWriter, r *http.Request) {
	unheard := discarded{http.Header{}}
	if poolOf(r) == graphqlPool {
		e.graphql(unheard, r)
	} else {
		e.rest(unheard, r)
	}
	apiFault(apiAnswer{status: http.StatusBadGateway, body: unicorn})(e, w, r)
}

// discarded is where an answer goes that nobody hears.
type discarded struct{ header http.Header }

func (d discarded) Header() http.Header         { return d.header }
func (d discarded) Write(b []byte) (int, error) { return len(b), nil }
func (d discarded) WriteHeader(int)             {}
