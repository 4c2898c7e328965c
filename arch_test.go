package main

//lint:file-ignore SA1019 the parser's own resolution of names within a file is all that these tests need, without types and their imports

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/keyless-inference/action/"

// house is who may import whom, without tests: the map in CONTRIBUTING.md.
var house = map[string][]string{
	".":         {"cmd"},
	"cmd":       {"actions", "oidc", "inference", "inference/pace", "prompt", "document", "task", "bulk", "eval", "eval/propose", "vector", "migration", "migration/git", "migration/rule", "migration/scan", "chain", "account", "setup", "hub", "report", "report/page", "emulator", "sink", "wire"},
	"report":    {"bulk", "eval", "inference", "chain", "account", "migration", "migration/rule", "hub", "sink", "wire"},
	"eval":      {"bulk", "task", "prompt", "document", "inference", "wire"},
	"chain":     {"oidc", "account", "inference", "document", "wire"},
	"bulk":      {"task", "vector", "inference", "inference/pace", "lock", "wire"},
	"task":      {"document", "prompt", "inference"},
	"migration": {"migration/git", "migration/rule", "migration/scan", "account", "hub", "sink", "wire"},
	"account":   {"wire"},
	"setup":     {"wire"},
	"actions":   {"sink", "wire"},
	"oidc":      {"wire"},
	"inference": {"inference/pace", "wire"},
	"prompt":    {"document", "sink"},
	"document":  {},
	"vector":    {"lock"},
	"lock":      {},
	"emulator":  {},
	"sink":      {},
	"hub":       {"wire"},
	"wire":      {},

	"eval/propose":   {"prompt", "document", "inference", "wire"},
	"inference/pace": {},
	"report/page":    {"eval"},

	"migration/git":  {"wire"},
	"migration/rule": {},
	"migration/scan": {"migration/rule"},

	// Programs of their own, which are not in the image.
	"bench":         {},
	"bench/bulk":    {},
	"docs/pictures": {},
}

// forbidden is what reaches for the process behind the caller's back. Only
// main.go may.
var forbidden = map[string][]string{
	"os":       {"Getenv", "LookupEnv", "Environ", "ExpandEnv", "Setenv", "Unsetenv", "Clearenv", "Exit", "Args", "Chdir", "Stdin", "Stdout", "Stderr"},
	"flag":     {"CommandLine", "Parse", "String", "Bool", "Int", "Var"},
	"log/slog": {"Default", "SetDefault", "Debug", "Info", "Warn", "Error"},
	"log":      {"Fatal", "Fatalf", "Fatalln", "Panic", "Panicf", "Print", "Printf", "Println"},
	"fmt":      {"Print", "Printf", "Println"},
	"syscall":  {"Getenv", "Exit"},
}

// heavy are packages that make the linker keep every method of every type.
var heavy = []string{"text/template", "html/template"}

func TestImportsRunDownwards(t *testing.T) {
	t.Parallel()
	for _, src := range sources(t) {
		allowed, known := house[src.dir]
		if !known {
			t.Errorf("%s: its folder has no place in the house: add it to the map here and in CONTRIBUTING.md", src.name)
		}
		for _, imported := range src.imports(t) {
			if slices.Contains(heavy, imported) && !apart(src.dir) {
				t.Errorf("%s imports %s, which makes the program 7 MiB larger: see setup/template.go", src.name, imported)
			}
			if local, ours := strings.CutPrefix(imported, module); ours && !slices.Contains(allowed, local) {
				t.Errorf("%s imports %s; it may import %v", src.name, local, allowed)
			}
		}
	}
}

// TestImageHasEveryPackage: the build context names its folders, so that a
// workspace's other files do not make the image compile anew.
func TestImageHasEveryPackage(t *testing.T) {
	t.Parallel()
	ignore, err := os.ReadFile(".dockerignore")
	if err != nil {
		t.Fatal(err)
	}
	for dir := range house {
		if dir != "." && !apart(dir) && !strings.Contains(dir, "/") && !strings.Contains(string(ignore), "\n!"+dir+"\n") {
			t.Errorf(".dockerignore keeps %s out of the image", dir)
		}
	}
}

// apart reports whether dir is a program of its own.
func apart(dir string) bool { return dir == "bench" || dir == "bench/bulk" || dir == "docs/pictures" }

func TestOnlyMainTouchesTheProcess(t *testing.T) {
	t.Parallel()
	for _, src := range sources(t) {
		if src.name == "main.go" || apart(src.dir) {
			continue
		}
		names := src.imports(t)
		ast.Inspect(src.file, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				if pkg, ok := sel.X.(*ast.Ident); ok && pkg.Obj == nil && slices.Contains(forbidden[names[pkg.Name]], sel.Sel.Name) {
					t.Errorf("%s: %s.%s: take it as an argument", src.name, names[pkg.Name], sel.Sel.Name)
				}
			}
			return true
		})
	}
}

// imports are the paths of the file's imports by the names that it uses.
func (src source) imports(t *testing.T) map[string]string {
	names := map[string]string{}
	for _, spec := range src.file.Imports {
		imported, _ := strconv.Unquote(spec.Path.Value)
		name := path.Base(imported)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		if name == "." {
			t.Errorf("%s: a dot import of %s hides where names come from", src.name, imported)
		}
		names[name] = imported
	}
	return names
}

func TestNoInitNoPanic(t *testing.T) {
	t.Parallel()
	for _, src := range sources(t) {
		ast.Inspect(src.file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if n.Name.Name == "init" && n.Recv == nil {
					t.Errorf("%s: func init: make it explicit", src.name)
				}
			case *ast.CallExpr:
				if fun, ok := n.Fun.(*ast.Ident); ok && fun.Name == "panic" {
					t.Errorf("%s: panic: return an error", src.name)
				}
			}
			return true
		})
	}
}

func TestPackageVariablesNeverChange(t *testing.T) {
	t.Parallel()
	all := sources(t)
	inPackage, inFile := map[string]bool{}, map[*ast.Object]bool{}
	for _, src := range all {
		for name := range src.variables {
			inPackage[src.dir+"."+name.Name] = true
			inFile[name.Obj] = true
		}
	}
	for _, src := range all {
		ast.Inspect(src.file, func(n ast.Node) bool {
			for _, x := range changes(n) {
				name := changed(x)
				// The parser resolves names within a file; one of another file stays without an object.
				if name != nil && (inFile[name.Obj] || name.Obj == nil && inPackage[src.dir+"."+name.Name]) {
					t.Errorf("%s: the package variable %s may change here", src.name, name.Name)
				}
			}
			return true
		})
	}
}

// changes are the expressions that n assigns to, or lets somebody assign to.
func changes(n ast.Node) []ast.Expr {
	switch n := n.(type) {
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			return n.Lhs
		}
	case *ast.IncDecStmt:
		return []ast.Expr{n.X}
	case *ast.RangeStmt:
		if n.Tok == token.ASSIGN {
			return []ast.Expr{n.Key, n.Value}
		}
	case *ast.UnaryExpr:
		if n.Op == token.AND {
			return []ast.Expr{n.X}
		}
	case *ast.CallExpr:
		if fun, ok := n.Fun.(*ast.Ident); ok && slices.Contains([]string{"delete", "clear", "copy"}, fun.Name) && len(n.Args) > 0 {
			return n.Args[:1]
		}
	}
	return nil
}

// changed is the variable that an assignment to x changes: x, or what x is a
// part of.
func changed(x ast.Expr) *ast.Ident {
	for {
		switch e := x.(type) {
		case *ast.Ident:
			return e
		case *ast.IndexExpr:
			x = e.X
		case *ast.SelectorExpr:
			x = e.X
		case *ast.StarExpr:
			x = e.X
		default:
			return nil
		}
	}
}

// A source is one Go file that is not a test.
type source struct {
	name, dir string
	file      *ast.File
	variables map[*ast.Ident]bool // declared outside functions
}

func sources(t *testing.T) (all []source) {
	t.Helper()
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		switch hidden := strings.HasPrefix(d.Name(), ".") && name != "."; {
		case err != nil:
			return err
		case d.IsDir() && (hidden || d.Name() == "testdata"):
			return filepath.SkipDir
		case !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		all = append(all, source{name, path.Dir(filepath.ToSlash(name)), f, variables(f)})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 10 {
		t.Fatalf("only %d files were found", len(all))
	}
	return all
}

func variables(f *ast.File) map[*ast.Ident]bool {
	vars := map[*ast.Ident]bool{}
	for _, decl := range f.Decls {
		if gen, ok := decl.(*ast.GenDecl); ok && gen.Tok == token.VAR {
			for _, spec := range gen.Specs {
				for _, name := range spec.(*ast.ValueSpec).Names {
					if name.Name != "_" {
						vars[name] = true
					}
				}
			}
		}
	}
	return vars
}
