package task

import (
	"cmp"
	"strings"

	"github.com/keyless-inference/action/inference"
	"github.com/keyless-inference/action/prompt"
)

// Settings are what a task, the defaults of its file and the action's inputs can
// say alike. What is zero is not given.
type Settings struct {
	Deployment string `yaml:"deployment" help:"The name of the Azure OpenAI deployment."`
	Model      string `yaml:"model" help:"The deployment under the name that actions/ai-inference gave it; a publisher in front (openai/) is dropped. deployment wins."`
	API        string `yaml:"api" enum:"chat,responses,completions" help:"How the deployment is asked."`

	SystemPrompt     string `yaml:"system-prompt" one:"?system" help:"The system prompt beside prompt or a plain-text prompt-file. A template as prompt is."`
	SystemPromptFile string `yaml:"system-prompt-file" one:"?system" help:"A file with the system prompt, which goes out as it is."`

	Temperature         *float64 `yaml:"temperature" min:"0" max:"2" help:"Sampling temperature."`
	TopP                *float64 `yaml:"top-p" min:"0" max:"1" help:"Nucleus sampling."`
	MaxTokens           *int64   `yaml:"max-tokens" min:"1" one:"?cap" help:"The most tokens of an answer, for older models and for api: completions."`
	MaxCompletionTokens *int64   `yaml:"max-completion-tokens" min:"1" one:"?cap" help:"The most tokens of an answer, hidden reasoning included. No limit by default."`
	ReasoningEffort     string   `yaml:"reasoning-effort" enum:"none,minimal,low,medium,high,xhigh,max" help:"How long a reasoning model thinks, as far as the model knows the word."`
	ResponseFormat      string   `yaml:"response-format" enum:"text,json_object,json_schema" help:"The shape of an answer."`
	JSONSchema          string   `yaml:"json-schema" or:"map" help:"The JSON Schema of an answer: a map, JSON text, or the path of a file with it. Answers are checked against it."`
	UntrustedMaxChars   *int64   `yaml:"untrusted-max-chars" min:"1" help:"The most characters of each text that untrusted names; a longer one is cut, visibly."`
	Stream              *bool    `yaml:"stream" help:"Receive an answer as it is written, so that a stall is noticed."`
}

// resolve is what holds where levels say different things: each of them fills in
// what those before it left open. The two caps of an answer are one, as are the
// two ways to give a system prompt.
func resolve(levels ...Settings) Settings {
	out := Settings{Deployment: deployment(levels)}
	for _, l := range levels {
		out.API = cmp.Or(out.API, l.API)
		out.Temperature = cmp.Or(out.Temperature, l.Temperature)
		out.TopP = cmp.Or(out.TopP, l.TopP)
		out.ReasoningEffort = cmp.Or(out.ReasoningEffort, l.ReasoningEffort)
		out.JSONSchema = cmp.Or(out.JSONSchema, l.JSONSchema)
		out.ResponseFormat = cmp.Or(out.ResponseFormat, l.format())
		out.UntrustedMaxChars = cmp.Or(out.UntrustedMaxChars, l.UntrustedMaxChars)
		out.Stream = cmp.Or(out.Stream, l.Stream)
		if out.MaxTokens == nil && out.MaxCompletionTokens == nil {
			out.MaxTokens, out.MaxCompletionTokens = l.MaxTokens, l.MaxCompletionTokens
		}
		if out.SystemPrompt == "" && out.SystemPromptFile == "" {
			out.SystemPrompt, out.SystemPromptFile = l.SystemPrompt, l.SystemPromptFile
		}
	}
	if out.MaxCompletionTokens != nil {
		out.MaxTokens = nil
	}
	if out.ResponseFormat != inference.JSONSchema {
		out.JSONSchema = ""
	}
	return out
}

// deployment is the task's own; else the first deployment that is named, and only
// then a model: in a prompt file that is a name in a catalogue.
func deployment(levels []Settings) string {
	name := cmp.Or(levels[0].Deployment, levels[0].Model)
	for _, l := range levels {
		name = cmp.Or(name, l.Deployment)
	}
	for _, l := range levels {
		name = cmp.Or(name, l.Model)
	}
	return strings.TrimSpace(prompt.BareModel(name))
}

// format is the shape that s asks for: a JSON Schema asks for its own.
func (s Settings) format() string {
	if s.ResponseFormat == "" && s.JSONSchema != "" {
		return inference.JSONSchema
	}
	return s.ResponseFormat
}

// ofPrompt are the settings that a prompt file gives.
func ofPrompt(p *prompt.Prompt) Settings {
	s := Settings{
		Model: p.Model, Temperature: p.Parameters.Temperature, TopP: p.Parameters.TopP,
		MaxTokens: p.Parameters.MaxTokens, MaxCompletionTokens: p.Parameters.MaxCompletionTokens,
		ResponseFormat: p.ResponseFormat,
	}
	if p.ResponseFormat == inference.JSONSchema {
		s.JSONSchema = string(p.JSONSchema)
	}
	return s
}

// request is a request without its messages.
func (s Settings) request(schema *inference.Schema) inference.Request {
	return inference.Request{
		API: cmp.Or(s.API, inference.Chat), Deployment: s.Deployment,
		MaxTokens: s.MaxTokens, MaxCompletionTokens: s.MaxCompletionTokens,
		Temperature: s.Temperature, TopP: s.TopP, ReasoningEffort: s.ReasoningEffort,
		Format: cmp.Or(s.ResponseFormat, inference.Text), Schema: schema,
		Whole: s.Stream != nil && !*s.Stream,
	}
}
