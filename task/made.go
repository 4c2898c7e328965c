package task

import (
	"encoding/json"
	"iter"

	"github.com/keyless-inference/action/inference"
	"github.com/keyless-inference/action/prompt"
)

// Made is a task that stands in no file: its requests are the items, count of them
// at the most, each made with [NewItem] and all for one deployment. The items may be
// waited for, but are asked for once.
func Made(id, deployment string, count int, items iter.Seq[Item]) *Task {
	return &Task{ID: id, Settings: Settings{Deployment: deployment}, made: items, count: count}
}

// NewItem is an item of a task that was made: a request that needs nothing more. Its
// id must be unique in the task. An error is a mistake in the request.
//
// The item's key is made of the request. One that has random words in it never has the
// same key again, so its caller gives what it is made of instead.
func NewItem(id string, q inference.Request, madeOf ...string) (Item, error) {
	if err := q.Check(); err != nil {
		return Item{}, err
	}
	if madeOf == nil {
		body, err := q.Body()
		if err != nil {
			return Item{}, err
		}
		madeOf = []string{string(body), q.API}
	}
	all, err := json.Marshal(madeOf)
	return Item{ID: id, request: q, key: digest(all)}, err
}

// RequestOf is the request that a prompt makes, where it and after it the levels, in
// this order, say what of it. A deployment wins over the prompt's model, which is a
// name in a catalogue. The messages of a template are not filled in.
func RequestOf(p *prompt.Prompt, levels ...Settings) (inference.Request, error) {
	s := resolve(append([]Settings{{}, ofPrompt(p)}, levels...)...)
	var schema *inference.Schema
	if s.JSONSchema != "" {
		var err error
		if schema, err = inference.ParseSchema([]byte(s.JSONSchema)); err != nil {
			return inference.Request{}, err
		}
	}
	q := s.request(schema)
	q.Messages = Messages(p)
	return q, nil
}
