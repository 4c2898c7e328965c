package task

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/keyless-inference/action/document"
	"github.com/keyless-inference/action/inference"
	"github.com/keyless-inference/action/prompt"
)

// A plan is a task with everything read that is the same for all its requests.
type plan struct {
	paths []string // of the files that a request is made of each; nil: no files

	known    map[string]string // the variables of the template that have a value, and where from
	template *prompt.Prompt
	request  inference.Request // without messages
	vars     prompt.Vars       // of input and file_input
	wanted   []string          // variables that a line must have
	text     bool              // the text of files is wanted
	hash     string            // of all this
}

// A reading reads the files that a task names, and remembers every mistake.
type reading struct {
	*Task
	files Files
	errs  []error
}

// load reads what the task is made of, once.
func (t *Task) load(files Files) (*plan, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.plan != nil {
		return t.plan, nil
	}
	r := reading{Task: t, files: files}
	p := &plan{}
	if t.Embeddings == nil {
		r.prompt(p)
	}
	if t.Deployment == "" {
		r.wrong(&t.source.ID, "the task %q has no deployment: name it in the task, in defaults, by the input deployment or by AZURE_OPENAI_DEPLOYMENT", t.ID)
	}
	r.glob(p)
	if err := r.err(); err != nil {
		return nil, err
	}
	t.plan = p
	return p, nil
}

// err joins the mistakes, those in the configuration file in the order of their
// places.
func (r *reading) err() error {
	var here []*document.Error
	var elsewhere []error
	for _, err := range r.errs {
		if e, ok := err.(*document.Error); ok && e.File == r.file.Name {
			here = append(here, e)
		} else {
			elsewhere = append(elsewhere, err)
		}
	}
	return errors.Join(document.Join(here), errors.Join(elsewhere...))
}

// wrong remembers a mistake at the value of a field in the configuration file.
func (r *reading) wrong(field any, format string, args ...any) {
	r.wrongAt(r.file.reader.PlaceOf(field), format, args...)
}

func (r *reading) wrongAt(at document.Place, format string, args ...any) {
	r.errs = append(r.errs, document.NewError(r.file.Name, at, format, args...))
}

// given is the field of the settings that holds, of the task or of the defaults,
// and nil where the action's inputs say it.
func (r *reading) given(field func(*Settings) *string) any {
	for _, s := range []*Settings{&r.source.Settings, &r.file.written.Defaults} {
		if *field(s) != "" {
			return field(s)
		}
	}
	return nil
}

// prompt reads the prompt and everything that goes with it.
func (r *reading) prompt(p *plan) {
	p.template = r.template()
	p.vars = r.variables()
	schema, raw := r.schema()
	p.request = r.Settings.request(schema)
	if p.template == nil || r.errs != nil {
		return
	}
	p.known = map[string]string{}
	names := r.names()
	for _, name := range slices.Concat(p.template.Variables(), r.source.Untrusted) {
		if names[name] != "" {
			p.known[name] = names[name]
		} else if !slices.Contains(p.wanted, name) {
			p.wanted = append(p.wanted, name)
		}
		p.text = p.text || name == fileText
	}
	p.hash = r.hash(p, raw)
	whole := p.request
	whole.Messages = Messages(p.template)
	if err := whole.Check(); err != nil && r.Deployment != "" {
		r.wrong(&r.source.ID, "%w", err)
	}
}

// hash is one of all that the task's requests have in common, but for what does not
// change the answer.
func (r *reading) hash(p *plan, schema string) string {
	same := r.Settings
	same.Stream, same.JSONSchema = nil, ""
	vars := maps.Clone(p.vars)
	used := slices.Concat(p.template.Variables(), r.source.Untrusted)
	maps.DeleteFunc(vars, func(name, _ string) bool { return !slices.Contains(used, name) })
	all, _ := json.Marshal([]any{r.ID, same, schema, Messages(p.template), vars, r.source.Untrusted, r.UntrustedMaxChars}) // texts and numbers
	return digest(all)
}

// digest is 128 bits of a hash, in hexadecimal.
func digest(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

// template is the prompt, or nil after a mistake.
func (r *reading) template() *prompt.Prompt {
	s := r.source
	if prompt.IsPromptFile(s.PromptFile) {
		return r.promptFile()
	}
	system, ok := r.system()
	if r.SystemPromptFile != "" {
		field := r.given(func(s *Settings) *string { return &s.SystemPromptFile })
		system, ok = prompt.Message{Role: "system", Content: r.read(field, "system-prompt-file", r.SystemPromptFile)}.Literal(), true
	}
	user := r.user()
	if s.PromptFile != "" {
		user = prompt.Message{Role: "user", Content: r.read(&s.PromptFile, "prompt-file", s.PromptFile)}.Literal()
	}
	p := r.compose(system, ok, user)
	if s.PromptFile != "" && r.errs == nil {
		r.checked(p)
	}
	return p
}

// checked remembers what is wrong with the variables of p.
func (r *reading) checked(p *prompt.Prompt) {
	for _, err := range r.checkTemplate(p) {
		r.errs = append(r.errs, err)
	}
}

// read is the text of a file that a setting names.
func (r *reading) read(field any, key, path string) string {
	text, err := prompt.ReadText(path, r.files.ReadFile)
	if err != nil {
		r.wrong(field, "%s: %w", key, err)
	}
	return text
}

// promptFile reads a .prompt.yml, which other tasks may have read already.
func (r *reading) promptFile() *prompt.Prompt {
	f, path := r.file, r.source.PromptFile
	f.mu.Lock()
	defer f.mu.Unlock()
	was, ok := f.prompts[path]
	if !ok {
		src, err := r.files.ReadFile(path)
		if err != nil {
			r.wrong(&r.source.PromptFile, "prompt-file: reading %s: %w", path, bare(err))
			return nil
		}
		was.value, was.err = prompt.Parse(path, src)
		f.prompts[path] = was
	}
	if was.err != nil {
		if !ok { // told once
			r.errs = append(r.errs, was.err)
		} else {
			r.wrong(&r.source.PromptFile, "prompt-file: %s has mistakes", path)
		}
		return nil
	}
	r.Settings = resolve(r.source.Settings, ofPrompt(was.value), f.written.Defaults, f.inputs)
	r.checked(was.value)
	return was.value
}

// bare is err without the path, which the message names as the user wrote it.
func bare(err error) error {
	if path, ok := err.(*fs.PathError); ok {
		return path.Err
	}
	return err
}

// variables are those of input and file_input.
func (r *reading) variables() prompt.Vars {
	s := r.source
	vars := prompt.Vars{}
	maps.Copy(vars, s.Input)
	for _, name := range slices.Sorted(maps.Keys(s.FileInput)) {
		text, err := prompt.ReadText(s.FileInput[name], r.files.ReadFile)
		if err != nil {
			r.wrongAt(r.file.reader.PlaceOfEntry(&s.FileInput, name), "the variable %q: %w", name, err)
		}
		vars[name] = text
	}
	return vars
}

// schema is the JSON Schema that the task's answers must fit, and its text; nil if
// they need not fit one.
func (r *reading) schema() (*inference.Schema, string) {
	raw := r.JSONSchema
	field := r.given(func(s *Settings) *string { return &s.JSONSchema })
	switch {
	case raw == "" && r.ResponseFormat == inference.JSONSchema:
		r.wrong(&r.source.ID, "the task %q has response-format: json_schema, but no json-schema", r.ID)
		return nil, ""
	case raw == "":
		return nil, ""
	case !isJSON(raw):
		text, err := r.files.ReadFile(raw)
		if err != nil {
			r.wrong(field, "json-schema: reading %s: %w", raw, bare(err))
			return nil, ""
		}
		raw = string(text)
	}
	schema, err := r.file.schema(raw)
	if err != nil {
		r.wrong(field, "json-schema: %w", err)
	}
	return schema, raw
}

// glob finds the files of the task.
func (r *reading) glob(p *plan) {
	patterns, field := r.source.Files, any(&r.source.Files)
	if r.Embeddings != nil {
		patterns, field = r.Embeddings.Files, &r.Embeddings.Files
	}
	if patterns == nil {
		return
	}
	paths, err := r.files.Glob(patterns)
	switch {
	case err != nil:
		r.wrong(field, "files: %w", err)
	case len(paths) == 0:
		r.wrong(field, "files: there is no file that matches %s", patternList(patterns))
	}
	p.paths = paths
}

func patternList(patterns []string) string {
	if len(patterns) == 1 {
		return patterns[0]
	}
	return fmt.Sprintf("%q", patterns)
}
