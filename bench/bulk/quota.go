//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
)

// The work of measureQuota, and the seconds that its quotas allow it in.
const (
	quotaTexts = 1000
	quotaCap   = 60
	quotaIdeal = 45
)

// A model answers in about a third of a second, in pieces.
const (
	shortAnswer = "The shortest answer is often the best one."
	pieceDelay  = "25ms"
)

// measureQuota compares runs under a quota with the ideal: buckets that are full
// at first, and that are never left to run over, and empty at the end.
func measureQuota(ctx context.Context, b *bench) error {
	n := quotaTexts / b.part
	cost, err := b.cost(ctx, n)
	if err != nil {
		return err
	}
	full := 1 + quotaIdeal/60.0/float64(b.part) // what is needed, of what a full bucket holds
	tokens, requests := int(math.Ceil(float64(cost)/full)), int(math.Ceil(float64(n)/full))
	for _, q := range []struct {
		name, limits string
		ideal        float64 // seconds
	}{
		{fmt.Sprintf("%d tokens a minute", tokens), fmt.Sprintf("tpm: %d", tokens), 60 * float64(int(cost)-tokens) / float64(tokens)},
		{fmt.Sprintf("%d requests a minute", requests), fmt.Sprintf("rpm: %d", requests), 60 * float64(n-requests) / float64(requests)},
		{fmt.Sprintf("%d tokens a minute, and no headers that say so", tokens), fmt.Sprintf("tpm: %d, headers: none", tokens), 60 * float64(int(cost)-tokens) / float64(tokens)},
	} {
		say("quota: %s", q.limits)
		fmt.Printf("\n%d prompts of %d tokens in all, %s: at best %.1f s.\n\n", n, cost, q.name, q.ideal)
		fmt.Printf("| who | time | of the best | answered 429 |\n| --- | --- | --- | --- |\n")
		if err := b.quota(ctx, n, q.limits, q.ideal); err != nil {
			return err
		}
	}
	return nil
}

// quotaResource is a deployment without limits and one with.
func quotaResource(limits string) string {
	return "deployments:\n  - {name: open, model: gpt-4o-mini}\n  - {name: bound, model: gpt-4o-mini, " + limits + "}\n" +
		"rules:\n  - {match: ., response: " + shortAnswer + "}\n"
}

// cost is what the quota takes for all requests: what the service counts of the
// prompts, and the cap of each answer.
func (b *bench) cost(ctx context.Context, n int) (int64, error) {
	e, err := b.emulate(ctx, quotaResource("tpm: 0"))
	if err != nil {
		return 0, err
	}
	defer e.stop()
	d, err := b.bare(ctx, e, work{Deployment: "open", Texts: n, Cap: quotaCap, Workers: 8, Decode: true})
	return d.Prompt + int64(n)*quotaCap, err
}

// quota lets everybody do the same work under one quota, at the same time and
// each with an emulator of its own: they mostly wait.
func (b *bench) quota(ctx context.Context, n int, limits string, ideal float64) error {
	if err := b.write("prompts.jsonl", n, 0); err != nil {
		return err
	}
	type contestant struct {
		name string
		do   func(context.Context, *emulated) (float64, error)
	}
	var all []contestant
	for range b.rounds {
		all = append(all, contestant{"`keyless run`", b.quotaTasks})
	}
	for _, workers := range []int{4, 16, 64} {
		pool := work{Deployment: "bound", Texts: n, Cap: quotaCap, Workers: workers, Stream: true, Decode: true, Patient: true}
		all = append(all, contestant{fmt.Sprintf("pool of %d", workers), func(ctx context.Context, e *emulated) (float64, error) {
			d, err := b.bare(ctx, e, pool)
			return d.Seconds, err
		}})
	}
	rows, errs := make([]string, len(all)), make([]error, len(all))
	var under sync.WaitGroup
	for i, one := range all {
		under.Go(func() { rows[i], errs[i] = b.bound(ctx, limits, ideal, one.do) })
	}
	under.Wait()
	for i, one := range all {
		fmt.Printf("| %s | %s |\n", one.name, rows[i])
	}
	return errors.Join(errs...)
}

// quotaTasks lets keyless do it.
func (b *bench) quotaTasks(ctx context.Context, e *emulated) (float64, error) {
	config := fmt.Sprintf("tasks:\n  - id: all\n    prompt: '{{text}}'\n    jsonl: prompts.jsonl\n    deployment: bound\n    max-completion-tokens: %d\n", quotaCap)
	r, err := b.only(ctx, e, config)
	return r.wall.Seconds(), err
}

// bound lets one do it, with buckets that are full, and returns the row.
func (b *bench) bound(ctx context.Context, limits string, ideal float64, do func(context.Context, *emulated) (float64, error)) (string, error) {
	e, err := b.emulate(ctx, quotaResource(limits), "--delay", pieceDelay)
	if err != nil {
		return "", err
	}
	defer e.stop()
	seconds, err := do(ctx, e)
	if err != nil {
		return "", err
	}
	t, err := e.tally()
	return fmt.Sprintf("%.1f s | %.3f times | %.1f %% of %d", seconds, seconds/ideal, t.refused(), t.Requests), err
}
