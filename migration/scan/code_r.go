package scan

import "slices"

var rDialect = &dialect{
	clients: map[string]client{
		"chat_azure_openai": {keys: []string{"api_key"}, tokens: []string{"token", "credentials", "credential"}, implicit: true},
		"chat_azure":        {keys: []string{"api_key"}, tokens: []string{"token", "credentials"}, azure: true, implicit: true},
		"chat_openai":       {keys: []string{"api_key"}, tokens: []string{"credentials"}, implicit: true},
		"embed_openai":      {keys: []string{"api_key"}, implicit: true}, "embed_azure_openai": {keys: []string{"api_key"}, tokens: []string{"credentials"}, implicit: true},
		"create_chat_completion": rOpenai, "create_completion": rOpenai, "create_embedding": rOpenai, "create_image": rOpenai,
		"openai": {keys: []string{".api_key", "api_key"}}, "azure_openai": {keys: []string{"api_key"}},
		"rgpt_authenticate": {position: 1}, "auth_openai": {position: 1},
		"openai_completion": {keys: []string{"api_key"}}, "OpenAI": {keys: []string{"api_key"}},
	},
	bearers: []string{"req_auth_bearer_token"},
	readers: []string{"Sys.getenv", "key_get", "config::get", "secret_read", "askpass", "readline"},
	more:    []func(*source){rEnvironment},
}

var rOpenai = client{keys: []string{"openai_api_key", "api_key"}}

// rEnvironment finds a key that a keyring is asked for, and Sys.setenv(OPENAI_API_KEY = key) and options of that name.
func rEnvironment(t *source) {
	for _, c := range t.callsOf(func(name string) bool { return lastName(name) == "key_get" }) {
		if len(c.args) > 0 && slices.ContainsFunc(nameWords(t.short(c.args[0])), func(w string) bool { return openaiNames[w] }) && !t.settled(c.start) {
			t.add("KL302", c.start, c.close, "key_get(…)")
		}
	}
	for _, c := range t.callsOf(func(name string) bool { return name == "Sys.setenv" || name == "options" || name == "local_envvar" }) {
		for _, a := range c.args {
			if KeyName(a.name) && t.key(a) && t.short(a) != a.name {
				t.add("KL302", a.nameStart, a.end, a.name)
			}
		}
	}
}
