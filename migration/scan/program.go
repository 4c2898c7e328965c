package scan

import (
	"bytes"
	"slices"
	"strings"
)

// A tongue is what a language with braces uses keys with: JavaScript, C#, Java,
// Go, Rust and those that are written alike. Names of functions and types are
// the last part of a path, or the last two.
type tongue struct {
	makers map[string]maker // what makes a client of Azure OpenAI or OpenAI, or gives it its options
	// wrappers wrap a key for whichever client of Azure takes one:
	// AzureKeyCredential. The key is the first argument.
	wrappers map[string]bool
	// setters are methods that give a builder a key: apiKey in
	// OpenAIOkHttpClient.builder().apiKey(key).
	setters map[string]bool
	// implicit are methods that take everything from the environment.
	implicit map[string]bool
	// readers are functions that read or set a setting by its name.
	readers map[string]bool
	// environment are objects that have settings as properties: process.env.
	environment map[string]bool
	// definitions are words before a name which is defined there, not called.
	definitions map[string]bool
	braces      bool // Type{field: value} makes a value
	ends        bool // a value may end a line without a semicolon
	tags        bool // fields may have tags that name settings, as in Go
	// lister is what a file has that manages Azure's accounts by their API.
	lister string
}

// A maker is a function or type that makes a client of a service which takes
// keys.
type maker struct {
	keys     []string // the names of arguments that are keys, beside keyArguments
	position int      // the place of an argument without a name that is a key, from 1; 0: none
	tokens   []string // the names of arguments that are Entra credentials: with one of them no key is used
	implicit bool     // without any of these the library takes a key from the environment
	secret   bool     // its key may be called a token
	sure     bool     // what stands at position is a key, whatever it is called, but for a token
	wraps    bool     // it takes keys in wrappers only
	first    bool     // implicit, reported once a file
	needs    string   // in lower case, what a file must have for implicit, and for too general a name
	any      string   // …or this, but then it isn't implicit
	not      string   // in lower case, the path of another library's type of the same name
	unless   string   // in lower case, what tells that a token is given in the key's place
}

// keyArguments are the names of arguments that are keys, in lower case without
// separators.
var keyArguments = set("apikey", "openaiapikey", "azureopenaiapikey", "azureapikey", "openaikey", "azureopenaikey", "azurekey", "subscriptionkey", "adminapikey", "adminkey", "accesskey", "openapikey", "secretkey", "aoaikey")

// A program is a text of a language with braces, taken apart.
type program struct {
	*text
	tongue *tongue
	pair   []int32 // of each opening bracket: behind the one that closes it; of each closing one: the one that opens it
	calls  []call  // those whose names matter
	values map[string][]span
	alias  map[string]string
	once   map[string]bool // what is known of the whole text by a word
	types  map[string]string
	low    []byte // the text in lower case, once it is wanted
	read   int    // how much of the text was looked at around calls, see reach
}

var tongues = map[string]*tongue{
	"javascript": javascriptTongue, "csharp": csharpTongue, "java": javaTongue, "go": goTongue, "rust": rustTongue, "code": cTongue,
}

// cTongue is what programs in other languages that look like C use.
var cTongue = &tongue{
	makers:      map[string]maker{"OpenAI": {keys: []string{"apiToken", "token"}, position: 1, secret: true}, "AzureOpenAI": {}, "OpenAIClient": {}, "Configuration": {keys: []string{"token"}, needs: "openai", secret: true}},
	setters:     set("setApiKey", "apiKey"),
	readers:     set("getenv", "setenv", "string", "object", "get", "value", "infoDictionary", "env"),
	environment: set("env", "Secrets", "Env", "environment"),
	definitions: set("class", "struct", "enum", "protocol", "extension", "func", "case"),
}

// programs looks for the use of keys in a program.
func programs(t *text) {
	facts := t.evidence()
	if !facts.openai && !facts.azure {
		return
	}
	p := &program{text: t, tongue: tongues[t.format.name], once: map[string]bool{}, types: map[string]string{}}
	p.match()
	p.assign()
	p.imports()
	p.find()
	p.settings()
	p.headers()
	for _, c := range p.calls {
		p.look(c)
	}
	p.lists()
}

// match pairs brackets in one pass, whatever their nesting.
func (p *program) match() {
	classes := p.class()
	p.pair = make([]int32, len(p.data))
	var open []int
	for i, c := range p.data {
		if classes[i] != inCode {
			continue
		}
		switch c {
		case '(', '[', '{':
			open = append(open, i)
			p.pair[i] = int32(len(p.data))
		case ')', ']', '}':
			p.pair[i] = -1
			if n := len(open); n > 0 {
				p.pair[open[n-1]], p.pair[i] = int32(i+1), int32(open[n-1])
				open = open[:n-1]
			}
		}
	}
}

// find lists the calls, and the values made with braces.
func (p *program) find() {
	classes := p.class()
	for i, c := range p.data {
		if classes[i] != inCode || c != '(' && (c != '{' || !p.tongue.braces) {
			continue
		}
		open := i
		if c == '{' {
			open = p.blankBefore(i)
			if open > 0 && p.data[open-1] == ')' && p.pair[open-1] > 0 { // new Options() { … }
				open = int(p.pair[open-1])
				if start, _ := p.callee(open); p.word(start) != "new" {
					continue
				}
			}
		}
		start, end := p.callee(open)
		if start == end && c == '(' { // the bracket may stand on a line of its own
			if start, end = p.callee(p.blankBefore(open)); !p.openAIType(string(p.data[start:end])) {
				continue
			}
		}
		if start == end || p.defined(start) || c == '{' && p.returned(start) {
			continue
		}
		name := string(p.data[start:end])
		if name == "new" {
			name = p.targetType(start)
		}
		if len(p.calls) == mostCalls {
			return
		}
		if _, ok := p.maker(name); ok || p.matters(lastName(name)) || p.openAIType(name) {
			closing := int(p.pair[i])
			p.calls = append(p.calls, call{name: name, start: start, open: i, close: closing, args: p.args(i+1, closing-1, 0)})
		}
	}
}

// returned reports whether the type at start is what a function returns, whose
// body follows: func client() openai.Client {, fn config() -> OpenAIConfig {.
func (p *program) returned(start int) bool {
	for start > 0 && (p.data[start-1] == ' ' || p.data[start-1] == '*') {
		start--
	}
	return start > 0 && p.data[start-1] == ')' || hasPrefix(p.data[start:], "->") || start > 1 && hasPrefix(p.data[start-2:], "->")
}

// target is what stands before a new that leaves its type to the declaration.
var target = pattern(`([\w.]+)\??\s+\w+\s*(\{[^{}]*\}\s*)?=\s*$`)

// targetType is the type of what the new at start makes, by its declaration:
// OpenAIClient for OpenAIClient client = new(key).
func (p *program) targetType(start int) string {
	before := p.data[max(0, start-160):start]
	if m := target.FindSubmatch(before); m != nil && string(m[1]) != "var" {
		return string(m[1])
	}
	if m := receiving.FindSubmatch(before); m != nil {
		name := string(m[1])
		if _, known := p.types[name]; !known && len(p.types) < 100 { // hostile texts must not take long
			p.types[name] = p.fieldType(name)
		}
		return p.types[name]
	}
	return ""
}

// receiving is what stands before a new that goes to a variable declared before.
var receiving = pattern(`(?:^|[\s;{}.])(\w+)\s*=\s*$`)

// fieldType is the type by which a variable is declared: ChatClient for
// private readonly ChatClient? _client;.
func (p *program) fieldType(name string) string {
	for at := 0; ; {
		i := bytes.Index(p.data[at:], []byte(" "+name))
		if i < 0 {
			return ""
		}
		i += at
		at = i + 1 + len(name)
		if next := p.blankAfter(at); p.data[next] == ';' || p.data[next] == '{' {
			if kind := p.word(i); kind != "" {
				return kind
			}
			return p.word(i - 1) // nullable: ChatClient?
		}
	}
}

// matters reports whether a function is one of those looked for.
func (p *program) matters(last string) bool {
	return p.tongue.wrappers[last] || last == "create" || p.tongue.setters[last] || p.tongue.implicit[last] || bearerMethods[last] || listers[strings.ToLower(last)]
}

// maker is what a call's name makes, and whether the file has what it needs.
func (p *program) maker(name string) (maker, bool) {
	last := lastName(name)
	m, ok := p.tongue.makers[last]
	if !ok {
		m, ok = p.tongue.makers[p.lastTwo(name)]
	}
	if m.not != "" && (strings.HasPrefix(strings.ToLower(name), m.not) || p.mentions("use "+m.not)) {
		return m, false
	}
	if m.unless != "" && p.mentions(m.unless) {
		m.secret = false
	}
	if !ok || m.needs == "" || p.mentions(m.needs) {
		return m, ok
	}
	if m.any != "" && p.mentions(m.any) || m.implicit && m.any == "" && !m.first {
		m.implicit = false
		return m, true
	}
	return m, false
}

// lastTwo are the last two parts of a path, the first by its own name where it
// is an alias.
func (p *program) lastTwo(name string) string {
	last := lastName(name)
	rest := strings.TrimRight(name[:len(name)-len(last)], ".:")
	separator := name[len(rest) : len(name)-len(last)]
	qualifier := lastName(rest)
	if real := p.alias[qualifier]; real != "" {
		qualifier = real
	}
	return qualifier + separator + last
}

// openAIType reports whether a name is that of a type about OpenAI:
// AzureOpenAIChatModel, addOpenAIClient is none.
func (p *program) openAIType(name string) bool {
	last := lastName(name)
	return len(last) > 5 && (upper(last[0]) || strings.HasPrefix(last, "create")) && openAINamed(last)
}

// openAINamed reports whether the words of a name tell of OpenAI and of no test.
func openAINamed(name string) bool {
	if low := strings.ToLower(name); !strings.Contains(low, "ai") && !strings.Contains(low, "gpt") {
		return false
	}
	words := nameWords(name)
	return slices.ContainsFunc(words, func(w string) bool { return openAIWords[w] }) &&
		!slices.ContainsFunc(words, func(w string) bool { return pretended[w] })
}

var (
	openAIWords = set("openai", "azureopenai", "aoai", "azureai", "chatgpt")
	pretended   = set("mock", "fake", "stub", "test", "error", "exception", "compatible", "like")
)

// mentions reports whether the text has a word in lower case, in any case.
func (p *program) mentions(word string) bool {
	known, ok := p.once[word]
	if !ok {
		if p.low == nil {
			p.low = bytes.ToLower(p.data)
		}
		known = bytes.Contains(p.low, []byte(word))
		p.once[word] = known
	}
	return known
}

// defined reports whether the name at start is defined there.
func (p *program) defined(start int) bool {
	before := p.word(start)
	return before == "function" || before == "fun" || before == "func" || before == "fn" || before == "def" || before == "class" || p.tongue.definitions[before]
}

// word is the word before an offset, on the same line.
func (p *program) word(at int) string {
	end := at
	for end > 0 && (p.data[end-1] == ' ' || p.data[end-1] == '\t') {
		end--
	}
	start := end
	for start > 0 && nameByte(p.data[start-1]) {
		start--
	}
	return string(p.data[start:end])
}

// blankBefore is where the white space and comments before i begin.
func (p *program) blankBefore(i int) int {
	for i > 0 && (space(p.data[i-1]) || p.commented(i-1)) {
		i--
	}
	return i
}

func space(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// args takes what stands between brackets apart at commas.
func (p *program) args(start, end, depth int) (all []arg) {
	for start < end && len(all) < 200 {
		stop := p.stop(start, end)
		all = append(all, p.arg(start, stop, depth)...)
		start = stop + 1
	}
	return all
}

// stop is where the argument or the value that starts at start ends: at a comma
// or semicolon in no inner bracket, or at end.
func (p *program) stop(start, end int) int {
	classes := p.class()
	for i := start; i < end; i++ {
		if classes[i] != inCode {
			continue
		}
		switch p.data[i] {
		case '(', '[', '{':
			i = int(p.pair[i]) - 1
		case ',', ';', ')', ']', '}':
			return i
		}
	}
	return end
}

// arg reads one argument: name: value, name = value, a value, or an object of
// such. An object's property without a value has its name as its value.
func (p *program) arg(start, end, depth int) []arg {
	start, end = p.trim(start, end)
	if start >= end {
		return nil
	}
	if p.data[start] == '{' && p.data[end-1] == '}' && depth < 3 {
		inner := p.args(start+1, end-1, depth+1)
		for i, a := range inner {
			if a.name == "" && plainName(p.expression(a)) {
				inner[i].name = p.expression(a)
			}
		}
		return inner
	}
	i := start
	for i < end && (p.data[i] == '"' || p.data[i] == '\'' || p.data[i] == '@') {
		i++
	}
	from := i
	for i < end && (nameByte(p.data[i]) || p.data[i] == '-') {
		i++
	}
	name := string(p.data[from:i])
	for i < end && bytes.IndexByte([]byte(`"'`+" \t"), p.data[i]) >= 0 {
		i++
	}
	if name != "" && i < end {
		skip := 0
		switch rest := p.data[i:end]; {
		case hasPrefix(rest, "::"), hasPrefix(rest, "=="), hasPrefix(rest, "=>"):
		case rest[0] == '=', rest[0] == ':':
			skip = 1
		}
		if skip > 0 {
			from, to := p.trim(i+skip, end)
			return append([]arg{{name, start, from, to}}, p.nested(name, from, to, depth)...)
		}
	}
	return []arg{{"", start, start, end}}
}

// nested are the properties of an object that is itself a property, as in
// clientOptions: { apiKey }.
func (p *program) nested(name string, start, end, depth int) []arg {
	if depth > 1 || start >= end || p.data[start] != '{' || !strings.Contains(strings.ToLower(name), "option") && !strings.Contains(strings.ToLower(name), "config") && !strings.Contains(strings.ToLower(name), "openai") {
		return nil
	}
	return p.arg(start, end, depth+1)
}

// expression is the text of an argument's value, as far as it is looked at.
func (p *program) expression(a arg) string {
	end := min(a.end, a.start+p.reach())
	p.read += end - a.start
	return string(p.data[a.start:end])
}

// reach is how far an expression is looked at. It gets short where calls within
// calls by the thousand have the same text looked at again and again.
func (p *program) reach() int {
	if p.read > 32*len(p.data)+1<<18 {
		return 60
	}
	return longest
}

func plainName(s string) bool {
	for i := range len(s) {
		if !nameByte(s[i]) {
			return false
		}
	}
	return s != "" && !digit(s[0])
}

// assign lists what the program gives variables, by their last names.
func (p *program) assign() {
	p.values = map[string][]span{}
	classes := p.class()
	for i := 1; i+1 < len(p.data); i++ {
		if p.data[i] != '=' || classes[i] != inCode || p.data[i+1] == '=' || p.data[i+1] == '>' || bytes.IndexByte([]byte("=!<>+-*/|&^%?"), p.data[i-1]) >= 0 {
			continue
		}
		end := p.valueEnd(i + 1)
		start, end := p.trim(i+1, end)
		for _, name := range p.assigned(i) {
			if len(p.values[name]) < mostAssignments {
				p.values[name] = append(p.values[name], span{start, end})
			}
		}
	}
}

// longest is how far a value is read, its brackets not counted: hostile texts
// must not take long.
const longest = 2000

// valueEnd is where the value that starts at i ends.
func (p *program) valueEnd(start int) int {
	classes, lines := p.class(), 0
	for i := start; i < len(p.data) && i < start+longest; i++ {
		if classes[i] != inCode {
			continue
		}
		switch p.data[i] {
		case '(', '[', '{':
			i = int(p.pair[i]) - 1
		case ';', ',', ')', ']', '}':
			return i
		case '\n':
			if lines++; lines > 60 || !p.goesOn(start, i) {
				return i
			}
		}
	}
	return min(len(p.data), start+longest)
}

// goesOn reports whether a value goes on behind the line that ends at i.
func (p *program) goesOn(start, i int) bool {
	before := bytes.TrimRight(p.data[start:i], " \t\r")
	after := bytes.TrimLeft(p.data[i:min(len(p.data), i+400)], " \t\r\n")
	return len(before) == 0 || bytes.IndexByte([]byte("=+?:|&.(,"), before[len(before)-1]) >= 0 ||
		len(after) > 0 && (bytes.IndexByte([]byte(".?:|&+"), after[0]) >= 0 || after[0] == '{' && hasPrefix(bytes.TrimLeft(p.data[start:i], " \t"), "new "))
}

// assigned are the names that the assignment at i gives a value: one, or, in
// Go, several.
func (p *program) assigned(i int) (names []string) {
	line := bytes.LastIndexAny(p.data[max(0, i-300):i], "\n;{}()") + 1 + max(0, i-300)
	left := strings.TrimSpace(strings.TrimRight(strings.TrimSpace(string(p.data[line:i])), ":"))
	if at := strings.IndexByte(left, ':'); at > 0 && !strings.Contains(left, "::") { // name: type
		left = left[:at]
	}
	for part := range strings.SplitSeq(left, ",") {
		part = strings.TrimRight(strings.TrimSpace(part), "?!")
		from := len(part)
		for from > 0 && nameByte(part[from-1]) {
			from--
		}
		if from < len(part) {
			names = append(names, part[from:])
		}
	}
	return names
}

// given is the last value before an offset that the program gives the variable
// which an expression is, or else the first; "" when it is none.
func (p *program) given(expression string, at int) (span, bool) {
	expression = strings.TrimRight(strings.TrimSpace(expression), "!")
	if strings.IndexFunc(expression, func(r rune) bool { return r > 127 || !nameByte(byte(r)) && r != '.' && r != '*' && r != '&' }) >= 0 {
		return span{}, false
	}
	all := p.values[lastName(strings.TrimLeft(expression, "*&"))]
	if len(all) == 0 {
		return span{}, false
	}
	foreign := p.ofVariable(strings.TrimLeft(expression, "*&"))
	var best span
	for _, v := range all {
		if foreign && !p.memberSet(v.start) {
			continue
		}
		if v.end <= at || best.end == 0 {
			best = v
		}
	}
	return best, best.start < best.end
}

// ofVariable reports whether an expression is a field of some variable, not of
// the object itself: what a constant of the field's name is tells nothing of it.
func (p *program) ofVariable(expression string) bool {
	root, _, ok := strings.Cut(expression, ".")
	return ok && p.tongue.tags && root != "" && lowercase(root[0])
}

// memberSet reports whether the value at start is given to a field.
func (p *program) memberSet(start int) bool {
	left := bytes.TrimRight(p.data[max(0, start-200):start], " \t\n\r:=")
	for len(left) > 0 && nameByte(left[len(left)-1]) {
		left = left[:len(left)-1]
	}
	return len(left) > 0 && left[len(left)-1] == '.'
}

// imports notes the names that Go's imports and JavaScript's give packages.
func (p *program) imports() {
	p.alias = map[string]string{}
	if !p.tongue.tags {
		return
	}
	for _, imported := range goPackages {
		for at := 0; ; {
			i := bytes.Index(p.data[at:], []byte(imported.path))
			if i < 0 {
				break
			}
			at += i + len(imported.path)
			quote := bytes.LastIndexByte(p.data[:at], '"')
			if name := p.word(max(quote, 0)); name != "" && name != "import" {
				p.alias[name] = imported.name
			} else if imported.name != imported.base {
				p.alias[imported.base] = imported.name
			}
		}
	}
}

// goPackages are packages by the ends of their paths.
var goPackages = []struct{ path, base, name string }{
	{"sashabaranov/go-openai", "openai", "openai"},
	{"openai/openai-go", "openai", "openai"},
	{"llms/openai", "openai", "openai"},
	{"components/model/openai", "openai", "openai"},
	{"components/embedding/openai", "openai", "openai"},
	{"PullRequestInc/go-gpt3", "gpt3", "gpt3"},
	{"openai-go/option", "option", "option"},
	{"openai-go/v2/option", "option", "option"},
	{"openai-go/v3/option", "option", "option"},
	{"ai/azopenai", "azopenai", "azopenai"},
}
