package inference

import (
	"cmp"
	"maps"
	"net/http"
	"regexp"
)

// settings are the optional parameters as they go on the wire.
type settings struct {
	maxTokens, maxCompletion *int64
	temperature, topP        *float64
	effort                   string
}

// remedies says, for a parameter that a model refuses, which one to send in its
// stead; "" means that it is left out. Names are as the service spells them.
// See https://learn.microsoft.com/azure/ai-foundry/openai/how-to/reasoning.
var remedies = map[string]string{
	"max_tokens":            "max_completion_tokens",
	"max_completion_tokens": "max_tokens",
	"temperature":           "",
	"top_p":                 "",
	"reasoning_effort":      "",
}

// aliases are the Responses API's names of parameters in remedies.
var aliases = map[string]string{"reasoning.effort": "reasoning_effort", "reasoning": "reasoning_effort"}

var (
	unknownArgument = regexp.MustCompile(`^Unrecognized request arguments? supplied: (\w+)`)
	unsupportedWord = regexp.MustCompile(`^Unsupported (parameter|value)\b`)
)

// unsupportedParam is the parameter that e says the model does not support, ""
// when it says something else. A value out of bounds is something else: leaving
// it out would hide a mistake. The Responses API sends a null code, and older
// versions name an argument they do not know in the message alone.
func unsupportedParam(e *ServiceError) string {
	name := e.Param
	if m := unknownArgument.FindStringSubmatch(e.Message); m != nil && e.Param == "" {
		name = m[1]
	} else if e.Code != "unsupported_parameter" && e.Code != "unsupported_value" &&
		!(e.Code == "" && unsupportedWord.MatchString(e.Message)) {
		return ""
	}
	if alias, ok := aliases[name]; ok {
		return alias
	}
	return name
}

// settings are q's parameters without those that the deployment is known to
// refuse.
func (c *Client) settings(q Request) settings {
	c.mu.Lock()
	refused := maps.Clone(c.refused[q.key()])
	c.mu.Unlock()
	s := settings{q.MaxTokens, q.MaxCompletionTokens, q.Temperature, q.TopP, q.ReasoningEffort}
	if refused["max_tokens"] {
		s.maxTokens, s.maxCompletion = nil, cmp.Or(s.maxCompletion, s.maxTokens)
	} else if refused["max_completion_tokens"] {
		s.maxTokens, s.maxCompletion = cmp.Or(s.maxTokens, s.maxCompletion), nil
	}
	if refused["temperature"] {
		s.temperature = nil
	}
	if refused["top_p"] {
		s.topP = nil
	}
	if refused["reasoning_effort"] {
		s.effort = ""
	}
	return s
}

// sent reports whether s holds the parameter.
func (s settings) sent(name string) bool {
	return map[string]bool{
		"max_tokens":            s.maxTokens != nil,
		"max_completion_tokens": s.maxCompletion != nil,
		"temperature":           s.temperature != nil,
		"top_p":                 s.topP != nil,
		"reasoning_effort":      s.effort != "",
	}[name]
}

// heal reports whether the same question without a parameter that e refuses is
// worth sending, and remembers the parameter for the deployment. s is what was
// sent: a parameter that was not is nothing to heal, so that each is healed at
// most once a call, and a concurrent call that learnt it first does no harm.
func (c *Client) heal(q Request, s settings, e *ServiceError) bool {
	name := unsupportedParam(e)
	instead, known := remedies[name]
	if e.Status != http.StatusBadRequest || e.Streamed || !known || !s.sent(name) {
		return false
	}
	worth, news := c.learn(q.key(), name, instead)
	switch {
	case !news:
	case instead != "":
		c.log("%s does not support %s; sending %s instead, from now on", q.Deployment, name, instead)
	default:
		c.log("%s refused %s, which is left out from now on: %s", q.Deployment, name, e.Message)
	}
	return worth
}

// learn remembers that key refuses name. Asking again is not worth it when it
// refuses the substitute too: without any cap is not what was asked for.
func (c *Client) learn(key, name, instead string) (worth, news bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refused == nil {
		c.refused = map[string]map[string]bool{}
	}
	if c.refused[key] == nil {
		c.refused[key] = map[string]bool{}
	}
	refused := c.refused[key]
	if refused[instead] {
		return false, false
	}
	news = !refused[name]
	refused[name] = true
	return true, news
}

// key is what refused parameters are remembered by.
func (q Request) key() string { return q.api() + " " + q.Deployment }
