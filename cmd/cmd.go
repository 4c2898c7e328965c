package cmd

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/keyless-inference/action/actions"
)

// A Process is everything that the program touches of the process it runs in.
type Process struct {
	Args    []string // without the program's name
	Environ []string // the whole environment, as NAME=value; of a name that is there twice the last value counts
	Stdin   io.Reader
	Stdout  io.Writer
	Stderr  io.Writer
	Version string // what "keyless --version" prints
}

// Exit codes.
const (
	exitOK     = 0 // the work is done
	exitFailed = 1 // the work was tried and failed
	exitUsage  = 2 // the call itself is wrong; nothing was sent and nothing written
)

// A command is one subcommand.
type command struct {
	name, help string
	inputs     any // a pointer to the struct whose fields are its inputs
	run        func(context.Context, Process, *actions.Runner, *reader) error
}

func commands() []command {
	run, check, merge, emulate := &runCommand{}, &checkCommand{}, &mergeCommand{}, &emulateCommand{}
	eval, generate := &evalCommand{}, &generateCommand{}
	doctor, setup, models := &doctorCommand{}, &setupCommand{}, &modelsCommand{}
	return []command{
		{"run", "Run a prompt, or a file of tasks, on Azure OpenAI deployments, without a key.", run, run.run},
		{"eval", "Evaluate prompt files: their test data, judged by their evaluators, as gh models eval did.", eval, eval.run},
		{"eval generate", "Propose test data for a prompt file.", generate, generate.run},
		{"check", "Find API keys of Azure OpenAI and OpenAI, and what uses them or could.", check, check.run},
		{"setup", "Print what makes a repository keyless: for az, Bicep, Terraform or PowerShell.", setup, setup.run},
		{"doctor", "Find out which link between this job and an answer is broken, and what mends it.", doctor, doctor.run},
		{"models", "List the deployments of the resource, or what its region offers.", models, models.run},
		{"merge", "Join the results and the embeddings of several runs, such as the shards of a matrix.", merge, merge.run},
		{"emulate", "Serve GitHub, Entra, Azure OpenAI and Resource Manager on a loopback port, to try things out.", emulate, emulate.run},
	}
}

// Run parses the arguments, runs the subcommand and returns the exit code. All
// errors of the program are reported here and nowhere else.
func (p Process) Run(ctx context.Context) int {
	getenv := lookup(p.Environ)
	runner := actions.New(getenv, p.Stdout, p.Stderr)
	err := p.dispatch(ctx, runner, getenv)
	tell(runner, err)
	runner.Close()
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, new(*usageError)):
		return exitUsage
	}
	return exitFailed
}

func (p Process) dispatch(ctx context.Context, runner *actions.Runner, getenv func(string) string) error {
	name, args := "", p.Args
	if len(args) > 0 {
		name, args = args[0], args[1:]
	}
	if len(args) > 0 && slices.ContainsFunc(commands(), func(c command) bool { return c.name == name+" "+args[0] }) {
		name, args = name+" "+args[0], args[1:]
	}
	switch name {
	case "--version", "version":
		_, err := fmt.Fprintln(p.Stdout, "keyless", p.Version)
		return err
	case "--help", "-h", "help":
		return overview(p.Stdout)
	}
	for _, c := range commands() {
		if c.name != name {
			continue
		}
		r := &reader{getenv: getenv}
		switch err := r.parse(c.inputs, args); {
		case errors.Is(err, flag.ErrHelp):
			return c.describe(p.Stdout)
		case err != nil:
			return &usageError{fmt.Errorf("%w (keyless %s --help lists the flags)", err, c.name)}
		}
		return c.run(ctx, p, runner, r)
	}
	return &usageError{unknownCommand(name)}
}

func unknownCommand(name string) error {
	var names []string
	for _, c := range commands() {
		names = append(names, c.name)
	}
	if name == "" {
		return fmt.Errorf("say what to do: keyless %s (keyless --help tells more)", strings.Join(names, ", keyless "))
	}
	return fmt.Errorf("there is no command %q: there are %s (keyless --help tells more)", name, strings.Join(names, " and "))
}

// usageError marks a wrong call: exit code 2, nothing sent, nothing written.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }
