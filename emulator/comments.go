package emulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

// Comments of issues and pull requests.
// https://docs.github.com/rest/issues/comments

// maxComment is how long a comment's body may be, in UTF-16 code units.
const maxComment = 65_536

func (e *Emulator) listComments(r *http.Request) apiAnswer {
	repo, ok := e.repositoryOf(r)
	number, err := strconv.Atoi(r.PathValue("number"))
	if !ok || err != nil || number < 1 {
		return apiNotFound()
	}
	all := e.conversation.on(repo, number)
	p := pageOf(r.URL.Query(), len(all))
	list := []object{}
	for _, c := range all[min((p.number-1)*p.size, len(all)):min(p.number*p.size, len(all))] {
		list = append(list, c.object(r))
	}
	a := apiAnswer{status: http.StatusOK, body: list}
	if p.last > 1 { // so there is a comment
		base := fmt.Sprintf("%s/repositories/%d/issues/%d/comments", restURL(r), all[0].repository, number)
		a.header = map[string]string{"Link": p.link(base, r.URL.RawQuery)}
	}
	return a
}

func (e *Emulator) createComment(r *http.Request) apiAnswer {
	repo, ok := e.repositoryOf(r)
	number, err := strconv.Atoi(r.PathValue("number"))
	if !ok || err != nil || number < 1 {
		return apiNotFound()
	}
	body, no, ok := readComment(r)
	if !ok {
		return no
	}
	c := e.conversation.add(Comment{Repo: repo, Number: number, Author: viewer, Body: body})
	return apiAnswer{http.StatusCreated, c.object(r), map[string]string{"Location": c.url(r)}}
}

func (e *Emulator) getComment(r *http.Request) apiAnswer {
	c, ok := e.commentOf(r)
	if !ok {
		return apiNotFound()
	}
	return apiAnswer{status: http.StatusOK, body: c.object(r)}
}

func (e *Emulator) updateComment(r *http.Request) apiAnswer {
	c, no, ok := e.ownComment(r)
	if !ok {
		return no
	}
	body, no, ok := readComment(r)
	if !ok {
		return no
	}
	c, ok = e.conversation.change(c.ID, func(c *comment) { c.Body, c.updated = body, time.Now() })
	if !ok { // deleted in between
		return apiNotFound()
	}
	return apiAnswer{status: http.StatusOK, body: c.object(r)}
}

func (e *Emulator) deleteComment(r *http.Request) apiAnswer {
	c, no, ok := e.ownComment(r)
	if !ok {
		return no
	}
	e.conversation.remove(c.ID)
	return apiAnswer{status: http.StatusNoContent}
}

// own reports whether the comment is the viewer's.
func (c comment) own() bool { return strings.EqualFold(c.Author, viewer) }

// repositoryOf is the repository that r's path names, or gives the number of.
func (e *Emulator) repositoryOf(r *http.Request) (repo string, ok bool) {
	if number, err := strconv.ParseUint(r.PathValue("repository"), 10, 64); err == nil {
		return e.conversation.repository(number)
	}
	repo = r.PathValue("owner") + "/" + r.PathValue("repo")
	return repo, r.PathValue("owner") != "" && !strings.EqualFold(repo, missingRepository)
}

// commentOf is the comment that r's path names, where it is of that repository.
func (e *Emulator) commentOf(r *http.Request) (comment, bool) {
	repo, ok := e.repositoryOf(r)
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if !ok || err != nil {
		return comment{}, false
	}
	found := e.conversation.where(func(c comment) bool { return c.ID == id && strings.EqualFold(c.Repo, repo) })
	if len(found) == 0 {
		return comment{}, false
	}
	return found[0], true
}

// ownComment is the comment that r's path names, if the viewer may change it.
func (e *Emulator) ownComment(r *http.Request) (c comment, no apiAnswer, ok bool) {
	c, ok = e.commentOf(r)
	switch {
	case !ok:
		return c, apiNotFound(), false
	case !c.own():
		return c, forbidden(), false
	}
	return c, apiAnswer{}, true
}

// readComment takes the comment's text out of a request.
func readComment(r *http.Request) (body string, no apiAnswer, ok bool) {
	fields, no, ok := readObject(r)
	if !ok {
		return "", no, false
	}
	var written *string
	switch err := json.Unmarshal(fields["body"], &written); {
	case fields["body"] == nil:
		return "", invalid("\"body\" wasn't supplied."), false
	case err != nil:
		return "", invalid("For 'properties/body', " + string(fields["body"]) + " is not a string."), false
	case written == nil:
		return "", invalid("For 'properties/body', nil is not a string."), false
	case strings.TrimSpace(*written) == "":
		return "", unprocessable("Body cannot be blank"), false
	case units(*written) > maxComment:
		return "", tooLongComment(), false
	}
	return *written, apiAnswer{}, true
}

// invalid is the refusal of a body that does not have the endpoint's shape.
func invalid(why string) apiAnswer {
	return apiRefusal(http.StatusUnprocessableEntity, "Invalid request.\n\n"+why)
}

// unprocessable is the refusal of a comment's text.
func unprocessable(why string) apiAnswer {
	a := apiRefusal(http.StatusUnprocessableEntity, "Validation Failed")
	no := a.body.(apiError)
	no.Errors = []object{{"resource": "IssueComment", "code": "unprocessable", "field": "data", "message": why}}
	a.body = no
	return a
}

func tooLongComment() apiAnswer {
	return unprocessable(fmt.Sprintf("Body is too long (maximum is %d characters)", maxComment))
}

// units is how long s is in UTF-16.
func units(s string) (n int) {
	for _, c := range s {
		n += utf16.RuneLen(c)
	}
	return n
}

// restURL is the address of the REST API under which r reached it.
func restURL(r *http.Request) string { return origin(r) + restPath }

func (c comment) url(r *http.Request) string {
	return fmt.Sprintf("%s/repos/%s/issues/comments/%d", restURL(r), c.Repo, c.ID)
}

// object is the comment as answers show it.
func (c comment) object(r *http.Request) object {
	return object{
		"id":                       c.ID,
		"node_id":                  c.nodeID(),
		"url":                      c.url(r),
		"html_url":                 fmt.Sprintf("%s/%s/pull/%d#issuecomment-%d", origin(r), c.Repo, c.Number, c.ID),
		"issue_url":                fmt.Sprintf("%s/repos/%s/issues/%d", restURL(r), c.Repo, c.Number),
		"user":                     userObject(c.Author, r),
		"created_at":               c.created.UTC().Format(time.RFC3339),
		"updated_at":               c.updated.UTC().Format(time.RFC3339),
		"author_association":       "NONE",
		"body":                     c.Body,
		"performed_via_github_app": nil,
		"reactions": object{
			"url": c.url(r) + "/reactions", "total_count": 0,
			"+1": 0, "-1": 0, "laugh": 0, "hooray": 0, "confused": 0, "heart": 0, "rocket": 0, "eyes": 0,
		},
	}
}
