package oidc

import (
	"errors"
	"testing"

	"github.com/keyless-inference/action/wire"
)

func TestNoIdentity(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		job   Job
		words []string
		err   error
	}{
		{"laptop", Job{}, []string{"not a GitHub Actions job", "az login", "add --auth azure-cli to this command", "keyless run --auth azure-cli --endpoint https://", "--prompt Hello", "auth: azure-cli", "--emulate", "eval \"$(keyless emulate --print-env)\""}, ErrNoIdentity},
		{
			"act",
			Job{Actions: true, Act: true, Event: "pull_request", Fork: true},
			[]string{"act has no ID tokens", "az login", "auth: azure-cli", "keyless emulate --print-env", "act --env-file"},
			ErrNoIdentity,
		},
		{
			"fork",
			Job{Actions: true, Event: "pull_request", Fork: true},
			[]string{"forks", `"pull_request"`, "head.repo.full_name == github.repository", "on-missing-identity: skip", "docs/forks.md"},
			ErrFork,
		},
		{
			"fork by a reviewer",
			Job{Actions: true, Event: "pull_request_review", Fork: true},
			[]string{"forks", `"pull_request_review"`},
			ErrFork,
		},
		{
			"pull_request_target has the base's rights",
			Job{Actions: true, Event: "pull_request_target", Fork: true},
			[]string{"id-token: write is missing", "\n         id-token: write"},
			ErrNoIdentity,
		},
		{"Dependabot", Job{Actions: true, Event: "pull_request", Actor: "dependabot[bot]"}, []string{"Dependabot", "id-token: write", "on-missing-identity: skip"}, ErrDependabot},
		{"Dependabot's rights are its own on a schedule", Job{Actions: true, Event: "schedule", Actor: "dependabot[bot]"}, []string{"id-token: write is missing"}, ErrNoIdentity},
		{"permission", Job{Actions: true, Event: "push"}, []string{"id-token: write is missing", "replaces the workflow's", "permissions:", "reusable workflow", "calling job"}, ErrNoIdentity},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := NoIdentity(tt.job)
			var p *wire.Problem
			if !errors.As(err, &p) || !errors.Is(err, ErrNoIdentity) || !errors.Is(err, tt.err) || tt.err == ErrNoIdentity && errors.Is(err, ErrDependabot) {
				t.Fatalf("%T: %v", err, err)
			}
			if p.What == "" || p.Why == "" || p.Fix == "" || p.Page == "" {
				t.Errorf("a part is empty: %+v", p)
			}
			wantWords(t, err.Error(), tt.words...)
		})
	}
}
