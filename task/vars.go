package task

import (
	"fmt"
	"maps"
	"slices"

	"github.com/keyless-inference/action/document"
	"github.com/keyless-inference/action/inference"
	"github.com/keyless-inference/action/prompt"
)

// The variables of a task with files.
const (
	filePath = "file.path"
	fileText = "file.text"
)

// names are the variables that the task is known to have, each with where its
// value comes from; those of the lines of a JSONL file are not known.
func (t *Task) names() map[string]string {
	all := map[string]string{}
	for name := range t.source.Input {
		all[name] = "input"
	}
	for name := range t.source.FileInput {
		all[name] = "file_input"
	}
	if t.source.Files != nil {
		all[filePath], all[fileText] = "files", "files"
	}
	for _, id := range t.Needs {
		if need := t.file.find(id); need != nil && need.Embeddings == nil {
			all[id] = "needs"
		}
	}
	return all
}

// outside reports whether a text comes from files, lines or other tasks, so that
// it must not speak as the system.
func outside(from string) bool { return from == "files" || from == "jsonl" || from == "needs" }

// checkNames looks for variables with two values, and for names in untrusted that
// are no variables.
func (t *Task) checkNames() {
	s, r := t.source, t.file.reader
	names := t.names()
	for name, from := range names {
		for _, of := range []*map[string]string{&s.Input, &s.FileInput} {
			if _, twice := (*of)[name]; twice && outside(from) {
				r.WrongKey(of, name, "the variable %q is given by %s as well; choose another name", name, from)
			}
		}
	}
	known := slices.Sorted(maps.Keys(names))
	for i, name := range s.Untrusted {
		if names[name] == "" && s.JSONL == "" {
			r.Wrong(&s.Untrusted[i], "the task has no variable %q%s", name, t.file.suggest(name, known))
		}
	}
}

// compose is the template of the two messages, or of the second alone.
func (t *Task) compose(system prompt.Message, ok bool, user prompt.Message) *prompt.Prompt {
	if !ok {
		return prompt.Template(t.file.Name, user)
	}
	return prompt.Template(t.file.Name, system, user)
}

// user is the user's message where it is written out.
func (t *Task) user() prompt.Message {
	s := t.source
	return prompt.Message{Role: "user", Content: s.Prompt}.From(t.file.reader.Where(&s.Prompt))
}

// system is the system message that is written out: a template in the file, and a
// plain text in the action's inputs.
func (t *Task) system() (prompt.Message, bool) {
	m := prompt.Message{Role: "system", Content: t.SystemPrompt}
	if s := t.systemLevel(); s != nil {
		return m.From(t.file.reader.Where(&s.SystemPrompt)), m.Content != ""
	}
	return m.Literal(), m.Content != ""
}

// systemLevel is where the file says what the system prompt is; nil if it doesn't.
func (t *Task) systemLevel() *Settings {
	for _, s := range []*Settings{&t.source.Settings, &t.file.written.Defaults} {
		if s.SystemPrompt != "" || s.SystemPromptFile != "" {
			return s
		}
	}
	return nil
}

// templated reports whether the system prompt is a template.
func (t *Task) templated() bool {
	s := t.systemLevel()
	return s != nil && s.SystemPrompt != ""
}

// checkTemplate looks for variables that a template must not name, or that have no
// value. Of a task with a JSONL file, a name that is not known is a property of its
// lines.
func (t *Task) checkTemplate(p *prompt.Prompt) (wrong []*document.Error) {
	names := t.names()
	vars := prompt.Vars{}
	for _, h := range p.Placeholders() {
		from, known := names[h.Name]
		if !known && t.source.JSONL != "" {
			from = "jsonl"
		}
		if from != "" {
			vars[h.Name] = ""
		}
		if why := t.misplaced(h, from); why != "" {
			wrong = append(wrong, document.NewError(p.File, h.Place, "%s", why))
		}
	}
	for name := range names {
		vars[name] = ""
	}
	var data []prompt.Untrusted
	for _, name := range slices.Compact(slices.Sorted(slices.Values(t.source.Untrusted))) {
		if names[name] != "" || t.source.JSONL != "" {
			delete(vars, name)
			data = append(data, prompt.Untrusted{Name: name})
		}
	}
	_, err := p.Expand(vars, data...)
	for _, err := range document.Errors(err) {
		if !slices.ContainsFunc(wrong, func(w *document.Error) bool { return w.Line == err.Line && w.Column == err.Column }) {
			wrong = append(wrong, err)
		}
	}
	return append(wrong, t.checkUse(p, names)...)
}

// misplaced says why a placeholder can't have its value, if it can't.
func (t *Task) misplaced(h prompt.Placeholder, from string) string {
	if slices.Contains(t.source.Untrusted, h.Name) {
		return "" // Expand knows its rules
	}
	other := t.file.find(h.Name)
	switch {
	case outside(from) && h.Role == "system":
		return fmt.Sprintf("{{%s}} comes from %s, so it can't be used in a system message: others may have written it; put it into a user message", h.Name, from)
	case from != "" || other == nil:
		return ""
	case other == t:
		return fmt.Sprintf("{{%s}} is the response of this task itself", h.Name)
	case other.Embeddings != nil:
		return fmt.Sprintf("{{%s}} is a task of embeddings, which has no response", h.Name)
	}
	return fmt.Sprintf("{{%s}} is the response of another task: write needs: [%s]", h.Name, h.Name)
}

// checkUse wants the requests of a task with files or lines to differ.
func (t *Task) checkUse(p *prompt.Prompt, names map[string]string) []*document.Error {
	f, s := t.file, t.source
	if s.Files == nil && s.JSONL == "" {
		return nil
	}
	for _, name := range slices.Concat(p.Variables(), s.Untrusted) {
		if from := names[name]; from == "files" || from == "" {
			return nil
		}
	}
	at, why := f.reader.PlaceOf(&s.Files), "neither {{file.path}} nor {{file.text}} is used"
	if s.Files == nil {
		at, why = f.reader.PlaceOf(&s.JSONL), "no property of the lines is used"
	}
	if s.PromptFile != "" && !prompt.IsPromptFile(s.PromptFile) {
		why += ", and a plain-text prompt-file has no variables (name it .prompt.yml, or list what is to be sent in untrusted)"
	}
	return []*document.Error{document.NewError(f.Name, at, "%s: every request would be the same", why)}
}

// split divides variables into those that are trusted and texts from outside.
func (t *Task) split(vars prompt.Vars) (prompt.Vars, []prompt.Untrusted) {
	limit := 0
	if n := t.UntrustedMaxChars; n != nil {
		limit = int(min(*n, prompt.MaxFile))
	}
	var data []prompt.Untrusted
	for _, name := range t.source.Untrusted {
		if text, ok := vars[name]; ok {
			data = append(data, prompt.NewUntrusted(name, text, limit))
			delete(vars, name)
		}
	}
	return vars, data
}

// Messages are those of the prompt, for a request.
func Messages(p *prompt.Prompt) (all []inference.Message) {
	for _, m := range p.Messages {
		all = append(all, inference.Message{Role: m.Role, Content: m.Content})
	}
	return all
}
