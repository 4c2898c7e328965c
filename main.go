// Keyless runs prompts on a team's own Azure OpenAI deployments without any API
// key: see package cmd for its subcommands, and README.md for how to use it, as
// a GitHub Action or on the command line.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/keyless-inference/action/cmd"
)

// version is set by the linker in released builds.
var version = "dev"

func main() { os.Exit(run()) }

// What the collector is told: to wait for twice as much garbage as it would, since
// a run is over before it matters, but to stay below this many bytes where a check
// reads a large repository.
const garbage, memory = 200, 72 << 20

func run() int {
	debug.SetGCPercent(garbage)
	debug.SetMemoryLimit(memory)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)   // a second signal ends the process at once
	signal.Ignore(syscall.SIGPIPE) // a log that nobody reads any more is no reason to lose an answer
	environ := os.Environ()
	for _, name := range cmd.Private() {
		os.Unsetenv(name) // what az, azd and other children need not know
	}
	return cmd.Process{
		Args: os.Args[1:], Environ: environ, Version: version,
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
	}.Run(ctx)
}
