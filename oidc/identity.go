package oidc

import (
	"errors"
	"fmt"
	"strings"

	"github.com/keyless-inference/action/wire"
)

// ErrNoIdentity is under every error of [NoIdentity], for [errors.Is].
var ErrNoIdentity = errors.New("the job has no ID token service")

// The reasons of [NoIdentity] that are in the nature of an event and no mistake
// in a workflow. Both are [ErrNoIdentity] as well.
var (
	ErrFork       = fmt.Errorf("%w: a pull request from a fork", ErrNoIdentity)
	ErrDependabot = fmt.Errorf("%w: Dependabot caused the job", ErrNoIdentity)
)

// A Job is what is known about the place the program runs in, when
// ACTIONS_ID_TOKEN_REQUEST_URL or ACTIONS_ID_TOKEN_REQUEST_TOKEN is missing.
type Job struct {
	Actions bool   // GITHUB_ACTIONS is "true"
	Act     bool   // ACT is "true": the local runner nektos/act
	Event   string // GITHUB_EVENT_NAME
	Fork    bool   // the event's pull request comes from a fork
	Actor   string // GITHUB_ACTOR
}

const permissionFix = `give the job the permission, in the job itself if the job has a "permissions:" of its own:
permissions:
  contents: read
  id-token: write`

// restricted are the events in which GitHub treats Dependabot like a fork.
// https://docs.github.com/code-security/dependabot/troubleshooting-dependabot/troubleshooting-dependabot-on-github-actions#restrictions-when-dependabot-triggers-events
var restricted = map[string]bool{
	"pull_request": true, "pull_request_review": true, "pull_request_review_comment": true,
	"push": true, "create": true, "deployment": true, "deployment_status": true,
}

// reasons are tried in order; the first that applies is the explanation.
var reasons = []struct {
	applies        func(Job) bool
	what, why, fix string
	err            error
}{
	{
		func(j Job) bool { return j.Act },
		"act has no ID tokens",
		"The job runs under act on this machine, and act does not stand in for GitHub's ID token service.",
		`either be yourself, by the sign-in of the Azure CLI, which must be where the step runs; say auth: azure-cli in the step, after:
az login
or let the emulator stand in for GitHub, Entra and Azure OpenAI. In one terminal:
keyless emulate
and in another, while that runs:
keyless emulate --print-env > keyless.env
act --env-file keyless.env`,
		ErrNoIdentity,
	},
	{
		func(j Job) bool { return !j.Actions },
		"this is not a GitHub Actions job",
		"ID tokens are handed out to jobs of GitHub Actions alone, and GITHUB_ACTIONS is not \"true\" here.",
		`either be yourself, by the sign-in of the Azure CLI: sign in, and add --auth azure-cli to this command (in a workflow: auth: azure-cli), for example:
az login
keyless run --auth azure-cli --endpoint https://my-resource.openai.azure.com --deployment DEPLOYMENT --prompt Hello
or let the emulator stand in for GitHub, Entra and Azure OpenAI: add --emulate to keyless run, or, for any command, start keyless emulate in another terminal and load what it prints into this one:
eval "$(keyless emulate --print-env)"`,
		ErrNoIdentity,
	},
	{
		func(j Job) bool { return j.Fork && pullRequest(j.Event) },
		"pull requests from forks get no ID token",
		"The event is {event} and comes from a fork: GitHub gives such jobs no ID token, whatever \"permissions:\" says.",
		`let the step pass without an answer: on-missing-identity: skip
or skip the job for forks: if: github.event.pull_request.head.repo.full_name == github.repository
or answer forks in a second workflow, as docs/forks.md shows.
Do not turn to pull_request_target for this: the fork's text would then work with the identity of your main branch.`,
		ErrFork,
	},
	{
		func(j Job) bool { return j.Actor == "dependabot[bot]" && restricted[j.Event] },
		"Dependabot's jobs get no ID token by default",
		"The actor is dependabot[bot]: GitHub treats its jobs like those of a fork, with a read-only token unless the job asks for more.",
		permissionFix + "\nor let the step pass without an answer: on-missing-identity: skip",
		ErrDependabot,
	},
	{
		func(Job) bool { return true },
		"id-token: write is missing",
		"The job does not have the permission \"id-token: write\". A \"permissions:\" on the job replaces the workflow's as a whole, " +
			"and whatever it does not name is \"none\". A reusable workflow has no more than the job that calls it.",
		permissionFix + "\nin a reusable workflow, to the calling job as well",
		ErrNoIdentity,
	},
}

// NoIdentity explains why a job has no ID token service, and what to do: a
// [*wire.Problem] over [ErrNoIdentity]. The cases told apart are act, a machine
// that is no runner, a pull request from a fork, Dependabot, and the missing
// permission.
func NoIdentity(job Job) error {
	for _, r := range reasons {
		if r.applies(job) {
			return &wire.Problem{
				What: asking + ": " + r.what,
				Why:  strings.ReplaceAll(r.why, "{event}", fmt.Sprintf("%q", job.Event)),
				Fix:  r.fix,
				Code: declaredBy(r.fix),
				Page: pageGitHub,
				Err:  r.err,
			}
		}
	}
	return ErrNoIdentity
}

// pullRequest reports whether the event runs with a fork's rights when a fork
// caused it. pull_request_target and workflow_run do not.
func pullRequest(event string) bool {
	return strings.HasPrefix(event, "pull_request") && event != "pull_request_target"
}
