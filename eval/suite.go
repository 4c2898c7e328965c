package eval

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/keyless-inference/action/document"
	"github.com/keyless-inference/action/prompt"
)

// A Suite is a prompt file with its rows of test data and its evaluators, checked by
// [Parse].
type Suite struct {
	File       string         // as the user named it
	Prompt     *prompt.Prompt // its messages are templates over the variables of a row
	Rows       []Row          // none where the file has no testData
	Evaluators []*Evaluator   // none where the file has no evaluators
}

// A Row is one item of testData.
type Row struct {
	Number int             // from 1
	Place  document.Place  // in the file
	Vars   prompt.Vars     // values as they are written; null is "", a list or a map is its JSON text
	Case   json.RawMessage // the row as JSON, its keys in order, its numbers as the file writes them
}

// completion is the variable that stands for the answer in a judge's prompt.
const completion = "completion"

// manyMistakes is where the search for mistakes ends: of a hundred thousand nobody
// reads more.
const manyMistakes = 20 * document.MaxErrors

// Parse reads a prompt file with all that an evaluation needs. file is its name for
// errors. A file without testData or without evaluators is no mistake.
//
// The error joins a [*document.Error] for each mistake: those of [prompt.Parse],
// those in evaluators, and, at its row, each variable that a message or an evaluator
// names and the row lacks. What Parse lets pass can be filled in and evaluated for
// every row.
func Parse(file string, src []byte) (*Suite, error) {
	r := &reader{Reader: document.NewReader(file, src), file: file}
	s := &Suite{File: file, Prompt: prompt.Read(file, r.Reader)}
	for i, n := range s.Prompt.TestData {
		if r.Kind(n) == "a map" {
			s.Rows = append(s.Rows, r.row(i+1, n))
		}
	}
	for _, n := range s.Prompt.Evaluators {
		if r.Kind(n) == "a map" {
			s.Evaluators = append(s.Evaluators, r.evaluator(n, s.Evaluators))
		}
	}
	r.variables(s)
	r.names(s)
	r.patterns(s, r.Mistakes() == 0)
	if r.Mistakes() == 0 {
		r.idle(s)
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	return s, nil
}

// Fits reports whether p, the same file as it was at another commit, can be filled
// with the rows of s. The error joins a [*document.Error] for each variable that a
// row lacks, at its place in p.
func (s *Suite) Fits(p *prompt.Prompt) error {
	var errs []*document.Error
	for _, u := range messageUses(p) {
		i := slices.IndexFunc(s.Rows, u.missing)
		if i >= 0 {
			errs = append(errs, document.NewError(p.File, u.Place, "row %d of the test data has no value for {{%s}}", s.Rows[i].Number, u.name))
		}
	}
	return document.Join(errs)
}

// A reader reads the parts of a prompt file that evaluations need.
type reader struct {
	*document.Reader
	file string
}

func (r *reader) row(number int, n ast.Node) Row {
	row := Row{Number: number, Place: r.PlaceOfNode(n), Vars: prompt.Vars{}, Case: r.JSON(n)}
	entries, _ := r.Entries(n)
	for _, e := range entries {
		text, ok := r.Scalar(e.Value)
		if !ok && row.Case != nil {
			text = string(r.JSON(e.Value))
		}
		row.Vars[e.Name] = text
		if e.Name == completion {
			r.Fail(e.Key, "a row can't have the variable %s: in a judge's prompt {{%s}} is the model's answer; give it another name", completion, completion)
		}
	}
	return row
}

// A use is the first place of a file that names a variable.
type use struct {
	name  string
	where string // what names it, for errors
	document.Place

	remedy string // what to do about rows that lack it; "" where only the author knows
}

func (u use) missing(row Row) bool {
	_, ok := row.Vars[u.name]
	return !ok
}

// messageUses are the variables of p's messages, each once.
func messageUses(p *prompt.Prompt) (all []use) {
	for _, at := range p.Placeholders() {
		all = append(all, use{name: at.Name, where: fmt.Sprintf("the %s message", at.Role), Place: at.Place})
	}
	return firsts(all)
}

// firsts are the uses without those of a name that came before.
func firsts(all []use) []use {
	seen := map[string]bool{}
	return slices.DeleteFunc(all, func(u use) bool {
		again := seen[u.name]
		seen[u.name] = true
		return again
	})
}

// variables looks for rows without a variable that is used.
func (r *reader) variables(s *Suite) {
	all := messageUses(s.Prompt)
	for _, e := range s.Evaluators {
		all = append(all, e.uses...)
	}
	for _, u := range firsts(slices.Clone(all)) {
		if u.name == completion {
			r.FailAt(u.Place, "{{%s}} is the model's answer, which only the prompt of a judge can name; %s can't", completion, u.where)
		}
	}
	all = slices.DeleteFunc(firsts(all), func(u use) bool { return u.name == completion || r.nowhere(s, u) })
	for _, row := range s.Rows {
		for _, u := range all {
			if u.missing(row) && r.Mistakes() < manyMistakes {
				r.lacks(row, u)
			}
		}
	}
}

// lacks says that the row has no value for what u names.
func (r *reader) lacks(row Row, u use) {
	r.FailAt(row.Place, "row %d has no value for {{%s}}, which %s names in line %d%s", row.Number, u.name, u.where, u.Line, r.remedy(u, row))
}

// nowhere tells once what none of several rows has a value for.
func (r *reader) nowhere(s *Suite, u use) bool {
	if len(s.Rows) < 2 || slices.ContainsFunc(s.Rows, func(row Row) bool { return !u.missing(row) }) {
		return false
	}
	r.FailAt(u.Place, "no row has a value for {{%s}}, which %s names%s", u.name, u.where, r.remedy(u, s.Rows[0]))
	return true
}

// remedy is what to do about a row that lacks what u names: the name that was likely
// meant, or what is told to whoever uses it.
func (r *reader) remedy(u use, row Row) string {
	near := ""
	if r.Mistakes() < document.MaxErrors { // comparing names takes its time, and no more is told
		near = document.Suggest(u.name, slices.Sorted(maps.Keys(row.Vars)))
	}
	return cmp.Or(near, u.remedy)
}

// names looks for variables that the messages seem to name although no placeholder
// can, as {{my question}}: sent as it is, it would be asked instead of its value.
func (r *reader) names(s *Suite) {
	told := map[string]bool{}
	for i, n := range s.Prompt.TestData {
		entries, _ := r.Entries(n)
		for _, e := range entries {
			if !told[e.Name] && unnameable(e.Name) && named(s.Prompt, e.Name) {
				r.Fail(e.Key, "row %d: the messages have {{%s}}, but a variable's name consists of letters, digits, _ . and - alone; give it another one", i+1, e.Name)
			}
			told[e.Name] = true
		}
	}
}

// unnameable reports whether a placeholder can't name the variable.
func unnameable(name string) bool { return len(prompt.Places("{{"+name+"}}", name)) == 0 }

func named(p *prompt.Prompt, name string) bool {
	return slices.ContainsFunc(p.Messages, func(m prompt.Message) bool { return strings.Contains(m.Content, "{{"+name+"}}") })
}

// patterns looks for regular expressions that are none with the values of a row.
// Without rows every value is 0.
func (r *reader) patterns(s *Suite, sound bool) {
	rows := s.Rows
	if len(rows) == 0 {
		rows = []Row{{Vars: prompt.Vars{}}}
		for _, e := range s.Evaluators {
			for _, u := range e.uses {
				rows[0].Vars[u.name] = "0"
			}
		}
	}
	for _, e := range s.Evaluators {
		for _, p := range e.patterns {
			if sound || p.fixed != nil {
				r.pattern(e, p, rows)
			}
		}
	}
}

// pattern tells the first row with which p is no regular expression.
func (r *reader) pattern(e *Evaluator, p pattern, rows []Row) {
	for _, row := range rows {
		_, err := p.compile(row.Vars)
		switch {
		case err == nil:
			continue
		case p.fixed != nil || row.Number == 0:
			r.FailAt(p.at, "the pattern of the evaluator %q is no regular expression (https://github.com/google/re2/wiki/Syntax): %w", e.Name, err)
		default:
			r.FailAt(p.at, "the pattern of the evaluator %q is no regular expression with the values of row %d (line %d): %w", e.Name, row.Number, row.Place.Line, err)
		}
		return
	}
}

// idle looks for rows whose values leave nothing of an evaluator: an answer contains
// the empty text whatever it is.
func (r *reader) idle(s *Suite) {
	for _, e := range s.Evaluators {
		if e.idles(prompt.Vars{}) && len(e.uses) == 0 {
			r.FailAt(e.Place, "the evaluator %q has only white space to compare with, so it would %s", e.Name, e.everything())
			continue
		}
		for _, row := range s.Rows {
			if empty := e.empty(row); empty != "" && e.idles(row.Vars) && r.Mistakes() < manyMistakes {
				r.FailAt(row.Place, "row %d: %s empty, so the evaluator %q would %s", row.Number, empty, e.Name, e.everything())
			}
		}
	}
}

// empty are the variables of e of which the row has no more than white space, with a
// verb; "" if there are none.
func (e *Evaluator) empty(row Row) string {
	var names []string
	for _, u := range firsts(slices.Clone(e.uses)) {
		if strings.TrimSpace(row.Vars[u.name]) == "" {
			names = append(names, u.name)
		}
	}
	verb := map[bool]string{true: " is", false: " are"}[len(names) == 1]
	if names == nil {
		return ""
	}
	return strings.Join(names, " and ") + verb
}
