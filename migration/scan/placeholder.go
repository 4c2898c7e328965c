package scan

import (
	"slices"
	"strings"
)

// placeholder reports whether a value only marks the place of a key: it is
// empty, tells people to fill it in (<your-key>, YOUR_API_KEY, xxxx, …), or
// refers to where the value really is (${KEY}, {{ .Values.key }}, %KEY%,
// @Microsoft.KeyVault(…)). Quotes around it don't matter.
func placeholder(value string) bool {
	v := unquoted(value)
	low := strings.ToLower(v)
	if emptyValues[low] || strings.ContainsAny(v, " \t\n<>…") || reference(low) || monotonous(v) || KeyName(v) {
		return true
	}
	return slices.ContainsFunc(fillers, func(w string) bool { return strings.Contains(low, w) })
}

// dummy reports whether a value is what tests and clients of local servers give
// where a key is wanted but not looked at: test, fake-key, not-needed, ollama.
func dummy(value string) bool {
	v := strings.ToLower(unquoted(value))
	if len(v) > 60 {
		return false
	}
	if emptyValues[v] || monotonous(v) || dummyValues[strings.TrimRight(v, "0123456789-_")] {
		return true
	}
	return slices.ContainsFunc(strings.FieldsFunc(v, notAlphanumeric), func(w string) bool {
		return dummyWords[strings.TrimRight(w, "0123456789")]
	})
}

// reference reports whether a value in lower case says where another one is.
func reference(low string) bool {
	for _, r := range references {
		if strings.HasPrefix(low, r[0]) && strings.HasSuffix(low, r[1]) && len(low) > len(r[0])+len(r[1]) {
			return true
		}
	}
	return false
}

// monotonous reports whether a value has hardly two different characters: xxxx,
// ****, sk-xxxx, 00000000-0000. Nobody's key looks so.
func monotonous(v string) bool {
	v = v[strings.LastIndexByte(strings.TrimRight(v, "-"), '-')+1:]
	return len(v) > 2 && distinct(v) < 2 || strings.Trim(v, "*.-_•") == ""
}

// distinct counts the different bytes of a text.
func distinct(v string) (n int) {
	var seen [256]bool
	for i := range len(v) {
		if !seen[v[i]] {
			seen[v[i]] = true
			n++
		}
	}
	return n
}

// unquoted is a value without the quotes and the white space around it.
func unquoted(value string) string { return strings.Trim(strings.TrimSpace(value), "\"'`") }

func notAlphanumeric(r rune) bool {
	return (r < 'a' || r > 'z') && (r < '0' || r > '9')
}

var (
	emptyValues = set("", "null", "none", "nil", "undefined", "~", "true", "false", "n/a", "na", "empty", "-")

	// references are how values that refer to others begin and end.
	references = [][2]string{
		{"$", ""},
		{"{{", "}}"},
		{"{", "}"},
		{"[", "]"},
		{"%", "%"},
		{"#{", ""},
		{"__", "__"},
		{"@@", "@@"},
		{"((", "))"},
		{"@microsoft.", ")"},
		{"@{", "}"},
		{"@parameters(", ")"},
		{"secretref:", ""},
		{"op://", ""},
		{"vault:", ""},
		{"!vault", ""},
		{"ref+", ""},
		{"env:", ""},
		{"env(", ")"},
		{"env.", ""},
		{"arn:aws:", ""},
		{"projects/", ""},
		{"ssm:", ""},
		{"file:", ""},
		{"/run/secrets/", ""},
		{"http://", ""},
		{"https://", ""},
		{"!ref", ""},
		{"!sub", ""},
		{"!getatt", ""},
		{"process.env", ""},
		{"import.meta.env", ""},
		{"os.environ", ""},
		{"os.getenv", ""},
		{"secrets.", ""},
		{"vars.", ""},
		{"var.", ""},
		{"local.", ""},
		{"module.", ""},
		{"data.", ""},
	}

	// fillers are what placeholders for people say.
	fillers = []string{
		"your", "changeme", "change-me", "change_me", "change-this", "change_this", "replace", "placeholder", "example", "insert", "paste", "todo", "tbd", "fixme", "redacted", "hidden", "masked",
		"xxxx", "****", "...", "sample", "dummy", "enter-", "enter_", "put-", "put_", "-here", "_here", "keyhere", "fill-", "fill_", "set-me", "set_me", "setme", "my-api", "my_api", "myapikey", "my-key", "my_key", "mykey", "my-openai", "my_openai", "my-azure", "my_azure", "api-key", "api_key", "apikey", "secret-key", "secret_key", "not-set", "not_set", "notset", "openai-key", "openai_key", "12345678", "-goes-", "_goes_",
	}

	// dummyValues are whole values, but for digits at their end.
	dummyValues = set("key", "my-key", "apikey", "api-key", "api_key", "secret", "token", "abc", "abcd", "abcdef", "foo", "bar", "baz", "x", "xx", "xxx", "a", "k", "s", "sk", "string", "value", "local", "localhost", "default", "password", "whatever", "anything", "no-key", "nokey", "no_key", "sk-no-key-required", "sk-abc", "sk-abcd", "sk-abcdef", "sk-foo", "sk-bar", "key-not-needed", "not-needed", "not_needed", "notneeded", "not-required", "not_required", "not-used", "not_used", "unset", "random", "lm-studio", "lm_studio", "lmstudio", "ollama", "vllm", "hello", "")

	// dummyWords are words that make a value one, wherever they stand.
	dummyWords = set("test", "tests", "testing", "tester", "testkey", "testapikey", "fake", "fakekey", "dummy", "dummykey", "mock", "mocked", "mockkey", "stub", "stubbed", "unused", "ignored", "ignore", "invalid", "noop", "bogus", "nonexistent", "wrong", "bad", "foobar", "fixture", "unneeded", "unnecessary", "required", "needed", "ollama", "lmstudio", "vllm", "llamacpp", "localai", "nope", "notreal", "xxx")
)
