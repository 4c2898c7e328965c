package scan

import (
	"bytes"
	"slices"
	"strings"
)

// A dialect is what a language's programs use keys with. Names of functions and
// types are the last part of a path: AzureOpenAI for openai.AzureOpenAI.
//
// Types whose names tell that they are about OpenAI (AzureOpenAIGenerator) need
// no entry for arguments that are called like keys: see general.
type dialect struct {
	clients map[string]client // what makes a client of Azure OpenAI or OpenAI
	// credentials are types that wrap a key for some client, and which must be
	// consumed by one of OpenAI: AzureKeyCredential. The key is the first argument.
	credentials []string
	// setters are methods that give a client or its builder a key: apiKey in
	// OpenAIOkHttpClient.builder().apiKey(key).
	setters []string
	// readers are functions that read a setting by its name: getenv.
	readers []string
	// objects are what settings are read from by property or index: os.environ.
	objects []string
	// bearers are functions that send their argument as a bearer: withToken.
	bearers []string
	// properties are paths that take a key: openai.api_key.
	properties []string
	// more are detectors for what only this language has.
	more []func(*source)
}

// A client is a function or type that makes a client of a service which takes
// keys.
type client struct {
	keys     []string // the names of arguments that are keys
	position int      // the place of an argument without a name that is a key, from 1; 0: none
	tokens   []string // the names of arguments that are Entra credentials: with one of them no key is used
	implicit bool     // without any of these the library takes a key from the environment
	azure    bool     // only where the file is about Azure OpenAI: the name alone is too general
	modelled bool     // only where an argument names a model of theirs: "azure/gpt-4o"
	paths    []string // only where the path before the name ends in one of these: OpenAI::Client. for OpenAI::Client.new
}

// A source is what is known of a text that is a program.
type source struct {
	*text
	dialect     *dialect
	names       map[string]string // names that imports give clients, by what the file calls them
	done        []span            // where keys are told of already, or are another service's
	assignments map[string][]assignment
}

// code looks for the use of keys in a program.
func code(text *text) {
	d := dialects[text.format.name]
	if d == nil {
		d = &dialect{}
	}
	t := &source{text: text, dialect: d}
	if t.evidence().openai || t.evidence().azure {
		t.uses(d)
		t.properties(d)
		t.configured()
		t.headers()
		t.lists()
	}
	for _, detect := range d.more {
		detect(t)
	}
	t.reads(d)
	t.indirect(d)
}

// uses looks at the calls of a file that is about Azure OpenAI or OpenAI.
func (t *source) uses(d *dialect) {
	t.names = t.renamed(d)
	calls := t.callsOf(func(name string) bool { return t.interesting(name, d) })
	for _, c := range calls {
		if made, ok := t.maker(c.name, d); ok && t.made(c, made) {
			t.client(c, made)
		}
	}
	for _, c := range calls {
		last := lastName(c.name)
		if slices.Contains(d.bearers, last) && len(c.args) > 0 && t.sent(t.short(c.args[0]), "bearer ", c.start) {
			t.add("KL303", c.start, c.close, last+"(…)")
			t.settle(c)
		}
		if slices.Contains(d.credentials, last) && t.wraps(c, d) {
			t.add("KL301", c.start, c.close, c.name+"(…)")
			t.settle(c)
			t.trace(c.args[0].start, c.args[0].end)
		}
		if slices.Contains(d.setters, last) && len(c.args) == 1 && t.chained(c, d) && t.key(c.args[0]) {
			t.add("KL301", c.open-len(last), c.close, last+"(…)")
			t.settle(c)
			t.trace(c.args[0].start, c.args[0].end)
		}
	}
}

// interesting reports whether a call may have to do with keys, by its name.
func (t *source) interesting(name string, d *dialect) bool {
	last := lastName(name)
	if _, ok := t.maker(name, d); ok {
		return true
	}
	return slices.Contains(d.credentials, last) || slices.Contains(d.setters, last) || slices.Contains(d.bearers, last)
}

// maker is how a function makes a client, if it does.
func (t *source) maker(name string, d *dialect) (client, bool) {
	last := lastName(name)
	if original := t.names[last]; original != "" {
		last = original
	}
	made, ok := d.clients[last]
	before := strings.TrimSuffix(name, lastName(name))
	if ok && (made.paths == nil || slices.ContainsFunc(made.paths, func(p string) bool { return strings.HasSuffix(before, p) })) {
		return made, true
	}
	return client{}, general(name)
}

// general reports whether a path is that of a type about OpenAI which the tables
// don't know, or of a function of the module openai.
func general(path string) bool {
	last := lastName(path)
	if module, _, ok := strings.Cut(path, "."); ok && module == "openai" {
		return true
	}
	if last == "new" {
		path = strings.TrimRight(strings.TrimSuffix(path, "new"), ".:")
		last = lastName(path)
	}
	return last == "openai" || last != "" && upper(last[0]) && slices.ContainsFunc(nameWords(last), func(w string) bool { return openaiNames[w] }) &&
		!slices.ContainsFunc(nameWords(last), func(w string) bool { return noClients[w] })
}

var (
	// openaiNames are OpenAI's own names, which need no other evidence beside them.
	openaiNames = set("openai", "aoai", "azureopenai", "azureoai", "oai", "chatgpt")
	noClients   = set("error", "exception", "mock", "fake", "test", "stub", "token", "tokens", "message")
)

// made reports whether a call is one of those that a client's entry means.
func (t *source) made(c call, made client) bool {
	if made.azure && !t.evidence().azure && !t.keyed(c) {
		return false
	}
	return !made.modelled || slices.ContainsFunc(c.args, func(a arg) bool { return theirModel(t.short(a)) })
}

// keyed reports whether one of a call's arguments has the name of a key.
func (t *source) keyed(c call) bool {
	return len(t.keyNames(c.open, min(c.close, c.open+4*longestValue))) > 0
}

// theirModel reports whether a literal names a model of OpenAI's, with its
// provider, as libraries for several providers want it.
func theirModel(v string) bool {
	s, ok := literal(strings.TrimLeft(v, "frbu"))
	s = strings.ToLower(s)
	for _, prefix := range [...]string{"azure/", "openai/", "azure_openai:", "azure_openai/", "openai:", "azure:", "gpt-", "text-embedding-", "text-davinci", "azure_ai/", "azure_text/"} {
		if ok && strings.HasPrefix(s, prefix) {
			return true
		}
	}
	return false
}

// renamed finds the names that imports give clients: from openai import
// AzureOpenAI as Azure, import { OpenAI as Client } from "openai".
func (t *source) renamed(d *dialect) map[string]string {
	names := map[string]string{}
	for at := 0; ; {
		i := bytes.Index(t.data[at:], []byte(" as "))
		if i < 0 || len(names) > 100 {
			return names
		}
		at += i + 4
		original, _ := t.wordBefore(at - 4)
		end := at
		for end < len(t.data) && nameByte(t.data[end]) {
			end++
		}
		_, known := d.clients[original]
		if (known || original == "openai") && end > at && t.code(at) {
			names[string(t.data[at:end])] = original
		}
	}
}

// chained reports whether a method is called on a builder of an OpenAI client:
// a client's name stands in the same statement before it.
func (t *source) chained(c call, d *dialect) bool {
	statement := t.data[max(0, c.start-2000):c.open]
	if i := bytes.LastIndexAny(statement, ";{}"); i >= 0 {
		statement = statement[i:]
	}
	for name := range d.clients {
		if len(name) > 4 && bytes.Contains(statement, []byte(name)) {
			return true
		}
	}
	return false
}

// settle remembers that what a call says of keys is told.
func (t *source) settle(c call) {
	t.done = append(t.done, span{c.open, c.close})
}

// lastName is the last part of a path of names.
func lastName(path string) string {
	if i := strings.LastIndexAny(path, ".:\\>"); i >= 0 {
		return path[i+1:]
	}
	return path
}
