//go:build unix

package main

import (
	"context"
	"fmt"
	"time"
)

// The work of measureSmall.
const (
	smallTexts  = 50_000
	smallLength = 40
)

// measureSmall compares the speed of many small prompts, where nothing but the
// machine limits it, with that of the bare client.
func measureSmall(ctx context.Context, b *bench) error {
	n := smallTexts / b.part
	if err := b.write("prompts.jsonl", n, smallLength); err != nil {
		return err
	}
	e, err := b.emulate(ctx, "deployments:\n  - {name: open, model: gpt-4o-mini}\nrules:\n  - {match: ., response: "+shortAnswer+"}\n")
	if err != nil {
		return err
	}
	defer e.stop()
	fmt.Printf("\n%d prompts of %d characters, no quota; medians, and of the ratios the least and the greatest. The CPU time is that of a prompt, of both processes.\n\n", n, smallLength)
	fmt.Print("| answers | who | prompts/s | `keyless run` beside it | CPU time, client and emulator | `keyless run` beside it | peak memory |\n| --- | --- | --- | --- | --- | --- | --- |\n")
	for _, stream := range []bool{true, false} {
		if err := b.small(ctx, e, n, stream); err != nil {
			return err
		}
	}
	return nil
}

// A contest is one round of it: keyless first, and then its rivals.
type contest [3]ran

func (b *bench) small(ctx context.Context, e *emulated, n int, stream bool) error {
	reads := work{Deployment: "open", Texts: n, Length: smallLength, Stream: stream}
	workers, err := b.best(ctx, e, reads, 10, 8, 16, 32, 64)
	if err != nil {
		return err
	}
	reads.Workers = workers
	decodes := reads
	decodes.Decode = true
	config := fmt.Sprintf("tasks:\n  - {id: all, prompt: '{{text}}', jsonl: prompts.jsonl, deployment: open, stream: %t}\n", stream)
	var rounds []contest
	for round := range b.rounds {
		say("small: stream %t, %d workers, round %d", stream, workers, round+1)
		var c contest
		if c[0], err = b.only(ctx, e, config); err != nil {
			return err
		}
		for i, rival := range []work{reads, decodes} {
			d, err := b.bare(ctx, e, rival)
			if err != nil {
				return err
			}
			c[1+i] = d.ran
		}
		rounds = append(rounds, c)
	}
	answers := map[bool]string{true: "streamed", false: "whole"}[stream]
	for i, who := range []string{"`keyless run`", fmt.Sprintf("bare client, %d workers, reads", workers), "the same, decodes as well"} {
		row(answers, who, n, i, rounds)
	}
	return nil
}

// row prints what the rounds brought for one of them.
func row(answers, who string, n, i int, rounds []contest) {
	speed := median(each(rounds, func(c contest) float64 { return float64(n) / c[i].wall.Seconds() }))
	cpu := func(of func(ran) time.Duration) float64 {
		return micros(median(each(rounds, func(c contest) time.Duration { return of(c[i]) }))) / float64(n)
	}
	walls := spread(each(rounds, func(c contest) float64 { return c[i].wall.Seconds() / c[0].wall.Seconds() }))
	cpus := spread(each(rounds, func(c contest) float64 {
		return (c[i].cpu + c[i].served).Seconds() / (c[0].cpu + c[0].served).Seconds()
	}))
	if i == 0 {
		walls, cpus = "", ""
	}
	peak := median(each(rounds, func(c contest) int64 { return c[i].peak }))
	fmt.Printf("| %s | %s | %.0f | %s | %.0f + %.0f µs | %s | %.0f MiB |\n", answers, who, speed, walls,
		cpu(func(r ran) time.Duration { return r.cpu }), cpu(func(r ran) time.Duration { return r.served }), cpus, mib(peak))
}

// best is the number of workers with which the bare client is fastest, tried with
// one in so many of the texts.
func (b *bench) best(ctx context.Context, e *emulated, w work, oneIn int, choices ...int) (workers int, err error) {
	w.Texts /= oneIn
	least := 0.0
	for _, w.Workers = range choices {
		took := []float64{}
		for range b.rounds {
			d, err := b.bare(ctx, e, w)
			if err != nil {
				return 0, err
			}
			took = append(took, d.Seconds)
		}
		say("bare client, %d workers: %.0f texts/s", w.Workers, float64(w.Texts)/median(took))
		if workers == 0 || median(took) < least {
			workers, least = w.Workers, median(took)
		}
	}
	return workers, nil
}
