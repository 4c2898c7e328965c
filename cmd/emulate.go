package cmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

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
	Fault             []string `help:"SERVICE:FAULT: spoil the next request to github (its token service), api (GitHub's), entra, imds (managed identities), az, management (Azure Resource Manager) or openai; may be given several times. A wrong name lists those that exist."`
	Delay             string   `help:"How long the model waits before each piece of an answer, such as 50ms."`

	ManagedIdentity string `help:"imds, app-service or arc: give this machine a managed identity, as a machine in Azure has it. imds wants the address 169.254.169.254 on this machine, arc root."`
	TokenFile       string `help:"A file that gets the token of a pod in AKS and a new one whenever that ages, for auth: workload-identity."`
	ServiceAccount  string `help:"NAMESPACE:NAME of that pod's service account; ci:runner by default."`
	Az              string `help:"A folder that gets az and azd, which are logged in here: put it in front in PATH."`
	Answer          string `help:"Print what the emulator on --port makes of a command line of az or azd, and exit: what those in that folder do."`

	Chaos     string `default:"0" help:"The probability, from 0 to 1, with which a request to openai meets a random fault."`
	Seed      string `default:"1" help:"A number: the same one makes the same faults, in the order of the requests."`
	BatchTime string `default:"1s" help:"How long each state of a batch lasts."`
	Record    string `help:"A file that gets a JSON line for each request to openai, saying what became of it: see docs/emulator.md."`
	Quiet     bool   `help:"No line on standard error for each request."`
}

// run serves until ctx ends. What to export goes to standard output, one line a
// request to standard error.
func (c *emulateCommand) run(ctx context.Context, p Process, _ *actions.Runner, r *reader) error {
	if c.Answer != "" {
		return c.answer(ctx, p, r)
	}
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
	return c.listen(ctx, p, e, cfg, port)
}

// listen serves e at its addresses until ctx ends.
func (c *emulateCommand) listen(ctx context.Context, p Process, e *emulator.Emulator, cfg emulator.Config, port string) error {
	listeners, err := c.listeners(port)
	for _, l := range listeners {
		defer l.Close()
	}
	if err != nil {
		return err
	}
	url := "http://" + listeners[0].Addr().String()
	done, err := c.machine(ctx, e, url)
	if err != nil {
		return err
	}
	defer done()
	if err := printEnv(p, cfg.Env(url)); err != nil {
		return err
	}
	fmt.Fprintf(p.Stderr, "keyless: the emulator listens on %s until it is interrupted\n", listeners[0].Addr())
	h := http.Handler(e)
	if !c.Quiet {
		h = logged(e, p)
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, l := range listeners {
		group.Go(func() error { return serve(ctx, l, h) })
	}
	return group.Wait()
}

// listeners are the emulator's own address and, where it is wanted, the one at
// which all machines in Azure have IMDS.
func (c *emulateCommand) listeners(port string) ([]net.Listener, error) {
	own, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		return nil, fmt.Errorf("starting the emulator: %w (--port chooses another port, 0 a free one)", err)
	}
	if c.ManagedIdentity != "imds" {
		return []net.Listener{own}, nil
	}
	imds, err := net.Listen("tcp", emulator.IMDSAddress)
	if err != nil {
		return []net.Listener{own}, fmt.Errorf("serving IMDS: %w (the address has to exist, and port 80 takes root: sudo ip addr add 169.254.169.254/32 dev lo)", err)
	}
	return []net.Listener{own, imds}, nil
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
		ManagedIdentity:   r.oneOf("managed-identity", c.ManagedIdentity, "", "imds", "app-service", "arc"),
		ServiceAccount:    strings.TrimSpace(c.ServiceAccount),
	}
	c.ManagedIdentity = cfg.ManagedIdentity
	if c.TokenFile != "" {
		path, err := filepath.Abs(c.TokenFile)
		r.check("token-file", err)
		c.TokenFile, cfg.TokenFile = path, path
	}
	if account := cfg.ServiceAccount; account != "" && strings.Count(account, ":") != 1 {
		r.mistake("service-account", "%q is not NAMESPACE:NAME", account)
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
