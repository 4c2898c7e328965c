package scan

// rustTongue is what programs in Rust use.
var rustTongue = &tongue{
	makers: map[string]maker{
		"OpenAIConfig::new":        {implicit: true, needs: "async_openai"},
		"OpenAIConfig::default":    {implicit: true, needs: "async_openai"},
		"AzureConfig::new":         {},
		"AzureConfig":              {},
		"OpenAIConfig":             {},
		"OpenAIClient::new":        {position: 1},
		"OpenAIClient":             {},
		"OpenAI::new":              {position: 1},
		"Client::new":              {implicit: true, position: 1, needs: "async_openai", not: "reqwest::client"},
		"Auth::new":                {position: 1, needs: "openai"},
		"Credentials::new":         {position: 1, needs: "openai"},
		"set_key":                  {position: 1, needs: "openai", wraps: false},
		"AzureKeyCredential::new":  {position: 1, sure: true, needs: "openai"},
		"OpenAIKeyCredential::new": {position: 1, sure: true},
		"Client::from_env":         {},
	},
	wrappers:    set(),
	setters:     set("with_api_key", "api_key", "with_key"),
	readers:     set("var", "var_os", "set_var", "env", "option_env", "get_string", "env_var", "get_env", "get", "secret"),
	environment: set("env", "secrets"),
	definitions: set("struct", "impl", "enum", "trait", "for", "fn", "type", "mod"),
	implicit:    set("from_env"),
	braces:      true,
}
