package bulk

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"

	"github.com/keyless-inference/action/inference"
	"github.com/keyless-inference/action/task"
	"github.com/keyless-inference/action/vector"
)

// What the service takes in one request.
// https://learn.microsoft.com/azure/ai-foundry/openai/how-to/embeddings
const (
	mostInputs = 2048
	mostTokens = 300_000
)

// A unit is a text, or a chunk of one, that needs its vector.
type unit struct {
	row    vector.Row // without the vector
	text   string
	tokens int64
}

// A pack is units that one request asks for.
type pack struct {
	units  []unit
	tokens int64
	bytes  int64
}

func (p *pack) add(u unit) {
	p.units = append(p.units, u)
	p.tokens += u.tokens
	p.bytes += int64(len(u.text))
}

// holds reports whether there is room for u.
func (p *pack) holds(u unit) bool {
	return len(p.units) == 0 || len(p.units) < mostInputs && p.tokens+u.tokens <= mostTokens
}

// An embedding is an embeddings task on its way.
type embedding struct {
	*job
	what  *task.Embeddings
	store *vector.Store // nil: no file is wanted
	cache *vector.Cache // nil: none
	roots []*os.Root    // to be closed

	mu      sync.Mutex
	queries []query // of a task that asks what is similar
}

// A query is a text whose neighbours are wanted.
type query struct {
	id     string
	chunk  int
	vector []float32
}

// embeddings brings the vectors of the task's texts into its file, and says what
// is nearest to them if that is asked for.
func (j *job) embeddings(ctx, work context.Context, under *sync.WaitGroup) {
	e := &embedding{job: j, what: j.task.Embeddings}
	err := e.open()
	if err == nil {
		err = e.embed(ctx, work, under)
	}
	under.Wait()
	if err := errors.Join(err, e.close()); err != nil {
		j.stopped(ctx, err)
		return
	}
	if e.what.Similar != nil && ctx.Err() == nil {
		e.similar()
	}
}

// open opens the task's file and cache.
func (e *embedding) open() error {
	if e.what.Output != "" {
		root, name, err := e.place(e.r.File, e.what.Output)
		if err == nil {
			e.store, err = vector.Open(root, name, e.r.Resume)
		}
		if err != nil {
			return fmt.Errorf("output: %w", err)
		}
	}
	if e.what.Cache != "" {
		root, name, err := e.place(e.r.Folder, e.what.Cache)
		if err == nil {
			e.cache, err = vector.OpenCache(root, name, e.task.Deployment, e.what.Dimensions)
		}
		if err != nil {
			return fmt.Errorf("cache: %w", err)
		}
	}
	return nil
}

// place is where a path lies, until the task ends.
func (e *embedding) place(find func(string) (*os.Root, string, error), path string) (*os.Root, string, error) {
	root, name, err := find(path)
	if err == nil {
		e.roots = append(e.roots, root)
	}
	return root, name, err
}

// close ends the file: complete if every text has its vector.
func (e *embedding) close() (err error) {
	defer func() {
		for _, root := range e.roots {
			root.Close()
		}
	}()
	if e.cache != nil {
		err = e.cache.Close()
	}
	if e.store == nil {
		return err
	}
	if s := e.stats(); e.first() == nil && s.Answered+s.Kept == s.Total {
		return errors.Join(err, e.store.Finish())
	}
	return errors.Join(err, e.store.Close())
}

// embed goes through the texts, packs those whose vector is not known yet, and
// sends each pack off.
func (e *embedding) embed(ctx, work context.Context, under *sync.WaitGroup) error {
	var p pack
	send := func() error {
		full := p
		p = pack{}
		return e.send(ctx, work, under, full)
	}
	for text, err := range e.task.Texts(e.r.Files) {
		if err != nil {
			return err
		}
		for _, u := range e.units(text) {
			known, err := e.find(u)
			if err != nil {
				return err
			}
			if known {
				continue
			}
			if !p.holds(u) {
				if err := send(); err != nil {
					return err
				}
			}
			p.add(u)
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	if len(p.units) > 0 {
		return send()
	}
	return nil
}

// units are the chunks of the text, or the text itself.
func (e *embedding) units(t task.Text) []unit {
	chunks := []vector.Chunk{{Text: t.Text, End: len(t.Text)}}
	if e.what.ChunkTokens > 0 {
		chunks = vector.Split(t.Text, int(e.what.ChunkTokens), int(e.what.ChunkOverlap))
		e.count(func(s *Stats) { s.Total += len(chunks) - 1 })
	}
	all := make([]unit, len(chunks))
	for i, c := range chunks {
		all[i] = unit{
			row:  vector.Row{ID: t.ID, Chunk: i, Start: c.Start, End: c.End, Key: vector.Key(c.Text), Metadata: t.Metadata},
			text: c.Text, tokens: int64(vector.Tokens(c.Text)),
		}
	}
	return all
}

// find reports whether the vector of u is in the file already, or in the cache,
// from where it gets into the file.
func (e *embedding) find(u unit) (bool, error) {
	if e.store != nil && e.what.Similar == nil && e.store.Has(u.row.ID, u.row.Chunk, u.row.Key) {
		e.count(func(s *Stats) { s.Kept++ })
		return true, nil
	}
	if e.cache == nil {
		return false, nil
	}
	v, ok := e.cache.Get(u.row.Key, nil)
	if !ok {
		return false, nil
	}
	e.count(func(s *Stats) { s.Kept, s.Cached = s.Kept+1, s.Cached+1 })
	return true, e.take(u, v)
}

// take puts a vector where it is wanted.
func (e *embedding) take(u unit, v []float32) error {
	if e.what.Similar != nil {
		e.mu.Lock()
		e.queries = append(e.queries, query{u.row.ID, u.row.Chunk, slices.Clone(v)})
		e.mu.Unlock()
	}
	if e.store == nil || e.store.Has(u.row.ID, u.row.Chunk, u.row.Key) {
		return nil
	}
	row := u.row
	row.Vector = v
	return e.store.Append(row)
}

// send asks for the vectors of a pack as soon as there is room.
func (e *embedding) send(ctx, work context.Context, under *sync.WaitGroup, p pack) error {
	lane := e.r.lane(e.task.Deployment)
	s, err := e.begin(work, lane, 3*p.bytes, p.tokens) // the texts, and the body that is made of them
	if err != nil {
		return err
	}
	under.Go(func() {
		spent := e.ask(s.ctx, lane, p, s.began)
		s.end(spent)
	})
	return nil
}

// ask asks for the vectors of a pack. What the service finds too long is asked for
// in parts.
func (e *embedding) ask(work context.Context, l *lane, p pack, began func()) Budget {
	inputs, byInput := p.inputs()
	arrived := make([]bool, len(inputs))
	got, err := e.r.Client.Embed(work, inference.EmbedRequest{
		Deployment: e.task.Deployment, Inputs: inputs, Dimensions: e.what.Dimensions, Tokens: p.tokens, Began: began,
	}, func(i int, v []float32) error {
		arrived[i] = true
		return e.arrived(byInput[i], v)
	})
	spent := Budget{got.Usage.Total, int64(got.Attempts)}
	if e.cache != nil && got.Model != "" {
		err = errors.Join(err, e.cache.Model(got.Model))
	}
	l.judge(got.Attempts, err)
	rest, done := p.split(inputs, arrived)
	if parts := e.parts(rest, err); err != nil && parts != nil {
		e.settled(p, got, done, nil)
		for _, part := range parts {
			more := e.ask(work, l, part, began)
			spent.Tokens += more.Tokens
			spent.Requests += more.Requests
		}
		return spent
	}
	if err != nil && work.Err() != nil && done == 0 {
		return spent // it was not answered, so it counts as not asked
	}
	e.settled(p, got, done, err)
	if err != nil && work.Err() == nil {
		e.lost(len(rest.units), rest.named(err))
	}
	return spent
}

// inputs are the different texts of the pack, and the units of each.
func (p pack) inputs() (inputs []string, of [][]unit) {
	at := map[string]int{}
	for _, u := range p.units {
		i, ok := at[u.row.Key]
		if !ok {
			i = len(inputs)
			at[u.row.Key] = i
			inputs, of = append(inputs, u.text), append(of, nil)
		}
		of[i] = append(of[i], u)
	}
	return inputs, of
}

// split tells the units whose vector has not arrived from those whose has.
func (p pack) split(inputs []string, arrived []bool) (rest pack, done int) {
	known := map[string]bool{}
	for i, text := range inputs {
		known[vector.Key(text)] = arrived[i]
	}
	for _, u := range p.units {
		if known[u.row.Key] {
			done++
		} else {
			rest.add(u)
		}
	}
	return rest, done
}

// arrived keeps the vector of a text for all units that have it.
func (e *embedding) arrived(units []unit, v []float32) error {
	for _, u := range units {
		if err := e.take(u, v); err != nil {
			e.r.halt(err)
			return err
		}
	}
	if e.cache != nil {
		if err := e.cache.Put(units[0].row.Key, v); err != nil {
			e.r.halt(err)
			return err
		}
	}
	return nil
}

// parts is what to ask for in the place of a pack that the service found too long:
// its halves; of a single text its chunks, if chunks are wanted, else nothing.
func (e *embedding) parts(p pack, err error) []pack {
	var tooLong *inference.TooLongError
	var tooMany *inference.TooManyTokensError
	switch {
	case !errors.As(err, &tooLong) && !errors.As(err, &tooMany), len(p.units) == 0:
		return nil
	case len(p.units) > 1 && tooLong != nil && tooLong.Index >= 0:
		return without(p, tooLong.Index)
	case len(p.units) > 1:
		return halves(p)
	case e.what.ChunkTokens == 0:
		return nil
	}
	return e.smaller(p.units[0])
}

// without parts the units of one input from the others.
func without(p pack, input int) []pack {
	inputs, _ := p.inputs()
	if input >= len(inputs) {
		return halves(p)
	}
	var rest, alone pack
	for _, u := range p.units {
		if u.text == inputs[input] {
			alone.add(u)
		} else {
			rest.add(u)
		}
	}
	if len(rest.units) == 0 {
		return halves(p)
	}
	return []pack{rest, alone}
}

func halves(p pack) []pack {
	var a, b pack
	for i, u := range p.units {
		if i < len(p.units)/2 {
			a.add(u)
		} else {
			b.add(u)
		}
	}
	return []pack{a, b}
}

// smaller is a unit in two or more, which keep its number and have places of their
// own.
func (e *embedding) smaller(u unit) []pack {
	chunks := vector.Split(u.text, int(u.tokens/2), 0)
	if len(chunks) < 2 {
		return nil
	}
	e.count(func(s *Stats) { s.Total += len(chunks) - 1 })
	var all []pack
	for _, c := range chunks {
		part := u
		part.row.Start, part.row.End = u.row.Start+c.Start, u.row.Start+c.End
		part.row.Key, part.text, part.tokens = vector.Key(c.Text), c.Text, int64(vector.Tokens(c.Text))
		all = append(all, pack{units: []unit{part}, tokens: part.tokens})
	}
	return all
}

// name is how the request for a pack is called: by its first text.
func (p pack) name() string {
	first := p.units[0].row
	if first.Chunk == 0 {
		return first.ID
	}
	return fmt.Sprintf("%s:%d", first.ID, first.Chunk)
}

// named is err with the text that it is about, if it is about one.
func (p pack) named(err error) error {
	if len(p.units) != 1 {
		return err
	}
	return fmt.Errorf("the text %s: %w", p.units[0].row.ID, err)
}

// settled records a request and counts the texts that it brought the vectors of. One
// that brought none and is made again in parts has no line.
func (e *embedding) settled(p pack, got inference.Embedded, done int, err error) {
	line := Line{
		ID: e.task.ID + "#" + p.name(), Task: e.task.ID, Texts: done,
		Deployment: e.task.Deployment, Model: got.Model, RequestID: got.RequestID,
		Usage: usage(got.Usage), Attempts: got.Attempts, Seconds: seconds(got.Total),
	}
	if err != nil {
		line.Error = err.Error()
	}
	if done > 0 || err != nil {
		e.r.keep(line)
	}
	e.r.did(done, got.Usage.Total)
	e.count(func(s *Stats) {
		s.Answered += done
		s.Requests += int64(got.Attempts)
		s.Usage.Add(got.Usage)
	})
}

// lost counts texts whose vector did not come.
func (e *embedding) lost(n int, err error) {
	e.count(func(s *Stats) {
		s.Failed += n
		if e.failure == nil {
			e.failure = err
		}
	})
}

// similar says what is nearest to each of the task's texts.
func (e *embedding) similar() {
	if e.first() != nil {
		return
	}
	if err := e.nearest(); err != nil {
		e.fail(fmt.Errorf("similar: %w", err))
	}
}

func (e *embedding) nearest() error {
	root, name, err := e.r.File(e.what.Similar.To)
	if err != nil {
		return err
	}
	defer root.Close()
	slices.SortFunc(e.queries, func(a, b query) int { return cmp.Or(cmp.Compare(a.id, b.id), a.chunk-b.chunk) })
	vectors := make([][]float32, len(e.queries))
	for i, q := range e.queries {
		vectors[i] = q.vector
	}
	hits, err := vector.Nearest(root, name, vectors, int(cmp.Or(e.what.Similar.Top, nearestTop)))
	if err != nil {
		return err
	}
	all := map[string][]neighbour{}
	for i, q := range e.queries {
		near := make([]neighbour, len(hits[i]))
		for k, hit := range hits[i] {
			near[k] = neighbour{hit.ID, hit.Score, hit.Chunk, hit.Start, hit.End, hit.Metadata}
		}
		raw, err := json.Marshal(near)
		if err != nil {
			return err
		}
		all[q.id] = near
		e.r.keep(Line{ID: e.task.ID + "/" + q.id, Task: e.task.ID, Similar: raw})
	}
	raw, err := json.Marshal(all)
	e.counter.mu.Lock()
	defer e.counter.mu.Unlock()
	e.remember(e.task.ID, string(raw))
	return err
}

// nearestTop is how many neighbours are looked for unless the task says it.
const nearestTop = 5

// A neighbour is a text that is near to another one.
type neighbour struct {
	ID       string          `json:"id"`
	Score    float64         `json:"score"` // the cosine: 1 is the same direction
	Chunk    int             `json:"chunk"`
	Start    int             `json:"start"`
	End      int             `json:"end"`
	Metadata json.RawMessage `json:"metadata,omitempty"`
}
