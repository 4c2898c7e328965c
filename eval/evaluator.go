package eval

import (
	"cmp"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/keyless-inference/action/document"
	"github.com/keyless-inference/action/prompt"
	"github.com/keyless-inference/action/wire"
)

// An Answer is what evaluators see of a model's answer.
type Answer struct {
	Text    string
	Tokens  int64         // of the answer, as the service counts them; 0: it did not say
	Latency time.Duration // of the attempt that was answered
}

// An Evaluator says whether an answer is good. One with a Judge or a Near asks a
// model; all others are [Evaluator.Evaluate]d here. It is safe for concurrent use.
type Evaluator struct {
	Name      string   // unique in the file
	Kind      string   // the key that says what it does: string, llm, uses, regex, …
	Not       bool     // what would pass fails, and the other way round; an error stays one
	PassScore *float64 // of a judge: the least score that passes; nil: as the caller says
	Judge     *Judge   // nil: it asks no judge
	Near      *Near    // nil: it compares no embeddings

	Place document.Place // in the file

	check    check     // nil: it asks a model
	uses     []use     // variables that a row must have
	patterns []pattern // regular expressions to be tried with every row
	idle     []idle    // whether each of its conditions is idle; none are known of most
	of       string    // which answers it would pass where all are: "" or " that …"
}

// An idle condition is one that every answer meets, with these values.
type idle func(vars prompt.Vars) bool

// never is the condition that no values make idle.
func never(prompt.Vars) bool { return false }

// idles reports whether all conditions of e are idle.
func (e *Evaluator) idles(vars prompt.Vars) bool {
	return len(e.idle) > 0 && !slices.ContainsFunc(e.idle, func(is idle) bool { return !is(vars) })
}

// everything is what e does where it idles.
func (e *Evaluator) everything() string {
	return map[bool]string{true: "fail", false: "pass"}[e.Not] + " every answer" + e.of
}

// A check is a local evaluator: what it says of an answer for a row with the
// variables. An error means that it can't tell.
type check func(vars prompt.Vars, a Answer) (outcome, error)

// An outcome are the conditions of an evaluator and what was found instead. Each
// reads on from "must": contain "x".
type outcome struct {
	met, unmet []string
	found      string // "" where the conditions say it all
}

// add adds a condition.
func (o *outcome) add(ok bool, condition string) {
	if ok {
		o.met = append(o.met, condition)
	} else {
		o.unmet = append(o.unmet, condition)
	}
}

// written is an evaluator as people write it.
type written struct {
	Name      string   `yaml:"name"`
	Not       bool     `yaml:"not"`
	PassScore *float64 `yaml:"pass-score"`

	String     *textCheck `yaml:"string" one:"method"`
	LLM        *llm       `yaml:"llm" one:"method"`
	Uses       string     `yaml:"uses" one:"method"`
	Regex      string     `yaml:"regex" one:"method"`
	JSONSchema string     `yaml:"json-schema" one:"method" or:"map"`
	JSONPath   *pathCheck `yaml:"json-path" one:"method"`
	MaxTokens  int64      `yaml:"max-tokens" one:"method" min:"1"`
	MaxLatency string     `yaml:"max-latency" one:"method"`
	Near       *near      `yaml:"embedding-similarity" one:"method"`
}

// methods are the ways to evaluate, by their keys.
var methods = map[string]func(*maker){
	"string": (*maker).text, "regex": (*maker).regex, "json-schema": (*maker).schema, "json-path": (*maker).path,
	"max-tokens": (*maker).tokens, "max-latency": (*maker).latency,
	"embedding-similarity": (*maker).near, "llm": (*maker).llm, "uses": (*maker).builtin,
}

// A maker makes an evaluator of what is written.
type maker struct {
	*reader
	w *written
	e *Evaluator
}

// evaluator reads one item of evaluators, of which there are some before.
func (r *reader) evaluator(n ast.Node, before []*Evaluator) *Evaluator {
	mistakes := r.Mistakes()
	m := maker{r, new(written), new(Evaluator)}
	r.DecodeNode(n, "an evaluator", m.w)
	m.e.Place, m.e.Not, m.e.PassScore = r.PlaceOf(m.w), m.w.Not, m.w.PassScore
	for _, key := range r.Keys(m.w) {
		if methods[key] != nil {
			m.e.Kind = key
		}
	}
	m.e.Name = cmp.Or(m.w.Name, m.w.Uses, m.e.Kind)
	if m.e.Kind != "" && slices.ContainsFunc(before, func(e *Evaluator) bool { return e.Name == m.e.Name }) {
		r.FailAt(m.e.Place, "there are two evaluators called %q; give each a name of its own, by which results and thresholds tell them apart", m.e.Name)
	}
	if r.Mistakes() == mistakes {
		methods[m.e.Kind](&m)
	}
	if m.e.PassScore != nil && r.Mistakes() == mistakes {
		m.passScore()
	}
	return m.e
}

// passScore checks that there are scores, and that one of them is enough.
func (m *maker) passScore() {
	if m.e.Judge == nil {
		m.Wrong(&m.w.PassScore, "pass-score is for the scores of llm and uses; %s has none between passed and failed", m.e.Kind)
	} else if *m.e.PassScore > m.e.Highest() {
		m.Wrong(&m.w.PassScore, "pass-score is %v, and no choice scores more than %v, so nothing could reach it (%s)", *m.e.PassScore, m.e.Highest(), m.e.Judge.choices.scores())
	}
}

// A template is a text of an evaluator that names variables.
type template struct {
	prompt *prompt.Prompt
	text   string // as it is written
}

// template makes a template of the text that was decoded into field.
func (m *maker) template(field any, text string) template {
	message := prompt.Message{Role: "user", Content: text}.From(m.Where(field))
	t := template{prompt.Template(m.file, message), text}
	m.name(t.prompt)
	return t
}

// name takes up the variables that p names.
func (m *maker) name(p *prompt.Prompt) {
	for _, at := range p.Placeholders() {
		m.e.uses = append(m.e.uses, use{name: at.Name, where: "the evaluator " + m.e.Name, Place: at.Place})
	}
}

// fill is the text with the variables' values.
func (t template) fill(vars prompt.Vars) (string, error) {
	p, err := t.prompt.Expand(vars)
	if err != nil {
		return "", err
	}
	return p.Messages[0].Content, nil
}

// A pattern is a regular expression in which the values of variables stand for
// themselves.
type pattern struct {
	text  template
	fixed func() (*regexp.Regexp, error) // nil where the expression names variables
	at    document.Place
}

func (m *maker) pattern(field any, text string) pattern {
	p := pattern{text: m.template(field, text), at: m.PlaceOf(field)}
	if len(p.text.prompt.Variables()) == 0 {
		filled, _ := p.text.fill(nil) // it names no variable that could be missing
		compiled, err := regexp.Compile(filled)
		p.fixed = func() (*regexp.Regexp, error) { return compiled, err }
	}
	if p.fixed == nil && strings.Contains(text, `\Q`) {
		m.Wrong(field, `\Q would quote the variables a second time: they stand for themselves without it`)
	}
	m.e.patterns = append(m.e.patterns, p)
	return p
}

// idle is whether p, with these values, is found in every answer: in none at all and in
// one with signs of many kinds it hardly is by chance.
func (p pattern) idle(vars prompt.Vars) bool {
	re, err := p.compile(vars)
	return err == nil && p.fixed == nil && re.MatchString("") && re.MatchString("Aé 0_-.,:!?\"'()[]{}<>/ z")
}

// compile is the regular expression with the variables' values.
func (p pattern) compile(vars prompt.Vars) (*regexp.Regexp, error) {
	if p.fixed != nil {
		return p.fixed()
	}
	quoted := prompt.Vars{}
	for _, name := range p.text.prompt.Variables() {
		if value, ok := vars[name]; ok {
			quoted[name] = regexp.QuoteMeta(value)
		}
	}
	text, err := p.text.fill(quoted)
	if err != nil {
		return nil, err
	}
	return regexp.Compile(text)
}

// Evaluate says whether the answer to the row's question is good: it scores 1 if it
// passes, else 0. White space around the answer does not count. For an evaluator with a Judge or a Near, which needs a
// model, the Evaluation has an error.
func (e *Evaluator) Evaluate(row Row, a Answer) Evaluation {
	if e.check == nil {
		return e.failed(errNoModel)
	}
	a.Text = strings.TrimSpace(a.Text)
	o, err := e.check(row.Vars, a)
	if err != nil {
		return e.failed(err)
	}
	out := e.evaluation(0, len(o.unmet) == 0)
	if out.Passed {
		out.Score = 1
	}
	out.Details = o.says(e.Not)
	return out
}

// errNoModel is what an evaluator says that was evaluated without its model.
var errNoModel = errors.New("this evaluator asks a model")

// evaluation is what e says of an answer that would pass without not.
func (e *Evaluator) evaluation(score float64, good bool) Evaluation {
	return Evaluation{EvaluatorName: e.Name, Kind: e.Kind, Score: score, Passed: good != e.Not}
}

// failed is what an evaluator says that can't tell.
func (e *Evaluator) failed(err error) Evaluation {
	return Evaluation{EvaluatorName: e.Name, Kind: e.Kind, Error: err.Error()}
}

// says is the outcome in a sentence: the conditions that decided it, and what was
// found.
func (o outcome) says(not bool) string {
	conditions, found := o.unmet, o.found
	if len(conditions) == 0 {
		conditions = o.met
		found = cmp.Or(found, "it does")
	}
	must := "must "
	if not {
		must = "must not "
	}
	return must + strings.Join(conditions, " and ") + ": " + cmp.Or(found, "it does not")
}

// shown is a text in a sentence: what would not fit need not be read.
func shown(text string) string {
	const most = 200
	if len(text) > 20*most {
		text = text[:20*most] + "…"
	}
	return `"` + wire.Line(text, most) + `"`
}
