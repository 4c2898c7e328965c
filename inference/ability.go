package inference

import (
	"fmt"
	"slices"
	"strings"
)

// Deployed is what is known of a deployment, for error texts alone. What is not known
// is the zero value, and leaves a placeholder or a general advice there.
type Deployed struct {
	Model, Version, SKU string // such as gpt-4o-mini, 2024-07-18 and GlobalStandard
	Capacity            int    // in the units of the SKU, mostly thousands of tokens a minute

	// Able are the APIs that it answers: [Chat], [Responses], [Completions] and
	// [Embeddings]. nil: it is not known; empty: none of them.
	Able []string
}

// moreCapacity declares twice the capacity that there is.
func (d Deployed) moreCapacity() string {
	if d.Capacity <= 0 {
		return "MORE_THOUSANDS_OF_TOKENS_PER_MINUTE"
	}
	return fmt.Sprintf("%d // now %d", 2*d.Capacity, d.Capacity)
}

// batch reports whether a deployment answers batches alone, where that is known.
//
// https://learn.microsoft.com/azure/ai-foundry/foundry-models/concepts/deployment-types
func (d Deployed) batch() (yes, known bool) {
	return strings.HasSuffix(strings.ToLower(d.SKU), "batch"), d.SKU != ""
}

// A way is how a deployment can be asked: in words, and as inputs of a step.
type way struct{ api, words, declared string }

// ways are all there are, the likely before the others.
var ways = []way{
	{Responses, "set `api: responses` (the codex and pro models have no chat completions)", "    api: responses\n"},
	{Chat, "set `api: chat`", "    api: chat\n"},
	{Completions, "set `api: completions` (instruct models)", "    api: completions\n"},
	{Embeddings, "for a model of embeddings name a file in `config` that has a task with `embeddings:` (only keyless doctor knows the api embeddings)", "    config: TASKS.yml # with a task that has embeddings:\n"},
	{batches, "for a batch deployment name a file of tasks in `config`, and say `mode: batch`", "    config: TASKS.yml\n    mode: batch\n"},
}

// wayOut is how to ask the deployment, other than it was asked: in each way that it is
// known to answer, or that it may answer if nothing is known.
func (e *errand) wayOut() way {
	d := e.c.Deployed
	if e.api == Embeddings && d.Able == nil {
		return way{words: "ask an embedding model, such as text-embedding-3-small"}
	}
	var open []way
	var words []string
	for _, w := range ways {
		if w.api != e.api && d.mayAnswer(w.api) {
			open, words = append(open, w), append(words, w.words)
		}
	}
	if open == nil {
		return way{words: "it answers nothing that can be asked for here"}
	}
	inputs := open[0].declared
	if len(open) > 1 && d.Able == nil {
		inputs = strings.TrimSuffix(inputs, "\n") + " # or another way that the model answers\n"
	}
	return way{
		words:    strings.Join(words, ", or "),
		declared: step + "    deployment: " + shellWord(e.deployment, "DEPLOYMENT") + "\n" + inputs,
	}
}

// mayAnswer reports whether a deployment answers an API, or may as far as is known.
func (d Deployed) mayAnswer(api string) bool {
	batch, known := d.batch()
	switch {
	case api == batches:
		return batch || !known && d.Able == nil
	case batch:
		return false
	}
	return d.Able == nil || slices.Contains(d.Able, api)
}
