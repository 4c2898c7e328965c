package cmd

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/keyless-inference/action/actions"
	"github.com/keyless-inference/action/inference"
	"github.com/keyless-inference/action/oidc"
	"github.com/keyless-inference/action/prompt"
)

// runConfig is what "keyless run" does, checked.
type runConfig struct {
	request inference.Request

	endpoint   string
	apiVersion string
	headers    http.Header
	timeout    time.Duration
	attempts   int

	tenant, clientID, authority, audience, scope string

	responseFile string
}

// config checks all inputs and reads all files they name. The error holds every
// mistake there is.
func (c *runCommand) config(r *reader, ws *actions.Workspace, stdin io.Reader) (*runConfig, error) {
	cfg := &runConfig{responseFile: r.text(c.ResponseFile, "")}
	warnOfLeftovers(r)
	c.connection(r, cfg)
	c.identity(r, cfg)
	c.ask(r, cfg, ws, stdin)
	return cfg, r.err()
}

func (c *runCommand) connection(r *reader, cfg *runConfig) {
	cfg.endpoint = r.required("endpoint", c.Endpoint, "AZURE_OPENAI_ENDPOINT")
	if cfg.endpoint != "" {
		_, err := inference.ParseEndpoint(cfg.endpoint)
		r.check("endpoint", err)
	}
	cfg.apiVersion = r.text(c.APIVersion, "OPENAI_API_VERSION")
	cfg.headers = headers(r, strings.Join(c.CustomHeaders, "\n"))
	cfg.timeout = r.duration("timeout", c.Timeout)
	if n := r.count("max-attempts", c.MaxAttempts); n != nil {
		cfg.attempts = int(*n)
	}
}

func (c *runCommand) identity(r *reader, cfg *runConfig) {
	cloud, err := oidc.CloudNamed(r.text(c.Environment, ""))
	r.check("environment", err)
	if cfg.clientID = r.required("client-id", c.ClientID, "AZURE_CLIENT_ID"); cfg.clientID != "" {
		r.check("client-id", oidc.CheckClient(cfg.clientID))
	}
	if cfg.tenant = r.required("tenant-id", c.TenantID, "AZURE_TENANT_ID"); cfg.tenant != "" {
		r.check("tenant-id", oidc.CheckTenant(cfg.tenant))
	}
	cfg.authority = or(r.text("", "AZURE_AUTHORITY_HOST"), cloud.Authority)
	if cfg.authority != "" { // else environment is wrong, which is told
		r.check("AZURE_AUTHORITY_HOST", oidc.CheckAuthority(cfg.authority))
	}
	cfg.audience = or(r.text(c.Audience, ""), cloud.Audience)
	cfg.scope = or(r.text(c.Scope, ""), scopeOf(cfg.endpoint, cloud))
}

// scopeOf is the scope of a Foundry project's endpoint, which takes no token of
// the cloud's usual one, or that usual one.
func scopeOf(endpoint string, cloud oidc.Cloud) string {
	if u, err := url.Parse(endpoint); err == nil && strings.Contains(u.Path, "/api/projects/") {
		return "https://ai.azure.com/.default"
	}
	return cloud.Scope
}

// or is the first of the two that is not empty.
func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// ask reads what is asked, and of whom. What a prompt file says wins over the
// inputs, as it does in actions/ai-inference; only deployment wins over its
// model, which there is a name in a catalogue.
func (c *runCommand) ask(r *reader, cfg *runConfig, ws *actions.Workspace, stdin io.Reader) {
	p := c.readPrompt(r, ws, stdin)
	q := &cfg.request
	for _, m := range p.Messages {
		q.Messages = append(q.Messages, inference.Message{Role: m.Role, Content: m.Content})
	}
	q.Deployment = c.deployment(r, p)
	q.API = r.oneOf("api", c.API, inference.Chat, inference.Responses, inference.Completions)
	q.MaxTokens = first(p.Parameters.MaxTokens, r.count("max-tokens", c.MaxTokens))
	q.MaxCompletionTokens = first(p.Parameters.MaxCompletionTokens, r.count("max-completion-tokens", c.MaxCompletionTokens))
	q.Temperature = first(p.Parameters.Temperature, r.number("temperature", c.Temperature, 0, 2))
	q.TopP = first(p.Parameters.TopP, r.number("top-p", c.TopP, 0, 1))
	q.ReasoningEffort = r.oneOf("reasoning-effort", c.ReasoningEffort, "", "none", "minimal", "low", "medium", "high", "xhigh", "max")
	q.Whole = !c.Stream
	if q.MaxTokens != nil && q.MaxCompletionTokens != nil {
		r.note("max-tokens is ignored beside max-completion-tokens")
		q.MaxTokens = nil
	}
	c.format(r, q, p, ws)
}

func first[T any](a, b *T) *T {
	if a != nil {
		return a
	}
	return b
}

func (c *runCommand) deployment(r *reader, p *prompt.Prompt) string {
	for _, name := range []string{c.Deployment, p.BareModel(), (&prompt.Prompt{Model: c.Model}).BareModel(), r.getenv("AZURE_OPENAI_DEPLOYMENT")} {
		if name = strings.TrimSpace(name); name != "" {
			return name
		}
	}
	r.mistake("deployment", "is required (or set AZURE_OPENAI_DEPLOYMENT, or model in the prompt file): the name you gave the model when you deployed it")
	return ""
}

// format reads the shape that the answer must have. The input json-schema alone
// asks for json_schema; jsonSchema in a prompt file needs its responseFormat.
func (c *runCommand) format(r *reader, q *inference.Request, p *prompt.Prompt, ws *actions.Workspace) {
	given := strings.TrimSpace(c.JSONSchema)
	asked := or(p.ResponseFormat, strings.TrimSpace(c.ResponseFormat))
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
// file with it.
func (c *runCommand) schema(r *reader, p *prompt.Prompt, ws *actions.Workspace, given string) *inference.Schema {
	raw := p.JSONSchema
	switch {
	case raw != nil:
	case given == "":
		r.mistake("json-schema", "is required with response-format: json_schema")
		return nil
	case strings.HasPrefix(given, "{"):
		raw = []byte(given)
	default:
		var err error
		if raw, err = ws.ReadFile(given); err != nil {
			r.check("json-schema", err)
			return nil
		}
	}
	schema, err := inference.ParseSchema(raw)
	r.check("json-schema", err)
	return schema
}

// leftovers are what a workflow from before may still set, and what becomes of
// it here. https://github.com/actions/ai-inference/tree/v2 had the inputs.
var leftovers = []struct{ variable, note string }{
	{"OPENAI_API_KEY", "OPENAI_API_KEY is ignored: no key is ever used, so it can be deleted"},
	{"AZURE_OPENAI_API_KEY", "AZURE_OPENAI_API_KEY is ignored: no key is ever used, so it can be deleted"},
	{"AZURE_OPENAI_KEY", "AZURE_OPENAI_KEY is ignored: no key is ever used, so it can be deleted"},
	{"INPUT_ENABLE-GITHUB-MCP", "enable-github-mcp is ignored: the model is given no tools"},
}

func warnOfLeftovers(r *reader) {
	for _, left := range leftovers {
		if value := r.text("", left.variable); value != "" && value != "false" {
			r.note("%s", left.note)
		}
	}
}
