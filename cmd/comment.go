package cmd

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/keyless-inference/action/actions"
	"github.com/keyless-inference/action/prompt"
	"github.com/keyless-inference/action/report"
	"github.com/keyless-inference/action/sink"
	"github.com/keyless-inference/action/wire"
)

// commentInputs are the inputs of the comment.
type commentInputs struct {
	Comment              bool   `group:"comment" help:"Post the result as a comment on the pull request or issue of the event, and keep it up to date."`
	CommentNumber        string `group:"comment" help:"The pull request or issue, where the event is about none."`
	CommentNumberForce   string `group:"comment" help:"The pull request or issue, whatever the event is about."`
	CommentHeader        string `group:"comment" help:"A name that tells this comment from others of this action on the same pull request."`
	CommentMode          string `group:"comment" default:"update" help:"update, append, recreate, hide-and-recreate, only-create, only-update, delete or hide."`
	CommentSkipUnchanged bool   `group:"comment" help:"Leave the comment alone when it would stay the same."`
	CommentTemplate      string `group:"comment" default:"{{response}}" help:"The comment's Markdown, with {{response}}, {{model}} and {{usage}}; or the path of a file with it."`
	CommentMaxParts      string `group:"comment" default:"1" help:"How many comments an answer may take that is too long for one; what is left is cut, visibly."`
	CommentMentions      bool   `group:"comment" help:"Leave @names and #numbers in the answer alive: they notify people and link issues."`
	CommentOnError       string `group:"comment" default:"warn" help:"What a comment that cannot be posted does: warn or fail. An event without a pull request or issue only warns."`
	GithubToken          string `group:"comment" name:"github-token" from:"GITHUB_TOKEN" action:"${{ github.token }}" help:"The token that comments are posted with. It needs pull-requests: write, for issues issues: write."`
}

// A commentPlan is how the answer becomes a comment, checked before anything is
// paid for.
type commentPlan struct {
	github   report.GitHub
	comment  report.Comment // without its parts
	template string
	parts    int
	options  sink.Options
	must     bool // the step fails when it can't be posted
}

// commentPlan reads the inputs of the comment; nil means that none is wanted.
func (c *commentInputs) commentPlan(r *reader, src source) *commentPlan {
	if !c.Comment {
		for _, in := range inputs(c) {
			if strings.HasPrefix(in.Name, "comment-") && in.given() {
				r.note("%s is ignored: comment is not true", in.Name)
			}
		}
		return nil
	}
	plan := &commentPlan{
		comment: report.Comment{
			Header:        c.CommentHeader,
			Mode:          r.oneOf("comment-mode", c.CommentMode, report.Modes()...),
			SkipUnchanged: c.CommentSkipUnchanged,
		},
		options: sink.Options{Mentions: c.CommentMentions},
		must:    r.oneOf("comment-on-error", c.CommentOnError, "warn", "fail") == "fail",
	}
	if n := r.count("comment-max-parts", c.CommentMaxParts); n != nil && *n <= mostParts {
		plan.parts = int(*n)
	} else if n != nil {
		r.mistake("comment-max-parts", "%d comments are more than anybody reads: the most is %d", *n, mostParts)
	}
	plan.template = c.commentMarkdown(r, src)
	plan.comment.Number = c.commentNumber(r, src.event.Number)
	if plan.comment.Number == 0 {
		r.note("comment: %s names no pull request and no issue, so nothing will be commented (the input comment-number can name one)", whose(src.event))
		return plan
	}
	plan.github = c.githubAPI(r)
	for _, err := range leaves(plan.github.Check(plan.comment)) {
		r.check("comment", err)
	}
	return plan
}

const mostParts = 50

// whose says in words which event it is that names nobody.
func whose(e actions.Event) string {
	switch {
	case e.Name == "":
		return "this run"
	case strings.HasPrefix(e.Name, "pull_request"), strings.HasPrefix(e.Name, "issue"):
		return "the event " + e.Name + ", as the file GITHUB_EVENT_PATH has it or for the lack of that file,"
	}
	return "the event " + e.Name
}

// commentNumber is whom the comment goes to; 0 is nobody.
func (c *commentInputs) commentNumber(r *reader, ofEvent int) int {
	forced := r.count("comment-number-force", c.CommentNumberForce)
	given := r.count("comment-number", c.CommentNumber)
	switch {
	case forced != nil:
		return int(*forced)
	case given == nil:
		return ofEvent
	case ofEvent != 0 && ofEvent != int(*given):
		r.note("comment-number %d is not used: the event is about #%d (comment-number-force beats it)", *given, ofEvent)
		return ofEvent
	}
	return int(*given)
}

// githubAPI is where comments are posted: github.com, or the Enterprise Server
// that the job runs on.
func (c *commentInputs) githubAPI(r *reader) report.GitHub {
	token := c.GithubToken
	if r.emulated {
		token = "" // it is for GitHub alone
	}
	return report.GitHub{
		API:        r.text("", "GITHUB_API_URL"),
		GraphQL:    r.text("", "GITHUB_GRAPHQL_URL"),
		Token:      r.text(token, "GITHUB_TOKEN"),
		Repository: r.text("", "GITHUB_REPOSITORY"),
	}
}

// commentMarkdown is the Markdown around the answer. What it says is the workflow's;
// only the answer in it is hostile, so that must not land where Markdown is not
// obeyed.
func (c *commentInputs) commentMarkdown(r *reader, src source) string {
	template := c.CommentTemplate
	if !strings.Contains(template, "{{") {
		text, err := prompt.ReadText(strings.TrimSpace(template), src.ReadFile)
		if err != nil {
			r.mistake("comment-template", "%w (what has no {{ in it is the path of a file)", err)
		}
		template = text
	}
	_, err := fill(template, "", "", "")
	r.join(err)
	for _, at := range prompt.Places(template, "response") {
		if sink.InCode(template[:at]) {
			r.mistake("comment-template", "{{response}} is inside a code block or an element such as <pre>, which an answer with code of its own could end")
		}
	}
	return template
}

// fill makes the comment's Markdown. The answer stands apart from what is around
// it, so that its first line can begin a list or a table.
func fill(template, answer, model, usage string) (string, error) {
	text, err := prompt.Fill("comment-template", template, prompt.Vars{
		"response": "\n\n" + answer + "\n\n", "model": model, "usage": usage,
	})
	return strings.TrimSpace(text), err
}

// post posts the comment and tells what was done. rest says where the whole
// answer is, should it be too long.
func (p *commentPlan) post(ctx context.Context, res *result, rest string, note func(string)) (report.Posted, error) {
	comment, github := p.comment, p.github
	body, err := p.body(res)
	if err != nil || comment.Number == 0 || body == "" && comment.NeedsText() {
		return report.Posted{Action: "skipped"}, err
	}
	if comment.NeedsText() {
		comment.Parts = shorten(body, p.parts, rest, note)
	}
	github.Log = note
	posted, err := github.Post(ctx, comment)
	if posted.Action == "skipped" {
		there := "there is none that is not hidden"
		if posted.ID != 0 {
			there = "there is one already"
		}
		note(fmt.Sprintf("comment: comment-mode %s has nothing to do: %s", comment.Mode, there))
	}
	return posted, err
}

// deliver posts the comment and sets its outputs. summary: the job summary shows the
// answer as well.
func (p *commentPlan) deliver(ctx context.Context, runner *actions.Runner, res *result, summary bool) error {
	note := func(s string) { runner.Logf("%s", s) }
	posted, err := p.post(ctx, res, where(res.path, runner.RunURL(), summary), note)
	res.comment = posted
	unset := setOutputs(runner, commentOutputs(), res)
	switch {
	case err == nil:
		runner.Logf("%s", strings.TrimSpace("comment: "+posted.Action+" "+posted.URL))
	case p.must:
		return errors.Join(err, unset)
	default:
		runner.Warningf("%v", wire.RedactError(err))
	}
	return unset
}

// body is the template with the answer in it, made harmless.
func (p *commentPlan) body(res *result) (string, error) {
	answer := cmp.Or(res.markdown, p.markdown(res.response, res.json))
	if res.parts != nil {
		var b strings.Builder
		for _, one := range res.parts { // each by itself, so that none can open what hides the next
			fmt.Fprintf(&b, "### %s\n\n%s\n\n", sink.Inline(one.name), p.markdown(one.text, res.json))
		}
		answer = b.String()
	}
	return fill(p.template, answer, sink.Inline(res.answer.Model), report.Usage(res.answer.Usage))
}

// A part is one of several answers, and what it is about.
type part struct{ name, text string }

// markdown is an answer made harmless.
func (p *commentPlan) markdown(text string, isJSON bool) string {
	if isJSON {
		return sink.Code("json", indented(text))
	}
	return sink.Markdown(text, p.options)
}

// indented is JSON in lines that people can read.
func indented(text string) string {
	var lines bytes.Buffer
	if json.Indent(&lines, []byte(text), "", "  ") != nil {
		return text
	}
	return lines.String()
}

// shorten is body in at most most parts, each with its number if there are
// several; where that is not all of it, the last one says where the rest is.
func shorten(body string, most int, rest string, note func(string)) []string {
	const number = "*Part %d of %d*\n\n"
	end := "\n\n" + rest
	parts := sink.Split(body, report.MaxPart-sink.Units(end)-len(number))
	if len(parts) > most {
		parts = parts[:most]
		note(fmt.Sprintf("comment: it is cut after %d of %d characters, as comment-max-parts: %d allows",
			sink.Units(strings.Join(parts, "")), sink.Units(body), most))
		parts[most-1] += end
	}
	for i := range parts {
		if len(parts) > 1 {
			parts[i] = fmt.Sprintf(number, i+1, len(parts)) + parts[i]
		}
	}
	return parts
}

// where says, in Markdown, where the whole of a comment is.
func where(path, run string, summary bool) string {
	text := "*The answer goes on: the whole is in the file of this run"
	if path != "" {
		text = "*The answer goes on: the whole is in the file " + sink.Inline(path)
	}
	switch {
	case run != "" && summary:
		text += fmt.Sprintf("; [the summary of this run](%s) shows it up to 1 MiB", run)
	case run != "":
		text += fmt.Sprintf(" of [this run](%s)", run)
	}
	return text + ".*"
}
