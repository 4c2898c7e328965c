package inference

import (
	"fmt"
	"strings"

	"github.com/keyless-inference/action/wire"
)

// unfilled puts a word in angle brackets wherever [errand.fill] puts a value.
var unfilled = strings.NewReplacer(
	"{message}", "<the service's words>",
	"{audience}", "<audience>",
	"{principal}", "<principal-id>",
	"{oid}", "<principal-id>",
	"{client}", "<client-id>",
	"{ingroup}", foundBy("<resource>").inGroup,
	"{scope}", foundBy("<resource>").scope,
	"{name}", "<resource>",
	"{group}", "<resource-group>",
	"{account}", "<resource>",
	"{deployment}", "<deployment>",
	"{deploymentname}", "<deployment>",
	"{location}", "<host>",
	"{categories}", "<the categories that the filter names>",
	"{param}", "<parameter>",
	"{otherapi}", anyOtherAPI,
)

// Catalogue is every refusal of Azure OpenAI that is known, the special before
// the general, as people are told of it. A line of Says is one wording; in place
// of somebody's values are words in angle brackets.
func Catalogue() []wire.Entry {
	all := make([]wire.Entry, len(causes))
	for i, c := range causes {
		all[i] = wire.Entry{Names: []string{c.name()}, Says: c.says, Problem: c.problem(unfilled.Replace)}
	}
	return all
}

// name is what the refusal is called: its status and code.
func (c cause) name() string {
	var words []string
	switch {
	case c.status >= 100:
		words = append(words, fmt.Sprintf("HTTP %d", c.status))
	case c.status > 0:
		words = append(words, fmt.Sprintf("HTTP %dxx", c.status))
	case c.code == "" && c.words == "":
		words = append(words, "any other answer")
	case c.words != "":
		words = append(words, c.words)
	}
	if c.code != "" {
		words = append(words, c.code)
	}
	if c.api == batches {
		words = append(words, "of a batch")
	}
	return strings.Join(words, " ")
}
