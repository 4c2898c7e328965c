package scan

import (
	"bytes"
	"strings"
)

var (
	pythonKeys   = []string{"api_key", "openai_api_key"}
	pythonTokens = []string{"azure_ad_token", "azure_ad_token_provider", "ad_token", "ad_token_provider", "credential", "token_provider", "use_azure_ad", "bearer_token_provider", "openai_client", "async_client", "client", "azure_credential"}
	// pythonClient takes its key from the environment where it is given none.
	pythonClient = client{keys: pythonKeys, tokens: pythonTokens, implicit: true}
	// pythonKernel is Semantic Kernel's, whose first versions took what they need by
	// place.
	pythonKernel      = client{keys: pythonKeys, position: 2, tokens: pythonTokens, implicit: true}
	pythonKernelAzure = client{keys: pythonKeys, position: 3, tokens: pythonTokens, implicit: true}
	// pythonKeyed is told by its key alone.
	pythonKeyed = client{keys: pythonKeys, tokens: pythonTokens}
)

var pythonDialect = &dialect{
	clients: map[string]client{
		"AzureOpenAI": pythonClient, "OpenAI": pythonClient, "AsyncOpenAI": pythonClient, "AsyncAzureOpenAI": pythonClient,
		// LangChain, LlamaIndex
		"AzureChatOpenAI": pythonClient, "ChatOpenAI": pythonClient, "AzureOpenAIEmbeddings": pythonClient, "OpenAIEmbeddings": pythonClient,
		"OpenAIEmbedding": pythonClient, "AzureOpenAIEmbedding": pythonClient,
		"init_chat_model": {keys: pythonKeys, tokens: pythonTokens, implicit: true, modelled: true},
		"init_embeddings": {keys: pythonKeys, tokens: pythonTokens, implicit: true, modelled: true},
		// Semantic Kernel
		"AzureChatCompletion": pythonKernelAzure, "OpenAIChatCompletion": pythonKernel, "AzureTextEmbedding": pythonKernelAzure, "OpenAITextEmbedding": pythonKernel,
		"AzureTextCompletion": pythonKernelAzure, "OpenAITextCompletion": pythonKernel, "AzureTextToImage": pythonClient,
		// AutoGen, agent frameworks
		"AzureOpenAIChatCompletionClient": pythonClient, "OpenAIChatCompletionClient": pythonClient, "AzureAIChatCompletionClient": {keys: pythonKeys, tokens: pythonTokens, azure: true},
		"AzureOpenAIChatClient": pythonClient, "AzureOpenAIResponsesClient": pythonClient,
		"OpenAIModel": pythonKeyed, "OpenAIResponsesModel": pythonKeyed,
		"set_default_openai_key": {position: 1, keys: []string{"key"}},
		"OpenAIProvider":         pythonClient, "AzureProvider": {keys: pythonKeys, tokens: pythonTokens, implicit: true, azure: true},
		// Haystack, DSPy, Chroma
		"OpenAIGenerator": pythonClient, "OpenAIChatGenerator": pythonClient, "AzureOpenAIGenerator": pythonClient, "AzureOpenAIChatGenerator": pythonClient,
		"OpenAITextEmbedder": pythonClient, "OpenAIDocumentEmbedder": pythonClient, "AzureOpenAITextEmbedder": pythonClient, "AzureOpenAIDocumentEmbedder": pythonClient,
		"OpenAIEmbeddingFunction": pythonClient, "AzureOpenAIConnection": pythonKeyed, "OpenAIConnection": pythonKeyed,
		"AzureOpenAIModelConfiguration": pythonKeyed, "OpenAIModelConfiguration": pythonKeyed,
		"LM":  {keys: pythonKeys, tokens: pythonTokens, modelled: true},
		"LLM": {keys: pythonKeys, tokens: pythonTokens, modelled: true, implicit: true},
		// LiteLLM
		"completion": {keys: pythonKeys, tokens: pythonTokens, modelled: true}, "acompletion": {keys: pythonKeys, tokens: pythonTokens, modelled: true},
		"embedding": {keys: pythonKeys, tokens: pythonTokens, modelled: true}, "aembedding": {keys: pythonKeys, tokens: pythonTokens, modelled: true},
		"ChatLiteLLM": {keys: pythonKeys, tokens: pythonTokens, modelled: true},
		"LiteLlm":     {keys: pythonKeys, tokens: pythonTokens, modelled: true, implicit: true}, "LiteLLM": {keys: pythonKeys, tokens: pythonTokens, modelled: true, implicit: true},
		"LiteLLMModel": {keys: pythonKeys, tokens: pythonTokens, modelled: true}, "LiteLLMEmbedder": {keys: pythonKeys, tokens: pythonTokens, modelled: true},
		// azure-ai-inference
		"ChatCompletionsClient": {keys: []string{"api_key"}, tokens: pythonTokens, azure: true}, "EmbeddingsClient": {keys: []string{"api_key"}, tokens: pythonTokens, azure: true},
		"AzureAIChatCompletionsModel": {keys: []string{"api_key"}, azure: true}, "AzureAIEmbeddingsModel": {keys: []string{"api_key"}, azure: true},
		// the search index's own way to Azure OpenAI
		"AzureOpenAIVectorizerParameters": pythonKeyed, "AzureOpenAIParameters": pythonKeyed, "AzureOpenAIEmbeddingSkill": pythonKeyed,
	},
	credentials: []string{"AzureKeyCredential"},
	readers:     []string{"getenv", "getattr", "text_input", "input", "prompt", "get_secret", "userdata.get", "dotenv_values", "getpass", "config", "env", "env.str", "Variable.get", "get_env", "secrets.get", "from_env_var", "get_env_var", "get_secret_value", "add_argument", "get_env_variable", "require_env"},
	objects:     []string{"os.environ", "environ", "st.secrets", "secrets", "settings", "Settings", "config", "cfg", "Config", "env", "app.config"},
	properties:  []string{"openai.api_key", "openai.api_key_path", "litellm.api_key", "litellm.openai_key", "litellm.azure_key", "openai.azure_api_key"},
	more:        []func(*source){pythonSettings},
}

// pythonSettings finds the fields of pydantic's settings, which are read from
// the environment by their names, and the constants of modules that give a key's
// name a value.
// https://docs.pydantic.dev/latest/concepts/pydantic_settings/
func pythonSettings(t *source) {
	settings, prefix := false, ""
	for at := 0; at < len(t.data); {
		line := t.data[at : at+lineLength(t.data[at:])]
		indent := len(line) - len(bytes.TrimLeft(line, " \t"))
		switch {
		case t.code(at) && bytes.HasPrefix(line[indent:], []byte("class ")):
			settings = bytes.Contains(line, []byte("BaseSettings")) || bytes.Contains(line, []byte("Settings)"))
			prefix = t.settingsPrefix(at)
		case indent == 0 && len(line) > 0 && t.code(at) && bytes.IndexByte([]byte("#)@"), line[0]) < 0:
			settings = false
		}
		if n, ok := t.field(at+indent, at+len(line)); ok && (settings && indent > 0 && t.settingOf(prefix, n) || t.constant(n)) {
			t.add("KL302", n.start, n.end, n.text)
		}
		at += len(line) + 1
	}
}

// settingsPrefix is what the variables of a class of settings start with: its
// env_prefix, or its name, which tells as much.
func (t *source) settingsPrefix(at int) string {
	body := t.data[at:min(len(t.data), at+4000)]
	if i := bytes.Index(body[1:], []byte("\nclass ")); i >= 0 {
		body = body[:i+1]
	}
	if _, rest, ok := bytes.Cut(body, []byte("env_prefix")); ok {
		body = rest
	} else {
		body = bytes.TrimPrefix(bytes.TrimLeft(body, " \t"), []byte("class "))
	}
	names := bytes.FieldsFunc(body[:lineLength(body)], func(r rune) bool { return r > 127 || !nameByte(byte(r)) })
	if len(names) == 0 {
		return ""
	}
	return string(names[0])
}

// settingOf reports whether a field of settings is a key, by its name or by that
// of the variable that it is read from.
func (t *source) settingOf(prefix string, n name) bool {
	return KeyName(n.text) && t.ours(n.text) || keyParts[strings.ToLower(strings.ReplaceAll(n.text, "_", ""))] && KeyName(prefix+"_"+n.text) && t.ours(prefix)
}

// field is the name that a line starts with and gives a type or a value.
func (t *source) field(start, end int) (name, bool) {
	i := start
	for i < end && nameByte(t.data[i]) {
		i++
	}
	n := name{start, i, string(t.data[start:i])}
	rest := bytes.TrimLeft(t.data[i:end], " \t")
	return n, i > start && len(rest) > 1 && (rest[0] == ':' || rest[0] == '=') && rest[1] != '=' && t.code(start)
}

// constant reports whether a key's name in capitals is given a literal, or what
// reads a setting under a general name.
func (t *source) constant(n name) bool {
	if strings.ToUpper(n.text) != n.text || !KeyName(n.text) || !t.ours(n.text) {
		return false
	}
	for _, a := range t.assigned()[n.text] {
		if a.at != n.start {
			continue
		}
		v := string(t.data[a.from:a.to])
		s, ok := literal(v)
		return ok && s != "" && !dummy(s) && !KeyName(s) || !ok && t.readsSetting(v) && t.keyValue(a.from, a.to)
	}
	return false
}
