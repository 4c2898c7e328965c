package cmd

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/keyless-inference/action/actions"
	"github.com/keyless-inference/action/inference"
)

// An Output is one of the step's outputs, as action.yml declares them.
type Output struct {
	Name, Help string
	whole      bool // set after a success alone, so that no later step takes a part for the whole
	value      func(a inference.Answer, path string) string
}

// Outputs lists the outputs of a step, in order. action.yml and the README are
// compared with it.
func Outputs() []Output {
	count := func(of func(inference.Usage) int64) func(inference.Answer, string) string {
		return func(a inference.Answer, _ string) string {
			if a.Usage.Total == 0 {
				return "" // the service did not say
			}
			return strconv.FormatInt(of(a.Usage), 10)
		}
	}
	return []Output{
		{"response", "The answer; its beginning if it is longer than an output can be.", true, func(a inference.Answer, _ string) string { return short(a.Text) }},
		{"response-truncated", "true if response is only the beginning of the answer, else false.", true, func(a inference.Answer, _ string) string { return strconv.FormatBool(short(a.Text) != a.Text) }},
		{"response-file", "The file with the whole answer, relative to the workspace.", false, func(_ inference.Answer, path string) string { return path }},
		{"finish-reason", "Why the answer ended: stop, length or content_filter.", false, func(a inference.Answer, _ string) string { return a.FinishReason }},
		{"model", "The model that answered, as the service names it.", false, func(a inference.Answer, _ string) string { return a.Model }},
		{"request-id", "The service's id of the request, for its support.", false, func(a inference.Answer, _ string) string { return a.RequestID }},
		{"prompt-tokens", "Tokens of the prompt.", false, count(func(u inference.Usage) int64 { return u.Prompt })},
		{"completion-tokens", "Tokens of the answer, hidden reasoning included.", false, count(func(u inference.Usage) int64 { return u.Completion })},
		{"total-tokens", "Both together.", false, count(func(u inference.Usage) int64 { return u.Total })},
		{"cached-tokens", "Tokens of the prompt that came from the service's cache.", false, count(func(u inference.Usage) int64 { return u.Cached })},
		{"reasoning-tokens", "Tokens of the answer that are hidden reasoning.", false, count(func(u inference.Usage) int64 { return u.Reasoning })},
	}
}

// maxOutput is what is given to the output response at most, in UTF-16 units:
// the runner takes about 1 MB of outputs a job, counted in UTF-16.
// https://docs.github.com/actions/reference/workflows-and-actions/metadata-syntax#outputs-for-docker-container-and-javascript-actions
const maxOutput = 450_000

const cutHere = "\n\n[The answer goes on: the whole is in the file that the output response-file names.]\n"

// short is text, or its beginning with a last line that says so.
func short(text string) string {
	units := 0
	for i, c := range text {
		if units += utf16.RuneLen(c); units > maxOutput {
			return text[:i] + cutHere
		}
	}
	return text
}

// setOutputs sets the outputs; after a failure those that tell what is known.
func setOutputs(runner *actions.Runner, answer inference.Answer, path string, failed error) error {
	for _, o := range Outputs() {
		if failed != nil && o.whole {
			continue
		}
		if err := runner.SetOutput(o.Name, o.value(answer, path)); err != nil {
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
	if f, ok := w.(interface{ Stat() (os.FileInfo, error) }); ok {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			return actions.Printable(text)
		}
	}
	return text
}
