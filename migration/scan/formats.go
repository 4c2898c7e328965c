package scan

import (
	"path"
	"strings"
)

// The formats, by what tells them.

var (
	python     = &format{"python", syntaxes["python"], []func(*text){code, accountKeys}}
	javascript = &format{"javascript", syntaxes["javascript"], []func(*text){programs, accountKeys}}
	csharp     = &format{"csharp", syntaxes["csharp"], []func(*text){programs, accountKeys}}
	java       = &format{"java", syntaxes["java"], []func(*text){programs, accountKeys}}
	golang     = &format{"go", syntaxes["go"], []func(*text){programs, accountKeys}}
	rust       = &format{"rust", syntaxes["rust"], []func(*text){programs}}
	ruby       = &format{"ruby", syntaxes["ruby"], []func(*text){code}}
	php        = &format{"php", syntaxes["php"], []func(*text){code}}
	lua        = &format{"lua", syntaxes["lua"], []func(*text){code}}
	rlang      = &format{"r", syntaxes["r"], []func(*text){code}}
	clike      = &format{"code", syntaxes["c"], []func(*text){programs, rest}}
	shell      = &format{"shell", syntaxes["shell"], []func(*text){script}}
	powershell = &format{"powershell", syntaxes["powershell"], []func(*text){script}}
	dockerfile = &format{"dockerfile", syntaxes["hash"], []func(*text){docker}}
	dotenv     = &format{"env", syntaxes["hash"], []func(*text){settings}}
	properties = &format{"properties", syntaxes["hash"], []func(*text){settings}}
	yaml       = &format{"yaml", syntaxes["hash"], []func(*text){manifest}}
	workflow   = &format{"workflow", syntaxes["hash"], []func(*text){actionsWorkflow}}
	json       = &format{"json", syntaxes["c"], []func(*text){jsonSettings}}
	xml        = &format{"xml", syntaxes["xml"], []func(*text){settings}}
	notebook   = &format{"notebook", nil, []func(*text){notebookCells}}
	markdown   = &format{"markdown", nil, []func(*text){document}}
	bicep      = &format{"bicep", syntaxes["bicep"], []func(*text){bicepTemplate}}
	terraform  = &format{"terraform", syntaxes["terraform"], []func(*text){terraformModule}}
)

// placed are formats that a file's place tells, before its extension; the first
// that matches.
var placed = []struct {
	match  func(path, base string) bool
	format *format
}{
	{func(path, _ string) bool {
		return (strings.Contains("/"+path, "/.github/workflows/") || strings.Contains("/"+path, "/.gitea/workflows/") || strings.Contains("/"+path, "/.forgejo/workflows/")) && (strings.HasSuffix(path, ".yml") || strings.HasSuffix(path, ".yaml") || strings.HasSuffix(path, ".md"))
	}, workflow},
	{func(_, base string) bool { return base == "action.yml" || base == "action.yaml" }, workflow},
	{func(_, base string) bool {
		return base == ".env" || strings.HasPrefix(base, ".env.") || strings.HasPrefix(base, ".env-") || strings.HasPrefix(base, ".env_") || strings.Contains(base, ".env.") || base == ".flaskenv" || strings.HasSuffix(base, ".env") || base == ".envrc" || base == ".dev.vars" || base == ".secrets" || base == "dotenv" || strings.HasPrefix(base, "env.") && extensions[path.Ext(base)] == nil
	}, dotenv},
	{func(_, base string) bool {
		return strings.HasPrefix(base, "dockerfile") || strings.HasSuffix(base, ".dockerfile") || strings.HasPrefix(base, "containerfile")
	}, dockerfile},
	{func(_, base string) bool {
		return base == "makefile" || strings.HasPrefix(base, "makefile.") || base == "gnumakefile" || base == "justfile" || strings.HasPrefix(base, "jenkinsfile") || strings.HasSuffix(base, ".jenkinsfile") || base == "procfile" || base == ".bashrc" || base == ".bash_profile" || base == ".zshrc" || base == ".zshenv" || base == ".profile"
	}, shell},
}

// templates are extensions of files from which others are made: what is before
// them tells the format.
var templates = set(".tmpl", ".tpl", ".gotmpl", ".template", ".j2", ".jinja", ".jinja2", ".erb", ".mustache", ".in", ".example", ".sample", ".dist", ".default", ".bak", ".orig", ".old")

var extensions = map[string]*format{
	".py": python, ".pyi": python, ".pyw": python,
	".js": javascript, ".jsx": javascript, ".mjs": javascript, ".cjs": javascript, ".ts": javascript, ".tsx": javascript, ".mts": javascript, ".cts": javascript, ".vue": javascript, ".svelte": javascript, ".astro": javascript,
	".cs": csharp, ".csx": csharp, ".cshtml": csharp, ".razor": csharp, ".fs": csharp, ".fsx": csharp, ".vb": csharp,
	".java": java, ".kt": java, ".kts": java, ".scala": java, ".groovy": java, ".gradle": java,
	".go": golang, ".rs": rust, ".rb": ruby, ".rake": ruby, ".ex": ruby, ".exs": ruby, ".jl": ruby, ".lua": lua, ".php": php, ".r": rlang, ".rmd": markdown, ".qmd": markdown,
	".c": clike, ".cc": clike, ".cpp": clike, ".h": clike, ".hpp": clike, ".swift": clike, ".dart": clike, ".m": clike,
	".sh": shell, ".bash": shell, ".zsh": shell, ".fish": shell, ".bat": shell, ".cmd": shell, ".mk": shell, ".bats": shell, ".pl": shell, ".pm": shell, ".service": shell,
	".ps1": powershell, ".psm1": powershell, ".psd1": powershell,
	".env": dotenv, ".properties": properties, ".ini": properties, ".toml": properties, ".cfg": properties, ".conf": properties,
	".yml": yaml, ".yaml": yaml, ".tpl": yaml, ".json": json, ".jsonc": json, ".json5": json,
	".xml": xml, ".config": xml, ".plist": xml, ".xcconfig": properties, ".ipynb": notebook,
	".md": markdown, ".mdx": markdown, ".markdown": markdown, ".rst": markdown, ".adoc": markdown, ".txt": markdown,
	".bicep": bicep, ".bicepparam": bicep, ".tf": terraform, ".tofu": terraform, ".tfvars": terraform, ".hcl": terraform,
}

var shebangs = []struct {
	word   string
	format *format
}{{"python", python}, {"uv run", python}, {"node", javascript}, {"deno", javascript}, {"bun", javascript}, {"tsx", javascript}, {"zx", javascript}, {"perl", shell}, {"lua", lua}, {"ruby", ruby}, {"php", php}, {"Rscript", rlang}, {"pwsh", powershell}, {"sh", shell}}
