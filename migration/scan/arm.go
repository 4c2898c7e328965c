package scan

import (
	"bytes"
	"strings"
)

// armTemplate looks at an ARM template, or a file that gives one its parameters.
// https://learn.microsoft.com/azure/azure-resource-manager/templates/syntax
func armTemplate(t *text) {
	if len(t.data) > templateLimit {
		return
	}
	m := newBlueprint(t)
	m.references = m.armReferences
	if armParameters(t.data) {
		if top := m.in(0, len(m.data)); top != nil {
			if p, ok := get(top, "parameters"); ok {
				m.values(m.in(p.start, p.end))
			}
		}
		return
	}
	m.armDeclarations()
	m.armAccounts()
	m.listKeys()
	m.flows()
	m.armOutputs()
	m.parameters()
}

// armFile reports whether a text of JSON is for Azure Resource Manager.
func armFile(data []byte) bool {
	head := bytes.ToLower(data[:min(len(data), 2000)])
	return bytes.Contains(head, []byte("deploymenttemplate.json")) || bytes.Contains(head, []byte("deploymentparameters.json"))
}

func armParameters(data []byte) bool {
	return bytes.Contains(bytes.ToLower(data[:min(len(data), 2000)]), []byte("deploymentparameters.json"))
}

// armDeclarations reads all parameters, variables and resources with symbolic
// names, of nested templates too. The last one of a name is taken.
func (m *blueprint) armDeclarations() {
	for n := range m.pairs {
		open := m.pairs[n].open
		if m.data[open] != '{' {
			continue
		}
		head := strings.TrimRight(string(m.data[max(0, open-24):open]), " \t\r\n:")
		for _, section := range [...]string{"parameters", "variables", "resources"} {
			if strings.HasSuffix(head, `"`+section+`"`) {
				for _, p := range m.properties(n) {
					m.armDeclare(section, p)
				}
			}
		}
	}
}

func (m *blueprint) armDeclare(section string, p property) {
	d := declaration{keyword: "var", name: p.name, at: p.at, start: p.start, end: p.end}
	switch section {
	case "parameters":
		all := m.in(p.start, p.end)
		kind, ok := get(all, "type")
		if !ok {
			return // a value that is passed on
		}
		d.keyword, d.kind = "param", unquoted(m.word(kind.start, kind.end))
		value, _ := get(all, "defaultValue")
		d.start, d.end = value.start, value.end
	case "resources":
		all := m.in(p.start, p.end)
		kind, _ := get(all, "type")
		d.keyword, d.kind = "resource", unquoted(m.word(kind.start, kind.end))
		m.declared[p.name] = d
		return
	}
	m.declared[section+"."+p.name] = d
	if _, known := m.declared[p.name]; !known {
		m.declared[p.name] = d
	}
}

// armReferences are the parameters and variables in an expression.
func (m *blueprint) armReferences(start, end int) (all []string) {
	s := string(m.data[start:min(end+2, len(m.data))])
	for _, section := range [...]string{"parameters", "variables"} {
		for rest := s; ; {
			_, after, ok := strings.Cut(rest, section+"('")
			if !ok {
				break
			}
			name, _, closed := strings.Cut(after, "'")
			if closed {
				all = append(all, section+"."+name)
			}
			rest = after
		}
	}
	return all
}

// armAccounts looks at the accounts that a template makes.
func (m *blueprint) armAccounts() {
	low := lowered(m.data)
	for i := 0; ; {
		n := bytes.Index(low[i:], []byte(`"`+accountType+`"`))
		if n < 0 {
			return
		}
		at := i + n
		i = at + len(accountType)
		block, p, ok := m.owner(at)
		if !ok || !strings.EqualFold(p.name, "type") {
			continue
		}
		all := m.properties(block)
		if existing, ok := get(all, "existing"); ok && m.word(existing.start, existing.end) == "true" {
			continue
		}
		if _, ok := get(all, "apiVersion"); !ok {
			continue
		}
		a := account{at: p.at, want: true}
		name, _ := get(all, "name")
		a.name = m.word(name.start, name.end) + m.deploysModels()
		a.kind, _ = get(all, "kind")
		if body, ok := get(all, "properties"); ok {
			a.flag, _ = get(m.in(body.start, body.end), "disableLocalAuth")
		}
		m.judge(a)
	}
}

// armOutputs reports outputs that are named as keys.
func (m *blueprint) armOutputs() {
	for n := range m.pairs {
		open := m.pairs[n].open
		if !strings.HasSuffix(strings.TrimRight(string(m.data[max(0, open-24):open]), " \t\r\n:"), `"outputs"`) {
			continue
		}
		for _, p := range m.properties(n) {
			if value, ok := get(m.in(p.start, p.end), "value"); ok && KeyName(p.name) && named(p.name) {
				m.pass503(value.at, value.start, value.end, p.name)
			}
		}
	}
}
