//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// An emulated service is a keyless emulate in a process of its own.
type emulated struct {
	process *exec.Cmd
	env     []string // what a client of it exports
	url     string
}

// emulate starts the emulator with the resource that a YAML text describes, and
// waits until it listens.
func (b *bench) emulate(ctx context.Context, resource string, flags ...string) (*emulated, error) {
	dir, err := os.MkdirTemp(b.dir, "emulator-*")
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "resource.yml")
	if err := os.WriteFile(file, []byte(resource), 0o600); err != nil {
		return nil, err
	}
	e := &emulated{process: exec.CommandContext(ctx, b.keyless, append([]string{"emulate", "--port", "0", "--quiet", "--resource", file}, flags...)...)}
	stdout, err := os.Create(filepath.Join(dir, "env"))
	if err != nil {
		return nil, err
	}
	defer stdout.Close()
	e.process.Stdout = stdout
	stderr, err := e.process.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := e.process.Start(); err != nil {
		return nil, err
	}
	if err := listens(stderr); err != nil {
		e.stop()
		return nil, err
	}
	go io.Copy(io.Discard, stderr)
	raw, err := os.ReadFile(stdout.Name())
	e.exports(string(raw))
	return e, err
}

// listens waits for the line that says so.
func listens(stderr io.Reader) error {
	lines := bufio.NewScanner(stderr)
	var said []string
	for lines.Scan() {
		if strings.Contains(lines.Text(), "listens on") {
			return nil
		}
		said = append(said, lines.Text())
	}
	return fmt.Errorf("the emulator did not start: %s", strings.Join(said, "\n"))
}

// exports takes the lines that a shell would evaluate.
func (e *emulated) exports(lines string) {
	for line := range strings.Lines(lines) {
		name, value, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "export "), "=")
		value = strings.Trim(value, "'")
		e.env = append(e.env, name+"="+value)
		if name == "AZURE_OPENAI_ENDPOINT" {
			e.url = value
		}
	}
}

func (e *emulated) stop() {
	e.process.Process.Signal(os.Interrupt)
	e.process.Wait()
}

// A tally is what the emulator counted.
type tally struct {
	Requests int            `json:"requests"`
	Status   map[string]int `json:"status"`
	Tokens   int            `json:"tokens"`
	Vectors  int            `json:"vectors"`
}

func (e *emulated) tally() (t tally, err error) {
	res, err := http.Get(e.url + "/_emulator/requests")
	if err != nil {
		return t, err
	}
	defer res.Body.Close()
	return t, json.NewDecoder(res.Body).Decode(&t)
}

// refused is the share of the requests that were answered 429, in percent.
func (t tally) refused() float64 { return 100 * float64(t.Status["429"]) / float64(max(t.Requests, 1)) }

// cpu is the CPU time that the emulator has taken, user and system; 0 where the
// system does not tell. See proc_pid_stat(5): the times are the 14th and 15th
// fields, in hundredths of a second.
func (e *emulated) cpu() time.Duration {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", e.process.Process.Pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:]))
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

// A ran command is what it took, as the kernel accounts for it.
type ran struct {
	wall, cpu time.Duration
	served    time.Duration // the CPU time of the emulator meanwhile
	peak      int64         // bytes
	output    []byte
}

// run runs a command against e. What it writes to standard output is returned,
// and told where it fails, with standard error.
func run(ctx context.Context, e *emulated, dir string, argv ...string) (ran, error) {
	c := exec.CommandContext(ctx, argv[0], argv[1:]...)
	var stdout, stderr bytes.Buffer
	c.Dir, c.Stdout, c.Stderr = dir, &stdout, &stderr
	c.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + os.TempDir()}, e.env...)
	before, start := e.cpu(), time.Now()
	err := c.Run()
	r := ran{wall: time.Since(start), served: e.cpu() - before, output: stdout.Bytes()}
	if err != nil {
		all := append(stdout.Bytes(), stderr.Bytes()...)
		return r, fmt.Errorf("running %s: %w\n%s", strings.Join(argv, " "), err, all[max(0, len(all)-2000):])
	}
	r.cpu = c.ProcessState.UserTime() + c.ProcessState.SystemTime()
	usage, ok := c.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return r, errors.New("the system does not tell what a process took")
	}
	r.peak = usage.Maxrss
	if runtime.GOOS != "darwin" { // everybody else counts KiB, see getrusage(2)
		r.peak *= 1024
	}
	return r, nil
}

// A workspace is a folder that keyless ran in.
type workspace struct {
	ran
	dir string
}

// tasks runs keyless with a file of tasks in a fresh workspace, where the JSONL
// files of the measurement are linked. The caller removes it.
func (b *bench) tasks(ctx context.Context, e *emulated, config string) (w workspace, err error) {
	if w.dir, err = os.MkdirTemp(b.dir, "workspace-*"); err != nil {
		return w, err
	}
	inputs, err := filepath.Glob(filepath.Join(b.dir, "*.jsonl"))
	if err != nil {
		return w, err
	}
	for _, input := range inputs {
		if err := os.Link(input, filepath.Join(w.dir, filepath.Base(input))); err != nil {
			return w, err
		}
	}
	if err := os.WriteFile(filepath.Join(w.dir, "tasks.yml"), []byte(config), 0o600); err != nil {
		return w, err
	}
	w.ran, err = run(ctx, e, w.dir, b.keyless, "run", "--config", "tasks.yml", "--results-file", "results.jsonl")
	return w, err
}

// only runs keyless so, and keeps nothing but what it took.
func (b *bench) only(ctx context.Context, e *emulated, config string) (ran, error) {
	w, err := b.tasks(ctx, e, config)
	return w.ran, errors.Join(err, os.RemoveAll(w.dir))
}

// bare runs the bare client. Its times are those of its work alone, without what
// it prepares.
func (b *bench) bare(ctx context.Context, e *emulated, spec work) (done, error) {
	raw, err := json.Marshal(spec)
	if err != nil {
		return done{}, err
	}
	r, err := run(ctx, e, b.dir, b.self, "client", string(raw))
	if err != nil {
		return done{}, err
	}
	d := done{ran: r}
	err = json.Unmarshal(r.output, &d)
	d.wall, d.cpu = time.Duration(d.Seconds*float64(time.Second)), time.Duration(d.CPU*float64(time.Second))
	return d, err
}

func mib(bytes int64) float64 { return float64(bytes) / (1 << 20) }
