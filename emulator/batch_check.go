package emulator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
)

// maxTasks is how many lines a file may have.
const maxTasks = 100_000

// A batchLine is one request in an input file.
type batchLine struct {
	CustomID string          `json:"custom_id"`
	Method   string          `json:"method"`
	URL      string          `json:"url"`
	Body     json.RawMessage `json:"body"`
}

// A batchError says why a batch failed as a whole.
type batchError struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Param   any    `json:"param"`
	Line    any    `json:"line"` // from 1; nil for the file
}

// batchOperations are those that a line may ask for.
var batchOperations = []string{"chat/completions", "completions", "responses"}

// validate reads b's input file, or says in b.errors why it is refused.
func (e *Emulator) validate(b *batch) {
	f := e.shelf.file(b.input)
	if f == nil {
		b.refuse("invalid_request", "The input file was deleted.", 0)
		return
	}
	n := 0
	for line := range bytes.Lines(f.content) {
		n++
		b.read(bytes.TrimRight(line, "\r\n"), n)
	}
	switch {
	case b.errors != nil:
	case len(b.lines) == 0:
		b.refuse("empty_file", "The input file is empty. Please ensure that the batch contains at least one request.", 0)
	case len(b.lines) > maxTasks:
		b.refuse("too_many_tasks", fmt.Sprintf("The number of requests in the batch file can't exceed %d.", maxTasks), 0)
	default:
		e.agree(b)
	}
	if b.errors != nil {
		b.lines = nil
	}
}

// refuse notes an error about line n, or about the file if n is 0. The first 100
// are kept.
func (b *batch) refuse(code, message string, n int) {
	at := any(n)
	if n == 0 {
		at = nil
	}
	if len(b.errors) < 100 {
		b.errors = append(b.errors, batchError{code, message, nil, at})
	}
}

// read takes one line apart. A byte order mark is no JSON.
func (b *batch) read(text []byte, n int) {
	var l batchLine
	if json.Unmarshal(text, &l) != nil || l.CustomID == "" || l.Method != "POST" || l.Body == nil {
		b.refuse("invalid_json_line", "A line in the input file isn't a JSON object with custom_id, method POST, url and body.", n)
		return
	}
	b.lines = append(b.lines, l)
}

// agree checks what the lines have in common: the url and the deployment, which
// must be one for batches. Their ids must differ.
func (e *Emulator) agree(b *batch) {
	seen := make(map[string]bool, len(b.lines))
	url, model, cost := b.lines[0].URL, b.lines[0].model(), 0
	if !slices.Contains(batchOperations, b.lines[0].operation()) {
		b.refuse("url_mismatch", "The url "+url+" is none that batches serve.", 1)
	}
	d, ok := e.deployment(model)
	if !ok {
		b.refuse("model_not_found", "The deployment "+model+" that was given in the model property of the input file was not found.", 1)
	} else if !d.batch() {
		b.refuse("model_not_found", "The deployment "+model+" is not of a type for batches (GlobalBatch or DataZoneBatch).", 1)
	}
	for i, l := range b.lines {
		if seen[l.CustomID] {
			b.refuse("duplicate_custom_id", "The custom_id "+l.CustomID+" is that of another request in the input file too.", i+1)
		}
		seen[l.CustomID] = true
		if l.URL != url {
			b.refuse("url_mismatch", "The url doesn't match the rest of the file.", i+1)
		}
		if l.model() != model {
			b.refuse("model_mismatch", "The deployment in the model property doesn't match the rest of the file.", i+1)
		}
		if d.Enqueued > 0 {
			cost += l.cost(d)
		}
	}
	if d.Enqueued > 0 && cost > d.Enqueued {
		b.refuse("token_limit_exceeded", fmt.Sprintf("Enqueued token limit reached for %s: %d of %d.", d.Name, cost, d.Enqueued), 0)
	}
}

// model is the deployment that the line asks.
func (l batchLine) model() string {
	var body struct {
		Model string `json:"model"`
	}
	json.Unmarshal(l.Body, &body)
	return body.Model
}

// cost is what the line takes of the deployment's enqueued tokens.
func (l batchLine) cost(d Deployment) int {
	p, no := readParams(l.Body)
	op, known := operations[l.operation()]
	if no != nil || !known {
		return 0
	}
	q, _ := op.read(p)
	return q.cost(d)
}
