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
func (c *runCommand) readPrompt(r *reader, src source) *prompt.Prompt {
	path, ws := r.text(c.PromptFile, ""), src.Workspace
	checkQuotes(r, "untrusted", strings.Join(c.Untrusted, "\n"), src.event)
	if path == "" {
		return c.plain(r, src, c.inline(r, src.stdin))
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
	return c.plain(r, src, text)
}

// telling is the length in bytes below which an event's text may be part of
// another by chance.
const telling = 8

// warnOfEvent warns, once, of an input into which a text of the event seems to
// have been pasted: whoever wrote that would speak as the workflow.
func (c *runCommand) warnOfEvent(r *reader, e actions.Event) {
	for _, in := range []struct{ name, value, file string }{
		{"prompt", c.Prompt, c.PromptFile}, {"system-prompt", c.SystemPrompt, c.SystemPromptFile},
	} {
		for _, text := range e.Texts {
			value := strings.TrimSpace(text.Value)
			if in.file == "" && len(value) >= telling && strings.Contains(in.value, value) {
				r.note("%s seems to hold %s, so whoever wrote that can tell the model what to do: pass it by the input untrusted instead, as in\nuntrusted: |\n  text: ${{ toJSON(%s) }}", in.name, text.Path, text.Path)
				return
			}
		}
	}
}

// checkQuotes refuses a text of the event that stands as it is in an input which is
// YAML, so that it is read as that: whoever wrote it could name a file there, or
// another task. Where toJSON wrote it, it stands behind a quotation mark and has none in it, and
// no line end and no backslash.
func checkQuotes(r *reader, name, input string, e actions.Event) {
	for _, text := range e.Texts {
		value := strings.TrimSpace(text.Value)
		found, quoted := strings.Count(input, value), strings.Count(input, `"`+value)
		if strings.ContainsAny(value, "\"\\\n") {
			quoted = 0
		}
		switch {
		case found <= quoted:
		case strings.ContainsAny(value, ":{}[]&*!|>'\"#\n"):
			r.mistake(name, "%s stands in it as it is, so whoever wrote it could name any file to be sent: write ${{ toJSON(%s) }}", text.Path, text.Path)
		case len(value) >= telling: // else it may be there by chance
			r.note("%s: %s stands in it as it is, and fails as soon as it holds a sign of YAML: write ${{ toJSON(%s) }}", name, text.Path, text.Path)
		}
	}
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
func (c *runCommand) plain(r *reader, src source, user string) *prompt.Prompt {
	ws := src.Workspace
	c.warnOfEvent(r, src.event)
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
	untrusted, err := c.untrusted(r, ws)
	r.join(err)
	p, err := prompt.Text(system, user).Expand(nil, untrusted...)
	r.join(err)
	return p
}

// untrusted are the texts from outside.
func (c *runCommand) untrusted(r *reader, ws *actions.Workspace) ([]prompt.Untrusted, error) {
	limit := 0
	if n := r.count("untrusted-max-chars", c.UntrustedMaxChars); n != nil {
		limit = int(min(*n, actions.MaxFile))
	}
	texts, err := prompt.ParseUntrusted(strings.Join(c.Untrusted, "\n"), limit, ws.ReadFile)
	for _, t := range texts {
		if t.Kept < t.Length {
			r.note("untrusted: of %q the first %d of %d characters are sent (untrusted-max-chars)", t.Name, t.Kept, t.Length)
		}
	}
	return texts, err
}

// template is a .prompt.yml with its variables filled in.
func (c *runCommand) template(r *reader, ws *actions.Workspace, path string) *prompt.Prompt {
	r.noteIgnored("system-prompt-file", []string{c.SystemPromptFile}, "a .prompt.yml file has its own system message")
	vars, badVars := prompt.ParseVars(strings.Join(c.Input, "\n"), strings.Join(c.FileInput, "\n"), ws.ReadFile)
	untrusted, badTexts := c.untrusted(r, ws)
	r.join(badVars)
	r.join(badTexts)
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
	if badVars != nil || badTexts != nil {
		return p
	}
	filled, err := p.Expand(vars, untrusted...)
	r.join(err)
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		if !slices.Contains(p.Variables(), name) {
			r.note("the variable %q is not used: %s has no {{%s}}", name, path, name)
		}
	}
	return filled
}
