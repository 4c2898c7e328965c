package chain

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/keyless-inference/action/wire"
)

// reached is how an endpoint can be reached.
type reached struct {
	proxy     string // the host of the proxy that requests go through; then the rest is its business
	addresses []netip.Addr
	tls       string    // such as TLS 1.3; "" in plain text on this machine
	issuer    string    // of the certificate
	until     time.Time // of the certificate
}

// private reports whether every address is one that no public network has: the
// name resolves to a private endpoint, or to this machine.
func (r reached) private() bool {
	for _, a := range r.addresses {
		if !a.IsPrivate() && !a.IsLoopback() {
			return false
		}
	}
	return len(r.addresses) > 0
}

// reach resolves the endpoint's name and opens a connection, as a request would.
func (e *evidence) reach(ctx context.Context) {
	u, err := url.Parse(e.cfg.Client.Endpoint)
	if err != nil {
		e.reachErr = err
		return
	}
	if proxy, err := http.ProxyFromEnvironment(&http.Request{URL: u}); err == nil && proxy != nil {
		e.reached.proxy = proxy.Host
		return
	}
	if e.reached.addresses, err = net.DefaultResolver.LookupNetIP(ctx, "ip", u.Hostname()); err == nil {
		err = e.reached.connect(ctx, u, e.cfg.Roots)
	}
	if err != nil {
		e.reachErr = unreached(u, e.reached, err)
	}
}

// connect opens a connection to u and closes it again.
func (r *reached) connect(ctx context.Context, u *url.URL, roots *x509.CertPool) error {
	port := u.Port()
	if u.Scheme == "http" {
		if port == "" {
			port = "80"
		}
		c, err := new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
		if err == nil {
			err = c.Close()
		}
		return err
	}
	if port == "" {
		port = "443"
	}
	d := &tls.Dialer{Config: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots}}
	c, err := d.DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		return err
	}
	state := c.(*tls.Conn).ConnectionState()
	leaf := state.PeerCertificates[0]
	r.tls, r.issuer, r.until = tls.VersionName(state.Version), wire.Line(leaf.Issuer.String(), 100), leaf.NotAfter
	return c.Close()
}

// An obstacle is why an endpoint can't be reached. The texts hold placeholders:
// {host}, {endpoint}, {addresses}, {error}.
type obstacle struct {
	name           string
	applies        func(reached, error) bool
	what, why, fix string
	code, page     string
}

// obstacles are tried in order; the last fits all.
var obstacles = []obstacle{
	{
		"name not found", func(_ reached, err error) bool {
			dns, ok := errors.AsType[*net.DNSError](err)
			return ok && dns.IsNotFound
		},
		"no name server knows {host}",
		"The endpoint is mistyped, the resource was deleted, or it has no subdomain of its own ({error}).",
		`az cognitiveservices account list --query "[].{name:name,endpoint:properties.endpoint}" --output table`,
		"", "https://learn.microsoft.com/azure/ai-services/cognitive-services-custom-subdomains",
	},
	{
		"names not resolved", func(_ reached, err error) bool {
			_, ok := errors.AsType[*net.DNSError](err)
			return ok
		},
		"the name {host} could not be resolved",
		"The name server of this machine gave no answer ({error}).",
		"nslookup {host}\nand see that the runner's name servers are reachable; in a virtual network, that its private DNS zone privatelink.openai.azure.com is linked to it",
		"", "https://learn.microsoft.com/azure/private-link/private-endpoint-dns",
	},
	{
		"certificate not trusted", func(_ reached, err error) bool {
			_, ok := errors.AsType[*tls.CertificateVerificationError](err)
			return ok
		},
		"the certificate of {host} is not trusted",
		"Something on the way, such as a proxy that looks into TLS, answers with a certificate of its own ({error}).",
		"set the input ca-file to a file with that authority's certificate in PEM; this shows who signed it:\nopenssl s_client -connect {host}:443 -servername {host} -showcerts </dev/null",
		"- uses: keyless-inference/action@v1\n  with:\n    ca-file: company-ca.pem", "https://learn.microsoft.com/azure/security/fundamentals/azure-ca-details",
	},
	{
		"private address", func(r reached, _ error) bool { return r.private() },
		"nothing answers at the private address of {host}",
		"Its name resolves to {addresses}, a private endpoint, and this machine is not in that network ({error}).",
		"run the job on a runner inside the virtual network, or in one that is peered with it",
		"jobs:\n  ask:\n    runs-on: [self-hosted, in-the-network]", "https://learn.microsoft.com/azure/ai-services/cognitive-services-virtual-networks#use-private-endpoints",
	},
	{
		"no answer", func(reached, error) bool { return true },
		"nothing answers at {host}",
		"Its name resolves to {addresses}, but no connection came about ({error}).",
		"see that the runner may go out to {host} (firewall, HTTPS_PROXY, NO_PROXY):\ncurl --head {endpoint}",
		"", "https://learn.microsoft.com/azure/ai-services/cognitive-services-virtual-networks",
	},
}

// unreached explains why there is no connection.
func unreached(u *url.URL, r reached, err error) error {
	for _, o := range obstacles {
		if o.applies(r, err) {
			fill := strings.NewReplacer("{host}", u.Host, "{endpoint}", u.String(), "{addresses}", listed(r.addresses), "{error}", wire.Line(err.Error(), 300)).Replace
			return &wire.Problem{What: "reaching the endpoint: " + fill(o.what), Why: fill(o.why), Fix: fill(o.fix), Code: fill(o.code), Page: o.page, Err: err}
		}
	}
	return err // not reached: the last one fits all
}

func listed(addresses []netip.Addr) string {
	words := make([]string, len(addresses))
	for i, a := range addresses {
		words[i] = a.Unmap().String()
	}
	return strings.Join(words, ", ")
}

// facts show the way to the endpoint.
func (r reached) facts() []Fact {
	certificate := ""
	if r.issuer != "" {
		certificate = fmt.Sprintf("of %s, until %s", r.issuer, r.until.UTC().Format(time.DateOnly))
	}
	return []Fact{{"addresses", listed(r.addresses)}, {"proxy", r.proxy}, {"tls", r.tls}, {"certificate", certificate}}
}
