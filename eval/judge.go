package eval

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/keyless-inference/action/inference"
	"github.com/keyless-inference/action/prompt"
	"github.com/keyless-inference/action/task"
)

// A Judge is a model that is asked which of some choices an answer deserves.
type Judge struct {
	ModelID string // as the file has it, perhaps with a publisher in front; "" if it has none

	prompt  *prompt.Prompt
	data    []datum // what is quoted in the prompt as data; nil: all are variables
	choices choices
	schema  *inference.Schema // of a structured verdict, or nil
}

// An llm is a Judge as people write it.
type llm struct {
	ModelID      string          `yaml:"modelId"`
	SystemPrompt string          `yaml:"systemPrompt"`
	Prompt       string          `yaml:"prompt" required:"true"`
	Choices      []*choiceSource `yaml:"choices" required:"true" item:"a choice"`
	Structured   bool            `yaml:"structured"`
}

type choiceSource struct {
	Choice string  `yaml:"choice" required:"true"`
	Score  float64 `yaml:"score"`
}

func (m *maker) llm() {
	l := m.w.LLM
	j := &Judge{ModelID: l.ModelID, choices: m.choices(l.Choices)}
	question := prompt.Message{Role: "user", Content: l.Prompt}.From(m.Where(&l.Prompt))
	messages := []prompt.Message{question}
	if l.SystemPrompt != "" {
		messages = []prompt.Message{prompt.Message{Role: "system", Content: l.SystemPrompt}.Literal(), question}
	}
	j.prompt = prompt.Template(m.file, messages...)
	if l.Structured {
		j.schema = m.verdictSchema(l)
	}
	m.e.Judge = j
	m.name(j.prompt)
	m.seesAnswer(l)
}

// seesAnswer sees to it that the prompt names the answer, which is no variable of
// the rows.
func (m *maker) seesAnswer(l *llm) {
	before := len(m.e.uses)
	m.e.uses = slices.DeleteFunc(m.e.uses, func(u use) bool { return u.name == completion })
	if len(m.e.uses) == before {
		m.Wrong(&l.Prompt, "the prompt of the judge does not name {{%s}}, so the judge would not see the answer", completion)
	}
}

// Highest is the highest score that the judge of e can give, which is what a pass-score
// can ask for at the most. It is for evaluators with a Judge.
func (e *Evaluator) Highest() float64 { return e.Judge.choices.best().score }

// best is the choice with the highest score; of none it is the zero one.
func (all choices) best() choice {
	if len(all) == 0 {
		return choice{}
	}
	return slices.MaxFunc(all, func(a, b choice) int { return cmp.Compare(a.score, b.score) })
}

// scores are in words what the choices score: those of a scale such as 1 to 5 are not
// themselves their scores.
func (all choices) scores() string {
	low := slices.MinFunc(all, func(a, b choice) int { return cmp.Compare(a.score, b.score) })
	text := fmt.Sprintf("scores go from %v to %v", low.score, all.best().score)
	last := len(all) - 1
	grade, err := strconv.ParseFloat(all[max(0, last-1)].text, 64)
	if most, bad := strconv.ParseFloat(all[last].text, 64); err == nil && bad == nil && grade < most {
		text += fmt.Sprintf(": %v of %v is %v", grade, most, all[last-1].score)
	}
	return text
}

// maxChoice is how many bytes a choice may have.
const maxChoice = 200

// choices reads the choices, which must differ in what a verdict can tell apart.
func (m *maker) choices(written []*choiceSource) (all choices) {
	for _, w := range written {
		c := choice{text: strings.TrimSpace(w.Choice), score: w.Score}
		if strings.ContainsAny(c.text, "\r\n") || len(c.text) > maxChoice {
			m.Wrong(&w.Choice, "a choice must be one line of at most %d bytes, for the verdict is read from one", maxChoice)
			continue
		}
		c.key = keyOf(c.text)
		if before := all.index(c.key); c.key == "" {
			m.Wrong(&w.Choice, "the choice %q has only signs that are taken for layout, so no verdict could name it", c.text)
		} else if before >= 0 {
			m.Wrong(&w.Choice, "the choices %q and %q are the same for the reading of a verdict, which knows no case and no layout", all[before].text, c.text)
		}
		all = append(all, c)
	}
	return all
}

// verdictSchema is the JSON Schema of a structured verdict. The reasons come first,
// so that the choice follows from them.
func (m *maker) verdictSchema(l *llm) *inference.Schema {
	var words []string
	for _, c := range l.Choices {
		words = append(words, c.Choice)
	}
	text := map[string]string{"type": "string"}
	raw, err := json.Marshal(map[string]any{"name": "verdict", "strict": true, "schema": object{
		{"type", "object"},
		{"properties", object{{"reasoning", text}, {"choice", object{{"type", "string"}, {"enum", words}}}}},
		{"required", []string{"reasoning", "choice"}},
		{"additionalProperties", false},
	}})
	var schema *inference.Schema
	if err == nil {
		schema, err = inference.ParseSchema(raw)
	}
	if err != nil {
		m.Wrong(&l.Structured, "making a JSON Schema of the choices: %w", err)
	}
	return schema
}

// An object is one of JSON whose members keep their order, in which models write.
type object []struct {
	name  string
	value any
}

// MarshalJSON implements [json.Marshaler].
func (o object) MarshalJSON() ([]byte, error) {
	var b strings.Builder
	for i, member := range o {
		name, _ := json.Marshal(member.name) // a string always has an encoding
		value, err := json.Marshal(member.value)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "%c%s:%s", "{,"[min(i, 1)], name, value)
	}
	return []byte(b.String() + "}"), nil
}

// Question is what the judge is asked about the answer to the row's question. The
// deployment is the caller's to add. Neither a temperature nor a cap is sent.
//
// In the prompt of an evaluator llm the row and the answer are filled in as they are.
// That of a built-in evaluator quotes them as data, between tags with random words,
// see [prompt.Untrusted]: no two questions are the same text.
func (e *Evaluator) Question(row Row, answer string) (inference.Request, error) {
	answer = strings.TrimSpace(answer)
	vars, data := e.Judge.fillings(row.Vars, answer)
	p, err := e.Judge.prompt.Expand(vars, data...)
	if err != nil {
		return inference.Request{}, err
	}
	return inference.Request{Messages: task.Messages(p), Schema: e.Judge.schema}, nil
}

// fillings are what the prompt of the judge is filled in with.
func (j *Judge) fillings(row prompt.Vars, answer string) (vars prompt.Vars, data []prompt.Untrusted) {
	vars = prompt.Vars{}
	maps.Copy(vars, row)
	vars[completion] = answer
	if j.data == nil {
		return vars, nil
	}
	for _, d := range j.data {
		data = append(data, prompt.NewUntrusted(d.name, vars[d.variable], 0))
	}
	return nil, data
}

// Judged reads the judge's reply. The score is that of the choice which the reply
// comes to; it passes from the evaluator's own PassScore on, else from passScore on,
// else if it is above 0. A reply that comes to none of the choices, or to several, is
// an error and no score.
//
// The package comment says how a reply is read.
func (e *Evaluator) Judged(reply string, passScore *float64) Evaluation {
	c, err := e.Judge.choices.read(reply)
	if err != nil {
		out := e.failed(fmt.Errorf("reading the verdict: %w", err))
		out.Reply = reply
		return out
	}
	if e.PassScore != nil {
		passScore = e.PassScore
	}
	passes, least := c.score > 0, "above 0"
	if passScore != nil {
		passes, least = c.score >= *passScore, fmt.Sprintf("at least %v", *passScore)
	}
	out := e.evaluation(c.score, passes)
	if e.Not {
		least = "not " + least
	}
	out.Reply, out.Details = reply, fmt.Sprintf("the judge says %s, which scores %v; %s passes", shown(c.text), c.score, least)
	return out
}
