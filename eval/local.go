package eval

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/keyless-inference/action/inference"
	"github.com/keyless-inference/action/prompt"
)

// A textCheck compares the answer with texts: all that are given count, and an empty
// one is none, as for gh-models.
type textCheck struct {
	Equals     string `yaml:"equals"`
	Contains   string `yaml:"contains"`
	StartsWith string `yaml:"startsWith"`
	EndsWith   string `yaml:"endsWith"`
}

// A condition compares an answer with a text of the evaluator.
type condition struct {
	says  string // before the text
	text  template
	holds func(answer, text string) bool
}

// idles is whether every answer meets the condition: an empty one, and another. To be
// the empty text is asking for something, to contain it is not.
func (c condition) idles(vars prompt.Vars) bool {
	text, err := c.text.fill(vars)
	return err == nil && c.holds("", text) && c.holds("x", text)
}

func (m *maker) text() {
	s := m.w.String
	var all []condition
	for _, c := range []struct {
		text  *string
		says  string
		holds func(answer, text string) bool
	}{
		// The answer has no white space around it, so that of the text can't count either.
		{&s.Equals, "be", func(a, b string) bool { return a == strings.TrimSpace(b) }},
		{&s.Contains, "contain", folded(strings.Contains)},
		{&s.StartsWith, "start with", folded(func(a, b string) bool { return strings.HasPrefix(a, strings.TrimLeftFunc(b, unicode.IsSpace)) })},
		{&s.EndsWith, "end with", folded(func(a, b string) bool { return strings.HasSuffix(a, strings.TrimRightFunc(b, unicode.IsSpace)) })},
	} {
		if *c.text != "" {
			all = append(all, condition{c.says, m.template(c.text, *c.text), c.holds})
		}
	}
	if all == nil {
		m.Wrong(s, "string needs at least one of equals, contains, startsWith or endsWith")
	}
	for _, c := range all {
		m.e.idle = append(m.e.idle, c.idles)
	}
	m.e.check = conditions(all, func(a Answer) (string, error) { return a.Text, nil })
}

// folded is the comparison without regard to case.
func folded(holds func(a, b string) bool) func(a, b string) bool {
	return func(a, b string) bool { return holds(strings.ToLower(a), strings.ToLower(b)) }
}

// conditions checks all of them on a part of the answer.
func conditions(all []condition, part func(Answer) (string, error)) check {
	return func(vars prompt.Vars, a Answer) (outcome, error) {
		found, err := part(a)
		if err != nil {
			return outcome{}, err
		}
		o := outcome{found: "found " + shown(found)}
		for _, c := range all {
			text, err := c.text.fill(vars)
			if err != nil {
				return outcome{}, err
			}
			o.add(c.holds(found, text), c.says+" "+shown(text))
		}
		return o, nil
	}
}

func (m *maker) regex() {
	p := m.pattern(&m.w.Regex, m.w.Regex)
	m.e.idle = []idle{p.idle}
	m.e.check = func(vars prompt.Vars, a Answer) (outcome, error) {
		re, err := p.compile(vars)
		if err != nil {
			return outcome{}, err
		}
		o := outcome{found: "found " + shown(a.Text)}
		o.add(re.MatchString(a.Text), "match "+shown(re.String()))
		return o, nil
	}
}

func (m *maker) schema() {
	schema, err := inference.ParseSchema([]byte(m.w.JSONSchema))
	if err != nil {
		m.Wrong(&m.w.JSONSchema, "json-schema: %s", firstCause(err.Error()))
		return
	}
	m.e.check = func(_ prompt.Vars, a Answer) (outcome, error) {
		var o outcome
		err := schema.Validate(unfenced(a.Text))
		if err != nil {
			o.found = err.Error()
		}
		o.add(err == nil, "fit the JSON Schema")
		return o, nil
	}
}

// cause is one of those that a schema is none for, in a line with all of them: the more
// space before it the deeper it is, and the deepest say most.
var cause = regexp.MustCompile(` +- at '`)

// firstCause is the first that says more than that there are others below it.
func firstCause(text string) string {
	causes := cause.FindAllStringIndex(text, -1)
	for i, at := range causes {
		deeper := i+1 < len(causes) && causes[i+1][1]-causes[i+1][0] > at[1]-at[0]
		if deeper {
			continue
		}
		end := len(text)
		if i+1 < len(causes) {
			end = causes[i+1][0]
		}
		head, _, _ := strings.Cut(text, ": ")
		return head + ": at '" + text[at[1]:end]
	}
	return text
}

// unfenced is the text inside of the fence, where text is one fenced block of
// Markdown: models like to write JSON so.
func unfenced(text string) string {
	head, closed := strings.CutSuffix(strings.TrimSpace(text), "```")
	first, inside, _ := strings.Cut(head, "\n")
	if !closed || !strings.HasPrefix(first, "```") {
		return text
	}
	return inside
}

func (m *maker) tokens() {
	most := m.w.MaxTokens
	m.e.check = func(_ prompt.Vars, a Answer) (outcome, error) {
		if a.Tokens <= 0 && a.Text != "" {
			return outcome{}, errors.New("the service did not say how many tokens the answer has")
		}
		o := outcome{found: fmt.Sprintf("it has %d", a.Tokens)}
		o.add(a.Tokens <= most, fmt.Sprintf("have at most %d tokens", most))
		return o, nil
	}
}

func (m *maker) latency() {
	most, ok := seconds(m.w.MaxLatency)
	if !ok {
		m.Wrong(&m.w.MaxLatency, "max-latency must be a time above 0 such as 5s, 800ms or a number of seconds, not %q", m.w.MaxLatency)
		return
	}
	m.e.check = func(_ prompt.Vars, a Answer) (outcome, error) {
		o := outcome{found: fmt.Sprintf("it took %v", a.Latency.Round(time.Millisecond))}
		o.add(a.Latency <= most, fmt.Sprintf("take at most %v", most))
		return o, nil
	}
}

// seconds is a time above 0: with a unit, or a number of seconds.
func seconds(text string) (time.Duration, bool) {
	d, err := time.ParseDuration(text)
	if n, bare := strconv.ParseFloat(text, 64); bare == nil && n < math.MaxInt64/float64(time.Second) {
		d, err = time.Duration(n*float64(time.Second)), nil
	}
	return d, err == nil && d > 0
}
