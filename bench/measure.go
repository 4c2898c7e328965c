//go:build unix

// Bench measures a command as its user feels it: it starts the command again
// and again, one at a time, and prints the medians of wall time, CPU time (user
// and system) and peak resident memory as the kernel accounts for them.
//
//	go run ./bench -n 50 -- keyless run --prompt hello
//
// It fails with the command's output as soon as one run fails.
package main

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"syscall"
	"time"
)

func main() {
	n := flag.Int("n", 50, "how often to run the command")
	flag.Parse()
	if err := measure(*n, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// A sample is one run of the command.
type sample struct {
	wall, cpu time.Duration
	peak      int64 // bytes
}

func measure(n int, argv []string) error {
	if n < 1 || len(argv) == 0 {
		return fmt.Errorf("usage: bench [-n RUNS] -- COMMAND [ARGUMENT ...]")
	}
	if _, err := once(argv); err != nil { // warms the disk cache
		return err
	}
	samples := make([]sample, n)
	for i := range samples {
		var err error
		if samples[i], err = once(argv); err != nil {
			return err
		}
	}
	show("wall time", "ms", samples, func(s sample) float64 { return s.wall.Seconds() * 1e3 })
	show("CPU time", "ms", samples, func(s sample) float64 { return s.cpu.Seconds() * 1e3 })
	show("peak memory", "MiB", samples, func(s sample) float64 { return float64(s.peak) / (1 << 20) })
	return nil
}

func once(argv []string) (sample, error) {
	var output bytes.Buffer
	c := exec.Command(argv[0], argv[1:]...)
	c.Stdout, c.Stderr = &output, &output
	start := time.Now()
	if err := c.Run(); err != nil {
		return sample{}, fmt.Errorf("running %s: %w\n%s", argv[0], err, output.Bytes())
	}
	s := sample{wall: time.Since(start), cpu: c.ProcessState.UserTime() + c.ProcessState.SystemTime()}
	s.peak = c.ProcessState.SysUsage().(*syscall.Rusage).Maxrss
	if runtime.GOOS != "darwin" { // everybody else counts KiB, see getrusage(2)
		s.peak *= 1024
	}
	return s, nil
}

// show prints one row of a Markdown table: median, 90th percentile and worst.
func show(what, unit string, samples []sample, value func(sample) float64) {
	slices.SortFunc(samples, func(a, b sample) int { return cmp.Compare(value(a), value(b)) })
	at := func(q float64) float64 { return value(samples[int(q*float64(len(samples)-1)+0.5)]) }
	fmt.Printf("| %s | %.1f %s | %.1f %s | %.1f %s |\n", what, at(0.5), unit, at(0.9), unit, at(1), unit)
}
