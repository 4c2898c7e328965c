package setup

import (
	"cmp"
	"embed"
	"fmt"
	"io"
	"strings"

	"github.com/keyless-inference/action/wire"
)

//go:embed templates
var templates embed.FS

// A format is one of the texts that a plan can be written as.
type format struct {
	name, file string
	quote      func(string) string // writes any text as one of the language's own
	comment    string              // begins a comment to the end of the line
}

var formats = []format{
	{"az", "setup.sh", wire.Quote, "#"},
	{"bicep", "setup.bicep", bicep, "//"},
	{"terraform", "setup.tf", hcl, "#"},
	{"powershell", "setup.ps1", powershell, "#"},
	{"workflow", "keyless.yml", yaml, "#"},
}

// Formats are the names of what [Plan.Write] can write: az is a script for bash,
// and workflow a file for .github/workflows. The others hold the workflow too.
func Formats() (names []string) {
	for _, f := range formats {
		names = append(names, f.name)
	}
	return names
}

// Write writes p in a format. It fails, and writes nothing, when [Plan.Check]
// does.
func (p Plan) Write(w io.Writer, name string) error {
	if err := p.Check(); err != nil {
		return err
	}
	for _, f := range formats {
		if f.name != name {
			continue
		}
		text, err := p.withDefaults().render(f)
		if err != nil {
			return fmt.Errorf("writing the plan as %s: %w", name, err)
		}
		_, err = io.WriteString(w, text)
		return err
	}
	return fmt.Errorf("format: %q is not one of %s", name, strings.Join(Formats(), ", "))
}

// render fills in the template of a format. The others' templates name the workflow.
func (p Plan) render(f format) (string, error) {
	all, err := p.scope()
	if err != nil {
		return "", err
	}
	if all["Workflow"], err = formats[len(formats)-1].fill(all); err != nil {
		return "", err
	}
	return f.fill(all)
}

func (f format) fill(all scope) (string, error) {
	template, err := templates.ReadFile("templates/" + f.file)
	if err != nil {
		return "", err
	}
	return fill(f.file, string(template), f.functions(), all)
}

// functions are what the templates of a format can call.
func (f format) functions() map[string]function {
	return map[string]function{
		"q":         func(parts ...string) string { return f.quote(strings.Join(parts, "")) },
		"sh":        func(parts ...string) string { return wire.Quote(strings.Join(parts, "")) },
		"list":      func(all ...string) string { return listed(all, f.quote) },
		"commented": func(parts ...string) string { return commented(strings.Join(parts, ""), f.comment) },
		"or":        cmp.Or[string],
		"not":       not,
	}
}

// listed is texts with commas between.
func listed(all []string, quote func(string) string) string {
	var quoted []string
	for _, s := range all {
		quoted = append(quoted, quote(s))
	}
	return strings.Join(quoted, ", ")
}

// commented is text with a comment's beginning before each line.
func commented(text, begin string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(strings.TrimRight(begin+" "+line, " \n") + "\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// not is true when none of the texts has a character.
func not(all ...string) string {
	if cmp.Or(all...) == "" {
		return "true"
	}
	return ""
}
