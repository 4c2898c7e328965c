package scan

import (
	"bytes"
	"slices"
	"strings"
)

// A fixImport is one name that a program imports, by a statement that starts at
// the start of a line.
type fixImport struct {
	module, name string // name is "" for the module itself, or its default
	start, end   int    // of the statement, with the end of its line
	only         bool   // the statement imports nothing else
}

// A fixLanguage is how programs of a language import things.
type fixLanguage struct {
	// statement finds import statements; its groups are given to read.
	statement *lazyPattern
	read      func(groups []string) (module string, names map[string]string)
}

// imported are the imports of the text, by the names that the program uses.
func (f *fixer) imported(l fixLanguage) map[string]fixImport {
	all := map[string]fixImport{}
	for _, m := range l.statement.FindAllSubmatchIndex(f.data, 500) {
		if !f.code(m[0]) {
			continue
		}
		var groups []string
		for i := 2; i < len(m); i += 2 {
			group := ""
			if m[i] >= 0 {
				group = string(f.data[m[i]:m[i+1]])
			}
			groups = append(groups, group)
		}
		module, names := l.read(groups)
		for local, original := range names {
			if _, twice := all[local]; !twice {
				all[local] = fixImport{module, original, m[0], f.lineEnd(max(m[0], m[1]-1)), len(names) == 1}
			}
		}
	}
	return all
}

// fixSetup is a line among the imports that loads modules or settings, which a
// credential may be made of.
var fixSetup = pattern(`^(?:(?:dotenv\.)?load_dotenv\([^()]*\)|(?:dotenv|env)\.config\([^()]*\);?|require\(["'][^"']+["']\)(?:\.config\(\))?;?|import\s[^;=()]*["'][^"']+["'];?)\s*(?:(?:#|//).*)?$`)

// runEnd is behind the last of the imports that follow one another from one on;
// blank lines and comments may be between them.
func (f *fixer) runEnd(all map[string]fixImport, from fixImport) int {
	ends := map[int]int{}
	for _, i := range all {
		ends[i.start] = i.end
	}
	end := from.end
	for at := end; at < len(f.data); {
		if next, ok := ends[at]; ok {
			at, end = next, next
			continue
		}
		line := strings.TrimSpace(string(f.data[at:f.lineEnd(at)]))
		setup := fixSetup.MatchString(line)
		if line != "" && !f.commented(at) && !setup {
			break
		}
		at = f.lineEnd(at)
		if setup {
			end = at
		}
	}
	return end
}

// gap is a blank line, where the text has none at an offset.
func (f *fixer) gap(at int) string {
	if at < len(f.data) && strings.TrimSpace(string(f.data[at:f.lineEnd(at)])) != "" {
		return "\n"
	}
	return ""
}

// gateway reports whether a program sends its requests through Azure API
// Management: the key is the gateway's then, and what it takes besides is up to
// its policies.
func (f *fixer) gateway() bool {
	low := bytes.ToLower(f.data)
	return bytes.Contains(low, []byte("azure-api.net")) || bytes.Contains(low, []byte("apim"))
}

// inferred reports whether the models that a client of Azure AI Inference asks
// are those of a resource with Azure OpenAI's tokens. Models deployed by
// themselves, at models.ai.azure.com, take others.
func (f *fixer) inferred() bool {
	low := bytes.ToLower(f.data)
	return !bytes.Contains(low, []byte(".models.ai.azure.com")) && fixResource.Match(low)
}

var fixResource = pattern(`\.(?:openai|services\.ai|cognitiveservices)\.azure\.|azure_?openai|aoai`)

// A fixPlan is what a program needs once for all its clients.
type fixPlan struct {
	imports map[string]fixImport
	client  fixImport       // the first import of a client that is rewritten
	needs   map[string]bool // what is imported from the identity library
	keys    []string        // variables that no client is given any more
}

// unused are the variables among the keys, each once, and no more than anybody
// writes.
func (p *fixPlan) unused() []string {
	slices.Sort(p.keys)
	names := slices.DeleteFunc(slices.Compact(p.keys), func(key string) bool { return !plainName(key) })
	return names[:min(len(names), 20)]
}

// first notes which import of a client comes first.
func (p *fixPlan) first(i fixImport) {
	if p.client.end == 0 || i.start < p.client.start {
		p.client = i
	}
}

// missing are the needed names that no import gives, in order; ok is false where
// one of them is something else here.
func (f *fixer) missing(p *fixPlan, module string) (names []string, ok bool) {
	for need := range p.needs {
		i, has := p.imports[need]
		switch {
		case has && (i.module != module || i.name != need), !has && len(f.words(need)) > 0:
			return nil, false
		case !has:
			names = append(names, need)
		}
	}
	slices.Sort(names)
	return names, true
}

// above is the offset where the import of the identity library goes: behind what
// imports something of it already, or before the client's import; above others,
// without a blank line between, that are later in the alphabet.
func (p *fixPlan) above(module string, later func(fixImport) bool) int {
	at := p.client.start
	ends := map[int]fixImport{}
	for _, i := range p.imports {
		if i.module == module && i.start < p.client.start {
			return i.end
		}
		ends[i.end] = i
	}
	for {
		before, ok := ends[at]
		if !ok || !later(before) {
			return at
		}
		at = before.start
	}
}
