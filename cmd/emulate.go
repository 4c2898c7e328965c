package cmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/keyless-inference/action/actions"
	"github.com/keyless-inference/action/emulator"
	"github.com/keyless-inference/action/wire"
)

// emulateCommand is "keyless emulate".
type emulateCommand struct {
	Port     string `default:"8089" help:"The port on 127.0.0.1; 0 takes a free one."`
	PrintEnv bool   `help:"Print the environment that makes a client use the emulator, and exit. For eval \"$(…)\" and for act --env-file."`

	Subject           string   `help:"The subject of the ID tokens that GitHub hands out."`
	FederatedSubject  string   `help:"The subject that the federated credential in Entra expects; - for no credential at all. The same by default."`
	FederatedAudience string   `help:"The audience that it expects."`
	IDTokenLife       string   `name:"id-token-life" default:"5m" help:"How long GitHub's ID tokens are valid."`
	AccessTokenLife   string   `default:"1h" help:"How long Entra's tokens are valid."`
	Resource          string   `help:"A YAML file with the resource's deployments, canned answers and comments: see docs/emulator.md."`
	Fault             []string `help:"SERVICE:FAULT: spoil the next request to github (its token service), api (GitHub's), entra, management (Azure Resource Manager) or openai; may be given several times. A wrong name lists those that exist."`
	Delay             string   `help:"How long the model waits before each piece of an answer, such as 50ms."`

	Chaos     string `default:"0" help:"The probability, from 0 to 1, with which a request to openai meets a random fault."`
	Seed      string `default:"1" help:"A number: the same one makes the same faults, in the order of the requests."`
	BatchTime string `default:"1s" help:"How long each state of a batch lasts."`
	Record    string `help:"A file that gets a JSON line for each request to openai, saying what became of it: see docs/emulator.md."`
	Quiet     bool   `help:"No line on standard error for each request."`
}

// run serves until ctx ends. What to export goes to standard output, one line a
// request to standard error.
func (c *emulateCommand) run(ctx context.Context, p Process, _ *actions.Runner, r *reader) error {
	port, cfg := c.port(r), c.config(r)
	if err := r.err(); err != nil {
		return err
	}
	if c.PrintEnv {
		return printEnv(p, cfg.Env("http://127.0.0.1:"+port))
	}
	closeRecord, err := c.record(p, &cfg)
	if err != nil {
		return err
	}
	defer closeRecord()
	e, err := emulator.New(cfg)
	if err != nil {
		return err
	}
	for _, fault := range c.Fault {
		service, code, _ := strings.Cut(fault, ":")
		r.check("fault", e.Fault(service, code))
	}
	if err := r.err(); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		return fmt.Errorf("starting the emulator: %w (--port chooses another port, 0 a free one)", err)
	}
	if err := printEnv(p, cfg.Env("http://"+listener.Addr().String())); err != nil {
		return err
	}
	fmt.Fprintf(p.Stderr, "keyless: the emulator listens on %s until it is interrupted\n", listener.Addr())
	if c.Quiet {
		return serve(ctx, listener, e)
	}
	return serve(ctx, listener, logged(e, p))
}

// record makes cfg write to the file that the flag names, a line at once, so that
// who reads it while the emulator runs, or after it was killed, finds whole lines.
func (c *emulateCommand) record(p Process, cfg *emulator.Config) (done func() error, err error) {
	if c.Record == "" {
		return func() error { return nil }, nil
	}
	f, err := os.OpenFile(c.Record, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the emulator's record: %w", err)
	}
	lines := json.NewEncoder(f)
	cfg.Record = func(s emulator.Served) {
		if err := lines.Encode(s); err != nil {
			fmt.Fprintf(p.Stderr, "keyless: writing the emulator's record: %v\n", err)
		}
	}
	return f.Close, nil
}

func (c *emulateCommand) port(r *reader) string {
	n, err := strconv.ParseUint(strings.TrimSpace(c.Port), 10, 16)
	if err != nil || n == 0 && c.PrintEnv {
		r.mistake("port", "%q is not a port number (with --print-env it can't be 0)", c.Port)
	}
	return strconv.FormatUint(n, 10)
}

// config is the world that the flags describe.
func (c *emulateCommand) config(r *reader) emulator.Config {
	cfg := emulator.Config{
		Subject:           c.Subject,
		FederatedSubject:  c.FederatedSubject,
		FederatedAudience: c.FederatedAudience,
		IDTokenLife:       r.duration("id-token-life", c.IDTokenLife),
		AccessTokenLife:   r.duration("access-token-life", c.AccessTokenLife),
	}
	if c.Delay != "" {
		cfg.Delay = r.duration("delay", c.Delay)
	}
	cfg.BatchTime = r.duration("batch-time", c.BatchTime)
	var err error
	if cfg.Chaos, err = strconv.ParseFloat(c.Chaos, 64); err != nil || !(cfg.Chaos >= 0 && cfg.Chaos <= 1) {
		r.mistake("chaos", "%q is not a number from 0 to 1", c.Chaos)
	}
	if cfg.Seed, err = strconv.ParseUint(c.Seed, 10, 64); err != nil {
		r.mistake("seed", "%q is not a whole number of at least 0", c.Seed)
	}
	if c.Resource == "" {
		return cfg
	}
	raw, err := readFile(c.Resource)
	if err == nil {
		err = cfg.ReadResource(raw)
	}
	r.check("resource", err)
	return cfg
}

// readFile reads a file that the user named, within the bounds of one.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return wire.ReadAll(f, actions.MaxFile)
}

// printEnv writes lines that a shell's eval and act's --env-file both take.
func printEnv(p Process, env []string) error {
	for _, line := range env {
		name, value, _ := strings.Cut(line, "=")
		if _, err := fmt.Fprintf(p.Stdout, "export %s='%s'\n", name, value); err != nil {
			return err
		}
	}
	return nil
}

// logged tells of each request on standard error. The path is anybody's words.
func logged(h http.Handler, p Process) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		h.ServeHTTP(w, r)
		fmt.Fprintf(p.Stderr, "keyless: %s %s in %s\n", wire.Line(r.Method, 20), wire.Line(r.URL.EscapedPath(), 200), time.Since(start).Round(time.Millisecond))
	})
}

// serve answers on listener until ctx ends, and a moment longer for what is
// under way.
func serve(ctx context.Context, listener net.Listener, h http.Handler) error {
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		stopped <- server.Shutdown(end)
	})
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		stop()
		return fmt.Errorf("serving the emulator: %w", err)
	}
	if err := <-stopped; err != nil {
		return server.Close() // what was under way took longer
	}
	return nil
}
