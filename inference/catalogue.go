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
	"{type}", "ServicePrincipal",
	"{showprincipal}", "az ad sp show --id <client-id>",
	"{otherapi}", anyWay.words,
	"{otherway}", anyWay.declared,
	"{model}", "MODEL",
	"{version}", "VERSION",
	"{sku}", "GlobalStandard",
	"{batchsku}", "GlobalBatch",
	"{morecapacity}", Deployed{}.moreCapacity(),
	"{wait}", "wait as long as the service asks, if it does; ",
)

// anyWay is what is told where nothing is known.
var anyWay = (&errand{c: &Client{}}).wayOut()

// Catalogue is every refusal of Azure OpenAI that is known, the special before
// the general, as people are told of it. A line of Says is one wording; in place
// of somebody's values are words in angle brackets.
func Catalogue() []wire.Entry {
	all := make([]wire.Entry, len(causes))
	for i, c := range causes {
		all[i] = wire.Entry{Names: c.names(), Says: c.says, Problem: c.problem(unfilled.Replace)}
	}
	return all
}

// names are what the refusal is called, one for each status.
func (c cause) names() []string {
	all := []string{c.name()}
	if c.or != 0 {
		c.status = c.or
		all = append(all, c.name())
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
