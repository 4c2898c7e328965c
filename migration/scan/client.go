package scan

import (
	"slices"
	"strings"
)

// client looks at one client that is made.
func (t *source) client(c call, made client) {
	if t.elsewhere(c) {
		t.settle(c)
		return
	}
	given, unnamed := false, 0
	for _, a := range c.args {
		if a.name == "" {
			unnamed++
		}
		v := t.short(a)
		switch {
		case strings.HasPrefix(v, "**"), strings.HasPrefix(v, "..."):
			given = true // configured finds a key in the object
		case a.name == "client_args" && strings.HasPrefix(v, "{"): // Strands' agents
			for _, inner := range t.arguments(a.start+1, max(a.end-1, a.start+1)) {
				if keyArg(inner.name, made) {
					t.given(c, inner)
				}
			}
		case slices.Contains(made.tokens, a.name) && a.name != "":
			given = given || !t.empty(v)
		case keyArg(a.name, made), a.name == "" && unnamed == made.position:
			given = true
			t.given(c, a)
		default:
			given = given || t.credential(v)
		}
	}
	if made.implicit && !given && !t.evidence().entra && !t.sentElsewhere() {
		t.add("KL304", c.start, c.open, c.name+"(…)")
	}
}

// short is the text of an argument's value, as far as it is looked at.
func (t *source) short(a arg) string {
	return string(t.data[a.start:min(a.end, a.start+longestValue)])
}

// given reports the key that a client is given, if it is one.
func (t *source) given(c call, a arg) {
	t.done = append(t.done, span{a.nameStart, a.end})
	if !t.key(a) {
		return
	}
	start := a.nameStart
	if a.name == "" {
		start = a.start
	}
	t.add("KL301", start, a.end, c.name+"("+a.name+"…)")
	t.trace(a.start, a.end)
}

// keyArg reports whether an argument's name is that of a key. What a library
// calls a key beside its table's names is called so everywhere.
func keyArg(name string, made client) bool {
	if name == "" || strings.ToUpper(name) == name { // a variable of the environment
		return false
	}
	return slices.Contains(made.keys, name) || keyArgs[strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(name))]
}

var keyArgs = set("apikey", "openaiapikey", "openaikey", "azureopenaiapikey", "azureopenaikey", "azureapikey", "subscriptionkey", "openaiapikeys", "azureapikeycredential", "apikeycredential", "authkey")

// credential reports whether an expression is what signs a client in: a
// credential or a provider of tokens, or a credential that wraps a key.
func (t *source) credential(v string) bool {
	low := strings.ToLower(v)
	return strings.Contains(low, "credential") || strings.Contains(low, "token_provider") || strings.Contains(low, "tokenprovider") || strings.Contains(low, "http_client")
}

// sentElsewhere reports whether the file points the library itself, by the
// environment, at another service.
func (t *source) sentElsewhere() bool {
	for _, a := range t.assignedTo("OPENAI_BASE_URL", "OPENAI_API_BASE", "base_url", "api_base") {
		if v := strings.ToLower(string(t.data[a.from:a.to])); anotherHost(v) {
			return true
		}
	}
	return false
}

// key reports whether an argument's value is a key: not nothing, not a token,
// not what a test makes up, not another service's.
func (t *source) key(a arg) bool { return t.keyValue(a.start, a.end) }

// keyValue is key for the expression data[start:end].
func (t *source) keyValue(start, end int) bool {
	for range 4 {
		v := string(t.data[start:min(end, start+longestValue)])
		if t.token(v) || t.empty(v) || foreign(v) || calledIn(v, "compile") {
			return false
		}
		next, ok := t.resolve(v, start)
		if !ok {
			return true
		}
		start, end = next.start, next.end
	}
	return true
}

// token reports whether an expression is visibly an Entra token, or what gets
// one. A variable that is only called token is one where the file gets tokens.
func (t *source) token(v string) bool {
	low := strings.ToLower(v)
	if strings.Contains(low, "keycredential") {
		return false
	}
	named := strings.Contains(low, "openai") && strings.ContainsAny(low, "\"'`")
	for _, word := range [...]string{"get_token", "gettoken", "ad_token", "adtoken", "bearer", "token_provider", "tokenprovider", ".token", "entra", "aad", "acquire_token", "id_token"} {
		if strings.Contains(low, word) && !(named && (word == ".token" || word == "bearer")) {
			return true
		}
	}
	if named || strings.Contains(low, "key") {
		return false
	}
	return credentialName.MatchString(low) || strings.Contains(low, "token") && t.evidence().entra
}

// credentialName matches a variable called credential, outside strings: a
// variable of the environment that is called so holds what it likes.
var credentialName = pattern(`^[^"'` + "`" + `]*credential([^s]|$)`)

// empty reports whether an expression is no value, or one that a test makes up.
func (t *source) empty(v string) bool {
	v = strings.TrimSpace(v)
	switch strings.ToLower(v) {
	case "", "none", "null", "nil", "undefined", `""`, "''", "string.empty", "nullptr", "na", "na_character_", "...":
		return true
	}
	s, ok := literal(strings.TrimLeft(v, "frbu"))
	return ok && (s == "" || dummy(s) && !spared(s))
}

// spared reports whether a string keeps the place of a key for people to fill
// in, however little it says: ..., sk-xxxx.
func spared(s string) bool {
	return strings.Contains(s, "...") || strings.Contains(s, "***") || strings.HasPrefix(s, "sk-xx") || strings.HasPrefix(s, "sk-proj-xx")
}

// literal is the content of an expression that is one string.
func literal(v string) (string, bool) {
	v = strings.TrimSpace(v)
	if len(v) < 2 || v[0] != v[len(v)-1] || strings.IndexByte("\"'`", v[0]) < 0 || strings.IndexByte(v[1:len(v)-1], v[0]) >= 0 {
		return "", false
	}
	return v[1 : len(v)-1], true
}

// foreign reports whether an expression names another service's key, and not
// OpenAI's beside it.
func foreign(v string) bool {
	if len(v) > 400 {
		v = v[:400]
	}
	words := nameWords(v)
	return slices.ContainsFunc(words, func(w string) bool { return otherProviders[w] }) && !slices.ContainsFunc(words, func(w string) bool { return openaiNames[w] })
}

// otherProviders speak OpenAI's protocol, or have keys in variables beside it.
var otherProviders = set("github", "gh", "groq", "deepseek", "openrouter", "ollama", "anthropic", "claude", "gemini", "google", "mistral", "together", "togetherai", "cohere", "huggingface", "hf", "nvidia", "nim", "moonshot", "kimi", "qwen", "dashscope", "zhipu", "zhipuai", "glm", "siliconflow", "perplexity", "pplx", "xai", "grok", "fireworks", "vllm", "lmstudio", "cerebras", "sambanova", "volcengine", "ark", "doubao", "minimax", "baichuan", "novita", "deepinfra", "hyperbolic", "nebius", "replicate", "anyscale", "databricks", "search", "speech", "translator", "cosmos", "storage", "llamacpp", "poe", "venice", "upstage", "yandex", "gigachat", "stepfun", "modelscope", "helicone", "portkey")

// elsewhere reports whether a client is pointed at another service.
func (t *source) elsewhere(c call) bool {
	for _, a := range c.args {
		if !addressArgs[strings.ToLower(strings.ReplaceAll(a.name, "_", ""))] {
			continue
		}
		start, end := a.start, a.end
		for range 3 {
			v := strings.ToLower(string(t.data[start:min(end, start+longestValue)]))
			if foreign(v) || anotherHost(v) {
				return true
			}
			next, ok := t.resolve(string(t.data[start:end]), start)
			if !ok {
				break
			}
			start, end = next.start, next.end
		}
	}
	return false
}

var addressArgs = set("baseurl", "apibase", "openaiapibase", "basepath", "endpoint", "uribase", "basedomain", "apiurl", "serverurl", "host")

// anotherHost reports whether an expression in lower case has an address that is
// not one of OpenAI or Azure.
func anotherHost(v string) bool {
	if strings.Contains(v, "models.inference.ai.azure.com") || strings.Contains(v, "models.github.ai") || strings.Contains(v, "localhost") || strings.Contains(v, "127.0.0.1") || strings.Contains(v, "0.0.0.0") {
		return true
	}
	_, after, ok := strings.Cut(v, "://")
	if !ok {
		return false
	}
	host := after
	if j := strings.IndexAny(host, "\"'`"); j >= 0 {
		host = host[:j]
	}
	return host != "" && !strings.Contains(host, "openai") && !strings.Contains(host, "azure") && !strings.Contains(host, "microsoft") && !strings.ContainsAny(host[:min(len(host), 12)], "{$<%+")
}
