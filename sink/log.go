package sink

import "strings"

// Log makes text fit for a log that a runner reads and a person looks at: what
// is hidden is made visible, and the older form of a workflow command, "##[",
// which the runner takes from any place in a line, is broken up. The newer form
// is taken from the start of a line alone: put something in front of each line,
// or use [Fenced].
func Log(text string) string { return strings.ReplaceAll(Visible(text), "##[", "# #[") }

// Fenced is text for the log of a job with the runner's ears closed: between
// ::stop-commands:: and a random word that ends it, no line is obeyed in either
// form. It ends with a line feed. See
// https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#stopping-and-starting-workflow-commands.
func Fenced(text string) string {
	text = Visible(text)
	word := Word(text)
	return "::stop-commands::" + word + "\n" + text + "\n::" + word + "::\n"
}
