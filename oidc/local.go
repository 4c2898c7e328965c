package oidc

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/keyless-inference/action/wire"
)

// imds is where Azure's virtual machines have their identity service.
//
// https://learn.microsoft.com/azure/virtual-machines/instance-metadata-service
const imds = "169.254.169.254"

// dialTimeout is how long the machine's own service has to take a call. One that is
// there takes it within milliseconds; elsewhere its address mostly swallows it.
const dialTimeout = 3 * time.Second

// localClient asks the machine it runs on. A proxy would ask the machine that
// the proxy runs on.
func localClient() *http.Client {
	c := wire.Client()
	if t, ok := c.Transport.(*http.Transport); ok {
		t.Proxy = nil
		t.DialContext = (&net.Dialer{Timeout: dialTimeout}).DialContext
	}
	return c
}

// checkLocal refuses what is not on this machine: identity services have plain
// http, and a header or a key file that whoever answers could use. They are at the
// address of virtual machines, or where IDENTITY_ENDPOINT or MSI_ENDPOINT says:
// App Service, Container Apps, Azure Arc, Azure ML and Cloud Shell all have
// loopback or link-local addresses there.
func checkLocal(u *url.URL) error {
	if onMachine(u.Hostname()) {
		return nil
	}
	return &foreignError{u.Host}
}

// onMachine reports whether host is an address that no network carries further.
// Names are not resolved: a name server must not decide it.
func onMachine(host string) bool {
	ip := net.ParseIP(host)
	return wire.Loopback(host) || ip != nil && ip.IsLinkLocalUnicast()
}

// A foreignError is a request that was not sent.
type foreignError struct{ host string }

func (e *foreignError) Error() string {
	return fmt.Sprintf("%q is neither a loopback nor a link-local address: a managed identity is asked for on this machine alone", e.host)
}
