package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/keyless-inference/action/actions"
	"github.com/keyless-inference/action/inference"
	"github.com/keyless-inference/action/oidc"
)

// runCommand is "keyless run": its fields are the action's inputs.
type runCommand struct {
	Prompt           string   `group:"prompt" help:"The prompt; - reads it from standard input."`
	PromptFile       string   `group:"prompt" help:"A file with the prompt: plain text, or a .prompt.yml with messages and {{variables}}. Wins over prompt."`
	Input            []string `group:"prompt" help:"Variables for a .prompt.yml, as a YAML map from name to value."`
	FileInput        []string `group:"prompt" name:"file_input" help:"Variables whose values are read from files, as a YAML map from name to path. Wins over input."`
	SystemPrompt     string   `group:"prompt" default:"You are a helpful assistant" help:"The system prompt beside prompt or a plain-text prompt-file."`
	SystemPromptFile string   `group:"prompt" help:"A file with the system prompt. Wins over system-prompt."`

	Deployment string `group:"model" from:"AZURE_OPENAI_DEPLOYMENT" help:"The name of the Azure OpenAI deployment."`
	Model      string `group:"model" help:"The deployment under the name that actions/ai-inference gave this input; a publisher in front (openai/) is dropped. deployment wins."`
	API        string `group:"model" default:"chat" help:"How the deployment is asked: chat, responses or completions."`

	MaxCompletionTokens string `group:"answer" help:"The most tokens of the answer, hidden reasoning included. No limit by default."`
	MaxTokens           string `group:"answer" help:"The most tokens of the answer, for older models and for api: completions. Where the model wants the other one, it is sent under that name."`
	Temperature         string `group:"answer" help:"Sampling temperature, from 0 to 2."`
	TopP                string `group:"answer" help:"Nucleus sampling, from 0 to 1."`
	ReasoningEffort     string `group:"answer" help:"How long a reasoning model thinks: none, minimal, low, medium, high, xhigh or max, as far as the model knows them."`
	ResponseFormat      string `group:"answer" help:"text (the default), json_object or json_schema."`
	JSONSchema          string `group:"answer" name:"json-schema" help:"The JSON Schema of the answer, or the path of a file with it. The answer is checked against it."`
	ResponseFile        string `group:"answer" help:"Where the whole answer is written. A new file under .keyless/ by default."`
	Stream              bool   `group:"answer" default:"true" help:"Receive the answer as it is written, so that a stall is noticed."`

	ClientID    string `group:"identity" from:"AZURE_CLIENT_ID" help:"The client id of the app registration or managed identity that trusts this repository."`
	TenantID    string `group:"identity" from:"AZURE_TENANT_ID" help:"The id, or a domain, of its Microsoft Entra tenant."`
	Environment string `group:"identity" help:"The cloud: azurecloud (the default), azureusgovernment or azurechinacloud."`
	Audience    string `group:"identity" help:"The audience of GitHub's ID token. The cloud's own by default: api://AzureADTokenExchange."`
	Scope       string `group:"identity" help:"The scope of the Entra token. The cloud's own by default: https://cognitiveservices.azure.com/.default."`

	Endpoint      string   `group:"connection" from:"AZURE_OPENAI_ENDPOINT" help:"The resource's endpoint, such as https://my-resource.openai.azure.com, or a gateway in front of it."`
	APIVersion    string   `group:"connection" name:"api-version" from:"OPENAI_API_VERSION" help:"A dated API version, for the classic URLs. Without one the /openai/v1/ URLs are used."`
	CustomHeaders []string `group:"connection" help:"Further request headers, as a YAML or JSON map, for a gateway in front of the resource."`
	Timeout       string   `group:"connection" default:"10m" help:"How long the answer may take, with all attempts and waits: 90s, 10m; a bare number is seconds."`
	MaxAttempts   string   `group:"connection" default:"5" help:"How often a request is tried when the service is busy or the network fails."`

	Emulate bool `group:"connection" help:"Use an emulator inside this process instead of GitHub and Azure, for trying things out."`
}

// run asks and hands the answer on: to the disk first, then to the step's
// outputs, the log and standard output.
func (c *runCommand) run(ctx context.Context, p Process, runner *actions.Runner, r *reader) error {
	standIn, err := c.standIn(r)
	if err != nil {
		return err
	}
	defer standIn.stop()
	ws, err := runner.Workspace()
	if err != nil {
		return err
	}
	cfg, err := c.config(r, ws, p.Stdin)
	for _, note := range r.notes {
		runner.Warningf("%s", note)
	}
	if err != nil {
		return err
	}
	client, err := cfg.client(runner, r.getenv)
	if err != nil {
		return err
	}
	file, err := claim(ws, cfg.responseFile)
	if err != nil {
		return err
	}
	defer file.Discard()
	if err := standIn.serve(ctx, cfg.request); err != nil {
		return err
	}
	runner.Logf("asking %s at %s%s", cfg.request.Deployment, cfg.endpoint, standIn.note())
	answer, err := client.Ask(ctx, cfg.request)
	return deliver(runner, p.Stdout, file, answer, err)
}

// claim finds the answer's place on the disk before it is paid for.
func claim(ws *actions.Workspace, path string) (file *actions.File, err error) {
	if path == "" {
		file, err = ws.Keep()
	} else {
		file, err = ws.Create(path)
	}
	if err != nil {
		return nil, &usageError{fmt.Errorf("response-file: the answer could not be kept: %w (nothing was sent; response-file names another place)", err)}
	}
	return file, nil
}

// client makes the chain of one run: GitHub's ID token, Entra's token, the
// deployment.
func (cfg *runConfig) client(runner *actions.Runner, getenv func(string) string) (*inference.Client, error) {
	note := func(s string) { runner.Logf("%s", s) }
	github := &oidc.GitHub{
		RequestURL:   getenv("ACTIONS_ID_TOKEN_REQUEST_URL"),
		RequestToken: getenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN"),
		Audience:     cfg.audience,
		Mask:         runner.Mask,
		Log:          note,
	}
	if github.RequestURL == "" || github.RequestToken == "" {
		return nil, noIdentity(runner)
	}
	for _, secret := range append(secrets(cfg.headers), github.RequestToken) {
		runner.Mask(secret)
	}
	cred, err := oidc.New(oidc.Config{
		Tenant: cfg.tenant, Client: cfg.clientID, Authority: cfg.authority,
		IDToken: github.IDToken, Mask: runner.Mask, Log: note,
	})
	if err != nil {
		return nil, err
	}
	progress := progress{log: note, last: time.Now()}
	return &inference.Client{
		Endpoint: cfg.endpoint, APIVersion: cfg.apiVersion, Header: cfg.headers, ClientID: cfg.clientID,
		Attempts: cfg.attempts, Timeout: cfg.timeout,
		Token: func(ctx context.Context) (string, error) {
			token, err := cred.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{cfg.scope}})
			return token.Token, err
		},
		Log: note, Progress: progress.arrived,
	}, nil
}

func noIdentity(runner *actions.Runner) error {
	event, err := runner.Event()
	if err != nil {
		runner.Warningf("%v", err) // the explanation below is then less exact
	}
	return oidc.NoIdentity(oidc.Job{
		Actions: runner.OnGitHub(), Act: runner.UnderAct(),
		Event: event.Name, Fork: event.Fork, Actor: event.Actor,
	})
}

// progress tells now and then how much of a long answer has arrived.
type progress struct {
	log  func(string)
	last time.Time
}

const progressEvery = 10 * time.Second

func (p *progress) arrived(characters int) {
	if time.Since(p.last) >= progressEvery {
		p.last = time.Now()
		p.log(fmt.Sprintf("still answering: %d characters so far", characters))
	}
}

// deliver hands on what came: all of it when err is nil, else what was paid for
// before it failed. An answer that could not be saved is handed on all the same
// and fails the run in the end.
func deliver(runner *actions.Runner, stdout io.Writer, file *actions.File, answer inference.Answer, err error) error {
	path := ""
	var unsaved error
	if err == nil || answer.Text != "" {
		if unsaved = file.Save([]byte(answer.Text)); unsaved == nil {
			path = file.Path
		}
	}
	unset := setOutputs(runner, answer, path, err)
	if answer.Text != "" {
		runner.Fence("Answer of "+answer.Model, answer.Text)
	}
	if err != nil {
		if path != "" {
			runner.Warningf("what had arrived of the answer is kept in %s", path)
		}
		return errors.Join(err, unsaved, unset)
	}
	remark(runner, answer, path)
	runner.Logf("%s", summary(answer, path))
	if !runner.OnGitHub() {
		_, err = fmt.Fprintln(stdout, shown(stdout, answer.Text))
	}
	return errors.Join(unsaved, unset, err)
}

// remark warns of an answer that is less than it seems.
func remark(runner *actions.Runner, answer inference.Answer, path string) {
	switch {
	case answer.FinishReason == "length":
		runner.Warningf("the answer was cut off by the token limit (finish-reason: length): raise or drop max-completion-tokens or max-tokens; api: completions has a limit of its own, 16, unless max-tokens is given")
	case answer.Text == "":
		runner.Warningf("the answer is empty (finish-reason: %s)", answer.FinishReason)
	case runner.OnGitHub() && short(answer.Text) != answer.Text:
		runner.Warningf("the answer is longer than an output can be: response holds its beginning, %s the whole", path)
	}
}
