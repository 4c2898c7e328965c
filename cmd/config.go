package cmd

import (
	"cmp"
	"io"
	"strings"

	"github.com/keyless-inference/action/actions"
	"github.com/keyless-inference/action/inference"
	"github.com/keyless-inference/action/prompt"
	"github.com/keyless-inference/action/task"
)

// runConfig is what "keyless run" does, checked.
type runConfig struct {
	request inference.Request

	access

	responseFile string
	outputs      string // all or response
	fields       bool   // the answer's properties are outputs too
	summary      bool
	comment      *commentPlan // nil: none
	onFailure    string
	fallback     string
	skipIdentity bool
}

// A source is where inputs come from that are no text of their own.
type source struct {
	*actions.Workspace
	stdin io.Reader
	event actions.Event
}

// config checks all inputs and reads all files they name. The error holds every
// mistake there is.
func (c *runCommand) config(r *reader, src source) (*runConfig, error) {
	cfg := &runConfig{responseFile: r.text(c.ResponseFile, ""), access: c.access(r, src.event)}
	c.ask(r, &cfg.request, c.readPrompt(r, src), src.Workspace)
	c.keep(r, cfg, src.Workspace)
	c.results(r, cfg)
	cfg.comment = c.commentPlan(r, src)
	if len(r.mistakes) == 0 {
		r.join(cfg.request.Check()) // what is left, such as a deployment called ".."
	}
	return cfg, r.err()
}

// keep checks where the answer will be written: over none of the files that it
// is made from, and not into git's own.
func (c *runCommand) keep(r *reader, cfg *runConfig, ws *actions.Workspace) {
	if cfg.responseFile == "" {
		return
	}
	path, _ := ws.Rel(cfg.responseFile)
	for _, in := range []struct{ name, path string }{
		{"prompt-file", c.PromptFile}, {"system-prompt-file", c.SystemPromptFile}, {"json-schema", c.JSONSchema},
	} {
		if other, _ := ws.Rel(strings.TrimSpace(in.path)); in.path != "" && other == path {
			r.mistake("response-file", "%s is the %s: it would be overwritten", cfg.responseFile, in.name)
		}
	}
	if path == ".git" || strings.HasPrefix(path, ".git/") {
		r.mistake("response-file", "%s belongs to git", cfg.responseFile)
	}
}

// results reads what is done with the answer, and without one.
func (c *runCommand) results(r *reader, cfg *runConfig) {
	cfg.outputs = r.oneOf("outputs", c.Outputs, "all", "response")
	cfg.fields = cfg.outputs == "all" && cfg.request.Schema != nil
	cfg.summary = c.Summary
	cfg.onFailure = r.oneOf("on-failure", c.OnFailure, "fail", "warn", "skip")
	cfg.skipIdentity = r.oneOf("on-missing-identity", c.OnMissingIdentity, "fail", "skip") == "skip"
	cfg.fallback = c.FallbackText
	if cfg.fallback != "" && cfg.onFailure == "fail" && !cfg.skipIdentity {
		r.note("fallback-text is ignored: on-failure and on-missing-identity are both fail")
	}
}

// ask reads what is asked, and of whom. What a prompt file says wins over the
// inputs, as it does in actions/ai-inference; only deployment wins over its
// model, which there is a name in a catalogue. A prompt that could not be read
// is nil: then nothing counts as missing that it might have said.
func (c *runCommand) ask(r *reader, q *inference.Request, p *prompt.Prompt, ws *actions.Workspace) {
	unread := p == nil
	if unread {
		p = &prompt.Prompt{}
	}
	for _, m := range p.Messages {
		q.Messages = append(q.Messages, inference.Message{Role: m.Role, Content: m.Content})
	}
	q.Deployment = strings.TrimSpace(cmp.Or(prompt.BareModel(c.Deployment), prompt.BareModel(p.Model), prompt.BareModel(c.Model), r.getenv("AZURE_OPENAI_DEPLOYMENT")))
	if q.Deployment == "" && !unread {
		r.mistake("deployment", "is required (or set AZURE_OPENAI_DEPLOYMENT, or model in the prompt file): the name you gave the model when you deployed it")
	}
	given := c.parameters(r)
	q.API, q.ReasoningEffort = given.API, given.ReasoningEffort
	q.Temperature, q.TopP = cmp.Or(p.Parameters.Temperature, given.Temperature), cmp.Or(p.Parameters.TopP, given.TopP)
	q.Whole = !c.Stream
	limit(r, q, p.Parameters, given)
	c.format(r, q, p, ws)
	if q.Format == inference.JSONSchema && q.Schema == nil && c.JSONSchema == "" && !unread {
		r.mistake("json-schema", "is required with response-format: json_schema")
	}
}

// parameters are what the inputs say of an answer, whoever asks for it.
func (c *runCommand) parameters(r *reader) task.Settings {
	return task.Settings{
		API:                 r.oneOf("api", c.API, inference.Chat, inference.Responses, inference.Completions),
		Temperature:         r.number("temperature", c.Temperature, 0, 2),
		TopP:                r.number("top-p", c.TopP, 0, 1),
		ReasoningEffort:     r.oneOf("reasoning-effort", c.ReasoningEffort, "", "none", "minimal", "low", "medium", "high", "xhigh", "max"),
		MaxTokens:           r.count("max-tokens", c.MaxTokens),
		MaxCompletionTokens: r.count("max-completion-tokens", c.MaxCompletionTokens),
	}
}

// limit is the most tokens of the answer: the prompt file's limits if it has
// any, else the inputs'. There is one limit in the end.
func limit(r *reader, q *inference.Request, file prompt.Parameters, given task.Settings) {
	q.MaxTokens, q.MaxCompletionTokens = given.MaxTokens, given.MaxCompletionTokens
	if file.MaxTokens != nil || file.MaxCompletionTokens != nil {
		q.MaxTokens, q.MaxCompletionTokens = file.MaxTokens, file.MaxCompletionTokens
	}
	if q.MaxTokens != nil && q.MaxCompletionTokens != nil {
		r.note("max-tokens is ignored beside max-completion-tokens")
		q.MaxTokens = nil
	}
}

// format reads the shape that the answer must have. The input json-schema alone
// asks for json_schema; jsonSchema in a prompt file needs its responseFormat.
func (c *runCommand) format(r *reader, q *inference.Request, p *prompt.Prompt, ws *actions.Workspace) {
	given := strings.TrimSpace(c.JSONSchema)
	asked := cmp.Or(p.ResponseFormat, strings.TrimSpace(c.ResponseFormat))
	if asked == "" && given != "" {
		asked = inference.JSONSchema
	}
	q.Format = r.oneOf("response-format", asked, inference.Text, inference.JSONObject, inference.JSONSchema)
	switch {
	case q.Format != inference.JSONSchema && given != "":
		r.note("json-schema is ignored: response-format is %s", q.Format)
	case q.Format == inference.JSONSchema:
		q.Schema = c.schema(r, p, ws, given)
	}
}

// schema is the prompt file's, else the input's: JSON text, or the path of a
// file with it. It is nil when there is none.
func (c *runCommand) schema(r *reader, p *prompt.Prompt, ws *actions.Workspace, given string) *inference.Schema {
	raw := p.JSONSchema
	switch {
	case raw != nil:
	case given == "":
		return nil
	case strings.HasPrefix(given, "{"):
		raw = []byte(given)
	default:
		var err error
		if raw, err = ws.ReadFile(given); err != nil {
			r.mistake("json-schema", "reading %s: %w", given, err)
			return nil
		}
	}
	schema, err := inference.ParseSchema(raw)
	r.check("json-schema", err)
	return schema
}
