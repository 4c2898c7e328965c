package scan

import (
	"bytes"
	"slices"
	"strings"
)

// flows reports where a template hands a key on: to an app's settings, a vault,
// a secret, an output, or another module. It goes by names: whoever writes
// AZURE_OPENAI_API_KEY means one.
func (m *blueprint) flows() {
	for _, f := range m.found {
		if f.Rule == "KL501" {
			m.reads = append(m.reads, f.Start)
		}
	}
	slices.Sort(m.reads)
	for _, n := range m.keyNames(0, len(m.data)) {
		if !named(n.text) {
			continue
		}
		block, p, ok := m.owner(n.start)
		switch {
		case ok && n.start < p.at+len(p.name)+2 && n.end <= p.at+len(p.name)+1:
			m.set(block, p, n)
		case m.class()[n.start] == inString:
			m.quotedName(block, p, n)
		case ok:
			m.handed(p, n)
		}
	}
}

// named reports whether a key's name is that of a key itself, not of its name or
// place: openAiKeySecretName.
func named(name string) bool {
	words := nameWords(name)
	return !slices.ContainsFunc(words, func(w string) bool { return aboutFlows[w] })
}

var aboutFlows = set("name", "names", "uri", "url", "id", "ids", "enabled", "enable", "disable", "disabled", "use", "uses", "version", "expiration", "expiry", "rotation", "days", "count", "length", "type", "description", "policy", "path", "arn", "exists", "create", "auth", "authentication", "permission", "permissions", "available", "configured", "present", "hsm", "encryption", "customer", "managed", "cmk", "identifier", "wrapping")

// set looks at a property whose name is that of a key.
func (m *blueprint) set(block int, p property, n name) {
	if p.start >= p.end || m.data[p.start] == '{' || m.data[p.start] == '[' && m.class()[p.start] == inCode || m.within(block, "locals") {
		return
	}
	m.pass503(p.at, p.start, p.end, n.text)
}

// within reports whether a block is that of a keyword.
func (m *blueprint) within(block int, keyword string) bool {
	if block < 0 {
		return false
	}
	return strings.HasPrefix(strings.TrimSpace(m.head(m.pairs[block].open)), keyword)
}

// pass503 reports a value that is given to something named as a key, unless it
// is nothing, or a rule about where the key comes from says so already.
func (m *blueprint) pass503(at, start, end int, what string) {
	value := m.word(start, min(end, start+4000))
	if value == "" || dummy(value) || m.read(at, end) {
		return
	}
	if s := unquoted(value); m.class()[start] == inString && KeyName(s) && !m.within(m.brace(at), "env") {
		return // the name of the key's secret
	}
	m.report(Match{Rule: "KL503", Start: at, End: end, What: what})
}

// read reports whether a read of the account's keys was found in data[start:end].
func (m *blueprint) read(start, end int) bool {
	n, _ := slices.BinarySearch(m.reads, start)
	return n < len(m.reads) && m.reads[n] < end
}

// namings are the properties that give a thing its name, and given those that
// give such a thing its value.
var (
	namings = set("name", "secretname", "secret_name", "key", "envname", "variable_name", "variablename", "displayname", "setting_name", "parameter_name", "secret_id")
	given   = []string{"value", "secretValue", "secret_value", "secretRef", "keyVaultUrl", "key_vault_secret_id", "secret_name", "valueFrom", "value_from", "value_source", "plaintext_value", "encrypted_value", "secret_string", "secret_data", "string_value", "keyVaultReferenceUri", "contentValue", "secret_text"}
	asides  = set("secretref", "secret_name") // name where the value is kept
	handing = set("secretref", "secret_ref", "secretname", "secret_name", "secretreference", "key_vault_secret_name")
)

// quotedName looks at a string that is, or has, the name of a key.
func (m *blueprint) quotedName(block int, p property, n name) {
	whole := n.start > 0 && n.end < len(m.data) && m.class()[n.start-1] == inString && bytes.IndexByte([]byte(`"'/`), m.data[n.start-1]) >= 0 && (m.data[n.end] == '"' || m.data[n.end] == '\'')
	before := strings.ToLower(string(m.data[max(0, n.start-40):n.start]))
	switch {
	case strings.HasSuffix(before, "getsecret('"), strings.Contains(before, "secretname="), strings.Contains(before, "/secrets/") && strings.Contains(m.head(n.start), "@Microsoft.KeyVault"), strings.HasSuffix(before, "readenvironmentvariable('"):
		m.report(Match{Rule: "KL503", Start: n.start, End: n.end, What: n.text})
	case interpolated(before) || strings.Contains(before, "parameters('"):
		m.handed(p, n)
	case !whole:
	case namings[strings.ToLower(p.name)]:
		m.sibling(block, p, n)
	case handing[strings.ToLower(p.name)] && !m.nameSays(block):
		m.report(Match{Rule: "KL503", Start: p.at, End: p.end, What: n.text})
	}
}

// interpolated reports whether what stands before a name makes it a reference in
// a string.
func interpolated(before string) bool {
	at := strings.LastIndex(before, "${")
	return at >= 0 && !strings.Contains(before[at:], "}")
}

// sibling looks at what gives the thing named n its value.
func (m *blueprint) sibling(block int, p property, n name) {
	all := m.properties(block)
	if inner, ok := get(all, "properties"); ok && inner.start < inner.end {
		all = append(slices.Clone(all), m.in(inner.start, inner.end)...)
	}
	for _, name := range given {
		if v, ok := get(all, name); ok && v.at != p.at {
			if strings.EqualFold(name, "secret_name") && !m.within(block, "env") {
				continue
			}
			if asides[strings.ToLower(name)] {
				m.report(Match{Rule: "KL503", Start: p.at, End: p.end, What: n.text})
				return
			}
			if v.start < v.end && m.data[v.start] == '{' {
				v.at = p.at // a block's first line says nothing
			}
			m.pass503(v.at, v.start, v.end, n.text)
			return
		}
	}
	if handing[strings.ToLower(p.name)] && m.within(block, "env") && !m.nameSays(block) || m.within(block, "data \"azurerm_key_vault_secret\"") || m.secretResource(block) {
		m.report(Match{Rule: "KL503", Start: p.at, End: p.end, What: n.text})
	}
}

// nameSays reports whether the name of what a block sets is that of a key; then
// that line is reported.
func (m *blueprint) nameSays(block int) bool {
	p, ok := get(m.properties(block), "name")
	return ok && m.class()[p.start] == inString && KeyName(unquoted(m.word(p.start, p.end)))
}

// secretResource reports whether a block is a resource of another cloud that
// keeps a secret: its value comes later.
func (m *blueprint) secretResource(block int) bool {
	for _, kind := range [...]string{"aws_secretsmanager_secret\"", "aws_ssm_parameter\"", "google_secret_manager_secret\"", "google_secret_manager_secret_version\""} {
		if m.within(block, `data "`+kind) || m.within(block, `resource "`+kind) {
			return true
		}
	}
	return false
}

// handed looks at a reference to a parameter or value that is named as a key.
func (m *blueprint) handed(p property, n name) {
	if asking[strings.ToLower(p.name)] || m.asked(n) || !m.parameter(n) || m.read(p.at, p.end) || m.within(m.brace(n.start), "locals") {
		return
	}
	m.report(Match{Rule: "KL503", Start: n.start, End: n.end, What: n.text})
}

// asking are properties whose values are conditions.
var asking = set("condition", "count", "for_each", "depends_on", "dependson", "enabled", "sensitive", "description", "error_message")

// asked reports whether a name only stands in a question: empty(key), key == null.
func (m *blueprint) asked(n name) bool {
	before := strings.TrimRight(string(m.data[max(0, n.start-30):n.start]), " '\"")
	before = strings.TrimSuffix(strings.TrimSuffix(before, "var."), "parameters('")
	before = strings.TrimSuffix(before, "parameters(")
	for _, ask := range [...]string{"empty(", "length(", "contains(", "bool(", "string(", "nonsensitive("} {
		if strings.HasSuffix(before, ask) {
			return true
		}
	}
	after := strings.TrimLeft(string(m.data[n.end:min(len(m.data), n.end+10)]), " ')")
	return strings.HasPrefix(after, "==") || strings.HasPrefix(after, "!=")
}

// parameter reports whether a name refers to a parameter or a variable; a
// resource of such a name is none.
func (m *blueprint) parameter(n name) bool {
	if m.secretRead(n) {
		return true
	}
	for _, name := range m.references(max(0, n.start-12), n.end) {
		if strings.HasSuffix(name, n.text) {
			if strings.HasPrefix(name, "var.") || strings.HasPrefix(name, "local.") || strings.HasPrefix(name, "parameters.") {
				return true
			}
			d, ok := m.declared[name]
			return ok && (d.keyword == "param" || d.keyword == "var")
		}
	}
	return false
}

// secretReads is an attribute of a resource or data source of Terraform that is
// a secret, or that an app takes to fetch it.
var secretReads = pattern(`^\.(?:value|secret_string|secret_data|versionless_id|id)\b`)

// secretRead reports whether a name is that of a secret in a vault, whose value
// is read: data.azurerm_key_vault_secret.openai_key.value.
func (m *blueprint) secretRead(n name) bool {
	before := string(m.data[max(0, n.start-60):n.start])
	after := m.data[n.end:min(len(m.data), n.end+20)]
	i := bytes.IndexByte(after, '.')
	return i >= 0 && i < 5 && secretReads.Match(after[i:]) && secretOwner.MatchString(before) && !m.within(m.brace(n.start), "output")
}

var secretOwner = pattern(`(?:azurerm_key_vault_secret|aws_secretsmanager_secret_version|aws_ssm_parameter|google_secret_manager_secret_version)\.$`)

// parameters reports the parameters that are keys.
func (m *blueprint) parameters() {
	for _, d := range m.declared {
		if d.keyword == "param" && KeyName(d.name) && named(d.name) && texts[strings.ToLower(d.kind)] {
			m.report(Match{Rule: "KL503", Start: d.at, End: d.at + lineLength(m.data[d.at:]), What: d.name})
		}
	}
}

// texts are the types of parameters that may be keys.
var texts = set("", "string", "securestring", "any", "string?")

// values looks at a file that gives parameters their values.
func (m *blueprint) values(all []property) {
	for _, p := range all {
		if !KeyName(p.name) || !named(p.name) || p.start >= p.end {
			continue
		}
		v := p
		if inner := m.in(p.start, p.end); m.data[p.start] == '{' {
			var ok bool
			if v, ok = get(inner, "value"); !ok {
				if v, ok = get(inner, "reference"); !ok {
					continue
				}
			}
		}
		value := m.word(v.start, v.end)
		switch s := unquoted(value); {
		case truths[s] || s == "false" || s != "" && dummy(s):
		case m.class()[v.start] == inString && !placeholder(value) && keyLike(s):
			m.report(Match{Rule: "KL405", Start: v.at, End: v.end, What: p.name, Key: NewKey(s)})
		default:
			m.report(Match{Rule: "KL306", Start: v.at, End: v.end, What: p.name})
		}
	}
}
