package emulator

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// A Rule is a canned answer. It counts as the model's whole text: a cap on the
// tokens, or a magic word, still cuts it.
type Rule struct {
	Match      *regexp.Regexp // found in the last user message; nil matches any
	Deployment string         // only for this deployment; "" means for all
	Response   string         // the answer, word for word
}

func (r Rule) matches(d Deployment, lastUser string) bool {
	return (r.Deployment == "" || r.Deployment == d.Name) && (r.Match == nil || r.Match.MatchString(lastUser))
}

// ParseRules reads rules from a YAML list:
//
//   - match: (?i)capital of france   # a regular expression, RE2 syntax
//     deployment: gpt-4o-mini        # optional
//     response: Paris
//
// An empty document is no rules. Unknown keys, missing ones and expressions
// that do not compile are errors that begin with [line:column].
func ParseRules(text []byte) (rules []Rule, err error) {
	defer func() { // the library panics on a tag where it expects a list, as in "! 0"
		if p := recover(); p != nil {
			rules, err = nil, fmt.Errorf("reading the emulator's rules: [1:1] the YAML parser gave up: %v", p)
		}
	}()
	var written []ruleNode
	err = yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(&written)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("reading the emulator's rules: %s", yaml.FormatError(err, false, false))
	}
	for _, w := range written {
		rules = append(rules, w.rule)
	}
	return rules, nil
}

// A ruleNode is a rule as it is written, which knows its place.
type ruleNode struct{ rule Rule }

// UnmarshalYAML implements [yaml.NodeUnmarshaler].
func (r *ruleNode) UnmarshalYAML(n ast.Node) error {
	var w struct {
		Match      *string `yaml:"match"`
		Deployment string  `yaml:"deployment"`
		Response   *string `yaml:"response"`
	}
	if err := yaml.NodeToValue(n, &w, yaml.Strict()); err != nil {
		return err
	}
	at := func(format string, args ...any) error {
		pos := n.GetToken().Position
		return fmt.Errorf("[%d:%d] "+format, append([]any{pos.Line, pos.Column}, args...)...)
	}
	if w.Match == nil || w.Response == nil {
		return at("a rule needs match and response")
	}
	match, err := regexp.Compile(*w.Match)
	if err != nil {
		return at("match: %w", err)
	}
	r.rule = Rule{match, w.Deployment, *w.Response}
	return nil
}
