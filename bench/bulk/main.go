//go:build unix

// Bulk measures runs of many requests: how near keyless run --config comes to
// the time that a quota allows, to the speed of a bare HTTP client where there
// is no quota, and how its cost grows. Each figure is a ratio of two programs
// that asked the same emulator, in a process of its own, for the same, one after
// the other and in turns. bench/bulk/run builds and starts it:
//
//	bench/bulk/run [-rounds N] [-part N] [quota|small|vectors|growth|real ...]
//
// It prints Markdown for docs/performance.md, and what it is about to do to
// standard error. It starts itself again as the bare client, so that the memory of
// one is not counted for another.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"time"
)

// A bench is what all measurements share.
type bench struct {
	keyless string // the program
	self    string // this one
	dir     string // an empty folder for everything that is written
	corpus  string // a folder of real files, for real
	rounds  int    // how often each contest is held
	part    int    // of everything only one in so many, for a try
}

// A measurement is one that can be asked for.
type measurement struct {
	name    string
	measure func(context.Context, *bench) error
}

// measurements are all of them, in the order in which they run.
var measurements = []measurement{
	{"quota", measureQuota},
	{"small", measureSmall},
	{"vectors", measureVectors},
	{"growth", measureGrowth},
	{"real", measureReal},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	run := measure
	if len(os.Args) > 1 && os.Args[1] == "client" {
		run = client
	}
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bulk:", err)
		os.Exit(1)
	}
}

// measure does the measurements that args name, or all.
func measure(ctx context.Context, args []string) error {
	b := &bench{}
	flags := flag.NewFlagSet("bulk", flag.ContinueOnError)
	flags.StringVar(&b.keyless, "keyless", "", "the program that is measured")
	flags.StringVar(&b.corpus, "corpus", "", "a folder of Markdown and Go files, for real")
	flags.IntVar(&b.rounds, "rounds", 3, "how often each contest is held")
	flags.IntVar(&b.part, "part", 1, "do one in so many of everything, for a try")
	if err := flags.Parse(args); err != nil {
		return err
	}
	asked := flags.Args()
	if b.keyless == "" || b.rounds < 1 || b.part < 1 {
		return errors.New("usage: bulk -keyless PROGRAM [-corpus FOLDER] [-rounds N] [-part N] [MEASUREMENT ...]")
	}
	known := each(measurements, func(m measurement) string { return m.name })
	for _, name := range asked {
		if !slices.Contains(known, name) {
			return fmt.Errorf("there is no measurement %q, but %v", name, known)
		}
	}
	var err error
	if b.keyless, err = filepath.Abs(b.keyless); err != nil {
		return err
	}
	if b.self, err = os.Executable(); err != nil {
		return err
	}
	if b.dir, err = os.MkdirTemp("", "keyless-bench-*"); err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	fmt.Printf("%s/%s, %d CPUs, %s, %d rounds\n", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), b.rounds)
	for _, m := range measurements {
		if len(asked) > 0 && !slices.Contains(asked, m.name) {
			continue
		}
		if err := m.measure(ctx, b); err != nil {
			return fmt.Errorf("measuring %s: %w", m.name, err)
		}
	}
	return nil
}

// say tells on standard error what comes next.
func say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, time.Now().Format("15:04:05 ")+format+"\n", args...)
}

// median is the middle of values, of an even number the higher one of the two.
func median[T cmp.Ordered](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// each is what of gives of all items.
func each[T any, V any](items []T, of func(T) V) []V {
	values := make([]V, len(items))
	for i, item := range items {
		values[i] = of(item)
	}
	return values
}

// spread writes the least and the greatest of ratios behind their median.
func spread(ratios []float64) string {
	return fmt.Sprintf("%.2f (%.2f to %.2f)", median(ratios), slices.Min(ratios), slices.Max(ratios))
}
