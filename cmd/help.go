package cmd

import (
	"fmt"
	"io"
	"reflect"
	"strings"

	"github.com/keyless-inference/action/sink"
)

// overview is "keyless --help".
func overview(w io.Writer) error {
	var b strings.Builder
	b.WriteString("keyless: prompts on your own Azure OpenAI deployments, with no API key anywhere\n\n")
	for _, c := range commands() {
		fmt.Fprintf(&b, "  keyless %-15s%s\n", c.name, c.help)
	}
	b.WriteString("\nkeyless COMMAND --help lists the flags of one (a switch is turned off with =false);\nkeyless --version prints the version.\n" +
		"See it work without any account: keyless run --emulate --prompt 'Hello'\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// describe is "keyless COMMAND --help".
func (c command) describe(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "keyless %s: %s\n", c.name, c.help)
	group := ""
	for _, in := range inputs(c.inputs) {
		if in.Group != group || group == "" {
			b.WriteByte('\n')
			group = in.Group
		}
		fmt.Fprintf(&b, "  --%s\n%s", in.usage(), wrapped(in.Help+in.fallback(), 6, 92))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (in Input) usage() string {
	switch in.value.Kind() {
	case reflect.Bool:
		return in.Name
	case reflect.Slice:
		return in.Name + " TEXT …"
	}
	return in.Name + " TEXT"
}

// fallback says what holds when the flag is not given.
func (in Input) fallback() string {
	var words []string
	if in.Variable != "" {
		words = append(words, "$"+in.Variable)
	}
	if in.Default != "" {
		words = append(words, fmt.Sprintf("default %q", in.Default))
	}
	if len(words) == 0 {
		return ""
	}
	return " [" + strings.Join(words, ", ") + "]"
}

// wrapped is text in lines of at most width characters, indented.
func wrapped(text string, indent, width int) string {
	margin := strings.Repeat(" ", indent)
	lines := strings.TrimSuffix(sink.Wrap(text, width-indent), "\n")
	return margin + strings.ReplaceAll(lines, "\n", "\n"+margin) + "\n"
}
