package scan

import (
	"bytes"
	"slices"
	"strings"
)

// keyHeaders are the headers that carry a key, in lower case.
var keyHeaders = set("api-key", "ocp-apim-subscription-key")

// bearerMethods set the header Authorization.
var bearerMethods = set("bearerAuth", "bearer_auth", "setBearerAuth", "SetAuthToken")

// headers finds headers that carry a key to Azure OpenAI or OpenAI.
func (p *program) headers() {
	p.eachString(func(s span, content string) {
		low := strings.ToLower(content)
		switch {
		case keyHeaders[low]:
			p.keyHeader(s, low)
		case strings.HasPrefix(low, "bearer"):
			p.bearer(s, content)
		}
	})
	for _, c := range p.calls {
		if bearerMethods[lastName(c.name)] && len(c.args) == 1 && p.bearerKey(p.expression(c.args[0]), c.start) {
			p.add("KL303", c.start, c.close, lastName(c.name)+"(…)")
		}
	}
}

// keyHeader looks at the value behind the name of a header.
func (p *program) keyHeader(s span, header string) {
	i := p.blankAfter(s.end)
	if p.data[i] == ']' {
		i = p.blankAfter(i + 1)
	}
	if hasPrefix(p.data[i:], "to ") { // Kotlin's pairs
		i++
	} else if p.data[i] != ':' && p.data[i] != ',' && p.data[i] != '=' && p.data[i] != '}' || hasPrefix(p.data[i:], "==") {
		return
	}
	a := p.behind(i + 1)
	v := p.expression(a)
	if a.start >= a.end || p.data[a.start] == '&' || p.data[a.start] == '{' || !p.isKey(a, false, true) || typeWords[v] || !p.headerFor(v, header, s.start) {
		return
	}
	p.add("KL303", s.start, a.end, header)
}

// behind is the value that starts at i.
func (p *program) behind(i int) arg {
	if i < len(p.data) && p.data[i] == '>' {
		i++
	}
	start, end := p.trim(i, p.valueEnd(i))
	return arg{start: start, end: end}
}

// headerFor reports whether a header with a key goes to Azure OpenAI.
func (p *program) headerFor(v, header string, at int) bool {
	if keyPath(strings.Join(nameWords(v), "_")) || slices.ContainsFunc(nameWords(v), func(w string) bool { return openAIWords[w] }) {
		return true
	}
	if p.searchNear(at) {
		return false
	}
	if header == "api-key" {
		return p.evidence().azure || p.mentions("azure")
	}
	return p.mentions(".openai.azure.") || p.mentions("azure-api.net") && p.mentions("/openai")
}

// searchNear reports whether the address of Azure AI Search, which takes the
// same header, stands nearer than one of OpenAI.
func (p *program) searchNear(at int) bool {
	near := bytes.ToLower(p.data[max(0, at-700):min(len(p.data), at+300)])
	return (bytes.Contains(near, []byte("search.windows.net")) || bytes.Contains(near, []byte("search_endpoint")) || bytes.Contains(near, []byte("searchendpoint")) || bytes.Contains(near, []byte("/indexes/")) || bytes.Contains(near, []byte("qdrant")) || bytes.Contains(near, []byte("brevo"))) && !bytes.Contains(near, []byte("openai"))
}

// bearer looks at a value of the header Authorization.
func (p *program) bearer(s span, content string) {
	v := content[len("bearer"):]
	v = strings.TrimSpace(v)
	end := s.end
	if p.format.name == "javascript" && strings.HasSuffix(content, "${") || p.data[s.end-1] == '{' {
		end = s.end + lineLength(p.data[s.end:])
		if i := bytes.IndexByte(p.data[s.end:end], '}'); i >= 0 {
			end = s.end + i
		}
		v = string(p.data[s.end:end])
	} else if v == "" || strings.Contains(v, "%s") || strings.Contains(v, "%v") || v == "{}" || v == "{0}" {
		i := p.blankAfter(s.end)
		if p.data[i] != ',' && p.data[i] != '+' && p.data[i] != '.' && p.data[i] != ')' {
			return
		}
		if p.data[i] == ')' && i+1 < len(p.data) && p.data[i+1] == '.' { // "Bearer ".concat(key)
			i++
		}
		a := p.behind(i + 1)
		v, end = p.expression(a), a.end
	}
	v = strings.Trim(v, "{}$\\()+` ")
	if v == "" || !p.bearerKey(v, s.start) && !p.alternative(v, s.start) {
		return
	}
	p.add("KL303", s.start, max(end, s.end), "Authorization: Bearer")
}

// injected reports whether a variable is declared with an annotation that gives it
// a key: @Value("${openai.api.key}") private String apiKey.
func (p *program) injected(v string) bool {
	name := " " + lastName(v)
	for at := 0; ; {
		i := bytes.Index(p.data[at:], []byte(name))
		if i < 0 {
			return false
		}
		i += at
		at = i + len(name)
		before := p.data[max(0, i-160):i]
		before = before[bytes.LastIndexAny(before, ";,")+1:]
		if m := injection.FindSubmatch(before); m != nil && keyPath(string(m[1])) {
			return true
		}
	}
}

var injection = pattern(`@(?:param:|field:)?Value\(\s*(?:\$\$)?"\\?\$\{?([\w.-]+)`)

// alternative reports whether the same key goes into the header api-key beside,
// for Azure: one of the two is sent.
func (p *program) alternative(v string, at int) bool {
	if isForeign(v) || !slices.ContainsFunc(nameWords(v), func(w string) bool { return keyNouns[w] }) || !p.evidence().openai || !p.mentions("azure") {
		return false
	}
	near := p.data[max(0, at-400):min(len(p.data), at+400)]
	i := indexFold(near, `"api-key"`)
	return i >= 0 && bytes.Contains(near[i:min(len(near), i+80)], []byte(v))
}

// bearerKey reports whether what a request is authorized by is a key of OpenAI.
func (p *program) bearerKey(v string, at int) bool {
	if nothing(v) || imagined(v) || isForeign(v) || entraToken(v) || p.foreignFile() && !openAINamed(v) {
		return false
	}
	words := nameWords(v)
	if KeyName(strings.Join(words, "_")) {
		return true
	}
	given, ok := p.given(v, at)
	if ok {
		value := string(p.data[given.start:given.end])
		if madeUp(value) || isForeign(value) || entraToken(value) {
			return false
		}
		if slices.ContainsFunc(p.keyNames(given.start, given.end), func(name) bool { return true }) {
			return true
		}
	}
	key := slices.ContainsFunc(words, func(w string) bool { return keyNouns[w] || w == "secret" || w == "sk" })
	host := p.mentions("api.openai.com") || p.mentions(".openai.azure.") && !p.evidence().entra
	near := bytes.Contains(p.data[max(0, at-800):min(len(p.data), at+800)], []byte("openai"))
	if key {
		return (host || p.injected(v)) && !p.evidence().other
	}
	return near && host && !p.evidence().entra && !p.evidence().other && bytes.Contains(p.data[max(0, at-500):min(len(p.data), at+500)], []byte("api.openai.com"))
}
