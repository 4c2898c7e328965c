package cmd

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/keyless-inference/action/actions"
	"github.com/keyless-inference/action/inference"
	"github.com/keyless-inference/action/sink"
)

// An Output is one of a step's outputs, as action.yml declares them.
type Output struct{ Name, Help string }

// An output is an Output with what gives it its value from the outcome of a
// command.
type output[R any] struct {
	Output
	value func(R) string
}

// An Action is one of the actions of this repository: a subcommand with its
// inputs and outputs, in order. The action.yml and the tables in the documents
// are compared with it.
type Action struct {
	File    string // its action.yml
	Inputs  []Input
	Outputs []Output
}

// Actions lists the actions.
func Actions() []Action {
	return []Action{
		{"action.yml", inputs(&runCommand{}), slices.Concat(declared(answerOutputs()), declared(commentOutputs()), declared(tasksOutputs()))},
		{"check/action.yml", inputs(&checkCommand{}), declared(checkOutputs())},
		{"doctor/action.yml", inputs(&doctorCommand{}), declared(doctorOutputs())},
		{"eval/action.yml", inputs(&evalCommand{}), append(declared(evalOutputs()), declared(commentOutputs())...)},
		{"merge/action.yml", inputs(&mergeCommand{}), declared(mergeOutputs())},
	}
}

// declared are the outputs without their values.
func declared[R any](outputs []output[R]) (all []Output) {
	for _, o := range outputs {
		all = append(all, o.Output)
	}
	return all
}

// answerOutputs are those that are known before a comment is posted.
func answerOutputs() []output[*result] {
	count := func(of func(inference.Usage) int64) func(*result) string {
		return func(r *result) string {
			if r.answer.Usage.Total == 0 {
				return "" // the service did not say
			}
			return strconv.FormatInt(of(r.answer.Usage), 10)
		}
	}
	return []output[*result]{
		{Output{"response", "The answer; its beginning if it is longer than an output can be."}, func(r *result) string { return r.outputs.response }},
		{Output{"response-truncated", "true if response is only the beginning of the answer, else false."}, func(r *result) string {
			if r.outputs.response == "" {
				return ""
			}
			return strconv.FormatBool(r.outputs.truncated)
		}},
		{Output{"response-file", "The file with the whole answer, relative to the workspace."}, func(r *result) string { return r.path }},
		{Output{"json", "The answer if it is JSON as asked for. With a JSON Schema each property at its top is an output as well, see outputs."}, func(r *result) string { return r.outputs.json }},
		{Output{"outcome", "success, failure or skipped: what became of the answer, also where the step passes without one."}, func(r *result) string { return r.outcome }},
		{Output{"skipped-reason", "Why the outcome is skipped: fork, dependabot or failure."}, func(r *result) string { return r.skipped }},
		{Output{"finish-reason", "Why the answer ended: stop, length or content_filter."}, func(r *result) string { return r.answer.FinishReason }},
		{Output{"model", "The model that answered, as the service names it."}, func(r *result) string { return r.answer.Model }},
		{Output{"request-id", "The service's id of the request, for its support."}, func(r *result) string { return r.answer.RequestID }},
		{Output{"prompt-tokens", "Tokens of the prompt."}, count(func(u inference.Usage) int64 { return u.Prompt })},
		{Output{"completion-tokens", "Tokens of the answer, hidden reasoning included."}, count(func(u inference.Usage) int64 { return u.Completion })},
		{Output{"total-tokens", "Both together."}, count(func(u inference.Usage) int64 { return u.Total })},
		{Output{"cached-tokens", "Tokens of the prompt that came from the service's cache."}, count(func(u inference.Usage) int64 { return u.Cached })},
		{Output{"reasoning-tokens", "Tokens of the answer that are hidden reasoning."}, count(func(u inference.Usage) int64 { return u.Reasoning })},
	}
}

// commentOutputs are those of the comment.
func commentOutputs() []output[*result] {
	return []output[*result]{
		{Output{"comment-id", "The id of the comment, of its first part if it has several."}, func(r *result) string {
			if r.comment.ID == 0 {
				return ""
			}
			return strconv.FormatInt(r.comment.ID, 10)
		}},
		{Output{"comment-url", "The address of the comment."}, func(r *result) string { return r.comment.URL }},
		{Output{"comment-action", "What was done: created, updated, appended, recreated, unchanged, hidden, deleted or skipped."}, func(r *result) string { return r.comment.Action }},
	}
}

// setOutputs sets those that have a value: to a workflow the others are empty.
func setOutputs[R any](runner *actions.Runner, outputs []output[R], res R) error {
	for _, o := range outputs {
		value := o.value(res)
		if value == "" {
			continue
		}
		if err := runner.SetOutput(o.Name, value); err != nil {
			return err // the others would fail the same way
		}
	}
	return nil
}

// summary is one line about an answer and where it came from.
func summary(a inference.Answer, path string) string {
	parts := []string{
		fmt.Sprintf("%s answered in %s", a.Model, a.Total.Round(time.Millisecond)),
		fmt.Sprintf("%d + %d tokens", a.Usage.Prompt, a.Usage.Completion),
		"finish reason " + a.FinishReason,
	}
	if a.Attempts > 1 {
		parts = append(parts, fmt.Sprintf("%d attempts", a.Attempts))
	}
	if path != "" {
		parts = append(parts, "kept in "+path)
	}
	return strings.Join(parts, ", ")
}

// shown is text as w should get it: on a terminal without what could steer it,
// in a pipe or a file untouched.
func shown(w io.Writer, text string) string {
	if isTerminal(w) {
		return sink.Visible(text)
	}
	return text
}

// isTerminal reports whether w is one, or another device.
func isTerminal(w io.Writer) bool {
	f, ok := w.(interface{ Stat() (os.FileInfo, error) })
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
