package task

import (
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"strconv"
	"strings"

	"github.com/keyless-inference/action/document"
	"github.com/keyless-inference/action/inference"
	"github.com/keyless-inference/action/prompt"
)

// An Item is one request of a task, but for the responses of the tasks that it
// needs.
type Item struct {
	ID string // the task's id; of many requests, that of the line, its number, or the path of the file

	task *Task
	plan *plan
	vars prompt.Vars // of its file or line

	request inference.Request // of an item that was made whole
	key     string            // of that; "": it was not
}

// Items are the requests of a task of prompts, in order, of its share if there is
// one. One line or file at a time is in memory. After an error there are no more.
func (t *Task) Items(files Files) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		if t.made != nil {
			t.made(func(i Item) bool { return yield(i, nil) })
			return
		}
		for e, err := range t.share(files) {
			if !yield(Item{ID: e.id, task: t, plan: e.plan, vars: e.vars}, err) {
				return
			}
		}
	}
}

// Texts are those of an embeddings task, whole, in order, of its share if there is
// one. One line or file at a time is in memory. A file without any text is passed
// over. After an error there are no more.
func (t *Task) Texts(files Files) iter.Seq2[Text, error] {
	return func(yield func(Text, error) bool) {
		for e, err := range t.share(files) {
			if !yield(Text{e.id, e.text, e.metadata}, err) {
				return
			}
		}
	}
}

// Request is the request with its variables filled in. answers are the responses of
// the tasks in Needs, by id.
func (i Item) Request(answers map[string]string) (inference.Request, error) {
	if i.key != "" {
		return i.request, nil
	}
	vars := maps.Clone(i.plan.vars)
	maps.Copy(vars, i.vars)
	for _, id := range i.task.Needs {
		if text, ok := answers[id]; ok {
			vars[id] = text
		}
	}
	vars, data := i.task.split(vars)
	filled, err := i.plan.template.Expand(vars, data...)
	if err != nil {
		return inference.Request{}, fmt.Errorf("making the request %s: %w", i.ID, err)
	}
	q := i.plan.request
	q.Messages = Messages(filled)
	return q, nil
}

// Key is a hash, in hexadecimal, of everything that the request is made of: it
// changes when another answer must be expected. It tells tasks apart, too.
func (i Item) Key(answers map[string]string) string {
	if i.key != "" {
		return i.key
	}
	needs := make([]string, 0, len(i.task.Needs))
	for _, id := range i.task.Needs {
		needs = append(needs, answers[id])
	}
	all, _ := json.Marshal([]any{i.plan.hash, i.vars, needs}) // texts
	return digest(all)
}

// An entry is what a request or a text is made of.
type entry struct {
	id       string
	plan     *plan
	vars     prompt.Vars
	text     string
	metadata json.RawMessage
	line     int // from 1; 0: no line
}

// share are the entries that are the task's own share, up to the first error.
func (t *Task) share(files Files) iter.Seq2[entry, error] {
	return func(yield func(entry, error) bool) {
		p, err := t.load(files)
		if err != nil {
			yield(entry{}, err)
			return
		}
		for e, err := range t.entries(files, p) {
			if err == nil && !t.mine(hash(e.id)) {
				continue
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

// entries are all entries of the task; after a mistake in one, the next follows.
func (t *Task) entries(files Files, p *plan) iter.Seq2[entry, error] {
	jsonl := t.source.JSONL
	var texts []string
	if t.Embeddings != nil {
		jsonl, texts = t.Embeddings.JSONL, t.Embeddings.Text
	}
	return func(yield func(entry, error) bool) {
		each := func(e entry, err error) bool {
			e.plan = p
			return yield(e, err)
		}
		switch {
		case p.paths != nil:
			t.ofFiles(files, p, each)
		case jsonl != "":
			t.ofLines(files, p, jsonl, each)
		case texts != nil:
			t.ofTexts(texts, each)
		default:
			each(entry{id: t.ID}, nil)
		}
	}
}

// ofTexts makes an entry of each text that is written out.
func (t *Task) ofTexts(texts []string, yield func(entry, error) bool) {
	if len(texts) == 1 {
		yield(entry{id: t.ID, text: texts[0]}, nil)
		return
	}
	for i, text := range texts {
		if !yield(entry{id: strconv.Itoa(i + 1), text: text}, nil) {
			return
		}
	}
}

// ofFiles makes an entry of each file.
func (t *Task) ofFiles(files Files, p *plan, yield func(entry, error) bool) {
	for _, path := range p.paths {
		e, err := entry{id: path, vars: prompt.Vars{filePath: path}}, error(nil)
		if p.text || t.Embeddings != nil {
			e.text, err = prompt.ReadText(path, files.ReadFile)
			e.vars[fileText] = e.text
		}
		if err != nil {
			err = document.NewError(t.file.Name, t.filesPlace(), "files: %w", err)
		} else if t.Embeddings != nil && strings.TrimSpace(e.text) == "" {
			continue
		}
		if !yield(e, err) {
			return
		}
	}
}

// filesPlace is where the patterns of the task stand.
func (t *Task) filesPlace() document.Place {
	if t.Embeddings != nil {
		return t.file.reader.PlaceOf(&t.Embeddings.Files)
	}
	return t.file.reader.PlaceOf(&t.source.Files)
}

// ofLines makes an entry of each line.
func (t *Task) ofLines(files Files, p *plan, path string, yield func(entry, error) bool) {
	name := t.jsonlName()
	r, err := files.Open(path)
	if err != nil {
		at := t.file.reader.PlaceOf(&t.source.JSONL)
		if t.Embeddings != nil {
			at = t.file.reader.PlaceOf(&t.Embeddings.JSONL)
		}
		yield(entry{}, document.NewError(t.file.Name, at, "jsonl: reading %s: %w", name, bare(err)))
		return
	}
	defer r.Close()
	for l, err := range lines(name, r) {
		var e entry
		if err == nil {
			e, err = t.ofLine(l, p)
		}
		if !yield(e, err) {
			return
		}
	}
}

// ofLine makes an entry of a line.
func (t *Task) ofLine(l line, p *plan) (e entry, err error) {
	e.line = l.number
	if e.id, err = l.id(); err != nil {
		return e, err
	}
	if t.Embeddings != nil {
		e.text, e.metadata, err = l.embedded()
		return e, err
	}
	e.vars = prompt.Vars{}
	for _, name := range p.wanted {
		v, ok := l.get(name)
		if !ok {
			return e, l.wrongAt(0, "the line has no %q, which the prompt wants%s", name, l.has())
		}
		e.vars[name] = v.text()
	}
	for _, v := range l.props {
		if from := p.known[v.name]; from != "" {
			return e, l.wrongAt(v.at, "the variable %q is given by %s as well; choose another name for one of them", v.name, from)
		}
	}
	return e, nil
}

// has lists the line's properties for an error.
func (l line) has() string {
	const most = 8
	var names []string
	for _, p := range l.props[:min(len(l.props), most)] {
		names = append(names, strconv.Quote(p.name))
	}
	if len(l.props) > most {
		names = append(names, "…")
	}
	if names == nil {
		return ""
	}
	return "; it has " + strings.Join(names, ", ")
}

// embedded is the text that is wanted of the line, and the rest of it.
func (l line) embedded() (string, json.RawMessage, error) {
	p, ok := l.get("text")
	switch {
	case !ok:
		return "", nil, l.wrongAt(0, "the line has no \"text\"%s", l.has())
	case p.value[0] != '"':
		return "", nil, l.wrongAt(p.at, "the text must be text, in quotation marks")
	}
	text := p.text()
	if strings.TrimSpace(text) == "" {
		return "", nil, l.wrongAt(p.at, "the text is empty")
	}
	return text, l.metadata(), nil
}

// metadata is what the line has beside id and text, in its order, or nil.
func (l line) metadata() json.RawMessage {
	var b []byte
	for _, p := range l.props {
		if p.name == "id" || p.name == "text" {
			continue
		}
		b = append(b, ',')
		name, _ := json.Marshal(p.name) // a text
		b = append(append(append(b, name...), ':'), p.value...)
	}
	if b == nil {
		return nil
	}
	b[0] = '{'
	return append(b, '}')
}
