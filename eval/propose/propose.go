package propose

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/keyless-inference/action/inference"
	"github.com/keyless-inference/action/wire"
)

const (
	// MostRules and MostTests are the most that [Options] may ask for.
	MostRules = 50
	MostTests = 10

	rowsPerRequest = 16     // about; an answer should not be so long that it is cut off
	maxValue       = 20_000 // characters of a value
	mostFailures   = 2      // requests; after that the rest would fail as well
)

// Options say how much is asked for.
type Options struct {
	Deployment string // that is asked; also the judge's, where the prompt file names no model
	Rules      int    // the most rules, 1 to [MostRules]; 0 means 8
	Tests      int    // rows for each rule, and as many for its opposite, 1 to [MostTests]; 0 means 2
	Guidance   string // what to look at in particular, in words; "" for nothing
}

// A Proposal is what came of the questions.
type Proposal struct {
	Deployment string // that was asked
	Inputs     []Input
	Rules      []Rule
	Rows       []Row
	Dropped    Dropped
	Usage      inference.Usage // of all requests, also of those that failed
}

// A Row is a proposed row of test data.
type Row struct {
	Rule    int               `json:"rule"`    // the number of the rule, from 1
	Inverse bool              `json:"inverse"` // it tempts to the opposite of the rule
	Why     string            `json:"why"`     // what makes it a test
	Values  map[string]string `json:"values"`  // by key
}

// Dropped counts what the model proposed and nobody gets.
type Dropped struct {
	Ungrounded int // rules whose quotation the prompt does not have
	Repeated   int // rows that the file or the proposal has already
	Unusable   int // rows of no rule that was asked for, without one of the keys, or too long
	Surplus    int // rules and rows beyond the number that was asked for
}

// Propose asks for rules, and for rows for them. ask puts one question, as
// [inference.Client.Ask] does. Beside an error the Proposal has what came until then:
// a request for rows that fails does not end the others unless ctx is done.
func (p *Plan) Propose(ctx context.Context, ask func(context.Context, inference.Request) (inference.Answer, error), o Options) (Proposal, error) {
	o.Rules = min(max(cmp.Or(o.Rules, 8), 1), MostRules)
	o.Tests = min(max(cmp.Or(o.Tests, 2), 1), MostTests)
	q := &questions{Proposal: Proposal{Deployment: o.Deployment}, plan: p, options: o, ask: ask, seen: map[string]bool{}, given: map[turn]int{}}
	if err := q.rules(ctx); err != nil {
		return q.Proposal, err
	}
	var failed []error
	for first := 0; first < len(q.Rules) && len(failed) < mostFailures && (len(failed) == 0 || ctx.Err() == nil); {
		n := min(max(rowsPerRequest/(2*o.Tests), 1), len(q.Rules)-first)
		if err := q.rows(ctx, first, n); err != nil {
			failed = append(failed, err)
		}
		first += n
	}
	if len(q.Rows) == 0 && len(failed) == 0 {
		failed = append(failed, &wire.Problem{
			What: "proposing rows: the model proposed none that is of use", Why: q.Dropped.String(),
			Fix: "ask for what the rows lack by `guidance`, or name a larger model by `deployment`",
		})
	}
	slices.SortStableFunc(q.Rows, func(a, b Row) int { return cmp.Compare(a.Rule, b.Rule) })
	return q.Proposal, errors.Join(failed...)
}

// questions are those of one proposal.
type questions struct {
	Proposal
	plan    *Plan
	options Options
	ask     func(context.Context, inference.Request) (inference.Answer, error)
	seen    map[string]bool // the rows, see signature
	given   map[turn]int    // how many rows there are
}

// A turn is a rule or its opposite.
type turn struct {
	rule    int
	inverse bool
}

// put asks for an answer that is decoded into what into points to.
func (q *questions) put(ctx context.Context, request inference.Request, into any) error {
	answer, err := q.ask(ctx, request)
	q.Usage.Add(answer.Usage)
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(answer.Text), into)
}

// rules asks for the specification.
func (q *questions) rules(ctx context.Context) error {
	request, err := q.plan.reading(q.options)
	var spec specification
	if err == nil {
		err = q.put(ctx, request, &spec)
	}
	if err != nil {
		return fmt.Errorf("reading the rules of the prompt: %w", err)
	}
	for _, in := range spec.Inputs {
		if slices.Contains(q.plan.variables, in.Variable) {
			q.Inputs = append(q.Inputs, in)
		}
	}
	prompt := letters(q.plan.subject)
	for _, rule := range spec.Rules {
		switch {
		case !grounded(rule.Quote, prompt) || strings.TrimSpace(rule.Text) == "":
			q.Dropped.Ungrounded++
		case len(q.Rules) == q.options.Rules:
			q.Dropped.Surplus++
		default:
			q.Rules = append(q.Rules, rule)
		}
	}
	if len(q.Rules) == 0 {
		return &wire.Problem{
			What: "reading the rules of the prompt: the model found none that the words of the prompt bear out", Why: q.Dropped.String(),
			Fix: "say in the prompt what a right answer is like, or name a larger model by `deployment`",
		}
	}
	return nil
}

// grounded reports whether the prompt, of which only letters and digits are left,
// has the words of the quotation. Models leave words out of one, with dots in their
// place.
func grounded(quote, prompt string) bool {
	found := false
	for part := range strings.SplitSeq(strings.ReplaceAll(quote, "…", "..."), "...") {
		part = letters(part)
		if !strings.Contains(prompt, part) {
			return false
		}
		found = found || part != ""
	}
	return found
}

// letters are the letters and digits of text, small.
func letters(text string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			return unicode.ToLower(c)
		}
		return -1
	}, text)
}

// rows asks for the rows of n rules, of which first is the number of the first one,
// from 0.
func (q *questions) rows(ctx context.Context, first, n int) error {
	spec := specification{q.Inputs, q.Rules}
	request, err := q.plan.asking(q.options, spec, first+1, q.Rules[first:first+n])
	var answer struct{ Rows []Row }
	if err == nil {
		err = q.put(ctx, request, &answer)
	}
	if err != nil {
		return fmt.Errorf("proposing rows for %s from number %d on: %w", count(n, "rule"), first+1, err)
	}
	for _, row := range answer.Rows {
		if row.Rule <= first || row.Rule > first+n {
			q.Dropped.Unusable++
			continue
		}
		q.add(row)
	}
	return nil
}

// add keeps the row if it is of use.
func (q *questions) add(row Row) {
	signature, at := q.plan.signature(row.Values), turn{row.Rule, row.Inverse}
	switch {
	case !q.plan.usable(row):
		q.Dropped.Unusable++
	case q.plan.known[signature] || q.seen[signature]:
		q.Dropped.Repeated++
	case q.given[at] == q.options.Tests:
		q.Dropped.Surplus++
	default:
		q.seen[signature] = true
		q.given[at]++
		q.Rows = append(q.Rows, row)
	}
}

// usable reports whether the row has all keys, with values that a file can hold.
func (p *Plan) usable(row Row) bool {
	for _, key := range p.keys {
		value, ok := row.Values[key]
		if !ok || !utf8.ValidString(value) || utf8.RuneCountInString(value) > maxValue {
			return false
		}
	}
	return true
}

// String tells what was dropped; "nothing was dropped" if nothing was.
func (d Dropped) String() string {
	var all []string
	for _, part := range []struct {
		n          int
		noun, what string
	}{
		{d.Ungrounded, "rule", "whose quotation is not in the prompt"},
		{d.Repeated, "row", "that there is already"},
		{d.Unusable, "row", "without a rule or a key, or too long"},
		{d.Surplus, "item", "more than asked for"},
	} {
		if part.n > 0 {
			all = append(all, count(part.n, part.noun)+" "+part.what)
		}
	}
	if all == nil {
		return "nothing was dropped"
	}
	return "dropped: " + strings.Join(all, ", ")
}
