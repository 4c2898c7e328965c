//go:build unix

package main

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// measureGrowth compares the time that a task takes in files of ten and of a
// hundred times as many. The time of a run of one task is taken off: it is the
// start of the process, the sign-in, and the first request.
func measureGrowth(ctx context.Context, b *bench) error {
	e, err := b.emulate(ctx, "deployments:\n  - {name: open, model: gpt-4o-mini}\nrules:\n  - {match: ., response: "+shortAnswer+"}\n")
	if err != nil {
		return err
	}
	defer e.stop()
	fmt.Print("\nMedians, without what a run of one task takes.\n\n")
	fmt.Print("| what | number | wall time of one | beside a tenth of the number | CPU time of one | beside a tenth of the number | peak memory |\n| --- | --- | --- | --- | --- | --- | --- |\n")
	if err := b.growth(ctx, e, "tasks of a file", 40, manyTasks); err != nil {
		return err
	}
	return b.growth(ctx, e, "lines of one task", 500, manyLines)
}

// growth prints the rows of once, ten and a hundred times as many as first.
func (b *bench) growth(ctx context.Context, e *emulated, name string, first int, config func(*bench, int) (string, error)) error {
	one, err := b.grown(ctx, e, 1, config)
	if err != nil {
		return err
	}
	var wall, cpu time.Duration
	for _, n := range []int{first / b.part, 10 * first / b.part, 100 * first / b.part} {
		r, err := b.grown(ctx, e, n, config)
		if err != nil {
			return err
		}
		r.wall, r.cpu = (r.wall-one.wall)/time.Duration(n-1), (r.cpu-one.cpu)/time.Duration(n-1)
		fmt.Printf("| %s | %d | %.0f µs | %s | %.0f µs | %s | %.0f MiB |\n", name, n, micros(r.wall), beside(r.wall, wall), micros(r.cpu), beside(r.cpu, cpu), mib(r.peak))
		wall, cpu = r.wall, r.cpu
	}
	return nil
}

// beside is how many times as long d is, if it is known.
func beside(d, before time.Duration) string {
	if before == 0 {
		return ""
	}
	return fmt.Sprintf("%.2f times", d.Seconds()/before.Seconds())
}

func micros(d time.Duration) float64 { return d.Seconds() * 1e6 }

// grown is the median of some runs with n of what config makes.
func (b *bench) grown(ctx context.Context, e *emulated, n int, config func(*bench, int) (string, error)) (r ran, err error) {
	text, err := config(b, n)
	if err != nil {
		return r, err
	}
	var all []ran
	for range max(b.rounds, min(25, 4000/n)) {
		one, err := b.only(ctx, e, text)
		if err != nil {
			return r, err
		}
		all = append(all, one)
	}
	say("growth: %d in %.3f s", n, median(each(all, func(r ran) time.Duration { return r.wall })).Seconds())
	r.wall = median(each(all, func(r ran) time.Duration { return r.wall }))
	r.cpu = median(each(all, func(r ran) time.Duration { return r.cpu }))
	r.peak = median(each(all, func(r ran) int64 { return r.peak }))
	return r, nil
}

// manyTasks is a file of n tasks.
func manyTasks(_ *bench, n int) (string, error) {
	var s strings.Builder
	s.WriteString("defaults: {deployment: open}\ntasks:\n")
	for i := range n {
		fmt.Fprintf(&s, "  - id: task-%d\n    prompt: %s\n    outputs: none\n", i, text(i, smallLength))
	}
	return s.String(), nil
}

// manyLines is a file of one task with n lines.
func manyLines(b *bench, n int) (string, error) {
	return "tasks:\n  - {id: all, prompt: '{{text}}', jsonl: prompts.jsonl, deployment: open}\n", b.write("prompts.jsonl", n, smallLength)
}
