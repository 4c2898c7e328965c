package emulator

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"hash/fnv"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// users are the ids of those who exist on GitHub too. Others get invented ones.
var users = map[string]int64{viewer: 41898282, "octocat": 583231}

// userID is the id of login, the same at every start.
func userID(login string) int64 {
	login = strings.ToLower(login)
	sum := fnv.New32a()
	sum.Write([]byte(login))
	return cmp.Or(users[login], 100_000_000+int64(sum.Sum32()%100_000_000))
}

// validLogin is what a login may be; every one belongs to somebody. "[bot]" at its
// end makes it that of an app.
var validLogin = regexp.MustCompile(`^[A-Za-z0-9](?:[A-Za-z0-9-]{0,37}[A-Za-z0-9])?(?:\[bot\])?$`)

// getUser answers GET /users/{login}.
func (e *Emulator) getUser(r *http.Request) apiAnswer {
	name := r.PathValue("login")
	if !validLogin.MatchString(name) {
		return apiNotFound()
	}
	return apiAnswer{status: http.StatusOK, body: userObject(name, r)}
}

// currentUser refuses as GitHub does: a job's token belongs to no user.
// https://docs.github.com/rest/users/users#get-the-authenticated-user
func (e *Emulator) currentUser(*http.Request) apiAnswer { return forbidden() }

// userObject is a user or an app as answers show them.
func userObject(login string, r *http.Request) object {
	kind, class, page := "User", "04", "/"+login
	if app, ok := strings.CutSuffix(login, "[bot]"); ok {
		kind, class, page = "Bot", "03", "/apps/"+app
	}
	api := restURL(r) + "/users/" + url.QueryEscape(login)
	return object{
		"login":               login,
		"id":                  userID(login),
		"node_id":             base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%s:%s%d", class, kind, userID(login))),
		"avatar_url":          fmt.Sprintf("%s/avatars/u/%d?v=4", origin(r), userID(login)),
		"gravatar_id":         "",
		"url":                 api,
		"html_url":            origin(r) + page,
		"repos_url":           api + "/repos",
		"events_url":          api + "/events{/privacy}",
		"received_events_url": api + "/received_events",
		"type":                kind,
		"user_view_type":      "public",
		"site_admin":          false,
	}
}
