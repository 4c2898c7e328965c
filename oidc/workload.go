package oidc

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"github.com/keyless-inference/action/wire"
)

const (
	exchangingAccount = "exchanging the service account's token for an Entra token"
	readingToken      = "reading the service account's token"
	tokenFileLimit    = 64 << 10 // bytes; real ones have about a thousand
)

const workloadPage = "https://learn.microsoft.com/azure/aks/workload-identity-overview"

func openWorkloadIdentity(cfg Config) (origin, error) {
	x := &federation{cfg, cfg.authority, exchangingAccount, "the service account's token", tokenFile(cfg.TokenFile).read}
	err := cfg.needsApplication()
	if cfg.TokenFile == "" {
		err = errors.Join(err, noTokenFile())
	}
	return origin{x.doing, x.exchange}, err
}

func noTokenFile() error {
	return &wire.Problem{
		What: exchangingAccount + ": AZURE_FEDERATED_TOKEN_FILE is not set",
		Why:  "In a pod that is labelled for it, the webhook of Azure workload identity mounts a token of the service account and sets this variable.",
		Fix: "label the pod (for Actions Runner Controller, in the template of the runner scale set):\n" +
			"azure.workload.identity/use: \"true\"\n" +
			"name the application on its service account:\n" +
			"kubectl annotate serviceaccount ACCOUNT --namespace NAMESPACE azure.workload.identity/client-id=CLIENT\n" +
			"and start the pod anew; outside a cluster, choose another mode",
		Page: workloadPage,
	}
}

// A tokenFile has a service account's token in it, which the kubelet replaces long
// before it expires.
type tokenFile string

// read returns the token that is there now: it is a matter of microseconds, and a
// remembered one may have expired.
func (f tokenFile) read(context.Context) (string, error) {
	file, err := f.open()
	if err != nil {
		return "", f.problem(err)
	}
	defer file.Close()
	raw, err := wire.ReadAll(file, tokenFileLimit)
	if err != nil {
		return "", f.problem(err)
	}
	token, err := parseTokenFile(raw)
	if err != nil {
		return "", f.problem(err)
	}
	return token, nil
}

var errNotRegular = errors.New("it is no regular file")

// open opens a regular file, and nothing else: opening a pipe waits for somebody who
// writes, and a device may have no end. Whatever takes the file's place in between is
// not waited for either.
func (f tokenFile) open() (*os.File, error) {
	if err := regular(os.Stat(string(f))); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(string(f), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if err := regular(file.Stat()); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

func regular(info fs.FileInfo, err error) error {
	if err == nil && !info.Mode().IsRegular() {
		return errNotRegular
	}
	return err
}

// checkReadable refuses a file that the SDK would wait for without end. What else is
// wrong with it the SDK tells itself.
func (f tokenFile) checkReadable() error {
	if err := regular(os.Stat(string(f))); errors.Is(err, errNotRegular) {
		return f.problem(err)
	}
	return nil
}

// parseTokenFile returns the one JSON Web Token that is all of a file, but for white
// space around it. No error quotes it.
func parseTokenFile(raw []byte) (string, error) {
	token := strings.TrimSpace(string(raw))
	if token == "" {
		return "", errors.New("the file is empty")
	}
	return token, wire.CheckJWT(token)
}

func (f tokenFile) problem(err error) error {
	p := &wire.Problem{
		What: fmt.Sprintf("%s: %.200q cannot be used", readingToken, string(f)),
		Why:  oneLine(err.Error()),
		Fix:  "leave AZURE_FEDERATED_TOKEN_FILE as the webhook of Azure workload identity sets it, and start the pod anew",
		Page: workloadPage,
		Err:  err,
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		p.Fix = "see that the pod mounts its token, which this shows:\nkubectl describe pod POD --namespace NAMESPACE\n" + p.Fix
	case errors.Is(err, fs.ErrPermission):
		p.Fix = "let the container's user read it, with fsGroup in the pod's securityContext"
	}
	return p
}
