package scan

import (
	"bytes"
	"sort"
	"strings"

	"github.com/keyless-inference/action/migration/rule"
)

// templateLimit is the size up to which templates are read, in bytes. Azure takes
// none that is larger.
// https://learn.microsoft.com/azure/azure-resource-manager/templates/best-practices
const templateLimit = 4 << 20

// A template is a text of Bicep, ARM or Terraform: blocks of names and values,
// and declarations that values refer to.
type blueprint struct {
	*text
	pairs    []bracket
	blocks   map[int][]property     // by the number of their bracket; -1: what is in none
	declared map[string]declaration // by the name that references have
	reads    []int                  // where the account's keys are read, see flows
	models   *bool                  // whether models are deployed, see deploysModels

	// references are the names of declarations that data[start:end] refers to.
	references func(start, end int) []string
}

// A property is a name and its value: name: value, name = value, or a block,
// name "label" { … }.
type property struct {
	name           string
	at, start, end int // of the name; of the value
}

// A declaration gives a name to a resource, a parameter, a value.
type declaration struct {
	keyword    string // param, var, resource, module, output; in Terraform also data
	name, kind string // kind: the type of a resource or parameter, the source of a module
	at         int
	start, end int // of the value, or the body with its brackets; of a parameter, its default
	existing   bool
}

// newBlueprint starts to read a template.
func newBlueprint(t *text) *blueprint {
	return &blueprint{text: t, pairs: t.pairs(), blocks: map[int][]property{}, declared: map[string]declaration{}}
}

// pairAt is the number of the bracket that opens at i; -1: none does.
func (m *blueprint) pairAt(i int) int {
	n := sort.Search(len(m.pairs), func(n int) bool { return m.pairs[n].open >= i })
	if n < len(m.pairs) && m.pairs[n].open == i {
		return n
	}
	return -1
}

// brace is the number of the innermost { } around i; -1: none. It gives up
// where brackets are nested as nobody nests them.
func (m *blueprint) brace(i int) int {
	n := sort.Search(len(m.pairs), func(n int) bool { return m.pairs[n].open >= i }) - 1
	for range 200 {
		if n < 0 || m.pairs[n].close > i+1 && m.data[m.pairs[n].open] == '{' {
			return n
		}
		n = m.pairs[n].outer
	}
	return -1
}

// properties are those of a block.
func (m *blueprint) properties(block int) []property {
	all, known := m.blocks[block]
	if !known {
		start, end := 0, len(m.data)
		if block >= 0 {
			start, end = m.pairs[block].open+1, m.pairs[block].close-1
		}
		for i := start; i < end; {
			p, next := m.property(i, end)
			if p.name != "" {
				all = append(all, p)
			}
			i = max(next, i+1)
		}
		m.blocks[block] = all
	}
	return all
}

// in are the properties of the first block in data[start:end].
func (m *blueprint) in(start, end int) []property {
	if b := m.firstBlock(start, end); b >= 0 {
		return m.properties(b)
	}
	return nil
}

// firstBlock is the number of the first { that is in no parentheses; -1: none.
func (m *blueprint) firstBlock(start, end int) int {
	n := sort.Search(len(m.pairs), func(n int) bool { return m.pairs[n].open >= start })
	for n < len(m.pairs) && m.pairs[n].open < end {
		switch m.data[m.pairs[n].open] {
		case '{':
			return n
		case '(':
			if inner := m.firstIn(n); inner >= 0 { // jsonencode({…}), if (…) {…}
				return inner
			}
			closing := m.pairs[n].close
			n = sort.Search(len(m.pairs), func(n int) bool { return m.pairs[n].open >= closing })
		default:
			n++
		}
	}
	return -1
}

// firstIn is the number of the { that follows a ( at once; -1: none.
func (m *blueprint) firstIn(n int) int {
	at, _ := m.trim(m.pairs[n].open+1, m.pairs[n].close-1)
	if at < len(m.data) && m.data[at] == '{' {
		return m.pairAt(at)
	}
	return -1
}

// property reads the property at i, or passes over what is none.
func (m *blueprint) property(i, end int) (p property, next int) {
	if i = m.blank(i, end); i >= end {
		return p, end
	}
	p.at = i
	switch {
	case m.class()[i] == inString:
		stop, _ := m.format.syntax.token(m.data, i)
		p.name, i = unquoted(string(m.data[i:min(stop, end)])), stop
	case nameByte(m.data[i]):
		for i < end && (nameByte(m.data[i]) || m.data[i] == '-') {
			i++
		}
		p.name = string(m.data[p.at:i])
	default:
		return property{}, m.pass(i)
	}
	at := m.blanks(i, end)
	if at < end && (m.data[at] == ':' || m.data[at] == '=' && !hasPrefix(m.data[at:], "==") && !hasPrefix(m.data[at:], "=>")) {
		p.start, p.end = m.valueEnd(at+1, end)
		return p, p.end
	}
	for n := 0; n < 4 && at < end && m.class()[at] == inString; n++ { // a block's labels
		stop, _ := m.format.syntax.token(m.data, at)
		at = m.blanks(stop, end)
	}
	if n := m.pairAt(at); n >= 0 && m.data[at] == '{' {
		p.start, p.end = at, min(m.pairs[n].close, end)
		return p, p.end
	}
	return property{}, i
}

// pass is behind a bracket's pair at i, or behind the byte.
func (m *blueprint) pass(i int) int {
	if n := m.pairAt(i); n >= 0 {
		return m.pairs[n].close
	}
	return i + 1
}

// blanks is behind spaces in a line.
func (m *blueprint) blanks(i, end int) int {
	for i < end && (m.data[i] == ' ' || m.data[i] == '\t' || m.data[i] == '?') {
		i++
	}
	return i
}

// valueEnd is where the value at i stands: up to a comma, or the end of a line
// that nothing goes on behind.
func (m *blueprint) valueEnd(i, end int) (from, to int) {
	from = i
	classes := m.class()
	for i < end {
		switch c := m.data[i]; {
		case classes[i] != inCode:
			i++
			continue
		case c == '<' && hasPrefix(m.data[i:], "<<"):
			i = m.heredoc(i, end)
			continue
		case c == '{' || c == '[' || c == '(':
			i = m.pass(i)
			continue
		case c == ',' || c == '}' || c == ']' || c == ')' || c == '\n' && m.ends(from, i, end):
			return m.trimmed(from, i)
		}
		i++
	}
	return m.trimmed(from, end)
}

func (m *blueprint) trimmed(start, end int) (int, int) { return m.trim(start, min(end, len(m.data))) }

// ends reports whether a value ends with the line at i.
func (m *blueprint) ends(from, i, end int) bool {
	start, stop := m.trim(from, i)
	if start >= stop || bytes.IndexByte([]byte("?:+&|=("), m.data[stop-1]) >= 0 {
		return false
	}
	next := m.blank(i, end)
	return next >= end || bytes.IndexByte([]byte("?:.&|"), m.data[next]) < 0
}

// heredoc is behind Terraform's <<WORD … WORD.
func (m *blueprint) heredoc(i, end int) int {
	first := m.data[i:min(len(m.data), i+100)]
	first = first[:lineLength(first)]
	word := bytes.TrimSpace(bytes.TrimPrefix(bytes.TrimPrefix(first, []byte("<<")), []byte("-")))
	if len(word) == 0 || len(word) > 40 || !nameByte(word[0]) {
		return i + 2
	}
	for i += len(first) + 1; i < end; {
		line := m.line(i)
		i += len(line)
		if bytes.Equal(bytes.TrimSpace(line), word) {
			return i
		}
		i++
	}
	return end
}

// get is a property by its name, in any case.
func get(all []property, name string) (property, bool) {
	for _, p := range all {
		if strings.EqualFold(p.name, name) {
			return p, true
		}
	}
	return property{}, false
}

// owner is the block around i, and the property of it that i is in.
func (m *blueprint) owner(i int) (block int, p property, ok bool) {
	block = m.brace(i)
	all := m.properties(block)
	n := sort.Search(len(all), func(n int) bool { return all[n].at > i }) - 1
	if n >= 0 && i < max(all[n].end, all[n].at+1) {
		return block, all[n], true
	}
	return block, property{}, false
}

// literals are the strings that data[start:end] is, or that what it refers to is.
func (m *blueprint) literals(start, end, depth int) (all []string) {
	for i := start; i < end; {
		if m.class()[i] != inString {
			i++
			continue
		}
		stop, _ := m.format.syntax.token(m.data, i)
		if s := unquoted(string(m.data[i:stop])); !strings.Contains(s, "${") && !strings.HasPrefix(s, "[") {
			all = append(all, s)
		}
		i = max(stop, i+1)
	}
	if len(all) > 0 || depth > 4 {
		return all
	}
	for _, name := range m.references(start, end) {
		if d, ok := m.declared[name]; ok && d.keyword != "resource" && d.keyword != "module" {
			all = append(all, m.literals(d.start, d.end, depth+1)...)
		}
	}
	return all
}

// kinds are the kinds of account that this is about; others are speech, vision
// and the like, whose keys open nothing of OpenAI.
// https://learn.microsoft.com/azure/ai-services/create-account-bicep
var kinds = set("openai", "aiservices", "cognitiveservices")

// A verdict says what a flag does.
type verdict int

const (
	unknown verdict = iota // it isn't said in this file
	right
	wrong   // it is set wrong
	lenient // it is wrong unless somebody gives a parameter
)

// flag judges a value that should be want.
func (m *blueprint) flag(start, end int, want bool, depth int) verdict {
	value := strings.ToLower(strings.Trim(m.word(start, end), `"'[] `))
	if v, is := truths[value]; is {
		if v == want {
			return right
		}
		return wrong
	}
	if at := bytes.LastIndex(m.data[start:end], []byte("??")); at >= 0 {
		return weak(m.flag(start+at+2, end, want, depth))
	}
	if strings.HasPrefix(value, "!") || strings.HasPrefix(value, "not(") {
		return m.flag(start+bytes.IndexAny(m.data[start:end], "!(")+1, end, !want, depth)
	}
	if strings.Contains(value, "?") {
		if strings.Contains(value, map[bool]string{true: "false", false: "true"}[want]) {
			return lenient
		}
		return unknown
	}
	for _, name := range m.references(start, end) {
		if d, ok := m.declared[name]; ok && depth < 5 {
			if d.start >= d.end {
				return lenient
			}
			return weak(m.flag(d.start, d.end, want, depth+1))
		}
	}
	if value == "null" {
		return lenient
	}
	return unknown
}

var truths = map[string]bool{"true": true, "false": false, "true()": true, "false()": false}

// weak is the verdict of what a caller may change.
func weak(v verdict) verdict {
	if v == wrong {
		return lenient
	}
	return v
}

// word is data[start:end] as text, white space at its ends left out.
func (m *blueprint) word(start, end int) string {
	start, end = m.trimmed(start, end)
	return string(m.data[start:max(start, end)])
}

// An account is a Cognitive Services account that a template makes.
type account struct {
	at     int    // of its declaration
	name   string // what it is called here, and its name in Azure
	kind   property
	flag   property // disableLocalAuth or local_auth_enabled
	want   bool     // what the flag should be
	strict bool     // what makes the account turns keys off unless it is told not to
}

// ours reports whether an account's kind is one of those that matter. Where the
// kind isn't said, its names tell.
func (m *blueprint) ours(a account) bool {
	said := m.literals(a.kind.start, a.kind.end, 0)
	for _, k := range said {
		if kinds[strings.ToLower(k)] {
			return true
		}
	}
	return len(said) == 0 && leaning(a.name) > 0
}

// judge reports an account that takes keys.
func (m *blueprint) judge(a account) {
	if !m.ours(a) {
		return
	}
	v := lenient
	if a.flag.name != "" {
		v = m.flag(a.flag.start, a.flag.end, a.want, 0)
	} else if a.strict {
		return
	}
	found := Match{Rule: "KL502", Severity: rule.Warning, Start: a.at, End: a.at + lineLength(m.data[a.at:]), What: strings.TrimSpace(string(m.data[a.at : a.at+min(120, lineLength(m.data[a.at:]))]))}
	if a.flag.name != "" {
		found.Start, found.End = a.flag.at, a.flag.end
		found.What = a.flag.name
	}
	switch v {
	case wrong:
		found.Severity = rule.Error
		m.report(found)
	case lenient:
		m.report(found)
	}
}

// leaning tells by the names in a text which service an account is of: 1 for
// OpenAI and what includes it, -1 for others, 0 where they don't say.
func leaning(text string) int {
	other := 0
	for _, field := range strings.FieldsFunc(text, func(r rune) bool { return r > 127 || !nameByte(byte(r)) && r != '-' }) {
		for _, w := range nameWords(field) {
			switch {
			case services[w] && w != "cognitive" && w != "cognitiveservices" || w == "ai" || w == "llm":
				return 1
			case otherServices[w]:
				other = -1
			}
		}
	}
	return other
}

var otherServices = set("speech", "spch", "translator", "translate", "translation", "vision", "computervision", "form", "formrecognizer", "recognizer", "document", "docintel", "docint", "docintelligence", "documentintelligence", "intelligence", "language", "lang", "textanalytics", "analytics", "face", "safety", "contentsafety", "moderator", "luis", "qna", "search", "immersive", "bing", "ocr", "tts", "stt", "adi", "storage", "cosmos", "cosmosdb", "redis", "maps", "acr", "registry", "servicebus", "eventhub")
