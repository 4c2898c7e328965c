package cmd

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/keyless-inference/action/emulator"
	"github.com/keyless-inference/action/oidc"
)

// A standIn is an emulator inside this process. It exists in two steps: its
// address is known before the inputs are read, because they come to depend on
// it, and it serves once it is known what is asked for. Nil is none.
type standIn struct {
	listener net.Listener
	cancel   context.CancelFunc
	done     chan error
}

// standIn takes a port if the input emulate asks for it, and points the run at
// it, whatever else the inputs and the environment say about identity and
// endpoint.
func (c *accessInputs) standIn(r *reader) (*standIn, error) {
	if !c.Emulate {
		return nil, nil
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("starting the emulator: %w", err)
	}
	if as := c.identityInputs; as != (identityInputs{Auth: oidc.GitHubOIDC}) || c.Scope+c.Endpoint != "" {
		r.note("endpoint, client-id and the rest of the identity are not used with emulate")
	}
	c.identityInputs, c.Scope, c.Endpoint = identityInputs{Auth: oidc.GitHubOIDC}, "", ""
	env := emulator.Config{}.Env("http://" + listener.Addr().String())
	if r.getenv("GITHUB_REPOSITORY") == "" {
		env = append(env, "GITHUB_REPOSITORY=octo-org/octo-repo") // for comments outside of a job
	}
	r.getenv, r.emulated = overlay(r.getenv, env), true
	return &standIn{listener: listener}, nil
}

// overlay is getenv with some variables replaced by those of env, except the
// name of the deployment, which the user may have chosen.
func overlay(getenv func(string) string, env []string) func(string) string {
	return func(name string) string {
		for _, line := range env {
			if value, ok := strings.CutPrefix(line, name+"="); ok {
				if name == "AZURE_OPENAI_DEPLOYMENT" {
					return cmp.Or(getenv(name), value)
				}
				return value
			}
		}
		return getenv(name)
	}
}

// serve starts the emulator, with the deployments that are asked besides its own.
func (s *standIn) serve(ctx context.Context, asked []emulator.Deployment) error {
	if s == nil {
		return nil
	}
	known := emulator.DefaultDeployments()
	for _, d := range asked {
		if !slices.ContainsFunc(known, func(k emulator.Deployment) bool { return k.Name == d.Name }) {
			known = append(known, d)
		}
	}
	e, err := emulator.New(emulator.Config{Deployments: known})
	if err != nil {
		return err
	}
	ctx, s.cancel = context.WithCancel(ctx)
	s.done = make(chan error, 1)
	go func() { s.done <- serve(ctx, s.listener, e) }()
	return nil
}

// stop ends the emulator and waits until it has.
func (s *standIn) stop() {
	if s == nil {
		return
	}
	if s.cancel == nil {
		s.listener.Close()
		return
	}
	s.cancel()
	<-s.done
}

// note says in the log who answers.
func (s *standIn) note() string {
	if s == nil {
		return ""
	}
	return ", the emulator in this process"
}
