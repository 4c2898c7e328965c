package task

import (
	"maps"
	"slices"
	"strings"
)

// Reads are the files that the task names one by one and reads: prompts, schema,
// values of variables, lines. Those that patterns stand for are not among them.
func (t *Task) Reads() []string {
	all := slices.Concat([]string{t.source.PromptFile, t.SystemPromptFile, t.source.JSONL}, slices.Sorted(maps.Values(t.source.FileInput)))
	if t.Embeddings != nil {
		all = append(all, t.Embeddings.JSONL)
	}
	if schema := strings.TrimSpace(t.JSONSchema); !strings.HasPrefix(schema, "{") {
		all = append(all, schema)
	}
	return slices.DeleteFunc(all, func(path string) bool { return path == "" || path == "-" })
}
