package report

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/google/go-github/v62/github"

	"github.com/keyless-inference/action/hub"
	"github.com/keyless-inference/action/wire"
)

// own is a comment of ours.
type own struct {
	id   int64
	node string // its id in GraphQL
	url  string
	body string // as GitHub has it
	text string // the same without the marker
}

func ownOf(c *github.IssueComment) own {
	text, _, _, _ := unmarked(c.GetBody())
	address, err := wire.CheckURL(c.GetHTMLURL())
	if err != nil { // then it is no link that anybody should get
		address = &url.URL{}
	}
	return own{id: c.GetID(), node: c.GetNodeID(), url: address.String(), body: c.GetBody(), text: text}
}

// written is the comment that GitHub answers with when it has been written.
func (o *own) written(c *github.IssueComment, resp *github.Response, err error) (*github.Response, error) {
	if *o = ownOf(c); err == nil && o.id == 0 {
		err = hub.ErrNoAnswer
	}
	return resp, err
}

// find returns our comments in the order in which they stand below each other,
// which is that of GitHub's list, and remembers them.
func (s *session) find(ctx context.Context) ([]own, error) {
	marked, err := s.marked(ctx)
	if err != nil {
		return nil, err
	}
	var found []own
	for chunk := range slices.Chunk(marked, 100) { // GraphQL takes no more at once
		ours, err := s.ours(ctx, chunk)
		if err != nil {
			return nil, err
		}
		found = append(found, ours...)
	}
	for _, o := range found {
		s.known[o.id] = true
	}
	return found, nil
}

// marked are the comments that carry our marker, whoever wrote them.
func (s *session) marked(ctx context.Context) ([]*github.IssueComment, error) {
	header := escaped(s.c.Header)
	return hub.List(ctx, s.Session, "listing the comments", func(ctx context.Context, c *github.Client, page github.ListOptions) ([]*github.IssueComment, *github.Response, error) {
		all, resp, err := c.Issues.ListComments(ctx, s.owner, s.repo, s.c.Number, &github.IssueListCommentsOptions{ListOptions: page})
		return slices.DeleteFunc(all, func(comment *github.IssueComment) bool {
			_, h, _, ok := unmarked(comment.GetBody())
			return !ok || h != header
		}), resp, err
	})
}

// ours are those of at most 100 comments that the owner of the token wrote and
// that nobody has hidden. A null stands in the place of one that is gone.
func (s *session) ours(ctx context.Context, marked []*github.IssueComment) (found []own, err error) {
	var data struct {
		Viewer struct{ Login string }
		Nodes  []*struct{ IsMinimized bool }
	}
	ids := make([]string, len(marked))
	for i, c := range marked {
		ids[i] = c.GetNodeID()
	}
	const doing = "asking whose comments these are"
	err = s.ask(ctx, doing, `query($ids:[ID!]!){viewer{login} nodes(ids:$ids){... on IssueComment{id isMinimized}}}`, map[string]any{"ids": ids}, &data)
	if err == nil && (data.Viewer.Login == "" || len(data.Nodes) != len(ids)) {
		err = &hub.Refusal{Doing: doing, Kind: hub.Unreadable, Err: hub.ErrNoAnswer}
	}
	if err != nil {
		return nil, err
	}
	for i, c := range marked {
		if n := data.Nodes[i]; n != nil && !n.IsMinimized && wrote(c.GetUser(), data.Viewer.Login) {
			found = append(found, ownOf(c))
		}
	}
	return found, nil
}

// wrote reports whether author is the account with this login. An app is called
// github-actions[bot], and a person may be called github-actions.
func wrote(author *github.User, login string) bool {
	return author.GetLogin() == login && (author.GetType() == "Bot") == strings.HasSuffix(login, "[bot]")
}

// create makes a comment. An answer that was lost on its way may be that of a
// comment that exists now, so it is looked for before the next attempt.
func (s *session) create(ctx context.Context, body string) (made own, err error) {
	lost := false
	err = s.Repeat(ctx, func(ctx context.Context) (err error) {
		if lost {
			if made, err = s.madeAlready(ctx, body); err != nil || made.id != 0 {
				return err
			}
		}
		err = s.Once(ctx, "creating a comment", func(ctx context.Context, c *github.Client) (*github.Response, error) {
			return made.written(c.Issues.CreateComment(ctx, s.owner, s.repo, s.c.Number, &github.IssueComment{Body: &body}))
		})
		lost = lost || unclear(err)
		return err
	})
	return made, err
}

// madeAlready looks, once, for a comment with this body that was not there
// before. The caller tries again if that fails.
func (s *session) madeAlready(ctx context.Context, body string) (own, error) {
	again := *s
	again.Session, again.known = s.Single(), map[int64]bool{}
	all, err := again.find(ctx)
	for _, o := range all {
		if !s.known[o.id] && same(o.body, body) {
			return o, nil
		}
	}
	return own{}, err
}

// edit changes a comment, or creates it when somebody has deleted it since.
func (s *session) edit(ctx context.Context, o own, body string) (edited own, err error) {
	err = s.Try(ctx, "editing the comment", func(ctx context.Context, c *github.Client) (*github.Response, error) {
		return edited.written(c.Issues.EditComment(ctx, s.owner, s.repo, o.id, &github.IssueComment{Body: &body}))
	})
	if gone(err) {
		return s.create(ctx, body)
	}
	return edited, err
}

// remove deletes a comment. One that is gone is no failure: the answer to an
// earlier attempt may have been lost.
func (s *session) remove(ctx context.Context, o own) error {
	err := s.Try(ctx, "deleting the old comment", func(ctx context.Context, c *github.Client) (*github.Response, error) {
		return c.Issues.DeleteComment(ctx, s.owner, s.repo, o.id)
	})
	if gone(err) {
		return nil
	}
	return err
}

// gone reports whether err says that a comment does not exist any more.
func gone(err error) bool {
	var r *hub.Refusal
	return errors.As(err, &r) && r.Status == http.StatusNotFound
}

// minimize hides a comment as outdated. Its text stays, folded.
func (s *session) minimize(ctx context.Context, o own) error {
	return s.ask(ctx, "hiding the old comment",
		`mutation($id:ID!){minimizeComment(input:{subjectId:$id,classifier:OUTDATED}){minimizedComment{isMinimized}}}`, map[string]any{"id": o.node}, nil)
}

// graphErrors are GraphQL's errors, which arrive with status 200.
type graphErrors []graphError

type graphError struct{ Type, Message string }

func (e graphErrors) Error() string {
	var all []string
	for _, one := range e {
		all = append(all, strings.TrimSpace(one.Type+" "+one.Message))
	}
	return strings.Join(all, "; ")
}

// Status is the one that the REST API would have answered with. An error without
// a type is an accident within GitHub.
func (e graphErrors) Status() int {
	switch e[0].Type {
	case "FORBIDDEN", "INSUFFICIENT_SCOPES":
		return http.StatusForbidden
	case "RATE_LIMITED", "RATE_LIMIT":
		return http.StatusTooManyRequests
	case "", "INTERNAL", "SERVICE_UNAVAILABLE":
		return http.StatusBadGateway
	}
	return http.StatusUnprocessableEntity
}

// ask puts a GraphQL query and decodes its data. What does not exist is null
// there, or has nothing left to be done to it, so that is no error.
func (s *session) ask(ctx context.Context, doing, query string, variables map[string]any, data any) error {
	return s.Try(ctx, doing, func(ctx context.Context, c *github.Client) (*github.Response, error) {
		r, err := c.NewRequest(http.MethodPost, s.graphql, map[string]any{"query": query, "variables": variables})
		if err != nil {
			return nil, fmt.Errorf("making the request: %w", err)
		}
		answer := struct {
			Data   any
			Errors graphErrors
		}{Data: data}
		resp, err := c.Do(ctx, r, &answer)
		wrong := slices.DeleteFunc(answer.Errors, func(e graphError) bool { return e.Type == "NOT_FOUND" })
		if err == nil && len(wrong) > 0 {
			err = wrong
		}
		return resp, err
	})
}
