package emulator

import (
	"cmp"
	"net/http"
	"regexp"
	"slices"
	"sync/atomic"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// A Rule is a canned answer. It counts as the model's whole text: a cap on the
// tokens, or a magic word, still cuts it. Embeddings know no rules.
type Rule struct {
	Match      *regexp.Regexp // found in the last user message; nil matches any
	Deployment string         // only for this deployment; "" means for all
	Response   string         // the answer, word for word

	// Responses, if there are any, are the answers instead, in turn: the first to
	// the first question that the rule matches, and after the last the first again.
	Responses []string

	// Status, if not 0, refuses the question each time with this status of 400 to
	// 599. Response is then the error's message, if it is not "", and ErrorCode its
	// code, if it is not "".
	Status    int
	ErrorCode string
}

func (r Rule) matches(d Deployment, lastUser string) bool {
	return (r.Deployment == "" || r.Deployment == d.Name) && (r.Match == nil || r.Match.MatchString(lastUser))
}

// refusedByRule is what a rule's 4xx says unless the rule has words of its own.
const refusedByRule = "The emulator refuses this prompt, as a rule of its resource says."

// A canned is a rule at work.
type canned struct {
	Rule
	given atomic.Uint64 // how many of Responses were given
}

// rule is the first rule that matches, nil if none does.
func (e *Emulator) rule(d Deployment, q question) *canned {
	last := q.lastUser()
	i := slices.IndexFunc(e.rules, func(r *canned) bool { return r.matches(d, last) })
	if i < 0 || q.passages != nil {
		return nil
	}
	return e.rules[i]
}

// next is the text whose turn it is.
func (r *canned) next() string {
	if len(r.Responses) == 0 {
		return r.Response
	}
	return r.Responses[(r.given.Add(1)-1)%uint64(len(r.Responses))]
}

// denial is the rule's refusal, nil if it answers.
func (r *canned) denial() *denial {
	switch {
	case r.Status == 0:
		return nil
	case r.Status < http.StatusInternalServerError:
		return &denial{r.Status, modelError(cmp.Or(r.Response, refusedByRule), "invalid_request_error", "", r.ErrorCode), nil}
	}
	return &denial{r.Status, modelError(cmp.Or(r.Response, serverError), "server_error", "", r.ErrorCode), nil}
}

// A ruleNode is a rule as it is written, which knows its place.
type ruleNode struct{ rule Rule }

// UnmarshalYAML implements [yaml.NodeUnmarshaler].
func (r *ruleNode) UnmarshalYAML(n ast.Node) error {
	var w struct {
		Match      *string  `yaml:"match"`
		Deployment string   `yaml:"deployment"`
		Response   *string  `yaml:"response"`
		Responses  []string `yaml:"responses"`
		Status     int      `yaml:"status"`
		ErrorCode  string   `yaml:"error-code"`
	}
	if err := yaml.NodeToValue(n, &w, yaml.Strict()); err != nil {
		return err
	}
	several := len(w.Responses) > 0
	switch {
	case w.Match == nil || w.Response == nil && !several && w.Status == 0:
		return at(n, "a rule needs match and response, or responses or status instead of response")
	case several && (w.Response != nil || w.Status != 0):
		return at(n, "responses go with neither response nor status")
	case w.Status != 0 && (w.Status < 400 || w.Status > 599):
		return at(n, "the status of a refusal is 400 to 599")
	case w.ErrorCode != "" && w.Status == 0:
		return at(n, "an error-code goes with a status")
	}
	match, err := regexp.Compile(*w.Match)
	if err != nil {
		return at(n, "match: %w", err)
	}
	if w.Response == nil {
		w.Response = new(string)
	}
	r.rule = Rule{match, w.Deployment, *w.Response, w.Responses, w.Status, w.ErrorCode}
	return nil
}
