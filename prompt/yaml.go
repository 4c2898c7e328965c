package prompt

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// MaxPrompt is the most bytes that a prompt file may have.
const MaxPrompt = 1 << 20

// Bounds that keep a hostile file from costing more than it weighs. The YAML
// parser recurses, and takes time that grows with the square of the keys in a map.
const (
	maxTokens   = 50_000    // words and signs of the YAML syntax; a block of text is one
	maxDepth    = 200       // lists and maps inside each other
	maxExpanded = MaxPrompt // bytes that all aliases together stand for
)

// A reader parses one YAML document and remembers every mistake that it meets.
type reader struct {
	name  string
	src   string // with line feeds only
	lines []int  // offset of each line in src
	hint  string // appended to a message on broken syntax

	anchors  map[string]anchor
	aliases  map[*ast.AliasNode]ast.Node
	expanded int

	errs []*Error
}

// An anchor is a value to be repeated, and its size with all aliases in it.
type anchor struct {
	node ast.Node
	size int
}

func newReader(name string, src []byte) *reader {
	text := strings.TrimPrefix(string(src), "\ufeff")
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	r := &reader{
		name: name, src: text, lines: []int{0},
		anchors: map[string]anchor{}, aliases: map[*ast.AliasNode]ast.Node{},
	}
	for i := range len(text) {
		if text[i] == '\n' {
			r.lines = append(r.lines, i+1)
		}
	}
	return r
}

// err joins the mistakes.
func (r *reader) err() error { return join(r.errs) }

// fail adds a mistake at n.
func (r *reader) fail(n ast.Node, format string, args ...any) {
	pos := first(n).GetToken().Position
	r.failAt(pos.Line, pos.Column, format, args...)
}

func (r *reader) failAt(line, column int, format string, args ...any) {
	err := fmt.Errorf(format, args...)
	r.errs = append(r.errs, &Error{r.name, line, column, err.Error(), errors.Unwrap(err)})
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

// parse returns the document, or nil if it is empty or has mistakes.
func (r *reader) parse() ast.Node {
	if len(r.src) > MaxPrompt {
		r.failAt(0, 0, "this is %d bytes long; at most %d are accepted", len(r.src), MaxPrompt)
		return nil
	}
	if at := invalidUTF8([]byte(r.src)); at < len(r.src) {
		c := cursor{r.src, 1, 1}
		c.advance(utf8.RuneCountInString(r.src[:at]))
		r.failAt(c.line, c.column, "this is not UTF-8 text")
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
func (r *reader) tooComplex(tokens token.Tokens) bool {
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
			r.failAt(pos.Line, pos.Column, "lists and maps are nested too deep here")
			return true
		case i >= maxTokens:
			r.failAt(pos.Line, pos.Column, "there are more than %d YAML tokens before this place", maxTokens)
			return true
		}
	}
	return false
}

// syntax reports an error of the YAML parser.
func (r *reader) syntax(err error) {
	var at interface {
		GetToken() *token.Token
		GetMessage() string
	}
	if !errors.As(err, &at) || at.GetToken() == nil {
		r.failAt(0, 0, "the YAML is invalid: %w%s", err, r.hint)
		return
	}
	pos := at.GetToken().Position
	hint := r.hint
	if hint == "" && strings.Contains(r.line(pos.Line), ": {{") {
		hint = "; a value that begins with {{ must be quoted"
	}
	r.failAt(pos.Line, pos.Column, "the YAML is invalid: %s%s", at.GetMessage(), hint)
}

// line returns the text of a line.
func (r *reader) line(n int) string {
	if n < 1 || n > len(r.lines) {
		return ""
	}
	text, _, _ := strings.Cut(r.src[r.lines[n-1]:], "\n")
	return text
}

// document returns the one document's content, or nil.
func (r *reader) document(docs []*ast.DocumentNode) ast.Node {
	var root ast.Node
	for _, d := range docs {
		if _, directive := d.Body.(*ast.DirectiveNode); directive || d.Body == nil {
			continue
		}
		if root != nil {
			r.fail(d.Body, "a second YAML document begins here; only one is accepted")
			break
		}
		root = d.Body
	}
	return root
}
