package setup

import (
	"strings"
	"testing"
	"text/template/parse"
)

// TestTemplates writes both sides of every if, so that no name that nobody knows
// waits in a template for the plan that gets there.
func TestTemplates(t *testing.T) {
	t.Parallel()
	all, err := good().withDefaults().scope()
	if err != nil {
		t.Fatal(err)
	}
	all["Workflow"] = ""
	for _, f := range formats {
		text, err := templates.ReadFile("templates/" + f.file)
		if err != nil {
			t.Fatal(err)
		}
		defined, err := parsed(f.file, string(text))
		if err != nil {
			t.Fatal(err)
		}
		w := filling{trees: defined, funcs: f.functions()}
		for _, tree := range defined {
			tree.Root.Nodes = flat(tree.Root)
		}
		for _, tree := range defined {
			w.write(tree.Root, all)
		}
		if w.err != nil {
			t.Error(w.err)
		}
	}
}

// flat is a list with the parts of every if one after the other.
func flat(list *parse.ListNode) (all []parse.Node) {
	if list == nil {
		return nil
	}
	for _, n := range list.Nodes {
		switch n := n.(type) {
		case *parse.IfNode:
			all = append(all, &parse.ActionNode{NodeType: parse.NodeAction, Pipe: n.Pipe})
			all = append(append(all, flat(n.List)...), flat(n.ElseList)...)
			continue
		case *parse.RangeNode:
			n.List.Nodes = flat(n.List)
		}
		all = append(all, n)
	}
	return all
}

func TestFill(t *testing.T) {
	t.Parallel()
	functions := map[string]function{
		"join": func(all ...string) string { return strings.Join(all, "+") },
		"not":  not,
	}
	all := scope{
		"Text": "a", "Empty": "", "Yes": true, "No": false, "List": []string{"b", "c"}, "None": []string(nil),
		"All": []scope{{"Text": "d"}, {"Text": "e"}},
	}
	for template, want := range map[string]string{
		"":                                      "",
		"x {{.Text}} {{- /* y */}}":             "x a",
		"{{.Text}}{{.Empty}}{{.No}}{{.List}}":   "abc",
		"{{\"{{\"}}{{`}}`}}":                    "{{}}",
		`{{join .Text .List "x" .None .Empty}}`: "a+b+c+x+",
		`{{join (join "x" "y") (not .No) (not .Yes)}}`: "x+y+true+",

		"{{if .Yes}}1{{end}}{{if .No}}2{{end}}{{if .Text}}3{{end}}{{if .Empty}}4{{else}}5{{end}}": "135",
		"{{if .None}}1{{else if .List}}2{{else}}3{{end}}":                                         "2",
		"{{range .All}}{{.Text}}{{if .Text}},{{end}}{{end}}{{.Text}}":                             "d,e,a",
		`{{define "x"}}[{{.Text}}]{{end}}{{range .All}}{{template "x" .}}{{end}}{{"!"}}`:          "[d][e]!",
	} {
		if got, err := fill("t", template, functions, all); err != nil || got != want {
			t.Errorf("%s: %q, %v", template, got, err)
		}
	}
	for template, want := range map[string]string{
		"{{":                                    "unclosed action",
		"\n{{.Nobody}}{{.Other}}":               "t:2:2: .Nobody means nothing",
		"{{.All}}":                              ".All means nothing",
		"{{.Text.More}}":                        ".Text.More means nothing",
		"{{nobody .Text}}":                      "nobody means nothing",
		"{{.Text .List}}":                       ".Text means nothing",
		"{{join .Nobody}}":                      ".Nobody means nothing",
		"{{.Text | join}}":                      "means nothing",
		"{{$x := .Text}}":                       "means nothing",
		"{{$.Text}}":                            "$.Text means nothing",
		"{{.}}":                                 ". means nothing",
		"{{1}}":                                 "1 means nothing",
		"{{with .Text}}x{{end}}":                "means nothing",
		"{{range .List}}x{{end}}":               ".List means nothing",
		"{{range .All}}x{{else}}y{{end}}":       ".All means nothing",
		"{{range .All}}{{.List}}{{end}}":        ".List means nothing",
		`{{template "x" .}}`:                    "means nothing",
		`{{define "x"}}{{end}}{{template "x"}}`: "means nothing",
	} {
		if got, err := fill("t", template, functions, all); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %q, %v", template, got, err)
		}
	}
}
