package scan

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// fixJavaScriptClients are the types that take a provider of tokens, by module
// and name; "" is a module's default.
var fixJavaScriptClients = map[string]map[string]fixJavaScriptClient{
	"openai": {
		// https://github.com/openai/openai-node#microsoft-azure-openai
		"AzureOpenAI": {property: "azureADTokenProvider"},
		"OpenAI":      {property: "apiKey", v1: true},
		"":            {property: "apiKey", v1: true},
	},
	"@langchain/openai": {
		"AzureChatOpenAI":       {property: "azureADTokenProvider"},
		"AzureOpenAIEmbeddings": {property: "azureADTokenProvider"},
		"AzureOpenAI":           {property: "azureADTokenProvider"},
	},
	"@azure/openai": {"OpenAIClient": {wraps: true}},
	// https://learn.microsoft.com/javascript/api/overview/azure/ai-inference-rest-readme
	"@azure-rest/ai-inference": {"": {wraps: true, scopes: true}},
}

type fixJavaScriptClient struct {
	property string
	v1       bool // only at the address of Azure's v1 API
	wraps    bool // its second argument is a credential
	scopes   bool // it must be told the scope of its tokens
}

var fixJavaScriptImports = fixLanguage{
	statement: pattern(`(?m)^(?:import[ \t]+([\w$]+)?[ \t]*,?[ \t]*(\{[^{}]*\})?[ \t]*from[ \t]*["']([^"'\n]+)["']|(?:const|let|var)[ \t]+(?:([\w$]+)|(\{[^{}]*\}))[ \t]*=[ \t]*require\(["']([^"'\n]+)["']\))[ \t]*;?[ \t\r]*$`),
	read: func(g []string) (string, map[string]string) {
		names := map[string]string{}
		if local := g[0] + g[3]; local != "" {
			names[local] = ""
		}
		for part := range strings.SplitSeq(strings.Trim(g[1]+g[4], "{}"), ",") {
			fields := strings.Fields(strings.ReplaceAll(part, ":", " as "))
			switch {
			case len(fields) == 1:
				names[fields[0]] = fields[0]
			case len(fields) == 3 && fields[1] == "as":
				names[fields[2]] = fields[0]
			case len(fields) > 0:
				names[strings.Join(fields, " ")] = "?" // import { type X }
			}
		}
		return g[2] + g[5], names
	},
}

// fixJavaScript gives clients a provider of tokens, or a credential, in the place
// of a key. What runs in a browser has no identity of its own, and stays.
func fixJavaScript(f *fixer) {
	text := string(f.data)
	switch path.Ext(strings.ToLower(f.name)) {
	case ".vue", ".svelte", ".astro", ".jsx", ".tsx":
		return
	}
	for _, word := range [...]string{"azureADToken", "getBearerTokenProvider", "dangerouslyAllowBrowser", `"use client"`, `'use client'`} {
		if strings.Contains(text, word) {
			return
		}
	}
	if f.gateway() {
		return
	}
	p := &fixPlan{imports: f.imported(fixJavaScriptImports), needs: map[string]bool{}}
	src := &source{text: f.text, dialect: &dialect{}}
	provider := false
	for _, c := range f.callsOf(func(name string) bool { _, _, ok := p.javascriptClient(name); return ok }) {
		client, from, _ := p.javascriptClient(c.name)
		if f.javascriptCall(src, c, client, p) {
			p.first(from)
			provider = provider || !client.wraps
		}
	}
	f.javascriptHead(p, provider)
}

func (p *fixPlan) javascriptClient(name string) (fixJavaScriptClient, fixImport, bool) {
	from, ok := p.imports[name]
	last := from.name
	if module, member, dotted := strings.Cut(name, "."); !ok && dotted {
		from, ok = p.imports[module]
		last = member
		if ok && from.name != "" {
			ok = false
		}
	}
	client, known := fixJavaScriptClients[from.module][last]
	return client, from, ok && known
}

// javascriptCall rewrites one call, if it is understood.
func (f *fixer) javascriptCall(src *source, c call, client fixJavaScriptClient, p *fixPlan) bool {
	if _, wanted := f.matched(c.start, c.close, "KL301", "KL304"); !wanted {
		return false
	}
	if client.wraps {
		return f.javascriptWrapped(c, client, p)
	}
	start, end := f.trim(c.open+1, c.close-1)
	if start == end && !client.v1 && c.close > c.open+1 {
		f.edit(c.open+1, c.close-1, "{ azureADTokenProvider }")
		return true
	}
	if start >= end || f.data[start] != '{' || strings.Trim(string(f.data[min(f.closing(start), end):end]), ", \t\r\n") != "" || client.v1 && !f.v1(src, c) {
		return false
	}
	var given []arg
	for _, a := range c.args {
		name := fixName(f, a)
		switch {
		case strings.HasPrefix(f.value(a), "..."), strings.Contains(strings.ToLower(name), "credential"):
			return false
		case keyArg(name, anyKey):
			given = append(given, a)
		}
	}
	return f.javascriptGiven(c, client, given, p)
}

// anyKey has no names of keys beside those that all have.
var anyKey = client{}

// fixName is the name of a property, which may be its value as well: { apiKey }.
func fixName(f *fixer, a arg) string {
	if a.name == "" {
		return f.value(a)
	}
	return a.name
}

// javascriptGiven puts the provider in the place of the key, or beside the other
// properties where there is none.
func (f *fixer) javascriptGiven(c call, client fixJavaScriptClient, given []arg, p *fixPlan) bool {
	text := "azureADTokenProvider"
	if client.property == "apiKey" {
		text = "apiKey: azureADTokenProvider"
	}
	switch {
	case len(given) == 1:
		f.edit(given[0].nameStart, given[0].end, text)
		p.keys = append(p.keys, strings.TrimRight(f.value(given[0]), "!"))
	case len(given) > 1, client.v1, len(c.args) == 0:
		return false
	default:
		f.argument(c, text)
	}
	return true
}

// javascriptWrapped gives a client a credential in the place of a wrapped key.
func (f *fixer) javascriptWrapped(c call, client fixJavaScriptClient, p *fixPlan) bool {
	if len(c.args) != 2 || c.args[1].name != "" || client.scopes && !f.inferred() {
		return false
	}
	a := c.args[1]
	m := fixWrapped.FindStringSubmatch(f.value(a))
	if m == nil || !strings.HasPrefix(f.value(a), "new") {
		return false
	}
	text := "new DefaultAzureCredential()"
	if client.scopes {
		joint := ", "
		if f.lineStart(a.start) > c.open {
			joint = ",\n" + f.indent(a.start)
		}
		text += joint + "{ credentials: { scopes: [" + fixScope + "] } }"
	}
	f.edit(a.start, a.end, text)
	p.needs["DefaultAzureCredential"] = true
	p.keys = append(p.keys, strings.TrimRight(strings.TrimSpace(m[1]), "!"))
	return true
}

// javascriptHead adds what the clients need, in the file's own style, and takes
// away what nothing needs any more.
func (f *fixer) javascriptHead(p *fixPlan, provider bool) {
	if len(f.edits) == 0 {
		return
	}
	if provider {
		p.needs["DefaultAzureCredential"], p.needs["getBearerTokenProvider"] = true, true
	}
	const module = "@azure/identity"
	names, ok := f.missing(p, module)
	if !ok {
		f.edits = nil
		return
	}
	statement := strings.TrimSpace(string(f.data[p.client.start:p.client.end]))
	quote, end := `"`, ""
	if strings.Contains(statement, "'") {
		quote = "'"
	}
	if strings.HasSuffix(statement, ";") {
		end = ";"
	}
	if provider {
		at := f.runEnd(p.imports, p.client)
		scope := quote + strings.Trim(fixScope, `"`) + quote
		f.edit(at, at, "\nconst azureADTokenProvider = getBearerTokenProvider(new DefaultAzureCredential(), "+scope+")"+end+"\n"+f.gap(at))
	}
	if list := "{ " + strings.Join(names, ", ") + " }"; len(names) > 0 {
		line := "import " + list + " from " + quote + module + quote + end
		if !strings.HasPrefix(statement, "import") {
			line = "const " + list + " = require(" + quote + module + quote + ")" + end
		}
		at := p.above(module, func(fixImport) bool { return false })
		f.edit(at, at, line+"\n")
	}
	f.javascriptUnused(p)
}

// fixJavaScriptRead is a line that gives a variable a key from the environment,
// or a literal.
var fixJavaScriptRead = pattern(`(?m)^[ \t]*(?:const|let|var)[ \t]+([\w$]+)(?:[ \t]*:[ \t]*string)?[ \t]*=[ \t]*(?:process\.env(?:\.\w+|\[["'][\w-]+["']\])!?(?:[ \t]*(?:\|\||\?\?)[ \t]*["'][^"'\n]*["'])?|["'][^"'\n\\]*["'])(?:[ \t]+as[ \t]+string)?[ \t]*;?[ \t\r]*$`)

// javascriptUnused takes out variables with keys that nothing uses now, and the
// import of what wrapped them.
func (f *fixer) javascriptUnused(p *fixPlan) {
	for _, key := range p.unused() {
		var regions []span
		for _, m := range fixJavaScriptRead.FindAllSubmatchIndex(f.data, -1) {
			if string(f.data[m[2]:m[3]]) == key && f.code(m[2]) {
				regions = append(regions, span{m[0], f.lineEnd(m[1])})
			}
		}
		f.dropUnused(key, regions)
	}
	if i, ok := p.imports["AzureKeyCredential"]; ok {
		f.unimport(i, "AzureKeyCredential")
	}
}

var fixList = pattern(`\{[^{}]*\}`)

// unimport takes a name out of the statement that imports it, if nothing else
// uses it.
func (f *fixer) unimport(i fixImport, name string) {
	if slices.ContainsFunc(f.words(name), func(at int) bool { return at < i.start || at >= i.end }) {
		return
	}
	list := fixList.FindIndex(f.data[i.start:i.end])
	switch {
	case i.only:
		f.drop(i.start, i.end)
	case list != nil:
		text := string(f.data[i.start+list[0] : i.start+list[1]])
		for _, form := range [...]string{`(?m)^[ \t]*` + name + `[ \t]*,?[ \t]*\r?\n`, `\b` + name + `[ \t]*,[ \t]*`, `,[ \t]*` + name + `\b`} {
			if cut := regexp.MustCompile(form).FindStringIndex(text); cut != nil {
				f.edit(i.start+list[0]+cut[0], i.start+list[0]+cut[1], "")
				return
			}
		}
	}
}
