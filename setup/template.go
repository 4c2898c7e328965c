package setup

import (
	"cmp"
	"fmt"
	"strings"
	"text/template/parse"
)

// The templates are written as text/template has them, and its parser reads them.
// What evaluates them is in this file, because text/template looks methods up by
// names that are known only while it runs, and for a program that does so the
// linker keeps every method of every type: this one would be 7 MiB larger.
//
// https://pkg.go.dev/reflect#Value.MethodByName

// A scope is what a template can name: each value is a string, a []string, a bool,
// or a []scope to range over.
type scope map[string]any

// A function is one that templates can call. A list among its arguments is as many
// arguments, and a bool is one that is not empty, or none.
type function func(...string) string

// A filling is a template on its way to a text. It remembers the first mistake.
type filling struct {
	trees map[string]*parse.Tree
	funcs map[string]function
	text  strings.Builder
	err   error
}

// fill writes a template with what it names filled in. A name that is not in all
// or funcs is a mistake, and so is what no template of ours has needed yet.
func fill(name, template string, funcs map[string]function, all scope) (string, error) {
	trees, err := parsed(name, template)
	if err != nil {
		return "", err
	}
	f := filling{trees: trees, funcs: funcs}
	f.write(trees[name].Root, all)
	return f.text.String(), f.err
}

// parsed is a template under its own name and the templates that it defines.
func parsed(name, template string) (map[string]*parse.Tree, error) {
	all := map[string]*parse.Tree{}
	t := parse.New(name)
	t.Mode = parse.SkipFuncCheck
	_, err := t.Parse(template, "", "", all)
	return all, err
}

func (f *filling) fail(n parse.Node) {
	if f.err == nil {
		where, _ := new(parse.Tree).ErrorContext(n)
		f.err = fmt.Errorf("%s: %s means nothing there", where, n)
	}
}

// write writes a list of nodes; nil is an else that is not there.
func (f *filling) write(list *parse.ListNode, dot scope) {
	if list == nil {
		return
	}
	for _, n := range list.Nodes {
		switch n := n.(type) {
		case *parse.TextNode:
			f.text.Write(n.Text)
		case *parse.ActionNode:
			f.text.WriteString(strings.Join(f.value(n.Pipe, dot), ""))
		case *parse.IfNode:
			f.choose(n, dot)
		case *parse.RangeNode:
			f.repeat(n, dot)
		case *parse.TemplateNode:
			f.include(n, dot)
		default:
			f.fail(n)
		}
	}
}

func (f *filling) choose(n *parse.IfNode, dot scope) {
	if cmp.Or(f.value(n.Pipe, dot)...) != "" {
		f.write(n.List, dot)
		return
	}
	f.write(n.ElseList, dot)
}

func (f *filling) repeat(n *parse.RangeNode, dot scope) {
	all, are := dot[strings.TrimPrefix(n.Pipe.String(), ".")].([]scope)
	if !are || n.ElseList != nil {
		f.fail(n.Pipe)
	}
	for _, one := range all {
		f.write(n.List, one)
	}
}

// include writes a defined template, always with the dot that is around it.
func (f *filling) include(n *parse.TemplateNode, dot scope) {
	defined := f.trees[n.Name]
	if defined == nil || n.Pipe == nil || n.Pipe.String() != "." {
		f.fail(n)
		return
	}
	f.write(defined.Root, dot)
}

// value is what an expression stands for. That is false when no text of it has a
// character.
func (f *filling) value(n parse.Node, dot scope) []string {
	switch n := n.(type) {
	case *parse.PipeNode:
		if len(n.Cmds) == 1 && len(n.Decl) == 0 {
			return f.command(n.Cmds[0].Args, dot)
		}
	case *parse.StringNode:
		return []string{n.Text}
	case *parse.FieldNode:
		if v, is := texts(dot[strings.Join(n.Ident, ".")]); is {
			return v
		}
	}
	f.fail(n)
	return nil
}

// command is the value of a call, or of the only word.
func (f *filling) command(words []parse.Node, dot scope) []string {
	name, calls := words[0].(*parse.IdentifierNode)
	if !calls && len(words) == 1 {
		return f.value(words[0], dot)
	}
	if !calls || f.funcs[name.Ident] == nil {
		f.fail(words[0])
		return nil
	}
	var args []string
	for _, w := range words[1:] {
		args = append(args, f.value(w, dot)...)
	}
	return []string{f.funcs[name.Ident](args...)}
}

// texts are those of a value in a scope.
func texts(value any) (all []string, are bool) {
	switch v := value.(type) {
	case string:
		return []string{v}, true
	case []string:
		return v, true
	case bool:
		if v {
			return []string{"true"}, true
		}
		return nil, true
	}
	return nil, false
}
