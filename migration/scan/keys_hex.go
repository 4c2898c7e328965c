package scan

import (
	"slices"

	"github.com/keyless-inference/action/migration/rule"
)

// hexKeys finds Azure's older keys: 32 hexadecimal digits, which many other
// things are too. So the name before them must be a key's, and the text must be
// about Azure OpenAI; or one of both is enough for a warning.
func (t *text) hexKeys(k token) {
	for from := 0; ; {
		start, end := longRun(hexBytes, k.text, from, 32)
		if start < 0 {
			return
		}
		from = end
		if end-start == 34 && t.begins(k, start+2) { // %3D
			start += 2
		}
		if end-start != 32 || !t.begins(k, start) || !ends(k.text, end) || glued(k.text, start, end) || typedHex(k.text[start:end]) {
			continue
		}
		t.hexKey(k, start, end)
	}
}

// glued reports whether - or _ joins text[start:end] to more: a file's or an
// image's name, another vendor's key.
func glued(text []byte, start, end int) bool {
	joins := func(i int) bool { return i >= 0 && i < len(text) && (text[i] == '-' || text[i] == '_') }
	return joins(start-1) || joins(end)
}

func (t *text) hexKey(k token, start, end int) {
	at := k.start
	if k.plain {
		at += start
	}
	if t.filePart(at, k.end) {
		return
	}
	label := t.label(at)
	switch named := KeyName(label); {
	case named && t.evidence().azure || keyLabel(label) && t.evidence().azure:
		t.literal("KL402", k, start, end, 0, label)
	case named, serviceLabel(label) && t.evidence().azure:
		t.literal("KL402", k, start, end, rule.Warning, label)
	}
}

// filePart reports whether what stands at [start, end) is a part of a path or of
// an address: /assets/<hash>.css, but not ?key=<key>.
func (t *text) filePart(start, end int) bool {
	before, after := byte(0), byte(0)
	if start > 0 {
		before = t.data[start-1]
	}
	if end < len(t.data) {
		after = t.data[end]
	}
	extension := after == '.' && end+1 < len(t.data) && letter(t.data[end+1])
	return before == '/' || before == '.' || before == '@' || before == '#' || after == '/' || after == '@' || extension && before != '"' && before != '\''
}

// labelled is how far before a key its name stands.
const labelled = 240

// label is the name before an offset that says what the value there is: of the
// variable, the property, the argument, the header, the function. Words such as
// value, string and default name nothing. It stands on the line, or in the same
// statement at most three lines before.
func (t *text) label(at int) string {
	lines := 0
	for i := at; i > 0 && at-i < labelled && lines <= 3; {
		c := t.data[i-1]
		if !nameByte(c) {
			if c == '\n' {
				lines++
			}
			if c == ';' || c == '}' && i < at-1 {
				return ""
			}
			i--
			continue
		}
		end := i
		for i > 0 && end-i < 100 && (nameByte(t.data[i-1]) || joint(t.data, i-1, end)) {
			i--
		}
		if name := string(t.data[i:end]); !saysNothing(name) {
			return name
		}
	}
	return ""
}

func saysNothing(name string) bool {
	return !slices.ContainsFunc(nameWords(name), func(w string) bool { return !blankWords[w] && !number(w) })
}

func number(w string) bool { return digit(w[0]) && digit(w[len(w)-1]) && len(w) < 5 }

// keyLabel reports whether a name is a key's in general: api_key, AzureKey,
// subscription-key, KeyCredential, but not cacheKey or SPEECH_KEY.
func keyLabel(name string) bool {
	words := nameWords(name)
	noun := slices.IndexFunc(words, func(w string) bool { return keyNouns[w] })
	if noun < 0 {
		return false
	}
	strange := func(w string) bool { return !besideKey[w] && !services[w] && !number(w) }
	return !slices.ContainsFunc(words[:noun], strange) && !slices.ContainsFunc(words[noun+1:], strange)
}

// serviceLabel reports whether a name is the service's, and not of something
// about it: AzureOpenAI("https://…", "<key>").
func serviceLabel(name string) bool {
	words := nameWords(name)
	strange := func(w string) bool { return !besideKey[w] && !services[w] && !number(w) }
	return slices.ContainsFunc(words, func(w string) bool { return services[w] }) && !slices.ContainsFunc(words, strange)
}

var (
	// blankWords say nothing about what a value is.
	blankWords = set("value", "values", "val", "v", "string", "str", "text", "type", "default", "defaultvalue", "securestring", "new", "const", "let", "var", "final", "static", "public", "private", "readonly", "export", "set", "setx", "env", "environ", "environment", "getenv", "process", "os", "or", "if", "else", "then", "return", "await", "bearer", "add", "put", "append", "f", "b", "u", "r", "c", "n", "t", "span", "td", "code", "echo", "com", "net", "https", "http", "azure", "us", "cn", "endpoint", "url", "uri", "base", "v1", "true", "false", "null", "none", "sensitive", "description", "is", "the", "name")
	// besideKey are words that a key's name may have beside the noun.
	besideKey = set("azure", "api", "my", "the", "a", "our", "your", "subscription", "account", "service", "services", "ai", "endpoint", "llm", "chat", "model", "deployment", "embedding", "embeddings", "completion", "completions", "primary", "secondary", "resource", "test", "dev", "prod", "default", "ms", "microsoft", "cog", "apim", "ocp", "x", "auth", "access", "new", "get", "set", "const", "base", "global", "env", "config", "secret", "static", "m", "s", "k", "az", "credential", "credentials", "client", "value", "string", "str", "one", "two", "header", "settings", "option", "options", "with", "use", "named", "core", "llms", "assistant", "assistants", "async", "sdk", "language")
)
