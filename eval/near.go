package eval

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/keyless-inference/action/inference"
)

// Near compares the embedding of the answer with that of another text.
type Near struct {
	Deployment string  // "": the caller's
	Threshold  float64 // the least cosine that passes, 0 to 1

	to template
}

// A near is a Near as people write it.
type near struct {
	To         string   `yaml:"to" required:"true"`
	Threshold  *float64 `yaml:"threshold" required:"true" min:"0" max:"1"`
	Deployment string   `yaml:"deployment"`
}

func (m *maker) near() {
	n := m.w.Near
	m.e.Near = &Near{n.Deployment, *n.Threshold, m.template(&n.To, n.To)}
}

// Texts are the two texts whose embeddings [Evaluator.Compared] wants the cosine of:
// what the answer should be like, and the answer. Services refuse empty ones.
func (e *Evaluator) Texts(row Row, answer string) (to, is string) {
	to, _ = e.Near.to.fill(row.Vars) // Parse has found what a row lacks
	return to, strings.TrimSpace(answer)
}

// Compared says whether the cosine of the two embeddings is enough.
func (e *Evaluator) Compared(cosine float64) Evaluation {
	if math.IsNaN(cosine) {
		return e.failed(errors.New("the two embeddings have no cosine: one of them is zero, or they have different lengths"))
	}
	o := outcome{found: fmt.Sprintf("the cosine is %.4f", cosine)}
	o.add(cosine >= e.Near.Threshold, fmt.Sprintf("be as near as %v", e.Near.Threshold))
	out := e.evaluation(cosine, len(o.unmet) == 0)
	out.Details = o.says(e.Not)
	return out
}

// What one request for embeddings holds at the most: less than what the service
// takes, whatever the texts' language.
const (
	mostTexts      = 512
	mostCharacters = 200_000
)

// A meaning is the vector of a text, or why there is none.
type meaning struct {
	vector []float32
	err    error
}

// A likeness is a comparison of an answer with another text.
type likeness struct {
	cell *cell
	i    int
	a, b string
}

// compare asks for the vectors of answers and of what they are compared with, each
// text once, and evaluates them.
func (r *Run) compare(ctx context.Context) {
	pairs, texts := r.pairs()
	for _, deployment := range slices.Sorted(maps.Keys(pairs)) {
		known := r.embed(ctx, deployment, once(texts[deployment]))
		for _, p := range pairs[deployment] {
			e := p.cell.column.suite.Evaluators[p.i]
			a, b := known[p.a], known[p.b]
			if err := cmp.Or(a.err, b.err); err != nil {
				p.cell.says[p.i] = e.failed(fmt.Errorf("the embeddings could not be compared: %w", err))
			} else {
				p.cell.says[p.i] = e.Compared(cosine(a.vector, b.vector))
			}
		}
	}
}

// pairs are what is compared, and its texts, by deployment.
func (r *Run) pairs() (pairs map[string][]likeness, texts map[string][]string) {
	pairs, texts = map[string][]likeness{}, map[string][]string{}
	for _, column := range r.columns {
		for _, c := range column.cells {
			if c.line == nil || c.line.Error != "" {
				continue
			}
			for i, e := range column.suite.Evaluators {
				if e.Near == nil {
					continue
				}
				deployment := cmp.Or(e.Near.Deployment, r.Embedding)
				p := likeness{cell: c, i: i}
				p.a, p.b = e.Texts(*c.row, c.text())
				pairs[deployment] = append(pairs[deployment], p)
				texts[deployment] = append(texts[deployment], p.a, p.b)
			}
		}
	}
	return pairs, texts
}

// embed asks for the vectors of texts. After a request that failed no other is made.
func (r *Run) embed(ctx context.Context, deployment string, texts []string) map[string]meaning {
	known := map[string]meaning{"": {err: errors.New("an empty text has none")}}
	texts = slices.DeleteFunc(texts, func(text string) bool { return text == "" })
	var failed error
	for len(texts) > 0 {
		some := texts[:some(texts)]
		texts = texts[len(some):]
		if failed == nil {
			failed = r.vectors(ctx, deployment, some, known)
		}
		for _, text := range some {
			if known[text].vector == nil && known[text].err == nil {
				known[text] = meaning{err: failed}
			}
		}
	}
	return known
}

// some is how many of texts go into one request.
func some(texts []string) int {
	size := 0
	for i, text := range texts {
		if size += len(text); i == mostTexts || i > 0 && size > mostCharacters {
			return i
		}
	}
	return len(texts)
}

// vectors makes the request for some texts, anew without one that is too long.
func (r *Run) vectors(ctx context.Context, deployment string, texts []string, known map[string]meaning) error {
	for len(texts) > 0 {
		got, err := r.engine.Client.Embed(ctx, inference.EmbedRequest{Deployment: deployment, Inputs: texts}, func(i int, vector []float32) error {
			known[texts[i]] = meaning{vector: slices.Clone(vector)}
			return nil
		})
		r.judged.Add(got.Usage)
		var long *inference.TooLongError
		if err == nil || !errors.As(err, &long) || long.Index < 0 {
			return err
		}
		known[texts[long.Index]] = meaning{err: err}
		texts = slices.Delete(slices.Clone(texts), long.Index, long.Index+1)
	}
	return nil
}

// cosine is that of the angle between two vectors, from -1 to 1; no number where one of
// them has no direction or they have different lengths.
func cosine(a, b []float32) float64 {
	if len(a) != len(b) {
		return math.NaN()
	}
	var dot, aa, bb float64
	for i := range a {
		x, y := float64(a[i]), float64(b[i])
		dot, aa, bb = dot+x*y, aa+x*x, bb+y*y
	}
	if aa == 0 || bb == 0 {
		return math.NaN()
	}
	return dot / math.Sqrt(aa*bb)
}
