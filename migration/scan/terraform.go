package scan

import (
	"bytes"
	"path"
	"strings"
)

// terraformModule looks at a file of Terraform or OpenTofu, or one that gives a
// module's variables their values.
// https://developer.hashicorp.com/terraform/language/syntax/configuration
func terraformModule(t *text) {
	if len(t.data) > templateLimit {
		return
	}
	m := newBlueprint(t)
	m.references = m.terraformReferences
	if base := strings.ToLower(path.Base(t.name)); strings.Contains(base, ".tfvars") {
		m.values(m.properties(-1))
		return
	}
	all := m.terraformBlocks()
	for _, d := range all {
		m.terraformAccount(d)
		m.azapiAccount(d)
		m.azapiKeys(d)
	}
	m.attributes()
	m.moduleKeys()
	m.listKeys()
	m.flows()
	m.parameters()
	m.terraformOutputs(all)
	m.embedded()
}

// embedded looks at ARM templates that stand in the file.
func (m *blueprint) embedded() {
	for i := 0; ; {
		n := bytes.Index(m.data[i:], []byte("<<"))
		if n < 0 {
			return
		}
		at := i + n
		if i = m.heredoc(at, len(m.data)); i <= at+2 {
			i = at + 2
			continue
		}
		start := at + lineLength(m.data[at:])
		if end := i - len(m.line(bytes.LastIndexByte(m.data[:i], '\n')+1)); start < end && armFile(m.data[start:end]) {
			m.inside(m.lookup("azuredeploy.json", nil), start, end)
		}
	}
}

// terraformBlocks reads the blocks of a file.
func (m *blueprint) terraformBlocks() (all []declaration) {
	for i := 0; i < len(m.data); i += lineLength(m.data[i:]) + 1 {
		at := m.blanks(i, len(m.data))
		line := m.line(at)
		if at >= len(m.data) || m.class()[at] != inCode {
			continue
		}
		words := strings.Fields(strings.NewReplacer(`"`, " ", "{", " { ").Replace(string(line[:min(len(line), 300)])))
		if len(words) < 2 {
			continue
		}
		open := bytes.IndexByte(line, '{')
		if open < 0 {
			continue
		}
		d := declaration{keyword: words[0], name: words[1], at: at, start: at + open, end: min(m.pass(at+open), len(m.data))}
		if m.terraformDeclare(d, words) {
			all = append(all, m.declared[m.key(d, words)])
		}
	}
	return all
}

// key is the name by which references know a block.
func (m *blueprint) key(d declaration, words []string) string {
	switch d.keyword {
	case "resource":
		return words[1] + "." + words[2]
	case "data", "ephemeral":
		return d.keyword + "." + words[1] + "." + words[2]
	case "variable":
		return "var." + words[1]
	}
	return d.keyword + "." + words[1]
}

// terraformDeclare keeps a block under its name.
func (m *blueprint) terraformDeclare(d declaration, words []string) bool {
	all := m.in(d.start, d.end)
	switch d.keyword {
	case "resource", "data", "ephemeral":
		if len(words) < 3 {
			return false
		}
		d.kind, d.name = words[1], words[2]
	case "module":
		source, _ := get(all, "source")
		d.kind = unquoted(m.word(source.start, source.end))
	case "variable":
		kind, _ := get(all, "type")
		value, _ := get(all, "default")
		d.keyword, d.kind, d.start, d.end = "param", m.word(kind.start, kind.end), value.start, value.end
		m.declared["var."+d.name] = d
		return true
	case "output":
	case "locals":
		for _, p := range all {
			m.declared["local."+p.name] = declaration{keyword: "var", name: p.name, at: p.at, start: p.start, end: p.end}
		}
		return false
	default:
		return false
	}
	m.declared[m.key(d, words)] = d
	return true
}

// terraformReferences are the names of declarations in an expression.
func (m *blueprint) terraformReferences(start, end int) (all []string) {
	for _, w := range strings.FieldsFunc(string(m.data[start:end]), func(r rune) bool {
		return r > 127 || !nameByte(byte(r)) && r != '.' && r != '-' && r != '[' && r != ']' && r != '*'
	}) {
		parts := strings.Split(w, ".")
		for i, p := range parts {
			parts[i], _, _ = strings.Cut(p, "[")
		}
		switch {
		case len(parts) < 2:
		case (parts[0] == "data" || parts[0] == "ephemeral") && len(parts) > 2:
			all = append(all, strings.Join(parts[:3], "."))
		default:
			all = append(all, strings.Join(parts[:2], "."))
		}
	}
	return all
}

// accountResources are the resources that are accounts, with the name of their
// flag, and the kind where it isn't said.
// https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/resources/cognitive_account
var accountResources = map[string]struct {
	flag  string
	fixed bool
}{
	"azurerm_cognitive_account": {"local_auth_enabled", false},
	"azurerm_ai_services":       {"local_authentication_enabled", true},
}

// terraformAccount looks at a resource, or a well-known module that makes one.
func (m *blueprint) terraformAccount(d declaration) {
	all := m.in(d.start, d.end)
	a := account{at: d.at}
	name, _ := get(all, "name")
	a.name = d.name + " " + m.word(name.start, name.end)
	a.kind, _ = get(all, "kind")
	known, ok := accountResources[d.kind]
	switch source := strings.ToLower(d.kind); {
	case d.keyword == "resource" && ok:
		if known.fixed {
			a.name, a.kind = "openai", property{}
		}
	case d.keyword == "module" && strings.Contains(source, "avm-res-cognitiveservices-account"):
		known.flag = "local_auth_enabled"
	case d.keyword == "module" && (source == "azure/openai/azurerm" || strings.Contains(source, "terraform-azurerm-openai")):
		known.flag, a.name = "local_auth_enabled", "openai"
	case d.keyword == "module" && leaning(path.Base(source)+" "+d.name) > 0:
		known.flag, a.strict, a.name = "local_auth_enabled", true, "openai"
		if _, ok := get(all, known.flag); !ok {
			return
		}
	default:
		return
	}
	a.flag, _ = get(all, known.flag)
	m.judge(a)
}

// azapiAccount looks at a resource of the provider that speaks ARM.
// https://registry.terraform.io/providers/Azure/azapi/latest/docs/resources/resource
func (m *blueprint) azapiAccount(d declaration) {
	all := m.in(d.start, d.end)
	kind, _ := get(all, "type")
	if d.keyword != "resource" || d.kind != "azapi_resource" || !strings.HasPrefix(strings.ToLower(unquoted(m.word(kind.start, kind.end))), accountType+"@") {
		return
	}
	body, _ := get(all, "body")
	inside := m.in(body.start, body.end)
	name, _ := get(all, "name")
	a := account{at: d.at, want: true, name: d.name + " " + m.word(name.start, name.end)}
	a.kind, _ = get(inside, "kind")
	if properties, ok := get(inside, "properties"); ok {
		a.flag, _ = get(m.in(properties.start, properties.end), "disableLocalAuth")
	}
	m.judge(a)
}

// azapiKeys looks at a call of listKeys through that provider.
func (m *blueprint) azapiKeys(d declaration) {
	if d.kind != "azapi_resource_action" {
		return
	}
	all := m.in(d.start, d.end)
	action, ok := get(all, "action")
	if !ok || !strings.EqualFold(unquoted(m.word(action.start, action.end)), "listKeys") {
		return
	}
	kind, _ := get(all, "type")
	id, _ := get(all, "resource_id")
	if strings.HasPrefix(strings.ToLower(unquoted(m.word(kind.start, kind.end))), accountType+"@") && leaning(d.name+" "+m.word(id.start, id.end)) >= 0 {
		m.add("KL501", action.at, action.end, "listKeys")
	}
}

// keyAttributes are what the provider calls an account's keys.
var keyAttributes = [...]string{".primary_access_key", ".secondary_access_key"}

// attributes reports the keys of accounts that expressions read.
func (m *blueprint) attributes() {
	for _, attribute := range keyAttributes {
		for i := 0; ; {
			n := bytes.Index(m.data[i:], []byte(attribute))
			if n < 0 {
				break
			}
			at := i + n
			i = at + len(attribute)
			start := at
			for start > max(0, at-pathLimit) && (nameByte(m.data[start-1]) || bytes.IndexByte([]byte(".-[]\"*"), m.data[start-1]) >= 0) {
				start--
			}
			if !m.commented(at) && m.accountAttribute(start, at) {
				m.add("KL501", start, i, string(m.data[start:i]))
			}
		}
	}
}

// accountAttribute reports whether data[start:end] names an account of ours.
func (m *blueprint) accountAttribute(start, end int) bool {
	subject := strings.TrimLeft(string(m.data[start:end]), `"[]`)
	if !strings.Contains(subject, "azurerm_cognitive_account.") && !strings.Contains(subject, "azurerm_ai_services.") {
		return false
	}
	for _, name := range m.terraformReferences(start, end) {
		d, ok := m.declared[strings.TrimLeft(name, `"[]`)]
		if !ok || d.keyword != "resource" {
			continue
		}
		kind, _ := get(m.in(d.start, d.end), "kind")
		if said := m.literals(kind.start, kind.end, 0); len(said) > 0 {
			return m.ours(account{kind: kind})
		}
	}
	names := strings.NewReplacer("azurerm_cognitive_account.", "", "azurerm_ai_services.", "openai ").Replace(subject)
	if l := leaning(names); l != 0 {
		return l > 0
	}
	return m.leaningBlock(start) >= 0
}

// leaningBlock is the leaning of what the value at i is given to, and of the
// block that it is in.
func (m *blueprint) leaningBlock(i int) int {
	if l := m.leaningHere("", i); l != 0 {
		return l
	}
	if block := m.brace(i); block >= 0 {
		return leaning(m.head(m.pairs[block].open))
	}
	return 0
}

// moduleKeys reports keys that come out of modules: module.openai.primary_key.
func (m *blueprint) moduleKeys() {
	for i := 0; ; {
		n := bytes.Index(m.data[i:], []byte("module."))
		if n < 0 {
			return
		}
		at := i + n
		i = at + len("module.")
		end := i
		for end < min(len(m.data), i+pathLimit) && (nameByte(m.data[end]) || bytes.IndexByte([]byte(".-[]\"*"), m.data[end]) >= 0) {
			end++
		}
		if m.commented(at) || at > 0 && nameByte(m.data[at-1]) {
			continue
		}
		whole := strings.TrimRight(string(m.data[i:end]), `".]`)
		name, output, ok := strings.Cut(whole, ".")
		output = output[strings.LastIndexByte(output, '.')+1:]
		if ok && keyOutput(output) && (KeyName(output) || leaning(name) > 0 || strings.Contains(name, "cognitive")) {
			m.add("KL501", at, at+len("module.")+len(whole), "module."+whole)
		}
	}
}

// terraformOutputs reports outputs that are named as keys.
func (m *blueprint) terraformOutputs(all []declaration) {
	for _, d := range all {
		if d.keyword != "output" || !KeyName(d.name) || !named(d.name) {
			continue
		}
		if value, ok := get(m.in(d.start, d.end), "value"); ok {
			m.pass503(value.at, value.start, value.end, d.name)
		}
	}
}
