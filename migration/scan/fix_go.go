package scan

import (
	"bytes"
	"go/ast"
	gofmt "go/format"
	"go/parser"
	gotoken "go/token"
	"path"
	"slices"
	"strconv"
	"strings"
)

const (
	fixAzidentity = "github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	fixAzopenai   = "github.com/Azure/azure-sdk-for-go/sdk/ai/azopenai"
	fixCredential = "credential, err := azidentity.NewDefaultAzureCredential(nil)\n"
)

// A fixGoFile is a file of Go while its clients get credentials.
type fixGoFile struct {
	*fixer
	file    *ast.File
	imports map[string]*ast.ImportSpec // by the names that the file uses
	keys    []string                   // variables that nothing is given any more
}

// fixGo gives clients of Azure OpenAI a token credential in the place of a key.
// A credential is made where the client is, and its error is handled as the
// function handles others: where that isn't to be seen, the file stays.
func fixGo(f *fixer) {
	fset := gotoken.NewFileSet()
	file, err := parser.ParseFile(fset, "", f.data, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil || f.gateway() || bytes.Contains(f.data, []byte("\r")) {
		return
	}
	g := &fixGoFile{fixer: f, file: file, imports: map[string]*ast.ImportSpec{}}
	for _, spec := range file.Imports {
		name := fixPackage(spec)
		g.imports[name] = spec
	}
	for _, d := range file.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil && !g.function(fn) {
			f.edits = nil
			return
		}
	}
	if len(f.edits) > 0 && !g.finish() {
		f.edits = nil
	}
}

// fixPackage is the name that a file uses for a package.
func fixPackage(spec *ast.ImportSpec) string {
	if spec.Name != nil {
		return spec.Name.Name
	}
	imported, _ := strconv.Unquote(spec.Path.Value)
	name := path.Base(imported)
	if len(name) > 1 && name[0] == 'v' && name[1] >= '0' && name[1] <= '9' {
		name = path.Base(path.Dir(imported))
	}
	if name == "openai-go" {
		return "openai"
	}
	return name
}

// at is the offset of a position: the only file's positions count from 1.
func (g *fixGoFile) at(p gotoken.Pos) int { return int(p - g.file.FileStart) }

func (g *fixGoFile) source(n ast.Node) string { return string(g.data[g.at(n.Pos()):g.at(n.End())]) }

// called reports whether an expression calls a function of a package, by the
// package's path.
func (g *fixGoFile) called(e ast.Expr, name string, paths func(string) bool) (*ast.CallExpr, bool) {
	c, ok := e.(*ast.CallExpr)
	if !ok {
		return nil, false
	}
	sel, ok := c.Fun.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != name {
		return nil, false
	}
	pkg, ok := sel.X.(*ast.Ident)
	if !ok || g.imports[pkg.Name] == nil {
		return nil, false
	}
	imported, _ := strconv.Unquote(g.imports[pkg.Name].Path.Value)
	return c, paths(imported)
}

func fixIsAzopenai(imported string) bool { return imported == fixAzopenai }

func fixIsKeys(imported string) bool {
	return imported == fixAzopenai || imported == "github.com/Azure/azure-sdk-for-go/sdk/azcore"
}

func fixIsOption(imported string) bool {
	return strings.HasPrefix(imported, "github.com/openai/openai-go") && path.Base(imported) == "azure"
}

// function rewrites the clients that a function makes with keys; false where one
// of them is not understood.
func (g *fixGoFile) function(fn *ast.FuncDecl) bool {
	clients, understood := 0, 0
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		c, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		_, old := g.called(c, "NewClientWithKeyCredential", fixIsAzopenai)
		_, option := g.called(c, "WithAPIKey", fixIsOption)
		if old || option {
			clients++
		}
		return true
	})
	if clients == 0 {
		return true
	}
	for i, s := range fn.Body.List {
		var next ast.Stmt
		if i+1 < len(fn.Body.List) {
			next = fn.Body.List[i+1]
		}
		if g.client(fn, s, next) {
			understood++
		}
	}
	return clients == 1 || understood == 0
}

// client rewrites a statement at the top of a function, if it makes a client with
// a key.
func (g *fixGoFile) client(fn *ast.FuncDecl, s, next ast.Stmt) bool {
	var made ast.Expr
	var handling string
	switch s := s.(type) {
	case *ast.AssignStmt:
		if len(s.Rhs) == 1 && s.Tok == gotoken.DEFINE {
			made, handling = s.Rhs[0], g.handled(s, next)
		}
	case *ast.ReturnStmt:
		if len(s.Results) == 1 {
			made = s.Results[0]
		}
	}
	if handling == "" {
		handling = g.handling(fn)
	}
	if made == nil || handling == "" || g.bound(fn, "credential", "err") {
		return false
	}
	if c, ok := g.called(made, "NewClientWithKeyCredential", fixIsAzopenai); ok && len(c.Args) == 3 {
		return g.azopenai(fn, s, c, handling)
	}
	return g.option(fn, s, made, handling)
}

// bound reports whether a function's parameters or results have one of the names
// that the new lines use.
func (g *fixGoFile) bound(fn *ast.FuncDecl, names ...string) bool {
	for _, list := range [...]*ast.FieldList{fn.Recv, fn.Type.Params, fn.Type.Results} {
		if list == nil {
			continue
		}
		for _, field := range list.List {
			for _, n := range field.Names {
				if slices.Contains(names, n.Name) {
					return true
				}
			}
		}
	}
	return false
}

// handled is the block that handles the error of an assignment: if err != nil
// { … } right behind it.
func (g *fixGoFile) handled(s *ast.AssignStmt, next ast.Stmt) string {
	check, ok := next.(*ast.IfStmt)
	if !ok || len(s.Lhs) != 2 || check.Init != nil || check.Else != nil || g.source(check.Cond) != "err != nil" || g.source(s.Lhs[1]) != "err" {
		return ""
	}
	block := g.source(check)
	if strings.Contains(block, "`") {
		return ""
	}
	return strings.ReplaceAll(block, "\n"+g.indent(g.at(check.Pos())), "\n")
}

// handling is how a function handles errors: as its results say, or as its own
// checks do where they say nothing of what failed.
func (g *fixGoFile) handling(fn *ast.FuncDecl) string {
	if results := fn.Type.Results; results != nil && len(results.List) > 0 && g.source(results.List[len(results.List)-1].Type) == "error" {
		var values []string
		for _, r := range results.List[:len(results.List)-1] {
			if _, pointer := r.Type.(*ast.StarExpr); !pointer || len(r.Names) > 1 {
				return g.plainCheck(fn)
			}
			values = append(values, "nil")
		}
		return "if err != nil {\n\treturn " + strings.Join(append(values, "err"), ", ") + "\n}"
	}
	return g.plainCheck(fn)
}

// plainCheck is the function's own check that returns or dies of err, with no
// words about what failed.
func (g *fixGoFile) plainCheck(fn *ast.FuncDecl) string {
	for _, s := range fn.Body.List {
		check, ok := s.(*ast.IfStmt)
		if !ok || check.Else != nil || len(check.Body.List) != 1 || g.source(check.Cond) != "err != nil" {
			continue
		}
		line := g.source(check.Body.List[0])
		if !strings.ContainsAny(line, "\"`\n") && strings.Contains(line, "err") {
			return "if err != nil {\n\t" + line + "\n}"
		}
	}
	return ""
}

// azopenai rewrites azopenai.NewClientWithKeyCredential(endpoint, key, options).
func (g *fixGoFile) azopenai(fn *ast.FuncDecl, s ast.Stmt, c *ast.CallExpr, handling string) bool {
	key := c.Args[1]
	if variable, ok := key.(*ast.Ident); ok {
		made := g.keyCredential(fn, variable.Name)
		if made == nil || made.End() > s.Pos() || len(g.words(variable.Name)) != 2 || variable.Name != "credential" && g.taken(fn, made.Pos(), s) {
			return false
		}
		if len(made.Lhs) == 2 { // the lines behind handle the error already
			handling = ""
		}
		g.edit(g.at(made.Pos()), g.at(made.End()), strings.TrimSpace(g.indented(made.Pos(), fixCredential+handling)))
		g.given(made.Rhs[0])
	} else {
		if _, ok := g.called(key, "NewKeyCredential", fixIsKeys); !ok || g.taken(fn, s.Pos(), s) {
			return false
		}
		g.edit(g.at(s.Pos()), g.at(s.Pos()), g.indented(s.Pos(), fixCredential+handling+"\n"))
		g.given(key)
	}
	name := c.Fun.(*ast.SelectorExpr).Sel
	g.edit(g.at(name.Pos()), g.at(name.End()), "NewClient")
	g.edit(g.at(key.Pos()), g.at(key.End()), "credential")
	return true
}

// taken reports whether the names of the new lines mean something in the file, or
// are declared again behind them, other than by the client's own statement.
func (g *fixGoFile) taken(fn *ast.FuncDecl, from gotoken.Pos, client ast.Stmt) bool {
	if len(g.words("credential")) > 0 {
		return true
	}
	return slices.ContainsFunc(fn.Body.List, func(s ast.Stmt) bool {
		a, ok := s.(*ast.AssignStmt)
		if _, declared := s.(*ast.DeclStmt); declared && s.Pos() > from {
			return strings.Contains(g.source(s), "err")
		}
		return ok && s != client && s.Pos() > from && a.Tok == gotoken.DEFINE && len(a.Lhs) == 1 && g.source(a.Lhs[0]) == "err"
	})
}

// keyCredential is the statement that gives a variable a wrapped key. In early
// versions of the library it has an error, too.
func (g *fixGoFile) keyCredential(fn *ast.FuncDecl, name string) *ast.AssignStmt {
	for _, s := range fn.Body.List {
		a, ok := s.(*ast.AssignStmt)
		if !ok || a.Tok != gotoken.DEFINE || len(a.Rhs) != 1 || g.source(a.Lhs[0]) != name || len(a.Lhs) == 2 && g.source(a.Lhs[1]) != "err" {
			continue
		}
		if _, ok := g.called(a.Rhs[0], "NewKeyCredential", fixIsKeys); ok {
			return a
		}
	}
	return nil
}

// given notes the variable that a call wraps.
func (g *fixGoFile) given(e ast.Expr) {
	if c, ok := e.(*ast.CallExpr); ok && len(c.Args) == 1 {
		g.keys = append(g.keys, g.source(c.Args[0]))
	}
}

// option rewrites azure.WithAPIKey(key) among the options of a client.
// https://pkg.go.dev/github.com/openai/openai-go/azure
func (g *fixGoFile) option(fn *ast.FuncDecl, s ast.Stmt, made ast.Expr, handling string) bool {
	c, ok := made.(*ast.CallExpr)
	if !ok || g.taken(fn, s.Pos(), s) {
		return false
	}
	for _, a := range c.Args {
		with, ok := g.called(a, "WithAPIKey", fixIsOption)
		if !ok || len(with.Args) != 1 {
			continue
		}
		g.given(with)
		name := with.Fun.(*ast.SelectorExpr).Sel
		g.edit(g.at(s.Pos()), g.at(s.Pos()), g.indented(s.Pos(), fixCredential+handling+"\n"))
		g.edit(g.at(name.Pos()), g.at(name.End()), "WithTokenCredential")
		g.edit(g.at(with.Args[0].Pos()), g.at(with.Args[0].End()), "credential")
		return true
	}
	return false
}

// indented is text for the place of a statement: its lines after the first begin
// where the statement does. What a block was copied with is left out.
func (g *fixGoFile) indented(p gotoken.Pos, text string) string {
	lines := strings.Split(text, "\n")
	indent := g.indent(g.at(p))
	for i := 1; i < len(lines); i++ {
		lines[i] = indent + lines[i]
	}
	return strings.Join(lines, "\n")
}

// finish takes out what nothing uses any more, which Go demands, and adds the
// import; false where that can't be done.
func (g *fixGoFile) finish() bool {
	slices.Sort(g.keys)
	for _, key := range slices.Compact(g.keys) {
		if !g.unused(key) {
			return false
		}
	}
	for name, spec := range g.imports {
		if (name == "azcore" || name == "os") && g.changed(name+".") && g.idents(g.file, name) == 0 {
			g.drop(g.lineStart(g.at(spec.Pos())), g.lineEnd(g.at(spec.End())))
		}
	}
	if g.imports["azidentity"] == nil && !g.importIdentity() {
		return false
	}
	return g.valid()
}

// unused takes a variable out that has a key and no use; false where it is
// needed and can't be taken out.
func (g *fixGoFile) unused(key string) bool {
	if !plainName(key) {
		return true
	}
	for _, d := range g.file.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Body == nil {
			continue
		}
		for _, s := range fn.Body.List {
			a, ok := s.(*ast.AssignStmt)
			if !ok || a.Tok != gotoken.DEFINE || !slices.ContainsFunc(a.Lhs, func(e ast.Expr) bool { return g.source(e) == key }) {
				continue
			}
			switch g.idents(fn.Body, key) {
			case -1:
				return false
			case 1:
				if len(a.Lhs) != 1 || !strings.HasPrefix(g.source(a.Rhs[0]), "os.Getenv(") || !g.first(g.at(a.Pos())) || !g.blank(g.at(a.End())) {
					return false
				}
				g.drop(g.lineStart(g.at(a.Pos())), g.lineEnd(g.at(a.End())))
			}
		}
	}
	return true
}

// idents is how often a name stands below a node, edits taken into account; -1
// where it isn't sure that it means the same everywhere.
func (g *fixGoFile) idents(below ast.Node, name string) int {
	n, defined, fields := 0, 0, map[*ast.Ident]bool{}
	ast.Inspect(below, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.SelectorExpr:
			fields[node.Sel] = true
		case *ast.KeyValueExpr:
			if key, ok := node.Key.(*ast.Ident); ok && key.Name == name {
				defined = 2
			}
		case *ast.Field:
			defined += len(slices.DeleteFunc(slices.Clone(node.Names), func(i *ast.Ident) bool { return i.Name != name }))
		case *ast.AssignStmt:
			if node.Tok == gotoken.DEFINE && slices.ContainsFunc(node.Lhs, func(e ast.Expr) bool { return g.source(e) == name }) {
				defined++
			}
		case *ast.Ident:
			if node.Name == name && !fields[node] && !g.edited(g.at(node.Pos())) {
				n++
			}
		}
		return true
	})
	if defined > 1 {
		return -1
	}
	return n
}

// blank reports whether nothing but a comment is behind an offset on its line.
func (g *fixGoFile) blank(at int) bool {
	rest := bytes.TrimSpace(g.data[at:g.lineEnd(at)])
	return len(rest) == 0 || hasPrefix(rest, "//")
}

// importIdentity adds the import among those beside the client's.
func (g *fixGoFile) importIdentity() bool {
	if len(g.words("azidentity")) > 0 {
		return false
	}
	for _, spec := range g.file.Imports {
		imported, _ := strconv.Unquote(spec.Path.Value)
		if !fixIsAzopenai(imported) && !fixIsOption(imported) {
			continue
		}
		at := g.lineStart(g.at(spec.Pos()))
		if strings.TrimSpace(string(g.data[at:g.at(spec.Pos())])) != "" {
			return false // import "…" by itself
		}
		text := "\t\"" + fixAzidentity + "\"\n"
		if imported < fixAzidentity {
			at = g.lineEnd(g.at(spec.End()))
		}
		g.edit(at, at, text)
		return true
	}
	return false
}

// valid reports whether the result is Go. Where the file was formatted as gofmt
// does, the result is made so.
func (g *fixGoFile) valid() bool {
	out, ok := g.applied()
	if !ok {
		return false
	}
	formatted, err := gofmt.Source(out)
	if err != nil {
		return false
	}
	if before, err := gofmt.Source(g.data); err == nil && bytes.Equal(before, g.data) {
		g.edits = []fixEdit{{0, len(g.data), string(formatted)}}
	}
	return true
}
