package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/keyless-inference/action/actions"
	"github.com/keyless-inference/action/emulator"
	"github.com/keyless-inference/action/inference"
)

// runCommand is "keyless run": its fields are the action's inputs.
type runCommand struct {
	Prompt            string   `group:"prompt" help:"The prompt; - reads it from standard input."`
	PromptFile        string   `group:"prompt" help:"A file with the prompt: plain text, or a .prompt.yml with messages and {{variables}}. Wins over prompt."`
	Input             []string `group:"prompt" help:"Variables for a .prompt.yml, as a YAML map from name to value."`
	FileInput         []string `group:"prompt" name:"file_input" help:"Variables whose values are read from files, as a YAML map from name to path. Wins over input."`
	Untrusted         []string `group:"prompt" help:"Texts from outside, such as a title or a diff, as a YAML map from name to text, or to {file: PATH}. Each is put into the user message as data between random tags, where {{name}} stands or at the end; none can get into a system message."`
	UntrustedMaxChars string   `group:"prompt" default:"100000" help:"The most characters of each of these texts; a longer one is cut, visibly."`
	SystemPrompt      string   `group:"prompt" default:"You are a helpful assistant" help:"The system prompt beside prompt or a plain-text prompt-file."`
	SystemPromptFile  string   `group:"prompt" help:"A file with the system prompt. Wins over system-prompt."`

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

	Outputs           string `group:"results" default:"all" help:"all: with a JSON Schema, each property at the top of the answer is an output too; response: this action's own outputs alone."`
	Summary           bool   `group:"results" default:"true" help:"Show the answer and what it took in the job summary."`
	OnFailure         string `group:"results" default:"fail" help:"What a failed run does: fail; warn, and pass; or skip, and pass with a note in the log."`
	FallbackText      string `group:"results" help:"The response where there is no answer and the step passes."`
	OnMissingIdentity string `group:"results" default:"fail" help:"What a job does that gets no ID token because a fork or Dependabot caused it: fail, as on-failure says, or skip, which passes."`

	commentInputs
	tasksInputs

	accessInputs
}

// run asks and hands the answer on.
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
	if strings.TrimSpace(c.Config) != "" {
		return c.runTasks(ctx, p, runner, r, ws, standIn)
	}
	c.without(r)
	cfg, err := c.config(r, source{ws, p.Stdin, event(runner, r)})
	r.warn(runner)
	if err != nil {
		return err
	}
	cfg.mask(runner)
	d := delivery{cfg: cfg, runner: runner, stdout: p.Stdout}
	client, missing := cfg.client(runner, r.getenv)
	if missing == nil || cfg.fallback != "" { // else there will be nothing to write
		if d.file, err = claim(ws, cfg.responseFile); err != nil {
			return errors.Join(err, missing)
		}
		defer d.file.Discard()
	}
	if missing != nil {
		return d.deliver(ctx, inference.Answer{}, missing)
	}
	if err := standIn.serve(ctx, []emulator.Deployment{deployment(cfg.request.Deployment, cfg.request.API)}); err != nil {
		return err
	}
	runner.Logf("asking %s at %s%s", cfg.request.Deployment, cfg.endpoint, standIn.note())
	answer, err := client.Ask(ctx, cfg.request)
	return d.deliver(ctx, answer, err)
}

// event is what started the job. Where it can't be read the run goes on: nothing
// is known of it then.
func event(runner *actions.Runner, r *reader) actions.Event {
	e, err := runner.Event()
	if err != nil {
		r.note("%v", err)
	}
	return e
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

// mask hides the secrets that the inputs hold from the log.
func (cfg *runConfig) mask(runner *actions.Runner) {
	cfg.access.mask(runner)
	if cfg.comment != nil {
		runner.Mask(cfg.comment.github.Token)
	}
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
