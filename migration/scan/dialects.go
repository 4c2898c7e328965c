package scan

// dialects are the languages that code knows, by the names of their formats.
// Each has a file of its own. Languages with braces are looked at by programs.
var dialects = map[string]*dialect{
	"python": pythonDialect,
	"ruby":   rubyDialect,
	"php":    phpDialect,
	"r":      rDialect,
	"code":   {properties: []string{"OpenAI.apiKey", "openai.apiKey"}},
}

// rest looks for what programs of languages without a table of their own do
// alike: headers, and properties of OpenAI's libraries.
func rest(text *text) {
	if text.evidence().openai || text.evidence().azure {
		t := &source{text: text, dialect: dialects["code"]}
		t.properties(t.dialect)
		t.headers()
	}
}
