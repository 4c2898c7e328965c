package scan

import (
	"encoding/base64"
	"slices"
	"strings"
)

// configuration looks for the settings of a configuration file that are keys: a
// place for one, a reference to one, or one itself.
func (t *text) configuration(root *node) {
	root.walk(func(n *node) {
		switch {
		case n.block:
			t.block(n)
		case n.scalar():
			t.scalarSetting(n)
		case settingKey(n) && n.child("value") != nil: // {"openAiKey": {"value": "…"}}
			t.setting(n, n.keyStart, n.keyEnd, n.key, t.at(n.child("value")))
		}
	})
}

// scalarSetting looks at one value and its key.
func (t *text) scalarSetting(n *node) {
	v := t.at(n)
	switch {
	case settingKey(n):
		t.setting(n, n.keyStart, n.keyEnd, n.key, v)
	case keyVariable(v) && !reference(strings.ToLower(v)):
		t.namedSetting(n, v)
	case t.componentKey(n, v):
		t.setting(n, n.start, n.end, v, "${"+v+"}")
	case n.parent != nil && keyReferences[strings.ToLower(n.parent.key)]:
		if t.storedIn(n, v) {
			t.add("KL306", n.start, n.end, v)
		}
	case generalKey(n.key) && t.forOpenAI(n):
		t.setting(n, n.keyStart, n.keyEnd, n.key, v)
	case n.parent != nil && strings.EqualFold(n.key, "value") && keyVariable(t.at(n.parent.child("name"))):
	case strings.Contains(v, "=") && n.key == "":
		t.assignment(n, v)
	case scriptKeys[strings.ToLower(n.key)] != "" || n.item && n.parent != nil && scriptKeys[strings.ToLower(n.parent.key)] != "":
		t.scriptSetting(n)
	default:
		t.references(n)
	}
}

// settingKey reports whether a node's key is the name of a key. Where the key is
// a path, its last parts count.
func settingKey(n *node) bool {
	if keyVariable(n.key) || storedKey(n.key) {
		return true
	}
	parts := strings.Split(n.key, ".")
	return len(parts) > 2 && KeyName(strings.Join(parts[len(parts)-2:], "."))
}

// keyVariable reports whether a text is the name of a key and nothing else: no
// sentence that mentions one.
func keyVariable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > 127 || !nameByte(byte(r)) && !strings.ContainsRune("-.:/", r) }) && KeyName(s)
}

// storedKey reports whether a name is that of a key which is called a token or a
// secret. What is stored is none of Entra's tokens: they live for an hour.
func storedKey(name string) bool {
	words := nameWords(name)
	if len(words) < 2 || words[len(words)-1] != "token" && words[len(words)-1] != "secret" || words[len(words)-1] == "secret" && !screaming(name) {
		return false
	}
	service := slices.ContainsFunc(words, func(w string) bool { return w == "openai" || w == "aoai" || w == "azureopenai" || w == "chatgpt" })
	return service && !slices.ContainsFunc(words, func(w string) bool { return notStored[w] || aboutKeys[w] })
}

var notStored = set("client", "ad", "aad", "entra", "bearer", "webhook", "signing", "max", "min", "per", "jwt", "session", "oauth", "refresh", "id", "cost", "price")

// keyReferences are the mappings of Kubernetes that name a secret and the entry
// of it that is meant.
var keyReferences = set("secretkeyref", "configmapkeyref", "remoteref", "secretref", "existingsecret", "apikeysecretref")

// storedIn reports whether n says which entry of a secret is the key, by a
// general name, where the secret or what takes it is about OpenAI:
// secretRef: {name: azure-openai, key: api-key}.
func (t *text) storedIn(n *node, v string) bool {
	if !strings.EqualFold(n.key, "key") || !generalKey(v) || t.named(n) || strings.EqualFold(n.parent.mapping().key, "valueFrom") || generalKey(t.at(n.parent.parent.child("name"))) {
		return false // the name of what is set says it
	}
	return t.beside(n) || t.beside(n.parent)
}

// namedSetting looks at a value that is the name of a key: one of a list of
// variables, the name: of a name and value, or what a setting takes its key from.
func (t *text) namedSetting(n *node, v string) {
	key := strings.ToLower(n.key)
	switch {
	case n.item && passes(n.mapping().key):
		t.add("KL306", n.start, n.end, v)
	case (key == "name" || key == "key" || key == "variable") && slices.ContainsFunc(n.siblings(), carriesValue):
		i := slices.IndexFunc(n.siblings(), carriesValue)
		value := t.at(n.siblings()[i])
		if !n.siblings()[i].scalar() {
			value = "${" + v + "}"
		}
		t.setting(n, n.start, n.end, v, value)
	case namesKey(n) && !t.named(n):
		t.add("KL306", n.start, n.end, v)
	}
}

// passes reports whether a list under a key names the variables or secrets that
// are passed on.
func passes(key string) bool {
	low := strings.ToLower(key)
	return strings.Contains(low, "env") || strings.Contains(low, "variable") || low == "secrets" || low == "args" || low == "build_args"
}

// carriesValue reports whether a node is the value beside a name:.
func carriesValue(n *node) bool {
	switch strings.ToLower(n.key) {
	case "value", "valuefrom", "secretref", "secretkeyref", "securevalue", "secret", "keyvaulturl", "from_secret", "source", "defaultvalue", "default":
		return true
	}
	return false
}

// namesKey reports whether a node's key says that its value is the name of a
// secret or variable: secretKeyRef's key, promptfoo's apiKeyEnvar.
func namesKey(n *node) bool {
	low := strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(n.key))
	switch {
	case strings.HasSuffix(low, "env"), strings.HasSuffix(low, "envvar"), strings.HasSuffix(low, "envar"), strings.HasSuffix(low, "envname"), strings.HasSuffix(low, "envkey"):
		return true
	case low == "key", strings.HasSuffix(low, "secretkey"), low == "objectname", low == "property":
		return true
	}
	return generalKey(n.key)
}

// named reports whether a variable that n is the source of has the name of a key
// itself, so that it is reported there.
func (t *text) named(n *node) bool {
	for up := n.parent; up != nil; up = up.parent {
		for _, key := range []string{"name", "secretKey"} {
			if by := up.child(key); by != n && keyVariable(t.at(by)) {
				return true
			}
		}
		if keyVariable(up.key) {
			return true
		}
	}
	return false
}

// componentKey reports whether a name: in a list of names and values is that of
// the key, where what has the list is about OpenAI, as a component of Dapr is.
func (t *text) componentKey(n *node, v string) bool {
	return strings.EqualFold(n.key, "name") && generalKey(v) && n.parent != nil && n.parent.item && n.parent.parent != nil && slices.ContainsFunc(n.siblings(), carriesValue) && t.beside(n.parent.parent)
}

// assignment looks at NAME=value, as lists of variables have it, and at an option
// that has several: --set-secrets=NAME=value,NAME=value.
func (t *text) assignment(n *node, v string) {
	list := v
	if option, rest, _ := strings.Cut(v, "="); strings.HasPrefix(option, "--") && strings.Contains(rest, "=") {
		list = rest
	}
	for one := range strings.SplitSeq(list, ",") {
		if name, value, ok := strings.Cut(one, "="); ok && KeyName(name) {
			t.setting(n, n.start, n.end, name, value)
			return
		}
	}
	t.references(n)
}

// setting reports a setting that is a key, by what it is set to. A value that
// tests and local servers have, and one of another service, is none.
func (t *text) setting(n *node, start, end int, what, value string) {
	value = unquoted(value)
	low := strings.ToLower(value)
	switch {
	case low == "true", low == "false", low == "none", notWanted(low), refers(value) && foreign(value), t.pointedElsewhere(n):
	case !placeholder(value) && keyLike(value):
		t.report(Match{Rule: "KL405", Start: start, End: end, What: what, Key: NewKey(value)})
	default:
		t.add("KL306", start, end, what)
	}
}

// notWanted reports whether a value in lower case is what is given where no key
// is looked at.
func notWanted(low string) bool {
	if len(low) > 60 || strings.Contains(low, "your") || strings.Contains(low, "${{") {
		return false
	}
	return noKeys[low] || slices.ContainsFunc(strings.FieldsFunc(low, notAlphanumeric), func(w string) bool { return noKeyWords[strings.TrimRight(w, "0123456789")] })
}

var (
	noKeys     = set("no-key", "nokey", "no_key", "n/a", "na", "empty", "local", "lm-studio", "not-needed", "not_needed", "not-required", "not_required", "string", "disabled", "default", "sk-no-key-required", "0", "1", "-1")
	noKeyWords = set("test", "testing", "testkey", "fake", "fakekey", "dummy", "dummykey", "mock", "mocked", "stub", "unused", "ignored", "bogus", "ollama", "lmstudio", "vllm", "localai", "unneeded", "unnecessary", "needed", "notneeded")
)

// refers reports whether a value says where another one is.
func refers(v string) bool { return reference(strings.ToLower(v)) || strings.ContainsAny(v, "${}") }

// keyLike reports whether a value may be a key: long, without spaces, of letters
// and digits. Of base64, as Kubernetes has it, what it encodes counts.
func keyLike(v string) bool {
	if plain, err := base64.StdEncoding.DecodeString(v); err == nil && printable(plain) {
		v = strings.TrimSpace(string(plain))
		if placeholder(v) || notWanted(strings.ToLower(v)) {
			return false
		}
	}
	return len(v) >= 20 && strings.ContainsAny(v, "0123456789") && strings.ContainsFunc(v, func(r rune) bool { return r < 128 && letter(byte(r)) }) &&
		!strings.ContainsFunc(v, func(r rune) bool { return r > 126 || !nameByte(byte(r)) && !strings.ContainsRune("-+/=.~", r) }) && distinct(v) > 7
}

func printable(data []byte) bool {
	return len(data) > 3 && !slices.ContainsFunc(data, func(c byte) bool { return (c < ' ' || c > '~') && c != '\n' })
}

// generalKey reports whether a name is one that any service's key may have.
func generalKey(name string) bool {
	return generalKeys[strings.ToLower(strings.NewReplacer("_", "", "-", "", ".", "").Replace(name))]
}

var generalKeys = set("key", "apikey", "apikeys", "key1", "key2", "primarykey", "subscriptionkey", "accesskey", "secretkey", "apitoken", "apisecret", "authkey", "azureapikey", "azurekey", "llmapikey", "llmkey", "aiapikey", "aikey", "modelapikey", "modelkey", "embeddingapikey", "embeddingsapikey", "embeddingkey", "chatapikey", "completionapikey", "serviceapikey", "providerapikey", "defaultapikey")

// neutral are keys over a group of settings that say nothing of whose they are.
var neutral = set("config", "configs", "configuration", "settings", "setting", "options", "params", "parameters", "args", "auth", "authentication", "credential", "credentials", "secret", "secrets", "env", "environment", "variables", "data", "stringdata", "values", "value", "litellm_params", "deltallm_params", "default", "defaults", "llm", "model", "models", "ai", "azure", "chat", "completion", "completions", "embedding", "embeddings", "spec", "connection", "connections", "primary", "secondary", "key", "keys", "api", "dev", "prod", "global", "custom")

// forOpenAI reports whether a key with a general name is one of Azure OpenAI or
// OpenAI: by the keys over it, or by the settings beside it.
func (t *text) forOpenAI(n *node) bool {
	for p := n.mapping(); p != nil && p.key != ""; p = p.mapping() {
		if KeyName(p.key + "_key") {
			return !t.pointedElsewhere(n)
		}
		if slices.ContainsFunc(nameWords(p.key), func(w string) bool { return aboutKeys[w] }) {
			return false
		}
		if !neutral[strings.ToLower(p.key)] {
			break
		}
	}
	if t.beside(n) {
		return true
	}
	p := n.parent
	return p != nil && neutral[strings.ToLower(p.key)] && t.beside(p)
}

// beside reports whether the settings beside n are about Azure OpenAI or OpenAI,
// and not of another service.
func (t *text) beside(n *node) (about bool) {
	if n.parent == nil || n.parent.key == "" && !n.parent.item && n.parent.parent == nil && len(n.parent.kids) > 40 {
		return false
	}
	for _, kid := range n.siblings() {
		if kid == n || !kid.scalar() || kid.block || KeyName(kid.key) {
			continue
		}
		v := strings.ToLower(t.at(kid))
		if len(v) < 300 && (otherHostIn(v) || describes(kid.key) && foreign(v)) {
			return false
		}
		about = about || len(v) < 300 && openAIValue(kid.key, v)
	}
	return about
}

// describes reports whether a setting says what service or model is meant.
func describes(key string) bool {
	low := strings.ToLower(key)
	for _, w := range []string{"provider", "model", "type", "url", "base", "endpoint", "host", "kind", "id", "name", "service"} {
		if strings.Contains(low, w) {
			return true
		}
	}
	return false
}

// openAIValue reports whether a setting says that Azure OpenAI or OpenAI is
// meant: by its value, in lower case, or its key.
func openAIValue(key, v string) bool {
	switch {
	case strings.Contains(v, "openai"), strings.Contains(v, ".cognitiveservices.azure."), strings.Contains(v, ".services.ai.azure."), strings.Contains(v, "api.cognitive.microsoft"), strings.Contains(v, "aoai"):
		return !strings.Contains(v, "openai-compatible") && !strings.Contains(v, "openai_compatible")
	case describes(key) && (v == "azure" || v == "azure_ai" || strings.HasPrefix(v, "azure/") || strings.HasPrefix(v, "azure:") || strings.HasPrefix(v, "gpt-") || strings.HasPrefix(v, "text-embedding-")):
		return true
	}
	low := strings.ToLower(key)
	return strings.Contains(low, "openai") || strings.Contains(low, "aoai")
}

// pointedElsewhere reports whether a setting beside n points OpenAI's client at
// another service, or one on this machine: OPENAI_BASE_URL.
func (t *text) pointedElsewhere(n *node) bool {
	if n == nil || n.parent == nil {
		return false
	}
	for _, kid := range n.siblings() {
		if !addressKey([]byte(kid.key)) {
			continue
		}
		low := strings.ToLower(kid.key)
		if (generalKey(n.key) || strings.Contains(low, "openai") && !strings.Contains(low, "azure") && !strings.Contains(strings.ToLower(n.key), "azure")) && otherHostIn(strings.ToLower(t.at(kid))) {
			return true
		}
	}
	return false
}

// addressKey reports whether a setting's name is that of an address, in any case.
// Each setting asks for all of its siblings.
func addressKey(key []byte) bool {
	for i := range key {
		switch rest := key[i:]; lower(key[i]) {
		case 'b', 'u', 'e', 'h':
			if hasFold(rest, "base") || hasFold(rest, "url") || hasFold(rest, "endpoint") || hasFold(rest, "host") {
				return true
			}
		}
	}
	return false
}

// otherHostIn reports whether an address in lower case is of another service that
// speaks OpenAI's protocol, or of this machine.
func otherHostIn(v string) bool {
	return slices.ContainsFunc(otherAddresses, func(h string) bool { return strings.Contains(v, h) })
}

var otherAddresses = []string{
	"models.github.ai", "models.inference.ai.azure.com", "groq.com", "deepseek.com", "openrouter.ai", "together.xyz", "together.ai", "mistral.ai", "localhost", "127.0.0.1", "0.0.0.0", "host.docker.internal", "ollama", "vllm", "lmstudio",
	"dashscope", "api.x.ai", "generativelanguage.googleapis", "moonshot", "nvidia.com", "fireworks.ai", "perplexity.ai", "siliconflow", "bigmodel.cn", "anthropic.com", "cerebras.ai", "deepinfra.com", "volces.com", "minimax", "aliyuncs.com", "baidubce.com", "search.windows.net",
}

// references finds the keys that a value takes from elsewhere: ${OPENAI_API_KEY},
// {{ .Values.openai.apiKey }}, os.environ/OPENAI_API_KEY.
func (t *text) references(n *node) {
	if n.end-n.start > 20000 {
		return
	}
	for _, ref := range t.refs(n.start, n.end) {
		t.add("KL306", ref.start, ref.end, ref.text)
	}
}

// refs are the names of keys in data[start:end] that stand in a reference.
func (t *text) refs(start, end int) (all []name) {
	for i := start; i < end; {
		if !nameByte(t.data[i]) {
			i++
			continue
		}
		from := i
		for i < end && (nameByte(t.data[i]) || pathJoint(t.data, i, end)) {
			i++
		}
		text := string(t.data[from:i])
		if parts := strings.Split(text, "."); len(parts) > 2 {
			text = strings.Join(parts[len(parts)-2:], ".")
		}
		text = strings.TrimPrefix(text, "env.")
		if KeyName(text) && referred(t.data[max(start, from-16):from]) {
			all = append(all, name{from, i, text})
		}
	}
	return all
}

// pathJoint reports whether the byte at i joins the parts of a path of settings.
func pathJoint(data []byte, i, end int) bool {
	return (data[i] == '-' || data[i] == '.') && i+1 < end && nameByte(data[i+1]) && nameByte(data[i-1])
}

// referred reports whether what stands before a name makes it a reference.
func referred(before []byte) bool {
	s := strings.TrimRight(string(before), " -")
	for _, opening := range [...]string{"$", "${", "$(", "{{", "{{ .", "{{.", "{{- .", "quote .", "b64enc .", "env:", "${env:", "os.environ/", "env(", "env/", "process.env.", "SecretName=", "secrets/", "secretref:", "%"} {
		if strings.HasSuffix(s, opening) {
			return true
		}
	}
	return false
}

// block looks at a value of several lines: a script, by its key, or a file, by
// the name that it has as its key.
func (t *text) block(n *node) {
	key := strings.ToLower(n.key)
	if n.item && n.parent != nil {
		key = strings.ToLower(n.parent.key)
	}
	switch as := scriptKeys[key]; {
	case as != "":
		t.within(as, n.start, n.end)
	case strings.Contains(key, "."):
		t.within(n.key, n.start, n.end)
	case settingKey(n):
		t.setting(n, n.keyStart, n.keyEnd, n.key, t.at(n))
	default:
		t.references(n)
	}
}

// scriptSetting looks at a command of one line.
func (t *text) scriptSetting(n *node) {
	key := n.key
	if n.item {
		key = n.parent.key
	}
	t.within(scriptKeys[strings.ToLower(key)], n.start, n.end)
}

// scriptKeys are keys whose values are commands, and what to take them for.
var scriptKeys = map[string]string{
	"script": "script.sh", "run": "script.sh", "bash": "script.sh", "sh": "script.sh", "inlinescript": "script.sh", "before_script": "script.sh", "after_script": "script.sh", "commands": "script.sh", "cmds": "script.sh", "cmd": "script.sh", "command": "script.sh", "entrypoint": "script.sh",
	"pre-commands": "script.sh", "post-commands": "script.sh", "pre_build": "script.sh", "prebuild": "script.sh", "postcreatecommand": "script.sh", "poststartcommand": "script.sh", "powershell": "script.ps1", "pwsh": "script.ps1",
}
