package emulator

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// A queryToken is one lexeme of a query.
type queryToken struct {
	text string
	at   int // where it begins, in bytes
}

// lexeme is the next lexeme, or what separates two.
// https://spec.graphql.org/October2021/#sec-Appendix-Grammar-Summary.Lexical-Tokens
var (
	lexeme    = regexp.MustCompile(`^(?:\.\.\.|\$?[_A-Za-z][_0-9A-Za-z]*|"(?:[^"\\\n\r]|\\[^\n\r])*"|[!():=\[\]{}])`)
	separator = regexp.MustCompile(`^(?:[ \t\r\n,\x{FEFF}]|#[^\r\n]*)+`)
)

// A selection is one field that a query selects, or an inline fragment: its name
// then is "... on" and the type.
type selection struct {
	name      string
	at        int
	arguments []queryToken
	fields    []selection
}

// A graphqlOperation is a query or mutation that graphqlTypes allow.
type graphqlOperation struct {
	root   string // "Query" or "Mutation"
	fields []selection
}

// A queryError says why a query is not served.
type queryError struct {
	message, code string
	at            int
}

func (e *queryError) object(query string) object {
	return object{"message": e.message, "locations": []object{place(query, e.at)}, "extensions": object{"code": e.code}}
}

// place is where offset is in query, counted from 1.
func place(query string, offset int) object {
	before := query[:offset]
	line := strings.LastIndexByte(before, '\n') + 1
	return object{"line": strings.Count(before, "\n") + 1, "column": utf8.RuneCountInString(before[line:]) + 1}
}

// A queryReader goes through the tokens of a query.
type queryReader struct {
	tokens []queryToken // the last one is empty
	depth  int
}

// maxDepth is how far selections may lie in each other.
const maxDepth = 8

// readGraphQL reads a query and checks it against graphqlTypes.
func readGraphQL(query string) (graphqlOperation, *queryError) {
	tokens, err := scan(query)
	if err != nil {
		return graphqlOperation{}, err
	}
	r := &queryReader{tokens: tokens}
	root, declared, err := r.head()
	if err != nil {
		return graphqlOperation{}, err
	}
	fields, err := r.set()
	if err != nil {
		return graphqlOperation{}, err
	}
	if end := r.next(); end.text != "" {
		return graphqlOperation{}, end.unexpected()
	}
	if err := checkFields(root, fields, declared); err != nil {
		return graphqlOperation{}, err
	}
	return graphqlOperation{root, fields}, nil
}

func scan(query string) (tokens []queryToken, err *queryError) {
	for at := 0; ; {
		at += len(separator.FindString(query[at:]))
		if at == len(query) {
			return append(tokens, queryToken{"", at}), nil
		}
		text := lexeme.FindString(query[at:])
		if text == "" {
			_, size := utf8.DecodeRuneInString(query[at:])
			return nil, queryToken{query[at : at+size], at}.unexpected()
		}
		tokens = append(tokens, queryToken{text, at})
		at += len(text)
	}
}

// head reads what stands before the fields: "query Name($ids: [ID!]!)", all of
// which may be missing. declared are the variables' names, with their $.
func (r *queryReader) head() (root string, declared []string, err *queryError) {
	root = "Query"
	switch first := r.tokens[0]; first.text {
	case "{":
		return root, nil, nil
	case "mutation":
		root = "Mutation"
	case "query":
	default:
		return "", nil, first.unexpected()
	}
	r.next()
	if r.tokens[0].isName() {
		r.next()
	}
	definitions, err := r.parenthesis()
	for _, t := range definitions {
		if strings.HasPrefix(t.text, "$") {
			declared = append(declared, t.text)
		}
	}
	return root, declared, err
}

// set reads "{ field field { … } … }".
func (r *queryReader) set() (fields []selection, err *queryError) {
	if open := r.next(); open.text != "{" || r.depth == maxDepth {
		return nil, open.unexpected()
	}
	r.depth++
	for {
		t := r.next()
		if t.text == "}" && len(fields) > 0 {
			r.depth--
			return fields, nil
		}
		f, err := r.selection(t)
		if err != nil {
			return nil, err
		}
		fields = append(fields, f)
	}
}

// selection reads what begins with t.
func (r *queryReader) selection(t queryToken) (f selection, err *queryError) {
	f = selection{name: t.text, at: t.at}
	switch {
	case t.text == "...":
		on, kind := r.next(), r.next()
		if on.text != "on" || !kind.isName() {
			return f, on.unexpected()
		}
		f.name = "... on " + kind.text
	case !t.isName():
		return f, t.unexpected()
	default:
		if f.arguments, err = r.parenthesis(); err != nil {
			return f, err
		}
	}
	if r.tokens[0].text == "{" {
		f.fields, err = r.set()
	}
	return f, err
}

// parenthesis reads what stands between the next "(" and its ")", if that comes
// next. There are no parentheses within.
func (r *queryReader) parenthesis() ([]queryToken, *queryError) {
	if r.tokens[0].text != "(" {
		return nil, nil
	}
	open := r.next()
	end := slices.IndexFunc(r.tokens, func(t queryToken) bool { return t.text == ")" || t.text == "(" })
	if end < 0 || r.tokens[end].text == "(" {
		return nil, open.unexpected()
	}
	within := r.tokens[:end]
	r.tokens = r.tokens[end+1:]
	return within, nil
}

// next takes the next token; the last one stays.
func (r *queryReader) next() queryToken {
	t := r.tokens[0]
	if len(r.tokens) > 1 {
		r.tokens = r.tokens[1:]
	}
	return t
}

func (t queryToken) isName() bool {
	return t.text != "" && (t.text[0] == '_' || t.text[0]|0x20 >= 'a' && t.text[0]|0x20 <= 'z')
}

func (t queryToken) unexpected() *queryError {
	if t.text == "" {
		return &queryError{"Unexpected end of document", "parseError", t.at}
	}
	return &queryError{fmt.Sprintf("Parse error on %q: the emulator does not serve this", t.text), "parseError", t.at}
}

// checkFields holds the fields of a type against graphqlTypes, and their variables
// against those that the operation declares.
func checkFields(kind string, fields []selection, declared []string) *queryError {
	for _, f := range fields {
		of, known := graphqlTypes[kind][f.name]
		switch {
		case !known:
			message := fmt.Sprintf("Field '%s' doesn't exist on type '%s'; the emulator has %s", f.name, kind, names(graphqlTypes[kind]))
			return &queryError{message, "undefinedField", f.at}
		case of == "" && f.fields != nil || of != "" && f.fields == nil:
			message := fmt.Sprintf("Field '%s' must have selections if it is an object, and none if it is a scalar", f.name)
			return &queryError{message, "selectionMismatch", f.at}
		}
		for _, t := range f.arguments {
			if strings.HasPrefix(t.text, "$") && !slices.Contains(declared, t.text) {
				return &queryError{"Variable " + t.text + " is used but not declared", "variableNotDefined", t.at}
			}
		}
		if err := checkFields(of, f.fields, declared); err != nil {
			return err
		}
	}
	return nil
}
