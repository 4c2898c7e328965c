package task

import (
	"path"
	"slices"
	"strings"

	"github.com/keyless-inference/action/document"
	"github.com/keyless-inference/action/inference"
	"github.com/keyless-inference/action/prompt"
)

// Parse reads a configuration file. name stands for it in errors, and inputs are
// what the action's inputs say, which holds where the file says nothing. reserved
// are names that no task may have, without regard to case: those of the action's
// outputs.
//
// The error joins a [*document.Error] for each mistake that can be seen without
// reading another file; the rest is for [File.Check].
func Parse(name string, src []byte, inputs Settings, reserved ...string) (*File, error) {
	f := &File{
		Name: name, inputs: inputs, reader: document.NewReader(name, src), byID: map[string]*Task{},
		prompts: map[string]loaded[*prompt.Prompt]{}, schemas: map[string]loaded[*inference.Schema]{},
	}
	f.reader.Decode(&f.written)
	f.build()
	f.checkIDs(reserved)
	f.checkNeeds()
	f.checkSchema(&f.written.Defaults)
	f.checkEmbeddings()
	for _, t := range f.Tasks {
		t.check()
	}
	if err := f.reader.Err(); err != nil {
		return nil, err
	}
	return f, nil
}

// build makes the tasks, in the order in which they are written.
func (f *File) build() {
	for i, s := range f.written.Tasks {
		if s == nil {
			continue // no map, which is a mistake already
		}
		t := &Task{
			ID: s.ID, Settings: resolve(s.Settings, f.written.Defaults, f.inputs),
			Needs: s.Needs, Embeddings: s.Embeddings, Comment: s.Comment, Outputs: s.Outputs,
			file: f, source: f.written.Tasks[i], cut: map[string]int{},
		}
		f.Tasks = append(f.Tasks, t)
		if f.byID[t.ID] == nil {
			f.byID[t.ID] = t
		}
	}
}

// checkIDs looks for ids that can't be told apart, from each other or from the
// outputs of the action. GitHub compares names of outputs without regard to case.
func (f *File) checkIDs(reserved []string) {
	first := map[string]*source{}
	for _, t := range f.Tasks {
		id := strings.ToLower(t.ID)
		if before := first[id]; before != nil && id != "" {
			f.reader.Wrong(&t.source.ID, "the id %q is given twice, first in line %d (small and capital letters count as the same)", t.ID, f.reader.PlaceOf(&before.ID).Line)
		} else {
			first[id] = t.source
		}
		if slices.ContainsFunc(reserved, func(name string) bool { return strings.EqualFold(name, id) }) {
			f.reader.Wrong(&t.source.ID, "the id %q is the name of an output of the action; choose another", t.ID)
		}
	}
}

// find is the task of the id, or nil.
func (f *File) find(id string) *Task { return f.byID[id] }

// suggest is what a name was likely meant to be, for an error that people will see:
// comparing names takes its time, and a hostile file can have many.
func (f *File) suggest(name string, known []string) string {
	if f.reader.Mistakes() >= document.MaxErrors {
		return ""
	}
	return document.Suggest(name, known)
}

// checkEmbeddings looks at the paths of all embeddings: no two may be written to
// the same file.
func (f *File) checkEmbeddings() {
	first := map[string]*Embeddings{}
	for _, t := range f.Tasks {
		e := t.Embeddings
		if e == nil || e.Output == "" {
			continue
		}
		name := path.Clean(e.Output)
		if before := first[name]; before != nil {
			f.reader.Wrong(&e.Output, "%s is the output of another task, in line %d", e.Output, f.reader.PlaceOf(&before.Output).Line)
			continue
		}
		first[name] = e
	}
}

// check looks for mistakes in the task that the file alone shows.
func (t *Task) check() {
	f, s := t.file, t.source
	f.checkSchema(&s.Settings)
	f.checkLists(s)
	switch {
	case t.Embeddings != nil:
		t.checkKeys("an embeddings task", []string{"id", "prompt", "prompt-file", "embeddings", "deployment", "model", "needs", "comment", "outputs"})
		t.checkVectors()
		return
	case prompt.IsPromptFile(s.PromptFile):
		t.refuse("a .prompt.yml file has a system message of its own", "system-prompt", "system-prompt-file")
	case s.PromptFile != "" && !t.templated():
		t.refuse("a plain-text prompt-file has no variables; name it .prompt.yml", "input", "file_input")
	}
	t.checkNames()
	if s.Prompt != "" {
		system, ok := t.system()
		f.reader.Add(t.checkTemplate(t.compose(system, ok, t.user()))...)
	}
}

// checkKeys refuses keys of the task that mean nothing for its kind.
func (t *Task) checkKeys(kind string, known []string) {
	r := t.file.reader
	for _, key := range r.Keys(t.source) {
		if !slices.Contains(known, key) {
			r.WrongKey(t.source, key, "%s has no effect in %s", key, kind)
		}
	}
}

// refuse refuses keys of the task that can't be had together with another.
func (t *Task) refuse(why string, keys ...string) {
	r := t.file.reader
	for _, key := range r.Keys(t.source) {
		if slices.Contains(keys, key) {
			r.WrongKey(t.source, key, "%s has no effect: %s", key, why)
		}
	}
}

// checkVectors looks at what is wanted of an embeddings task.
func (t *Task) checkVectors() {
	e, r := t.Embeddings, t.file.reader
	switch {
	case e.Similar == nil && e.Output == "":
		r.Wrong(&t.source.Embeddings, "embeddings has no output, where the vectors would be written, and no similar")
	case e.Similar != nil && e.Similar.Top == 0:
		e.Similar.Top = 5
	}
	if r.Given(&e.ChunkOverlap) && e.ChunkOverlap >= e.ChunkTokens {
		want := "less than chunk-tokens"
		if e.ChunkTokens == 0 {
			want = "given together with chunk-tokens"
		}
		r.Wrong(&e.ChunkOverlap, "chunk-overlap must be %s", want)
	}
	checkPatterns(r, e.Files)
}

// checkLists looks at lists whose items exclude each other.
func (f *File) checkLists(s *source) {
	checkPatterns(f.reader, s.Files)
	seen := map[string]bool{}
	for i, name := range s.Untrusted {
		if seen[name] {
			f.reader.Wrong(&s.Untrusted[i], "%q is given twice", name)
		}
		seen[name] = true
	}
}

// checkPatterns wants something to take away from.
func checkPatterns(r *document.Reader, patterns []string) {
	takes := func(p string) bool { return strings.HasPrefix(p, "!") }
	if len(patterns) > 0 && !slices.ContainsFunc(patterns, func(p string) bool { return !takes(p) }) {
		r.Wrong(&patterns[0], "a pattern after ! only takes files away; give one that names files before it")
	}
}

// checkSchema looks at the JSON Schema of one level of settings, if it is not in
// another file.
func (f *File) checkSchema(s *Settings) {
	switch {
	case s.JSONSchema == "":
		return
	case s.format() != inference.JSONSchema:
		f.reader.Wrong(&s.JSONSchema, "json-schema has no effect with response-format: %s", s.ResponseFormat)
	}
	if isJSON(s.JSONSchema) {
		if _, err := f.schema(s.JSONSchema); err != nil {
			f.reader.Wrong(&s.JSONSchema, "json-schema: %w", err)
		}
	}
}

// isJSON reports whether a json-schema is one, and no path.
func isJSON(text string) bool { return strings.HasPrefix(strings.TrimSpace(text), "{") }

// schema is the JSON Schema in raw, compiled once.
func (f *File) schema(raw string) (*inference.Schema, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := f.schemas[raw]; !ok {
		s, err := inference.ParseSchema([]byte(raw))
		f.schemas[raw] = loaded[*inference.Schema]{s, err}
	}
	return f.schemas[raw].value, f.schemas[raw].err
}
