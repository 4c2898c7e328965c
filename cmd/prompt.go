package cmd

import (
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/keyless-inference/action/actions"
	"github.com/keyless-inference/action/prompt"
	"github.com/keyless-inference/action/wire"
)

// readPrompt finds the prompt: the file if there is one, else the text. It is
// nil after a mistake that leaves nothing to go on with.
func (c *runCommand) readPrompt(r *reader, ws *actions.Workspace, stdin io.Reader) *prompt.Prompt {
	path := r.text(c.PromptFile, "")
	if path == "" {
		return c.plain(r, ws, c.inline(r, stdin))
	}
	if c.Prompt != "" {
		r.note("prompt is ignored: prompt-file wins")
	}
	if prompt.IsPromptFile(path) {
		return c.template(r, ws, path)
	}
	text, err := prompt.ReadText(path, ws.ReadFile)
	if err != nil {
		r.check("prompt-file", err)
		return nil
	}
	return c.plain(r, ws, text)
}

// inline is the text of the input prompt.
func (c *runCommand) inline(r *reader, stdin io.Reader) string {
	if strings.TrimSpace(c.Prompt) != "-" {
		return c.Prompt
	}
	read := func(string) ([]byte, error) { return wire.ReadAll(stdin, actions.MaxFile) }
	text, err := prompt.ReadText("standard input", read)
	r.check("prompt", err)
	return text
}

// plain is a prompt without variables: braces in it are only braces.
func (c *runCommand) plain(r *reader, ws *actions.Workspace, user string) *prompt.Prompt {
	if strings.TrimSpace(user) == "" {
		r.mistake("prompt", "is required (or prompt-file)")
		return nil
	}
	r.noteIgnored("input", c.Input, "only a .prompt.yml file has variables")
	r.noteIgnored("file_input", c.FileInput, "only a .prompt.yml file has variables")
	system := c.SystemPrompt
	if path := r.text(c.SystemPromptFile, ""); path != "" {
		text, err := prompt.ReadText(path, ws.ReadFile)
		r.check("system-prompt-file", err)
		system = text
	}
	return prompt.Text(system, user)
}

// template is a .prompt.yml with its variables filled in.
func (c *runCommand) template(r *reader, ws *actions.Workspace, path string) *prompt.Prompt {
	r.noteIgnored("system-prompt-file", []string{c.SystemPromptFile}, "a .prompt.yml file has its own system message")
	vars, err := prompt.ParseVars(strings.Join(c.Input, "\n"), strings.Join(c.FileInput, "\n"), ws.ReadFile)
	r.join(err)
	src, err := ws.ReadFile(path)
	if err != nil {
		r.mistake("prompt-file", "reading %s: %w", path, err)
		return nil
	}
	name, _ := ws.Rel(path) // as annotations want it
	p, err := prompt.Parse(name, src)
	if err != nil {
		r.join(err)
		return nil
	}
	if vars == nil {
		return p
	}
	filled, err := p.Expand(vars)
	r.join(err)
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		if !slices.Contains(p.Variables(), name) {
			r.note("the variable %q is not used: %s has no {{%s}}", name, path, name)
		}
	}
	return filled
}
