package bulk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"

	"github.com/keyless-inference/action/inference"
	"github.com/keyless-inference/action/task"
	"github.com/keyless-inference/action/vector"
	"github.com/keyless-inference/action/wire"
)

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

// embeddings brings the vectors of the task's texts into its file, and says what
// is nearest to them if that is asked for.
func (j *job) embeddings(ctx, work context.Context, under *sync.WaitGroup) {
	e := &embedding{job: j, what: j.task.Embeddings}
	err := e.open()
	if err == nil {
		err = e.embed(ctx, work, under)
	}
	under.Wait()
	if err != nil {
		j.stopped(ctx, err)
	}
	if wrong := e.close(); wrong != nil {
		j.fail(wrong)
	}
	if err == nil && e.what.Similar != nil && ctx.Err() == nil {
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
	lane := e.r.lane(e.task.Deployment)
	send := func() error {
		full := p
		p = pack{}
		return e.send(ctx, work, under, lane, full)
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
			if !p.holds(u, lane.room()) {
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
		all[i] = e.unit(vector.Row{ID: t.ID, Chunk: i, Metadata: t.Metadata}, c)
	}
	return all
}

// unit is a chunk that gets a row like this one. The key of the row is of all that the
// vector depends on: a file that is gone on with has none of another deployment's. The
// cache has files of its own for each deployment, so that there the text is enough.
func (e *embedding) unit(row vector.Row, c vector.Chunk) unit {
	key := vector.Key(c.Text)
	row.Start, row.End = row.Start+c.Start, row.Start+c.End
	row.Key = vector.Key(fmt.Sprintf("%s\x00%d\x00%s", e.task.Deployment, e.what.Dimensions, key))
	return unit{row: row, text: c.Text, key: key, tokens: int64(vector.Tokens(c.Text))}
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
	v, ok := e.cache.Get(u.key, nil)
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
func (e *embedding) send(ctx, work context.Context, under *sync.WaitGroup, lane *lane, p pack) error {
	s, err := e.begin(work, lane, 3*p.bytes, p.tokens) // the texts, and the body that is made of them
	if err != nil {
		return err
	}
	under.Go(func() {
		defer s.giveBack()
		e.ask(s, p)
	})
	return nil
}

// ask asks for the vectors of a pack, whose tokens are reserved. What the service finds
// too long is asked for in parts, each of which the budget must have room for.
func (e *embedding) ask(s *share, p pack) {
	work, l := s.ctx, s.lane
	inputs, byInput := p.inputs()
	arrived := make([]bool, len(inputs))
	got, err := e.r.Client.Embed(work, inference.EmbedRequest{
		Deployment: e.task.Deployment, Inputs: inputs, Dimensions: e.what.Dimensions, Tokens: p.tokens, Began: s.began,
	}, func(i int, v []float32) error {
		arrived[i] = true
		return e.arrived(byInput[i], v)
	})
	e.r.ledger.settle(p.tokens, Budget{got.Usage.Total, int64(got.Attempts)})
	if e.cache != nil && got.Model != "" {
		if wrong := e.cache.Model(got.Model); wrong != nil {
			e.r.halt(wrong)
			err = errors.Join(err, wrong)
		}
	}
	rest, done := p.split(inputs, arrived)
	if parts := e.parts(l, rest, err); err != nil && parts != nil {
		e.settled(p, got, done, nil)
		e.again(s, parts)
		return
	}
	l.judge(got.Attempts, s.since, err)
	if err != nil && work.Err() != nil && done == 0 {
		return // it was not answered, so it counts as not asked
	}
	e.settled(p, got, done, err)
	if err != nil && work.Err() == nil {
		e.lost(len(rest.units), rest.named(err))
	}
}

// again asks for parts, as far as their vectors are not known.
func (e *embedding) again(s *share, parts []pack) {
	for _, part := range parts {
		err := s.lane.ctx.Err()
		if err == nil {
			err = e.r.ledger.reserve(s.lane.ctx, part.tokens)
		}
		if err != nil {
			e.stopped(e.r.ctx, cmp.Or(context.Cause(s.lane.ctx), err))
			return
		}
		e.ask(s, part)
	}
}

// arrived keeps the vector of a text for all units that have it. Where the file takes
// no more, the cache may.
func (e *embedding) arrived(units []unit, v []float32) error {
	var err error
	if e.cache != nil {
		err = e.cache.Put(units[0].key, v)
	}
	for _, u := range units {
		err = errors.Join(err, e.take(u, v))
	}
	if err != nil {
		e.r.halt(err)
	}
	return err
}

// parts is what to ask for in the place of a pack that the service found too long, or
// that is more than the deployment gives a minute: its halves; of a single text its
// chunks, if chunks are wanted, else nothing.
func (e *embedding) parts(l *lane, p pack, err error) []pack {
	var tooLong *inference.TooLongError
	var tooMany *inference.TooManyTokensError
	minute := l.minute()
	large := errors.As(err, new(*wire.WaitError)) && len(p.units) > 1 && minute > 0 && p.tokens > minute/packsAMinute
	switch {
	case !large && !errors.As(err, &tooLong) && !errors.As(err, &tooMany), len(p.units) == 0:
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

// smaller is a unit in two or more, which keep its number and have places of their
// own, without those whose vector is known.
func (e *embedding) smaller(u unit) []pack {
	chunks := vector.Split(u.text, int(u.tokens/2), 0)
	if len(chunks) < 2 {
		return nil
	}
	e.count(func(s *Stats) { s.Total += len(chunks) - 1 })
	all := []pack{}
	for _, c := range chunks {
		part := e.unit(u.row, c)
		known, err := e.find(part)
		if err != nil {
			e.fail(err)
		}
		if !known {
			all = append(all, pack{units: []unit{part}, tokens: part.tokens})
		}
	}
	return all
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
