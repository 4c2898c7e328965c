package cmd

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/keyless-inference/action/emulator"
	"github.com/keyless-inference/action/wire"
)

// machine makes the files that the emulated machine has: a pod's token, the key of
// Azure Arc, az and azd. They are as they should be until done is called.
func (c *emulateCommand) machine(ctx context.Context, e *emulator.Emulator, url string) (done func(), err error) {
	ctx, cancel := context.WithCancel(ctx)
	parts := []func() (stop func(), err error){
		func() (func(), error) { return c.keepToken(ctx, e, url) },
		c.writeArcKey,
		func() (func(), error) { return func() {}, c.writeTools(url) },
	}
	stops := []func(){cancel}
	done = func() {
		for _, stop := range stops {
			stop()
		}
	}
	for _, prepare := range parts {
		stop, err := prepare()
		if err != nil {
			done()
			return nil, err
		}
		stops = append(stops, stop)
	}
	return done, nil
}

// keepToken writes the pod's token into its file, and again when four fifths of its
// life are over, as the kubelet does, until ctx ends and stop was called.
func (c *emulateCommand) keepToken(ctx context.Context, e *emulator.Emulator, url string) (stop func(), err error) {
	if c.TokenFile == "" {
		return func() {}, nil
	}
	if err := writeToken(e, url, c.TokenFile); err != nil {
		return nil, err
	}
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		again := time.NewTicker(emulator.PodTokenLife * 4 / 5)
		defer again.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-again.C:
				_ = writeToken(e, url, c.TokenFile) // the old one is good for a while, and then says so
			}
		}
	}()
	return func() { <-stopped }, nil
}

// writeToken puts a new token in the place of an old one, never a part of it.
func writeToken(e *emulator.Emulator, url, path string) error {
	token, err := e.PodToken(url)
	if err == nil {
		err = os.WriteFile(path+".new", []byte(token), 0o600)
	}
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	if err != nil {
		return fmt.Errorf("writing the pod's token: %w", err)
	}
	return nil
}

// writeArcKey writes the one key that clients of Azure Arc read, and removes it at
// the end.
func (c *emulateCommand) writeArcKey() (stop func(), err error) {
	if c.ManagedIdentity != "arc" {
		return func() {}, nil
	}
	err = os.MkdirAll(filepath.Dir(emulator.DefaultArcKeyFile), 0o755)
	if err == nil {
		err = os.WriteFile(emulator.DefaultArcKeyFile, []byte(emulator.ArcKey), 0o644)
	}
	if err != nil {
		return nil, fmt.Errorf("writing the key of Azure Arc: %w (Microsoft's libraries look for it in no other folder, and it takes root to make that one)", err)
	}
	return func() { _ = os.Remove(emulator.DefaultArcKeyFile) }, nil
}

// writeTools writes az and azd, which run this program.
func (c *emulateCommand) writeTools(url string) error {
	if c.Az == "" {
		return nil
	}
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("writing az and azd: %w", err)
	}
	port := url[strings.LastIndex(url, ":")+1:]
	return WriteTools(c.Az, wire.Quote(program)+" emulate --port "+port+" --answer")
}

// WriteTools makes the folder dir, if need be, and in it az and azd, scripts that
// run ask with their command line as its one argument: see
// [emulator.CommandLine].
func WriteTools(dir, ask string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("writing az and azd: %w", err)
	}
	for _, tool := range []string{"az", "azd"} {
		if err := os.WriteFile(filepath.Join(dir, tool), []byte(emulator.CommandLine(tool, ask)), 0o755); err != nil {
			return fmt.Errorf("writing %s: %w", tool, err)
		}
	}
	return nil
}

// toolTimeout is how long az and azd wait for the emulator: longer than
// Microsoft's libraries wait for them.
const toolTimeout = 30 * time.Second

// answer prints what a running emulator says that az or azd prints.
func (c *emulateCommand) answer(ctx context.Context, p Process, r *reader) error {
	port := c.port(r)
	if err := r.err(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, toolTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://127.0.0.1:"+port+emulator.CommandLinePath, strings.NewReader(c.Answer))
	if err != nil {
		return fmt.Errorf("asking the emulator: %w", err)
	}
	resp, err := wire.Client().Do(req)
	if err != nil {
		return fmt.Errorf("asking the emulator: %w (does keyless emulate run on port %s?)", wire.Fault(err), port)
	}
	defer resp.Body.Close()
	text, err := wire.ReadAll(resp.Body, 1<<20)
	if err != nil || resp.StatusCode != http.StatusOK {
		return fmt.Errorf("asking the emulator: it answered %s: %w", resp.Status, err)
	}
	_, err = p.Stdout.Write(text)
	return err
}
