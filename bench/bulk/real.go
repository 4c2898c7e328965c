//go:build unix

package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// queries asks DuckDB about the files that keyless wrote.
//
//go:embed duckdb.mjs
var queries []byte

// realChunk is how many tokens a part of a file has at the most, and
// realRequests how many requests a minute are allowed.
const (
	realChunk    = 800
	realRequests = 80
)

// measureReal embeds the files of a folder under a quota, twice with the same
// cache, and lets DuckDB read what was written.
func measureReal(ctx context.Context, b *bench) error {
	if b.corpus == "" {
		return errors.New("name a folder of files with -corpus; bench/bulk/corpus makes one")
	}
	c, err := look(b.corpus)
	if err != nil {
		return err
	}
	quota := int(c.tokens * 2 / 3) // so that it takes at least half a minute
	defer b.tidy()
	if err := b.tidy(); err != nil {
		return err
	}
	fmt.Printf("\n%d Markdown and Go files of %.0f MiB, in parts of at most %d tokens; %d tokens and %d requests a minute.\n\n", c.files, mib(c.bytes), realChunk, quota, realRequests)
	fmt.Print("| run | time | at best | HTTP requests | answered 429 | vectors | tokens | CPU time | peak memory |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n")
	for _, name := range []string{"first", "second"} {
		if err := b.real(ctx, name, quota); err != nil {
			return err
		}
	}
	asked, err := os.ReadFile(filepath.Join(b.dir, "second.record"))
	if err != nil || len(asked) > 0 {
		return fmt.Errorf("the second run asked for something: %.500s %w", asked, err)
	}
	fmt.Println("\nThe emulator's record of the second run is empty.")
	return b.read(ctx)
}

// tidy takes away what a run leaves beside the files.
func (b *bench) tidy() error {
	var all []error
	for _, name := range []string{"cache", "first.parquet", "second.parquet", "results.jsonl", ".keyless"} {
		all = append(all, os.RemoveAll(filepath.Join(b.corpus, name)))
	}
	return errors.Join(all...)
}

// A corpus is what a folder holds.
type corpus struct {
	files         int
	bytes, tokens int64
}

// look counts what keyless will embed, the tokens as the emulator does.
func look(dir string) (c corpus, err error) {
	err = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || !strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, ".md") {
			return err
		}
		raw, err := os.ReadFile(name)
		c.files++
		c.bytes += int64(len(raw))
		c.tokens += int64(utf8.RuneCount(raw)+3) / 4
		return err
	})
	return c, err
}

// real is one run over the folder, and its row.
func (b *bench) real(ctx context.Context, name string, quota int) error {
	say("real: %s run", name)
	resource := fmt.Sprintf("deployments:\n  - {name: bound, model: text-embedding-3-small, kind: embeddings, tpm: %d, rpm: %d}\n", quota, realRequests)
	e, err := b.emulate(ctx, resource, "--record", filepath.Join(b.dir, name+".record"))
	if err != nil {
		return err
	}
	defer e.stop()
	config := fmt.Sprintf("tasks:\n  - id: all\n    deployment: bound\n    embeddings:\n      files: ['**/*.md', '**/*.go']\n"+
		"      output: %s.parquet\n      cache: cache\n      chunk-tokens: %d\n      chunk-overlap: 50\n", name, realChunk)
	if err := os.RemoveAll(filepath.Join(b.corpus, "results.jsonl")); err != nil {
		return err
	}
	r, err := run(ctx, e, b.corpus, b.keyless, "run", "--config", config, "--results-file", "results.jsonl")
	if err != nil {
		return err
	}
	t, err := e.tally()
	if err != nil {
		return err
	}
	best := max(0, 60*float64(t.Tokens-quota)/float64(quota), 60*float64(t.Requests-t.Status["429"]-realRequests)/realRequests)
	fmt.Printf("| %s | %.1f s | %.1f s | %d | %.1f %% | %d | %d | %.1f s | %.0f MiB |\n",
		name, r.wall.Seconds(), best, t.Requests, t.refused(), t.Vectors, t.Tokens, r.cpu.Seconds(), mib(r.peak))
	return nil
}

// read lets DuckDB read the files, if npm can install it.
func (b *bench) read(ctx context.Context) error {
	dir := filepath.Join(b.dir, "duckdb")
	if err := errors.Join(os.Mkdir(dir, 0o700), os.WriteFile(filepath.Join(dir, "duckdb.mjs"), queries, 0o600)); err != nil {
		return err
	}
	say("real: installing DuckDB")
	install := exec.CommandContext(ctx, "npm", "install", "--no-audit", "--no-fund", "@duckdb/node-api")
	install.Dir = dir
	if out, err := install.CombinedOutput(); err != nil {
		fmt.Printf("\nNobody has read the files back: npm has not installed DuckDB (%v).\n", err)
		os.Stderr.Write(out)
		return nil
	}
	fmt.Print("\nWhat DuckDB reads in them:\n\n| query | answer | time |\n| --- | --- | --- |\n")
	node := exec.CommandContext(ctx, "node", "duckdb.mjs", filepath.Join(b.corpus, "first.parquet"), filepath.Join(b.corpus, "second.parquet"))
	node.Dir, node.Stdout, node.Stderr = dir, os.Stdout, os.Stderr
	return node.Run()
}
