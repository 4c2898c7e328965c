package scan

import (
	"bytes"
	"path"
	"strings"
)

const accountType = "microsoft.cognitiveservices/accounts"

// bicepTemplate looks at a Bicep file, or one that gives a Bicep file its
// parameters.
// https://learn.microsoft.com/azure/azure-resource-manager/bicep/file
func bicepTemplate(t *text) {
	if len(t.data) > templateLimit {
		return
	}
	m := newBlueprint(t)
	m.references = m.bicepReferences
	all := m.bicepDeclarations()
	if strings.HasSuffix(strings.ToLower(t.name), ".bicepparam") {
		m.bicepValues(all)
		return
	}
	for _, d := range all {
		m.bicepAccount(d)
	}
	m.listKeys()
	m.outputs(".outputs.", m.bicepModule)
	m.flows()
	m.parameters()
	m.bicepOutputs(all)
}

// bicepDeclarations reads the declarations of a file, nested ones too.
func (m *blueprint) bicepDeclarations() (all []declaration) {
	for i := 0; i < len(m.data); i += lineLength(m.data[i:]) + 1 {
		d, ok := m.bicepDeclaration(i)
		if !ok {
			continue
		}
		all = append(all, d)
		m.declared[d.name] = d
	}
	return all
}

// decorator is what may stand before a declaration on its line.
var decorator = pattern(`^(?:@\w+(?:\.\w+)*\([^()\n]*\)\s+)+`)

// bicepDeclaration reads the declaration in the line at i.
func (m *blueprint) bicepDeclaration(i int) (d declaration, ok bool) {
	i = m.blanks(i, len(m.data))
	if decorated := decorator.FindIndex(m.line(i)); decorated != nil {
		i += decorated[1]
	}
	line := m.line(i)
	if i >= len(m.data) || m.class()[i] != inCode {
		return d, false
	}
	words := bytes.Fields(line)
	if len(words) < 2 {
		return d, false
	}
	d = declaration{keyword: string(words[0]), name: string(bytes.TrimRight(words[1], "=")), at: i}
	switch d.keyword {
	case "param", "var", "resource", "module", "output":
	default:
		return d, false
	}
	at := i + bytes.Index(line, words[1]) + len(words[1])
	if equals := m.equals(at, i+len(line)); equals >= 0 {
		head := strings.TrimSpace(string(m.data[at:equals]))
		d.existing = strings.HasSuffix(head, " existing")
		d.kind = unquoted(strings.TrimSuffix(head, "existing"))
		d.start, d.end = m.valueEnd(equals+1, len(m.data))
		return d, true
	}
	d.kind = strings.TrimSpace(string(m.data[at : i+len(line)]))
	if before, _, comment := strings.Cut(d.kind, "//"); comment {
		d.kind = strings.TrimSpace(before)
	}
	return d, d.keyword == "param" && nameByte(d.name[0])
}

// equals is where the = of a declaration is; -1: it has none.
func (m *blueprint) equals(i, end int) int {
	for ; i < end; i++ {
		if m.data[i] == '=' && m.class()[i] == inCode {
			return i
		}
	}
	return -1
}

// bicepReferences are the names in an expression: the first of each path.
func (m *blueprint) bicepReferences(start, end int) (all []string) {
	for i := start; i < end; {
		if !letter(m.data[i]) && m.data[i] != '_' {
			i++
			continue
		}
		from := i
		for i < end && nameByte(m.data[i]) {
			i++
		}
		if from == 0 || m.data[from-1] != '.' {
			all = append(all, string(m.data[from:i]))
		}
	}
	return all
}

// bicepAccount looks at a resource, or a module that makes one.
func (m *blueprint) bicepAccount(d declaration) {
	if d.existing || d.keyword != "resource" && d.keyword != "module" {
		return
	}
	kind := strings.ToLower(d.kind)
	a := account{at: d.at, want: true}
	all := m.in(d.start, d.end)
	inner := "properties"
	switch {
	case d.keyword == "resource" && strings.HasPrefix(kind, accountType+"@"):
	case d.keyword == "module" && strings.Contains(kind, "avm/res/cognitive-services/account:"):
		// Azure's own module turns keys off by itself.
		// https://github.com/Azure/bicep-registry-modules/tree/main/avm/res/cognitive-services/account
		a.strict, inner = true, "params"
	case d.keyword == "module" && accountModule(kind):
		a.strict, inner = true, "params"
	default:
		return
	}
	name, _ := get(all, "name")
	a.kind, _ = get(all, "kind")
	body, ok := get(all, inner)
	if ok {
		inside := m.in(body.start, body.end)
		a.flag, _ = get(inside, "disableLocalAuth")
		if a.strict {
			a.kind, _ = get(inside, "kind")
			name, _ = get(inside, "name")
			m.exported(inside)
		}
	}
	a.name = d.name + " " + path.Base(kind) + " " + m.word(name.start, name.end)
	if !a.strict {
		a.name = d.name + " " + m.word(name.start, name.end) + m.deploysModels()
	}
	m.judge(a)
}

// deploysModels is a word for the names of an account whose kind is not said,
// in a file that deploys models to it.
func (m *blueprint) deploysModels() string {
	if m.models == nil {
		deployed := bytes.Contains(bytes.ToLower(m.data), []byte(accountType+"/deployments"))
		m.models = &deployed
	}
	if *m.models {
		return " openai"
	}
	return ""
}

// accountModule reports whether a module's path is that of one that makes an
// account: core/ai/cognitiveservices.bicep.
func accountModule(source string) bool {
	return leaning(strings.TrimSuffix(path.Base(source), ".bicep")) > 0 || strings.Contains(path.Base(source), "cognitive")
}

// exported reports the keys that Azure's module puts into a vault.
func (m *blueprint) exported(params []property) {
	export, ok := get(params, "secretsExportConfiguration")
	if !ok {
		return
	}
	for _, p := range m.in(export.start, export.end) {
		if strings.HasPrefix(strings.ToLower(p.name), "accesskey") {
			m.report(Match{Rule: "KL503", Start: p.at, End: p.end, What: p.name})
		}
	}
}

// bicepModule reports whether a name is that of a module about an account.
func (m *blueprint) bicepModule(name string) bool {
	d, ok := m.declared[name]
	return ok && d.keyword == "module" && leaning(d.name+" "+path.Base(d.kind)) >= 0 && (leaning(d.name+" "+path.Base(d.kind)) > 0 || accountModule(strings.ToLower(d.kind)))
}

// outputs reports keys that come out of modules: openai.outputs.key.
func (m *blueprint) outputs(joint string, module func(name string) bool) {
	for i := 0; ; {
		n := bytes.Index(m.data[i:], []byte(joint))
		if n < 0 {
			return
		}
		at := i + n
		i = at + len(joint)
		from, to := at, i
		for from > max(0, at-pathLimit) && (nameByte(m.data[from-1]) || bytes.IndexByte([]byte("!?-"), m.data[from-1]) >= 0) {
			from--
		}
		for to < min(len(m.data), i+pathLimit) && nameByte(m.data[to]) {
			to++
		}
		output := string(m.data[i:to])
		if m.commented(at) || !keyOutput(output) {
			continue
		}
		if name := strings.TrimRight(string(m.data[from:at]), "!?"); module(name) || KeyName(output) {
			m.add("KL501", from, to, name+joint+output)
		}
	}
}

// keyOutput reports whether an output's name is that of a key.
func keyOutput(name string) bool {
	if !named(name) {
		return false
	}
	words := nameWords(name)
	for i, w := range words {
		if keyNouns[w] && leaning(name) >= 0 && !keyOwner(words[i+1:]) && !aboutKeysAny(words) {
			return true
		}
	}
	return false
}

func aboutKeysAny(words []string) bool {
	for _, w := range words {
		if aboutKeys[w] {
			return true
		}
	}
	return false
}

// listKeys reports the calls of listKeys for an account of ours.
func (m *blueprint) listKeys() {
	low := lowered(m.data)
	for i := 0; ; {
		n := bytes.Index(low[i:], []byte("listkeys("))
		if n < 0 {
			return
		}
		at := i + n
		i = at + len("listkeys(")
		if m.commented(at) || at > 0 && nameByte(low[at-1]) {
			continue
		}
		start, closing := at, m.parenthesis(i)
		var subject string
		if at > 0 && low[at-1] == '.' {
			start = m.path(at - 1)
			subject = string(m.data[start : at-1])
		} else {
			subject = string(m.data[i:closing])
		}
		if m.account(subject, at) {
			m.add("KL501", start, min(closing+1, len(m.data)), "listKeys()")
		}
	}
}

// pathLimit is how long a path of names may be, in bytes.
const pathLimit = 300

// head is the line that i is in, up to i.
func (m *blueprint) head(i int) string {
	from := max(0, i-pathLimit)
	return string(m.data[from+bytes.LastIndexByte(m.data[from:i], '\n')+1 : i])
}

// parenthesis is where the ) is that closes what was opened before i, in strings
// too, for a while.
func (m *blueprint) parenthesis(i int) int {
	depth := 1
	for end := min(len(m.data), i+2000); i < end; i++ {
		switch m.data[i] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return i
}

// path is where the path that ends at i starts: a::b, list[0], account!.
func (m *blueprint) path(i int) int {
	for least := max(0, i-pathLimit); i > least; {
		switch c := m.data[i-1]; {
		case nameByte(c), c == ':', c == '!', c == '?', c == '.':
			i--
		case c == ']':
			open := bytes.LastIndexByte(m.data[max(0, i-200):i], '[')
			if open < 0 {
				return i
			}
			i = max(0, i-200) + open
		default:
			return i
		}
	}
	return i
}

// account reports whether an expression is an account of ours: its symbol, or a
// resource id.
func (m *blueprint) account(subject string, at int) bool {
	low := strings.ToLower(subject)
	if strings.Contains(low, "microsoft.") {
		return strings.Contains(low, accountType) && m.leaningHere(besideType(subject, low)+" "+strings.Join(m.named(subject), " "), at) >= 0
	}
	for _, name := range m.named(subject) {
		d, ok := m.declared[name]
		if !ok {
			continue
		}
		switch {
		case strings.HasPrefix(strings.ToLower(d.kind), accountType) && d.keyword == "resource":
			return m.accountKey(d, at)
		case d.keyword == "var" && strings.Contains(strings.ToLower(m.word(d.start, d.end)), accountType):
			return m.leaningHere(name+strings.ReplaceAll(strings.ToLower(m.word(d.start, d.end)), accountType, ""), at) >= 0
		case d.keyword == "module" && m.bicepModule(name), d.keyword == "param" && leaning(name) > 0:
			return true
		}
	}
	return false
}

// besideType is an expression without the type of accounts, which says nothing.
// low is the expression in lower case.
func besideType(expression, low string) string {
	if i := strings.Index(low, accountType); i >= 0 && len(low) == len(expression) {
		return expression[:i] + expression[i+len(accountType):]
	}
	return strings.ReplaceAll(low, accountType, "")
}

// named are the declared names in an expression.
func (m *blueprint) named(expression string) (all []string) {
	for _, w := range strings.FieldsFunc(expression, func(r rune) bool { return r > 127 || !nameByte(byte(r)) }) {
		if _, ok := m.declared[w]; ok {
			all = append(all, w)
		}
	}
	return all
}

// accountKey reports whether a declared account is of ours: by its kind, or by
// its names where the kind isn't said.
func (m *blueprint) accountKey(d declaration, at int) bool {
	all := m.in(d.start, d.end)
	kind, _ := get(all, "kind")
	if said := m.literals(kind.start, kind.end, 0); len(said) > 0 {
		return m.ours(account{kind: kind})
	}
	name, _ := get(all, "name")
	return m.leaningHere(d.name+" "+m.word(name.start, name.end), at) >= 0
}

// leaningHere is the leaning of some names, and where they don't tell, that of
// what the value at i is given to.
func (m *blueprint) leaningHere(names string, i int) int {
	if l := leaning(names); l != 0 {
		return l
	}
	block, p, ok := m.owner(i)
	if ok {
		if name, named := get(m.properties(block), "name"); named {
			return leaning(p.name + " " + m.word(name.start, name.end))
		}
		if l := leaning(p.name); l != 0 || block < 0 {
			return l
		}
		_, over, _ := m.owner(m.pairs[block].open) // "speech_key": {"value": …}
		return leaning(over.name)
	}
	return leaning(m.head(i))
}

// bicepOutputs reports outputs that are named as keys.
func (m *blueprint) bicepOutputs(all []declaration) {
	for _, d := range all {
		if d.keyword == "output" && KeyName(d.name) && named(d.name) && strings.HasPrefix(strings.ToLower(d.kind), "string") {
			m.pass503(d.at, d.start, d.end, d.name)
		}
	}
}

// bicepValues looks at a file of parameters.
func (m *blueprint) bicepValues(all []declaration) {
	var given []property
	for _, d := range all {
		if d.keyword == "param" {
			given = append(given, property{d.name, d.at, d.start, d.end})
		}
	}
	m.values(given)
}

// lowered is data in lower case, byte for byte: what isn't ASCII or isn't UTF-8
// stays as long as it is.
func lowered(data []byte) []byte {
	low := make([]byte, len(data))
	for i, c := range data {
		low[i] = lower(c)
	}
	return low
}
