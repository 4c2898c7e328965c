package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/keyless-inference/action/cmd"
)

// block is what stands in a file between two marks that stay as they are.
type block struct{ file, begin, end, want string }

// TestDocumentsMatchTheInputs compares action.yml and the README's tables with
// the one struct that inputs come from. go test . -update rewrites them.
func TestDocumentsMatchTheInputs(t *testing.T) {
	t.Parallel()
	documents := []string{"README.md", "docs/check.md", "docs/doctor.md", "docs/eval.md", "docs/scale.md"}
	all := cmd.Actions()
	if len(all) != len(documents) || len(all[0].Inputs) < 20 || len(all[1].Inputs) < 10 {
		t.Fatalf("%d actions, or too few inputs", len(all))
	}
	for i, a := range all {
		for _, b := range []block{
			{a.File, "\ninputs:\n", "\noutputs:\n", actionInputs(a.Inputs)},
			{a.File, "\noutputs:\n", "\nruns:\n", actionOutputs(a.Outputs)},
			{documents[i], "<!-- inputs: written by go test . -update -->\n", "<!-- end of inputs -->", inputTable(a.Inputs)},
			{documents[i], "<!-- outputs: written by go test . -update -->\n", "<!-- end of outputs -->", outputTable(a.Outputs)},
		} {
			b.check(t)
		}
	}
}

func (b block) check(t *testing.T) {
	t.Helper()
	raw, err := os.ReadFile(b.file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(raw), b.begin)
	got, after, closed := strings.Cut(rest, b.end)
	switch {
	case !found || !closed:
		t.Errorf("%s has no %q … %q", b.file, b.begin, b.end)
	case got == b.want:
	case *update:
		if err := os.WriteFile(b.file, []byte(before+b.begin+b.want+b.end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s does not match the inputs in cmd/run.go and cmd/check.go (go test . -update rewrites it):\n%s\nwant\n%s", b.file, got, b.want)
	}
}

func actionInputs(inputs []cmd.Input) string {
	var b strings.Builder
	for _, in := range inputs {
		fmt.Fprintf(&b, "  %s:\n    description: %s\n", in.Name, quoted(sentence(in)))
		if def := cmp.Or(in.Action, in.Default); def != "" {
			fmt.Fprintf(&b, "    default: %s\n", quoted(def))
		}
	}
	return b.String()
}

func actionOutputs(outputs []cmd.Output) string {
	var b strings.Builder
	for _, o := range outputs {
		fmt.Fprintf(&b, "  %s:\n    description: %s\n", o.Name, quoted(o.Help))
	}
	return b.String()
}

func sentence(in cmd.Input) string {
	if in.Variable == "" {
		return in.Help
	}
	return in.Help + " Or the environment variable " + in.Variable + "."
}

// quoted is text as a YAML scalar in single quotes.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

func inputTable(inputs []cmd.Input) string {
	var b strings.Builder
	b.WriteString("\n| input | default | what it is |\n| --- | --- | --- |\n")
	for _, in := range inputs {
		def := ""
		if in.Default != "" {
			def = "`" + in.Default + "`"
		}
		if in.Action != "" {
			def = "`" + in.Action + "`"
		} else if in.Variable != "" {
			def = "`$" + in.Variable + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", in.Name, def, cell(in.Help))
	}
	return b.String() + "\n"
}

func outputTable(outputs []cmd.Output) string {
	var b strings.Builder
	b.WriteString("\n| output | what it is |\n| --- | --- |\n")
	for _, o := range outputs {
		fmt.Fprintf(&b, "| `%s` | %s |\n", o.Name, cell(o.Help))
	}
	return b.String() + "\n"
}

// cell is text as it stands in a Markdown table.
func cell(text string) string {
	return strings.NewReplacer("|", "\\|", "<", "&lt;").Replace(text)
}

var usesLine = regexp.MustCompile(`(?m)^\s*(?:- )?uses:\s*(\S+)(.*)$`)

// TestWorkflowsPinTheirActions wants a full commit and the version it is in
// every uses: of our own workflows.
func TestWorkflowsPinTheirActions(t *testing.T) {
	t.Parallel()
	pinned := regexp.MustCompile(`^\S+@[0-9a-f]{40}$`)
	seen := 0
	files, err := filepath.Glob("*/workflows/*.yml")
	hidden, hiddenErr := filepath.Glob(".github/workflows/*.yml")
	if err := errors.Join(err, hiddenErr); err != nil {
		t.Fatal(err)
	}
	for _, file := range append(files, hidden...) {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range usesLine.FindAllStringSubmatch(string(raw), -1) {
			seen++
			if strings.HasPrefix(m[1], "./") {
				continue
			}
			if !pinned.MatchString(m[1]) || !strings.HasPrefix(strings.TrimSpace(m[2]), "# v") {
				t.Errorf("%s: %s is not pinned by commit with its version behind it", file, m[0])
			}
		}
	}
	if seen == 0 {
		t.Error("no uses: was found")
	}
}
