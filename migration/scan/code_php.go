package scan

import "bytes"

var phpDialect = &dialect{
	clients: map[string]client{
		"client":   {position: 1, keys: []string{"apiKey"}, paths: []string{"OpenAI::"}},
		"OpenAi":   {position: 1, keys: []string{"apiKey"}}, // orhanerday/open-ai
		"OpenAI":   {position: 1, keys: []string{"apiKey"}},
		"Provider": {keys: []string{"apiKey"}, modelled: true},
	},
	setters: []string{"withApiKey"},
	bearers: []string{"withToken"},
	readers: []string{"getenv", "env", "config", "get_option", "constant", "get", "Env::get"},
	objects: []string{"$_ENV", "$_SERVER", "Config", "config"},
	more:    []func(*source){phpSetters},
}

// phpSetters finds withApiKey on a factory that stands in a variable, in a file
// that knows no other library with such a method.
func phpSetters(t *source) {
	if !bytes.Contains(t.data, []byte("OpenAI")) {
		return
	}
	for _, c := range t.callsOf(func(name string) bool { l := lastName(name); return l == "withApiKey" || l == "setApiKey" }) {
		if len(c.args) == 1 && t.key(c.args[0]) && !t.settled(c.args[0].start) && !t.evidence().other {
			t.add("KL301", c.start, c.close, lastName(c.name)+"(…)")
			t.settle(c)
			t.trace(c.args[0].start, c.args[0].end)
		}
	}
}
