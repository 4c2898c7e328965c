package scan

import (
	"slices"
	"strings"
)

// KeyName reports whether a name, of a secret or a variable, is that of a key
// of Azure OpenAI or OpenAI: AZURE_OPENAI_API_KEY, openAiKey, aoai-key-2. A
// name for something about a key, such as OPENAI_KEY_VAULT, is none.
func KeyName(name string) bool {
	if len(name) < 5 || len(name) > 100 || !saysKey(name) {
		return false
	}
	return keyWords(nameWords(name)) || keyWords(nameWords(pathEnd(name)))
}

// saysKey reports whether a name has what all of keyNouns have. It costs nothing
// beside taking the name apart.
func saysKey[T string | []byte](name T) bool {
	for i := 2; i < len(name); i++ {
		a, b, c := lower(name[i-2]), lower(name[i-1]), lower(name[i])
		if a == 'k' && b == 'e' && (c == 'y' || c == 'n') { // key, token
			return true
		}
	}
	return false
}

// pathEnd are the last two parts of a path of settings that has more. Of those
// before them the name of a key needs no word: Bot__CosmosDb__OpenAI__Key.
func pathEnd(name string) string {
	parts := strings.Split(strings.ReplaceAll(name, "__", ":"), ":")
	if len(parts) < 3 {
		return ""
	}
	return parts[len(parts)-2] + ":" + parts[len(parts)-1]
}

// keyWords reports whether the words of a name are those of a key.
func keyWords(words []string) bool {
	service := slices.IndexFunc(words, func(w string) bool { return services[w] })
	if service < 0 {
		return false
	}
	for i, w := range words {
		if keyNouns[w] && i > service-3 && !slices.ContainsFunc(words, func(w string) bool { return aboutKeys[w] }) && !keyOwner(words[i+1:]) {
			return true
		}
	}
	return false
}

// keyOwner reports whether what follows the word key makes it the key of
// something else, or another thing: key vault, key file's name.
func keyOwner(rest []string) bool {
	return len(rest) > 0 && notKeys[rest[0]]
}

var (
	// services are the words by which names tell that they are about Azure OpenAI
	// or OpenAI, after the joins of nameWords.
	services = set("openai", "aoai", "azureopenai", "azureai", "azureoai", "oai", "aiservices", "foundry", "cognitive", "cognitiveservices", "gpt", "chatgpt", "gpt4", "gpt4o", "gpt35", "gpt5", "dalle", "whisper")
	keyNouns = set("key", "keys", "apikey", "apikeys", "accesskey", "subscriptionkey", "key1", "key2", "keycredential", "apitoken", "secretkey")
	// aboutKeys make a name one of something about keys, wherever they stand.
	aboutKeys = set("keyvault", "vault", "search", "speech", "translator", "storage", "cosmos", "form", "document", "vision", "ssh", "private", "signing", "encryption", "license", "webhook", "public", "primary-key", "foreign", "github", "anthropic", "groq", "gemini", "mistral", "cohere", "huggingface", "deepseek", "openrouter", "ollama")
	notKeys   = set("vault", "word", "words", "board", "pair", "file", "path", "phrase", "value", "error", "name", "id", "type", "length", "url", "uri", "missing", "invalid", "required", "hint", "label", "title", "placeholder", "description", "help", "tooltip", "text", "message", "button", "page", "section", "link", "rotation", "format", "regex", "pattern")
)

func set(words ...string) map[string]bool {
	m := make(map[string]bool, len(words))
	for _, w := range words {
		m[w] = true
	}
	return m
}

// joins are words that names write apart or together.
var joins = []struct{ a, b, joined string }{
	{"open", "ai", "openai"},
	{"azure", "ai", "azureai"},
	{"azure", "oai", "azureoai"},
	{"api", "key", "apikey"},
	{"api", "keys", "apikeys"},
	{"api", "token", "apitoken"},
	{"key", "vault", "keyvault"},
	{"ai", "services", "aiservices"},
	{"ai", "service", "aiservices"},
	{"access", "key", "accesskey"},
	{"chat", "gpt", "chatgpt"},
}

// nameWords takes a name apart at case changes, digits' ends and separators, in
// lower case, and joins what belongs together.
func nameWords(name string) []string {
	var words []string
	start := 0
	flush := func(end int) {
		if end > start {
			words = append(words, strings.ToLower(name[start:end]))
		}
	}
	for i := 0; i < len(name); i++ {
		c := name[i]
		switch {
		case !letter(c) && !digit(c):
			flush(i)
			start = i + 1
		case i > start && upper(c) && (!upper(name[i-1]) || i+1 < len(name) && lowercase(name[i+1]) && !upperWord(name[start:i+1])):
			flush(i)
			start = i
		}
	}
	flush(len(name))
	return joined(words)
}

// upperWord keeps OpenAI, AOAI and the like whole where a capital follows.
func upperWord(s string) bool { return s == "A" || s == "O" }

func joined(words []string) []string {
	for i := 0; i+1 < len(words); i++ {
		for _, j := range joins {
			if words[i] == j.a && words[i+1] == j.b {
				words[i] = j.joined
				words = slices.Delete(words, i+1, i+2)
				break
			}
		}
	}
	var all []string
	for _, w := range words { // azureopenai, openaikey: written as one word
		all = append(all, unglued(w)...)
	}
	return all
}

// unglued takes words apart that a name in lower case writes as one.
func unglued(word string) []string {
	for _, service := range [...]string{"azureopenai", "openai", "aoai"} {
		if i := strings.Index(word, service); i >= 0 && word != service {
			var parts []string
			for _, p := range []string{word[:i], service, strings.TrimLeft(word[i+len(service):], "0123456789")} {
				if p != "" {
					parts = append(parts, p)
				}
			}
			return parts
		}
	}
	return []string{word}
}

func letter(c byte) bool    { return upper(c) || lowercase(c) }
func upper(c byte) bool     { return 'A' <= c && c <= 'Z' }
func lowercase(c byte) bool { return 'a' <= c && c <= 'z' }
func digit(c byte) bool     { return '0' <= c && c <= '9' }

// nameByte reports whether c may be a part of a name, of a variable or a path of
// settings: AZURE_OPENAI_KEY, azure.openai.api-key, AzureOpenAI:ApiKey,
// AzureOpenAI__ApiKey.
func nameByte(c byte) bool { return letter(c) || digit(c) || c == '_' }

// A name is a name in a text, from start to end.
type name struct {
	start, end int
	text       string
}

// keyName is KeyName for a name in this text, which may say whose keys are called
// so in general: AZURE_API_KEY is what LiteLLM and Vercel's AI SDK read, and
// OPEN_API_KEY a slip that many make.
func (t *text) keyName(name string) bool {
	if of, ok := looseNames[name]; ok && !t.evidence().entra {
		return of.azure && t.evidence().azure || of.openai && t.evidence().openai
	}
	return KeyName(name)
}

var looseNames = map[string]evidence{
	"AZURE_API_KEY": {azure: true}, "OPEN_API_KEY": {openai: true}, "OPENAPI_KEY": {openai: true}, "OPENAPI_API_KEY": {openai: true},
	"OPENAI_TOKEN": {openai: true}, "OPEN_AI_TOKEN": {openai: true}, "OPENAI_ACCESS_TOKEN": {openai: true}, "OPENAI_SECRET": {openai: true},
}

// keyNames are the names in data[start:end] that are those of keys, comments
// left out.
func (t *text) keyNames(start, end int) (all []name) {
	for i := start; i < end; {
		if !nameByte(t.data[i]) {
			i++
			continue
		}
		from := i
		for i < end && (nameByte(t.data[i]) || joint(t.data, i, end)) {
			i++
		}
		if !saysKey(t.data[from:i]) || t.commented(from) {
			continue
		}
		if text := string(t.data[from:i]); t.keyName(text) {
			all = append(all, name{from, i, text})
		}
	}
	return all
}

// joint reports whether the byte at i joins two parts of a name: the - and : of
// settings. A dot doesn't: it joins an object and its property.
func joint(data []byte, i, end int) bool {
	return (data[i] == '-' || data[i] == ':') && i > 0 && i+1 < end && nameByte(data[i-1]) && nameByte(data[i+1])
}
