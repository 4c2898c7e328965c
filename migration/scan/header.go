package scan

import (
	"bytes"
	"slices"
	"strings"
)

// headers finds requests that carry a key: the header api-key or
// Ocp-Apim-Subscription-Key, or Authorization with the key as a bearer, in a
// file that talks to Azure OpenAI or OpenAI.
func (t *source) headers() {
	for _, h := range [...]string{"api-key", "ocp-apim-subscription-key", "authorization", "bearer "} {
		t.header(h)
	}
}

// mostHeaders is how many places of one header are looked at: nobody writes more
// that matter.
const mostHeaders = 2000

// header looks at each place of one header's name in code's strings. In R the
// name may stand in code.
func (t *source) header(h string) {
	for at, n := 0, 0; n < mostHeaders; n++ {
		i := indexFold(t.data[at:], h)
		if i < 0 {
			return
		}
		start := at + i
		at = start + len(h)
		if t.commented(start) || start > 0 && (nameByte(t.data[start-1]) || t.data[start-1] == '-' || t.data[start-1] == '/') || at < len(t.data) && nameByte(t.data[at]) && h != "bearer " {
			continue
		}
		value, ok := t.headerValue(start, at, h)
		if ok && t.sent(value, h, start) {
			t.add("KL303", start, at, "the header "+strings.TrimSpace(h))
			t.traceName(t.valueName(strings.Replace(value, "Bearer", "", 1)), start)
		}
	}
}

// indexFold is where a word in lower case stands in data, in any case; -1:
// nowhere.
func indexFold(data []byte, word string) int {
	for at := 0; ; {
		i := bytes.IndexAny(data[at:], string([]byte{word[0], word[0] - 'a' + 'A'}))
		if i < 0 {
			return -1
		}
		if hasFold(data[at+i:], word) {
			return at + i
		}
		at += i + 1
	}
}

// headerValue is what a header is set to, as far as its line tells.
func (t *source) headerValue(start, end int, h string) (value string, ok bool) {
	before, after := t.lineAround(start, end)
	if h == "bearer " {
		return strings.TrimSpace(after), true
	}
	rest := strings.TrimLeft(after, "\"'` ]")
	switch {
	case strings.HasPrefix(rest, "=="), rest == "":
		return "", false
	case strings.HasPrefix(rest, "=>"), rest[0] == ':', rest[0] == '=', rest[0] == ',':
		value = strings.TrimLeft(rest, "=>:, ")
	case rest[0] == ')': // Swift's setValue(key, forHTTPHeaderField: "api-key")
		if i := strings.LastIndexByte(before, '('); i >= 0 && strings.Contains(before[i:], ",") {
			value = before[i+1:]
		}
	}
	if value == "" && strings.IndexByte(rest, ',') < 0 && strings.IndexByte(rest, ':') < 0 {
		return "", false
	}
	return value, value != ""
}

// sent reports whether what a header is set to is a key of ours.
func (t *source) sent(value, h string, at int) bool {
	value = strings.TrimSpace(value)
	low := strings.ToLower(value)
	bearer := h == "authorization" || h == "bearer "
	if h == "authorization" && !strings.Contains(low, "bearer") || low == "" {
		return false
	}
	if h == "bearer " && t.authorized(at) {
		return false
	}
	low = strings.ReplaceAll(low, "bearer", "")
	if bearer && !strings.Contains(low, "key") && !strings.Contains(low, "openai") && !strings.Contains(low, "gpt") {
		return false
	}
	name := t.valueName(low)
	if t.token(low) || foreign(value) || dummyValue(value) || strings.HasPrefix(low, "<") {
		return false
	}
	if v, ok := t.resolve(name, at); ok && !t.keyValue(v.start, v.end) {
		return false
	}
	return t.hostAt(at, value, bearer)
}

// authorized reports whether Authorization stands before bearer on its line:
// then that is told already.
func (t *source) authorized(at int) bool {
	before, _ := t.lineAround(at, at)
	return strings.Contains(strings.ToLower(before), "authorization")
}

// valueName is the first name in a value that may be a variable.
func (t *source) valueName(v string) string {
	start := strings.IndexFunc(v, func(r rune) bool { return r < 128 && (letter(byte(r)) || r == '_' || r == '$') })
	if start < 0 {
		return ""
	}
	end := start
	for end < len(v) && (nameByte(v[end]) || v[end] == '.' || v[end] == '$' || v[end] == '-' && end+1 < len(v) && v[end+1] == '>' || v[end] == '>') {
		end++
	}
	return v[start:end]
}

// dummyValue reports whether a value is one literal that a test makes up, or
// none.
func dummyValue(v string) bool {
	s, ok := literal(strings.TrimRight(v, ",;})] "))
	return ok && (s == "" || dummy(s))
}

// hostAt reports whether the key is sent to Azure OpenAI or OpenAI: the key's
// name says so, or what stands around, or the file if nothing around says
// otherwise.
func (t *source) hostAt(at int, value string, bearer bool) bool {
	reach, others := 1500, vendor(value)
	if others {
		reach = 300
	}
	around := bytes.ToLower(t.data[max(0, at-reach):min(len(t.data), at+reach)])
	has := func(words ...string) bool {
		for _, w := range words {
			if bytes.Contains(around, []byte(w)) {
				return true
			}
		}
		return false
	}
	if has("openai.azure.com", "api.openai.com", "services.ai.azure.com", "/openai/deployments", "completions?api-version") || !others && has("azure_openai", "azureopenai", "aoai") {
		return true
	}
	if others {
		return false
	}
	if slices.ContainsFunc(nameFields(value), KeyName) {
		return true
	}
	if bearer {
		return false
	}
	return t.evidence().azure && has("openai", "gpt") && !has("search.windows.net", "search_")
}

// vendor reports whether a value is a variable of the environment that says whose
// key it is, and not that it is one of Azure or OpenAI.
func vendor(value string) bool {
	for _, n := range nameFields(value) {
		words := nameWords(n)
		if strings.ToUpper(n) == n && len(words) > 1 && strings.Contains(n, "KEY") && !KeyName(n) && !vendorless[words[0]] {
			return true
		}
	}
	return false
}

// vendorless start names of keys that say nothing of whose they are.
var vendorless = set("azure", "az", "openai", "api", "apikey", "ai", "llm", "model", "chat", "app", "my", "gateway", "apim", "endpoint", "foundry", "secret", "team", "service", "embedding", "embeddings", "completion", "subscription", "the", "key", "primary", "gpt4", "ms", "resource", "deployment", "open")

// nameFields are the names in an expression.
func nameFields(v string) []string {
	return strings.FieldsFunc(v, func(r rune) bool { return r > 127 || !nameByte(byte(r)) })
}
