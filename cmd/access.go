package cmd

import (
	"net/http"
	"slices"
	"time"

	"github.com/keyless-inference/action/actions"
	"github.com/keyless-inference/action/emulator"
	"github.com/keyless-inference/action/inference"
)

// accessInputs say where requests go, as whom, and how patiently.
type accessInputs struct {
	identityInputs
	Scope string `group:"identity" help:"The scope of the Entra token. The cloud's own by default: https://cognitiveservices.azure.com/.default."`

	resourceInputs
	Timeout     string `group:"connection" default:"10m" help:"How long an answer may take, with all attempts and waits: 90s, 10m; a bare number is seconds."`
	MaxAttempts string `group:"connection" default:"5" help:"How often the deployment is asked when it is busy or the network fails."`

	Emulate bool `group:"connection" help:"Use an emulator inside this process instead of GitHub and Azure, for trying things out."`
}

// An access is where requests go, as whom, checked.
type access struct {
	endpoint   string
	apiVersion string
	headers    http.Header
	timeout    time.Duration
	attempts   int

	identity identity
	scope    string // of the Entra token
	event    actions.Event
}

// access reads the inputs.
func (c *accessInputs) access(r *reader, event actions.Event) access {
	warnOfLeftovers(r)
	a := access{event: event}
	a.endpoint, a.apiVersion, a.headers = c.resource(r)
	a.timeout = r.duration("timeout", c.Timeout)
	if n := r.count("max-attempts", c.MaxAttempts); n != nil {
		a.attempts = int(*n)
	}
	a.identity = c.identity(r)
	if a.scope = r.text(c.Scope, ""); a.scope == "" {
		a.scope = a.identity.cloud.Scope
		a.identity.at(r, a.endpoint)
	}
	return a
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

// mask hides the secrets that the inputs hold from the log.
func (a *access) mask(runner *actions.Runner) {
	for _, secret := range secrets(a.headers) {
		runner.Mask(secret)
	}
}

// client makes the chain of one run: GitHub's ID token, Entra's token, the
// deployment.
func (a *access) client(runner *actions.Runner, getenv func(string) string) (*inference.Client, error) {
	token, err := a.identity.token(runner, getenv, a.event, a.scope)
	if err != nil {
		return nil, err
	}
	note := func(s string) { runner.Logf("%s", s) }
	progress := progress{log: note, last: time.Now()}
	return &inference.Client{
		Endpoint: a.endpoint, APIVersion: a.apiVersion, Header: a.headers, ClientID: a.identity.config.Client, PrincipalType: a.identity.kind(), Do: a.identity.do,
		Attempts: a.attempts, Timeout: a.timeout,
		Token: token, Log: note, Progress: progress.arrived,
	}, nil
}

// deployment is one for the emulator.
func deployment(name, api string) emulator.Deployment {
	d := emulator.Deployment{Name: name, Model: name}
	if slices.Contains([]string{inference.Completions, inference.Embeddings}, api) {
		d.Kind = emulator.Kind(api)
	}
	return d
}
