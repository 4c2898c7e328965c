package scan

import (
	"bytes"
	"slices"
	"strings"
)

// look tells what one call is.
func (p *program) look(c call) {
	last := lastName(c.name)
	m, made := p.maker(c.name)
	switch {
	case p.tongue.wrappers[last], p.tongue.wrappers[strings.TrimSuffix(p.lastTwo(c.name), ".create")]:
		p.wrapper(c)
	case p.tongue.implicit[last] && p.openAIChain(c):
		p.add("KL304", c.start, c.open, c.name+"(…)")
	case p.tongue.setters[last] && p.setter(c):
	case made:
		p.client(c, m)
	case p.openAIType(c.name):
		p.client(c, maker{wraps: !strings.HasSuffix(last, "Client")})
	}
}

// client looks at one client that is made, or its options.
func (p *program) client(c call, m maker) {
	scope := p.statement(c)
	if p.pretended(c) || p.elsewhere(scope) || p.pointed(c, scope) || p.redirected(scope) || p.declares(c) {
		return
	}
	authenticated, unknown := false, false
	for _, a := range c.args {
		v := p.expression(a)
		switch {
		case a.name != "" && slices.Contains(m.tokens, a.name), strings.Contains(v, "TokenProvider"), strings.Contains(v, "WithTokenCredential"), strings.Contains(v, "fetch:"):
			return
		case a.name != "" && p.keyArgument(a.name, m):
			authenticated = true
			if p.isKey(a, m.secret, true) {
				p.add("KL301", a.nameStart, a.end, c.name+"("+a.name+"…)")
				p.trace(a)
				return
			}
		case a.name == "":
			authenticated = authenticated || p.keyish(v, a.start)
			unknown = unknown || !p.plainOption(v)
		case a.name == "credential", a.name == "credentials", strings.HasPrefix(a.name, "..."):
			unknown = true
		}
	}
	if p.positional(c, m) || p.options(c, m) || p.configures(c) {
		return
	}
	if m.implicit && !authenticated && (!unknown || m.first) && p.implicit(m, c, scope) {
		p.add("KL304", c.start, c.open, c.name+"(…)")
	}
}

// implicit reports whether a client without a key would take one from the
// environment, and whether that is to be said here.
func (p *program) implicit(m maker, c call, scope span) bool {
	body := string(p.data[scope.start:scope.end])
	if strings.Contains(body, "...") || strings.Contains(body, "WithAPIKey") || strings.Contains(body, "WithTokenCredential") || strings.Contains(body, "WithToken(") || strings.Contains(c.name, "OpenAIConfig::") && (p.mentions("with_api_key") || p.mentions("with_api_base")) {
		return false
	}
	if m.first {
		word := "said " + c.name
		if p.once[word] || p.word(c.start) == "new" || strings.ContainsAny(c.name, ".") || len(c.args) != 1 && len(c.args) != 2 {
			return false
		}
		if _, own := p.given(c.name, c.start); own {
			return false
		}
		p.once[word] = true
		return true
	}
	if p.format.name == "javascript" && upper(lastName(c.name)[0]) && p.word(c.start) != "new" {
		return false
	}
	return !p.evidence().entra
}

// plainOption reports whether an argument without a name can have nothing to do
// with credentials.
func (p *program) plainOption(v string) bool {
	_, ok := literal(v)
	return ok || v == "" || strings.Contains(v, "WithModel(") || strings.Contains(v, "WithMaxRetries(") || strings.Contains(v, "WithHTTPClient(")
}

// positional looks for a key among the arguments without names.
func (p *program) positional(c call, m maker) bool {
	if m.wraps && m.position == 0 && !isAdder(lastName(c.name)) {
		return false
	}
	place := 0
	for _, a := range c.args {
		if a.name != "" {
			continue
		}
		place++
		v := p.expression(a)
		text, isLiteral := literal(v)
		at := place == m.position
		switch {
		case isLiteral && !at, isLiteral && strings.Contains(text, "://"), option(v):
			continue
		case !at && !p.keyish(v, a.start):
			continue
		case at && !isLiteral && !m.sure && !p.keyish(v, a.start) && (!m.secret || !p.plausible(v)):
			continue
		}
		if p.isKey(a, m.secret, at) {
			p.add("KL301", a.start, a.end, c.name+"(…)")
			p.trace(a)
			return true
		}
	}
	return false
}

// option reports whether an argument is the call of an option, which is looked
// at by itself: option.WithAPIKey(key), openai.WithModel(name).
func option(v string) bool {
	callee, _, called := strings.Cut(v, "(")
	return called && strings.HasPrefix(lastName(callee), "With")
}

// isAdder reports whether a method adds a client of OpenAI to something that is
// configured.
func isAdder(last string) bool {
	for _, prefix := range [...]string{"Add", "With", "Use", "add", "with", "use"} {
		if strings.HasPrefix(last, prefix) {
			return true
		}
	}
	return false
}

// options looks for the key in an object that a client is given by the name of
// a variable.
func (p *program) options(c call, m maker) bool {
	for _, a := range c.args {
		v := strings.TrimPrefix(p.expression(a), "...")
		given, ok := p.given(v, c.start)
		if !ok || p.data[given.start] != '{' || p.elsewhere(given) {
			continue
		}
		for _, inner := range p.arg(given.start, given.end, 0) {
			if p.keyArgument(inner.name, m) && p.isKey(inner, m.secret, true) {
				p.add("KL301", inner.nameStart, inner.end, c.name+"("+inner.name+"…)")
				p.trace(inner)
				return true
			}
		}
	}
	return false
}

// configures looks for the key in a function that sets a client's options:
// AddOpenAIService(options => { options.ApiKey = key; }).
func (p *program) configures(c call) (found bool) {
	if p.format.name != "csharp" || !isAdder(lastName(c.name)) {
		return false
	}
	for _, property := range [...]string{"ApiKey", "APIKey", "Key", "AzureKey", "OpenAIKey", "OpenAiKey"} {
		for _, v := range p.values[property] {
			a := arg{property, v.start, v.start, v.end}
			if v.start > c.open && v.end < c.close && p.memberSet(v.start) && p.isKey(a, true, true) {
				p.add("KL301", v.start, v.end, c.name+"("+property+"…)")
				p.trace(a)
				found = true
			}
		}
	}
	return found
}

// keyArgument reports whether an argument's name is that of a key.
func (p *program) keyArgument(name string, m maker) bool {
	return slices.Contains(m.keys, name) || keyArguments[strings.ToLower(strings.ReplaceAll(strings.ReplaceAll(name, "_", ""), "-", ""))]
}

// isKey reports whether a value is a key: not nothing, not a token, not what a
// test makes up, not another service's. secret: a key may be called a token.
// named: the argument's name or place says that it is one.
func (p *program) isKey(a arg, secret, named bool) bool {
	v := p.expression(a)
	if p.foreignFile() && !slices.ContainsFunc(nameWords(v), func(w string) bool { return openAIWords[w] }) {
		return false
	}
	for range 3 {
		if nothing(v) || imagined(v) || typeWords[strings.TrimRight(v, "?")] || isForeign(v) || !secret && tokenish(v) && (p.evidence().entra || (a.name == "" || p.format.name == "javascript") && !openAINamed(v)) || entraToken(v) {
			return false
		}
		given, ok := p.given(v, a.start)
		if !ok {
			return true
		}
		next := string(p.data[given.start:given.end])
		if next == v || nothing(next) && !madeUp(next) || typeWords[next] {
			return true
		}
		v = next
	}
	return true
}

// foreignFile reports whether the file is about another provider, by its name.
func (p *program) foreignFile() bool {
	base := p.text.name[strings.LastIndexByte(p.text.name, '/')+1:]
	words := nameWords(base)
	return (namesProvider(base) || slices.Contains(words, "grok") || slices.Contains(words, "claude")) && !openAINamed(base)
}

// imagined reports whether a value is called one that a test makes up.
func imagined(v string) bool {
	return len(v) < 60 && slices.ContainsFunc(nameWords(v), func(w string) bool {
		return w == "fake" || w == "mock" || w == "dummy" || w == "redacted" || w == "placeholder"
	})
}

// typeWords are what stands for a value where a type is declared.
var typeWords = set("string", "String", "str", "&str", "string | undefined", "string | null", "any", "undefined", "String?", "unknown", "std::string", "z.string()")

// annotation is what stands before a parameter in Java and Kotlin.
var annotation = pattern(`^@\w+(?:\([^()]*\))?\s+`)

// declares reports whether the arguments are parameters with types, so that
// something is defined, not called.
func (p *program) declares(c call) bool {
	return slices.ContainsFunc(c.args, func(a arg) bool {
		first, rest, ok := strings.Cut(annotation.ReplaceAllString(p.expression(a), ""), " ")
		return ok && typeWords[first] && !strings.ContainsAny(rest[:1], "=?|+&") || a.name != "" && typeWords[p.expression(a)]
	})
}

// nothing reports whether an expression is no value, or one that a test makes up.
func nothing(v string) bool {
	switch strings.ToLower(v) {
	case "", "null", "nil", "undefined", `""`, "''", "``", "string.empty", "none":
		return true
	}
	return madeUp(v)
}

// madeUp reports whether an expression is a string that a test makes up.
func madeUp(v string) bool {
	for _, conversion := range [...]string{".into()", ".to_string()", ".to_owned()", ".toString()"} {
		v = strings.TrimSuffix(v, conversion)
	}
	s, ok := literal(v)
	return ok && s != "" && dummy(s) && !spared(s) && !strings.ContainsAny(s, "<>{}$")
}

// tokenish reports whether an expression is called a token or a credential.
func tokenish(v string) bool {
	words := nameWords(v)
	has := func(all ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(all, w) })
	}
	return has("token", "tokens", "tokenprovider", "credential", "credentials", "azuread", "entra", "accesstoken", "adtoken") && !has("key", "keys", "apikey", "apitoken", "secret")
}

// entraToken reports whether an expression is visibly a token of Entra.
func entraToken(v string) bool {
	low := strings.ToLower(v)
	return strings.Contains(low, "gettoken") || strings.Contains(low, "get_token") || strings.Contains(low, "tokenprovider") || strings.Contains(low, "azurecredential") || strings.Contains(low, "credential()")
}

// isForeign reports whether an expression names another service's key, and not
// OpenAI's.
func isForeign(v string) bool {
	words := nameWords(v)
	if slices.ContainsFunc(words, func(w string) bool { return openAIWords[w] }) {
		return false
	}
	return slices.ContainsFunc(words, func(w string) bool { return foreignWords[w] }) || namesProvider(v)
}

// namesProvider reports whether a text has the name of one who serves models by
// OpenAI's protocol.
func namesProvider(v string) bool {
	low := make([]byte, 0, len(v))
	for i := range len(v) {
		if c := lower(v[i]); c != '-' && c != '_' && c != ' ' {
			low = append(low, c)
		}
	}
	return providers.in(low)
}

// providers serve models by OpenAI's protocol, or have keys beside OpenAI's in
// the same programs.
var providers = newWordSet(
	"deepseek", "openrouter", "siliconflow", "lmstudio", "anthropic", "ollama", "mistral", "groq", "gemini", "moonshot", "dashscope", "perplexity", "fireworks", "cerebras", "huggingface", "nvidia", "minimax", "alibaba", "lemonade",
	"litellm", "togetherai", "sambanova", "volcengine", "doubao", "hunyuan", "baichuan", "qianfan", "zhipu", "novita", "hyperbolic", "llamacpp", "localai", "vllm", "vercelgateway", "aigateway", "novelai", "deepinfra", "moonshotai", "qwen", "githubmodels", "copilot",
)

// foreignWords are words in the names of other services' keys.
var foreignWords = set("github", "gh", "claude", "google", "together", "cohere", "hf", "kimi", "glm", "xai", "grok", "vllm", "ark", "poe", "venice", "portkey", "search", "speech", "translator", "cosmos", "storage", "gist", "vision", "recognizer", "language", "textanalytics",
	"stability", "elevenlabs", "deepgram", "replicate", "databricks", "pinecone", "qdrant", "brevo", "sendinblue", "weaviate", "tavily", "serpapi", "exa", "maps", "stripe", "supabase", "telegram", "discord", "slack", "twilio", "sendgrid")

// keyish reports whether an expression is called a key, or reads one.
func (p *program) keyish(v string, at int) bool {
	for range 3 {
		if wrapped(v) || strings.HasPrefix(v, "new ") || strings.HasPrefix(v, "{") {
			return false
		}
		words := nameWords(v)
		if slices.ContainsFunc(words, func(w string) bool { return keyNouns[w] }) && !slices.Contains(words, "keyvault") && !slices.ContainsFunc(words, func(w string) bool { return w == "dictionary" || w == "lambda" }) && !strings.Contains(v, "=>") {
			return true
		}
		given, ok := p.given(v, at)
		if !ok {
			return false
		}
		v = string(p.data[given.start:given.end])
		if len(v) > 200 || openAIChained(v) && strings.Contains(v, "(") {
			return false
		}
	}
	return false
}

// wrapped reports whether an expression wraps a key, which is reported by itself.
func wrapped(v string) bool {
	low := strings.ToLower(v)
	return strings.Contains(low, "keycredential") || strings.Contains(low, "withapikey")
}

// plausible reports whether an expression at a key's place may be one.
func (p *program) plausible(v string) bool {
	words := nameWords(v)
	return !slices.ContainsFunc(words, func(w string) bool {
		return w == "endpoint" || w == "url" || w == "uri" || w == "client" || w == "config" || w == "cfg" || w == "options" || w == "opts" || w == "ctx" || w == "http" || w == "host" || w == "service" || w == "model" || w == "retrofit" || w == "api"
	}) || strings.Contains(strings.ToLower(v), "env") || strings.Contains(strings.ToLower(v), "token")
}

// wrapper looks at a credential that wraps a key: it matters when a client of
// OpenAI consumes it.
func (p *program) wrapper(c call) {
	if len(c.args) == 0 || p.declares(c) {
		return
	}
	a := c.args[0]
	scope := p.statement(c)
	if !p.isKey(a, true, true) || p.elsewhere(scope) || p.pointed(c, scope) || !p.consumed(c, scope, p.expression(a)) {
		return
	}
	p.add("KL301", c.start, c.close, c.name+"(…)")
	p.trace(a)
}

// trace follows a key to the line that reads it from the environment, under
// whatever name, and reports that.
func (p *program) trace(a arg) {
	v, at := p.expression(a), a.start
	for range 3 {
		given, ok := p.given(v, at)
		if !ok {
			return
		}
		v, at = string(p.data[given.start:min(given.end, given.start+longest)]), given.start
		if m := environmentRead.FindStringIndex(v); m != nil {
			p.add("KL302", given.start+m[0], given.start+m[1], "a key")
			return
		}
	}
}

// environmentRead is how programs read their environment.
var environmentRead = pattern(`\bprocess\.env\b|\bimport\.meta\.env\b|\benv\.get\(|\bGetEnvironmentVariable\(|\bos\.(Getenv|LookupEnv)\(|\benv::var(_os)?\(|\bSystem\.getenv\(|\bgetenv\(`)

// consumed reports whether a credential is for a client of OpenAI.
func (p *program) consumed(c call, scope span, key string) bool {
	statement := string(p.data[scope.start:scope.end])
	if verdict, known := p.consumer(statement, c.name); known {
		return verdict
	}
	for _, name := range p.assigned(p.equals(scope, c)) {
		for _, use := range p.uses(name, c.close) {
			if verdict, known := p.consumer(string(p.data[use.start:use.end]), c.name); known {
				return verdict && !p.elsewhere(use) && !p.redirected(use)
			}
		}
	}
	if openAINamed(key) {
		return true
	}
	return p.evidence().azure && !p.otherClients()
}

// equals is the equals sign before a call in its statement; 0 when there is none.
func (p *program) equals(scope span, c call) int {
	if i := bytes.IndexByte(p.data[scope.start:c.start], '='); i >= 0 {
		return scope.start + i
	}
	return 0
}

// uses are the statements behind an offset that have a variable as a word.
func (p *program) uses(name string, from int) (all []span) {
	for at := from; len(all) < 8; {
		i := bytes.Index(p.data[at:], []byte(name))
		if i < 0 {
			break
		}
		i += at
		at = i + len(name)
		if nameByte(p.data[i-1]) || at < len(p.data) && nameByte(p.data[at]) || !p.code(i) {
			continue
		}
		all = append(all, p.statement(call{start: i, close: at}))
	}
	return all
}

// consumer reports whether a statement makes a client of OpenAI, or one of
// another service; known is false when it makes neither.
func (p *program) consumer(statement, wrapper string) (openai, known bool) {
	other := false
	for _, word := range strings.FieldsFunc(statement, func(r rune) bool { return r > 127 || !nameByte(byte(r)) }) {
		if word == lastName(wrapper) || strings.Contains(word, "KeyCredential") && word != "NewClientWithKeyCredential" {
			continue
		}
		if _, ok := p.tongue.makers[word]; ok || upper(word[0]) && openAINamed(word) && !strings.Contains(word, "_") {
			return true, true
		}
		low := strings.ToLower(word)
		if upper(word[0]) && (strings.HasSuffix(low, "client") || strings.HasSuffix(low, "clientbuilder") || strings.HasSuffix(low, "asyncclient")) && low != "client" {
			other = true
		}
	}
	return false, other
}

// otherClients reports whether the file makes clients of Azure's other services,
// which take the same credentials.
func (p *program) otherClients() bool {
	for _, word := range [...]string{"searchclient", "searchindexclient", "formrecognizer", "documentanalysisclient", "documentintelligence", "textanalyticsclient", "translationclient", "eventgrid", "contentsafety", "imageanalysis", "search.documents"} {
		if p.mentions(word) {
			return true
		}
	}
	return false
}

// setter looks at a method that gives a builder a key. It reports whether the
// method is one of those.
func (p *program) setter(c call) bool {
	if len(c.args) != 1 || !p.openAIChain(c) {
		return false
	}
	a := c.args[0]
	secret := lastName(c.name) == "token"
	if p.isKey(a, secret, true) && !p.elsewhere(p.statement(c)) && !p.declares(c) {
		start := c.start
		for start < c.open && (p.data[start] == '.' || space(p.data[start])) {
			start++
		}
		p.add("KL301", start, c.close, lastName(c.name)+"(…)")
	}
	return true
}

// openAIChain reports whether a method is called on something about OpenAI: by
// the names before it in the chain, or of the variable's type.
func (p *program) openAIChain(c call) bool {
	start := p.chain(c.start)
	chain := string(p.data[start:c.start]) + strings.TrimSuffix(c.name, lastName(c.name))
	if openAIChained(chain) {
		return true
	}
	root := rootName(chain)
	if root == "" {
		return false
	}
	for _, v := range p.values[root] {
		if openAIChained(string(p.data[v.start:min(v.end, v.start+200)])) {
			return true
		}
	}
	return p.declaredAs(root)
}

// openAIChained reports whether a chain of calls starts at a type about
// OpenAI.
func openAIChained(chain string) bool {
	for _, word := range strings.FieldsFunc(chain, func(r rune) bool { return r > 127 || !nameByte(byte(r)) }) {
		if upper(word[0]) && (openAINamed(word) || word == "AzureConfig") && !strings.Contains(word, "_") {
			return true
		}
	}
	return false
}

// rootName is the name that a chain of calls starts with.
func rootName(chain string) string {
	chain = strings.TrimSpace(chain)
	end := 0
	for end < len(chain) && nameByte(chain[end]) {
		end++
	}
	if chain[:end] == "this" && end < len(chain) {
		return rootName(chain[end+1:])
	}
	return chain[:end]
}

// declaredAs reports whether a variable has a type about OpenAI before its name:
// OpenAIOkHttpClient.Builder builder.
func (p *program) declaredAs(name string) bool {
	known, ok := p.once["type of "+name]
	if !ok {
		known = p.declared(name)
		p.once["type of "+name] = known
	}
	return known
}

// declared looks for what declaredAs tells.
func (p *program) declared(name string) bool {
	for at := 0; ; {
		i := bytes.Index(p.data[at:], []byte(" "+name))
		if i < 0 {
			return false
		}
		i += at
		at = i + 1 + len(name)
		if at < len(p.data) && nameByte(p.data[at]) || !p.code(i) {
			continue
		}
		start := i
		for start > 0 && (nameByte(p.data[start-1]) || p.data[start-1] == '.') {
			start--
		}
		if start < i && openAIChained(string(p.data[start:i])) {
			return true
		}
	}
}

// chain is where the chain of calls begins that the name at i is a part of.
func (p *program) chain(i int) int {
	start := i
	joined := i < len(p.data) && p.data[i] == '.'
	for range 200 {
		j := p.blankBefore(start)
		if j == 0 {
			break
		}
		c := p.data[j-1]
		switch {
		case (c == ')' || c == ']' || c == '}') && joined && p.code(j-1) && p.pair[j-1] >= 0:
			start = int(p.pair[j-1])
			s, e := p.callee(start)
			if s < e {
				start = s
			}
			joined = start < len(p.data) && p.data[start] == '.'
		case c == '.' || c == '?' && joined:
			start, joined = j-1, true
		case nameByte(c) && joined:
			for j > 0 && (nameByte(p.data[j-1]) || p.data[j-1] == '.' || p.data[j-1] == ':') {
				j--
			}
			start = j
			joined = p.data[j] == '.'
		default:
			return start
		}
	}
	return start
}

// statement is the statement that a call stands in: from the start of what it is
// an argument of, or of its chain, to the end of that.
func (p *program) statement(c call) span {
	start, reach := c.start, 3*p.reach()
	for start > 0 && c.start-start < reach/2 {
		b := p.data[start-1]
		if p.code(start - 1) {
			if b == ';' || b == '{' || b == '}' && !p.initialiser(start-1) || p.tongue.ends && b == '\n' && !p.continues(start-1) {
				break
			}
			if (b == ')' || b == ']' || b == '}') && p.pair[start-1] > 0 {
				start = int(p.pair[start-1])
				continue
			}
		}
		start--
	}
	end := p.valueEnd(min(c.close, c.start+reach))
	for range 40 {
		if end >= len(p.data) || end-c.start > reach || p.data[end] != ')' && (p.data[end] != ',' || !p.enclosed(start, end)) {
			break
		}
		end = p.valueEnd(end + 1)
	}
	end = min(max(end, min(c.close, c.start+reach)), len(p.data))
	p.read += end - min(start, c.start)
	return span{min(start, c.start), end}
}

// enclosed reports whether the comma at end is between arguments of a call that
// begins behind start.
func (p *program) enclosed(start, end int) bool {
	depth := 0
	for i := end - 1; i >= start; i-- {
		if !p.code(i) {
			continue
		}
		switch p.data[i] {
		case ')', ']', '}':
			depth++
		case '(', '[', '{':
			depth--
			if depth < 0 {
				return p.data[i] == '('
			}
		}
	}
	return false
}

// initialiser reports whether the brace that closes at i belongs to a value.
func (p *program) initialiser(i int) bool {
	open := p.pair[i]
	if open <= 0 {
		return false
	}
	j := p.blankBefore(int(open))
	return j > 0 && (p.data[j-1] == '(' || p.data[j-1] == ',' || p.data[j-1] == '=' || p.data[j-1] == ':')
}

// continues reports whether the line that ends at i goes on.
func (p *program) continues(i int) bool {
	before := bytes.TrimRight(p.data[max(0, i-200):i], " \t\r")
	after := bytes.TrimLeft(p.data[i:min(len(p.data), i+200)], " \t\r\n")
	return len(before) > 0 && bytes.IndexByte([]byte("=+?:|&.(,["), before[len(before)-1]) >= 0 ||
		len(after) > 0 && bytes.IndexByte([]byte(".?:|&+)]"), after[0]) >= 0
}

// pretended reports whether a test has put something else in the place of the
// client.
func (p *program) pretended(c call) bool {
	return (p.mentions("jest.mock('openai") || p.mentions(`jest.mock("openai`) || p.mentions("vi.mock('openai") || p.mentions(`vi.mock("openai`)) && len(c.args) == 0
}

// elsewhere reports whether a statement points a client at another service.
func (p *program) elsewhere(s span) bool {
	body := p.data[s.start:s.end]
	if foreignHosts(string(body)) {
		return true
	}
	classes := p.class()
	for i := s.start; i < s.end; i++ {
		if !nameByte(p.data[i]) || classes[i] == inComment {
			continue
		}
		from := i
		for i < s.end && (nameByte(p.data[i]) || p.data[i] == '.' && classes[i] == inCode) {
			i++
		}
		word := string(p.data[from:i])
		if !addressed(word) {
			continue
		}
		if isForeign(word) {
			return true
		}
		if classes[from] != inCode {
			continue
		}
		if given, ok := p.given(word, from); ok && given.start != from {
			value := string(p.data[given.start:given.end])
			if foreignHosts(value) || isForeign(value) && !strings.Contains(value, "://") {
				return true
			}
		}
	}
	return false
}

// pointed reports whether a variable that a client is assigned to, or one that
// it is given, is pointed at another service in a statement of its own:
// config.BaseURL = "https://api.deepseek.com".
func (p *program) pointed(c call, scope span) bool {
	if len(p.values["BaseURL"])+len(p.values["BaseUrl"])+len(p.values["baseURL"])+len(p.values["Endpoint"])+len(p.values["BaseAddress"]) == 0 {
		return false
	}
	names := p.assigned(p.equals(scope, c))
	names = append(names, strings.FieldsFunc(string(p.data[c.start:scope.end]), func(r rune) bool { return r > 127 || !nameByte(byte(r)) })...)
	for _, property := range [...]string{"BaseURL", "BaseUrl", "baseURL", "Endpoint", "BaseAddress"} {
		for _, v := range p.values[property] {
			before := bytes.TrimRight(p.data[max(0, v.start-80):v.start], " =\t")
			path := string(before[bytes.LastIndexAny(before, " \t\n;{(")+1:])
			root, _, ok := strings.Cut(path, ".")
			value := string(p.data[v.start:v.end])
			if given, found := p.given(value, v.start); found {
				value += string(p.data[given.start:given.end])
			}
			if ok && slices.Contains(names, root) && (foreignHosts(value) || namesProvider(value)) && p.same(root, v.start, c.start, scope) {
				return true
			}
		}
	}
	return false
}

// redirected reports whether a statement is given options that were made before,
// with the address of another service: new() { Endpoint = new Uri(baseUrl) }.
func (p *program) redirected(s span) bool {
	if !p.tongue.ends || p.format.name != "csharp" {
		return false
	}
	for _, word := range strings.FieldsFunc(string(p.data[s.start:s.end]), func(r rune) bool { return r > 127 || !nameByte(byte(r)) }) {
		given, ok := p.given(word, s.start)
		if ok && (given.end < s.start || given.start > s.end) && hasPrefix(p.data[given.start:], "new") && p.elsewhere(given) {
			return true
		}
	}
	return false
}

// same reports whether a variable is at one place what it is at another, or what
// a statement gives it: functions call other variables alike.
func (p *program) same(name string, at, other int, scope span) bool {
	here, ok := p.given(name, at)
	if !ok || here.start >= scope.start && here.start <= scope.end {
		return true
	}
	there, _ := p.given(name, other)
	return here == there && other > here.end
}

// addressed reports whether a name is that of an address.
func addressed(name string) bool {
	low := strings.ToLower(name)
	return strings.Contains(low, "url") || strings.Contains(low, "endpoint") || strings.Contains(low, "host") || strings.Contains(low, "base") || strings.Contains(low, "uri")
}

// foreignHosts reports whether an expression has the address of another service.
func foreignHosts(v string) bool {
	for {
		i := strings.Index(v, "://")
		if i < 0 {
			return false
		}
		host := v[i+3:]
		v = host
		if end := strings.IndexAny(host, "/\"'` ?\n)"); end >= 0 {
			host = host[:end]
		}
		host = strings.ToLower(host)
		if host == "" || strings.Contains(host, "$") || strings.Contains(host, "{") || strings.Contains(host, "<") || strings.Contains(host, "%") {
			continue
		}
		if gitHubModels(host) || !ownHost(host) {
			return true
		}
	}
}

func gitHubModels(host string) bool {
	return host == "models.inference.ai.azure.com" || host == "models.github.ai"
}

// ownHost reports whether a host serves Azure OpenAI or OpenAI, or stands for it.
func ownHost(host string) bool {
	for _, part := range [...]string{"openai", "azure.", "microsoft.", "your", "example", "xxx", "oai.", "gateway.ai.cloudflare", "my-", "resource", "contoso", "learn.", "docs."} {
		if strings.Contains(host, part) {
			return true
		}
	}
	return false
}

// listers are methods that list an account's keys.
var listers = set("listkeys", "getkeysasync", "getkeys", "regeneratekey")

// lists finds commands and calls that list the keys of an account.
func (p *program) lists() {
	if p.tongue.lister != "" && (p.mentions(p.tongue.lister) || p.mentions("cognitiveservices.list")) {
		for _, c := range p.calls {
			if listers[strings.ToLower(lastName(c.name))] && strings.Contains(c.name, ".") && !p.defined(c.start) {
				p.add("KL305", c.start, c.close, c.name+"(…)")
			}
		}
	}
	for at := 0; ; {
		i := bytes.Index(p.data[at:], []byte("cognitiveservices account keys list"))
		if i < 0 {
			return
		}
		at += i + 10
		if p.class()[at] == inString {
			p.add("KL305", at-10, at, "az cognitiveservices account keys list")
		}
	}
}
