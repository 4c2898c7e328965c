package cmd

import (
	"errors"
	"io"
	"strings"

	"github.com/keyless-inference/action/actions"
	"github.com/keyless-inference/action/prompt"
	"github.com/keyless-inference/action/wire"
)

// readPrompt finds the prompt: the file if there is one, else the text. It
// returns an empty prompt after a mistake.
func (c *runCommand) readPrompt(r *reader, ws *actions.Workspace, stdin io.Reader) *prompt.Prompt {
	path := r.text(c.PromptFile, "")
	if path == "" {
		return c.plain(r, ws, c.inline(r, stdin))
	}
	if c.Prompt != "" {
		r.note("prompt is ignored: prompt-file wins")
	}
	src, err := ws.ReadFile(path)
	if err != nil {
		r.mistake("prompt-file", "%w", err)
		return &prompt.Prompt{}
	}
	if !prompt.IsPromptFile(path) {
		return c.plain(r, ws, string(src))
	}
	return c.template(r, ws, path, src)
}

// inline is the text of the input prompt.
func (c *runCommand) inline(r *reader, stdin io.Reader) string {
	if strings.TrimSpace(c.Prompt) != "-" {
		return c.Prompt
	}
	text, err := wire.ReadAll(stdin, actions.MaxFile)
	r.check("prompt", err)
	return string(text)
}

// plain is a prompt without variables: braces in it are only braces.
func (c *runCommand) plain(r *reader, ws *actions.Workspace, user string) *prompt.Prompt {
	if strings.TrimSpace(user) == "" {
		r.mistake("prompt", "is required (or prompt-file)")
		return &prompt.Prompt{}
	}
	for _, given := range []struct{ name, text string }{{"input", strings.Join(c.Input, "")}, {"file_input", strings.Join(c.FileInput, "")}} {
		if strings.TrimSpace(given.text) != "" {
			r.note("%s is ignored: only a .prompt.yml file has variables", given.name)
		}
	}
	system := c.SystemPrompt
	if path := r.text(c.SystemPromptFile, ""); path != "" {
		text, err := ws.ReadFile(path)
		r.check("system-prompt-file", err)
		system = string(text)
	}
	return prompt.Text(system, user)
}

// template is a .prompt.yml with its variables filled in.
func (c *runCommand) template(r *reader, ws *actions.Workspace, path string, src []byte) *prompt.Prompt {
	vars, varsErr := prompt.ParseVars(strings.Join(c.Input, "\n"), strings.Join(c.FileInput, "\n"), ws.ReadFile)
	p, err := prompt.Parse(path, src)
	if err := errors.Join(varsErr, err); err != nil {
		r.mistakes = append(r.mistakes, err)
		return &prompt.Prompt{}
	}
	filled, err := p.Expand(vars)
	if err != nil {
		r.mistakes = append(r.mistakes, err)
		return p
	}
	return filled
}
