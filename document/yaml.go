package document

import (
	"errors"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// MaxBytes is the most bytes that a document may have.
const MaxBytes = 1 << 20

// Bounds that keep a hostile file from costing more than it weighs. The YAML
// parser recurses, and takes time that grows with the square of the keys in a map.
const (
	maxTokens   = 50_000   // words and signs of the YAML syntax; a block of text is one
	maxDepth    = 200      // lists and maps inside each other
	maxExpanded = MaxBytes // bytes that all aliases together stand for
)

// A Reader parses one YAML document and remembers every mistake that it meets.
// Make it with [NewReader].
type Reader struct {
	Hint string // appended to a message on broken syntax

	name  string
	src   string // with line feeds only
	lines []int  // offset of each line in src

	anchors  map[string]anchor
	aliases  map[*ast.AliasNode]ast.Node
	expanded int

	places places           // where what was decoded stands
	keys   map[any][]string // of the structs that were decoded
	known  map[reflect.Type][]spec

	errs []*Error
}

// An anchor is a value to be repeated, and its size with all aliases in it.
type anchor struct {
	node ast.Node
	size int
}

// NewReader returns a reader of the document src. name stands for it in errors.
func NewReader(name string, src []byte) *Reader {
	text := strings.TrimPrefix(string(src), "\ufeff")
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	r := &Reader{
		name: name, src: text, lines: []int{0},
		anchors: map[string]anchor{}, aliases: map[*ast.AliasNode]ast.Node{}, places: places{}, keys: map[any][]string{}, known: map[reflect.Type][]spec{},
	}
	for i := range len(text) {
		if text[i] == '\n' {
			r.lines = append(r.lines, i+1)
		}
	}
	return r
}

// Err joins the mistakes, each an [*Error]. It is nil when there are none.
func (r *Reader) Err() error { return Join(r.errs) }

// Mistakes is how many mistakes there are so far.
func (r *Reader) Mistakes() int { return len(r.errs) }

// Add adds mistakes that were found elsewhere, in the same document.
func (r *Reader) Add(errs ...*Error) { r.errs = append(r.errs, errs...) }

// Fail adds a mistake at n. A %w in format keeps the error underneath.
func (r *Reader) Fail(n ast.Node, format string, args ...any) {
	r.FailAt(placeOf(first(n)), format, args...)
}

// FailAt adds a mistake at a place; the zero place is the document as a whole.
func (r *Reader) FailAt(at Place, format string, args ...any) {
	r.Add(NewError(r.name, at, format, args...))
}

// first is the node at which n begins; a block map's own token is the first
// colon in it.
func first(n ast.Node) ast.Node {
	switch n := n.(type) {
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return first(n.Values[0].Key)
		}
	case *ast.MappingValueNode:
		return first(n.Key)
	}
	return n
}

// Parse returns the document, or nil if it is empty or has mistakes.
func (r *Reader) Parse() ast.Node {
	if len(r.src) > MaxBytes {
		r.FailAt(Place{}, "this is %d bytes long; at most %d are accepted", len(r.src), MaxBytes)
		return nil
	}
	if at := InvalidUTF8([]byte(r.src)); at < len(r.src) {
		c := Start(r.src).cursor
		c.advance(utf8.RuneCountInString(r.src[:at]))
		r.FailAt(c.Place, "this is not UTF-8 text")
		return nil
	}
	tokens := lexer.Tokenize(r.src)
	if r.tooComplex(tokens) {
		return nil
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		r.syntax(err)
		return nil
	}
	root := r.document(file.Docs)
	if root != nil {
		r.check(root)
	}
	if len(r.errs) > 0 {
		return nil
	}
	return root
}

// tooComplex looks for what the parser should not be given.
func (r *Reader) tooComplex(tokens token.Tokens) bool {
	depth := 0
	for i, t := range tokens {
		switch t.Type {
		case token.MappingStartType, token.SequenceStartType:
			depth++
		case token.MappingEndType, token.SequenceEndType:
			depth--
		}
		pos := t.Position
		switch block := t.Type == token.SequenceEntryType || t.Type == token.MappingKeyType; {
		case depth > maxDepth, block && pos.Column > 2*maxDepth:
			r.FailAt(Place{pos.Line, pos.Column}, "lists and maps are nested too deep here")
			return true
		case i >= maxTokens:
			r.FailAt(Place{pos.Line, pos.Column}, "there are more than %d YAML tokens before this place", maxTokens)
			return true
		}
	}
	return false
}

// syntax reports an error of the YAML parser.
func (r *Reader) syntax(err error) {
	var at interface {
		GetToken() *token.Token
		GetMessage() string
	}
	if !errors.As(err, &at) || at.GetToken() == nil {
		r.FailAt(Place{}, "the YAML is invalid: %w%s", err, r.Hint)
		return
	}
	pos := at.GetToken().Position
	hint := r.Hint
	if hint == "" && strings.Contains(r.line(pos.Line), ": {{") {
		hint = "; a value that begins with {{ must be quoted"
	}
	r.FailAt(Place{pos.Line, pos.Column}, "the YAML is invalid: %s%s", at.GetMessage(), hint)
}

// line returns the text of a line.
func (r *Reader) line(n int) string {
	if n < 1 || n > len(r.lines) {
		return ""
	}
	text, _, _ := strings.Cut(r.src[r.lines[n-1]:], "\n")
	return text
}

// document returns the one document's content, or nil.
func (r *Reader) document(docs []*ast.DocumentNode) ast.Node {
	var root ast.Node
	for _, d := range docs {
		if _, directive := d.Body.(*ast.DirectiveNode); directive || d.Body == nil {
			continue
		}
		if root != nil {
			r.Fail(d.Body, "a second YAML document begins here; only one is accepted")
			break
		}
		root = d.Body
	}
	return root
}
