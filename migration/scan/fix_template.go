package scan

import (
	"bytes"
	"slices"
	"strings"
)

// fixFlag is a flag that says in so many words that an account takes keys.
var fixFlag = pattern(`^"?(disableLocalAuth|local_auth_enabled|local_authentication_enabled)"?\s*[:=]\s*(true|false)$`)

// flag turns round a flag that is a literal.
func (f *fixer) flag(m Match) bool {
	at := fixFlag.FindSubmatchIndex(f.data[m.Start:m.End])
	if at == nil {
		return false
	}
	f.edit(m.Start+at[4], m.Start+at[5], map[bool]string{true: "true", false: "false"}[f.data[m.Start+at[2]] == 'd'])
	return true
}

// fixAccounts sets each account's flag, or calls add for one that has none. A
// file that reads an account's keys, or passes them on, stays: its deployment
// would fail, for keys that are turned off can't be read.
func fixAccounts(f *fixer, add func(Match)) {
	if slices.ContainsFunc(f.all, func(m Match) bool { return m.Rule == "KL501" || m.Rule == "KL503" }) {
		return
	}
	for _, m := range f.matches {
		if m.Rule == "KL502" && m.End <= len(f.data) && !f.flag(m) {
			add(m)
		}
	}
}

// fixDeclared is fixAccounts where add wants the declaration that was found.
func fixDeclared(f *fixer, all []declaration, add func(declaration)) {
	fixAccounts(f, func(found Match) {
		for _, d := range all {
			if d.at == found.Start {
				add(d)
			}
		}
	})
}

func fixBicep(f *fixer) {
	m := newBlueprint(f.text)
	m.references = m.bicepReferences
	fixDeclared(f, m.bicepDeclarations(), func(d declaration) {
		if d.keyword == "resource" {
			f.bicepFlag(m, d)
		}
	})
}

// bicepFlag gives a resource the flag.
func (f *fixer) bicepFlag(m *blueprint, d declaration) {
	block := m.firstBlock(d.start, d.end)
	if block < 0 {
		return
	}
	body, ok := get(m.properties(block), "properties")
	if !ok {
		f.into(m, block, func(indent, unit string) string {
			return "properties: {\n" + indent + unit + "disableLocalAuth: true\n" + indent + "}"
		}, "")
		return
	}
	if inner := m.pairAt(body.start); inner >= 0 && m.pairs[inner].close == body.end && m.data[body.start] == '{' {
		f.into(m, inner, func(string, string) string { return "disableLocalAuth: true" }, "")
	}
}

// into puts a property at the end of a block. comma is what must stand between
// properties on lines of their own.
func (f *fixer) into(m *blueprint, block int, text func(indent, unit string) string, comma string) {
	open, closing := m.pairs[block].open, m.pairs[block].close-1
	if closing <= open || m.data[closing] != '}' {
		return
	}
	_, last := m.trim(open+1, closing)
	outer := f.indent(open)
	all := m.properties(block)
	switch {
	case len(all) == 0 && last > open+1: // nothing that is understood
	case len(all) == 0:
		unit := f.unit()
		f.edit(open+1, closing, "\n"+outer+unit+text(outer+unit, unit)+"\n"+outer)
	case bytes.IndexByte(m.data[open:closing], '\n') < 0: // { a: 1, b: 2 }
		f.edit(last, last, ", "+text(outer, f.unit()))
	case f.first(closing):
		indent := f.indent(all[len(all)-1].at)
		if last > 0 && m.data[last-1] == ',' {
			comma = ""
		}
		f.line(last, comma, indent+text(indent, strings.TrimPrefix(indent, outer)))
	}
}

// line puts a line behind the one that the property before ends on, whose
// comment stays with it; comma goes where the property ends.
func (f *fixer) line(last int, comma, text string) {
	if comma != "" {
		f.edit(last, last, comma)
	}
	end := last + lineLength(f.data[last:])
	end -= len(f.data[last:end]) - len(bytes.TrimRight(f.data[last:end], "\r"))
	f.edit(end, end, "\n"+text)
}

// unit is what the file indents by: as its first indented line.
func (f *fixer) unit() string {
	for at := 0; at < len(f.data); at = f.lineEnd(at) {
		if indent := f.indent(at); indent != "" && len(indent) <= 8 && !f.commented(at+len(indent)) {
			return indent
		}
	}
	return "  "
}

func fixARM(f *fixer) {
	if !armFile(f.data) {
		return
	}
	m := newBlueprint(f.text)
	m.references = m.armReferences
	fixAccounts(f, func(found Match) {
		block, p, ok := m.owner(found.Start)
		if ok && block >= 0 && strings.EqualFold(p.name, "type") {
			f.armFlag(m, block)
		}
	})
}

// armFlag gives the resource that a block is the flag.
func (f *fixer) armFlag(m *blueprint, block int) {
	body, ok := get(m.properties(block), "properties")
	if !ok {
		f.into(m, block, func(indent, unit string) string {
			return "\"properties\": {\n" + indent + unit + "\"disableLocalAuth\": true\n" + indent + "}"
		}, ",")
		return
	}
	if inner := m.pairAt(body.start); inner >= 0 && m.data[body.start] == '{' {
		f.into(m, inner, func(string, string) string { return `"disableLocalAuth": true` }, ",")
	}
}

func fixTerraform(f *fixer) {
	m := newBlueprint(f.text)
	m.references = m.terraformReferences
	fixDeclared(f, m.terraformBlocks(), func(d declaration) { f.terraformFlag(m, d) })
}

// terraformFlag gives a resource or a well-known module the flag.
func (f *fixer) terraformFlag(m *blueprint, d declaration) {
	block := m.pairAt(d.start)
	if d.kind == "azapi_resource" {
		body, _ := get(m.in(d.start, d.end), "body")
		inside, ok := get(m.in(body.start, body.end), "properties")
		block = m.pairAt(inside.start)
		if ok && block >= 0 {
			f.attribute(m, block, "disableLocalAuth", "true")
		}
		return
	}
	name := "local_auth_enabled"
	if known, ok := accountResources[d.kind]; ok {
		name = known.flag
	}
	if block >= 0 {
		f.attribute(m, block, name, "false")
	}
}

// attribute adds name = value to a block, in line with the attributes around it.
// https://developer.hashicorp.com/terraform/language/style
func (f *fixer) attribute(m *blueprint, block int, name, value string) {
	open, closing := m.pairs[block].open, m.pairs[block].close-1
	if closing <= open || m.data[closing] != '}' {
		return
	}
	_, last := m.trim(open+1, closing)
	if bytes.IndexByte(m.data[open:closing], '\n') < 0 {
		switch joint := map[bool]string{true: "", false: ", "}[len(m.properties(block)) == 0]; {
		case joint == "" && last == open+1:
			f.edit(open+1, closing, "\n"+f.indent(open)+"  "+name+" = "+value+"\n"+f.indent(open))
		case joint != "" && m.expression(block):
			f.edit(last, last, joint+name+" = "+value)
		}
		return
	}
	group := f.aligned(m, block)
	if len(group) == 0 {
		return
	}
	f.align(group, name, value)
}

// expression reports whether braces are an object, not a block: only there
// commas may be.
func (m *blueprint) expression(block int) bool {
	before := bytes.TrimRight(m.data[:m.pairs[block].open], " \t")
	return len(before) > 0 && bytes.IndexByte([]byte("=(,["), before[len(before)-1]) >= 0
}

// aligned are the first attributes of a block that stand on lines side by side,
// each on one, as terraform fmt aligns them.
func (f *fixer) aligned(m *blueprint, block int) (group []property) {
	for _, p := range m.properties(block) {
		single := p.start < p.end && f.data[p.start] != '{' && bytes.IndexByte(f.data[p.at:p.end], '\n') < 0 &&
			f.first(p.at) && bytes.IndexByte(f.data[p.at:p.start], '=') > 0
		if n := len(group); n > 0 && (!single || f.lineEnd(group[n-1].at) != f.lineStart(p.at)) {
			break
		}
		if single {
			group = append(group, p)
		}
	}
	return group
}

// align adds an attribute behind a group, and moves the others' values where its
// name is longer than theirs.
func (f *fixer) align(group []property, name, value string) {
	width := 0
	for _, p := range group {
		width = max(width, bytes.IndexByte(f.data[p.at:p.start], '=')-1)
	}
	if len(name) > width {
		for _, p := range group {
			equals := p.at + bytes.IndexByte(f.data[p.at:p.start], '=')
			f.edit(equals, equals, strings.Repeat(" ", len(name)-(equals-p.at)+1))
		}
		width = len(name)
	}
	last := group[len(group)-1]
	comma := ""
	if end := bytes.TrimSpace(f.data[last.end:f.lineEnd(last.end)]); len(end) > 0 && end[0] == ',' {
		comma = ","
	}
	f.line(last.end, "", f.indent(last.at)+name+strings.Repeat(" ", max(0, width-len(name)))+" = "+value+comma)
}
