//go:build unix

package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// The work of measureVectors: a text has 200 tokens as the emulator counts them,
// and a vector 1,536 numbers.
const (
	vectorTexts  = 200_000
	vectorLength = 800
)

const vectorResource = "deployments:\n  - {name: open, model: text-embedding-3-small, kind: embeddings}\n"

func vectorConfig(format string) string {
	return "tasks:\n  - id: all\n    deployment: open\n    embeddings: {jsonl: texts.jsonl, output: vectors." + format + "}\n"
}

// measureVectors compares the speed of many embeddings with that of the bare
// client, which decodes the same bodies and writes nothing, and looks at the peak
// memory of a tenth of them and of all.
func measureVectors(ctx context.Context, b *bench) error {
	n := vectorTexts / b.part
	e, err := b.emulate(ctx, vectorResource)
	if err != nil {
		return err
	}
	defer e.stop()
	few, batch, err := b.few(ctx, e, n/10)
	if err != nil {
		return err
	}
	if err := b.write("texts.jsonl", n, vectorLength); err != nil {
		return err
	}
	bare := work{Deployment: "open", Texts: n, Length: vectorLength, Batch: batch, Decode: true}
	if bare.Workers, err = b.best(ctx, e, bare, 10, 1, 2, 4, 8, 16); err != nil {
		return err
	}
	rounds, err := b.vectors(ctx, e, bare)
	if err != nil {
		return err
	}
	fmt.Printf("\n%d texts of %d characters, %d in a request; medians, and of the ratios the least and the greatest. The CPU time is that of a text, of both processes.\n\n", n, vectorLength, batch)
	fmt.Printf("| who | texts/s | beside the bare client | CPU time, client and emulator | beside the bare client | size | peak memory, %d | peak memory, %d |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n", n/10, n)
	bares := each(rounds, func(v vectorRound) ran { return v.bare })
	vectorRow(fmt.Sprintf("bare client, %d workers", bare.Workers), n, bares, bares, "", "", "")
	for _, format := range formats() {
		runs := each(rounds, func(v vectorRound) ran { return v.keyless[format].ran })
		all := rounds[0].keyless[format]
		vectorRow("`keyless run`, ."+format, n, runs, bares, fmt.Sprintf("%.0f MiB", mib(all.size)), fmt.Sprintf("%.0f MiB", mib(few[format].peak)),
			fmt.Sprintf("%.0f MiB", mib(median(each(runs, func(r ran) int64 { return r.peak })))))
	}
	return nil
}

// vectorRow prints what the rounds brought for one of them.
func vectorRow(who string, n int, runs, bares []ran, size, few, many string) {
	walls, cpus := make([]float64, len(runs)), make([]float64, len(runs))
	for i, r := range runs {
		walls[i] = bares[i].wall.Seconds() / r.wall.Seconds()
		cpus[i] = (bares[i].cpu + bares[i].served).Seconds() / (r.cpu + r.served).Seconds()
	}
	cpu := func(of func(ran) time.Duration) float64 { return micros(median(each(runs, of))) / float64(n) }
	fmt.Printf("| %s | %.0f | %s | %.0f + %.0f µs | %s | %s | %s | %s |\n", who,
		float64(n)/median(each(runs, func(r ran) float64 { return r.wall.Seconds() })), spread(walls),
		cpu(func(r ran) time.Duration { return r.cpu }), cpu(func(r ran) time.Duration { return r.served }), spread(cpus), size, few, many)
}

func formats() []string { return []string{"npy", "parquet", "jsonl"} }

// A vectorRun is a run, and the size of the embeddings file that it wrote.
type vectorRun struct {
	ran
	size int64
}

type vectorRound struct {
	bare    ran
	keyless map[string]vectorRun
}

// few embeds n texts once for each format, and tells how many a request had.
func (b *bench) few(ctx context.Context, e *emulated, n int) (runs map[string]vectorRun, batch int, err error) {
	if err := b.write("texts.jsonl", n, vectorLength); err != nil {
		return nil, 0, err
	}
	runs = map[string]vectorRun{}
	for _, format := range formats() {
		if runs[format], err = b.embed(ctx, e, format); err != nil {
			return nil, 0, err
		}
	}
	t, err := e.tally()
	if err != nil || t.Requests == 0 {
		return nil, 0, fmt.Errorf("counting the requests: %d, %w", t.Requests, err)
	}
	return runs, (t.Vectors + t.Requests - 1) / t.Requests, nil
}

// vectors holds the contests.
func (b *bench) vectors(ctx context.Context, e *emulated, bare work) (rounds []vectorRound, err error) {
	for i := range b.rounds {
		say("vectors: round %d, %d workers, %d texts a request", i+1, bare.Workers, bare.Batch)
		round := vectorRound{keyless: map[string]vectorRun{}}
		d, err := b.bare(ctx, e, bare)
		if err != nil {
			return nil, err
		}
		round.bare = d.ran
		for _, format := range formats() {
			if round.keyless[format], err = b.embed(ctx, e, format); err != nil {
				return nil, err
			}
		}
		rounds = append(rounds, round)
	}
	return rounds, nil
}

// embed embeds all texts once, and removes what was written.
func (b *bench) embed(ctx context.Context, e *emulated, format string) (v vectorRun, err error) {
	w, err := b.tasks(ctx, e, vectorConfig(format))
	defer os.RemoveAll(w.dir)
	if err != nil {
		return v, err
	}
	v.ran = w.ran
	say("vectors: .%s in %.1f s, %.0f MiB at the most", format, v.wall.Seconds(), mib(v.peak))
	v.size, err = written(w.dir, "vectors.")
	return v, err
}

// written is how many bytes the files have below dir whose names begin so.
func written(dir, prefix string) (size int64, err error) {
	err = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasPrefix(d.Name(), prefix) {
			return err
		}
		info, err := d.Info()
		if err == nil {
			size += info.Size()
		}
		return err
	})
	return size, err
}
