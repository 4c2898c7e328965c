package scan

import (
	"bytes"
	"slices"
)

// javascriptTongue is what programs in JavaScript and TypeScript use, those in
// Vue, Svelte and Astro files too.
var javascriptTongue = &tongue{
	makers: map[string]maker{
		"OpenAI":                    {implicit: true, needs: `openai`},
		"AzureOpenAI":               {tokens: []string{"azureADTokenProvider", "azureADToken"}, implicit: true, needs: `openai`},
		"ChatOpenAI":                {implicit: true, needs: "langchain"},
		"OpenAIEmbeddings":          {implicit: true, needs: "langchain"},
		"AzureChatOpenAI":           {tokens: []string{"azureADTokenProvider"}, implicit: true, needs: "langchain"},
		"AzureOpenAIEmbeddings":     {tokens: []string{"azureADTokenProvider"}, implicit: true, needs: "langchain"},
		"DallEAPIWrapper":           {},
		"OpenAIClient":              {position: 2},
		"OpenAIKeyCredential":       {position: 1},
		"Configuration":             {needs: "openai"},
		"ChatGPTAPI":                {},
		"createOpenAI":              {implicit: true, needs: "@ai-sdk/"},
		"createAzure":               {implicit: true, needs: "@ai-sdk/"},
		"openai":                    {implicit: true, needs: `@ai-sdk/openai`, first: true},
		"azure":                     {implicit: true, needs: `@ai-sdk/azure`, first: true},
		"createAzureOpenAI":         {},
		"createOpenAIClient":        {},
		"createAzureOpenAIClient":   {},
		"ModelClient":               {wraps: true},
		"createClient":              {wraps: true, needs: "@azure-rest/ai-inference"},
		"OpenAIModerator":           {},
		"OpenAIEmbeddingFunction":   {},
		"OpenAIChatCompletionModel": {},
	},
	wrappers:    set("AzureKeyCredential", "OpenAIKeyCredential", "KeyCredential"),
	readers:     set("getItem", "setItem", "getSecret", "setSecret", "getEnv", "env", "secret", "defineSecret", "useRuntimeConfig", "getOrThrow", "required", "getString", "getConfig", "getSetting", "requireEnv", "getEnvVar", "getRequiredEnv"),
	environment: set("env", "secrets", "config", "settings", "environment", "ENV", "parameters"),
	ends:        true,
	lister:      "arm-cognitiveservices",
}

// markJavaScript tells code, comments and strings of JavaScript apart: what
// templates evaluate is code, and regular expressions may have quotes.
// https://tc39.es/ecma262/#sec-ecmascript-language-lexical-grammar
func markJavaScript(data []byte, classes []class) {
	var templates []int // the depths of braces in which templates go on
	depth, slash := 0, slashes{}
	for i := 0; i < len(data); {
		end, c := i+1, inCode
		switch b := data[i]; {
		case b == '{':
			depth++
		case b == '}' && !slices.Contains(templates[max(0, len(templates)-1):], depth):
			depth--
		case b == '`' || b == '}':
			if b == '}' {
				templates = templates[:len(templates)-1]
				depth--
			}
			end, c = template(data, i), inString
			if evaluates(data, end) {
				depth++
				templates = append(templates, depth)
			}
		case b == '"':
			end, c = i+doubleQuote.length(data[i:]), inString
		case b == '\'':
			end, c = i+apostrophe(data, i), inString
			if end == i+1 {
				c = inCode
			}
		case hasPrefix(data[i:], "//") && !(i > 0 && data[i-1] == ':'):
			end, c = i+lineLength(data[i:]), inComment
		case hasPrefix(data[i:], "/*"):
			end, c = i+until(data[i:], 2, "*/"), inComment
		case hasPrefix(data[i:], "<!--"):
			end, c = i+until(data[i:], 4, "-->"), inComment
		case b == '/':
			end = slash.end(data, i)
		}
		if c != inCode {
			for j := i; j < end; j++ {
				classes[j] = c
			}
		}
		i = end
	}
}

// apostrophe is the length of the string that starts with one at i; 1 where it
// is one in a word of a page's text, such as don't.
func apostrophe(data []byte, i int) int {
	if i > 0 && letter(data[i-1]) && i+1 < len(data) && letter(data[i+1]) {
		return 1
	}
	return singleQuote.length(data[i:])
}

// template is behind the part of a template that starts at i, up to its end or
// to what it evaluates.
func template(data []byte, i int) int {
	for i++; i < len(data); i++ {
		switch {
		case data[i] == '\\':
			i++
		case data[i] == '`':
			return i + 1
		case hasPrefix(data[i:], "${"):
			return i + 2
		}
	}
	return len(data)
}

// evaluates reports whether the part of a template that ends at end was stopped
// by what it evaluates.
func evaluates(data []byte, end int) bool {
	return end >= 2 && end <= len(data) && data[end-1] == '{' && data[end-2] == '$'
}

// expects reports whether an expression is expected behind what stands before,
// so that a slash starts a regular expression.
func expects(before []byte) bool {
	before = bytes.TrimRight(before[max(0, len(before)-40):], " \t")
	return len(before) == 0 || bytes.IndexByte([]byte("(,=:[!&|?{};\n"), before[len(before)-1]) >= 0 || bytes.HasSuffix(before, []byte("return"))
}

// slashes counts those of a line that began no regular expression. Behind some
// of them it looks for none: each look reads the line to its end.
type slashes struct{ misses, line int }

// end is behind the regular expression that the slash at i starts, or behind the
// slash.
func (s *slashes) end(data []byte, i int) int {
	const most = 16
	if i >= s.line {
		*s = slashes{}
	}
	if s.misses == most || !expects(data[:i]) {
		return i + 1
	}
	end := i + regexpLength(data[i:])
	if end == i+1 {
		s.misses, s.line = s.misses+1, i+lineLength(data[i:])
	}
	return end
}

// regexpLength is the length of the regular expression that data starts with; 1
// when it is none.
func regexpLength(data []byte) int {
	class := false
	for i := 1; i < len(data); i++ {
		switch c := data[i]; {
		case c == '\n':
			return 1
		case c == '\\':
			i++
		case c == '[':
			class = true
		case c == ']':
			class = false
		case c == '/' && !class:
			return i + 1
		}
	}
	return 1
}
