package cmd

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/keyless-inference/action/emulator"
	"github.com/keyless-inference/action/inference"
)

// reserve takes a port for an emulator inside this process and points the run
// at it, whatever else the inputs and the environment say about identity and
// endpoint. [embed] serves there once it is known what is asked for.
func (c *runCommand) reserve(r *reader) (net.Listener, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("starting the emulator: %w", err)
	}
	c.ClientID, c.TenantID, c.Environment, c.Audience, c.Scope, c.Endpoint = "", "", "", "", "", ""
	r.getenv = overlay(r.getenv, emulator.Config{}.Env("http://"+listener.Addr().String()))
	return listener, nil
}

// overlay is getenv with some variables replaced by those of env, except the
// name of the deployment, which the user may have chosen.
func overlay(getenv func(string) string, env []string) func(string) string {
	return func(name string) string {
		for _, line := range env {
			if value, ok := strings.CutPrefix(line, name+"="); ok {
				if name == "AZURE_OPENAI_DEPLOYMENT" {
					return or(getenv(name), value)
				}
				return value
			}
		}
		return getenv(name)
	}
}

// embed serves an emulator that has the deployment of q, which stop ends.
func embed(ctx context.Context, listener net.Listener, q inference.Request) (stop func(), err error) {
	known := emulator.DefaultDeployments()
	if !slices.ContainsFunc(known, func(d emulator.Deployment) bool { return d.Name == q.Deployment }) {
		mine := emulator.Deployment{Name: q.Deployment, Model: q.Deployment}
		if q.API == inference.Completions {
			mine.Kind = emulator.Completions
		}
		known = append(known, mine)
	}
	e, err := emulator.New(emulator.Config{Deployments: known})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- serve(ctx, listener, e) }()
	return func() { cancel(); <-done }, nil
}
