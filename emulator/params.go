package emulator

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// nameSet is the set of the names in a list with spaces between them.
func nameSet(names string) map[string]bool {
	s := map[string]bool{}
	for n := range strings.FieldsSeq(names) {
		s[n] = true
	}
	return s
}

// The parameters that each operation knows, whether the emulator does anything
// with them or not.
var (
	chatParams = nameSet(`audio data_sources frequency_penalty function_call functions logit_bias logprobs max_completion_tokens
		max_tokens messages metadata modalities model n parallel_tool_calls prediction presence_penalty prompt_cache_key
		prompt_cache_retention reasoning_effort response_format safety_identifier seed service_tier stop store stream
		stream_options temperature tool_choice tools top_logprobs top_p user user_security_context verbosity`)
	completionsParams = nameSet(`best_of echo frequency_penalty logit_bias logprobs max_tokens model n presence_penalty prompt
		seed stop stream stream_options suffix temperature top_p user`)
	responsesParams = nameSet(`background conversation include input instructions max_output_tokens max_tool_calls metadata model
		moderation parallel_tool_calls previous_response_id prompt prompt_cache_key prompt_cache_retention reasoning
		safety_identifier service_tier store stream stream_options temperature text tool_choice tools top_logprobs top_p
		truncation user`)
)

// What reasoning models do not take beside max_tokens and temperature, which
// have rules of their own.
var (
	noChatReasoning      = []string{"top_p", "presence_penalty", "frequency_penalty", "logprobs", "top_logprobs", "logit_bias"}
	noResponsesReasoning = []string{"temperature", "top_p", "top_logprobs"}
)

func checkChat(p params, q question, d Deployment) *denial {
	return cmp.Or(
		p.unrecognized(chatParams),
		p.single(),
		p.atLeast("max_tokens", 1),
		p.atLeast("max_completion_tokens", 1),
		p.chatRules(d),
		checkEffort("reasoning_effort", q.effort, d),
		q.format.check("response_format", "response_format", "response_format.json_schema"),
		q.needsJSON("'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.", "messages"),
	)
}

func checkCompletions(p params, _ question, _ Deployment) *denial {
	return cmp.Or(
		p.unrecognized(completionsParams),
		p.single(),
		p.atLeast("max_tokens", 1),
	)
}

func checkResponses(p params, q question, d Deployment) *denial {
	return cmp.Or(
		p.unknown(responsesParams),
		p.stored(),
		p.atLeast("max_output_tokens", 16),
		p.responsesRules(q, d),
		checkEffort("reasoning.effort", q.effort, d),
		q.format.check("text.format", "text.format.schema", "text.format"),
		q.needsJSON("Response input messages must contain the word 'json' in some form to use 'text.format' of type 'json_object'.", "input"),
	)
}

// chatRules are the parameters that one kind of chat model has and the other
// does not.
func (p params) chatRules(d Deployment) *denial {
	if !d.reasons() {
		if p.has("reasoning_effort") {
			return unsupported("reasoning_effort", "unsupported_parameter", "")
		}
		return nil
	}
	if p.has("max_tokens") {
		return unsupported("max_tokens", "unsupported_parameter", " Use 'max_completion_tokens' instead.")
	}
	if t := string(p.fields["temperature"]); t != "" && p.number("temperature") != 1 {
		return modelRefusal("Unsupported value: 'temperature' does not support "+t+
			" with this model. Only the default (1) value is supported.", "temperature", "unsupported_value")
	}
	for _, name := range noChatReasoning {
		if p.has(name) {
			return unsupported(name, "unsupported_parameter", "")
		}
	}
	return nil
}

// responsesRules are the same for Responses, whose errors have no code.
func (p params) responsesRules(q question, d Deployment) *denial {
	if !d.reasons() {
		if q.effort != "" {
			return unsupported("reasoning.effort", "", "")
		}
		return nil
	}
	for _, name := range noResponsesReasoning {
		if p.has(name) {
			return unsupported(name, "", "")
		}
	}
	return nil
}

func unsupported(param, code, advice string) *denial {
	return modelRefusal("Unsupported parameter: '"+param+"' is not supported with this model."+advice, param, code)
}

func checkEffort(param, effort string, d Deployment) *denial {
	known := d.efforts()
	if effort == "" || slices.Contains(known, effort) {
		return nil
	}
	return modelRefusal(fmt.Sprintf("Unsupported value: '%s' does not support '%s' with this model. Supported values are: '%s'.",
		param, effort, strings.Join(known, "', '")), param, "unsupported_value")
}

// unrecognized refuses a parameter that the operation does not have.
func (p params) unrecognized(known map[string]bool) *denial {
	if name := p.stranger(known); name != "" {
		return modelRefusal("Unrecognized request argument supplied: "+name, "", "")
	}
	return nil
}

// unknown does so in the words of Responses.
func (p params) unknown(known map[string]bool) *denial {
	if name := p.stranger(known); name != "" {
		return modelRefusal("Unknown parameter: '"+name+"'.", name, "unknown_parameter")
	}
	return nil
}

func (p params) stranger(known map[string]bool) string {
	for _, name := range slices.Sorted(maps.Keys(p.fields)) {
		if !known[name] {
			return name
		}
	}
	return ""
}

// single refuses to answer more than once, which the real service would.
func (p params) single() *denial {
	if p.has("n") && p.number("n") != 1 {
		return modelRefusal("The emulator gives one answer to a request: 'n' must be 1.", "n", "invalid_value")
	}
	return nil
}

// stored refuses what needs an earlier answer, since none is kept.
func (p params) stored() *denial {
	id := p.text("previous_response_id")
	if id == "" {
		return nil
	}
	return modelRefusal("Previous response with id '"+id+"' not found.", "previous_response_id", "previous_response_not_found")
}

func (p params) atLeast(name string, least int) *denial {
	if !p.has(name) || p.number(name) >= float64(least) {
		return nil
	}
	return modelRefusal(fmt.Sprintf("Invalid '%s': integer below minimum value. Expected a value >= %d, but got %s instead.",
		name, least, p.fields[name]), name, "integer_below_min_value")
}

// needsJSON refuses the JSON mode for a question that does not speak of it.
func (q question) needsJSON(message, param string) *denial {
	if q.format.Type != "json_object" {
		return nil
	}
	for _, m := range q.messages {
		if strings.Contains(strings.ToLower(m.text), "json") {
			return nil
		}
	}
	return modelRefusal(message, param, "")
}

// gate refuses, on a classic path, what its api-version is too old for.
func gate(q question, version string) *denial {
	if q.format.Type == "json_schema" && version != "" && version < "2024-08-01" {
		return badRequest("response_format value as json_schema is enabled only for api versions 2024-08-01-preview and later")
	}
	return nil
}
