package scan

import (
	"bytes"
	"slices"
	"strings"
)

// A quoted is a string of a program that is nothing but a name: its content is
// data[start:end].
type quoted struct {
	start, end int
	text       string
	within     bool // a longer string, in which it is evaluated
}

// reads finds the settings that are keys and are read, or set, by name: a
// string that is nothing but the name, or a property of the environment.
func (t *source) reads(d *dialect) {
	var before quoted
	for i := 0; i < len(t.data); {
		q, next := t.nextQuoted(i)
		i = next
		if q.end == 0 {
			continue
		}
		if (t.joinedKey(q, before) || t.keySetting(q, d)) && !t.idle(q) && !t.settled(q.start) {
			t.add("KL302", q.start, q.end, q.text)
		}
		before = q
	}
	for _, n := range t.keyNames(0, len(t.data)) {
		if t.property(n, d) && t.ours(n.text) && !t.idle(quoted{n.start, n.end, n.text, false}) && !t.settled(n.start) {
			t.add("KL302", n.start, n.end, n.text)
		}
	}
}

// indirect finds settings that are read by a name which stands in a variable:
// get_secret(NAME).
func (t *source) indirect(d *dialect) {
	for _, c := range t.callsOf(func(name string) bool { return slices.Contains(d.readers, lastName(name)) }) {
		if len(c.args) == 0 || c.args[0].name != "" {
			continue
		}
		v, ok := t.resolve(t.short(c.args[0]), c.start)
		if !ok {
			continue
		}
		if s, ok := literal(string(t.data[v.start:v.end])); ok && KeyName(s) && t.ours(s) && !t.settled(c.start) {
			t.add("KL302", c.start, c.close, lastName(c.name)+"(…)")
		}
	}
}

// nextQuoted is the next string from an offset on, if it is a name, and where to
// go on.
func (t *source) nextQuoted(from int) (quoted, int) {
	classes := t.class()
	i := from
	for i < len(t.data) && (classes[i] != inString || strings.IndexByte("\"'`", t.data[i]) < 0) {
		i++
	}
	if i >= len(t.data) {
		return quoted{}, i
	}
	start := i + 1
	for start < len(t.data) && strings.IndexByte("-${", t.data[start]) >= 0 {
		start++
	}
	end := start
	for end < len(t.data) && end-start < 100 && (nameByte(t.data[end]) || strings.IndexByte("-.:/", t.data[end]) >= 0) {
		end++
	}
	if end == start || end >= len(t.data) {
		return quoted{}, max(end, start)
	}
	text := string(t.data[start:end])
	if close := t.data[end]; close == t.data[i] || close == '}' || close == '"' || close == '\'' {
		if !t.prose(i, start, end) && !strings.Contains(text, "//") && !strings.Contains(text, ".com") {
			return quoted{start, end, text, i > 0 && classes[i-1] == inString}, end + 1
		}
	}
	return quoted{}, end
}

// prose reports whether the quotes around a name stand inside a longer string,
// and not where that reads a setting: f"… {os.environ['OPENAI_API_KEY']}".
func (t *source) prose(open, start, end int) bool {
	inside := open > 0 && t.class()[open-1] == inString
	if !inside && t.data[end] == t.data[open] {
		return false
	}
	if t.data[end] == '}' {
		return inside || start-open < 3
	}
	return open == 0 || strings.IndexByte("[(", t.data[open-1]) < 0
}

// keySetting reports whether a string names a key where programs name settings:
// anywhere, if it is written like a variable of the environment, else where one
// is looked up.
func (t *source) keySetting(q quoted, d *dialect) bool {
	if !t.keyName(q.text) || !t.ours(q.text) {
		return false
	}
	return strings.ToUpper(q.text) == q.text && strings.IndexByte(q.text, '_') > 0 || t.lookedUp(q, d)
}

// ours reports whether a name of a key tells whose it is, or the file does:
// AZURE_AI_KEY is one of a dozen services.
func (t *source) ours(name string) bool {
	return t.evidence().openai || t.evidence().azure || slices.ContainsFunc(nameWords(name), func(w string) bool { return openaiNames[w] || strings.HasPrefix(w, "gpt") })
}

// joinedKey reports whether two strings side by side are the path to a key:
// config["openai"]["api_key"], get("openai", "api_key").
func (t *source) joinedKey(q, before quoted) bool {
	if before.end == 0 || q.start-before.end > 20 || !keyParts[strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(q.text))] {
		return false
	}
	switch strings.NewReplacer(" ", "", "\"", "", "'", "", "?", "").Replace(string(t.data[before.end:q.start])) {
	case "][", ",", "].get(", "].fetch(", "].dig(", "),", ").get(", ").fetch(", "]->":
		return KeyName(before.text + "_" + q.text)
	}
	return false
}

// keyParts are names that are a key's where something else says whose.
var keyParts = set("apikey", "key", "accesstoken", "apitoken", "secretkey", "subscriptionkey", "accesskey", "openaikey", "key1")

// lookedUp reports whether a string is an index, or an argument of a function
// that looks settings up.
func (t *source) lookedUp(q quoted, d *dialect) bool {
	b := t.around(q.start)
	if b < 0 {
		return false
	}
	open := t.pairs()[b].open
	switch t.data[open] {
	case '[':
		return open > 0 && (nameByte(t.data[open-1]) || strings.IndexByte(")]\"'?", t.data[open-1]) >= 0) && q.start-open < 6
	case '(':
		start, end := t.callee(open)
		callee := string(t.data[start:end])
		return slices.Contains(d.readers, lastName(callee)) || slices.ContainsFunc(nameWords(callee), func(w string) bool { return lookups[w] })
	}
	return false
}

// lookups are words of functions that look settings up.
var lookups = set("get", "getenv", "env", "environ", "secret", "secrets", "config", "configuration", "setting", "settings", "option", "options", "fetch", "require", "required", "load", "var", "variable", "variables", "argument", "dig", "lookup", "param", "userdata", "setenv", "setdefault", "getproperty", "property", "getsecret", "credentials", "keyring", "password")

// property reports whether a name in code is the property of an object that
// holds settings.
func (t *source) property(n name, d *dialect) bool {
	if t.class()[n.start] == inString {
		return false
	}
	before := t.data[max(0, n.start-60):n.start]
	for _, o := range d.objects {
		for _, joint := range [...]string{".", "?.", "->", "::", "$"} {
			if cut, ok := bytes.CutSuffix(before, []byte(o+joint)); ok && (len(cut) == 0 || !nameByte(cut[len(cut)-1])) {
				return true
			}
		}
	}
	object := bytes.TrimRight(before, ".?->:$")
	return len(object) < len(before) && environmentName(n.text) && hasSettingWord(string(object[bytes.LastIndexFunc(object, func(r rune) bool { return r > 127 || !nameByte(byte(r)) })+1:]))
}

// settled reports whether what an offset says of a key is told already, or is
// another service's.
func (t *source) settled(at int) bool {
	return slices.ContainsFunc(t.done, func(s span) bool { return s.has(at) })
}
