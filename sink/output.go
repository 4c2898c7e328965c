package sink

// Heredoc is one entry of an environment file of the runner, such as that of the
// step's outputs. The value goes between two lines that are a random word which
// neither name nor value contains, so whatever the value holds, it can neither
// end early nor begin another entry. The name must be one line without "<<" and
// "=". See
// https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#multiline-strings.
func Heredoc(name, value string) string {
	word := Word(name + value)
	return name + "<<" + word + "\n" + value + "\n" + word
}
