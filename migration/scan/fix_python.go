package scan

import (
	"strings"
)

// fixClients are the types that take a provider of tokens, by module and name,
// and the argument that does. Others may take one as well, but not under a name
// and in a way that is sure.
var fixPythonClients = map[string]map[string]fixPythonClient{
	"openai": {
		// https://github.com/openai/openai-python#microsoft-azure-openai
		"AzureOpenAI":      {argument: "azure_ad_token_provider"},
		"AsyncAzureOpenAI": {argument: "azure_ad_token_provider", async: true},
		// With Azure's v1 API a provider stands in the place of the key.
		// https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle
		"OpenAI":      {argument: "api_key", v1: true},
		"AsyncOpenAI": {argument: "api_key", v1: true, async: true},
	},
	"langchain_openai": {
		"AzureChatOpenAI":       {argument: "azure_ad_token_provider"},
		"AzureOpenAIEmbeddings": {argument: "azure_ad_token_provider"},
		"AzureOpenAI":           {argument: "azure_ad_token_provider"},
	},
	"semantic_kernel.connectors.ai.open_ai": {
		"AzureChatCompletion": {argument: "ad_token_provider"},
		"AzureTextEmbedding":  {argument: "ad_token_provider"},
	},
	"autogen_ext.models.openai": {
		"AzureOpenAIChatCompletionClient": {argument: "azure_ad_token_provider"},
	},
	"azure.ai.inference": {
		// https://learn.microsoft.com/python/api/overview/azure/ai-inference-readme
		"ChatCompletionsClient": {argument: "credential", wraps: true},
		"EmbeddingsClient":      {argument: "credential", wraps: true},
	},
}

type fixPythonClient struct {
	argument string
	async    bool
	v1       bool // only at the address of Azure's v1 API
	wraps    bool // it takes a credential, and the scope of its tokens
}

const fixScope = `"https://cognitiveservices.azure.com/.default"`

var fixPythonImports = fixLanguage{
	statement: pattern(`(?m)^(?:from[ \t]+([\w.]+)[ \t]+import[ \t]+(\([^()]*\)|[^\n()\\;#]+)|import[ \t]+([\w.]+)(?:[ \t]+as[ \t]+(\w+))?)[ \t\r]*(?:#[^\n]*)?$`),
	read: func(g []string) (string, map[string]string) {
		if g[0] == "" {
			local := g[3]
			if local == "" {
				local = g[2]
			}
			return g[2], map[string]string{local: ""}
		}
		names := map[string]string{}
		for part := range strings.SplitSeq(fixComment.ReplaceAllString(strings.Trim(strings.TrimSpace(g[1]), "()"), ""), ",") {
			if original, local, ok := strings.Cut(strings.TrimSpace(part), " as "); ok {
				names[strings.TrimSpace(local)] = strings.TrimSpace(original)
			} else if original != "" {
				names[original] = original
			}
		}
		return g[0], names
	},
}

var fixComment = pattern(`#[^\n]*`)

// fixPython gives clients a provider of tokens, or a credential, in the place of
// a key. A file that has both ways already is somebody's choice, and stays.
func fixPython(f *fixer) {
	low := strings.ToLower(string(f.data))
	for _, word := range [...]string{"azure_ad_token", "get_bearer_token_provider", "ad_token_provider"} {
		if strings.Contains(low, word) {
			return
		}
	}
	if f.gateway() {
		return
	}
	p := &fixPlan{imports: f.imported(fixPythonImports), needs: map[string]bool{}}
	src := &source{text: f.text, dialect: pythonDialect}
	async, providers := false, 0
	for _, c := range f.callsOf(func(name string) bool { _, _, ok := p.pythonClient(name); return ok }) {
		client, from, _ := p.pythonClient(c.name)
		if !f.pythonCall(src, c, client, p) {
			continue
		}
		p.first(from)
		if !client.wraps {
			if providers++; providers > 1 && async != client.async {
				f.edits = nil // one file would need a provider of each kind
				return
			}
			async = client.async
		}
	}
	f.pythonHead(p, async, providers > 0)
}

// pythonClient is what is known of the type that a call's name means.
func (p *fixPlan) pythonClient(name string) (fixPythonClient, fixImport, bool) {
	from, ok := p.imports[name]
	last := from.name
	if i := strings.LastIndexByte(name, '.'); !ok && i > 0 {
		from, ok = p.imports[name[:i]]
		last = name[i+1:]
	}
	client, known := fixPythonClients[from.module][last]
	return client, from, ok && known
}

// pythonCall rewrites one call, if it is understood.
func (f *fixer) pythonCall(src *source, c call, client fixPythonClient, p *fixPlan) bool {
	var given []arg
	for _, a := range c.args {
		switch {
		case a.name == "" && (strings.HasPrefix(f.value(a), "*") || !client.wraps):
			return false
		case keyArg(a.name, dialectKeys), client.wraps && a.name == "credential":
			given = append(given, a)
		case strings.Contains(a.name, "token_provider"), strings.Contains(a.name, "credential"), a.name == "http_client":
			return false
		}
	}
	_, wanted := f.matched(c.start, c.close, "KL301", "KL304")
	if !wanted || len(given) > 1 || client.v1 && !f.v1(src, c) {
		return false
	}
	if len(given) == 0 {
		return !client.v1 && !client.wraps && f.pythonAdd(c, client, p)
	}
	a := given[0]
	if client.wraps {
		return f.pythonWrapped(c, a, p)
	}
	name := a.nameStart + len(a.name)
	f.edit(a.nameStart, a.end, client.argument+string(f.data[name:a.start])+"token_provider")
	p.keys = append(p.keys, f.value(a))
	return true
}

// dialectKeys are the names of arguments that are keys in Python.
var dialectKeys = client{keys: pythonKeys}

// v1 reports whether a client is pointed at Azure's v1 API, by a literal or by a
// variable that has one.
func (f *fixer) v1(src *source, c call) bool {
	for _, a := range c.args {
		if name := fixName(f, a); name != "base_url" && name != "baseURL" {
			continue
		}
		v := f.value(a)
		if at, ok := src.resolve(v, a.start); ok {
			v += string(f.data[at.start:at.end])
		}
		low := strings.ToLower(v)
		return strings.Contains(low, "/openai/v1") && (strings.Contains(low, ".azure.com") || strings.Contains(low, "azure") || strings.Contains(low, "endpoint"))
	}
	return false
}

// pythonAdd adds the provider to a call that leaves the key to the environment.
func (f *fixer) pythonAdd(c call, client fixPythonClient, _ *fixPlan) bool {
	text := client.argument + "=token_provider"
	if len(c.args) == 0 {
		start, end := f.trim(c.open+1, c.close-1)
		if start < end || c.close <= c.open+1 {
			return false
		}
		f.edit(c.open+1, c.close-1, text)
		return true
	}
	f.argument(c, text)
	return true
}

// argument puts an argument behind the last one of a call: on a line of its own
// where that has one.
func (f *fixer) argument(c call, text string) {
	last := c.args[len(c.args)-1]
	if at := max(last.nameStart, f.lineStart(last.start)); f.lineStart(last.nameStart) <= c.open || len(f.indent(at)) == 0 {
		f.edit(last.end, last.end, ", "+text)
		return
	}
	indent := f.indent(last.nameStart)
	rest := strings.TrimSpace(string(f.data[last.end:f.lineEnd(last.end)]))
	after := strings.TrimSpace(strings.TrimPrefix(rest, ","))
	switch comment := after == "" || strings.HasPrefix(after, "#") || strings.HasPrefix(after, "//"); {
	case comment && after != rest:
		f.line(last.end, "", indent+text+",")
	case comment:
		f.line(last.end, ",", indent+text)
	default: // the bracket is closed on the line
		f.edit(last.end, last.end, ",\n"+indent+text)
	}
}

// fixWrapped is a credential that wraps a key, and nothing else.
var fixWrapped = pattern(`^(?:new\s+)?AzureKeyCredential\(\s*([^()]*(?:\([^()]*\))?[^()]*)\)$`)

// pythonWrapped gives a client a credential in the place of a wrapped key.
func (f *fixer) pythonWrapped(c call, a arg, p *fixPlan) bool {
	m := fixWrapped.FindStringSubmatch(f.value(a))
	if m == nil || a.name == "" || !f.inferred() {
		return false
	}
	joint := ", "
	if f.lineStart(a.nameStart) > c.open {
		joint = ",\n" + f.indent(a.nameStart)
	}
	f.edit(a.nameStart, a.end, "credential=DefaultAzureCredential()"+joint+"credential_scopes=["+fixScope+"]")
	p.needs["DefaultAzureCredential"] = true
	p.keys = append(p.keys, strings.TrimSpace(m[1]))
	return true
}

// pythonHead adds what the clients need, and takes away what nothing needs any
// more.
func (f *fixer) pythonHead(p *fixPlan, async, provider bool) {
	if len(f.edits) == 0 {
		return
	}
	module := "azure.identity"
	if async {
		module += ".aio"
	}
	if provider {
		p.needs["DefaultAzureCredential"], p.needs["get_bearer_token_provider"] = true, true
	}
	names, ok := f.missing(p, module)
	if !ok || provider && len(f.words("token_provider")) > 0 {
		f.edits = nil
		return
	}
	if provider {
		end := f.runEnd(p.imports, p.client)
		f.edit(end, end, "\ntoken_provider = get_bearer_token_provider(\n    DefaultAzureCredential(), "+fixScope+"\n)\n"+f.gap(end))
	}
	if len(names) > 0 {
		at := f.sorted(p, module)
		f.edit(at, at, "from "+module+" import "+strings.Join(names, ", ")+"\n")
	}
	f.pythonUnused(p)
}

// sorted is where a from-import of a module goes among those around the client's.
func (f *fixer) sorted(p *fixPlan, module string) int {
	later := func(i fixImport) bool { return hasPrefix(f.data[i.start:], "from") && i.module > module }
	at := p.above(module, later)
	if at != p.client.start {
		return at
	}
	for i := f.statement(p, at); i.module != "" && i.module < module && hasPrefix(f.data[at:], "from"); i = f.statement(p, at) {
		at = i.end
	}
	return at
}

// statement is the import that starts at an offset.
func (f *fixer) statement(p *fixPlan, at int) fixImport {
	for _, i := range p.imports {
		if i.start == at {
			return i
		}
	}
	return fixImport{}
}

var (
	// fixPythonRead is a line that gives a variable a key from the environment, or
	// a literal.
	fixPythonRead = pattern(`(?m)^([ \t]*)(\w+)(?:[ \t]*:[ \t]*str(?:[ \t]*\|[ \t]*None)?)?[ \t]*=[ \t]*(?:os\.environ\[["'][\w-]+["']\]|os\.environ\.get\(["'][\w-]+["'](?:,[ \t]*(?:["'][^"'\n]*["']|None))?\)|(?:os\.)?getenv\(["'][\w-]+["'](?:,[ \t]*(?:["'][^"'\n]*["']|None))?\)|["'][^"'\n\\]*["'])[ \t\r]*(?:#[^\n]*)?$`)
	// fixPythonRefused is what stops a program that has no key.
	fixPythonRefused = pattern(`(?m)^([ \t]*)if not (\w+):[ \t\r]*\n[ \t]+(?:raise [^\n]*\)|sys\.exit\([^\n]*\))[ \t\r]*$`)
	fixPythonOS      = pattern(`(?m)^import os[ \t\r]*$`)
	fixPythonKeyType = pattern(`(?m)^from azure\.core\.credentials import AzureKeyCredential[ \t\r]*$`)
)

// pythonUnused takes out variables with keys that nothing uses now, and imports
// that only they needed.
func (f *fixer) pythonUnused(p *fixPlan) {
	for _, key := range p.unused() {
		f.dropUnused(key, f.pythonRegions(key))
	}
	for word, line := range map[string]*lazyPattern{"os": fixPythonOS, "AzureKeyCredential": fixPythonKeyType} {
		if at := line.FindIndex(f.data); at != nil && f.code(at[0]) && f.changed(word) {
			f.dropUnused(word, []span{{at[0], f.lineEnd(at[1])}})
		}
	}
}

// pythonRegions are the lines that read a key into a variable, and those that
// refuse to go on without it. A block that would be empty without them keeps
// them.
func (f *fixer) pythonRegions(key string) (all []span) {
	for _, re := range [...]*lazyPattern{fixPythonRead, fixPythonRefused} {
		for _, m := range re.FindAllSubmatchIndex(f.data, -1) {
			r := span{m[0], f.lineEnd(m[1])}
			if string(f.data[m[4]:m[5]]) != key || !f.code(m[4]) {
				continue
			}
			if next := strings.TrimLeft(string(f.data[r.end:min(len(f.data), r.end+200)]), " \t\r\n"); strings.HasPrefix(next, "el") {
				continue
			}
			if n := len(all); n > 0 && len(strings.TrimSpace(string(f.data[all[n-1].end:r.start]))) == 0 && all[n-1].end <= r.start {
				all[n-1].end = r.end
				continue
			}
			all = append(all, r)
		}
	}
	for _, r := range all {
		if !f.accompanied(r) {
			return nil
		}
	}
	return all
}

// accompanied reports whether a statement of the same block stands behind.
func (f *fixer) accompanied(r span) bool {
	for at := r.end; at < len(f.data); at = f.lineEnd(at) {
		if len(strings.TrimSpace(string(f.data[at:f.lineEnd(at)]))) > 0 {
			return f.indent(at) == f.indent(r.start)
		}
	}
	return f.indent(r.start) == ""
}
