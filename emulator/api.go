package emulator

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// APIToken is what GITHUB_TOKEN holds for a client of the emulator. GitHub makes
// a secret one for every job; this one is public, since it opens nothing
// elsewhere. Who holds it is the app "github-actions[bot]".
const APIToken = "emulator-github-token"

// GitHub's API is served where GitHub Enterprise Server has it.
// https://docs.github.com/en/enterprise-server/rest/enterprise-admin#endpoint-urls
const (
	restPath    = "/api/v3"
	graphqlPath = "/api/graphql"
)

const (
	viewer            = "github-actions[bot]"
	missingRepository = "octo-org/missing" // the one repository that does not exist
	restDocs          = "https://docs.github.com/rest"
)

// An endpoint is one operation of the REST API.
type endpoint struct {
	method     string
	path       *regexp.Regexp // below restPath; its named groups become the request's path values
	docs       string         // where restDocs tells of it
	permission string         // what X-Accepted-GitHub-Permissions says; "" for no such header
	free       bool           // whether it costs nothing of the allowance
	serve      func(*Emulator, *http.Request) apiAnswer
}

const (
	mayRead  = "issues=read; pull_requests=read"
	mayWrite = "issues=write; pull_requests=write"
)

var (
	oneIssue   = regexp.MustCompile(`^/(?:repos/(?P<owner>[^/]+)/(?P<repo>[^/]+)|repositories/(?P<repository>\d+))/issues/(?P<number>\d+)/comments$`)
	oneComment = regexp.MustCompile(`^/(?:repos/(?P<owner>[^/]+)/(?P<repo>[^/]+)|repositories/(?P<repository>\d+))/issues/comments/(?P<id>\d+)$`)
)

// endpoints are all there are besides [storeEndpoints]. ServeMux can't tell two of them apart: what is
// issues/comments/comments?
var endpoints = []endpoint{
	{"GET", oneIssue, "/issues/comments#list-issue-comments", mayRead, false, (*Emulator).listComments},
	{"POST", oneIssue, "/issues/comments#create-an-issue-comment", mayWrite, false, (*Emulator).createComment},
	{"GET", oneComment, "/issues/comments#get-an-issue-comment", mayRead, false, (*Emulator).getComment},
	{"PATCH", oneComment, "/issues/comments#update-an-issue-comment", mayWrite, false, (*Emulator).updateComment},
	{"DELETE", oneComment, "/issues/comments#delete-an-issue-comment", mayWrite, false, (*Emulator).deleteComment},
	{"GET", regexp.MustCompile(`^/user$`), "/users/users#get-the-authenticated-user", "", false, (*Emulator).currentUser},
	{"GET", regexp.MustCompile(`^/users/(?P<login>[^/]+)$`), "/users/users#get-a-user", "", false, (*Emulator).getUser},
	{"GET", regexp.MustCompile(`^/rate_limit$`), "/rate-limit/rate-limit#get-rate-limit-status-for-the-authenticated-user", "", true, (*Emulator).rateLimit},
}

// routeAPI serves the parts of GitHub's REST and GraphQL APIs that deal with
// comments, and with secrets and variables.
func (e *Emulator) routeAPI() {
	e.mux.HandleFunc(restPath+"/", e.faulty("api", e.rest))
	for _, method := range []string{http.MethodPost, http.MethodPatch, http.MethodDelete} {
		e.mux.HandleFunc(method+" "+restPath+"/", e.faulty("api", e.faulty(writeQueue, e.rest)))
	}
	e.mux.HandleFunc(graphqlPath, e.faulty("api", e.faulty(graphqlQueue, e.graphql)))
}

// rest answers any request to the REST API.
func (e *Emulator) rest(w http.ResponseWriter, r *http.Request) {
	to := endpointOf(r)
	a, admitted := e.admit(r, to.free)
	switch {
	case !admitted:
	case !e.permits(to.permission):
		a = lacking(to)
	default:
		a = to.serve(e, r)
	}
	if no, ok := a.body.(apiError); ok {
		no.DocumentationURL = cmp.Or(no.DocumentationURL, restDocs+to.docs)
		a.body = no
	}
	if to.permission != "" {
		w.Header().Set("X-Accepted-GitHub-Permissions", to.permission)
	}
	e.apiHeaders(w, r)
	a.write(w)
}

// endpointOf finds what r asks for, and sets its path values. What there is not
// is an endpoint too, which is never found.
func endpointOf(r *http.Request) endpoint {
	path := strings.TrimPrefix(r.URL.Path, restPath)
	for _, to := range slices.Concat(endpoints, storeEndpoints) {
		m := to.path.FindStringSubmatch(path)
		if m == nil || r.Method != to.method {
			continue
		}
		for i, name := range to.path.SubexpNames()[1:] {
			r.SetPathValue(name, m[i+1])
		}
		return to
	}
	return endpoint{serve: func(*Emulator, *http.Request) apiAnswer { return apiNotFound() }}
}

// admit is the front door: a browser's name, the token and, unless the request
// is free, one of the hour's requests.
// https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api
func (e *Emulator) admit(r *http.Request, free bool) (no apiAnswer, admitted bool) {
	auth := r.Header.Get("Authorization")
	scheme, token, _ := strings.Cut(auth, " ")
	known := token == APIToken && (strings.EqualFold(scheme, "Bearer") || strings.EqualFold(scheme, "token"))
	switch {
	case r.UserAgent() == "":
		return apiAnswer{status: http.StatusForbidden, body: noUserAgent}, false
	case auth == "":
		return apiRefusal(http.StatusUnauthorized, "Requires authentication"), false
	case !known:
		return badCredentials(), false
	case !free && !e.allowance.spend(poolOf(r)):
		return allowanceSpent(r), false
	}
	return apiAnswer{}, true
}

// apiHeaders sets what every answer has.
func (e *Emulator) apiHeaders(w http.ResponseWriter, r *http.Request) {
	id := uuid.New()
	pool := poolOf(r)
	s := e.allowance.standing(pool)
	setAll(w, map[string]string{
		"X-GitHub-Request-Id":   fmt.Sprintf("%X:%X:%X:%X:%X", id[0:2], id[2:4], id[4:8], id[8:12], id[12:16]),
		"X-GitHub-Media-Type":   "github.v3; format=json",
		"X-RateLimit-Limit":     strconv.Itoa(hourly),
		"X-RateLimit-Remaining": strconv.Itoa(hourly - s.used),
		"X-RateLimit-Used":      strconv.Itoa(s.used),
		"X-RateLimit-Reset":     strconv.FormatInt(s.reset.Unix(), 10),
		"X-RateLimit-Resource":  pool,
	})
}

// An apiAnswer is an answer without the headers that every one has.
type apiAnswer struct {
	status int
	body   any // written as JSON; a string is an HTML page, nil is no body
	header map[string]string
}

func (a apiAnswer) write(w http.ResponseWriter) {
	setAll(w, a.header)
	switch body := a.body.(type) {
	case nil:
		w.WriteHeader(a.status)
	case string:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(a.status)
		io.WriteString(w, body)
	default:
		writeJSON(w, a.status, body)
	}
}

// An apiError is the body of a refusal.
type apiError struct {
	Message          string   `json:"message"`
	Errors           []object `json:"errors,omitempty"`
	DocumentationURL string   `json:"documentation_url"` // "" until the endpoint is known
	Status           string   `json:"status"`
}

func apiRefusal(status int, message string) apiAnswer {
	return apiAnswer{status: status, body: apiError{Message: message, Status: strconv.Itoa(status)}}
}

// documented names the page that the refusal points to.
func (a apiAnswer) documented(url string) apiAnswer {
	no := a.body.(apiError)
	no.DocumentationURL = url
	a.body = no
	return a
}

func apiNotFound() apiAnswer { return apiRefusal(http.StatusNotFound, "Not Found") }

func badCredentials() apiAnswer {
	return apiRefusal(http.StatusUnauthorized, "Bad credentials").documented(restDocs)
}

// inaccessible is what an app is told that lacks a permission.
const inaccessible = "Resource not accessible by integration"

func forbidden() apiAnswer { return apiRefusal(http.StatusForbidden, inaccessible) }

// noUserAgent is what the servers before the API say.
// https://docs.github.com/rest/using-the-rest-api/getting-started-with-the-rest-api#user-agent
const noUserAgent = "\r\nRequest forbidden by administrative rules. Please make sure your request has a User-Agent header (https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required). Check https://developer.github.com for other possible causes.\r\n"

// readObject reads a request's body, of at most maxBody, as a JSON object.
func readObject(r *http.Request) (fields map[string]json.RawMessage, no apiAnswer, ok bool) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	switch {
	case err != nil || !json.Valid(body):
		return nil, apiRefusal(http.StatusBadRequest, "Problems parsing JSON"), false
	case json.Unmarshal(body, &fields) != nil || fields == nil:
		return nil, apiRefusal(http.StatusBadRequest, "Body should be a JSON object"), false
	}
	return fields, apiAnswer{}, true
}
