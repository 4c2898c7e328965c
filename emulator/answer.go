package emulator

import (
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"
)

// A question is what a request asks, whichever operation it came through.
type question struct {
	messages []message
	format   format
	limit    int    // the most output tokens, reasoning included; 0: no cap
	effort   string // how long to reason; "": the model's default
	stream   bool
	passages []passage // what is to be embedded; nil for every other operation
	usage    bool      // whether a chat stream ends in a chunk with the usage
}

type message struct{ role, text string }

// An answer is what a model has to say to a question.
type answer struct {
	text      string
	finish    string // "stop", "length" or "content_filter"
	prompt    int    // tokens
	reasoning int    // tokens, part of the completion
}

// An exchange is a question on its way to a written answer.
type exchange struct {
	name       string // of the deployment, as it was asked for
	id         string // what is unique in the ids of its parts
	at         time.Time
	deployment Deployment
	params     params
	question   question
	answer     answer
	headers    map[string]string
}

// Magic words in any message make the answer end before its time. See
// [filterPrompt] for those that leave none at all.
const (
	wordLength           = "emulate:length"            // finish_reason length after half of the text
	wordFilterCompletion = "emulate:filter-completion" // finish_reason content_filter, likewise
)

// answer answers in the words of the rule that matches, if one does, else in the
// same words whenever it is asked.
func (e *Emulator) answer(d Deployment, q question, rule *canned) answer {
	a := answer{finish: "stop", prompt: q.estimate(d)}
	if q.passages != nil {
		return a
	}
	a.text = words(d, q, rule)
	if d.reasons() {
		a.reasoning = thought(q.effort)
	}
	switch {
	case q.says(wordFilterCompletion):
		a.text, a.finish = half(a.text), "content_filter"
	case q.says(wordLength):
		a.text, a.finish = half(a.text), "length"
	}
	return a.capped(q.limit)
}

// words are the whole answer: the rule's, else what the format asks for, else an
// echo.
func words(d Deployment, q question, rule *canned) string {
	last := q.lastUser()
	if rule != nil {
		return rule.next()
	}
	switch q.format.Type {
	case "json_schema":
		return compact(instance(q.format.Schema))
	case "json_object":
		return compact(object{"emulator": true, "echo": beginning(last)})
	}
	return echo(d, q)
}

// echo says who answers and what arrived, so that nobody takes it for a model.
func echo(d Deployment, q question) string {
	chars := 0
	for _, m := range q.messages {
		chars += utf8.RuneCountInString(m.text)
	}
	return fmt.Sprintf("This answer comes from the emulator, not from a model. The deployment %s got %s with %s in all."+
		" The last user message begins: %q", d.Name, count(len(q.messages), "message"), count(chars, "character"), beginning(q.lastUser()))
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// beginning is at most the first 200 characters of s.
func beginning(s string) string { return firstRunes(s, 200) }

func half(s string) string { return firstRunes(s, utf8.RuneCountInString(s)/2) }

func firstRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// says reports whether a message of any role contains word.
func (q question) says(word string) bool {
	for _, m := range q.messages {
		if strings.Contains(m.text, word) {
			return true
		}
	}
	return false
}

// lastUser is the text of the last message of the role user, or "".
func (q question) lastUser() string {
	for i := len(q.messages) - 1; i >= 0; i-- {
		if q.messages[i].role == "user" {
			return q.messages[i].text
		}
	}
	return ""
}

// runesPerToken is the usual estimate for English text.
const runesPerToken = 4

// tokens estimates what s costs.
func tokens(s string) int { return (utf8.RuneCountInString(s) + runesPerToken - 1) / runesPerToken }

// estimate is what the prompt costs: 4 tokens a message beside its text and 3
// for the whole, 2 on a reasoning model, as measured on recorded usage.
func (q question) estimate(d Deployment) int {
	if q.passages != nil {
		return q.passageTokens()
	}
	n := 3
	if d.reasons() {
		n = 2
	}
	for _, m := range q.messages {
		n += 4 + tokens(m.text)
	}
	return n
}

// cost is what a quota takes for the question: its prompt and the most that its
// answer may be, which a client may set to anything.
func (q question) cost(d Deployment) int { return q.estimate(d) + min(q.limit, math.MaxInt32) }

// efforts are the reasoning tokens that each effort takes here.
var efforts = map[string]int{"none": 0, "minimal": 0, "low": 64, "medium": 192, "high": 512, "xhigh": 1024, "max": 2048}

func thought(effort string) int {
	if effort == "" {
		effort = "medium"
	}
	return efforts[effort]
}

// capped cuts the answer at limit tokens. Reasoning counts first, so that a
// small limit leaves no text at all.
func (a answer) capped(limit int) answer {
	if limit == 0 || a.completion() <= limit {
		return a
	}
	a.reasoning = min(a.reasoning, limit)
	a.text, a.finish = firstRunes(a.text, (limit-a.reasoning)*runesPerToken), "length"
	return a
}

// completion is what the answer costs.
func (a answer) completion() int { return a.reasoning + tokens(a.text) }

// tooLong refuses a prompt that the model's context does not hold, each kind of
// model in its own words.
func tooLong(q question, d Deployment) *denial {
	if d.Context == 0 || q.passages != nil {
		return nil
	}
	n := q.estimate(d)
	if n <= d.Context {
		return nil
	}
	text := "This model's maximum context length is %d tokens. However, your messages resulted in %d tokens. Please reduce the length of the messages."
	if d.reasons() {
		text = "Input tokens exceed the configured limit of %d tokens. Your messages resulted in %d tokens. Please reduce the length of the messages."
	}
	return &denial{http.StatusBadRequest, modelError(fmt.Sprintf(text, d.Context, n),
		"invalid_request_error", "messages", "context_length_exceeded"), nil}
}
