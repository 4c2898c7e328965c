package scan

import "strings"

// properties finds the paths that take a key being given one: openai.api_key =
// key.
func (t *source) properties(d *dialect) {
	for _, path := range d.properties {
		for _, a := range t.assigned()[lastName(path)] {
			if t.samePath(a.path, path) && t.keyValue(a.from, a.to) && !t.sentElsewhere() {
				t.add("KL301", a.at, a.to, path)
				t.done = append(t.done, span{a.at, a.to})
				t.trace(a.from, a.to)
			}
		}
	}
}

// samePath reports whether an assigned path ends like one of the table, in which
// a renamed module stands for its own name.
func (t *source) samePath(assigned, path string) bool {
	if assigned == path || strings.HasSuffix(assigned, "."+path) {
		return true
	}
	module, rest, _ := strings.Cut(assigned, ".")
	return t.names[module] != "" && t.names[module]+"."+rest == path
}

// configured finds objects that configure a client with a key: a list of models
// for AutoGen, the arguments that a client is given by **.
func (t *source) configured() {
	for _, b := range t.pairs() {
		if c := t.data[b.open]; c != '{' && c != '[' && !(c == '(' && t.makesObject(b.open)) || b.close-b.open > 4000 {
			continue
		}
		args := t.arguments(b.open+1, max(b.close-1, b.open+1))
		if !t.configures(args) || t.elsewhere(call{args: args}) {
			continue
		}
		for _, a := range args {
			if keyArg(a.name, client{}) && t.key(a) && !t.settled(a.start) {
				t.add("KL301", a.nameStart, a.end, a.name)
				t.done = append(t.done, span{a.nameStart, a.end})
				t.trace(a.start, a.end)
			}
		}
	}
}

// makesObject reports whether a bracket is one of dict(…), list(…), array(…).
func (t *source) makesObject(open int) bool {
	start, end := t.callee(open)
	switch string(t.data[start:end]) {
	case "dict", "list", "array":
		return true
	}
	return false
}

// configures reports whether the properties of an object, beside a key, are
// those of a client of Azure OpenAI or OpenAI.
func (t *source) configures(args []arg) bool {
	theirs := false
	for _, a := range args {
		name := strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(a.name))
		v := strings.ToLower(t.short(a))
		switch {
		case strings.HasPrefix(name, "azure"), strings.Contains(name, "openai"), name == "apitype":
			theirs = theirs || !strings.Contains(name, "key") || strings.Contains(name, "openai")
		case name == "provider", name == "type", name == "name", name == "apiversion":
			theirs = theirs || strings.Contains(v, "openai") || strings.Contains(v, "azure")
		case name == "model", name == "baseurl", name == "apibase", name == "endpoint":
			theirs = theirs || theirModel(t.short(a)) || strings.Contains(v, "openai")
		}
	}
	return theirs
}

// lists finds what lists the keys of an account: Azure's library for managing
// it, and the command in a program's string.
func (t *source) lists() {
	if indexFold(t.data, "cognitiveservices") < 0 {
		return
	}
	for _, c := range t.callsOf(func(name string) bool { return listKeys[lastName(name)] }) {
		if indexFold([]byte(c.name), "storage") < 0 && indexFold([]byte(c.name), "search") < 0 {
			t.add("KL305", c.start, c.close, c.name+"(…)")
		}
	}
	for at := 0; ; {
		i := indexFold(t.data[at:], "cognitiveservices")
		if i < 0 {
			return
		}
		start := at + i
		at = start + len("cognitiveservices")
		if !t.commented(start) && t.class()[start] == inString && listing(t.data[at:min(len(t.data), at+80)]) && t.commanded(start) {
			t.add("KL305", start, at, "az cognitiveservices account keys list")
		}
	}
}

var listKeys = set("list_keys", "listKeys", "ListKeys", "ListKeysAsync", "GetKeys", "GetKeysAsync", "regenerate_key")

// listing reports whether what follows cognitiveservices in a command is account
// keys list, as one string or several.
func listing(rest []byte) bool {
	var letters []byte
	for _, c := range rest {
		if letter(c) {
			letters = append(letters, lower(c))
		}
	}
	return hasPrefix(letters, "accountkeyslist") || hasPrefix(letters, "accountkeysregenerate")
}

// commanded reports whether a command in a string is run and not told: the
// string starts with it, or is one of a list.
func (t *source) commanded(at int) bool {
	before, _ := t.lineAround(at, at)
	before = strings.TrimSpace(before)
	if i := strings.LastIndexAny(before, "\"'`"); i >= 0 {
		before = strings.TrimSpace(before[i+1:])
	}
	q := quoted{at, at, "", false}
	return (before == "" || before == "az") && !t.told(q)
}
