package scan

import (
	"bytes"
	"slices"
	"strings"
)

// settings finds the settings that are keys and are read, or set, by name.
func (p *program) settings() {
	p.eachString(func(s span, content string) {
		name := settingName(content)
		switch {
		case p.tongue.tags && p.data[s.start] == '`':
			p.tag(s)
		case name == "" || len(name) > 100:
		case p.settingRead(s, name):
			p.add("KL302", s.start, s.end, name)
		}
	})
	for _, n := range p.keyNames(0, len(p.data)) {
		if p.code(n.start) && p.property(n) {
			p.add("KL302", n.start, n.end, n.text)
		}
	}
}

// eachString calls f with each string, and its content without quotes.
func (p *program) eachString(f func(s span, content string)) {
	classes := p.class()
	for i := 0; i < len(p.data); i++ {
		if classes[i] != inString {
			continue
		}
		start := i
		quote := i
		for quote < len(p.data) && (p.data[quote] == '$' || p.data[quote] == '@' || p.data[quote] == 'r' || p.data[quote] == '#') {
			quote++
		}
		i = quote + 1
		if quote < len(p.data) {
			for i < len(p.data) && classes[i] == inString && (p.data[i] != p.data[quote] || p.data[i-1] == '\\') {
				i++
			}
		}
		end := min(i+1, len(p.data))
		if quote+1 < end {
			f(span{start, end}, string(p.data[quote+1:end-1]))
		}
	}
}

// settingName is the name of a setting that a string is: NAME, ${a.b.name:},
// Section:Name, or "" when the string is something else.
func settingName(content string) string {
	if rest, ok := strings.CutPrefix(strings.TrimPrefix(content, "\\"), "${"); ok { // Kotlin has \${
		content, _, _ = strings.Cut(strings.TrimSuffix(rest, "}"), ":")
	}
	content = strings.TrimSuffix(content, ":")
	for i := range len(content) {
		if c := content[i]; !nameByte(c) && c != '.' && c != ':' && c != '-' && c != '/' {
			return ""
		}
	}
	return content
}

// settingRead reports whether the string at s is the name of a key that is read.
func (p *program) settingRead(s span, name string) bool {
	path := strings.ContainsAny(name, ".:")
	context := p.context(s)
	switch {
	case context.quiet || p.taken(s) || p.noted(s.start):
		return false
	case environmentName(name):
		return (keyPath(name) || p.keyName(name)) && (context.reader || !strings.HasPrefix(name, "YOUR")) && !context.compared && !p.setToDummy(s) && !p.refused(s)
	case context.reader && genericKeys[strings.ToLower(strings.ReplaceAll(strings.ReplaceAll(name, "_", ""), "-", ""))]:
		return aboutSection(context.receiver) || aboutSection(p.sectionOf(context.receiver, s.start))
	case !keyPath(name), p.setToDummy(s):
		return false
	case path:
		return (context.reader || context.annotation || strings.Contains(string(p.data[s.start:s.end]), "${")) && !strings.HasPrefix(name, "http")
	}
	return context.reader && context.settings || context.annotation
}

// genericKeys are names of settings that are a key's only in their section.
var genericKeys = set("key", "apikey", "key1", "accesskey", "subscriptionkey", "secret")

// keyPath reports whether a path of settings is that of a key: the last part
// but one may tell the service.
func keyPath(name string) bool {
	return KeyName(name) && len(name) < 80 && !strings.HasSuffix(name, ".") && !strings.Contains(name, "//")
}

// environmentName reports whether a name is in capitals, as those of
// environment variables are.
func environmentName(name string) bool {
	return strings.ToUpper(name) == name && strings.IndexByte(name, '.') < 0 && (strings.Contains(name, "_") || strings.Contains(name, "KEY"))
}

// aboutSection reports whether a path of settings leads to OpenAI's section.
func aboutSection(receiver string) bool {
	return slices.ContainsFunc(nameWords(receiver), func(w string) bool { return openAIWords[w] || services[w] })
}

// sectionOf is what the program gave the variable that settings are read from.
func (p *program) sectionOf(receiver string, at int) string {
	given, ok := p.given(strings.TrimRight(receiver, ".?!"), at)
	if !ok {
		return ""
	}
	v := string(p.data[given.start:given.end])
	if !strings.Contains(v, "Section") && !strings.Contains(v, "get") && !strings.Contains(v, "config") {
		return ""
	}
	return v
}

// A context is what stands around a string.
type context struct {
	reader     bool   // a function that reads settings, or an index
	settings   bool   // what it reads from is called settings, or it reads nothing else
	annotation bool   // @Value, #[arg(env = …)]
	quiet      bool   // a message, a test's name, a comparison's other side
	compared   bool   // compared with ==
	receiver   string // what is read from
}

// quietCalls are functions whose arguments are for people, or of tests.
var quietCalls = set("log", "error", "warn", "info", "debug", "print", "println", "printf", "writeline", "describe", "it", "test", "expect", "tocontain", "contain", "contains", "includes", "tomatch", "tobe", "toequal", "tothrow", "haskey", "containskey",
	"fatal", "fatalf", "errorf", "fatalln", "warning", "t", "$t", "unset", "unsetenv", "remove", "delete", "removeitem", "stubenv", "equal", "equals", "notcontains", "registersecret", "redact", "mask", "startswith", "endswith", "remove_var", "panic", "expect_err", "clearproperty",
	"hasprefix", "assert", "assert_eq", "argumentexception", "argumentnullexception", "invalidoperationexception", "illegalstateexception", "illegalargumentexception", "throwifnull", "throwifnullorempty", "throwifnullorwhitespace", "tobedefined", "useState", "useref", "requirenonnull", "logerror", "loginformation", "logwarning", "anyhow", "bail", "eprintln", "eq")

// settingWords tell that an object has settings.
var settingWords = set("config", "configuration", "configs", "settings", "setting", "env", "environment", "secrets", "secret", "vault", "keyvault", "properties", "property", "props", "dotenv", "viper", "parameters", "preferences", "prefs", "localstorage", "sessionstorage", "storage", "sharedpreferences", "conf", "cfg", "builder", "userdefaults", "keychain", "getconfiguration", "appsettings", "manager", "variables", "globalstate", "credentials", "workspacestate")

// sureReaders read settings and nothing else, whatever they are called on.
var sureReaders = set("getenv", "getenvironmentvariable", "getproperty", "setproperty", "getsecret", "getsecretasync", "lookupenv", "getsection", "getvalue", "getrequiredproperty", "definesecret", "addparameter", "getitem", "setitem", "getsecretvalue", "setsecret", "getitemasync", "bindenv", "secret", "getsetting", "getrequiredsection", "configproperty", "value", "findproperty", "getpassword", "getenvvar")

// context tells what a string stands in.
func (p *program) context(s span) (c context) {
	i := p.blankBefore(s.start)
	if i == 0 {
		return c
	}
	switch b := p.data[i-1]; {
	case b == '[' && p.data[p.blankAfter(s.end)] == ']':
		if start := p.chainStart(i - 1); start < i-1 {
			c.receiver = string(p.data[start : i-1])
			c.reader = true
			c.settings = hasSettingWord(c.receiver)
		}
	case b == '=' && i > 1 && bytes.IndexByte([]byte("=!"), p.data[i-2]) >= 0:
		c.compared = true
	case b == '=' && i > 1 && p.format.name == "javascript" && p.attribute(i-1):
		c.quiet = true
	}
	open, argument := p.enclosing(s.start), s
	if outer := p.blankBefore(open); open > 0 && p.data[open] == '[' && outer > 0 && p.data[outer-1] == '(' { // get(["name"])
		open, argument.start = outer-1, open
	}
	if open > 0 && p.data[open] == '(' {
		p.inCall(argument, open, &c)
	}
	next := p.blankAfter(s.end)
	c.compared = c.compared || hasPrefix(p.data[next:], "==") || hasPrefix(p.data[next:], "!=") || p.word(s.start) == "case"
	c.quiet = c.quiet || p.word(s.start) == "in" || hasPrefix(p.data[next:], "in ") || p.format.name == "javascript" && hasPrefix(p.data[next:], "|")
	return c
}

// inCall adds what the call that opens at open tells of a string among its
// arguments.
func (p *program) inCall(s span, open int, c *context) {
	start, end := p.callee(open)
	name := string(p.data[start:end])
	last := strings.TrimLeft(lastName(name), "@")
	low := strings.ToLower(last)
	first := p.blankBefore(s.start) == open+1
	c.quiet = c.quiet || quietCalls[strings.Trim(low, ".")] || strings.HasSuffix(low, "exception") || strings.HasSuffix(low, "error") || strings.HasPrefix(low, "log") && low != "login"
	if (first || p.named(s.start, open)) && (p.tongue.readers[last] || sureReaders[low] || low == "get" || low == "env") && !c.quiet {
		c.reader = true
		receiver := string(p.data[p.chainStart(start):start]) + name
		c.receiver = strings.TrimSuffix(receiver, last)
		c.settings = sureReaders[low] || hasSettingWord(c.receiver) || p.tongue.readers[last] && low != "get" && low != "string" && low != "set"
		c.annotation = start > 0 && (p.data[start] == '@' || p.data[start-1] == '@')
	}
}

// chainStart is where the chain begins that ends at i.
func (p *program) chainStart(i int) int {
	if i > 0 && (p.data[i-1] == ')' || p.data[i-1] == ']') && p.pair[i-1] > 0 {
		open := int(p.pair[i-1])
		start, _ := p.callee(open)
		return p.chain(min(start, open))
	}
	for i > 0 && (nameByte(p.data[i-1]) || p.data[i-1] == '.' || p.data[i-1] == '?' || p.data[i-1] == '!') {
		i--
	}
	return p.chain(i)
}

// named reports whether the string at i is an argument with a name, such as
// name = "…" in an annotation, in the call that opens at open.
func (p *program) named(i, open int) bool {
	j := p.blankBefore(i)
	return j > 0 && p.data[j-1] == '=' && i-open < 80
}

// attribute reports whether the = at i is that of a tag's attribute, as in
// id="openai-key".
func (p *program) attribute(i int) bool {
	return i > 0 && nameByte(p.data[i-1]) && i+1 < len(p.data) && (p.data[i+1] == '"' || p.data[i+1] == '\'')
}

// hasSettingWord reports whether the words of an expression tell of settings.
func hasSettingWord(v string) bool {
	return slices.ContainsFunc(nameWords(v), func(w string) bool { return settingWords[w] })
}

// blankAfter is where white space from i on ends; the last byte at the end of
// the text.
func (p *program) blankAfter(i int) int {
	for i < len(p.data) && space(p.data[i]) {
		i++
	}
	return min(i, len(p.data)-1)
}

// enclosing is the innermost bracket that is open at i, within some lines; 0
// when there is none.
func (p *program) enclosing(at int) int {
	for i := at - 1; i > 0 && at-i < 2000; i-- {
		if !p.code(i) {
			continue
		}
		switch p.data[i] {
		case ')', ']', '}':
			if p.pair[i] < 0 {
				return 0
			}
			i = int(p.pair[i])
		case '(', '[', '{':
			return i
		}
	}
	return 0
}

// before is what stands before an offset in its statement and line, as far as
// matters.
func (p *program) before(at int) string {
	from := max(0, at-200)
	return string(p.data[from+bytes.LastIndexAny(p.data[from:at], "\n;{}")+1 : at])
}

// taken reports whether the statement takes the setting away.
func (p *program) taken(s span) bool {
	line := strings.ToLower(p.before(s.start))
	return strings.Contains(line, "delete ") || strings.Contains(line, "throw ") || strings.Contains(line, "unset") || strings.Contains(line, "remove")
}

// refused reports whether the setting is read to refuse it: if it is there, an
// error follows.
func (p *program) refused(s span) bool {
	line := strings.TrimSpace(p.before(s.start))
	if !strings.HasPrefix(line, "if (") && !strings.HasPrefix(line, "if ") || strings.ContainsAny(line, "!") || strings.Contains(line, "NullOr") {
		return false
	}
	end := s.end + lineLength(p.data[s.end:min(len(p.data), s.end+200)])
	rest := string(p.data[s.end:end])
	if strings.Contains(rest, "==") || strings.Contains(rest, "undefined") || strings.Contains(rest, "null") || strings.Contains(rest, "nil") {
		return false
	}
	next := strings.TrimSpace(string(p.data[min(end, len(p.data)):min(len(p.data), end+200)]))
	return strings.HasPrefix(next, "throw ") || strings.Contains(rest, "throw ")
}

// setToDummy reports whether the setting is set to nothing, or to what a test
// makes up.
func (p *program) setToDummy(s span) bool {
	i := p.blankAfter(s.end)
	if p.data[i] == ']' {
		i = p.blankAfter(i + 1)
	}
	switch {
	case p.data[i] == '=' && i+1 < len(p.data) && p.data[i+1] != '=' && p.data[i+1] != '>', p.data[i] == ',' && p.setterCall(s):
	default:
		return false
	}
	end := p.valueEnd(i + 1)
	from, to := p.trim(i+1, end)
	v := string(p.data[from:to])
	return nothing(v) || isForeign(v)
}

// setterCall reports whether the string is an argument of what sets a variable.
func (p *program) setterCall(s span) bool {
	open := p.enclosing(s.start)
	if open == 0 {
		return false
	}
	start, end := p.callee(open)
	return strings.Contains(strings.ToLower(lastName(string(p.data[start:end]))), "set")
}

// property reports whether a name in code is a property of the environment:
// process.env.NAME, or one of those taken out of it.
func (p *program) property(n name) bool {
	s := span{n.start, n.end}
	if p.taken(s) || p.setToDummy(s) || p.refused(s) {
		return false
	}
	before := p.blankBefore(n.start)
	if before > 0 && p.data[before-1] == '.' {
		start := before - 1
		for start > 0 && (p.data[start-1] == '?' || p.data[start-1] == ')' || p.data[start-1] == '(' || p.data[start-1] == '!') {
			start--
		}
		end := start
		for start > 0 && nameByte(p.data[start-1]) {
			start--
		}
		object := string(p.data[start:end])
		return environmentName(n.text) && (p.tongue.environment[object] || hasSettingWord(object)) || strings.EqualFold(object, "env") || object == "secrets" && p.tongue.environment[object]
	}
	next := p.blankAfter(n.end)
	assigned := p.data[next] == '=' && p.format.name == "javascript" && p.constant(next+1)
	return environmentName(n.text) && (assigned || p.destructured(n))
}

// destructured reports whether a name is taken out of the environment:
// const { NAME } = process.env, or imported from it, or described in a schema.
func (p *program) destructured(n name) bool {
	open := p.enclosing(n.start)
	if p.format.name != "javascript" || open == 0 || p.data[open] != '{' {
		return false
	}
	next := p.blankAfter(n.end)
	if p.data[next] == ':' {
		value := p.blankAfter(next + 1)
		rest := p.data[value:min(len(p.data), value+40)]
		return schema.Match(rest) || p.constant(value)
	}
	behind := string(p.data[min(int(p.pair[open]), len(p.data)):min(int(p.pair[open])+120, len(p.data))])
	return environmentSource.MatchString(behind)
}

// constant reports whether what has the name of a key is given a string that is
// one, or keeps the place of one: { OPENAI_API_KEY: "your-key" }.
func (p *program) constant(value int) bool {
	start, end := p.trim(value, p.valueEnd(value))
	v := string(p.data[start:end])
	s, ok := literal(v)
	return ok && !nothing(v) && !imagined(v) && !strings.ContainsAny(s, " :") && !KeyName(strings.ToUpper(s)) || ok && strings.HasPrefix(strings.ToLower(s), "your")
}

var (
	// schema is how values of the environment are described: by zod, Joi, envalid,
	// valibot, yup.
	schema = pattern(`^(z|Joi|joi|v|yup|t|Type|S|Schema|Config|s)\.\w+|^(str|requiredString|makeValidator|envField)\b`)
	// environmentSource is what settings are taken from.
	environmentSource = pattern(`^\s*(:[^=\n]{0,40})?=\s*(await\s+)?[\w.$]*(env|ENV|Env|config|Config|secrets|settings)\b|^\s*from\s*["'](\$env/|@env|astro:env)`)
)

// tagged is a tag of a field that names a setting. What encodes and decodes
// other people's data is left out.
var tagged = pattern(`\b(env|envconfig|mapstructure|koanf|yaml|toml|hcl|config|conf|default)\s*:\s*"([^",]+)`)

// tag looks at the tags of a field in Go.
func (p *program) tag(s span) {
	if s.end-s.start > 500 {
		return
	}
	for _, m := range tagged.FindAllSubmatchIndex(p.data[s.start:s.end], -1) {
		if name := string(p.data[s.start+m[4] : s.start+m[5]]); keyPath(name) {
			p.add("KL302", s.start+m[4], s.start+m[5], name)
			return
		}
	}
}
