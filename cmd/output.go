package cmd

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/keyless-inference/action/actions"
	"github.com/keyless-inference/action/inference"
)

// An Output is one of the step's outputs, as action.yml declares them.
type Output struct {
	Name, Help string
	value      func(a inference.Answer, path string) string
}

// Outputs lists the outputs of a step, in order. action.yml and the README are
// compared with it.
func Outputs() []Output {
	count := func(of func(inference.Usage) int64) func(inference.Answer, string) string {
		return func(a inference.Answer, _ string) string { return strconv.FormatInt(of(a.Usage), 10) }
	}
	return []Output{
		{"response", "The answer.", func(a inference.Answer, _ string) string { return a.Text }},
		{"response-file", "The file with the whole answer, relative to the workspace.", func(_ inference.Answer, path string) string { return path }},
		{"finish-reason", "Why the answer ended: stop, length, content_filter or tool_calls.", func(a inference.Answer, _ string) string { return a.FinishReason }},
		{"model", "The model that answered, as the service names it.", func(a inference.Answer, _ string) string { return a.Model }},
		{"request-id", "The service's id of the request, for its support.", func(a inference.Answer, _ string) string { return a.RequestID }},
		{"prompt-tokens", "Tokens of the prompt.", count(func(u inference.Usage) int64 { return u.Prompt })},
		{"completion-tokens", "Tokens of the answer, hidden reasoning included.", count(func(u inference.Usage) int64 { return u.Completion })},
		{"total-tokens", "Both together.", count(func(u inference.Usage) int64 { return u.Total })},
		{"cached-tokens", "Tokens of the prompt that came from the service's cache.", count(func(u inference.Usage) int64 { return u.Cached })},
		{"reasoning-tokens", "Tokens of the answer that are hidden reasoning.", count(func(u inference.Usage) int64 { return u.Reasoning })},
	}
}

// setOutputs sets the outputs. After a failure response stays unset, so that no
// later step takes a part for the whole; the rest tells what is known.
func setOutputs(runner *actions.Runner, answer inference.Answer, path string, failed error) error {
	var errs []error
	for _, o := range Outputs() {
		if o.Name == "response" && failed != nil {
			continue
		}
		errs = append(errs, runner.SetOutput(o.Name, o.value(answer, path)))
	}
	return errors.Join(errs...)
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
	if f, ok := w.(interface{ Stat() (os.FileInfo, error) }); ok {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			return actions.Printable(text)
		}
	}
	return text
}
