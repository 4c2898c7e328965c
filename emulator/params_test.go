package emulator

import "testing"

// Every body here is one that the service was seen to send, or is worded after
// one.
func TestParameters(t *testing.T) {
	t.Parallel()
	m := serve(t, Config{})
	const (
		chat      = "/openai/v1/chat/completions"
		responses = "/openai/v1/responses"
		complete  = "/openai/v1/completions"
		schema    = `,"response_format":{"type":"json_schema","json_schema":{"name":"X","strict":true,"schema":`
	)
	ask := map[string]string{chat: `"messages":[{"role":"user","content":"hi"}]`, responses: `"input":"hi"`, complete: `"prompt":"hi"`}
	for _, c := range []struct{ path, deployment, extra, want string }{
		{chat, "gpt-5-mini", `,"max_tokens":5`, `"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.","type":"invalid_request_error","param":"max_tokens","code":"unsupported_parameter"`},
		{chat, "gpt-5-mini", `,"temperature":0`, `"Unsupported value: 'temperature' does not support 0 with this model. Only the default (1) value is supported.","type":"invalid_request_error","param":"temperature","code":"unsupported_value"`},
		{chat, "gpt-5-mini", `,"temperature":1`, ``},
		{chat, "gpt-5-mini", `,"temperature":1.0,"top_p":null`, ``},
		{chat, "gpt-5-mini", `,"top_p":0.5`, `"Unsupported parameter: 'top_p' is not supported with this model.","type":"invalid_request_error","param":"top_p","code":"unsupported_parameter"`},
		{chat, "gpt-5-mini", `,"logit_bias":{}`, `"Unsupported parameter: 'logit_bias' is not supported with this model.","type":"invalid_request_error","param":"logit_bias","code":"unsupported_parameter"`},
		{chat, "gpt-5-mini", `,"reasoning_effort":"xhigh"`, `"Unsupported value: 'reasoning_effort' does not support 'xhigh' with this model. Supported values are: 'minimal', 'low', 'medium', 'high'.","type":"invalid_request_error","param":"reasoning_effort","code":"unsupported_value"`},
		{chat, "gpt-4o-mini", `,"temperature":0,"top_p":0.5,"max_tokens":5,"presence_penalty":1`, ``},
		{chat, "gpt-4o-mini", `,"reasoning_effort":"low"`, `"Unsupported parameter: 'reasoning_effort' is not supported with this model.","type":"invalid_request_error","param":"reasoning_effort","code":"unsupported_parameter"`},
		{chat, "gpt-4o-mini", `,"max_tokens":0`, `"Invalid 'max_tokens': integer below minimum value. Expected a value >= 1, but got 0 instead.","type":"invalid_request_error","param":"max_tokens","code":"integer_below_min_value"`},
		{chat, "gpt-4o-mini", `,"maxTokens":5`, `"Unrecognized request argument supplied: maxTokens","type":"invalid_request_error","param":null,"code":null`},
		{chat, "gpt-4o-mini", `,"n":2`, `"The emulator gives one answer to a request: 'n' must be 1.","type":"invalid_request_error","param":"n","code":"invalid_value"`},
		{chat, "gpt-4o-mini", `,"max_tokens":"5"`, `"Invalid type for 'max_tokens': got string instead.","type":"invalid_request_error","param":"max_tokens","code":"invalid_type"`},
		{chat, "gpt-4o-mini", `,"response_format":{"type":"json_object"}`, `"'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.","type":"invalid_request_error","param":"messages","code":null`},
		{chat, "gpt-4o-mini", `,"response_format":{"type":"xml"}`, `"Invalid value: 'xml'. Supported values are: 'json_object', 'json_schema', and 'text'.","type":"invalid_request_error","param":"response_format.type","code":"invalid_value"`},
		{chat, "gpt-4o-mini", `,"response_format":{"type":"json_schema"}`, `"Missing required parameter: 'response_format.json_schema.name'.","type":"invalid_request_error","param":"response_format.json_schema.name","code":"missing_required_parameter"`},
		{chat, "gpt-4o-mini", schema + `{"type":"object","properties":{}}}}`, `"Invalid schema for response_format 'X': In context=(), 'additionalProperties' is required to be supplied and to be false.","type":"invalid_request_error","param":"response_format","code":"invalid_json_schema"`},
		{chat, "gpt-4o-mini", schema + `{"type":"object","additionalProperties":false,"required":["a"],"properties":{"a":{"type":["object","null"]}}}}}`, `"Invalid schema for response_format 'X': In context=('properties', 'a'), 'additionalProperties' is required to be supplied and to be false.","type":"invalid_request_error","param":"response_format","code":"invalid_json_schema"`},
		{chat, "gpt-4o-mini", schema + `{"type":"object","additionalProperties":false,"properties":{"a":{"type":"string"}}}}}`, `"Invalid schema for response_format 'X': In context=(), 'required' is required to be supplied and to be an array including every key in properties. Missing 'a'.","type":"invalid_request_error","param":"response_format","code":"invalid_json_schema"`},
		{responses, "gpt-5-mini", `,"temperature":1`, `"Unsupported parameter: 'temperature' is not supported with this model.","type":"invalid_request_error","param":"temperature","code":null`},
		{responses, "gpt-5-codex", `,"top_p":0.5`, `"Unsupported parameter: 'top_p' is not supported with this model.","type":"invalid_request_error","param":"top_p","code":null`},
		{responses, "gpt-5-codex", `,"reasoning":{"effort":"minimal"}`, `"Unsupported value: 'reasoning.effort' does not support 'minimal' with this model. Supported values are: 'low', 'medium', 'high'.","type":"invalid_request_error","param":"reasoning.effort","code":"unsupported_value"`},
		{responses, "gpt-4o-mini", `,"temperature":0,"top_p":0.5`, ``},
		{responses, "gpt-4o-mini", `,"reasoning":{"effort":"low"}`, `"Unsupported parameter: 'reasoning.effort' is not supported with this model.","type":"invalid_request_error","param":"reasoning.effort","code":null`},
		{responses, "gpt-4o-mini", `,"max_tokens":5`, `"Unknown parameter: 'max_tokens'.","type":"invalid_request_error","param":"max_tokens","code":"unknown_parameter"`},
		{responses, "gpt-4o-mini", `,"max_output_tokens":15`, `"Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got 15 instead.","type":"invalid_request_error","param":"max_output_tokens","code":"integer_below_min_value"`},
		{responses, "gpt-4o-mini", `,"previous_response_id":"resp_1"`, `"Previous response with id 'resp_1' not found.","type":"invalid_request_error","param":"previous_response_id","code":"previous_response_not_found"`},
		{responses, "gpt-4o-mini", `,"text":{"format":{"type":"json_object"}}`, `"Response input messages must contain the word 'json' in some form to use 'text.format' of type 'json_object'.","type":"invalid_request_error","param":"input","code":null`},
		{responses, "gpt-4o-mini", `,"text":{"format":{"type":"json_schema","name":"X","strict":true,"schema":{"type":"object"}}}`, `"Invalid schema for response_format 'X': In context=(), 'additionalProperties' is required to be supplied and to be false.","type":"invalid_request_error","param":"text.format.schema","code":"invalid_json_schema"`},
		{responses, "gpt-4o-mini", `,"text":{"format":7}`, `"Invalid type for 'text.format'.","type":"invalid_request_error","param":"text.format","code":"invalid_type"`},
		{complete, "gpt-35-turbo-instruct", `,"messages":[]`, `"Unrecognized request argument supplied: messages","type":"invalid_request_error","param":null,"code":null`},
	} {
		r := m.post(t, c.path, `{"model":"`+c.deployment+`",`+ask[c.path]+c.extra+`}`)
		switch want := `{"error":{"message":` + c.want + `}}`; {
		case c.want == "" && r.status == 200:
		case r.status != 400 || r.body != want:
			t.Errorf("%s on %s with %s:\n%d %s\nwant\n%s", c.path, c.deployment, c.extra, r.status, r.body, want)
		}
	}
}

func TestSchemaGate(t *testing.T) {
	t.Parallel()
	m := serve(t, Config{})
	body := hello[:len(hello)-1] + `,"response_format":{"type":"json_schema","json_schema":{"name":"X","schema":{}}}}`
	for version, status := range map[string]int{"2024-06-01": 400, "2024-07-01-preview": 400, "2024-08-01-preview": 200, "2024-10-21": 200} {
		r := m.post(t, "/openai/deployments/gpt-4o-mini/chat/completions?api-version="+version, body)
		if r.status != status {
			t.Errorf("%s: %d %s", version, r.status, r.body)
		}
		if status == 400 && r.body != `{"error":{"code":"BadRequest","message":"response_format value as json_schema is enabled only for api versions 2024-08-01-preview and later"}}` {
			t.Errorf("%s: %s", version, r.body)
		}
	}
}
