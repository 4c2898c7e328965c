package eval

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/keyless-inference/action/prompt"
	"github.com/keyless-inference/action/wire"
)

// A pathCheck compares the values that a path selects in an answer that is JSON: all
// that is given counts, for each of the values, of which there must be one. The path
// alone asks for one.
type pathCheck struct {
	Path     string   `yaml:"path" required:"true"`
	Equals   *string  `yaml:"equals" or:"json"`
	Contains *string  `yaml:"contains"`
	Matches  *string  `yaml:"matches"`
	Min      *float64 `yaml:"min"`
	Max      *float64 `yaml:"max"`
	Exists   *bool    `yaml:"exists"`
}

// A pathCondition is a condition on one of the values. What it says and whether it
// holds depend on the row.
type pathCondition func(vars prompt.Vars) (says string, holds func(v any) bool, err error)

func (m *maker) path() {
	p := m.w.JSONPath
	query, err := parsePath(p.Path)
	if err != nil {
		m.Wrong(&p.Path, "%w", err)
	}
	if p.Min != nil && p.Max != nil && *p.Min > *p.Max {
		m.Wrong(&p.Min, "no number is at least %v (min) and at most %v (max)", *p.Min, *p.Max)
	}
	if p.Exists != nil {
		m.e.idle = []idle{never}
	}
	path := wire.Line(p.Path, 100)
	all := m.pathConditions(p, path)
	m.e.of = " that has " + path
	absent := p.Exists != nil && !*p.Exists
	wanted := map[bool]string{true: "be JSON without " + path, false: "be JSON with " + path}[absent]
	if absent && len(all) > 0 {
		m.Wrong(&p.Exists, "exists: false says that there is no value, so nothing else can be said of it")
	}
	m.e.check = func(vars prompt.Vars, a Answer) (outcome, error) {
		root, err := parseJSON(unfenced(a.Text))
		if err != nil {
			return outcome{unmet: []string{wanted}, found: err.Error()}, nil
		}
		values, err := query.find(root)
		if err != nil {
			return outcome{}, err
		}
		o := outcome{found: path + " is " + shownValues(values)}
		switch {
		case absent:
			o.add(len(values) == 0, wanted)
		case len(values) == 0 || len(all) == 0:
			o.add(len(values) > 0, wanted)
		}
		return o, o.each(all, values, vars)
	}
}

// each adds the conditions, all on every value.
func (o *outcome) each(all []pathCondition, values []any, vars prompt.Vars) error {
	for _, c := range all {
		says, holds, err := c(vars)
		if err != nil {
			return err
		}
		ok := len(values) > 0
		for _, v := range values {
			ok = ok && holds(v)
		}
		o.add(ok, says)
	}
	return nil
}

func (m *maker) pathConditions(p *pathCheck, path string) (all []pathCondition) {
	text := func(field **string, says string, holds func(v any, text string) bool) {
		if *field == nil {
			return
		}
		t := m.template(field, **field)
		m.e.idle = append(m.e.idle, condition{text: t, holds: func(answer, text string) bool { return holds(answer, text) }}.idles)
		all = append(all, func(vars prompt.Vars) (string, func(any) bool, error) {
			text, err := t.fill(vars)
			return says + " " + shown(text), func(v any) bool { return holds(v, text) }, err
		})
	}
	text(&p.Equals, "have "+path+" equal", equalJSON)
	text(&p.Contains, "have "+path+" contain", func(v any, text string) bool { return strings.Contains(textOf(v), text) })
	if p.Matches != nil {
		matches := m.pattern(&p.Matches, *p.Matches)
		all, m.e.idle = append(all, matching(path, matches)), append(m.e.idle, matches.idle)
	}
	for _, bound := range []struct {
		limit *float64
		says  string
		holds func(x, limit float64) bool
	}{
		{p.Min, "at least", func(x, limit float64) bool { return x >= limit }},
		{p.Max, "at most", func(x, limit float64) bool { return x <= limit }},
	} {
		if bound.limit == nil {
			continue
		}
		m.e.idle = append(m.e.idle, never)
		says := fmt.Sprintf("have %s %s %v", path, bound.says, *bound.limit)
		all = append(all, func(prompt.Vars) (string, func(any) bool, error) {
			return says, func(v any) bool { x, ok := numberOf(v); return ok && bound.holds(x, *bound.limit) }, nil
		})
	}
	return all
}

func matching(path string, p pattern) pathCondition {
	return func(vars prompt.Vars) (string, func(any) bool, error) {
		re, err := p.compile(vars)
		if err != nil {
			return "", nil, err
		}
		return "have " + path + " match " + shown(re.String()), func(v any) bool { return re.MatchString(textOf(v)) }, nil
	}
}

// parseJSON is the one JSON value that text consists of, its numbers as they are
// written.
func parseJSON(text string) (v any, err error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("it is not JSON: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("it is not JSON: something follows the first value")
	}
	return v, nil
}

// textOf is a text itself, and any other value as JSON.
func textOf(v any) string {
	if text, ok := v.(string); ok {
		return text
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v) // it came from JSON
	return strings.TrimSuffix(b.String(), "\n")
}

func numberOf(v any) (float64, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	x, err := strconv.ParseFloat(n.String(), 64)
	return x, err == nil
}

// equalJSON compares a text as text, a number by its value, and anything else as JSON.
func equalJSON(v any, want string) bool {
	text := textOf(v)
	if _, ok := v.(string); ok || text == want {
		return text == want
	}
	w, err := parseJSON(want)
	if err != nil {
		return false
	}
	x, number := numberOf(v)
	y, too := numberOf(w)
	if number && too && len(text) < 16 && len(want) < 16 { // longer ones a float64 would round
		return x == y
	}
	return text == textOf(w)
}

// shownValues are the values in a sentence.
func shownValues(values []any) string {
	switch len(values) {
	case 0:
		return "not there"
	case 1:
		return shownJSON(values[0])
	}
	return fmt.Sprintf("%d values: %s", len(values), shownJSON(values[:min(len(values), 20)]))
}

func shownJSON(v any) string {
	shownText := shown(textOf(v))
	if _, ok := v.(string); ok {
		return shownText
	}
	return strings.Trim(shownText, `"`)
}
